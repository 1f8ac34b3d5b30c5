"""Whatever is wrong with a database at the start, or with what a command is asked, is one line."""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.parts.ledgers.postgresql import server
from tests.parts.served import Town, serve, tarnished
from ubora.command import main
from ubora.service.ledger.database import Ledger

SECRET = "s3cret"
Break = Callable[[], str]


def nobody_there() -> str:
    return f"postgresql://hub:{SECRET}@127.0.0.1:1/ubora"


def no_such_host() -> str:
    return f"postgresql://hub:{SECRET}@nowhere.invalid/ubora"


def no_such_database() -> str:
    return server().url("nothing")


def a_wrong_password() -> str:
    server().do("DROP ROLE IF EXISTS hub", "CREATE ROLE hub LOGIN PASSWORD 'right'")
    server().ask_for_passwords("hub")
    return server().url("postgres", "hub", SECRET)


def an_option_that_there_is_not() -> str:
    return f"postgresql://hub:{SECRET}@127.0.0.1:1/ubora?colour=red"


def another_driver() -> str:
    return f"postgresql+asyncpg://hub:{SECRET}@db/ubora"


def another_database() -> str:
    return f"mysql://hub:{SECRET}@db/ubora"


def a_name_mistyped() -> str:
    return f"postgres://hub:{SECRET}@db/ubora"


def an_at_sign_in_the_password() -> str:
    return f"postgresql://hub:p@{SECRET}@db/ubora"


def a_port_that_is_none() -> str:
    return f"postgresql://hub@db:{SECRET}/ubora"


def of_another_program() -> str:
    url = server().empty_database()
    server().do("CREATE TABLE recipes (name TEXT)", url=url)
    return url


def of_a_newer_version() -> str:
    url = server().migrated_database()
    server().do("UPDATE alembic_version SET version_num = '9999'", url=url)
    return url


def half_migrated() -> str:
    url = server().migrated_database()
    server().do("UPDATE alembic_version SET version_num = '0005'", url=url)
    return url


def not_ours_to_make_tables_in() -> str:
    server().do("DROP ROLE IF EXISTS guest", "CREATE ROLE guest LOGIN")
    url = server().empty_database()
    return url.replace("postgres@", "guest@")


DATABASES: dict[Break, str] = {
    nobody_there: "postgresql://hub:***@127.0.0.1:1/ubora: the database cannot be reached: ",
    no_such_host: "postgresql://hub:***@nowhere.invalid/ubora: the database cannot be reached: ",
    no_such_database: 'database "nothing" does not exist',
    a_wrong_password: 'password authentication failed for user "hub"',
    an_option_that_there_is_not: 'invalid connection option "colour"',
    another_driver: "the driver asyncpg; expected postgresql://USER:PASSWORD@HOST/DATABASE",
    another_database: "the database URL: 'mysql' keeps no ledger; expected sqlite:///FILE or postgresql://",
    a_name_mistyped: "the database URL: 'postgres' keeps no ledger; did you mean 'postgresql'?",
    an_at_sign_in_the_password: "the database URL: more than one @; expected %40 for each in the password",
    a_port_that_is_none: "the database URL: no URL; expected sqlite:///FILE or postgresql://",
    of_another_program: "a database with the table recipes; expected the ledger that `ubora serve` made",
    of_a_newer_version: "its tables are of revision 9999, made by a newer version; this one knows",
    half_migrated: "its tables are not as an older version left them",
    not_ours_to_make_tables_in: "the database does not let Ubora do this: permission denied for ",
}


@pytest.mark.parametrize("broken", DATABASES, ids=lambda broken: broken.__name__)
def test_it_does_not_start_and_says_why_in_one_line_without_a_password(
    broken: Break, tmp_path: Path, releases: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--data", str(tmp_path / "var"), "--releases", str(releases), "--port", "0"]
    assert main(["serve", *words, "--database-url", broken()]) == 1
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)
    assert err.startswith("ubora serve: ")
    assert DATABASES[broken] in err
    assert SECRET not in err
    assert not (tmp_path / "var" / "admin-token").exists()


