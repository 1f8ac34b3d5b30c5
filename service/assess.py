"""Received photos + champion → what is stored of them and what the piece's verdict is.

    assessment = assess(inspector, [photo_bytes], ["front"], approved_range=(2, 4))

One photo decides like `models.verdict.decide`. Of several: a retake if any is to be taken again, else a
flag if any is flagged, else a pass; a defect on the back is a defect.
"""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models.bundle import BundleRecord
from models.inspector import Inspector, Prediction
from models.preprocess import PhotoError
from models.verdict import Outcome, Verdict, decide
from service.errors import Problem
from service.heatmaps import draw_overlay
from service.photos import KeptPhoto, PhotoTypeError, keep_photo

_WEIGHT: dict[Outcome, int] = {"pass": 0, "flag": 1, "retake": 2}


@dataclass(frozen=True)
class AssessedPhoto:
    received_sha256: str
    received_bytes: int
    kept: KeptPhoto
    overlay_png: bytes
    prediction: Prediction
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


def assess(
    inspector: Inspector,
    photos: Sequence[bytes],
    views: Sequence[str],
    approved_range: tuple[int, int],
    on_seconds: Callable[[float], None] = lambda _seconds: None,
) -> Assessment:
    """Check, strip, inspect and decide. Nothing is stored.

    Args:
        photos: as received.
        views: one a photo; a `detail` may leave the piece's border outside.
        approved_range: lowest and highest variance level that the design approves.
        on_seconds: told how long each photo took.

    Raises:
        Problem: 415 not a photo by its content, 422 a broken one; `photo` says which.
    """
    assessed = []
    for index, (data, view) in enumerate(zip(photos, views, strict=True)):
        started = time.perf_counter()
        try:
            assessed.append(_assess_one(inspector, data, view, approved_range))
        except PhotoTypeError as error:
            raise _refused(415, "not-a-photo", "Not a photo", index, error) from None
        except PhotoError as error:
            raise _refused(422, "broken-photo", "A photo that cannot be inspected", index, error) from None
        on_seconds(time.perf_counter() - started)
    return _combine(inspector.record, tuple(assessed))


def _assess_one(
    inspector: Inspector, data: bytes, view: str, approved_range: tuple[int, int]
) -> AssessedPhoto:
    kept = keep_photo(data)
    # What is inspected is what is stored, so that a harvest trains on what was judged.
    prediction = inspector.inspect(kept.data)
    return AssessedPhoto(
        received_sha256=hashlib.sha256(data).hexdigest(),
        received_bytes=len(data),
        kept=kept,
        overlay_png=draw_overlay(prediction, inspector.record),
        prediction=prediction,
        verdict=decide(prediction, inspector.record, approved_range, detail=view == "detail"),
    )


def _combine(record: BundleRecord, photos: tuple[AssessedPhoto, ...]) -> Assessment:
    outcome = max((photo.verdict.outcome for photo in photos), key=_WEIGHT.__getitem__)
    reasons: list[str] = []
    for number, photo in enumerate(photos, start=1):
        if photo.verdict.outcome == outcome:
            before = f"photo {number}: " if len(photos) > 1 else ""
            reasons.extend(before + reason for reason in photo.verdict.reasons)
    # A level outside the range is what a person is asked about, so that photo speaks for the piece.
    speaker = next((photo for photo in photos if not photo.verdict.variance_in_range), photos[0])
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
    )


def _refused(status: int, slug: str, title: str, index: int, error: PhotoError) -> Problem:
    return Problem(status, slug, title, f"photo {index}: {error}", members={"photo": index})
