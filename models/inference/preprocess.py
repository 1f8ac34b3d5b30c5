"""Photo → network input. The only implementation: training, export, evaluation and service all call this.

    network_input_hwc, frame = frame_photo(data, 384)   # (384, 384, 3) uint8 RGB, and where the photo lies
    photo = OpenPhoto(data, at_least=768)               # decoded once, to be looked at twice
    network_input_hwc, frame = photo.look(384, place)

A photo that cannot be inspected is a PhotoError (models/imaging/faults.py).
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ubora.models.imaging import limits
from ubora.models.imaging.faults import PictureError
from ubora.models.imaging.header import SIDEWAYS, Header, Kind
from ubora.models.imaging.reading import Picture, examine_header

PhotoArray = NDArray[np.uint8]

MAX_LOOK_PIXELS = 24_000_000
"""Of a second look: what has more is decoded at half its scale, or two photos would take a gigabyte."""
MIN_SIDE_PX = limits.MIN_SIDE_PX
FILL = 114
"""Grey of the letterbox bars, 0–255."""
_STRIP_ROWS = 256


PhotoError = PictureError
"""These bytes are not a photo that can be inspected: said by the reader, alike in every room."""


@dataclass(frozen=True)
class PhotoHeader:
    """What the first bytes say. `width` and `height` are those of the upright photo, in pixels."""

    format: Kind
    width: int
    height: int
    orientation: int
    """EXIF orientation, 1–8; 1 is upright already."""


@dataclass(frozen=True)
class Place:
    """A part of an upright photo, in its pixels."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Letterbox:
    """Where a photo, or a part of it, lies in a square input: scaled to fit, centred, on grey bars."""

    size: int
    width: int
    """Of the framed part, pixels of the upright photo."""
    height: int
    left: int
    top: int
    fitted_width: int
    fitted_height: int
    x: int = 0
    """Where the framed part begins in the upright photo."""
    y: int = 0

    @classmethod
    def of(cls, place: Place, size: int) -> "Letterbox":
        """The frame of a part of a photo in a `size` × `size` input."""
        return replace(cls.around(place.width, place.height, size), x=place.x, y=place.y)

    @classmethod
    def around(cls, width: int, height: int, size: int) -> "Letterbox":
        """The frame of an upright photo of `width` × `height` pixels in a `size` × `size` input."""
        scale = size / max(width, height)
        fitted_width = max(1, round(width * scale))
        fitted_height = max(1, round(height * scale))
        left, top = (size - fitted_width) // 2, (size - fitted_height) // 2
        return cls(size, width, height, left, top, fitted_width, fitted_height)

    def place(self) -> Place:
        """The framed part."""
        return Place(self.x, self.y, self.width, self.height)

    def apply(self, photo_hwc: PhotoArray) -> PhotoArray:
        """(h, w, 3) uint8, at any scale of the framed part → (size, size, 3) uint8."""
        return self._place(photo_hwc, cv2.INTER_AREA, FILL)

    def apply_mask(self, mask_hw: PhotoArray) -> PhotoArray:
        """(h, w) uint8 mask of the whole photo → (size, size) uint8, 0–255, soft where partly covered.

        A thin scratch survives as a partial value instead of vanishing between samples.
        """
        part = mask_hw[self.y : self.y + self.height, self.x : self.x + self.width]
        return self._place(part, cv2.INTER_AREA, 0)

    def cells(self, grid: int) -> tuple[slice, slice]:
        """Rows and columns of a `grid` × `grid` map that lie on the photo, not on the bars."""
        cell = self.size / grid
        rows = slice(int(self.top / cell), max(1, int(np.ceil((self.top + self.fitted_height) / cell))))
        columns = slice(int(self.left / cell), max(1, int(np.ceil((self.left + self.fitted_width) / cell))))
        return rows, columns

    def _place(self, array: PhotoArray, interpolation: int, fill: int) -> PhotoArray:
        size = (self.fitted_width, self.fitted_height)
        # INTER_AREA magnifies in blocks; a photo smaller than the input is enlarged smoothly instead.
        enlarging = array.shape[1] < self.fitted_width
        fitted = cv2.resize(array, size, interpolation=cv2.INTER_LINEAR if enlarging else interpolation)
        framed = np.full((self.size, self.size, *array.shape[2:]), fill, np.uint8)
        rows = slice(self.top, self.top + self.fitted_height)
        framed[rows, self.left : self.left + self.fitted_width] = fitted
        return framed


