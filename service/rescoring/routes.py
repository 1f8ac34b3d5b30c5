"""Where a release differs from those that answered, for whoever thinks of promoting it.

GET /v1/releases/{release}/rescores                 how often it agrees, with what, and with people
GET /v1/releases/{release}/rescores/inspections     each of them, the newest first
"""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ubora.models.intervals import wilson
from ubora.service.auth.access import Staff, TheState
from ubora.service.auth.veiled import dealt_to, veiled_from
from ubora.service.http.errors import problems
from ubora.service.http.schemas import Code, Cursor, Limit, UtcMoment, Wire, number_of_cursor, write_cursor
from ubora.service.ledger.tables import Inspection, Rescore

router = APIRouter(tags=["release"])
Outcome = Literal["pass", "flag", "retake"]
DECIDED = {"accepted": "good", "rework": "not good", "rejected": "not good"}


class VerdictPair(Wire):
    """How often this release said `verdict` where another had answered `answered`."""

    answered: Outcome
    verdict: Outcome
    inspections: int
    accepted: int
    """Of these, what a person accepted."""
    not_accepted: int
    """Likewise sent back for rework or rejected; the rest nobody decided on."""


class Rescores(Wire):
    """What a release said of photos that others had answered."""

    release: str
    inspections: int
    agrees: int
    share: float | None
    interval: Annotated[list[float], Field(min_length=2, max_length=2)] | None
    """Of agreement: Wilson, 95 %."""
    pairs: list[VerdictPair]


class Rescored(Wire):
    """One inspection by both."""

    inspection: str
    microfactory: str
    design: str
    lot: str | None
    piece: str | None
    received_at: UtcMoment
    status: str
    answered_by: str
    answered: Outcome
    answered_reasons: list[str]
    verdict: Outcome
    reasons: list[str]
    agrees: bool
    photo: int
    """The photo in which either release found most; its number."""
    photo_kept: bool
    box: list[int] | None
    """What this release found there first: x, y, width, height in pixels of the photo."""
    answered_box: list[int] | None
    """Likewise the release that answered."""
    photo_size: Annotated[list[int], Field(min_length=2, max_length=2)]
    """Width and height."""


class RescoredPage(Wire):
    items: list[Rescored]
    next_cursor: str | None


@router.get("/v1/releases/{release}/rescores", responses=problems(401, 403, 422))
def get_rescores(release: Code, state: TheState, _who: Staff) -> Rescores:
    """All zero for a release that judged nothing yet."""
    with state.ledger.read() as session:
        pairs = _pairs(session, release)
    count = sum(pair.inspections for pair in pairs)
    agrees = sum(pair.inspections for pair in pairs if pair.answered == pair.verdict)
    interval = wilson(agrees, count)
    return Rescores(
        release=release,
        inspections=count,
        agrees=agrees,
        share=agrees / count if count else None,
        interval=list(interval) if interval else None,
        pairs=pairs,
    )


@router.get("/v1/releases/{release}/rescores/inspections", responses=problems(401, 403, 422))
def get_rescored(
    release: Code,
    state: TheState,
    who: Staff,
    agrees: bool | None = None,
    answered: Outcome | None = None,
    verdict: Outcome | None = None,
    cursor: Annotated[Cursor | None, Query()] = None,
    limit: Annotated[Limit, Query()] = 50,
) -> RescoredPage:
    """Without pieces that are to be decided by her, or were, without a word of what was said of them."""
    query = (
        select(Rescore, Inspection)
        .join(Inspection, Inspection.id == Rescore.inspection)
        .where(Rescore.release == release)
        .order_by(Rescore.number.desc())
    )
    if agrees is not None:
        query = query.where(Rescore.agrees.is_(agrees))
    if answered is not None:
        query = query.where(Inspection.verdict == answered)
    if verdict is not None:
        query = query.where(Rescore.verdict == verdict)
    if cursor is not None:
        query = query.where(Rescore.number < number_of_cursor(cursor))
    with state.ledger.read() as session:
        veiled = veiled_from(session, who)
        if veiled is not None:
            query = query.where(Rescore.inspection.not_in(veiled))
        hidden = list(dealt_to(session, who))
        rows = session.execute(query.where(Rescore.inspection.not_in(hidden)).limit(limit + 1)).all()
        items = [_rescored(said, row) for said, row in rows[:limit]]
    more = len(rows) > limit
    return RescoredPage(
        items=items, next_cursor=write_cursor(str(rows[limit - 1][0].number)) if more else None
    )


def _pairs(session: Session, release: str) -> list[VerdictPair]:
    """Every pair that occurs, in the order pass, flag, retake."""
    rows = session.execute(
        select(Inspection.verdict, Rescore.verdict, Inspection.status, func.count())
        .join(Inspection, Inspection.id == Rescore.inspection)
        .where(Rescore.release == release)
        .group_by(Inspection.verdict, Rescore.verdict, Inspection.status)
    ).all()
    outcomes: tuple[Outcome, ...] = ("pass", "flag", "retake")
    pairs = []
    for answered in outcomes:
        for verdict in outcomes:
            of_pair = [(status, count) for a, v, status, count in rows if (a, v) == (answered, verdict)]
            if of_pair:
                pairs.append(_pair(answered, verdict, of_pair))
    return pairs


def _pair(answered: Outcome, verdict: Outcome, counts: Sequence[tuple[str, int]]) -> VerdictPair:
    def of(what: str) -> int:
        return sum(count for status, count in counts if DECIDED.get(status) == what)

    return VerdictPair(
        answered=answered,
        verdict=verdict,
        inspections=sum(count for _, count in counts),
        accepted=of("good"),
        not_accepted=of("not good"),
    )


def _rescored(said: Rescore, row: Inspection) -> Rescored:
    beside = [(defects, photo.defects) for defects, photo in zip(said.defects, row.photos, strict=True)]
    number = max(range(len(beside)), key=lambda at: sum(len(one) for one in beside[at]))
    here, before = beside[number]
    photo = row.photos[number]
    return Rescored(
        inspection=row.id,
        microfactory=row.microfactory,
        design=row.design,
        lot=row.lot,
        piece=row.piece,
        received_at=row.received_at,
        status=row.status,
        answered_by=said.beside,
        answered=row.verdict,
        answered_reasons=row.reasons,
        verdict=said.verdict,
        reasons=said.reasons,
        agrees=said.agrees,
        photo=number,
        photo_kept=photo.removed_at is None,
        box=here[0]["box"] if here else None,
        answered_box=before[0]["box"] if before else None,
        photo_size=[photo.width, photo.height],
    )
