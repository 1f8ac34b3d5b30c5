"""A whole service for tests: a real ledger, a real tiny network, real HTTP on a free port.

with serve(tmp_path, releases) as town:
    town.client("artisan").get("/v1/me")
"""

import json
import ssl
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from fastapi import FastAPI
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.parts.ledgers.chosen import ledger_url
from tests.parts.objects import photos_url
from tests.parts.photos import jpeg
from ubora.service.app import create_app
from ubora.service.auth.access import Role
from ubora.service.auth.staff import StaffRole, add_staff
from ubora.service.auth.tokens import add_token
from ubora.service.designs.designs import DesignBody, save_design
from ubora.service.http.pages import WEB
from ubora.service.http.server import make_server
from ubora.service.ledger.clock import now
from ubora.service.ledger.database import Clock, wall_clock
from ubora.service.ledger.tables import Consent, Staff
from ubora.service.secrets.passwords import Passwords
from ubora.service.settings import Settings
from ubora.service.state import AppState
from ubora.service.workshops.microfactories import MicrofactoryBody, save_microfactory

OWN, OTHER = "mf-own", "mf-other"
DARK_RED, DARK_BLUE = (140, 10, 10), (10, 10, 140)
STAFF: dict[str, StaffRole] = {"Wanjiku": "reviewer", "Omondi": "engineer", "Njeri": "admin"}
PASSWORD = "twelve bangles by noon"
"""Everybody's, in tests."""
PEOPLE: dict[str, tuple[Role, str | None]] = {
    "artisan": ("artisan", OWN),
    "other": ("artisan", OTHER),
    "reviewer": ("reviewer", None),
    "engineer": ("engineer", None),
    "admin": ("admin", None),
}
DESIGN = DesignBody(
    name="Disc", category="pendant", material="brass", stage="raw", approved_low=1, approved_high=5
)

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients that speak plain HTTP: each reads the machine's certificates otherwise, which takes longer
than what it then asks."""


@dataclass
class Town:
    """One running service, with a token for everyone in PEOPLE and a password for everyone in STAFF."""

    url: str
    settings: Settings
    state: AppState
    tokens: dict[str, str]
    _clients: list[httpx.Client] = field(default_factory=list)

    @property
    def ledger_options(self) -> list[str]:
        """What a command is told to work on this service's ledger."""
        url = self.settings.database_url
        return ["--data", str(self.settings.data), *(["--database-url", url] if url else [])]

    def client(self, who: str | None) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}
        client = httpx.Client(base_url=self.url, headers=headers, timeout=60, verify=NO_TLS)
        self._clients.append(client)
        return client

    def log_in(self, name: str, password: str = PASSWORD) -> httpx.Client:
        """A browser of that person: the session's cookie, and its CSRF token with every request."""
        client = self.client(None)
        answer = client.post("/v1/session", json={"name": name, "password": password})
        assert answer.status_code == 200, answer.text
        client.headers["X-CSRF-Token"] = answer.json()["csrf"]
        return client

    def send(
        self, photo: bytes, *more: bytes, name: str | None = None, who: str = "artisan", **context: Any
    ) -> httpx.Response:
        """PUT one inspection, of the artisan's own workshop unless the context says otherwise."""
        return self.client(who).put(
            f"/v1/inspections/{name or uuid.uuid4()}", files=parts(context_of(**context), photo, *more)
        )

    def review(
        self, inspection: str, disposition: str, *, who: str = "reviewer", **body: Any
    ) -> httpx.Response:
        """As somebody who has just looked, unless the body says what was seen."""
        client, path = self.client(who), f"/v1/inspections/{inspection}"
        sent = {**seen(client.get(path).json()), "disposition": disposition, **body}
        return client.put(f"{path}/reviews/{uuid.uuid4()}", json=sent)

    def close(self) -> None:
        for client in self._clients:
            client.close()


def seen(inspection: dict[str, Any]) -> dict[str, str | None]:
    """What a review of an inspection, as it is answered, names of it."""
    review, appeal = inspection.get("review") or {}, inspection.get("appeal") or {}
    waits = appeal.get("outcome") == "waiting"
    return {"after": review.get("id"), "appeal": appeal["id"] if waits else None}


def context_of(**changed: Any) -> dict[str, Any]:
    return {"microfactory": OWN, "design": "disc", **changed}


def parts(context: dict[str, Any], *photos: bytes) -> list[tuple[str, Any]]:
    """The multipart parts of one inspection."""
    return [
        ("context", (None, json.dumps(context))),
        *(("photo", ("photo.jpg", photo)) for photo in photos),
    ]


