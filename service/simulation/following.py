"""What a played hub follows: limits and alerts as the service makes them, and corrective actions.

following = Following(state, cast, year, habits, draw)
following.watch()                   # after each week
following.settle(but=2)             # so many alerts stay open
following.act(week, rows)           # workshops that get better are told before; one that got worse waits
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from fastapi import Response
from sqlalchemy import select

from ubora.service.alerts.freezing import freeze_new
from ubora.service.alerts.loop import look
from ubora.service.alerts.routes import Acknowledgement, acknowledge
from ubora.service.alerts.subjects import COUNTED
from ubora.service.corrective.actions import (
    OpeningBody,
    StepBody,
    get_corrective_action,
    open_corrective_action,
    take_step,
)
from ubora.service.corrective.answers import ChangeContext, store_answer
from ubora.service.corrective.wire import ActionAnswer
from ubora.service.ledger.tables import Alert, Inspection
from ubora.service.simulation.deeds import Cast
from ubora.service.simulation.world import Year
from ubora.service.state import AppState

PHASE = 8
"""Weeks of the first phase that limits stand on: a season of thirteen has five that are held against them."""
_WATCHED = 20
"""Pieces after an answer."""
_CHANGED = (
    ("tool", "Tumenunua patasi mpya. (We bought a new file.)"),
    ("care", "Tunasugua mara mbili kabla ya kupiga picha. (We polish twice before the photo.)"),
    ("step", "Mtu mmoja anaangalia kila kipande. (One person looks at every piece.)"),
)


@dataclass
class Following:
    state: AppState
    cast: Cast
    year: Year
    habits: Sequence[str]
    draw: np.random.Generator
    _open: dict[int, ActionAnswer] = field(default_factory=dict)
    """Workshop → its action, as it was seen last."""

    def watch(self) -> None:
        """Limits are made once there are weeks enough, and held against the weeks that are over."""
        today = self.state.ledger.today()
        with self.state.ledger.write() as session:
            freeze_new(session, today, dict.fromkeys(COUNTED, PHASE))
        look(self.state)

    def settle(self, but: int) -> None:
        """The hub looked at its alerts: so many of the last stay open."""
        with self.state.ledger.read() as session:
            query = select(Alert.id).where(Alert.state == "open").order_by(Alert.number)
            names = session.scalars(query).all()
        note = Acknowledgement(note="We looked at its pieces and rang: they go on with new tools.")
        for name in names[: max(0, len(names) - but)]:
            acknowledge(name, note, self.state, self.cast.people[0])

    def act(self, week: int, rows: Sequence[Inspection]) -> None:
        """After the pieces of a week."""
        for workshop in np.flatnonzero(self.year.better_from > 0).tolist():
            from_now = int(self.year.better_from[workshop]) - (week + 1)
            if from_now == 1:
                self._begin(workshop, rows, tell=True)
            elif from_now == 0 and workshop in self._open:
                self._answer(workshop)
            elif from_now < 0 and workshop in self._open:
                self._close(workshop)
        worse = np.flatnonzero(self.year.worse_from < self.year.world.weeks).tolist()
        for at, workshop in enumerate(worse):
            if week + 1 == min(int(self.year.worse_from[workshop]) + 2, self.year.world.weeks):
                self._begin(workshop, rows, tell=at % 2 == 0)

    def _begin(self, workshop: int, rows: Sequence[Inspection], *, tell: bool) -> None:
        code, defect = self.cast.scene.workshops[workshop].code, self.habits[workshop]
        shown = [
            row.id
            for row in rows
            if row.microfactory == code
            and row.reviews
            and any(one["defect"] == defect for one in row.reviews[-1].defects or ())
        ]
        body = OpeningBody(
            microfactory=code,
            defect=defect,
            inspection=uuid.UUID(shown[-1]) if shown else None,
            watch=_WATCHED,
            why="It comes again and again on this workshop's pieces.",
            tell="Tafadhali angalia kabla ya kutuma. (Please look before you send.)" if tell else None,
        )
        self._open[workshop] = open_corrective_action(
            self._name(), body, Response(), self.state, self.cast.people[0]
        )

    def _answer(self, workshop: int) -> None:
        action = self._open[workshop]
        phrase, note = _CHANGED[workshop % len(_CHANGED)]
        said = ChangeContext.model_validate({"phrases": [phrase], "note": note})
        phone = self.cast.phone(action.microfactory)
        answer = self._name()
        store_answer(self.state, phone, action.id, str(answer), said, None)
        body = StepBody(step="watched", after=answer)
        self._open[workshop] = self._step(action, body)

    def _close(self, workshop: int) -> None:
        """Once enough pieces came; one is left to be watched, so that there is one to look at."""
        first = min(np.flatnonzero(self.year.better_from > 0).tolist())
        who = self.cast.people[0]
        action = get_corrective_action(uuid.UUID(self._open[workshop].id), self.state, who)
        if workshop == first or action.state != "watched" or action.effect is None:
            return
        if action.effect.whole and action.effect.compared == "fewer":
            body = StepBody(step="effective", why="It comes less since then.", after=uuid.UUID(action.last))
            self._open[workshop] = self._step(action, body)

    def _step(self, action: ActionAnswer, body: StepBody) -> ActionAnswer:
        who = self.cast.people[1]
        return take_step(uuid.UUID(action.id), self._name(), body, Response(), self.state, who)

    def _name(self) -> uuid.UUID:
        return uuid.UUID(bytes=self.draw.bytes(16), version=4)
