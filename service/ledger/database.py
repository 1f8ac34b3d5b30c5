"""The ledger: one database, opened, migrated and held to its promises.

ledger = Ledger.open("sqlite:///var/ledger.sqlite")      # or postgresql://hub@db/ubora
ledger.today()                                    # where the workshops are, see `days`
with ledger.write() as session: …                 # one transaction, committed at the end
with ledger.write(patience_ms=0) as session: …    # now or not at all: for what is not essential
with ledger.read() as session: …

Queries stand beside the subject they serve (inspections, reviews, pass_rates, …); tables in tables/. What
one database wants otherwise than the other stands in `sqlite` and `postgresql`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, event, inspect, select, update
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import Session

from ubora.models.naming import did_you_mean
from ubora.service.http.database_faults import LedgerBusyError, LedgerError, fault_of
from ubora.service.ledger import postgresql, sqlite
from ubora.service.ledger.days.moving import has_inspections, move_days
from ubora.service.ledger.days.zones import USUAL_ZONE, Days, days_of
from ubora.service.ledger.tables import LedgerClock
from ubora.service.ledger.writers import Writers

PATIENCE_MS = 5_000
"""A writer waits for others this long; phones and people ask again."""
OPEN_PATIENCE_MS = 20_000
Clock = Callable[[], datetime]


def wall_clock() -> datetime:
    return datetime.now(UTC)


class Kind(Protocol):
    """What `sqlite` and `postgresql` each do in their own way."""

    def make_engine(self, url: URL) -> Engine: ...
    def where(self, url: URL) -> str: ...
    def reading(self) -> dict[str, Any]: ...
    def writing(self, patience_ms: int) -> dict[str, Any]: ...
    def assert_durable(self, connection: Connection, shown: str) -> None: ...
    def before_migrating(self, connection: Connection) -> None: ...
    def after_migrating(self, connection: Connection) -> None: ...


_KINDS: dict[str, Kind] = {"sqlite": sqlite, "postgresql": postgresql}
_EXPECTED = f"sqlite:///FILE or {postgresql.EXPECTED_URL}"


class Ledger:
    """Shared by threads; every `read` and `write` has a connection of its own."""

    def __init__(self, url: URL, clock: Clock = wall_clock, patience_ms: int = PATIENCE_MS) -> None:
        self._kind = _KINDS[url.get_backend_name()]
        self.engine = self._kind.make_engine(url)
        self._patience_ms = patience_ms
        self.clock = clock
        """What the wall clock says now. What is stored takes its time from `clock.now(session)`."""
        self.where = self._kind.where(url)
        self._writers = Writers(self.where)

    @classmethod
    def open(
        cls,
        url: str,
        clock: Clock = wall_clock,
        patience_ms: int = PATIENCE_MS,
        *,
        as_it_is: bool = False,
        zone: str | None = None,
    ) -> "Ledger":
        """Open the database, make or migrate its tables, and assert the settings that durability needs.

        Args:
            patience_ms: how long a writer waits for others.
            as_it_is: change nothing; tables of an older version are an error.
            zone: whose days are counted where nothing is yet, or by UTC's as older versions did; None is
                USUAL_ZONE. A ledger that remembers its zone keeps it.

        Raises:
            LedgerError: no URL of a database, SQLite in memory, no driver, nobody there, a wrong password, no
                ledger or one of a newer version, broken, locked, not to be written, or it refused a setting
                that durability needs.
            OSError: its folder cannot be made.
        """
        parsed = _parsed(url)
        ledger = cls(parsed, clock, patience_ms)
        fresh = sqlite.new_file(parsed) if parsed.get_backend_name() == "sqlite" else None
        try:
            ledger._migrate(as_it_is, zone or USUAL_ZONE)
            if zone is not None and not as_it_is:
                ledger._begin_days(zone)
            with ledger.read() as session:
                ledger._kind.assert_durable(session.connection(), ledger.where)
        except BaseException:
            ledger.close()
            # A full disk left a file without a byte, which would be taken for a ledger that lost everything.
            if fresh is not None and fresh.exists() and fresh.stat().st_size == 0:
                fresh.unlink()
            raise
        return ledger

    @contextmanager
    def read(self) -> Iterator[Session]:
        """
        Raises:
            LedgerError: it cannot be read now; LedgerBusyError where that passes.
        """
        engine = self.engine.execution_options(**self._kind.reading())
        info = {"clock": self.clock}
        with self._told(), Session(engine, expire_on_commit=False, info=info) as session:
            yield session

    @contextmanager
    def write(self, patience_ms: int | None = None) -> Iterator[Session]:
        """One transaction: committed when the block ends, rolled back when it raises.

        Args:
            patience_ms: how long to wait for others that write; None is the ledger's own.

        Raises:
            LedgerBusyError: they did not end in time, or too many wait already; the block was not entered.
            LedgerError: it cannot be written now.
        """
        patience_ms = self._patience_ms if patience_ms is None else patience_ms
        with self._told(), self._writers.take(patience_ms) as left_ms:
            engine = self.engine.execution_options(**self._kind.writing(left_ms))
            info = {"clock": self.clock}
            with Session(engine, expire_on_commit=False, info=info) as session, session.begin():
                with self._writers.locking(left_ms):
                    session.connection()  # takes the lock, before any work is done for nothing
                yield session

    def days(self) -> Days:
        """Whose days it counts; asked each time, since it may have been counted anew by others.

        Raises:
            LedgerError: as `read`.
        """
        with self.read() as session:
            return days_of(session)

    def today(self) -> date:
        """Where the workshops are. Raises as `days`."""
        return self.days().of(self.clock())

    def check_writable(self, patience_ms: int | None = None) -> None:
        """Commit a change of nothing, so that the disk is asked too.

        Raises:
            LedgerError: as `write`.
        """
        with self.write(patience_ms) as session:
            session.execute(update(LedgerClock).values(number=LedgerClock.number))

    def close(self) -> None:
        """Close all connections; one in use, as by a sweep that goes on, when it is given back."""
        event.listen(self.engine.pool, "checkin", _close_for_good)
        self.engine.dispose()

    def _begin_days(self, zone: str) -> None:
        """Of a ledger in which nothing came yet: these days are as good as any."""
        with self.read() as session:
            settled = days_of(session) == Days.named(zone) or has_inspections(session)
        if not settled:
            with self.write(OPEN_PATIENCE_MS) as session:
                if not has_inspections(session):
                    move_days(session, zone)

    def _migrate(self, as_it_is: bool, zone: str) -> None:
        # Looked at first: a ledger that is as it should be opens beside one that writes for long.
        if self._is_current(_migrations()):
            return
        if as_it_is:
            raise LedgerError(
                self.where, "no tables of this version; expected those of a started `ubora serve`"
            )
        # Of two processes that start at once the second finds it done when it is its turn.
        with self.write(OPEN_PATIENCE_MS) as session:
            config = _configured()
            config.attributes["connection"] = session.connection()
            try:
                self._kind.before_migrating(session.connection())
                command.upgrade(config, "head")
                self._kind.after_migrating(session.connection())
                if not session.scalars(select(LedgerClock.zone)).one():
                    move_days(session, zone)
            except DBAPIError as error:
                fault = fault_of(self.where, error) or LedgerError(
                    self.where, f"{error.orig}; its tables are not as an older version left them"
                )
                raise fault from error

    def _is_current(self, known: ScriptDirectory) -> bool:
        """Whether its tables are of this version; not so of an older one, or where there are none yet."""
        with self.read() as session:
            revision = MigrationContext.configure(session.connection()).get_current_revision()
            tables = inspect(session.connection()).get_table_names()
        head = known.get_current_head()
        if revision is None and tables:
            fault = f"a database with the table {min(tables)}; expected the ledger that `ubora serve` made"
            raise LedgerError(self.where, fault)
        if revision is not None and revision not in {script.revision for script in known.walk_revisions()}:
            fault = f"its tables are of revision {revision}, made by a newer version; this one knows {head}"
            raise LedgerError(self.where, fault)
        return revision == head

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What the database says of itself, as a LedgerError; what it says of a statement stays as it is."""
        try:
            yield
        except NoConnection:
            raise LedgerBusyError(self.where, "too many use it at the moment") from None
        except DBAPIError as error:
            fault = fault_of(self.where, error)
            if fault is None:
                raise
            raise fault from error


def sqlite_file(url: str) -> Path | None:
    """Where a ledger of SQLite lies; None where another database keeps it, or none at all.

    Raises:
        LedgerError: it is no URL of a database.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        return None
    return Path(str(parsed.database))


def _configured() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config


@cache
def _migrations() -> ScriptDirectory:
    """Read once a process: they do not change while it runs."""
    return ScriptDirectory.from_config(_configured())


def _parsed(url: str) -> URL:
    # What the parser says is not shown: it may be a part of the password.
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise LedgerError("the database URL", f"no URL; expected {_EXPECTED}") from None
    if "@" in (parsed.host or ""):
        fault = "more than one @; expected %40 for each in the password"
        raise LedgerError("the database URL", fault)
    kind = parsed.drivername.partition("+")[0]
    if kind not in _KINDS:
        fault = f"{kind!r} keeps no ledger{did_you_mean(kind, _KINDS)}; expected {_EXPECTED}"
        raise LedgerError("the database URL", fault)
    return parsed


def _close_for_good(connection: Any, _record: Any) -> None:
    if connection is not None:
        connection.close()
