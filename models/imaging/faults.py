"""What is wrong with the parts of a picture file.

ValueError
└── PictureError      the parts do not add up to a whole picture
    ├── CutShort      the file ends before its picture does
    └── Flooded       more or larger parts than any camera or encoder writes
"""


class PictureError(ValueError):
    """The parts of these bytes do not add up to a whole picture file."""


class CutShort(PictureError):  # noqa: N818  it reads as what it is
    """The file ends before its picture does."""

    def __init__(self) -> None:
        super().__init__("it ends before its picture does")


class Flooded(PictureError):  # noqa: N818
    """More or larger parts than any camera or encoder writes."""
