"""What is wrong at the start is one line on standard error and exit code 1, before a token is shown."""

import shutil
import socket
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.parts.disks import mounting_fault, read_only, small_disk
from ubora.command import main
from ubora.service.ledger.database import Ledger

Break = Callable[[Path, ExitStack], None]


def _ledger(data: Path) -> Path:
    """Of a first start that came as far as this."""
    path = data / "ledger.sqlite"
    Ledger.open(f"sqlite:///{path}").close()
    return path


def not_a_database(data: Path, _: ExitStack) -> None:
    (data / "ledger.sqlite").write_bytes(b"not a database, but longer than a header" * 200)


def empty(data: Path, _: ExitStack) -> None:
    (data / "ledger.sqlite").touch()


def a_folder(data: Path, _: ExitStack) -> None:
    (data / "ledger.sqlite").mkdir()


def malformed(data: Path, _: ExitStack) -> None:
    path = _ledger(data)
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 3900)


def cut_short(data: Path, _: ExitStack) -> None:
    path = _ledger(data)
    with path.open("r+b") as file:
        file.truncate(20_000)


def of_a_newer_version(data: Path, _: ExitStack) -> None:
    _do(_ledger(data), "UPDATE alembic_version SET version_num = '9999'")


def of_another_program(data: Path, _: ExitStack) -> None:
    _do(data / "ledger.sqlite", "CREATE TABLE recipes (name TEXT)")


def half_migrated(data: Path, _: ExitStack) -> None:
    path = _ledger(data)
    _do(path, "UPDATE alembic_version SET version_num = '0005'")


def read_only_folder(data: Path, stack: ExitStack) -> None:
    _ledger(data)
    _needs_mounting()
    stack.enter_context(read_only(data))


def read_only_from_the_start(data: Path, stack: ExitStack) -> None:
    _needs_mounting()
    stack.enter_context(read_only(data))


def full(data: Path, stack: ExitStack) -> None:
    _needs_mounting()
    disk = stack.enter_context(small_disk())
    shutil.rmtree(data)
    data.symlink_to(disk.folder)
    _ledger(data)
    disk.fill()


def full_from_the_start(data: Path, stack: ExitStack) -> None:
    _needs_mounting()
    disk = stack.enter_context(small_disk())
    shutil.rmtree(data)
    data.symlink_to(disk.folder)
    disk.fill()


def a_file(data: Path, _: ExitStack) -> None:
    data.rmdir()
    data.touch()


LEDGERS: dict[Break, str] = {
    not_a_database: "file is not a database; expected the ledger that `ubora serve` made",
    empty: "an empty file; restore it from a backup, or remove it to begin a new ledger",
    a_folder: "a folder; expected a file",
    malformed: "database disk image is malformed; restore it from a backup",
    cut_short: "database disk image is malformed; restore it from a backup",
    of_a_newer_version: "its tables are of revision 9999, made by a newer version; this one knows 00",
    of_another_program: "a database with the table recipes; expected the ledger that `ubora serve` made",
    half_migrated: "duplicate column name: number; its tables are not as an older version left them",
    read_only_folder: "unable to open database file; expected a folder in which files may be made",
}
DISKS: dict[Break, str] = {
    read_only_from_the_start: "unable to open database file; expected a folder in which files may be made",
    full: "the disk is full",
    full_from_the_start: "disk is full",
    a_file: "a file, or below one; expected a folder",
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    made = tmp_path / "var"
    made.mkdir()
    return made


def _started(data: Path, releases: Path, *options: str) -> list[str]:
    words = ["serve", "--data", str(data), "--releases", str(releases), "--port", "0", *options]
    assert main(words) == 1
    return words


@pytest.mark.parametrize("broken", [*LEDGERS, *DISKS], ids=lambda broken: broken.__name__)
def test_it_does_not_start_and_says_why_in_one_line(
    data: Path, releases: Path, broken: Break, capsys: pytest.CaptureFixture[str]
) -> None:
    with ExitStack() as stack:
        broken(data, stack)
        _started(data, releases)
        out, err = capsys.readouterr()
        assert (out, len(err.splitlines())) == ("", 1)
        assert err.startswith("ubora serve: ")
        assert {**LEDGERS, **DISKS}[broken] in err
        assert str(data) in err or str(data.resolve()) in err
        assert not (data / "admin-token").exists()


@pytest.mark.parametrize("broken", LEDGERS, ids=lambda broken: broken.__name__)
def test_a_command_on_such_a_ledger_says_the_same_in_one_line(
    data: Path, broken: Break, capsys: pytest.CaptureFixture[str]
) -> None:
    with ExitStack() as stack:
        broken(data, stack)
        for words in (
            ["admin", "staff", "add", "Njeri", "--generate"],
            ["harvest", "--out", str(data.parent / "out")],
        ):
            assert main([*words, "--data", str(data)]) == 1
            out, err = capsys.readouterr()
            assert (out, len(err.splitlines())) == ("", 1)


def test_a_ledger_that_could_not_be_begun_leaves_no_empty_file_behind(data: Path, releases: Path) -> None:
    if (fault := mounting_fault()) is not None:
        pytest.skip(fault)
    with ExitStack() as stack:
        full_from_the_start(data, stack)
        _started(data, releases)
        (data / "filler").unlink()
        _ledger(data)


def test_a_port_that_is_taken_is_found_before_a_token_is_made(
    data: Path, releases: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        _started(data, releases, "--port", str(port))
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"ubora serve: 127.0.0.1:{port}: Address already in use")
    assert (len(err.splitlines()), list(data.iterdir())) == (1, [])


@pytest.mark.parametrize(
    ("options", "environment", "told"),
    [
        (["--releases", "/nowhere/releases"], {}, "/nowhere/releases: no such folder; expected the releases"),
        (["--host", "not an address"], {}, "not an address:0: "),
        (["--host", "192.0.2.1"], {}, "192.0.2.1:0: "),
        (["--port", "70000"], {}, "UBORA_PORT: "),
        ([], {"UBORA_WORKERS": "many"}, "UBORA_WORKERS: "),
        ([], {"UBORA_COLOUR": "red"}, "UBORA_COLOUR: "),
        (["--database-url", "ledger"], {}, "the database URL: "),
        (["--database-url", "nosql://x/y"], {}, "the database URL: "),
        (["--database-url", "postgresql://hub:secret@db/ubora"], {}, "postgresql://hub:***@db/ubora: "),
        (["--database-url", "sqlite://"], {}, "sqlite://: a database in memory forgets"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    data: Path,
    releases: Path,
    options: list[str],
    environment: dict[str, str],
    told: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    _started(data, releases, *options)
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)
    assert err.startswith(f"ubora serve: {told}")
    assert "secret" not in err


def _do(path: Path, statement: str) -> None:
    database = sqlite3.connect(path)
    database.execute(statement)
    database.commit()
    database.close()


def _needs_mounting() -> None:
    if (fault := mounting_fault()) is not None:
        pytest.skip(fault)
