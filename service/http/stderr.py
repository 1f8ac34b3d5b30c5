"""Standard error as JSON alone: one object a line, whoever writes there.

with json_stderr() as terminal:      # the real standard error, for a progress bar and nothing else
    …

Loggers of every library, Python's warnings and uncaught exceptions come through `logging`. What native code
writes (libjpeg's "Corrupt JPEG data", OpenCV, the C library) comes by file descriptor 2, a pipe here that
a thread reads and logs line by line. Writing to that pipe never waits, for whoever writes may hold what
the thread needs to read: where it is full, the rest is lost. A crash is told by faulthandler, past all this.
"""

import faulthandler
import fcntl
import io
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import TextIO

from ubora.service.http.observe import LOGGER, JsonLines, log_event

LONGEST_BYTES = 4096
"""Of a line; the rest of it is dropped, as that of a library which prints what it was given."""
PIPE_BYTES = 1 << 20


@contextmanager
def json_stderr() -> Iterator[TextIO]:
    """Until the block ends; what was begun is written then, and everything is as it was before."""
    sys.stderr.flush()
    real = os.fdopen(os.dup(2), "w", encoding="utf-8", errors="backslashreplace", buffering=1)
    reader = _native_lines()
    told_before = faulthandler.is_enabled()
    faulthandler.enable(real)
    before = sys.stderr, sys.excepthook, threading.excepthook, sys.unraisablehook
    sys.stderr = ours = _Lines()
    sys.excepthook, threading.excepthook, sys.unraisablehook = (
        _on_uncaught,
        _on_uncaught_in_thread,
        _on_ignored,
    )
    handler = _Handler(real)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    others = root.handlers
    root.handlers = [handler]
    logging.captureWarnings(True)
    try:
        yield real
    finally:
        ours.end()
        sys.stderr, sys.excepthook, threading.excepthook, sys.unraisablehook = before
        os.dup2(real.fileno(), 2)  # the last writer of the pipe is gone, so its reader comes to the end
        reader.join(5)
        logging.captureWarnings(False)
        root.handlers = others
        faulthandler.disable()
        if told_before:
            faulthandler.enable(2)
        with suppress(OSError):  # what a full disk did not take
            real.close()


def _native_lines() -> threading.Thread:
    """File descriptor 2 becomes a pipe, and a thread logs what comes through it."""
    out, into = os.pipe()
    os.set_blocking(into, False)
    with suppress(OSError):  # more than this account may have
        fcntl.fcntl(into, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    os.dup2(into, 2)
    os.close(into)
    reader = threading.Thread(target=_follow, args=(out,), name="stderr", daemon=True)
    reader.start()
    return reader


def _follow(out: int) -> None:
    lines = LineCutter(_log_line)
    with os.fdopen(out, "rb", buffering=0) as pipe:
        while data := pipe.read(65_536):
            lines.take(data)
    lines.end()


class LineCutter:
    """Bytes as they come → whole lines, none of them longer than LONGEST_BYTES."""

    def __init__(self, told: Callable[[str], None]) -> None:
        self._told = told
        self._begun = bytearray()

    def take(self, data: bytes) -> None:
        *whole, rest = data.split(b"\n")
        for line in whole:
            self._keep(line)
            self.end()
        self._keep(rest)

    def end(self) -> None:
        """What was begun is a line, too."""
        line = self._begun.decode("utf-8", "replace").strip()
        self._begun.clear()
        if line:
            self._told(line)

    def _keep(self, data: bytes) -> None:
        self._begun += data[: LONGEST_BYTES - len(self._begun)]


def _log_line(line: str) -> None:
    log_event("stderr", level=logging.WARNING, text=line)


class _Handler(logging.StreamHandler[TextIO]):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's own word)
        """A log that cannot be written, as on a full disk, is no reason to stop, nor to try it for ever."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)


class _Lines(io.TextIOBase):
    """`sys.stderr` for who prints there from Python: straight to the log, for the pipe might be full."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self._lines = LineCutter(_log_line)
        self._one_at_a_time = threading.RLock()

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return 2

    def write(self, text: str) -> int:
        with self._one_at_a_time:
            self._lines.take(text.encode("utf-8", "backslashreplace"))
        return len(text)

    def end(self) -> None:
        """Lines are logged as they end; this one ends here."""
        with self._one_at_a_time:
            self._lines.end()

    def isatty(self) -> bool:
        return False


def _on_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    LOGGER.critical("bug", exc_info=(kind, error, trace))


def _on_uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    name = args.thread.name if args.thread else None
    error = args.exc_value or args.exc_type()
    LOGGER.critical(
        "bug", exc_info=(args.exc_type, error, args.exc_traceback), extra={"facts": {"thread": name}}
    )


def _on_ignored(args: "sys.UnraisableHookArgs") -> None:
    error = args.exc_value or args.exc_type()
    facts = {"ignored_in": repr(args.object), "why": args.err_msg}
    LOGGER.error("bug", exc_info=(args.exc_type, error, args.exc_traceback), extra={"facts": facts})
