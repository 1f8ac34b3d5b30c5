"""A simulated year into a ledger, through the counts that phones' pieces go through, week after week.

count = play(year, Settings(data=Path("var/simulated")), seed=7, tick=lambda: None)

    playing = Playing(year, scene, seed, ledger, clock)     # the ledger's clock is `clock`, and moved
    playing.enter()
    for week in range(year.world.weeks): playing.week(week)
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from ubora.service.designs.designs import save_design
from ubora.service.http.database_faults import LedgerError
from ubora.service.ledger.database import Ledger, wall_clock
from ubora.service.ledger.pieces import count_new
from ubora.service.ledger.tables import Inspection
from ubora.service.settings import Settings
from ubora.service.simulation.marks import habits_of
from ubora.service.simulation.orders import Orders
from ubora.service.simulation.pieces import Played, Rows, week_of
from ubora.service.simulation.scene import Scene, plain
from ubora.service.simulation.world import Year
from ubora.service.workshops.microfactories import MicrofactoryBody, save_microfactory

WEEK = timedelta(weeks=1)


@dataclass
class PlayedClock:
    """A ledger's clock that stands where it is set, and is never ahead of the wall's."""

    at: datetime

    def __call__(self) -> datetime:
        return min(self.at, wall_clock())


def play(year: Year, settings: Settings, seed: int, tick: Callable[[], object]) -> int:
    """One transaction a week, into a ledger of its own; how many pieces.

    Args:
        tick: called after each week.

    Raises:
        LedgerError: the folder has a ledger already, or cannot be written.
    """
    place = settings.data / "ledger.sqlite"
    if place.exists():
        raise LedgerError(
            str(place), "a ledger; expected a folder without one, since what is played is not real"
        )
    settings.data.mkdir(parents=True, exist_ok=True)
    clock = PlayedClock(first_day(year))
    ledger = Ledger.open(settings.ledger_url(), clock)
    count = 0
    try:
        playing = Playing(year, plain(year.world.workshops), seed, ledger, clock)
        playing.enter()
        for week in range(year.world.weeks):
            count += len(playing.week(week))
            tick()
    finally:
        ledger.close()
    return count


def first_day(year: Year) -> datetime:
    """Midnight with which the year begins, so that its last day is today; UTC."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=1) - WEEK * year.world.weeks


@dataclass
class Playing:
    year: Year
    scene: Scene
    seed: int
    ledger: Ledger
    clock: PlayedClock
    habits: list[str] = field(init=False)
    """Of each workshop: the class of defect that it makes most."""
    orders: Orders | None = field(init=False)

    def __post_init__(self) -> None:
        # What people are called, which defect, when in a week: what the table does not depend on.
        self._draw = np.random.default_rng([self.seed, 1])
        self._begin = first_day(self.year)
        made = [self.scene.designs[one.designs[0]].material for one in self.scene.workshops]
        self.habits = habits_of(made, self._draw)
        self.orders = Orders(self._draw) if self.scene.orders else None

    @property
    def closed(self) -> list[str]:
        """Lots that are whole, the first one first."""
        return self.orders.closed if self.orders is not None else []

    def enter(self) -> None:
        """Workshops and designs."""
        self.clock.at = self._begin
        with self.ledger.write() as session:
            for one in self.scene.workshops:
                save_microfactory(session, one.code, MicrofactoryBody(name=one.name, place=one.place))
            for code, design in self.scene.designs.items():
                save_design(session, code, design)

    def week(self, week: int) -> list[tuple[Played, Inspection]]:
        """One transaction. The clock stands at the end of the week then; the pieces as they were added."""
        self.clock.at = self._begin + WEEK * (week + 1)
        with self.ledger.write() as session:
            rows = Rows(session, self.scene, self.habits, self.year, self._draw, self.orders)
            found: list[tuple[Played, Inspection]] = []
            added: list[Inspection] = []
            begin, now = self._begin + WEEK * week, self.clock()
            for piece in week_of(self.year, week, begin, now, self._draw):
                of_piece = rows.of(piece)
                added += of_piece
                found.append((piece, of_piece[-1]))
            session.add_all(added)
            session.flush()
            session.add_all(rows.draws(found))
            count_new(session, added)
        return found
