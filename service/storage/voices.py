"""Voice notes are as hostile as photos: known by content, kept as they are, and never played by our server.

kind = voice_kind(data)            # "webm", "ogg", "mp4", "wav"
media_type = MEDIA_TYPES[kind]     # always audio, whatever was claimed

Nothing here decodes them. They are sent with a fixed type, `nosniff` and as an attachment, so that a browser
that is led to one saves it, and only an <audio> of our own page plays it.
"""

from datetime import datetime
from typing import Protocol

from fastapi.responses import FileResponse

from ubora.service.http.errors import Problem, not_found
from ubora.service.http.stored_files import check_kept, stored_file
from ubora.service.storage.photos import PhotoStore

MEDIA_TYPES = {"webm": "audio/webm", "ogg": "audio/ogg", "mp4": "audio/mp4", "wav": "audio/wav"}
_EBML = b"\x1a\x45\xdf\xa3"


class VoiceError(ValueError):
    """By its content no voice note that a phone records."""


def voice_kind(data: bytes) -> str:
    """What kind of file it is, by its first bytes.

    Raises:
        VoiceError: empty, or none of MEDIA_TYPES.
    """
    if data.startswith(_EBML) and b"webm" in data[:64]:
        return "webm"
    if data.startswith(b"OggS\x00"):
        return "ogg"
    if data[4:8] == b"ftyp" and int.from_bytes(data[:4], "big") <= 64:
        return "mp4"
    if data.startswith(b"RIFF") and data[8:12] == b"WAVE":
        return "wav"
    raise VoiceError(f"not a {', '.join(MEDIA_TYPES)} sound by its content")


class Voiced(Protocol):
    """A row that may have a voice note."""

    @property
    def voice_sha256(self) -> str | None: ...
    @property
    def voice_kind(self) -> str | None: ...
    @property
    def voice_removed_at(self) -> datetime | None: ...
    @property
    def voice_removed_why(self) -> str | None: ...


def put_voice(store: PhotoStore, voice: bytes | None) -> dict[str, str]:
    """Store a voice note that was sent; its columns in a row, none where none was sent.

    Raises:
        Problem: 415, it is none.
    """
    if voice is None:
        return {}
    try:
        kind = voice_kind(voice)
    except VoiceError as error:
        raise Problem(415, "not-a-voice", "Not a voice note", f"voice: {error}") from None
    return {"voice_kind": kind, "voice_sha256": store.put_voice(voice)}


def voice_answer(store: PhotoStore, row: Voiced | None) -> FileResponse:
    """The voice note of a row. Reads its first byte, so it is for a worker thread.

    Raises:
        Problem: 404 it has none, or there is no such row, 410 it is no longer kept.
    """
    if row is None or row.voice_sha256 is None or row.voice_kind is None:
        raise not_found("voice note")
    check_kept("voice note", row.voice_removed_at, row.voice_removed_why)
    return stored_file(
        store.voice_path(row.voice_sha256),
        MEDIA_TYPES[row.voice_kind],
        filename=f"voice.{row.voice_kind}",
        content_disposition_type="attachment",
    )
