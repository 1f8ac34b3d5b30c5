"""What phones and reviewers were told is kept, and whether it is: nothing lost, doubled, corrupt or refused.

outcome = Outcome()
attempt(client, a_piece(outcome), outcome)    # sent until it is answered, under one name and as it was
compare(settings, outcome)                    # fills outcome.wrong
"""

import os
import random
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx
from sqlalchemy import func, select

from tests import ROOT
from tests.parts.served import context_of, parts, tarnished
from tests.parts.uploading import finish, step, where
from ubora.service.ledger.database import Ledger
from ubora.service.ledger.tables import DailyCount, Inspection, Photo, Review
from ubora.service.settings import Settings

PARTS = 3
"""Of a photo that is sent in parts."""
KINDS = ("lost", "doubled", "corrupt", "answers that nothing excuses")
STATUS = {"accept": "accepted", "rework": "rework", "reject": "rejected"}


@dataclass(frozen=True)
class Sent:
    """A piece, or a decision on one."""

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
    arrived: dict[str, int] = field(default_factory=dict)
    """Upload → bytes of it that were acknowledged, until it is asked to be made a piece."""
    releases: set[str] = field(default_factory=set)
    """That said they judged something."""
    wrong: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in KINDS})

    @property
    def acknowledged(self) -> int:
        return len(self.pieces) + len(self.reviews)


def taken(waiting: list[Sent]) -> Sent | None:
    try:
        return waiting.pop()  # whoever takes it out sends it
    except IndexError:
        return None


def a_piece(outcome: Outcome) -> Sent:
    """One that waits to be sent again, else a new one; half of them are sent in parts."""
    upload = str(uuid.uuid4()) if random.random() < 0.5 else None
    return taken(outcome.photos) or Sent(str(uuid.uuid4()), tarnished(random.getrandbits(31)), upload)


def attempt(client: httpx.Client, sent: Sent, outcome: Outcome, others: Sequence[httpx.Client] = ()) -> bool:
    """Whether it was acknowledged; what got no answer, or a busy one, waits again.

    Args:
        others: replicas that take parts of it, too.
    """
    waiting = outcome.decisions if sent.inspection else outcome.photos
    path = f"/v1/inspections/{sent.inspection or sent.name}"
    try:
        if sent.inspection:
            answer = client.put(f"{path}/reviews/{sent.name}", json={"disposition": sent.disposition})
        elif sent.upload:
            answer = _in_parts([client, *others], sent, sent.upload, outcome)
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
        said = answer.json()
        outcome.pieces[sent.name] = said["photos"][0]["sha256"]
        outcome.releases.add(said["release"])
        disposition = random.choice([*STATUS])
        outcome.decisions.append(Sent(str(uuid.uuid4()), inspection=sent.name, disposition=disposition))
    return True


def _in_parts(clients: Sequence[httpx.Client], sent: Sent, upload: str, outcome: Outcome) -> httpx.Response:
    """A photo in parts, each to any of them, from where any of them says that it is; the last answer."""
    whole = len(sent.photo)
    at = where(random.choice(clients), upload) or 0
    known = outcome.arrived.get(upload, 0)
    if at < known:
        outcome.wrong["lost"].append(f"upload {upload} is at {at}, was acknowledged to {known}")
    for _ in range(2 * PARTS):
        if at == whole:
            break
        part = sent.photo[at : at + whole // PARTS + 1]
        answer = step(random.choice(clients), upload, at, part, whole)
        if answer.status_code == 204:
            at += len(part)
            outcome.arrived[upload] = at
        elif answer.status_code == 409:
            # A part without an answer came in after it was asked how far it is.
            at = int(answer.headers["upload-offset"])
        else:
            return answer
    # From here on it may be gone, as it became a piece whose answer was lost.
    outcome.arrived.pop(upload, None)
    return finish(random.choice(clients), sent.name, upload)


def send_the_rest(phone: httpx.Client, page: httpx.Client, outcome: Outcome) -> None:
    """What is left is sent until it is answered, with a few tries to spare; then every photo is asked for."""
    for client, waiting in ((phone, outcome.photos), (page, outcome.decisions)):
        for _ in range(len(waiting) + 1000):
            sent = taken(waiting)
            if sent is not None and not attempt(client, sent, outcome):
                time.sleep(0.1)
        outcome.wrong[KINDS[3]] += [f"{sent.name} is never answered" for sent in waiting]
    paths = [f"/v1/inspections/{name}/photos/0" for name in outcome.pieces]
    outcome.wrong["lost"] += [path for path in paths if phone.get(path).status_code != 200]


def compare(settings: Settings, outcome: Outcome) -> None:
    """What was acknowledged, beside what is kept."""
    ledger = Ledger.open(settings.ledger_url(), as_it_is=True)
    try:
        with ledger.read() as session:
            kept = [
                (one, sha) for one, sha in session.execute(select(Photo.inspection, Photo.received_sha256))
            ]
            decided = [(one, name) for one, name in session.execute(select(Review.inspection, Review.id))]
            status = dict(list(session.execute(select(Inspection.id, Inspection.status))))
            counted = session.scalar(select(func.sum(DailyCount.decided + DailyCount.pending)))
    finally:
        ledger.close()
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
    if not _is_whole(settings):
        outcome.wrong["corrupt"].append("`ubora admin integrity` finds faults, said above")


def _is_whole(settings: Settings) -> bool:
    words = [sys.executable, "-m", "ubora", "admin", "integrity", "--data", str(settings.data)]
    return subprocess.run(words, cwd=ROOT, env=os.environ | environment_of(settings)).returncode == 0


def environment_of(settings: Settings) -> dict[str, str]:
    """What tells a process of the same ledger and store."""
    told = {"UBORA_DATABASE_URL": settings.database_url, "UBORA_PHOTOS_URL": settings.photos_url}
    return {name: value for name, value in told.items() if value}
