"""How strictly the next lot of a workshop is looked at, by how its last lots came out.

    state = START
    for result in results:                # the oldest first
        state = after(state, result)
    state.severity                        # normal, tightened, reduced, stopped

normal → tightened   2 of at most 5 lots in a row were not accepted
tightened → normal   5 in a row were accepted
tightened → stopped  5 in all were not accepted, since it became tightened
normal → reduced     the switching score is 30 or more, and whoever orders agrees
reduced → normal     a lot was not accepted, its count lay in the gap, or production was not steady
stopped → tightened  `resumed`, once the workshop has mended what was wrong

Source: ISO 2859-1:1999, 9.3; the gap of reduced inspection is that of ANSI/ASQ Z1.4.
"""

from dataclasses import dataclass, replace
from typing import Literal

from ubora.service.statistics.plans import Level, Plan, plan_for, tighter_aql

How = Literal["normal", "tightened", "reduced", "stopped"]
LOOKED_BACK = 5
REFUSED_OF_THEM = 2
ACCEPTED_IN_A_ROW = 5
REFUSED_BEFORE_STOP = 5
SCORE_TO_REDUCE = 30


@dataclass(frozen=True)
class Result:
    """How a lot came out, when it was looked at for the first time."""

    accepted: bool
    score: int = 0
    """What it adds to the switching score, as of `score_of`; of all its plans the least."""
    gap: bool = False
    """Reduced inspection: a count lay between accept and reject."""
    steady: bool = True
    """False: production stood still or was irregular."""


@dataclass(frozen=True)
class State:
    severity: How = "normal"
    recent: tuple[bool, ...] = ()
    """Whether each of the last lots under this severity was accepted, five at most, the oldest first."""
    score: int = 0
    refused: int = 0
    """Lots that were not accepted, since it became tightened."""


START = State()


def after(state: State, result: Result, may_reduce: bool = True) -> State:
    """The state for the next lot.

    Args:
        may_reduce: whoever orders agrees to reduced inspection.

    Raises:
        ValueError: it is stopped, so that there is no lot.
    """
    if state.severity == "stopped":
        raise ValueError("a lot after it was stopped, expected `resumed` first")
    recent = (*state.recent, result.accepted)[-LOOKED_BACK:]
    if state.severity == "normal":
        return _after_normal(state, result, recent, may_reduce)
    if state.severity == "tightened":
        refused = state.refused + (not result.accepted)
        if refused >= REFUSED_BEFORE_STOP:
            return State("stopped")
        if recent[-ACCEPTED_IN_A_ROW:] == (True,) * ACCEPTED_IN_A_ROW:
            return START
        return State("tightened", recent, 0, refused)
    if not result.accepted or result.gap or not result.steady:
        return START
    return replace(state, recent=recent)


def resumed(state: State) -> State:
    """Deliveries begin again, under tightened inspection.

    Raises:
        ValueError: it was not stopped.
    """
    if state.severity != "stopped":
        raise ValueError(f"{state.severity} inspection is resumed, expected a stopped one")
    return State("tightened")


def score_of(plan: Plan, defective: int, lot_size: int, level: Level = "II") -> int:
    """What a lot under normal inspection adds: 0 sets the score back to nothing.

    3 where it would have been accepted at an AQL one step tighter; where the plan accepts 0 or 1, 2 if it was
    accepted (9.3.3.2).
    """
    if defective > plan.accept:
        return 0
    if plan.accept < 2:
        return 2
    stricter = tighter_aql(plan.aql)
    # At the smallest AQL there is none stricter: nothing is known of such a lot.
    return 3 if stricter is not None and defective <= plan_for(lot_size, stricter, level).accept else 0


def _after_normal(state: State, result: Result, recent: tuple[bool, ...], may_reduce: bool) -> State:
    if recent.count(False) >= REFUSED_OF_THEM:
        return State("tightened")
    score = state.score + result.score if result.accepted and result.score else 0
    if score >= SCORE_TO_REDUCE and may_reduce and result.steady:
        return State("reduced")
    return State("normal", recent, score)
