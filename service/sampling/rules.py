"""What a sample of a lot says: its plans, its counts, and how strictly the next lot is looked at.

A piece counts once, by its worst defect. Each class is counted among the first pieces of the sample that its
own plan asks for; critical ones among all of them. A lot is refused as soon as one class is, and accepted
when all its sample was looked at. History is that of the first sample of each lot of a workshop and design.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast, get_args

from ubora.datasets.taxonomy import Severity
from ubora.service.ledger.tables import LotCheck
from ubora.service.sampling.standards import Alone, Standard
from ubora.service.statistics.lots.isolated import Isolated, plan_a, plan_b
from ubora.service.statistics.plans import Level, Plan, plan_for
from ubora.service.statistics.plans import Severity as How
from ubora.service.statistics.switching import START, Result, State, after, resumed, score_of

CLASSES: tuple[Severity, ...] = ("critical", "major", "minor")
Verdict = Literal["accept", "refuse"]


@dataclass(frozen=True)
class ClassPlan:
    """Of one class of defects: how many pieces are looked at, and how many may have it."""

    of: Severity
    aql: float | None
    """Per cent; None of critical ones, of which none is accepted."""
    pieces: int
    accept: int
    reject: int
    alone: Isolated | None = None
    """Of a lot that stands alone."""


@dataclass(frozen=True)
class Looked:
    """A piece of the sample, once a person has looked at it."""

    worst: Severity | None
    """None: she accepted it."""


def plans_of(lot_size: int, standard: Standard, severity: How) -> tuple[ClassPlan, ...]:
    """Critical, major, minor. The sample is as large as the largest of them."""
    major, minor = (
        plan_for(lot_size, aql, standard.level, severity) for aql in (standard.aql_major, standard.aql_minor)
    )
    pieces = max(major.pieces, minor.pieces)
    return (
        ClassPlan("critical", None, pieces, 0, 1),
        *(_class_plan(name, plan) for name, plan in (("major", major), ("minor", minor))),
    )


def plans_alone(lot_size: int, standard: Standard, alone: Alone) -> tuple[ClassPlan, ...]:
    """As `plans_of`, for a lot in no series.

    Raises:
        ValueError: procedure B with an AQL that is not below the limiting quality.
    """
    wanted = ((alone.limiting_major, standard.aql_major), (alone.limiting_minor, standard.aql_minor))
    major, minor = (
        plan_a(lot_size, limiting, alone.accept)
        if alone.procedure == "A"
        else plan_b(lot_size, limiting, aql)
        for limiting, aql in wanted
    )
    return (
        ClassPlan("critical", None, max(major.pieces, minor.pieces), 0, 1),
        ClassPlan("major", None, major.pieces, major.accept, major.accept + 1, major),
        ClassPlan("minor", None, minor.pieces, minor.accept, minor.accept + 1, minor),
    )


def plans_then(check: LotCheck) -> tuple[ClassPlan, ...]:
    """Those that a sample was drawn by."""
    if check.alone is not None:
        return plans_alone(check.pieces, standard_then(check), Alone.model_validate(check.alone))
    return plans_of(check.pieces, standard_then(check), how_then(check))


def counts_of(plans: Sequence[ClassPlan], sample: Sequence[Looked | None]) -> dict[Severity, int]:
    """Class → pieces with it.

    Args:
        sample: in the order of the draw; None where nobody has looked yet.
    """
    return {
        plan.of: sum(one is not None and one.worst == plan.of for one in sample[: plan.pieces])
        for plan in plans
    }


def verdict_of(
    plans: Sequence[ClassPlan], counts: dict[Severity, int], still_to_look_at: int
) -> Verdict | None:
    """What the counts say; None while it depends on pieces that nobody has looked at."""
    # Between accept and reject, which only reduced inspection leaves apart, the lot is taken.
    if any(counts[plan.of] >= plan.reject for plan in plans):
        return "refuse"
    return None if still_to_look_at else "accept"


def state_after(history: Sequence[LotCheck], reduce: bool) -> State:
    """How strictly the next lot is looked at.

    Args:
        history: decided checks, each the first of its lot, the oldest first.
        reduce: whoever orders agrees to reduced inspection, if it is earned.
    """
    state = START
    severities = [check.severity for check in history]
    for at, check in enumerate(history):
        if state.severity == "stopped":
            state = resumed(state)
        agreed = severities[at + 1] == "reduced" if at + 1 < len(history) else reduce
        state = after(state, _result(check), may_reduce=agreed)
    return state


def standard_then(check: LotCheck) -> Standard:
    """What a sample was drawn by."""
    return Standard(level=cast(Level, check.level), aql_major=check.aql_major, aql_minor=check.aql_minor)


def how_then(check: LotCheck) -> How:
    severity = check.severity
    assert severity in get_args(How)
    return cast(How, severity)


def _result(check: LotCheck) -> Result:
    counts = {"critical": check.critical or 0, "major": check.major or 0, "minor": check.minor or 0}
    plans = [plan for plan in plans_of(check.pieces, standard_then(check), how_then(check)) if plan.aql]
    scores = [
        score_of(_plan(check, plan), counts[plan.of], check.pieces, standard_then(check).level)
        for plan in plans
    ]
    gap = any(plan.accept < counts[plan.of] < plan.reject for plan in plans)
    return Result(check.by_plan == "accept", min(scores), gap)


def _plan(check: LotCheck, plan: ClassPlan) -> Plan:
    assert plan.aql is not None
    return plan_for(check.pieces, plan.aql, standard_then(check).level, how_then(check))


def _class_plan(name: str, plan: Plan) -> ClassPlan:
    return ClassPlan(cast(Severity, name), plan.aql, plan.pieces, plan.accept, plan.reject)
