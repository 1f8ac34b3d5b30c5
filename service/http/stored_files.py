"""A file of the photo store as an answer: looked at before the answer begins, so that what is wrong is said.

return stored_file(state.store.photo_path(sha256), "image/jpeg")

404 is a file that is gone alone; 503 a folder that is gone, or a disk that does not read (`errors`).
"""

import os
from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi.responses import FileResponse

from ubora.service.http.errors import Problem, not_found

KEEP = {"Cache-Control": "private, max-age=31536000, immutable", "Vary": "Authorization, Cookie"}
"""Of a file that is named by its content and so never changes: kept for who asked, shown to nobody else."""

_BECAUSE = {"deleted": "an admin deleted it", "played": "the piece is played, and there was none"}


def stored_file(path: Path, media_type: str, **how: Any) -> FileResponse:
    """The answer. Reads its first byte, so it is for a worker thread.

    Args:
        path: <kind>/<two digits>/<the rest> of the store.
        how: further arguments of FileResponse.

    Raises:
        Problem: 404, the ledger knows the file and its folder has it no more.
        OSError: it cannot be read, or all of its kind are gone.
    """
    try:
        with path.open("rb") as file:
            file.read(1)
            stat = os.fstat(file.fileno())
    except FileNotFoundError:
        path.parent.parent.stat()
        raise not_found("file any more") from None
    return FileResponse(path, media_type=media_type, headers=KEEP, stat_result=stat, **how)


def check_kept(what: str, removed_at: datetime | None, why: str | None) -> None:
    """
    Raises:
        Problem: 410, it was deleted, or is older than it is to be kept; the piece's record stays.
    """
    if removed_at is None:
        return
    because = _BECAUSE.get(why or "", "it was older than it is to be kept")
    detail = f"this {what} is no longer kept since {removed_at:%Y-%m-%d %H:%M} UTC: {because}"
    raise Problem(410, "not-kept", "No longer kept", detail)


def stored_bytes(path: Path) -> bytes:
    """Its content. Blocks; raises as `stored_file`."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        path.parent.parent.stat()
        raise not_found("file any more") from None
