"""Three months of a network around the demonstration's inspected pieces: every page of figures is full.

with in_the_past(state) as past:                # the same service, 13 weeks ago
    …                                           # what the demonstration begins with
    pieces = play_network(past, DESIGNS, tick)

What is played has no photo, its workshops' codes begin with `played-`, and every name says so.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from ubora.service.designs.designs import DesignBody
from ubora.service.ledger.database import Ledger
from ubora.service.simulation.deeds import Deeds, enter_people
from ubora.service.simulation.following import Following
from ubora.service.simulation.playing import PlayedClock, Playing, first_day
from ubora.service.simulation.scene import judged_by, nairobi
from ubora.service.simulation.world import World, Year, made
from ubora.service.state import AppState

SEED = 41
WORLD = World(
    workshops=60,
    weeks=13,
    pieces_a_week=4.0,
    spread=0.6,
    good=0.93,
    worsens=0.06,
    by=0.4,
    improves=0.06,
    false_flags=0.07,
    audited=0.1,
)
_MORNING = timedelta(hours=6)
"""After the end of a week, UTC: when people do what they do."""
_CONTESTED = 1
"""A week."""
_LEFT_OPEN = 3
"""Alerts."""
_SAMPLED_FROM = 3
"""The week in which the first lot is sampled; a lot every other week from then on."""


@dataclass(frozen=True)
class Past:
    state: AppState
    """Of the same service, with a clock that is moved."""
    clock: PlayedClock
    year: Year


@contextmanager
def in_the_past(state: AppState) -> Iterator[Past]:
    """The ledger as it is, thirteen weeks ago; what is done then bears that time."""
    year = made(WORLD, SEED)
    clock = PlayedClock(first_day(year))
    ledger = Ledger.open(state.settings.ledger_url(), clock)
    try:
        yield Past(replace(state, ledger=ledger), clock, year)
    finally:
        ledger.close()


def play_network(past: Past, designs: Mapping[str, DesignBody], tick: Callable[[], object]) -> int:
    """How many pieces were played.

    Args:
        designs: that the hub has; a few more are entered.
        tick: called after each week.
    """
    state, year = past.state, past.year
    scene = judged_by(nairobi(year.world.workshops, SEED, designs), state.champion)
    cast = enter_people(state, scene)
    playing = Playing(year, cast.scene, SEED, state.ledger, past.clock)
    playing.enter()
    draw = np.random.default_rng([SEED, 4])
    deeds = Deeds(state, cast, draw)
    following = Following(state, cast, year, playing.habits, draw)
    count = 0
    for week in range(year.world.weeks):
        before = len(playing.closed)
        rows = [row for _, row in playing.week(week)]
        count += len(rows)
        past.clock.at += _MORNING
        deeds.contest(rows, _CONTESTED)
        deeds.look_twice([row for row in rows if row.status in ("accepted", "rejected")])
        _sample(deeds, playing.closed[before:], week, year.world.weeks)
        following.act(week, rows)
        if week == year.world.weeks - 2:
            following.watch()
            following.settle(but=1)
        tick()
    following.watch()
    following.settle(but=_LEFT_OPEN)
    cast.leave()
    return count


def _sample(deeds: Deeds, closed: list[str], week: int, weeks: int) -> None:
    """Of lots that were closed in the week; the last one is looked at still."""
    if not closed or week < _SAMPLED_FROM or (weeks - 1 - week) % 2:
        return
    is_last = week == weeks - 1
    deeds.sample(closed[-1], "half" if is_last else "decided", "hold" if week == weeks - 3 else "ship")
