"""The course of a corrective action: which step may follow, by whom, and where it stands then.

course = course_of(steps)                # Done(id, step, side, takes_back), the first one first
course.state, course.last                # "told", the step that counts last
may(course, "hub")                       # ("told", "answered", "dropped", "undone")

opened → told → answered → watched → closed: effective
                                   → reopened, and told again
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from ubora.service.ledger.tables import CorrectiveStep

Step = Literal["opened", "told", "answered", "watched", "effective", "dropped", "reopened", "undone"]
"""effective: it comes less; dropped: it is followed no further; undone: the hub's last step is void."""
State = Literal["opened", "told", "answered", "watched", "closed"]
Side = Literal["hub", "workshop"]
STEPS: tuple[Step, ...] = get_args(Step)
STATES: tuple[State, ...] = get_args(State)
LEADS_TO: Mapping[str, State] = {
    "opened": "opened",
    "told": "told",
    "answered": "answered",
    "watched": "watched",
    "effective": "closed",
    "dropped": "closed",
    "reopened": "opened",
}
ALLOWED: Mapping[tuple[State, Side], tuple[Step, ...]] = {
    ("opened", "hub"): ("told", "dropped"),
    # Told once more is a reminder. Whoever has no phone answers by word of mouth, and the hub notes it.
    ("told", "hub"): ("told", "answered", "dropped"),
    ("told", "workshop"): ("answered",),
    ("answered", "hub"): ("watched", "told", "dropped"),
    ("answered", "workshop"): ("answered",),
    ("watched", "hub"): ("effective", "reopened", "dropped"),
    ("closed", "hub"): ("reopened",),
}
"""Beside it each may be undone by the hub that was the hub's, but the opening: that is dropped instead."""
NEED_WHY: frozenset[Step] = frozenset({"opened", "answered", "effective", "dropped", "reopened"})
"""Steps of the hub that say why; what is told may be without a word, the defect has its own."""


@dataclass(frozen=True)
class Course:
    """What counts of all steps."""

    state: State
    counts: tuple[CorrectiveStep, ...]
    """Those that were not undone, the first one first; never empty."""

    @property
    def last(self) -> CorrectiveStep:
        return self.counts[-1]

    def latest(self, step: Step) -> CorrectiveStep | None:
        """The last of that kind since it was opened, or opened again."""
        for one in reversed(self.counts):
            if one.step == step:
                return one
            if one.step in ("opened", "reopened"):
                break
        return None


def course_of(steps: Iterable[CorrectiveStep]) -> Course:
    """
    Raises:
        ValueError: no step, or one is undone that was not the last one.
    """
    counts: list[CorrectiveStep] = []
    for one in steps:
        if one.step != "undone":
            counts.append(one)
        elif len(counts) < 2 or counts[-1].id != one.takes_back:
            raise ValueError(f"step {one.id} undoes {one.takes_back}, expected the last one that counts")
        else:
            counts.pop()
    if not counts:
        raise ValueError("found no step, expected at least that it was opened")
    return Course(LEADS_TO[counts[-1].step], tuple(counts))


def may(course: Course, side: Side) -> tuple[Step, ...]:
    """What may be done next."""
    steps = ALLOWED.get((course.state, side), ())
    undoable = side == "hub" and course.last.side == "hub" and len(course.counts) > 1
    return (*steps, "undone") if undoable else steps
