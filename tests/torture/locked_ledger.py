"""Another program holds SQLite's write lock while 50 phones and the hub go on.

    python -c "from tests.torture.locked_ledger import run; run(print, 30)"

Health and reading answer all the time; what must be written is answered 503 with Retry-After, and is stored
once when it is sent again; nothing that was acknowledged is missing.
"""

import sqlite3
import threading
import time
import traceback
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from tests.parts.photos import jpeg
from tests.parts.processes import serving
from tests.parts.served import DESIGN, OWN, PASSWORD, context_of, drawn, parts, seed
from tests.parts.tiny_bundle import tiny_releases
from tests.parts.uploading import step
from tests.torture import Report
from ubora.service.auth.tokens import add_token
from ubora.service.ledger.database import Ledger
from ubora.service.settings import Settings

PHONES = 50
PATIENCE_S = 60.0


@dataclass
class Seen:
    """What was answered, by kind of request: statuses, the slowest, and faults in words."""

    statuses: dict[str, Counter[int]] = field(default_factory=dict)
    slowest_s: dict[str, float] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, what: str, ask: Callable[[], httpx.Response]) -> httpx.Response | None:
        started = time.monotonic()
        try:
            answer = ask()
        except httpx.TransportError as error:
            with self.lock:
                self.faults.append(f"{what}: {type(error).__name__} after {time.monotonic() - started:.1f} s")
            return None
        with self.lock:
            self.statuses.setdefault(what, Counter())[answer.status_code] += 1
            spent = time.monotonic() - started
            self.slowest_s[what] = max(self.slowest_s.get(what, 0.0), spent)
            if answer.status_code >= 500 and what not in ("live", "ready"):
                kind = answer.headers.get("content-type")
                if answer.status_code != 503 or "retry-after" not in answer.headers:
                    self.faults.append(f"{what}: {answer.status_code} {answer.text[:200]}")
                elif kind != "application/problem+json":
                    self.faults.append(f"{what}: 503 as {kind}")
        return answer


def run(report: Report, seconds: float) -> bool:
    """Hold the lock for `seconds`; tell what was answered meanwhile and after."""
    try:
        with TemporaryDirectory() as folder:
            return _run(report, seconds, Path(folder))
    except Exception:
        report("locked ledger", traceback.format_exc(limit=-3))
        return False


