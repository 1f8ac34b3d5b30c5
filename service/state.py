"""The parts that a request works with, opened together and closed together.

with AppState.open(settings) as state: …
"""

from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Self

from ubora.models.signing import TrustedKeys, trusted_keys
from ubora.service.http.bodies import Budget
from ubora.service.http.observe import Metrics
from ubora.service.inference.champion import Champion
from ubora.service.inference.workers import KeyedLocks, Workers
from ubora.service.ledger.database import Clock, Ledger, wall_clock
from ubora.service.secrets.passwords import Passwords
from ubora.service.settings import Settings, SettingsError
from ubora.service.storage.arriving.uploads import Uploads
from ubora.service.storage.photos import PhotoStore
from ubora.service.storage.stores import open_store, open_uploads


@dataclass(frozen=True)
class AppState:
    settings: Settings
    metrics: Metrics
    ledger: Ledger
    store: PhotoStore
    staging: Uploads
    trusted: TrustedKeys | None
    """Whose releases are taken; None is everybody's."""
    champion: Champion
    workers: Workers
    budget: Budget
    turns: KeyedLocks
    passwords: Passwords = field(default_factory=Passwords)
    uses_not_noted: dict[str, datetime] = field(default_factory=dict)
    """Token id → its last use, where the ledger could not take it: nobody's session ends by that."""

    @classmethod
    def open(
        cls, settings: Settings, metrics: Metrics | None = None, clock: Clock = wall_clock
    ) -> "AppState":
        """Open the ledger and the photo folder, and load the champion where there is one.

        Raises:
            LedgerError, OSError: they cannot be used. A missing or bad champion is no error here.
            SettingsError: the data folder is none, or the ledger counts the days of another zone.
            KeyFileError: the file of release keys cannot be used.
        """
        metrics = metrics or Metrics()
        trusted = trusted_keys(settings.release_keys)
        try:
            settings.data.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise SettingsError(f"{settings.data}: a file, or below one; expected a folder") from None
        patience_ms = round(1000 * settings.write_seconds)
        ledger = Ledger.open(settings.ledger_url(), clock, patience_ms, zone=settings.zone)
        try:
            _check_zone(settings, ledger)
        except BaseException:
            ledger.close()
            raise
        state = cls(
            settings=settings,
            metrics=metrics,
            ledger=ledger,
            store=open_store(settings),
            staging=open_uploads(settings, ledger),
            trusted=trusted,
            champion=Champion(settings.releases, metrics, trusted),
            workers=Workers(settings.workers, settings.queue_limit, metrics.queue_depth),
            budget=Budget(settings.upload_budget_bytes),
            turns=KeyedLocks(settings.queue_limit),
        )
        state.champion.refresh()
        return state

    def check_writable(self, patience_ms: int | None = None) -> None:
        """
        Raises:
            LedgerError, OSError: what came now could not be stored.
        """
        self.ledger.check_writable(patience_ms)
        self.check_folders()

    def check_folders(self) -> None:
        """Raises OSError where a folder of photos is gone or takes nothing."""
        self.staging.check_there()
        self.store.check_writable()

    def close(self) -> None:
        self.workers.close()
        self.ledger.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _check_zone(settings: Settings, ledger: Ledger) -> None:
    """
    Raises:
        SettingsError: the ledger counts other days than the setting says.
    """
    counted = str(ledger.days().zone)
    if settings.zone is not None and counted != settings.zone:
        told = f"UBORA_ZONE: {settings.zone}, but {ledger.where} counts the days of {counted}"
        again = f"ubora admin recount --zone {settings.zone} --data {settings.data}"
        raise SettingsError(f"{told}; count it anew by `{again}`, or set {counted}")
