"""Ledgers and the files that they refer to, copied and held against their hashes.

snapshot = copy_ledger(data / "ledger.sqlite", folder)     # one moment of it, beside running writers
tally = copy_files(PhotoStore(data), PhotoStore(folder), snapshot)     # each photo once, read back
faults = ledger_faults(snapshot)
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from tqdm import tqdm

from ubora.models.bundle import file_digest
from ubora.service.ledger.references import REFERENCES
from ubora.service.storage.photos import PhotoStore, sync_folder


class CopyError(ValueError):
    """A ledger that cannot be copied whole: why."""


@dataclass
class Tally:
    """What a copy came to."""

    files: dict[str, int] = field(default_factory=dict)
    copied: int = 0
    faults: list[str] = field(default_factory=list)


def copy_ledger(ledger: Path, folder: Path) -> Path:
    """The ledger at one moment, under its hash."""
    partial = folder / f"{ledger.name}.partial"
    partial.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(ledger)) as source, closing(sqlite3.connect(partial)) as copy:
            # All pages in one step: one moment, and writers go on, since they write to their log.
            source.backup(copy)
            # A file of its own, without a log beside it.
            copy.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise CopyError(f"{ledger}: cannot be copied: {error}") from None
    faults = ledger_faults(partial)
    if faults:
        raise CopyError(f"the copy of {ledger} is not sound: {'; '.join(faults[:3])}")
    named = folder / f"ledger-{file_digest(partial)}.sqlite"
    into_place(partial, named)
    return named


def copy_files(origin: PhotoStore, copies: PhotoStore, ledger: Path) -> Tally:
    """Each file that a ledger refers to, from one store to another, read back; none twice."""
    tally = Tally()
    for kind, sha256 in references(ledger):
        tally.files[kind] = tally.files.get(kind, 0) + 1
        if copies.fault(kind, sha256) is None:
            continue
        copies.remove(kind, sha256)
        fault = origin.fault(kind, sha256)
        if fault is None:
            copies.put(kind, origin.path(kind, sha256).read_bytes())
            fault = copies.fault(kind, sha256)
        if fault is None:
            tally.copied += 1
        else:
            tally.faults.append(fault)
    return tally


def check_files(store: PhotoStore, named: Iterable[tuple[str, str]]) -> Tally:
    """Whether each file that a ledger refers to is there and unaltered.

    Args:
        named: (kind, sha256) of each, as `references` of this file or of `ledger` tells them.
    """
    tally = Tally()
    for kind, sha256 in named:
        tally.files[kind] = tally.files.get(kind, 0) + 1
        fault = store.fault(kind, sha256)
        if fault is not None:
            tally.faults.append(fault)
    return tally


def ledger_faults(ledger: Path) -> list[str]:
    """What SQLite finds wrong with a ledger: pages, indexes, references; empty where it is sound."""
    try:
        with closing(sqlite3.connect(ledger)) as reader:
            faults = [str(row[0]) for row in reader.execute("PRAGMA integrity_check(20)")]
            broken = [f"{row[0]}: row {row[1]} refers to a {row[2]} that is not there"
                      for row in reader.execute("PRAGMA foreign_key_check")]  # fmt: skip
    except sqlite3.DatabaseError as error:
        return [f"{ledger}: {error}"]
    return [f"{ledger}: {line}" for line in (*faults, *broken) if line != "ok"]


def references(ledger: Path) -> Iterator[tuple[str, str]]:
    """(kind, sha256) of every file that the ledger refers to, each once."""
    with closing(sqlite3.connect(ledger)) as reader:
        for kind in REFERENCES:
            queries = [
                f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL AND {kept}"
                for table, column, kept in _columns(reader, kind)
            ]
            rows = reader.execute(" UNION ".join(queries)) if queries else ()
            for (sha256,) in tqdm(rows, desc=kind, unit="file", disable=None):
                yield kind, str(sha256)


def unreferenced(folder: Path, ledger: Path) -> Iterator[Path]:
    """The files of a folder that nothing in the ledger refers to."""
    store = PhotoStore(folder)
    with closing(sqlite3.connect(ledger)) as reader:
        for kind in REFERENCES:
            queries = [
                f"SELECT 1 FROM {table} WHERE {column} = :sha AND {kept}"
                for table, column, kept in _columns(reader, kind)
            ]
            query = " UNION ALL ".join(queries) or "SELECT 1 WHERE 0"
            for sha256, path in store.files(kind):
                if reader.execute(query, {"sha": sha256}).fetchone() is None:
                    yield path


def _columns(reader: sqlite3.Connection, kind: str) -> list[tuple[str, str, str]]:
    """(table, column, whether the file is kept) where a ledger may name files of a kind.

    One of an older release lacks some, and kept all.
    """
    tables = {str(row[0]) for row in reader.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    found = []
    for one in REFERENCES[kind]:
        table = one.column.class_.__tablename__
        if table not in tables:
            continue
        columns = {str(row[1]) for row in reader.execute(f"PRAGMA table_info({table})")}
        asked = one.removed is not None and one.removed.key in columns
        found.append((table, one.column.key, f"{one.removed.key} IS NULL" if asked else "1"))
    return found


def is_whole(path: Path, sha256: str) -> bool:
    """Whether a file is there and is what its hash says."""
    return path.is_file() and file_digest(path) == sha256


def into_place(partial: Path, path: Path) -> None:
    """Give a written file its name, on the disk when this returns."""
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    partial.replace(path)
    sync_folder(path.parent)