def _run(report: Report, seconds: float, folder: Path) -> bool:
    releases = tiny_releases(folder / "releases")
    settings = Settings(data=folder / "var", releases=releases)
    tokens = seed(settings)
    phones = _more_phones(settings)
    seen = Seen()
    with serving(settings.data, releases) as (_, url):
        with httpx.Client(base_url=url, headers=_bearer(tokens["artisan"]), timeout=60) as artisan:
            known = _put(artisan, str(uuid.uuid4()), 9_999).json()["id"]
        holder = sqlite3.connect(settings.data / "ledger.sqlite", isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        released = threading.Event()
        acts: list[threading.Thread] = [
            threading.Thread(target=_watch, args=(url, seen, released)),
            *(threading.Thread(target=_hub, args=(url, tokens, known, seen, released)) for _ in range(4)),
            *(
                threading.Thread(target=_phone, args=(url, token, number, seen, released))
                for number, token in enumerate(phones)
            ),
        ]
        for act in acts:
            act.start()
        time.sleep(seconds)
        held = {what: Counter(found) for what, found in seen.statuses.items()}
        slowest = dict(seen.slowest_s)
        released.set()
        holder.rollback()
        for act in acts:
            act.join(PATIENCE_S * 3)
    for what in sorted(held):
        told = ", ".join(f"{count} × {status}" for status, count in sorted(held[what].items()))
        report(f"locked: {what}", f"{told}; slowest {slowest[what]:.2f} s")
    lost = seen.acknowledged - _stored(settings)
    report("pieces acknowledged, and lost", f"{len(seen.acknowledged)}, {len(lost)}")
    for fault in seen.faults[:10]:
        report("fault", fault)
    return not seen.faults and not lost and len(seen.acknowledged) == PHONES


def _watch(url: str, seen: Seen, released: threading.Event) -> None:
    with httpx.Client(base_url=url, timeout=10) as watcher:
        while not released.wait(0.1):
            seen.note("live", lambda: watcher.get("/health/live"))
            ready = seen.note("ready", lambda: watcher.get("/health/ready"))
            if ready is not None and not released.is_set() and ready.json()["ready"]:
                seen.faults.append("ready: true, while the ledger could not be written")


def _phone(url: str, token: str, number: int, seen: Seen, released: threading.Event) -> None:
    """Reads, sends bytes, and sends one piece until it is taken."""
    name, photo = str(uuid.uuid4()), jpeg(drawn(seed=number))
    with httpx.Client(base_url=url, headers=_bearer(token), timeout=PATIENCE_S) as phone:
        until = time.monotonic() + PATIENCE_S * 2
        while time.monotonic() < until:
            seen.note("reading", lambda: phone.get("/v1/inspections?limit=5"))
            if not released.is_set():
                upload = uuid.uuid4()
                seen.note("bytes of an upload", partial(step, phone, upload, 0, photo, len(photo)))
                phone.delete(f"/v1/uploads/{upload}")
            answer = seen.note("a piece", lambda: _put(phone, name, number))
            if answer is not None and answer.status_code in (200, 201):
                with seen.lock:
                    seen.acknowledged.add(name)
                return
            wait = float(answer.headers.get("retry-after", 1)) if answer is not None else 1.0
            released.wait(min(wait, 3.0))


def _hub(url: str, tokens: dict[str, str], known: str, seen: Seen, released: threading.Event) -> None:
    """Everything that staff and new phones write."""
    lot = {"microfactory": OWN, "design": "disc", "pieces": 5, "views": ["front"]}
    log_in = {"name": "Wanjiku", "password": PASSWORD}
    with httpx.Client(base_url=url, headers=_bearer(tokens["admin"]), timeout=PATIENCE_S) as hub:
        asks: dict[str, Callable[[], httpx.Response]] = {
            "log-in": lambda: httpx.post(f"{url}/v1/session", json=log_in, timeout=PATIENCE_S),
            "enrolment": lambda: httpx.post(f"{url}/v1/enrol", json={"code": "x"}, timeout=PATIENCE_S),
            "review": lambda: hub.put(
                f"/v1/inspections/{known}/reviews/{uuid.uuid4()}", json={"disposition": "accept"}
            ),
            "appeal": lambda: hub.put(
                f"/v1/inspections/{known}/appeals/{uuid.uuid4()}",
                files=[("context", (None, '{"note": "no"}'))],
            ),
            "lot": lambda: hub.put(f"/v1/lots/{uuid.uuid4()}", json=lot),
            "design": lambda: hub.put("/v1/designs/ring", json=DESIGN.model_dump()),
            "invitation": lambda: hub.post("/v1/enrolments", json={"microfactory": OWN, "label": "p"}),
        }
        while not released.is_set():
            for what, ask in asks.items():
                seen.note(what, ask)
            released.wait(0.5)


def _more_phones(settings: Settings) -> list[str]:
    ledger = Ledger.open(settings.ledger_url())
    with ledger.write() as session:
        made = [add_token(session, "artisan", OWN, f"phone {number}").token for number in range(PHONES)]
    ledger.close()
    return made


def _put(phone: httpx.Client, name: str, number: int) -> httpx.Response:
    photo = jpeg(drawn((140, 10, 10), seed=number))
    return phone.put(f"/v1/inspections/{name}", files=parts(context_of(), photo))


def _stored(settings: Settings) -> set[str]:
    ledger = Ledger.open(settings.ledger_url())
    with ledger.read() as session:
        rows: list[Any] = list(session.connection().exec_driver_sql("SELECT inspection FROM photos").all())
    ledger.close()
    return {str(row[0]) for row in rows}


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
