"""A ZIP that is sent while it is made: chunks of about 256 KB, and nothing of it held beyond that.

put = Zipped(at)
yield from put.text("about.json", parts)      # made smaller
yield from put.file("photos/1.jpg", file)     # as it is
yield put.end()
"""

import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, BinaryIO, cast

CHUNK_BYTES = 262_144


class Zipped:
    """One ZIP; what is given back is to be sent before the next entry is begun.

    Args:
        at: the time that every entry bears.
    """

    def __init__(self, at: datetime) -> None:
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(cast(Any, self._sink), "w")
        # A ZIP knows no time before 1980, which a clock that was never set may show.
        year, month, day, hour, minute, second = at.timetuple()[:6]
        self._at = (year, month, day, hour, minute, second) if year >= 1980 else (1980, 1, 1, 0, 0, 0)

    def text(self, name: str, parts: Iterable[str]) -> Iterator[bytes]:
        return self._entry(name, zipfile.ZIP_DEFLATED, (part.encode() for part in parts))

    def file(self, name: str, file: BinaryIO) -> Iterator[bytes]:
        """A photo or sound, which is as small as it gets. The file is closed at the end."""
        with file:
            yield from self._entry(name, zipfile.ZIP_STORED, iter(lambda: file.read(CHUNK_BYTES), b""))

    def end(self) -> bytes:
        """The list of entries: without it, it is no ZIP."""
        self._zip.close()
        return self._sink.take()

    def _entry(self, name: str, how: int, parts: Iterable[bytes]) -> Iterator[bytes]:
        info = zipfile.ZipInfo(name, self._at)
        info.compress_type = how
        info.external_attr = 0o600 << 16
        with self._zip.open(info, "w") as entry:
            for part in parts:
                entry.write(part)
                if len(self._sink) >= CHUNK_BYTES:
                    yield self._sink.take()


class _Sink:
    """What was written and not sent yet. It has no place to go back to, so the ZIP is written in one go."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def write(self, data: bytes) -> int:
        self._waiting += data
        return len(data)

    def flush(self) -> None:
        """There is nothing behind it."""

    def take(self) -> bytes:
        ready, self._waiting = bytes(self._waiting), bytearray()
        return ready

    def __len__(self) -> int:
        return len(self._waiting)
