"""The shadow: a release that judges each new photo after the champion has answered; only staff see it.

    ubora model promote NAME --alias shadow       # from now on
    task = asyncio.create_task(follow(state, Shadow(state.settings.releases, state.trusted)))

It works only while no phone waits for the champion, and catches up afterwards. It begins with what came after
it was made the shadow; `ubora rescore` takes what came before.
"""

import asyncio
import logging
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ubora.models.bundle import BundleError
from ubora.models.registry.releases import read_aliases
from ubora.models.signing import TrustedKeys
from ubora.service.http.database_faults import LedgerError
from ubora.service.http.observe import log_event
from ubora.service.inference.aliased import AliasedRelease
from ubora.service.inference.standing_seen import StandingSeen
from ubora.service.ledger.tables import Inspection, Rescore
from ubora.service.rescoring.judging import judge, store_said, tasks_after
from ubora.service.state import AppState

BUSY_SECONDS = 0.2


class Shadow(AliasedRelease):
    """Holds the shadow, and how far it has come."""

    def __init__(self, releases: Path, trusted: TrustedKeys | None = None) -> None:
        super().__init__(releases, "shadow", trusted)
        self._standing = StandingSeen()
        self._last: tuple[str, int] | None = None
        """Release, and the number of the last inspection that it looked at."""

    def judge_next(self, state: AppState) -> bool:
        """Judge one inspection that waits for the shadow. Blocks; for a worker thread.

        Returns:
            whether there was one.

        Raises:
            LedgerError: the ledger cannot be read or written now.
        """
        inspector = self.inspector
        if inspector is None:
            return False
        release = inspector.record.name
        with state.ledger.read() as session:
            if self._last is None or self._last[0] != release:
                self._last = release, self._begins(session, release)
            batch = tasks_after(session, release, after=self._last[1], limit=1)
        for task in batch.tasks:
            try:
                store_said(state.ledger, [judge(inspector, self._standing, state.store, task)])
            except LedgerError:
                raise
            except Exception as error:  # one photo that cannot be judged holds up no other
                fault = f"{type(error).__name__}: {error}"
                log_event("shadow-failed", level=logging.WARNING, inspection=task.inspection, fault=fault)
        if batch.last is None:
            return False
        self._last = release, batch.last
        return True

    def _begins(self, session: Session, release: str) -> int:
        """The number after which it judges: of the last that it judged, or that came before it was set."""
        judged = session.scalar(select(func.max(Rescore.number)).where(Rescore.release == release))
        since = self._since(release)
        earlier = (
            select(Inspection.number)
            .where(Inspection.received_at < since)
            .order_by(Inspection.number.desc())
            .limit(1)
        )
        return max(judged or 0, session.scalar(earlier) or 0)

    def _since(self, release: str) -> datetime:
        """When it was made the shadow."""
        for change in reversed(read_aliases(self._releases).history):
            if change.alias == "shadow" and change.release == release:
                return datetime.fromisoformat(change.at)
        raise BundleError(f"{self._releases}: no history of {release} as the shadow")

    def _refused(self) -> None:
        self.inspector = None


async def follow(state: AppState, shadow: Shadow) -> None:
    """For as long as the service runs: one inspection at a time, while the champion has nothing to do."""
    while True:
        await asyncio.sleep(state.settings.release_poll_seconds)
        try:
            await asyncio.to_thread(shadow.refresh)
            while True:
                if not state.workers.idle():
                    await asyncio.sleep(BUSY_SECONDS)
                elif not await asyncio.to_thread(shadow.judge_next, state):
                    break
        except Exception as error:  # a busy ledger now is no reason to stop for ever
            log_event("shadow-failed", level=logging.WARNING, fault=f"{type(error).__name__}: {error}")
