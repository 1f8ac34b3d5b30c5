"""Voice notes are as hostile as photos: known by content, kept as they are, and never played by our server.

kind = voice_kind(data)            # "webm", "ogg", "mp4", "wav"
media_type = MEDIA_TYPES[kind]     # always audio, whatever was claimed

Nothing here decodes them. They are sent with a fixed type, `nosniff` and as an attachment, so that a browser
that is led to one saves it, and only an <audio> of our own page plays it.
"""

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