def test_a_driver_that_is_not_installed_is_named_with_what_installs_it(
    tmp_path: Path, releases: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "psycopg"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psycopg", None)  # as where it is not there
    words = ["--data", str(tmp_path / "var"), "--releases", str(releases), "--port", "0"]
    assert main(["serve", *words, "--database-url", f"postgresql://hub:{SECRET}@db/ubora"]) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith("ubora serve: postgresql://hub:***@db/ubora: no driver for it: ")
    assert said.endswith("expected `pip install 'ubora[postgresql]'`")


@pytest.fixture
def town(tmp_path: Path, releases: Path) -> Iterator[Town]:
    with serve(tmp_path, releases, database_url=server().migrated_database()) as running:
        yield running


def test_integrity_holds_the_photos_against_the_database(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    for seed in (1, 2, 3):
        town.send(tarnished(seed))
    assert main(["admin", "integrity", *town.ledger_options]) == 0
    assert capsys.readouterr().out == f"{town.settings.data}: 3 photos, 3 heatmaps referred to\n"
    gone, altered, _ = sorted((town.settings.data / "photos").rglob("*.jpg"))
    gone.unlink()
    altered.write_bytes(b"altered")
    assert main(["admin", "integrity", *town.ledger_options]) == 1
    said = sorted(capsys.readouterr().err.splitlines())
    assert said == sorted([f"fault     {gone}: missing", f"fault     {altered}: altered"])


def test_integrity_makes_no_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = server().empty_database()
    assert main(["admin", "integrity", "--data", str(tmp_path), "--database-url", url]) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert "no tables of this version" in said
    with psycopg.connect(url) as reader:
        assert reader.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchall() == [
            (0,)
        ]


@pytest.mark.parametrize("verb", ["backup", "restore"])
def test_half_a_backup_is_not_made_and_it_says_what_makes_a_whole_one(
    town: Town, tmp_path: Path, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "backup"
    assert main(["admin", verb, str(folder), *town.ledger_options]) == 1
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)
    assert "pg_dump" in err
    assert not folder.exists()


def test_a_dump_and_a_copy_of_the_folder_that_was_made_after_it_are_a_whole_backup(
    town: Town, tmp_path: Path, releases: Path
) -> None:
    kept = town.send(tarnished(1)).json()["id"]
    dump = server().folder / "ledger.dump"  # where the account of the programs may write
    server().run("pg_dump", "--format=custom", f"--file={dump}", town.settings.ledger_url())
    later = town.send(tarnished(2)).json()["id"]
    again = tmp_path / "again" / "var"
    shutil.copytree(town.settings.data, again)
    url = server().empty_database()
    words = ("--no-owner", "--single-transaction", "--exit-on-error", f"--dbname={url}", dump)
    server().run("pg_restore", *words)
    assert main(["admin", "integrity", "--data", str(again), "--database-url", url]) == 0
    with serve(tmp_path / "again", releases, database_url=url) as served:
        reviewer = served.client("reviewer")
        found = [reviewer.get(f"/v1/inspections/{name}").status_code for name in (kept, later)]
        # Numbers go on where they were, so that nothing new is older than what is there.
        new = served.send(tarnished(3)).json()["id"]
        listed = reviewer.get("/v1/inspections").json()["items"]
    assert found == [200, 404]
    assert [one["id"] for one in listed] == [new, kept]


def test_an_account_that_may_only_use_its_own_schema_is_enough(tmp_path: Path) -> None:
    """As an operator makes it: a role, a database that it owns, and nothing else."""
    server().do("DROP DATABASE IF EXISTS owned", "DROP ROLE IF EXISTS owner_of_it")
    server().do("CREATE ROLE owner_of_it LOGIN", "CREATE DATABASE owned OWNER owner_of_it")
    Ledger.open(server().url("owned", "owner_of_it")).close()
    with psycopg.connect(server().url("owned", "owner_of_it")) as reader:
        owners = reader.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
        assert owners.fetchall() == [("owner_of_it",)]
