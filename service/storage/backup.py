"""A copy of all that a service keeps, made while it serves, and the way back.

    ubora admin backup /mnt/disk/ubora                      ledger, photos, voice notes, releases
    ubora admin restore /mnt/disk/ubora --data /srv/ubora   into a folder without a ledger
    ubora admin integrity --data /srv/ubora                 is all there, and unaltered?

A ledger.sqlite that is copied by hand lacks what still lies in its write-ahead log. This one is taken by
SQLite's own backup, at one moment, beside running writers. Then each file that it refers to is copied and
read back: what was acknowledged before the backup began is in it. Files lie under their own SHA-256, so the
next backup into the same folder copies what is new, mends what was altered, and drops what nothing refers to.

A backup is whole when `backup.json` names its ledger; until then the one before is still there. Unfinished
uploads stay behind: their phones send them again. So does the file `admin-token`; the token in it stays good.

    ubora admin backup DIR && ubora admin integrity      once a day, from cron; exit code 1 says what is wrong

A ledger in PostgreSQL is backed up by pg_dump, with a copy of the folder: docs/guide/operator.md. `integrity`
holds the folder against it all the same.
"""

import argparse
import os
import shutil
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from ubora.datasets.manifest import write_whole
from ubora.models.bundle import BundleError, read_bundle
from ubora.models.registry.releases import ALIAS_FILE, read_aliases, release_names
from ubora.service.ledger.database import Ledger, sqlite_file
from ubora.service.ledger.references import references as references_of
from ubora.service.settings import Settings
from ubora.service.storage.copies import (
    Tally,
    check_files,
    copy_files,
    copy_ledger,
    into_place,
    is_whole,
    ledger_faults,
    references,
    unreferenced,
)

RECORD = "backup.json"
LEDGER = "ledger.sqlite"


class BackupError(ValueError):
    """A backup that cannot be made or put back: what was found, what was expected."""


