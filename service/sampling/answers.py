"""What is said of a lot's samples: their plans, their counts, and what the next one would be."""

from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.datasets.taxonomy import Severity
from ubora.service.http.schemas import UtcMoment, Wire
from ubora.service.inference.champion import Champion
from ubora.service.ledger.tables import Lot, LotCheck
from ubora.service.sampling.rules import (
    ClassPlan,
    Verdict,
    counts_of,
    how_then,
    plans_of,
    plans_then,
    state_after,
    verdict_of,
)
from ubora.service.sampling.sampled import known_misses, left_in, looked_at, pieces_of
from ubora.service.sampling.standards import Alone, standard_of
from ubora.service.statistics.risks import quality_at
from ubora.service.statistics.switching import How

Share = Annotated[float, Field(ge=0, le=1)]


class PlanOfClass(Wire):
    of: Severity
    aql: float | None
    """Per cent; null of critical ones, of which none is accepted, and of a lot that stands alone."""
    limiting: float | None = None
    """Per cent, of a lot that stands alone: the quality that must seldom be accepted."""
    risk: Share | None = None
    """The chance that this lot is accepted all the same, if it is so bad."""
    pieces: int
    accept: int
    reject: int
    found: int
    mostly_accepted: Share
    """A workshop with at most this share of such pieces has its lots accepted 95 times in 100."""
    seldom_accepted: Share
    """One with this share has them accepted 10 times in 100 all the same."""


class SampledPiece(Wire):
    inspection: str
    piece: str | None
    looked_at: bool
    worst: Severity | None


class CheckAnswer(Wire):
    id: str
    lot: str
    severity: How | Literal["isolated"]
    alone: Alone | None
    """How a lot is sampled that stands in no series."""
    level: str
    lot_pieces: int
    plans: list[PlanOfClass]
    sample: list[SampledPiece]
    looked_at: int
    by_plan: Verdict | None
    """What the counts say; null while it depends on pieces that nobody has looked at."""
    outcome: Verdict | None
    """What a person decided."""
    note: str
    drawn_by: str
    drawn_at: UtcMoment
    decided_by: str | None
    decided_at: UtcMoment | None


class LeftInLot(Wire):
    """Defective pieces that the machine passed and nobody has seen, by what it missed where that is known."""

    on_average: float
    at_most: int
    """With 95 %."""
    none: Share


class NextCheck(Wire):
    severity: How
    """`stopped`: five lots were refused under tightened inspection; talk to the workshop first."""
    may_reduce: bool
    """Reduced inspection is earned, if whoever orders agrees."""
    settled: int
    pending: int
    plans: list[PlanOfClass]
    """Empty where nothing is settled."""
    left: LeftInLot | None


class LotChecks(Wire):
    items: list[CheckAnswer]
    """The latest first."""
    next: NextCheck


def history_of(session: Session, lot: Lot) -> list[LotCheck]:
    """Decided checks of this workshop and design, the first of each lot, the oldest first."""
    rows = session.scalars(
        select(LotCheck)
        .where(
            LotCheck.microfactory == lot.microfactory,
            LotCheck.design == lot.design,
            LotCheck.outcome.is_not(None),
            # A lot that stands alone says nothing of a series.
            LotCheck.alone.is_(None),
        )
        .order_by(LotCheck.number)
    )
    first: dict[str, LotCheck] = {}
    for row in rows:
        first.setdefault(row.lot, row)
    return list(first.values())


def next_check(session: Session, lot: Lot, champion: Champion) -> NextCheck:
    pieces, history = pieces_of(session, lot), history_of(session, lot)
    severity = state_after(history, reduce=False).severity
    how = "tightened" if severity == "stopped" else severity
    settled = len(pieces.settled)
    plans = plans_of(settled, standard_of(session, lot.design), how) if settled else ()
    misses = known_misses(champion)
    left = None if misses is None else left_in(session, lot, misses)
    return NextCheck(
        severity=severity,
        may_reduce=severity == "normal" and state_after(history, reduce=True).severity == "reduced",
        settled=settled,
        pending=pieces.pending,
        plans=[plan_answer(plan, 0) for plan in plans],
        left=None
        if left is None
        else LeftInLot(on_average=left.mean, at_most=left.at_most(), none=left.none),
    )


def check_answer(session: Session, row: LotCheck) -> CheckAnswer:
    plans = plans_then(row)
    sample = looked_at(session, row)
    looks = [look for _, look in sample]
    counts = counts_of(plans, looks)
    if row.outcome is not None:
        counts = {"critical": row.critical or 0, "major": row.major or 0, "minor": row.minor or 0}
    by_plan = verdict_of(plans, counts, looks.count(None))
    return CheckAnswer(
        id=row.id,
        lot=row.lot,
        severity="isolated" if row.alone is not None else how_then(row),
        alone=None if row.alone is None else Alone.model_validate(row.alone),
        level=row.level,
        lot_pieces=row.pieces,
        plans=[plan_answer(plan, counts[plan.of]) for plan in plans],
        sample=[
            SampledPiece(
                inspection=one.id,
                piece=one.piece,
                looked_at=look is not None,
                worst=look.worst if look else None,
            )
            for one, look in sample
        ],
        looked_at=len(looks) - looks.count(None),
        by_plan=_verdict(row.by_plan) if row.outcome is not None else by_plan,
        outcome=_verdict(row.outcome),
        note=row.note,
        drawn_by=row.drawn_by,
        drawn_at=row.drawn_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )


def _verdict(kept: str | None) -> Verdict | None:
    if kept is None:
        return None
    return "accept" if kept == "accept" else "refuse"


def plan_answer(plan: ClassPlan, found: int) -> PlanOfClass:
    mostly, seldom = _risks(plan)
    return PlanOfClass(
        of=plan.of,
        aql=plan.aql,
        limiting=plan.alone.limiting if plan.alone else None,
        risk=plan.alone.risk if plan.alone else None,
        pieces=plan.pieces,
        accept=plan.accept,
        reject=plan.reject,
        found=found,
        mostly_accepted=mostly,
        seldom_accepted=seldom,
    )


def _risks(plan: ClassPlan) -> tuple[float, float]:
    if plan.alone is not None:
        return plan.alone.mostly_accepted, plan.alone.seldom_accepted
    if plan.accept >= plan.pieces:
        return 1.0, 1.0
    return quality_at(plan.pieces, plan.accept, 0.95), quality_at(plan.pieces, plan.accept, 0.10)
