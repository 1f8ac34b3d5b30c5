"""Orders that played pieces are made for: a workshop and a design have one open lot at a time.

orders = Orders(draw)
lot, piece = orders.place(session, "played-ngara-brass-1", "bangle-mara", at)
orders.done(session, lot, at)        # it passed or was accepted; a lot that is whole is closed
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy.orm import Session

from ubora.service.ledger.tables import Lot
from ubora.service.workshops.lots import LotChange, end_lot, save_lot

ACTOR = "the played network"
"""Who did it, in the audit."""
_SIZES = (10, 12, 15, 20, 24, 30)
_FIRST = 1001


@dataclass
class _Open:
    lot: str
    wanted: int
    named: int = 0
    done: int = 0


@dataclass
class Orders:
    draw: np.random.Generator
    closed: list[str] = field(default_factory=list)
    """Lots that are whole, the first one first."""
    _given: int = 0
    _open: dict[tuple[str, str], _Open] = field(default_factory=dict)
    _of: dict[str, tuple[str, str]] = field(default_factory=dict)

    def place(self, session: Session, workshop: str, design: str, at: datetime) -> tuple[str, str]:
        """The lot of the next piece, and its code."""
        one = self._open.get((workshop, design))
        if one is None:
            one = self._begin(session, workshop, design, at)
        one.named += 1
        return one.lot, f"{one.named:03d}"

    def done(self, session: Session, lot: str, at: datetime) -> None:
        key = self._of[lot]
        one = self._open[key]
        one.done += 1
        if one.done == one.wanted:
            end_lot(session, ACTOR, session.get_one(Lot, lot), at + timedelta(minutes=40))
            self.closed.append(lot)
            del self._open[key]

    def _begin(self, session: Session, workshop: str, design: str, at: datetime) -> _Open:
        wanted = int(self.draw.choice(_SIZES))
        lot = f"PL-{_FIRST + self._given}"
        self._given += 1
        body = LotChange(microfactory=workshop, design=design, pieces=wanted, views=("front",), note="")
        save_lot(session, ACTOR, lot, body, at - timedelta(hours=3))
        session.flush()
        one = self._open[workshop, design] = _Open(lot, wanted)
        self._of[lot] = (workshop, design)
        return one