class BackupRecord(BaseModel):
    """`backup.json`: what a whole backup holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    made_at: datetime
    ledger: str
    """The file of the ledger, named after its SHA-256."""
    inspections: int
    files: dict[str, int]
    """Kind of file → how many the ledger refers to."""
    releases: tuple[str, ...]
    faults: tuple[str, ...] = ()
    """What the ledger refers to and was missing or altered already when the backup was made."""


def configure_backup(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="the backup's folder; the next backup may go into the same")
    _add_options(parser, "the folder of the ledger and the photos (var)")


def run_backup(args: argparse.Namespace) -> int:
    record, copied = back_up(_settings(args), args.folder)
    print(f"backup    {args.folder.resolve()}")
    print(f"holds     {_told(record)}; {copied} files new")
    return _print_faults(record.faults)


def configure_restore(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="the backup's folder")
    _add_options(parser, "where to put it: a folder without a ledger (var)")


def run_restore(args: argparse.Namespace) -> int:
    settings = _settings(args)
    releases = args.releases or settings.data / "releases"
    record, faults = restore(args.folder, settings, releases)
    print(f"restored  {settings.data.resolve()}, as it was at {record.made_at:%Y-%m-%d %H:%M} UTC")
    print(f"holds     {_told(record)}")
    print(f"serve it  ubora serve --data {settings.data} --releases {releases}")
    return _print_faults(faults)


def configure_integrity(parser: argparse.ArgumentParser) -> None:
    _add_options(parser, "the folder of the ledger and the photos (var)")


def run_integrity(args: argparse.Namespace) -> int:
    settings = _settings(args)
    if sqlite_file(settings.ledger_url()) is None:
        faults, tally = [], _check_in_database(settings)
    else:
        ledger = _ledger_of(settings)
        faults, tally = ledger_faults(ledger), check_files(settings.data, references(ledger))
    print(f"{settings.data}: {_counts(tally.files)} referred to")
    return _print_faults([*faults, *tally.faults])


def back_up(settings: Settings, folder: Path) -> tuple[BackupRecord, int]:
    """Copy all that these settings' service keeps, which may be running; returns how many files were new.

    Raises:
        BackupError: no ledger of SQLite there, or the copy of it is not sound.
        OSError: the folder cannot be written, or is full.
    """
    ledger = _ledger_of(settings)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if folder.resolve() == settings.data.resolve():
        raise BackupError(f"{folder}: is the data folder itself; expected another, best on another disk")
    copied = 0
    # Twice at most: what was missing may have been replaced and swept away while the first copy went on.
    for _ in range(2):
        snapshot = copy_ledger(ledger, folder)
        tally = copy_files(settings.data, folder, snapshot)
        copied += tally.copied
        if not tally.faults:
            break
    releases, faults = _copy_releases(settings.releases, folder / "releases")
    with closing(sqlite3.connect(snapshot)) as reader:
        inspections = int(reader.execute("SELECT count(*) FROM inspections").fetchone()[0])
    record = BackupRecord(
        made_at=datetime.now(UTC),
        ledger=snapshot.name,
        inspections=inspections,
        files=tally.files,
        releases=releases,
        faults=(*tally.faults, *faults),
    )
    write_whole(folder / RECORD, record.model_dump_json(indent=2).encode())
    _drop_the_rest(folder, snapshot)
    return record, copied


def restore(folder: Path, settings: Settings, releases: Path) -> tuple[BackupRecord, list[str]]:
    """Put a backup back; what fails half way is begun again by the same call, for the ledger comes last.

    Args:
        settings: say where to; the folder may be there, but no ledger in it.
        releases: the folder that gets the releases.

    Returns:
        what was put back, and what the backup lacks.

    Raises:
        BackupError: no whole backup, or a ledger is there already.
    """
    target = _ledger_path(settings)
    record = read_record(folder)
    snapshot = folder / record.ledger
    if target.exists():
        raise BackupError(f"{target}: there is a ledger already; expected a folder without one")
    if not is_whole(snapshot, snapshot.stem.removeprefix("ledger-")):
        raise BackupError(f"{snapshot}: missing or altered; another backup has to do")
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    tally = copy_files(folder, settings.data, snapshot)
    _, faults = _copy_releases(folder / "releases", releases)
    partial = target.with_name(f"{LEDGER}.partial")
    shutil.copyfile(snapshot, partial)
    into_place(partial, target)
    return record, [*tally.faults, *faults]


def read_record(folder: Path) -> BackupRecord:
    """What a folder's backup holds.

    Raises:
        BackupError: there is no whole one.
    """
    try:
        return BackupRecord.model_validate_json((folder / RECORD).read_bytes())
    except FileNotFoundError:
        raise BackupError(
            f"{folder}: no {RECORD}, so no whole backup; expected one by `ubora admin backup`"
        ) from None
    except ValidationError as error:
        raise BackupError(f"{folder / RECORD}: {error.errors(include_url=False)[0]['msg']}") from None


def _copy_releases(source: Path, target: Path) -> tuple[tuple[str, ...], list[str]]:
    """The names of the releases that are in `target` now, and what is wrong with others."""
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    names, faults = [], []
    for name in release_names(source):
        try:
            wanted = read_bundle(source / name)
            if name not in release_names(target) or read_bundle(target / name) != wanted:
                partial = target / f".{name}.partial"
                shutil.rmtree(partial, ignore_errors=True)
                shutil.copytree(source / name, partial)
                shutil.rmtree(target / name, ignore_errors=True)
                partial.rename(target / name)
            read_bundle(target / name)
        except BundleError as error:
            faults.append(f"release {name}: {error}")
        else:
            names.append(name)
    if (source / ALIAS_FILE).is_file():
        read_aliases(source)
        write_whole(target / ALIAS_FILE, (source / ALIAS_FILE).read_bytes())
    return tuple(names), faults


def _drop_the_rest(folder: Path, snapshot: Path) -> None:
    """Earlier ledgers, and files that nothing in this one refers to: what was deleted leaves here too."""
    for ledger in folder.glob("ledger-*.sqlite"):
        if ledger != snapshot:
            ledger.unlink()
    for path in unreferenced(folder, snapshot):
        path.unlink()


def _check_in_database(settings: Settings) -> Tally:
    """A database looks after itself; its files are looked at."""
    ledger = Ledger.open(settings.ledger_url(), as_it_is=True)
    try:
        with ledger.read() as session:
            return check_files(settings.data, references_of(session))
    finally:
        ledger.close()


def _settings(args: argparse.Namespace) -> Settings:
    return Settings.from_environment(
        os.environ, data=args.data, releases=args.releases, database_url=args.database_url
    )


def _add_options(parser: argparse.ArgumentParser, data: str) -> None:
    parser.add_argument("--data", type=Path, help=data)
    parser.add_argument("--releases", type=Path, help="the folder of releases")
    parser.add_argument(
        "--database-url", help="postgresql://USER@HOST/DATABASE instead of SQLite in the data folder"
    )


def _ledger_path(settings: Settings) -> Path:
    path = sqlite_file(settings.ledger_url())
    if path is None:
        raise BackupError(
            "the ledger is in PostgreSQL; expected pg_dump (pg_restore) for it, and a copy of the folder "
            f"{settings.data} made after the dump: docs/guide/operator.md, PostgreSQL, has the commands"
        )
    return path


def _ledger_of(settings: Settings) -> Path:
    path = _ledger_path(settings)
    if not path.is_file():
        raise BackupError(f"{path}: no ledger there; give the --data of the service")
    return path


def _told(record: BackupRecord) -> str:
    names = ", ".join(record.releases) or "none"
    return f"{record.inspections} inspections; {_counts(record.files)}; releases: {names}"


def _counts(files: dict[str, int]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in files.items()) or "no files"


def _print_faults(faults: Sequence[str]) -> int:
    for fault in faults:
        print(f"fault     {fault}", file=sys.stderr)
    return 1 if faults else 0