def drawn(
    mark: tuple[int, int, int] | None = None, *, width: int = 320, height: int = 240, seed: int = 0
) -> NDArray[np.uint8]:
    """(height, width, 3) uint8 RGB: a brass plate on white; a mark in its upper left third is a defect."""
    rng = np.random.default_rng(seed)
    photo = np.full((height, width, 3), 245, np.uint8)
    photo[height // 5 : 4 * height // 5, width // 5 : 4 * width // 5] = (200, 165, 85)
    noisy = photo.astype(int) + rng.integers(-8, 9, photo.shape)
    photo = np.clip(noisy, 0, 255).astype(np.uint8)
    if mark:
        side = max(width, height) // 6
        top, left = height // 4, width // 4
        photo[top : top + side, left : left + side] = mark
    return photo


def clean(seed: int = 0) -> bytes:
    return jpeg(drawn(seed=seed))


def tarnished(seed: int = 0) -> bytes:
    return jpeg(drawn(DARK_RED, seed=seed))


def dark(seed: int = 0) -> bytes:
    return jpeg(drawn(seed=seed) // 10)


_RUNNING: list[FastAPI] = []


@contextmanager
def serve(
    folder: Path,
    releases: Path,
    *,
    web: Path = WEB,
    clock: Clock = wall_clock,
    consent: bool = True,
    **changed: Any,
) -> Iterator[Town]:
    """Run a service on a free port until the block ends; `consent` as of `seed`."""
    usual: dict[str, Any] = {
        "port": 0,
        "release_poll_seconds": 0.05,
        "database_url": ledger_url(folder / "var"),
        "photos_url": photos_url(folder / "var"),
    }
    usual |= {
        "audit_share": 0.0,
        "second_review_share": 0.0,
        "known_share": 0.0,
    }  # which pieces wait is the test's doing, not a draw's
    settings = Settings(data=folder / "var", releases=releases, **{**usual, **changed})
    tokens = seed(settings, consent=consent)
    app = create_app(settings, web, clock)
    _RUNNING.append(app)
    if len(_RUNNING) > 1:
        # FastAPI reads a route's parameters when it is first asked for, and two servers that do so at once in
        # one process disturb each other: pydantic warns of annotations half read.
        for one in _RUNNING:
            one.openapi()
    server = make_server(app, settings)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_until(lambda: server.started or not thread.is_alive())
        port = server.servers[0].sockets[0].getsockname()[1]
        town = Town(f"http://127.0.0.1:{port}", settings, app.state.ubora, tokens)
        try:
            yield town
        finally:
            town.close()
    finally:
        server.should_exit = True
        thread.join(30)
        _RUNNING.remove(app)


def seed(settings: Settings, *, consent: bool = True) -> dict[str, str]:
    """Two workshops, a design, a strict design, and a token for everyone.

    Args:
        consent: both workshops let their photos and voice notes be used; else nobody was asked yet.
    """
    with AppState.open(settings) as state, state.ledger.write() as session:
        for code in (OWN, OTHER):
            save_microfactory(session, code, MicrofactoryBody(name=code, place="Nairobi"))
        save_design(session, "disc", DESIGN)
        # The tiny network always says level 3.
        save_design(session, "free-disc", DESIGN.model_copy(update={"approved_low": 4}))
        session.flush()
        # A second server on the same folder finds them there.
        known = session.scalar(select(Staff.id).limit(1)) is not None
        for name, staff_role in () if known else STAFF.items():
            add_staff(session, "the test", name, staff_role, _kept())
        made = {
            who: add_token(session, role, microfactory, who) for who, (role, microfactory) in PEOPLE.items()
        }
        session.flush()
        for who in ("artisan", "other") if consent else ():
            add_consent(session, made[who].id, PEOPLE[who][1] or "", who)
        return {who: token.token for who, token in made.items()}


def add_consent(session: Session, token: str, microfactory: str, label: str) -> None:
    """Yes to both, as from the phone of that token."""
    said = {"photos": True, "voices": True, "words": "test", "language": "en", "at": now(session)}
    one = str(uuid.uuid4())
    session.add(Consent(id=one, microfactory=microfactory, token=token, label=label, **said))


@cache
def _kept() -> str:
    return Passwords().hash(PASSWORD)


def wait_until(met: Any, seconds: float = 60) -> None:
    """Poll until `met()` is true; fails the test where it stays false."""
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
