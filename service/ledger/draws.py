"""Which pieces a person looks at for the sake of the figures: a share, drawn by a keyed hash of their UUIDs.

    draw_for_audit(session, row, share=0.02)        # of what passed; in the transaction that stores it
    look_for_lot(session, row)                      # likewise: of a lot of which every piece is looked at
    is_drawn(key_of(session, SECOND), row.id, 0.05)      # of what was decided, for a second person

The keys are the ledger's own secrets. So a draw can be made again, and nobody who chooses a UUID can foresee
it; and who was drawn by one is drawn by another as often as anybody.
"""

import hmac

from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.service.ledger.tables import AuditDraw, Inspection, LedgerKey, Lot, LotAct, LotLook

KEY, SECOND, KNOWN = "audit", "second", "known"
_ALL = 2**64


def draw_for_audit(session: Session, row: Inspection, share: float) -> bool:
    """After a new inspection has been added and flushed: was it drawn?

    Args:
        share: of passed pieces, 0–1; kept with the draw, so that what is found can be weighted by it.
    """
    drawn = row.status == "passed" and is_drawn(key_of(session, KEY), row.id, share)
    if drawn:
        session.add(AuditDraw(inspection=row.id, received_at=row.received_at, share=share))
        session.flush()
    return drawn


def look_for_lot(session: Session, row: Inspection) -> bool:
    """After a new inspection has been added and flushed: is every piece of its lot to be looked at?

    Apart from what is drawn by chance: a lot that somebody suspects says nothing of others.
    """
    if row.status != "passed" or row.lot is None:
        return False
    last = (
        select(LotAct)
        .join(Lot, Lot.id == LotAct.lot)
        .where(Lot.id == row.lot, Lot.microfactory == row.microfactory)
        .order_by(LotAct.number.desc())
    )
    act = session.scalars(last.limit(1)).first()
    asked = act is not None and act.kind == "check"
    if act is not None and asked:
        session.add(LotLook(inspection=row.id, act=act.number))
        session.flush()
    return asked


def key_of(session: Session, name: str) -> bytes:
    """A secret of this ledger, 32 bytes."""
    return bytes.fromhex(session.get_one(LedgerKey, name).key)


def is_drawn(key: bytes, name: str, share: float) -> bool:
    """Whether an inspection is of the share; of a greater share it is, too."""
    digest = hmac.new(key, name.encode(), "sha256").digest()
    return int.from_bytes(digest[:8]) < share * _ALL
