"""kill -9 while phones send and the hub decides: nothing acknowledged is lost, doubled or corrupt.

python -m tests.torture --seconds 600 kills      # ten kills are tests/service/running/test_serve.py
"""

import random
import sqlite3
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.parts.processes import serving
from tests.parts.served import context_of, parts, seed, tarnished, wait_until
from tests.parts.tiny_bundle import tiny_releases
from tests.parts.uploading import finish, step, where
from ubora.service.settings import Settings
from ubora.service.storage.copies import check_files, ledger_faults, references
from ubora.service.storage.photos import PhotoStore

PHONES = 4
REVIEWERS = 2
LATEST_S = 1.5
"""After the first answer of a round, at most, comes the kill."""
KINDS = ("lost", "doubled", "corrupt", "answers that nothing excuses")
STATUS = {"accept": "accepted", "rework": "rework", "reject": "rejected"}


@dataclass(frozen=True)
class Sent:
    """A piece, or a decision on one: sent until it is answered, under one name and as it was."""

    name: str
    photo: bytes = b""
    upload: str | None = None
    inspection: str = ""
    disposition: str = ""


@dataclass
class Outcome:
    kills: int = 0
    pieces: dict[str, str] = field(default_factory=dict)
    """Acknowledged inspections, and the SHA-256 that was answered for the photo."""
    reviews: dict[str, Sent] = field(default_factory=dict)
    """Acknowledged reviews, by inspection."""
    photos: list[Sent] = field(default_factory=list)
    """Without an answer: sent again, as a phone does."""
    decisions: list[Sent] = field(default_factory=list)
    """To be made, or without an answer."""
    wrong: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in KINDS})


