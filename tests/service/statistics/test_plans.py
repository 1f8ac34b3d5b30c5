"""Sampling plans and switching: beside published values, the table's own pattern, the standard's rules."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ubora.service.statistics.plans import LEVELS, Plan, Severity, aqls, code_letter, plan_for
from ubora.service.statistics.switching import START, Result, State, after, resumed, score_of

LETTERS = "ABCDEFGHJKLMNPQR"
SIZES = (2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800, 1250, 2000)
LOT_OF = {"A": 2, "B": 9, "C": 16, "D": 26, "E": 51, "F": 91, "G": 151, "H": 281, "J": 501, "K": 1201}
LOT_OF |= {"L": 3201, "M": 10_001, "N": 35_001, "P": 150_001, "Q": 500_001}
GOOD, BAD = Result(accepted=True, score=3), Result(accepted=False)


@pytest.mark.parametrize(
    ("lot", "aql", "severity", "expected"),
    [
        (5_000, 1.5, "normal", (200, 7, 8)),
        (100, 2.5, "normal", (20, 1, 2)),
        (100, 2.5, "tightened", (32, 1, 2)),
        (100, 4.0, "normal", (20, 2, 3)),
        (100, 4.0, "tightened", (20, 1, 2)),
        # Cells with an arrow.
        (60, 2.5, "normal", (20, 1, 2)),
        (30, 2.5, "normal", (5, 0, 1)),
        (200, 1.0, "normal", (50, 1, 2)),
    ],
)
def test_plans_are_the_published_ones(
    lot: int, aql: float, severity: Severity, expected: tuple[int, int, int]
) -> None:
    plan = plan_for(lot, aql, severity=severity)
    assert (plan.pieces, plan.accept, plan.reject) == expected


def test_reduced_inspection_leaves_a_gap() -> None:
    assert plan_for(51, 4.0, severity="reduced") == Plan("reduced", "E", 4.0, 5, 0, 2)


# Accept numbers by the diagonals of the table, on which letter and AQL go opposite ways.
NORMAL = {0: 0, 3: 1, 4: 2, 5: 3, 6: 5, 7: 7, 8: 10, 9: 14, 10: 21, 11: 30, 12: 44}
TIGHTENED = {0: 0, 3: 1, 4: 2, 5: 3, 6: 5, 7: 8, 8: 12, 9: 18, 10: 27, 11: 41}
EDGES = {("normal", "A", 10.0), ("tightened", "A", 10.0), ("tightened", "Q", 0.025)}
"""Where an arrow leads out of the table's pattern."""


def _by_pattern(severity: Severity, letter: int, aql: int) -> tuple[int, int]:
    known, zero, last = (NORMAL, 14, 10) if severity == "normal" else (TIGHTENED, 15, 9)
    down = {2} if severity == "normal" else {1, 2}
    at, step = letter, 0
    while True:
        place = at + aql - zero
        if place in known and (place <= last or at <= 4):
            return SIZES[at], known[place]
        step = step or (1 if place < 0 or place in down else -1)
        at += step


@pytest.mark.parametrize("severity", ["normal", "tightened"])
def test_the_table_has_the_pattern_that_its_makers_gave_it(severity: Severity) -> None:
    for letter, lot in LOT_OF.items():
        for at, aql in enumerate(aqls()):
            if (severity, letter, aql) in EDGES:
                continue
            # A lot large enough that its sample is not all of it.
            plan = plan_for(lot, aql, severity=severity)
            pieces, accept = _by_pattern(severity, LETTERS.index(letter), at)
            assert (plan.letter, plan.pieces, plan.accept) == (letter, min(pieces, lot), accept)


@pytest.mark.parametrize("aql", [0.65, 1.0, 2.5, 4.0, 6.5])
@pytest.mark.parametrize("lot", [2, 8, 9, 50, 51, 90, 150, 280, 500, 1200, 3200, 10_000])
def test_no_tightened_plan_takes_a_greater_share_than_the_normal_one(aql: float, lot: int) -> None:
    normal, tight = plan_for(lot, aql), plan_for(lot, aql, severity="tightened")
    assert tight.accept / tight.pieces <= normal.accept / normal.pieces
    assert (normal.reject, tight.reject) == (normal.accept + 1, tight.accept + 1)


