"""The course of a corrective action: the table of allowed steps, and that it holds whatever is tried."""

from itertools import product

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ubora.service.corrective.course import (
    ALLOWED,
    LEADS_TO,
    STATES,
    STEPS,
    Course,
    Side,
    State,
    Step,
    course_of,
    may,
)
from ubora.service.ledger.tables import CorrectiveStep

TABLE: dict[tuple[State, Side], set[Step]] = {
    ("opened", "hub"): {"told", "dropped"},
    ("opened", "workshop"): set(),
    ("told", "hub"): {"told", "answered", "dropped", "undone"},
    ("told", "workshop"): {"answered"},
    # Hers is not the hub's to undo.
    ("answered", "hub"): {"watched", "told", "dropped"},
    ("answered", "workshop"): {"answered"},
    ("watched", "hub"): {"effective", "reopened", "dropped", "undone"},
    ("watched", "workshop"): set(),
    ("closed", "hub"): {"reopened", "undone"},
    ("closed", "workshop"): set(),
}
WAYS: dict[State, tuple[tuple[Step, Side], ...]] = {
    "opened": (),
    "told": (("told", "hub"),),
    "answered": (("told", "hub"), ("answered", "workshop")),
    "watched": (("told", "hub"), ("answered", "workshop"), ("watched", "hub")),
    "closed": (("told", "hub"), ("answered", "workshop"), ("watched", "hub"), ("effective", "hub")),
}


def taken(*steps: tuple[Step, Side]) -> list[CorrectiveStep]:
    return [
        CorrectiveStep(id=str(at), step=step, side=side, takes_back=None)
        for at, (step, side) in enumerate((("opened", "hub"), *steps))
    ]


@pytest.mark.parametrize(("state", "side"), list(product(STATES, ("hub", "workshop"))))
def test_each_side_may_do_what_the_table_says(state: State, side: Side) -> None:
    course = course_of(taken(*WAYS[state]))
    assert (course.state, set(may(course, side))) == (state, TABLE[state, side])


def test_what_is_undone_leaves_the_course_as_it_was_before() -> None:
    steps = taken(*WAYS["closed"])
    steps.append(CorrectiveStep(id="back", step="undone", side="hub", takes_back="4"))
    course = course_of(steps)
    assert (course.state, course.last.id, [one.step for one in course.counts][-1]) == (
        "watched",
        "3",
        "watched",
    )


def test_an_answer_counts_until_it_is_opened_again() -> None:
    steps = taken(*WAYS["watched"])
    answer = course_of(steps).latest("answered")
    again = course_of([*steps, CorrectiveStep(id="5", step="reopened", side="hub", takes_back=None)])
    assert (answer and answer.id, again.state, again.latest("answered")) == ("2", "opened", None)


@pytest.mark.parametrize("takes_back", ["0", "1", None])
def test_only_the_last_step_that_counts_is_undone(takes_back: str | None) -> None:
    steps = taken(*WAYS["answered"])
    steps.append(CorrectiveStep(id="x", step="undone", side="hub", takes_back=takes_back))
    with pytest.raises(ValueError, match="expected the last one that counts"):
        course_of(steps)


def test_every_step_leads_somewhere_and_every_state_but_none_is_reached() -> None:
    assert set(LEADS_TO) == set(STEPS) - {"undone"}
    assert set(LEADS_TO.values()) == set(STATES)
    assert {step for steps in ALLOWED.values() for step in steps} == set(STEPS) - {"opened", "undone"}


class Followed(RuleBasedStateMachine):
    """Anybody tries anything; what is allowed is taken."""

    def __init__(self) -> None:
        super().__init__()
        self.steps = taken()
        self.before: list[Course] = []

    @property
    def course(self) -> Course:
        return course_of(self.steps)

    @rule(step=st.sampled_from(STEPS), side=st.sampled_from(("hub", "workshop")))
    def tries(self, step: Step, side: Side) -> None:
        course = self.course
        if step not in may(course, side):
            return
        back = course.last.id if step == "undone" else None
        self.steps.append(CorrectiveStep(id=str(len(self.steps)), step=step, side=side, takes_back=back))
        if step == "undone":
            assert self.course == self.before.pop()
        else:
            self.before.append(course)

    @invariant()
    def holds_together(self) -> None:
        course = self.course
        counts = [one.step for one in course.counts]
        assert counts[0] == "opened"
        answered, told = course.latest("answered"), course.latest("told")
        if course.state in ("answered", "watched") or counts[-1] == "effective":
            assert answered is not None
            assert told is not None
        assert not any(one.side == "workshop" and one.step != "answered" for one in course.counts)


TestFollowed = Followed.TestCase
