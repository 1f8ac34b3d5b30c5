"""What is said of a piece's design, and what a release says of it beside its samples, on the wire."""

from typing import Annotated, cast
from uuid import UUID

from pydantic import Field

from ubora.datasets.taxonomy import Severity
from ubora.models.verdict import Outcome
from ubora.service.http.schemas import Code, UtcMoment, Wire
from ubora.service.ledger.tables import DesignSaid, LookAgain


class DesignOfPiece(Wire):
    """What a person says."""

    design: Code | None
    """Null: none of those that the hub knows."""
    seen: Code | None
    """The design that was shown when she said so; null where it was unknown."""
    reason: Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*$")] = ""
    after: UUID | None = None
    """As of a review: the one that counted when she looked."""
    appeal: UUID | None = None
    """Likewise: the waiting appeal that she looked at."""
    anyway: bool = False
    """Also where somebody else has it open, as was told."""


class SaidDesign(Wire):
    id: str
    inspection: str
    """The one that was looked at; it holds of all of the piece."""
    design: str | None
    """Null: unknown."""
    was: str | None
    """Likewise, before."""
    reason: str
    by: str
    at: UtcMoment


class LookedDefect(Wire):
    defect: str
    severity: Severity
    score: float
    threshold: float
    box: Annotated[list[int], Field(min_length=4, max_length=4)]
    """x, y, width, height in pixels of the upright photo."""


class Look(Wire):
    """The inspection judged once more, beside other samples. It decides nothing."""

    id: str
    design: str
    """Beside whose samples."""
    release: str
    verdict: Outcome
    reasons: list[str]
    defects: list[list[LookedDefect]]
    """Of each photo."""
    variance_level: Annotated[int, Field(ge=1, le=5)]
    variance_in_range: bool
    distance: float | None
    """As of `beside_approved`; null where nothing stands for the design."""
    in_doubt: bool
    version: int
    """Of what stood for the design then."""
    by: str
    """Who asked for it."""
    at: UtcMoment


class DesignsOfPiece(Wire):
    """What was said of a piece's design, and what was looked at again."""

    said: list[SaidDesign]
    """The latest first."""
    looks: list[Look]
    """Of the inspection alone, the latest first."""


def said_answer(row: DesignSaid) -> SaidDesign:
    return SaidDesign(
        id=row.id,
        inspection=row.inspection,
        design=None if row.unknown else row.design,
        was=None if row.was_unknown else row.was,
        reason=row.reason,
        by=row.reviewer,
        at=row.at,
    )


def look_answer(row: LookAgain) -> Look:
    return Look(
        id=row.id,
        design=row.design,
        release=row.release,
        verdict=cast(Outcome, row.verdict),
        reasons=row.reasons,
        defects=[[LookedDefect(**one) for one in photo] for photo in row.defects],
        variance_level=row.variance_level,
        variance_in_range=row.variance_in_range,
        distance=row.design_distance,
        in_doubt=row.design_in_doubt,
        version=row.approved_version,
        by=row.asked_by,
        at=row.at,
    )
