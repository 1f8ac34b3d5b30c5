"""Which decided pieces are meant, by when, by whom, how they were decided, and how far people agree on them.

    found = decided(session, Chosen(agreement=("adjudicated", "in_hand")))

What two people say differently, and nobody has settled yet, is meant by none: a label in dispute is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator
from sqlalchemy import ColumnElement, Row, Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from ubora.service.http.schemas import Code, Wire
from ubora.service.inspections.said import STATUS_OF_DISPOSITION, Disposition
from ubora.service.ledger.days.zones import Days, days_of
from ubora.service.ledger.tables import Appeal, Inspection, Review, SecondDraw

Agreement = Literal["in_hand", "adjudicated", "seconded", "single"]
AGREEMENTS: tuple[Agreement, ...] = get_args(Agreement)
"""The strongest first: on the piece itself; a further person, after two differed or the workshop contested;
two who said the same; one alone."""
MOST_NAMED = 100


class Chosen(Wire):
    """What is left out is any."""

    since: date | None = None
    until: date | None = None
    """First and last day of the review that counts, inclusive."""
    microfactory: Annotated[tuple[Code, ...], Field(max_length=MOST_NAMED)] = ()
    design: Annotated[tuple[Code, ...], Field(max_length=MOST_NAMED)] = ()
    decision: Annotated[tuple[Disposition, ...], Field(max_length=3)] = ()
    agreement: Annotated[tuple[Agreement, ...], Field(max_length=4)] = ()
    release: Annotated[str | None, Field(max_length=64)] = None
    """That inspected it."""
    faces: bool = False
    """Also pieces with a photo of which a reviewer said that a person is in it."""
    strongest_first: bool = False
    """In the order of AGREEMENTS, and of one photo in two inspections what more people agree on; else as they
    were reviewed, and what was said last."""
    most: Annotated[int | None, Field(ge=1, le=1_000_000)] = None
    """Pieces, of the first by that order; of the last that were reviewed."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since and self.until and self.until < self.since:
            raise ValueError(f"until {self.until} is before since {self.since}; expected that day or later")
        return self


@dataclass(frozen=True)
class Decided:
    """An inspection that was decided, and the review that counts."""

    inspection: str
    piece_key: str
    review: int
    """Its number."""
    agreement: Agreement


@dataclass(frozen=True)
class DecidedPieces:
    found: Sequence[Decided]
    """In the order that is asked for."""
    filtered: int
    """Pieces that were decided and are not asked for."""
    disputed: int
    """Pieces, of those asked for, on which two differ."""


def decided(session: Session, chosen: Chosen) -> DecidedPieces:
    rows = session.execute(_last_reviews().where(*_wanted(chosen, days_of(session)))).all()
    pieces = select(func.count(Inspection.piece_key.distinct())).where(_is_decided())
    meant = [row for row in rows if not chosen.agreement or _agreement(row) in (*chosen.agreement, None)]
    disputed = {row.piece_key for row in meant if _agreement(row) is None}
    decisions = [
        Decided(row.id, row.piece_key, row.number, agreement)
        for row in meant
        if (agreement := _agreement(row)) is not None
    ]
    ranks = {name: rank for rank, name in enumerate(AGREEMENTS)} if chosen.strongest_first else {}
    decisions.sort(key=lambda one: (ranks.get(one.agreement, 0), -one.review))
    asked = {row.piece_key for row in meant}
    return DecidedPieces(decisions, (session.scalar(pieces) or 0) - len(asked), len(disputed))


def _last_reviews() -> Select:  # type: ignore[type-arg]
    other = aliased(Review)
    last = select(func.max(other.number)).where(other.inspection == Inspection.id)
    newest = last.correlate(Inspection).scalar_subquery()
    contested = exists().where(
        Appeal.inspection == Inspection.id, Appeal.outcome.in_(("overturned", "upheld"))
    )
    return (
        select(
            Inspection.id,
            Inspection.piece_key,
            Review.number,
            Review.in_hand,
            SecondDraw.outcome,
            contested.label("contested"),
        )
        .select_from(Inspection)
        .join(Review, Review.number == newest)
        .outerjoin(SecondDraw, SecondDraw.inspection == Inspection.id)
        .where(_is_decided())
    )


def _is_decided() -> ColumnElement[bool]:
    return Inspection.status.in_(STATUS_OF_DISPOSITION.values())


def _wanted(chosen: Chosen, days: Days) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if chosen.since is not None:
        conditions.append(Review.at >= days.begin(chosen.since))
    if chosen.until is not None:
        conditions.append(Review.at < days.begin(chosen.until + timedelta(days=1)))
    for column, values in (
        (Inspection.microfactory, chosen.microfactory),
        (Inspection.design, chosen.design),
        (Review.disposition, chosen.decision),
    ):
        if values:
            conditions.append(column.in_(values))
    if chosen.release is not None:
        conditions.append(Inspection.release == chosen.release)
    return conditions


def _agreement(row: Row[tuple]) -> Agreement | None:  # type: ignore[type-arg]
    """None: two differ, and nobody has settled it."""
    if row.in_hand is not None:
        return "in_hand"
    if row.outcome == "differ":
        return None
    if row.outcome == "settled" or row.contested:
        return "adjudicated"
    return "seconded" if row.outcome == "agreed" else "single"
