"""Every screen of the artisan's app in every state, drawn by its own module from a state made by hand.

for name in SCREENS:
    show(page, name)      # on a page that is open at /phone/
"""

import base64
from typing import Any

from playwright.sync_api import Page

from tests.parts.served import clean
from tests.phone.states import (
    ACTION,
    AGAIN,
    ANSWERED,
    AT_HOME,
    BEGUN,
    DOUBTFUL,
    OPENED,
    PROGRESS,
    SAID,
    SAYING,
    SUMMARY,
    TOLD,
    appeal,
    inspection,
    of_piece,
    reviewed,
)

SCREENS: dict[str, tuple[str, dict[str, Any]]] = {
    "home": ("home", AT_HOME),
    "home, nothing chosen": ("home", {**AT_HOME, "work": None, "hand": None, "pieces": [], "summary": None}),
    "orders": ("orders", AT_HOME),
    "camera": ("camera", AT_HOME),
    "camera, a photo in doubt": ("camera", {**AT_HOME, "hand": DOUBTFUL}),
    "camera, a piece taken again": ("camera", {**AT_HOME, "hand": AGAIN}),
    "home, a piece begun": ("home", {**AT_HOME, "hand": BEGUN, "pieces": [BEGUN]}),
    "unfinished": ("unfinished", {**AT_HOME, "hand": BEGUN, "asked": {"design": "other", "lot": None}}),
    "waiting": ("piece", of_piece(state="waiting")),
    "sending": ("piece", of_piece(state="sending", progress=0.4)),
    "refused": ("piece", of_piece(state="refused", why="/problems/too-large")),
    **{
        status: ("piece", of_piece(inspection=inspection(status)))
        for status in ("passed", "pending", "rejected")
    },
    "retake": ("piece", of_piece(inspection=inspection("retake", faults=("glare",)))),
    "rework": ("piece", of_piece(inspection=inspection("rework", review=reviewed("rework")))),
    "contest waits on the phone": (
        "piece",
        of_piece(inspection=inspection("pending"), appeal={"id": "a1", "state": "waiting"}),
    ),
    "contest refused": (
        "piece",
        of_piece(
            inspection=inspection("pending"),
            appeal={"id": "a1", "state": "refused", "why": "/problems/not-a-voice"},
            contest={"raw": False, "photo": "here"},
        ),
    ),
    "contest left over": (
        "piece",
        of_piece(
            inspection=inspection("pending", appeal=appeal("waiting")),
            appeal={"id": "a2", "state": "refused", "why": "/problems/appeal-waiting"},
            contest={"raw": False, "photo": "here"},
        ),
    ),
    "contest at the hub": ("piece", of_piece(inspection=inspection("pending", appeal=appeal("waiting")))),
    "overturned": (
        "piece",
        of_piece(inspection=inspection("accepted", review=reviewed("accept"), appeal=appeal("overturned"))),
    ),
    "upheld": (
        "piece",
        of_piece(inspection=inspection("rework", review=reviewed("rework"), appeal=appeal("upheld"))),
    ),
    "workshop": ("workshop", {"summary": SUMMARY, "pieces": []}),
    "workshop, before the first figures": ("workshop", {"summary": None, "pieces": []}),
}

SCREENS |= {
    "whose, asked for the first time": (
        "whose",
        {"whose": {"last": None, "waits": False, "asked": False}, "online": True},
    ),
    "whose, answered": (
        "whose",
        {"whose": {"last": ANSWERED, "waits": False, "asked": True}, "online": True},
    ),
    "whose, no network": (
        "whose",
        {"whose": {"last": ANSWERED, "waits": True, "asked": True}, "online": False},
    ),
    "passed, the photo no longer kept": (
        "piece",
        {
            **of_piece(inspection=inspection("passed")),
            "pictured": False,
            "photos": [{"src": None, "gone": True}],
        },
    ),
}

SCREENS |= {
    "told of a defect": ("later/action", {"action": ACTION, "answer": SAYING, "pictured": True}),
    "an answer refused": (
        "later/action",
        {"action": ACTION, "answer": {**SAYING, "state": "refused", "why": "/problems/course-step"}},
    ),
    "an answer at the hub": (
        "later/action",
        {"action": {**ACTION, "state": "answered", "steps": [OPENED, TOLD, SAID]}, "answer": None},
    ),
    "progress": ("later/progress", {"progress": PROGRESS, "followed": [ACTION]}),
    "progress, too few pieces": ("later/progress", {"progress": {**PROGRESS, "decided": 3}, "followed": []}),
}

SHOW = """async ({ screen, state, photo }) => {
  const bytes = Uint8Array.from(atob(photo), (letter) => letter.charCodeAt(0));
  const src = URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" }));
  if (state.pictured) state.photos = [{ src, heat: async () => src }];
  for (const shot of state.hand?.photos ?? []) shot.src = src;
  state.picture = () => (screen === "later/action" ? src : null);
  state.ways = { onChange() {} };
  const { fill } = await import(`/phone/${screen}.js`);
  const { drawLine } = await import("/phone/status_line.js");
  const nothing = ["go", "onBack", "onTake", "onChoose", "onSend", "onDiscard", "onAgain", "onChooseWork",
    "onSendAnyway", "onTakeUp", "onConsent", "onLeaveOpen", "onArchive",
    "onFinishFirst", "onPutAside", "onDropPart", "onDropContest", "hold"];
  const actions = Object.fromEntries(nothing.map((name) => [name, () => {}]));
  actions.onContest = actions.onKeepPart = async () => {};
  if (state.piece?.contest?.photo) state.piece.contest.photo = src;
  for (const other of document.querySelectorAll("main > *")) other.hidden = true;
  const container = document.querySelector(`#screen-${screen.replace('later/', '')}`);
  container.hidden = false;
  container.replaceChildren();
  for (const key of Object.keys(container.dataset)) delete container.dataset[key];
  fill(container, state, actions);
  if (state.me) drawLine(document.querySelector("#line"), state);
  await Promise.all([...document.images].filter((image) => image.src).map((image) => image.decode()));
  scrollTo(0, 0);
}"""


def show(page: Page, name: str) -> None:
    screen, state = SCREENS[name]
    page.evaluate(SHOW, {"screen": screen, "state": state, "photo": base64.b64encode(clean()).decode()})
