"""Which passed pieces a person looks at all the same: a share of them, drawn by a keyed hash of their UUIDs.

    draw_for_audit(session, row, share=0.02)     # in the transaction that stores the inspection

The key is the ledger's own secret. So a draw can be made again, and nobody who chooses a UUID can foresee it.
"""

import hmac

from sqlalchemy.orm import Session

from ubora.service.ledger.tables import AuditDraw, Inspection, LedgerKey

KEY = "audit"
_ALL = 2**64


def draw_for_audit(session: Session, row: Inspection, share: float) -> None:
    """After a new inspection has been added and flushed.

    Args:
        share: of passed pieces, 0–1; kept with the draw, so that what is found can be weighted by it.
    """
    if row.status != "passed":
        return
    key = bytes.fromhex(session.get_one(LedgerKey, KEY).key)
    if is_drawn(key, row.id, share):
        session.add(AuditDraw(inspection=row.id, share=share))
        session.flush()


def is_drawn(key: bytes, inspection: str, share: float) -> bool:
    """Whether an inspection is of the share; of a greater share it is, too."""
    digest = hmac.new(key, inspection.encode(), "sha256").digest()
    return int.from_bytes(digest[:8]) < share * _ALL
