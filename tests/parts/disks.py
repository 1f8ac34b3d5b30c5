"""Disks that take nothing any more, for tests: a file system that is full, or read-only; or a limit on files.

with small_disk() as disk: disk.fill() … disk.free()

Mounting needs root; `mounting_fault()` says why it is not possible here, or None.
"""

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

SIZE_MB = 12


@dataclass(frozen=True)
class SmallDisk:
    """A file system in memory, a few megabytes large."""

    folder: Path

    def fill(self) -> None:
        """Not a byte is left."""
        with (self.folder / "filler").open("ab", buffering=0) as file:
            size = 1 << 20
            while size:
                try:
                    file.write(b"\0" * size)
                except OSError:
                    size //= 2

    def free(self) -> None:
        (self.folder / "filler").unlink()


@contextmanager
def small_disk() -> Iterator[SmallDisk]:
    with TemporaryDirectory() as folder:
        _mount("-t", "tmpfs", "-o", f"size={SIZE_MB}m", "none", folder)
        try:
            yield SmallDisk(Path(folder))
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """The folder and what is below it, for root too."""
    _mount("--bind", str(folder), str(folder))
    try:
        _mount("-o", "remount,bind,ro", str(folder))
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@cache
def mounting_fault() -> str | None:
    try:
        with small_disk():
            return None
    except (OSError, subprocess.CalledProcessError) as error:
        told = getattr(error, "stderr", None) or str(error)
        return f"nothing can be mounted here: {told.strip()}"


@contextmanager
def no_file_grows(process: int) -> Iterator[None]:
    """A running process writes nothing new: to it, each file is as large as one may be."""
    before = resource.prlimit(process, resource.RLIMIT_FSIZE)
    resource.prlimit(process, resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.prlimit(process, resource.RLIMIT_FSIZE, before)


def _mount(*words: str) -> None:
    environment = {**os.environ, "LC_ALL": "C"}
    subprocess.run(["mount", *words], check=True, capture_output=True, text=True, env=environment)
