"""What is wrong with a picture file.

ValueError
└── PictureError      not a photo that we take: what was found, what was expected
    ├── NotPhoto      by its content not a JPEG, PNG or WebP file
    ├── CutShort      the file ends before its picture does
    ├── TooSmall      fewer pixels than a verdict needs
    └── Flooded       more or larger parts than any camera or encoder writes
"""

from ubora.models.imaging.formats.foreign import Foreign


class PictureError(ValueError):
    """Not a picture file that we take."""


class NotPhoto(PictureError):  # noqa: N818  it reads as what it is
    """By its content not a JPEG, PNG or WebP file, whatever it is named.

    Args:
        found: what it is instead, where that is known.
    """

    def __init__(self, message: str, found: Foreign | None = None) -> None:
        super().__init__(message)
        self.found = found


class CutShort(PictureError):  # noqa: N818
    """The file ends before its picture does."""

    def __init__(self, message: str = "it ends before its picture does") -> None:
        super().__init__(message)


class TooSmall(PictureError):  # noqa: N818
    """Fewer pixels than a verdict needs."""


class Flooded(PictureError):  # noqa: N818
    """More or larger parts than any camera or encoder writes."""
