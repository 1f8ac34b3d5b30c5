"""Files that the ledger let go of leave the disk: at once, and after a kill with the next sweep.

remove_files(state.ledger, state.store)
"""

from sqlalchemy import select

from ubora.service.ledger.clock import now
from ubora.service.ledger.database import Ledger
from ubora.service.ledger.references import referenced
from ubora.service.ledger.tables import LeavingFile
from ubora.service.storage.photos import PhotoStore

BATCH = 200


def remove_files(ledger: Ledger, store: PhotoStore) -> int:
    """Remove every file that is noted to leave and that nothing refers to; returns how many.

    Raises:
        OSError: a file cannot be removed; it stays noted.
    """
    removed = 0
    while True:
        with ledger.read() as session:
            if session.scalar(select(LeavingFile.sha256).limit(1)) is None:
                return removed
        with ledger.write() as session:
            # Whoever takes the same photo up again commits before this or after it, and looks once more then.
            now(session)
            rows = session.scalars(select(LeavingFile).limit(BATCH)).all()
            for kind in {row.kind for row in rows}:
                names = [row.sha256 for row in rows if row.kind == kind]
                held = referenced(session, kind, names)
                removed += sum(store.remove(kind, name) for name in names if name not in held)
            for row in rows:
                session.delete(row)