class OpenPhoto:
    """A photo's bytes, decoded once at a scale that serves, and more finely only where a look needs it.

    What a file may be, and how it is decoded, is decided in `models.imaging`, for every room.

    Args:
        data: a JPEG, PNG or WebP file.
        at_least: the longer side needed for a look at all of it, in pixels.

    Raises:
        PhotoError: as `decode_photo`.
    """

    def __init__(self, data: bytes, *, at_least: int) -> None:
        self._picture = Picture(data)
        self.header = _header_of(self._picture.header)
        self.pixels_hwc = self._picture.upright(at_least=at_least)

    def alone(self) -> bytes:
        """The file as it may be kept: without metadata, and without a byte that is no picture.

        Raises:
            PhotoError: as `decode_photo`.
        """
        return self._picture.alone()

    def unusual(self) -> tuple[str, ...]:
        """What was lost on the way to 8-bit sRGB: CMYK, 16 bits a channel, transparency, a profile."""
        return self._picture.unusual()

    def look(self, size: int, place: Place | None = None) -> tuple[PhotoArray, Letterbox]:
        """All of the photo, or a part of it, in a `size` × `size` frame: (size, size, 3) uint8 RGB."""
        if place is None:
            frame = Letterbox.around(self.header.width, self.header.height, size)
            return frame.apply(self.pixels_hwc), frame
        frame = Letterbox.of(place, size)
        scale = self.pixels_hwc.shape[1] / self.header.width
        if scale < 1 and max(place.width, place.height) * scale < size:
            # The piece is small in a large photo: its own pixels are there, they were only left out.
            longer = max(self.header.width, self.header.height)
            needed = size / max(place.width, place.height) * longer
            return frame.apply(self._decode_part(place, min(longer, int(np.ceil(needed))))), frame
        rows, columns = _part(place, scale)
        return frame.apply(self.pixels_hwc[rows, columns]), frame

    def _decode_part(self, place: Place, at_least: int) -> PhotoArray:
        """Only that part is turned and put into our colour order; the whole would be there three times."""
        decoded = self._picture.stored(at_least=at_least, most_pixels=MAX_LOOK_PIXELS)
        turn = self.header.orientation
        height, width = decoded.shape[1::-1] if turn in SIDEWAYS else decoded.shape[:2]
        rows, columns = _part(place, width / self.header.width)
        if turn in (3, 4, 7, 8):
            rows = slice(max(0, height - rows.stop), height - rows.start)
        if turn in (2, 3, 6, 7):
            columns = slice(max(0, width - columns.stop), width - columns.start)
        part = decoded[columns, rows] if turn in SIDEWAYS else decoded[rows, columns]
        return np.ascontiguousarray(self._picture.finish(part))


def frame_photo(data: bytes, size: int) -> tuple[PhotoArray, Letterbox]:
    """A photo's bytes → the network's input, (size, size, 3) uint8 RGB, and its frame.

    The photo is decoded at no less than twice the input, so that the area filter has pixels to average.

    Raises:
        PhotoError: as `decode_photo`.
    """
    return OpenPhoto(data, at_least=2 * size).look(size)


def read_header(data: bytes) -> PhotoHeader:
    """Format, upright size and orientation from the header alone.

    Raises:
        PhotoError: empty, not JPEG/PNG/WebP by content, animated, beyond the limits of `models.imaging`,
            smaller than MIN_SIDE_PX on a side.
    """
    return _header_of(examine_header(data))


def decode_photo(data: bytes, *, at_least: int | None = None) -> PhotoArray:
    """Bytes → (h, w, 3) uint8 RGB, upright, in sRGB.

    Args:
        data: a JPEG, PNG or WebP file; grey, CMYK and 16-bit files become 8-bit RGB, what can be seen
            through stands on white.
        at_least: the longer side needed, in pixels. A larger JPEG is decoded at 1/2, 1/4 or 1/8 scale as
            long as its longer side stays at or above it, which costs a fraction of a full decode.

    Raises:
        PhotoError: as `read_header`, and for a file that is cut short or broken inside.
    """
    return Picture(data).upright(at_least=at_least)


def decode_bgr(data: bytes, *, at_least: int | None = None) -> PhotoArray:
    """As `decode_photo`, in the order of colours that OpenCV writes files from."""
    photo_hwc = decode_photo(data, at_least=at_least)
    # In strips, in its place: a second array of a large photo is the memory of a hundred requests.
    for top in range(0, len(photo_hwc), _STRIP_ROWS):
        strip = photo_hwc[top : top + _STRIP_ROWS]
        strip[...] = cv2.cvtColor(strip, cv2.COLOR_RGB2BGR)
    return photo_hwc


def _header_of(header: Header) -> PhotoHeader:
    return PhotoHeader(header.kind, *header.upright_size, header.orientation)


def _part(place: Place, scale: float) -> tuple[slice, slice]:
    """Rows and columns of a place in a photo decoded at that scale; at least one of each."""
    left, top = round(place.x * scale), round(place.y * scale)
    right = max(left + 1, round((place.x + place.width) * scale))
    bottom = max(top + 1, round((place.y + place.height) * scale))
    return slice(top, bottom), slice(left, right)
