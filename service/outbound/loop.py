"""Sends what waits, for as long as the service runs; of several services each message is one's."""

import asyncio
import logging

from ubora.service.http.observe import log_event
from ubora.service.outbound.outbox import Due, Outcome, anything_due, claim, settle
from ubora.service.outbound.sending import send
from ubora.service.state import AppState

AT_ONCE = 8


async def send_due(state: AppState) -> int:
    """How many were tried; AT_ONCE at most, beside each other.

    Raises:
        LedgerError: the ledger cannot be read or written now.
    """
    due = await asyncio.to_thread(_claim, state)
    await asyncio.gather(*(_send(state, one) for one in due))
    return len(due)


async def deliver(state: AppState) -> None:
    """For as long as the service runs."""
    while True:
        try:
            while await send_due(state):
                pass
        except Exception as error:  # a busy ledger now is no reason to never send again
            log_event("delivery-failed", level=logging.WARNING, fault=f"{type(error).__name__}: {error}")
        await asyncio.sleep(state.settings.delivery_seconds)


def _claim(state: AppState) -> list[Due]:
    at = state.ledger.clock()
    with state.ledger.read() as session:
        if not anything_due(session, at):
            return []
    with state.ledger.write() as session:
        return claim(session, at, AT_ONCE)


async def _send(state: AppState, due: Due) -> None:
    outcome = await send(due, state.settings)
    facts = {"id": due.id, "status": outcome.status, "fault": outcome.fault}
    log_event("delivery", level=logging.WARNING if outcome.fault else logging.INFO, **facts)
    await asyncio.to_thread(_settle, state, due, outcome)


def _settle(state: AppState, due: Due, outcome: Outcome) -> None:
    with state.ledger.write() as session:
        settle(session, due, outcome, state.ledger.clock())
