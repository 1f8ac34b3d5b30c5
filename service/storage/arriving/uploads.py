"""Photos that arrive in parts: what came is kept until it is whole and an inspection takes it.

with uploads.open(owner, upload, length) as part:
    part.append(offset, data)      # in its place, or not at all
    part.sync()                    # kept, whatever happens to this process; only now is it acknowledged

`in_folder` keeps them as files, `in_store` as objects of a bucket with their places in the ledger; whoever
uses them need not know which. What nobody finished is swept.

Exception
├── WrongOffset       the upload is elsewhere: where
├── OtherLength       the upload was begun with another length
├── Unfinished        it is not whole, or unknown
└── TooMuchArriving   its owner has too much unfinished already
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from ubora.service.storage.watch import Watch


class WrongOffset(Exception):  # noqa: N818 (tus.io's own word)
    def __init__(self, offset: int) -> None:
        super().__init__(f"the upload has {offset} bytes")
        self.offset = offset


class OtherLength(Exception):  # noqa: N818
    def __init__(self, length: int) -> None:
        super().__init__(f"the upload was begun with {length} bytes")
        self.length = length


class Unfinished(Exception):  # noqa: N818
    def __init__(self, offset: int) -> None:
        super().__init__(f"the upload has {offset} bytes so far")
        self.offset = offset


class TooMuchArriving(Exception):  # noqa: N818
    """Too many unfinished uploads of one owner, or too large together."""

    def __init__(self, uploads: int, held: int) -> None:
        super().__init__(f"{uploads} unfinished uploads of {held:,} bytes")


@dataclass(frozen=True)
class Progress:
    """How far an upload has come, in bytes."""

    offset: int
    length: int


@dataclass(frozen=True)
class Limits:
    """Of what one owner may leave unfinished."""

    most_uploads: int
    most_bytes: int

    def check(self, uploads: int, held: int, length: int) -> None:
        """Raises TooMuchArriving where one of that length beside those is more than may be."""
        if uploads >= self.most_uploads or held + length > self.most_bytes:
            raise TooMuchArriving(uploads, held)


class Part(ABC):
    """One upload, held open by one request. Its methods may be called by any thread, and block."""

    length: int
    """Bytes of the whole upload."""
    in_memory: bool
    """Whether what was appended is held in memory until it is synced."""

    @abstractmethod
    def offset(self) -> int:
        """Where the next byte goes, as far as is known here."""

    @abstractmethod
    def append(self, offset: int, data: bytes) -> int:
        """Add bytes at `offset`, where the upload must end now; returns where it ends then.

        Raises:
            WrongOffset: another request was here before, or the upload was taken or swept away. Where the
                bytes are held in memory, `sync` raises it.
            OSError: no space. What was written stays.
        """

    @abstractmethod
    def sync(self) -> None:
        """Keep what was appended.

        Raises:
            WrongOffset, LedgerError, OSError: it is not kept.
        """

    @abstractmethod
    def close(self) -> None:
        """Keep what was appended where that can be done, and let go of the upload. Raises nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Uploads(ABC):
    """All unfinished uploads. An owner is the id of a token; it finds its own uploads only.

    Shared by threads, and with other processes. Where the ledger is asked, it may raise LedgerError; none of
    this is to be called within a transaction.
    """

    @abstractmethod
    def check_there(self) -> None:
        """Raises OSError where nothing could be kept."""

    @abstractmethod
    def open(self, owner: str, upload: str, length: int, offset: int = 0) -> Part:
        """The upload, begun where there is none and its first byte is offered.

        Args:
            upload: a UUID in its canonical spelling.

        Raises:
            WrongOffset: there is none, and the offset is not 0.
            OtherLength, TooMuchArriving.
        """

    @abstractmethod
    def progress(self, owner: str, upload: str) -> Progress | None:
        """How far it has come; that much is kept. None where there is no such upload."""

    @abstractmethod
    def length(self, owner: str, upload: str) -> int:
        """Bytes of the whole upload, however much of it has come; 0 where there is none."""

    @abstractmethod
    def read(self, owner: str, upload: str) -> bytes:
        """The bytes of a whole upload.

        Raises:
            Unfinished: it is not whole; at 0 also where there is none.
        """

    @abstractmethod
    def drop(self, owner: str, upload: str) -> None:
        """Forget it, where there is one."""

    @abstractmethod
    def drop_all(self, owner: str) -> int:
        """Forget all of an owner's; returns how many there were."""

    @abstractmethod
    def sweep(self, older_than_hours: float, watch: Watch) -> int:
        """Remove what nothing was added to for so long; returns how many."""

    def drop_these(self, owner: str, uploads: Iterable[str] | None) -> None:
        for upload in uploads or ():
            self.drop(owner, upload)
