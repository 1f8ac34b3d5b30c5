"""An inspection that one release answered, judged once more by another. Nothing of the inspection changes.

    batch = tasks_after(session, "ubora-2026.12", after=0, limit=100)
    said = judge(inspector, StandingSeen(), store, batch.tasks[0])
    store_said(ledger, [said])            # what is there already stays

It is looked at as it would be today: beside what stands for its design now, in its design's present range.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session

from ubora.models.inference.inspector import Inspector
from ubora.models.verdict import Finding
from ubora.service.designs.standing import Standing, StandingPhoto, standing_of
from ubora.service.inference.assess import assess
from ubora.service.inference.standing_seen import ApprovedFile, StandingSeen
from ubora.service.ledger.clock import now
from ubora.service.ledger.database import Ledger
from ubora.service.ledger.tables import Design, Inspection, Photo, Rescore
from ubora.service.storage.photos import PhotoStore


class PhotoGoneError(ValueError):
    """A stored photo that cannot be judged: missing or altered, and where."""


@dataclass(frozen=True)
class Task:
    """One inspection to be judged. Plain values, so that it goes to another process or machine."""

    inspection: str
    number: int
    beside: str
    """The release that answered."""
    answered: str
    """pass, flag or retake."""
    photos: tuple[str, ...]
    """SHA-256 of each, as it is stored."""
    views: tuple[str, ...]
    approved_range: tuple[int, int]
    standing: tuple[StandingPhoto, ...]
    """What it is compared with."""
    approved_version: int


@dataclass(frozen=True)
class Batch:
    tasks: tuple[Task, ...]
    last: int | None
    """Number of the last inspection that was looked at; None: there is none left."""


@dataclass(frozen=True)
class Said:
    """What a release said: the columns of a `Rescore` but the time."""

    inspection: str
    release: str
    number: int
    beside: str
    verdict: str
    agrees: bool
    reasons: list[str]
    scores: list[dict[str, float]]
    defects: list[list[dict[str, Any]]]
    variance_level: int
    design_distance: float | None
    approved_version: int


def waits_for(release: str) -> ColumnElement[bool]:
    """Inspections that another release answered, this one did not judge yet, and whose photos are kept.

    Not those that turned out to be of another design: both would be held beside different samples.
    """
    judged = exists().where(Rescore.inspection == Inspection.id, Rescore.release == release)
    removed = exists().where(and_(Photo.inspection == Inspection.id, Photo.removed_at.is_not(None)))
    same = and_(Inspection.judged_as == Inspection.design, ~Inspection.design_unknown)
    return and_(Inspection.release != release, same, ~judged, ~removed)


def tasks_after(
    session: Session,
    release: str,
    *,
    after: int,
    limit: int,
    only: Sequence[ColumnElement[bool]] = (),
) -> Batch:
    """The next of those that wait for a release, in the order in which they came.

    Args:
        after: number of the last one before.
        only: further conditions.
    """
    query = select(Inspection).where(Inspection.number > after, waits_for(release), *only)
    rows = session.scalars(query.order_by(Inspection.number).limit(limit)).all()
    designs: dict[str, tuple[tuple[int, int], Standing]] = {}
    tasks = []
    for row in rows:
        if row.design not in designs:
            design = session.get_one(Design, row.design)
            approved_range = (design.approved_low, design.approved_high)
            designs[row.design] = approved_range, standing_of(session, row.design)
        approved_range, standing = designs[row.design]
        tasks.append(
            Task(
                inspection=row.id,
                number=row.number,
                beside=row.release,
                answered=row.verdict,
                photos=tuple(photo.stored_sha256 for photo in row.photos),
                views=tuple(photo.view for photo in row.photos),
                approved_range=approved_range,
                standing=standing.photos,
                approved_version=standing.version,
            )
        )
    return Batch(tuple(tasks), rows[-1].number if rows else None)


def judge(inspector: Inspector, seen: StandingSeen, store: PhotoStore, task: Task) -> Said:
    """By the code that answers phones. Nothing is stored.

    Args:
        seen: what this inspector sees in approved photos, kept from one task to the next.

    Raises:
        PhotoGoneError: a photo is missing or was altered.
    """
    photos = [read_photo(store, sha256) for sha256 in task.photos]
    shown = [
        ApprovedFile(photo.sha256, photo.view, store.photo_path(photo.sha256), photo.accepted)
        for photo in task.standing
    ]
    approved = {view: seen.approved(inspector, shown, view) for view in set(task.views)}
    assessment = assess(inspector, photos, task.views, task.approved_range, approved)
    return Said(
        inspection=task.inspection,
        release=inspector.record.name,
        number=task.number,
        beside=task.beside,
        verdict=assessment.outcome,
        agrees=assessment.outcome == task.answered,
        reasons=list(assessment.reasons),
        scores=[photo.prediction.scores for photo in assessment.photos],
        defects=[
            [found_defect(finding) for finding in photo.verdict.findings] for photo in assessment.photos
        ],
        variance_level=assessment.variance_level,
        design_distance=assessment.design_distance,
        approved_version=task.approved_version,
    )


def store_said(ledger: Ledger, said: Sequence[Said]) -> int:
    """In one transaction; how many were new. What was deleted meanwhile, or is there already, is left out."""
    with ledger.write() as session:
        stored = 0
        for one in said:
            there = session.get(Inspection, one.inspection, with_for_update={"key_share": True})
            if there is None or session.get(Rescore, (one.inspection, one.release)) is not None:
                continue
            session.add(Rescore(**asdict(one), at=now(session)))
            session.flush()
            stored += 1
    return stored


def read_photo(store: PhotoStore, sha256: str) -> bytes:
    """
    Raises:
        PhotoGoneError: it is missing, or was altered.
    """
    path = store.photo_path(sha256)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise PhotoGoneError(f"{path}: missing; expected a stored photo") from None
    if hashlib.sha256(data).hexdigest() != sha256:
        raise PhotoGoneError(f"{path}: altered; expected the content that its name is the hash of")
    return data


def found_defect(finding: Finding) -> dict[str, Any]:
    """A finding as it is kept: class, severity, score, threshold, box."""
    return {
        "defect": finding.defect,
        "severity": finding.severity,
        "score": finding.score,
        "threshold": finding.threshold,
        "box": list(finding.box),
    }
