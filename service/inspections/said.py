"""What people say of a piece, on the wire: decisions with their corrections, and appeals against them."""

from typing import Annotated, Literal, cast

from pydantic import Field

from ubora.datasets.taxonomy import Severity
from ubora.service.http.schemas import UtcMoment, Wire
from ubora.service.ledger.tables import Answer, Appeal, Review

Disposition = Literal["accept", "rework", "reject"]
STATUS_OF_DISPOSITION = {"accept": "accepted", "rework": "rework", "reject": "rejected"}
MOST_COUNTS = 50_000
"""Characters of a region: a hand that trembles on all of a large photo needs fewer."""
InHand = Literal["goods_in", "return"]
"""Where the piece itself was decided on: when it came to the hub, or when a customer sent it back."""
AppealOutcome = Literal["waiting", "overturned", "upheld"]


class Region(Wire):
    """Pixels of a photo as run lengths, in COCO's compressed form."""

    size: Annotated[list[int], Field(min_length=2, max_length=2)]
    """Height, width in pixels of the upright photo."""
    counts: Annotated[str, Field(max_length=MOST_COUNTS)]
    """Down the columns, beginning with those that are not in it."""


class CorrectedDefect(Wire):
    """A defect as a person saw it: in a box, in a region, or somewhere on the photo."""

    photo: Annotated[int, Field(ge=0, le=5)] = 0
    defect: Annotated[str, Field(max_length=32)]
    severity: Severity | None = None
    box: Annotated[list[float], Field(min_length=4, max_length=4)] | None = None
    """x, y, width, height in pixels of the upright photo; in an answer also that of its `mask`."""
    mask: Region | None = None


class StoredReview(Wire):
    id: str
    disposition: Disposition
    defects: list[CorrectedDefect] | None
    variance: int | None
    phrases: list[str]
    """Keys: each reader's app says them in her language."""
    note: str
    """As it was written."""
    reviewer: str
    alone: bool
    """Another person should have decided it, and there was none at the hub."""
    in_hand: InHand | None
    """Decided on the piece itself; null: by its photos."""
    at: UtcMoment


class StoredAppeal(Wire):
    id: str
    at: UtcMoment
    note: str
    voice_url: str | None
    photo_url: str | None
    voice_removed_at: UtcMoment | None = None
    """Since when the voice note is no longer kept; it has no URL then."""
    photo_removed_at: UtcMoment | None = None
    outcome: AppealOutcome
    decided_at: UtcMoment | None


def review_answer(review: Review) -> StoredReview:
    return _as_review(review, alone=review.alone, in_hand=cast(InHand | None, review.in_hand))


def answer_as_review(answer: Answer) -> StoredReview:
    """What somebody said who decided nothing by it."""
    return _as_review(answer, alone=False, in_hand=None)


def as_review(said: Review | Answer) -> StoredReview:
    return review_answer(said) if isinstance(said, Review) else answer_as_review(said)


def _as_review(review: Review | Answer, *, alone: bool, in_hand: InHand | None) -> StoredReview:
    return StoredReview(
        id=review.id,
        disposition=cast(Disposition, review.disposition),
        defects=None if review.defects is None else [CorrectedDefect(**defect) for defect in review.defects],
        variance=review.variance,
        phrases=review.phrases,
        note=review.note,
        reviewer=review.reviewer,
        alone=alone,
        in_hand=in_hand,
        at=review.at,
    )


def appeal_answer(appeal: Appeal) -> StoredAppeal:
    base = f"/v1/inspections/{appeal.inspection}/appeals/{appeal.id}"
    return StoredAppeal(
        id=appeal.id,
        at=appeal.at,
        note=appeal.note,
        voice_url=f"{base}/voice" if appeal.voice_sha256 and appeal.voice_removed_at is None else None,
        photo_url=f"{base}/photo" if appeal.photo_sha256 and appeal.photo_removed_at is None else None,
        voice_removed_at=appeal.voice_removed_at,
        photo_removed_at=appeal.photo_removed_at,
        outcome=cast(AppealOutcome, appeal.outcome),
        decided_at=appeal.decided_at,
    )
