"""Looks at the weeks that are over, for as long as the service runs, and keeps what changed.

kept = look(state)
"""

import asyncio
import logging
from datetime import date

from ubora.service.alerts.finding import Looked, find
from ubora.service.alerts.freezing import anything_new, freeze_new
from ubora.service.alerts.keeping import Kept, keep
from ubora.service.alerts.of_releases import find_of_releases
from ubora.service.http.observe import log_event
from ubora.service.state import AppState


def look(state: AppState) -> Kept:
    """Make the limits that can be made, and raise and withdraw alerts. Blocks; for a worker thread.

    Raises:
        LedgerError: the ledger cannot be read or written now.
    """
    today = state.ledger.today()
    with state.ledger.read() as session:
        new = anything_new(session, today)
    if new:
        with state.ledger.write() as session:
            freeze_new(session, today)
    looked = _read(state, today)
    with state.ledger.write() as session:
        return keep(session, state.settings, looked, today)


async def watch(state: AppState) -> None:
    """For as long as the service runs."""
    while True:
        await asyncio.sleep(state.settings.alert_seconds)
        try:
            kept = await asyncio.to_thread(look, state)
        except Exception as error:  # a busy ledger now is no reason to never look again
            log_event("alerts-failed", level=logging.WARNING, fault=f"{type(error).__name__}: {error}")
        else:
            if kept.raised or kept.withdrawn:
                log_event("alerts", raised=kept.raised, withdrawn=kept.withdrawn)


def _read(state: AppState, today: date) -> Looked:
    with state.ledger.read() as session:
        looked = find(session, today)
        found, asked = find_of_releases(session, state.settings, today)
    return Looked(looked.found + found, looked.limits, frozenset(asked))
