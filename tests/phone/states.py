"""What the artisan's app may hold, made by hand: a piece in each state, an order, a workshop's figures."""

from typing import Any

WHEN = "2026-11-24T10:00:00Z"
DESIGN = {
    "id": "ring-tsavo",
    "name": "Tsavo ring",
    "category": "ring",
    "material": "brass",
    "approved_photos": [],
}
LOT = {
    "id": "L-0117",
    "design": "ring-tsavo",
    "pieces": 50,
    "done": 12,
    "views": ["front", "side", "back", "detail"],
    "note": "Thin ones, please",
}
WORK = {"design": DESIGN, "lot": LOT, "views": LOT["views"]}
HAND = {"design": "ring-tsavo", "lot": "L-0117", "views": LOT["views"], "photos": []}
FOUND = [
    {"defect": "scratch", "severity": "minor", "score": 0.8, "threshold": 0.1, "box": [120, 140, 60, 50]},
    {"defect": "solder", "severity": "major", "score": 0.7, "threshold": 0.1, "box": [180, 60, 50, 40]},
]


def inspection(status: str, *, faults: tuple[str, ...] = (), **changed: Any) -> dict[str, Any]:
    flagged = status in {"pending", "rework", "rejected"}
    photo = {
        "index": 0,
        "view": "front",
        "width": 320,
        "height": 240,
        "faults": list(faults),
        "photo_url": "/v1/inspections/p1/photos/0",
        "heatmap_url": "/v1/inspections/p1/heatmaps/0",
        "defects": FOUND if flagged else [],
    }
    return {
        "id": "p1",
        "status": status,
        "verdict": "flag" if flagged else "pass",
        "reasons": [],
        "instruction": None,
        "variance": {"level": 4, "in_range": True, "probabilities": [0, 0, 0, 1, 0]},
        "beside_approved": None,
        "photos": [photo],
        "review": None,
        "appeal": None,
        "received_at": WHEN,
        **changed,
    }


def reviewed(
    disposition: str, note: str = "The solder stands out. File it flat, then polish."
) -> dict[str, Any]:
    return {
        "id": "r1",
        "disposition": disposition,
        "defects": None,
        "variance": None,
        "note": note,
        "at": WHEN,
    }


def appeal(outcome: str) -> dict[str, Any]:
    return {"id": "a1", "at": WHEN, "note": "", "outcome": outcome, "decided_at": WHEN}


def piece(state: str = "sent", **changed: Any) -> dict[str, Any]:
    return {
        "id": "p1",
        "order": 1,
        "lot": "L-0117",
        "design": "ring-tsavo",
        "views": ["front"],
        "taken_at": WHEN,
        "state": state,
        "attempts": 1,
        "own": True,
        "inspection": None,
        "progress": None,
        "photos": [{"id": "f1", "view": "front", "width": 320, "height": 240, "bytes": 1, "faults": []}],
        **changed,
    }


def of_piece(**changed: Any) -> dict[str, Any]:
    return {"piece": piece(**changed), "pictured": True}


SUMMARY = {
    "microfactory": "mf-own",
    "window_days": 30,
    "since": WHEN,
    "until": WHEN,
    "sent": 53,
    "decided": 50,
    "passed": 49,
    "pending": 3,
    "retakes": 1,
    "interval": [0.9, 0.99],
    "first_decided": 50,
    "first_passed": 47,
    "first_interval": [0.838, 0.979],
    "fetched_at": WHEN,
    "flagged": [{"defect": name, "pieces": 1} for name in ("solder", "scratch", "bent")],
}
AT_HOME = {
    "me": {"microfactory": "mf-own", "name": "Kibera Brass Works"},
    "designs": [DESIGN],
    "lots": [LOT],
    "work": WORK,
    "hand": HAND,
    "counts": {"waiting": 3, "sent": 12, "refused": 1},
    "online": True,
    "draft": None,
    "saying": None,
    "summary": SUMMARY,
    "pieces": [
        piece(id="p2", state="waiting"),
        piece(id="p3", state="refused"),
        *(
            piece(id=f"p-{status}", inspection=inspection(status))
            for status in ("passed", "pending", "retake", "accepted", "rework", "rejected")
        ),
    ],
}
DOUBTFUL = piece(
    "draft",
    photos=[{"id": "f1", "view": "front", "width": 320, "height": 240, "bytes": 1, "faults": ["glare"]}],
)

BEGUN = {**DOUBTFUL, "views": LOT["views"], "photos": [{**DOUBTFUL["photos"][0], "faults": []}]}
AGAIN = {**HAND, "replaces": "p1", "first_at": WHEN}

ANSWERED = {"id": "c1", "photos": True, "voices": False, "at": WHEN, "said_at": None}

EXAMPLE = {
    "inspection": "p1",
    "material": "brass",
    "photo_url": "/v1/inspections/p1/photos/0",
    "width": 320,
    "height": 240,
    "marks": [[120, 140, 60, 50]],
}
OPENED = {"id": "s1", "step": "opened", "side": "hub", "undone": False, "note": "", "phrases": []}
TOLD = {**OPENED, "id": "s2", "step": "told", "note": "Keep finished pieces dry."}
SAID = {**OPENED, "id": "s3", "step": "answered", "side": "workshop", "phrases": ["care"], "note": "A box."}
ACTION = {
    "id": "a1",
    "defect": "tarnish",
    "state": "told",
    "due_at": WHEN,
    "steps": [OPENED, TOLD],
    "examples": [EXAMPLE],
}
SAYING = {"action": "a1", "state": "draft", "phrases": ["care"], "note": "A box", "why": None}


def part(found: int, of: int, low: float, high: float) -> dict[str, Any]:
    return {"found": found, "of": of, "interval": [low, high]}


PROGRESS = {
    "microfactory": "mf-own",
    "least": 20,
    "decided": 50,
    "decided_before": 48,
    "first_time": part(44, 50, 0.76, 0.94),
    "better": [{"what": "tarnish", "before": part(14, 48, 0.18, 0.43), "now": part(2, 50, 0.01, 0.13)}],
    "most": {"defect": "solder", "pieces": part(6, 50, 0.06, 0.24), "materials": ["brass"]},
    "orders_finished": 3,
    "fetched_at": WHEN,
}
