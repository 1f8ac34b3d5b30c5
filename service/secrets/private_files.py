"""What Ubora keeps is for the account that runs it alone: folders 700, files 600.

tighten(settings)      # before anything is opened: a folder that was made open is closed

New files get that from the umask, which `ubora` sets before `serve` and `admin` make anything. SQLite gives
its -wal and -shm the rights of the ledger itself.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ubora.service.ledger.database import sqlite_file
from ubora.service.settings import Settings

FOLDERS = ("photos", "heatmaps", "voices", "partial", "arriving")
OTHERS = 0o077
"""What nobody but the owner may: the bits that are taken away, and the umask."""


def tighten(settings: Settings) -> list[Path]:
    """Close the data folder and the ledger to other accounts, where they are not closed.

    Only what Ubora makes is touched inside, whatever else is there. The folder comes last: it stands for all
    that is in it, so that later starts need not walk over a million photos.

    Returns:
        what is open and belongs to another account: what the operator has to look after.
    """
    left = [path for path in _ledger_files(settings) if not _close(path)]
    if settings.data.is_dir() and _is_open(settings.data):
        left += [path for path in _kept(settings.data) if not _close(path)]
        if not _close(settings.data):
            left.append(settings.data)
    return left


def _ledger_files(settings: Settings) -> list[Path]:
    path = sqlite_file(settings.ledger_url())
    if path is None:
        return []
    return [path, *(path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal"))]


def _kept(data: Path) -> Iterator[Path]:
    yield from (data / name for name in ("admin-token", "demo-tokens.json"))
    for folder in FOLDERS:
        for place, _, files in os.walk(data / folder):
            yield from (Path(place) / name for name in files)
            yield Path(place)


def _is_open(path: Path) -> bool:
    try:
        return bool(path.lstat().st_mode & OTHERS)
    except FileNotFoundError:
        return False


def _close(path: Path) -> bool:
    """Whether it is closed now; what is gone is."""
    with suppress(FileNotFoundError, NotADirectoryError):
        mode = path.lstat().st_mode
        if mode & OTHERS and not stat.S_ISLNK(mode):  # a link's own rights mean nothing
            try:
                path.chmod(stat.S_IMODE(mode) & ~OTHERS)
            except OSError:  # another account's, or the disk is read-only
                return False
    return True
