"""Received photos + champion → what is stored of them and what the piece's verdict is.

    assessment = assess(inspector, [photo], ["front"], approved_range=(2, 4), approved={"front": seen})

One photo decides like `models.verdict.decide`. Of several: a retake if any is to be taken again, else a
flag if any is flagged, else a pass; a defect on the back is a defect, and so is doubt of the design a doubt.
"""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ubora.models.imaging.faults import NotPhoto
from ubora.models.inference.approved import DesignMatch, compare_with
from ubora.models.inference.bank import Approved, Bank
from ubora.models.inference.heatmaps import draw_overlay
from ubora.models.inference.inspector import Inspector
from ubora.models.inference.prediction import Prediction
from ubora.models.inference.preprocess import PhotoError
from ubora.models.record import BundleRecord
from ubora.models.verdict import Outcome, Verdict, decide
from ubora.service.http.errors import Problem
from ubora.service.http.tracing import stage
from ubora.service.storage.photos import KeptPhoto, keep_opened

_WEIGHT: dict[Outcome, int] = {"pass": 0, "flag": 1, "retake": 2}


@dataclass(frozen=True)
class ApprovedPhotos:
    """What stands for a design and photos of one view are compared with, as one release sees it."""

    sha256s: tuple[str, ...] = ()
    """Of the stored bytes of the photos in the bank, in its order."""
    seen: tuple[Approved, ...] = ()
    """The approved ones: what says whether a piece is of the design at all."""
    bank: Bank | None = None
    """None: the release compares no cells."""
    same_view: bool = True
    """False where none of that view stands for the design, so that these are of other views."""


@dataclass(frozen=True)
class AssessedPhoto:
    received_sha256: str
    received_bytes: int
    kept: KeptPhoto
    overlay_png: bytes
    prediction: Prediction
    approved: ApprovedPhotos
    """What it was compared with."""
    beside: DesignMatch | None
    """None where the design has no approved photos."""
    verdict: Verdict


@dataclass(frozen=True)
class Assessment:
    record: BundleRecord
    photos: tuple[AssessedPhoto, ...]
    outcome: Outcome
    reasons: tuple[str, ...]
    instruction: str | None
    """What to do before taking the photo again; only for a retake."""
    variance_level: int
    variance_in_range: bool
    variance_probabilities: tuple[float, ...]
    design_distance: float | None
    """Of the photo that looks least like the design's approved ones."""
    design_in_doubt: bool
    design_same_view: bool
    """False where a photo was compared with approved photos of other views."""


def assess(
    inspector: Inspector,
    photos: Sequence[bytes],
    views: Sequence[str],
    approved_range: tuple[int, int],
    approved: Mapping[str, ApprovedPhotos] | None = None,
    on_seconds: Callable[[float], None] = lambda _seconds: None,
) -> Assessment:
    """Check, strip, inspect and decide. Nothing is stored.

    Args:
        photos: as received.
        views: one a photo; a `detail` may leave the piece's border outside.
        approved_range: lowest and highest variance level that the design approves.
        approved: for each of the views the design's, as the same inspector sees them.
        on_seconds: told how long each photo took.

    Raises:
        Problem: 415 not a photo by its content, 422 a broken one; `photo` says which.
    """
    assessed = []
    for index, (data, view) in enumerate(zip(photos, views, strict=True)):
        started = time.perf_counter()
        try:
            beside_what = ApprovedPhotos() if approved is None else approved[view]
            assessed.append(_assess_one(inspector, data, view, approved_range, beside_what))
        except NotPhoto as error:
            raise _refused(415, "not-a-photo", "Not a photo", index, error) from None
        except PhotoError as error:
            raise _refused(422, "broken-photo", "A photo that cannot be inspected", index, error) from None
        on_seconds(time.perf_counter() - started)
    return _combine(inspector.record, tuple(assessed), views)


def _assess_one(
    inspector: Inspector,
    data: bytes,
    view: str,
    approved_range: tuple[int, int],
    approved: ApprovedPhotos,
) -> AssessedPhoto:
    # What is inspected is what is stored, so that a harvest trains on what was judged.
    with stage("check photo"):
        kept, photo = keep_opened(data, inspector.looked_at_px)
    with stage("look"):
        prediction = inspector.inspect(photo, approved.bank)
    beside = compare_with(prediction, approved.seen)
    with stage("draw heat"):
        overlay = draw_overlay(prediction, inspector.record)
    return AssessedPhoto(
        received_sha256=hashlib.sha256(data).hexdigest(),
        received_bytes=len(data),
        kept=kept,
        overlay_png=overlay,
        prediction=prediction,
        approved=approved,
        beside=beside,
        verdict=decide(prediction, inspector.record, approved_range, detail=view == "detail", beside=beside),
    )


def _combine(record: BundleRecord, photos: tuple[AssessedPhoto, ...], views: Sequence[str]) -> Assessment:
    outcome = max((photo.verdict.outcome for photo in photos), key=_WEIGHT.__getitem__)
    reasons: list[str] = []
    for number, photo in enumerate(photos, start=1):
        if photo.verdict.outcome == outcome:
            before = f"photo {number}: " if len(photos) > 1 else ""
            reasons.extend(before + reason for reason in photo.verdict.reasons)
    # A level outside the range is what a person is asked about, so that photo speaks for the piece; else the
    # first that shows the whole of it.
    whole = [photo for photo, view in zip(photos, views, strict=True) if view != "detail"] or list(photos)
    speaker = next((photo for photo in whole if not photo.verdict.variance_in_range), whole[0])
    instruction = None
    if outcome == "retake":
        instruction = next(p.verdict.reasons[0] for p in photos if p.verdict.outcome == "retake")
    return Assessment(
        record=record,
        photos=photos,
        outcome=outcome,
        reasons=tuple(reasons),
        instruction=instruction,
        variance_level=speaker.verdict.variance_level,
        variance_in_range=speaker.verdict.variance_in_range,
        variance_probabilities=speaker.prediction.variance,
        design_distance=max((p.beside.distance for p in photos if p.beside is not None), default=None),
        design_in_doubt=any(photo.verdict.design_in_doubt for photo in photos),
        design_same_view=all(photo.approved.same_view for photo in photos),
    )


def _refused(status: int, slug: str, title: str, index: int, error: PhotoError) -> Problem:
    members: dict[str, Any] = {"photo": index}
    if isinstance(error, NotPhoto) and error.found is not None:
        # For whoever has no catalogue of words: what it is, and what helps, in both languages.
        members |= {"found": error.found.name, "help": error.found.help}
    return Problem(status, slug, title, f"photo {index}: {error}", members=members)
