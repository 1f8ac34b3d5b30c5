"""The tables: as the code says on both databases, and a ledger of before is brought up with all it holds."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import JSON, Boolean, Connection, Float, Integer, MetaData, text

from tests import ROOT
from tests.service.storage.migrating import REVISIONS, made_by
from ubora.command import main
from ubora.service.ledger.clock import next_number
from ubora.service.ledger.database import Ledger
from ubora.service.ledger.tables import Table


def test_the_migrations_make_the_tables_that_the_code_uses(url: str) -> None:
    ledger = Ledger.open(url)
    with ledger.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Table.metadata)
    ledger.close()
    assert differences == []


def _one_of_each(connection: Connection) -> dict[str, dict[str, Any]]:
    """A row in every table there is, by its columns' types; each refers to the others."""
    tables = MetaData()
    tables.reflect(connection)
    rows = {}
    for table in tables.sorted_tables:
        if table.name in ("alembic_version", "clock"):
            continue
        row = {column.name: _value(column.name, column.type) for column in table.columns}
        connection.execute(table.insert(), row)
        rows[table.name] = row
    return rows


def _value(name: str, kind: Any) -> Any:
    if isinstance(kind, JSON):
        return []
    if isinstance(kind, Boolean):
        return True
    if isinstance(kind, (Integer, Float)):
        return 0 if name in ("photo_index", "approved_version") else 1
    if name.endswith("at") or name == "since":
        return "2026-11-01T08:00:00.000000Z"
    return "1"


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_ledger_of_every_revision_is_brought_up_and_keeps_a_row_of_every_table(
    url: str, revision: str
) -> None:
    engine = made_by(url, revision)
    with engine.begin() as connection:
        rows = _one_of_each(connection)
    engine.dispose()
    ledger = Ledger.open(url)
    with ledger.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Table.metadata)
        tables = MetaData()
        tables.reflect(connection)
        found = {name: connection.execute(tables.tables[name].select()).mappings().all() for name in rows}
    with ledger.write() as session:
        numbers = [next_number(session), next_number(session)]
    ledger.close()
    assert differences == []
    # What a migration numbers or derives anew is its own; what was there is there.
    derived = {"number", "change", "changed_at", "retakes"}
    for name, row in rows.items():
        kept = {key: value for key, value in row.items() if key not in derived}
        # A migration may have put rows of its own beside it.
        assert kept in [{key: one[key] for key in kept} for one in found[name]], name
    assert 1 < numbers[0] < numbers[1]


def test_two_that_open_an_empty_database_at_once_make_its_tables_once(url: str) -> None:
    code = "import sys; from ubora.service.ledger.database import Ledger; Ledger.open(sys.argv[1]).close()"
    running = [
        subprocess.Popen([sys.executable, "-c", code, url], cwd=ROOT, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert [process.communicate(timeout=300)[1] for process in running] == [""] * 3
    ledger = Ledger.open(url)
    with ledger.read() as session:
        found = session.execute(text("SELECT version_num FROM alembic_version")).all()
        clocks = session.execute(text("SELECT id FROM clock")).all()
    ledger.close()
    assert ([tuple(row) for row in found], [tuple(row) for row in clocks]) == ([(REVISIONS[-1],)], [(1,)])


def test_the_command_says_where_it_made_a_ledger_that_was_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for said in (" (a new ledger: there was none)\n", "\n"):
        assert main(["admin", "migrate", "--data", str(tmp_path)]) == 0
        told = f"{tmp_path / 'ledger.sqlite'}: tables of revision {REVISIONS[-1]}"
        assert capsys.readouterr().out == told + said