def run(report: Callable[[str, str], None], seconds: float) -> bool:
    """Kill until the time is over, then look for everything that was acknowledged."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            settings = Settings(data=place / "var", releases=tiny_releases(place / "releases"))
            deadline = time.monotonic() + seconds
            outcome = kill_under_load(settings, lambda _: time.monotonic() > deadline)
    except Exception as error:
        report("the trial itself", f"{type(error).__name__}: {error}")
        return False
    report("kills under load of four phones and two reviewers", str(outcome.kills))
    report("acknowledged", f"{len(outcome.pieces)} pieces, {len(outcome.reviews)} decisions")
    for kind, found in outcome.wrong.items():
        report(kind, f"{len(found)}{f', as {found[0]}' if found else ''}")
    return not any(outcome.wrong.values())


def kill_under_load(settings: Settings, enough: Callable[[int], bool]) -> Outcome:
    """Start, kill and start again until there were `enough` kills (at least one), and compare."""
    tokens, outcome = seed(settings), Outcome()
    while outcome.kills == 0 or not enough(outcome.kills):
        with serving(settings.data, settings.releases) as (process, url):
            _round(url, tokens, outcome, process.kill)
            process.wait()
        outcome.kills += 1
    with serving(settings.data, settings.releases) as (_, url):
        _finish(url, tokens, outcome)
    _compare(settings, outcome)
    return outcome


def _round(url: str, tokens: dict[str, str], outcome: Outcome, kill: Callable[[], None]) -> None:
    """Everybody works until the service is gone, some time after its first answer, whenever that comes."""
    answered, over = threading.Event(), threading.Event()

    def person(who: str) -> None:
        with _client(url, tokens[who]) as client:
            while not over.is_set():
                sent = _taken(outcome.decisions) if who == "reviewer" else _piece(outcome)
                if sent is None:
                    over.wait(0.01)
                elif _try(client, sent, outcome):
                    answered.set()

    who = ["artisan"] * PHONES + ["reviewer"] * REVIEWERS
    people = [threading.Thread(target=person, args=(one,)) for one in who]
    for one in people:
        one.start()
    try:
        wait_until(answered.is_set, 300)
        time.sleep(random.uniform(0, LATEST_S))
    finally:
        kill()
        over.set()
        for one in people:
            one.join()


def _taken(waiting: list[Sent]) -> Sent | None:
    try:
        return waiting.pop()  # whoever takes it out sends it
    except IndexError:
        return None


def _piece(outcome: Outcome) -> Sent:
    upload = str(uuid.uuid4()) if random.random() < 0.5 else None
    return _taken(outcome.photos) or Sent(str(uuid.uuid4()), tarnished(random.getrandbits(31)), upload)


def _try(client: httpx.Client, sent: Sent, outcome: Outcome) -> bool:
    """Whether it was acknowledged; what got no answer, or a busy one, waits again."""
    waiting = outcome.decisions if sent.inspection else outcome.photos
    path = f"/v1/inspections/{sent.inspection or sent.name}"
    try:
        if sent.inspection:
            answer = client.put(f"{path}/reviews/{sent.name}", json={"disposition": sent.disposition})
        elif sent.upload:
            at = where(client, sent.upload) or 0
            step(client, sent.upload, at, sent.photo[at:], len(sent.photo))
            answer = finish(client, sent.name, sent.upload)
        else:
            answer = client.put(path, files=parts(context_of(), sent.photo))
    except httpx.TransportError:
        waiting.append(sent)
        return False
    if answer.status_code not in (200, 201):
        if answer.status_code != 503:
            outcome.wrong[KINDS[3]].append(f"{answer.status_code}: {answer.text[:200]}")
        waiting.append(sent)
        return False
    if sent.inspection:
        outcome.reviews[sent.inspection] = sent
    else:
        outcome.pieces[sent.name] = answer.json()["photos"][0]["sha256"]
        disposition = random.choice([*STATUS])
        outcome.decisions.append(Sent(str(uuid.uuid4()), inspection=sent.name, disposition=disposition))
    return True


def _finish(url: str, tokens: dict[str, str], outcome: Outcome) -> None:
    """What is left is sent until it is answered, with a few tries to spare; then every photo is asked for."""
    with _client(url, tokens["artisan"]) as phone, _client(url, tokens["reviewer"]) as page:
        for client, waiting in ((phone, outcome.photos), (page, outcome.decisions)):
            for _ in range(len(waiting) + 1000):
                sent = _taken(waiting)
                if sent is not None and not _try(client, sent, outcome):
                    time.sleep(0.1)
            outcome.wrong[KINDS[3]] += [f"{sent.name} is never answered" for sent in waiting]
        paths = [f"/v1/inspections/{name}/photos/0" for name in outcome.pieces]
        outcome.wrong["lost"] += [path for path in paths if phone.get(path).status_code != 200]


def _compare(settings: Settings, outcome: Outcome) -> None:
    """What was acknowledged, beside what is kept."""
    ledger = settings.data / "ledger.sqlite"
    with closing(sqlite3.connect(ledger)) as reader:
        kept = reader.execute("SELECT inspection, received_sha256 FROM photos").fetchall()
        decided = reader.execute("SELECT inspection, id FROM reviews").fetchall()
        status = dict(reader.execute("SELECT id, status FROM inspections").fetchall())
        (counted,) = reader.execute("SELECT sum(decided + pending) FROM daily_counts").fetchone()
    acknowledged = set(outcome.pieces.items())
    reviews = {(sent.inspection, sent.name) for sent in outcome.reviews.values()}
    for expected, found in ((acknowledged, kept), (reviews, decided)):
        outcome.wrong["lost"] += [str(one) for one in expected - set(found)]
        times = Counter(name for name, _ in found)
        outcome.wrong["doubled"] += [name for name in times if times[name] > 1]
        outcome.wrong["doubled"] += [f"nobody's: {one}" for one in set(found) - expected]
    outcome.wrong["lost"] += [
        f"decision on {name}: {status.get(name)}"
        for name, sent in outcome.reviews.items()
        if status.get(name) != STATUS[sent.disposition]
    ]
    if counted != len(outcome.pieces):
        outcome.wrong["corrupt"].append(f"{counted} pieces are counted of {len(outcome.pieces)}")
    outcome.wrong["corrupt"] += [
        *ledger_faults(ledger),
        *check_files(PhotoStore(settings.data), references(ledger)).faults,
    ]


def _client(url: str, token: str) -> httpx.Client:
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60)