def test_letters_are_the_published_ones() -> None:
    found = {
        lot: "".join(code_letter(lot, level) for level in LEVELS) for lot in (8, 9, 90, 151, 1200, 500_001)
    }
    assert found == {
        8: "AAAAAAB",
        9: "AAAAABC",
        90: "BBCCCEF",
        151: "BCDEEGH",
        1200: "CCEFGJK",
        500_001: "DEHKNQR",
    }


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        ({"lot_size": 0, "aql": 2.5}, "a lot of 0 pieces"),
        ({"lot_size": 50, "aql": 3.0}, "AQL 3 %, expected one of 0.01"),
        ({"lot_size": 50, "aql": 2.5, "level": "IV"}, "level 'IV'"),
        ({"lot_size": 50, "aql": 2.5, "severity": "lax"}, "severity 'lax'"),
    ],
)
def test_what_is_in_no_table_is_refused(asked: dict[str, object], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        plan_for(**asked)  # type: ignore[arg-type]


def _through(*results: Result, state: State = START) -> State:
    for result in results:
        state = after(state, result)
    return state


def test_two_refused_of_five_tighten_and_of_six_do_not() -> None:
    assert _through(BAD, GOOD, GOOD, GOOD, BAD).severity == "tightened"
    assert _through(BAD, GOOD, GOOD, GOOD, GOOD, BAD).severity == "normal"


def test_five_accepted_in_a_row_end_tightened_inspection() -> None:
    tight = _through(BAD, BAD)
    assert _through(*[GOOD] * 4, state=tight).severity == "tightened"
    assert _through(*[GOOD] * 5, state=tight) == START
    assert _through(GOOD, GOOD, GOOD, BAD, GOOD, GOOD, GOOD, GOOD, state=tight).severity == "tightened"


def test_five_refused_in_all_on_tightened_inspection_stop_deliveries_until_they_are_resumed() -> None:
    tight = _through(BAD, BAD)
    stopped = _through(BAD, GOOD, BAD, GOOD, BAD, GOOD, BAD, GOOD, BAD, state=tight)
    assert stopped == State("stopped")
    with pytest.raises(ValueError, match="expected `resumed` first"):
        after(stopped, GOOD)
    assert resumed(stopped) == State("tightened")
    with pytest.raises(ValueError, match="normal inspection is resumed"):
        resumed(START)


def test_a_score_of_thirty_reduces_where_whoever_orders_agrees() -> None:
    assert _through(*[GOOD] * 9) == State("normal", (True,) * 5, 27)
    assert _through(*[GOOD] * 10) == State("reduced")
    assert after(_through(*[GOOD] * 9), GOOD, may_reduce=False).severity == "normal"
    assert after(_through(*[GOOD] * 9), replace(GOOD, steady=False)).severity == "normal"
    # A lot that would not have been accepted one step tighter sets the score back.
    assert _through(*[GOOD] * 9, Result(accepted=True)).score == 0


@pytest.mark.parametrize("ends", [BAD, Result(accepted=True, gap=True), Result(accepted=True, steady=False)])
def test_reduced_inspection_ends_with_the_first_lot_that_is_not_plainly_good(ends: Result) -> None:
    reduced = _through(*[GOOD] * 10)
    assert _through(GOOD, GOOD, GOOD, GOOD, GOOD, GOOD, state=reduced).severity == "reduced"
    assert _through(ends, state=reduced) == START


def test_the_score_of_a_lot_is_by_the_plan_one_step_tighter() -> None:
    two, one = plan_for(100, 4.0), plan_for(100, 2.5)
    assert [score_of(two, found, 100) for found in (0, 1, 2, 3)] == [3, 3, 0, 0]
    assert [score_of(one, found, 100) for found in (0, 1, 2)] == [2, 2, 0]


@given(st.lists(st.sampled_from([GOOD, BAD, Result(accepted=True)]), max_size=60))
def test_no_series_of_lots_leaves_the_rules(results: list[Result]) -> None:
    state, before = START, START
    for result in results:
        if state.severity == "stopped":
            break
        before, state = state, after(state, result)
        moves = {("normal", "reduced"), ("normal", "tightened"), ("tightened", "normal")}
        moves |= {("tightened", "stopped"), ("reduced", "normal")}
        assert before.severity == state.severity or (before.severity, state.severity) in moves
        assert state.refused < 5
        assert state.score < 30
