"""Photo → network input. The only implementation: training, export, evaluation and service all call this.

    network_input_hwc, frame = frame_photo(data, 384)   # (384, 384, 3) uint8 RGB, and where the photo lies
    photo = OpenPhoto(data, at_least=768)               # decoded once, to be looked at twice
    network_input_hwc, frame = photo.look(384, place)

ValueError
└── PhotoError      not a photo we can inspect: what was found, what was expected
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from models.imaging import header as picture_header
from models.imaging.faults import Flooded, PictureError
from models.imaging.foreign import but

PhotoArray = NDArray[np.uint8]

MAX_PIXELS = 64_000_000
"""A 50-MP phone photo passes; a 200-MP header is refused before a byte of it is decoded."""
MAX_LOOK_PIXELS = 24_000_000
"""Of a second look: what has more is decoded at half its scale, or two photos would take a gigabyte."""
MIN_SIDE_PX = 64
FILL = 114
"""Grey of the letterbox bars, 0–255."""
_SIDEWAYS = (5, 6, 7, 8)
_STRIP_ROWS = 256
_DECODE = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}


class PhotoError(ValueError):
    """These bytes are not a photo that can be inspected."""


@dataclass(frozen=True)
class PhotoHeader:
    """What the first bytes say. `width` and `height` are those of the upright photo, in pixels."""

    format: picture_header.Kind
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

    Args:
        data: a JPEG, PNG or WebP file.
        at_least: the longer side needed for a look at all of it, in pixels.

    Raises:
        PhotoError: as `decode_photo`.
    """

    def __init__(self, data: bytes, *, at_least: int) -> None:
        self.data = data
        self.header = read_header(data)
        self.pixels_hwc = decode_photo(data, at_least=at_least)

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
        decoded = _decode(self.data, self.header, at_least, most_pixels=MAX_LOOK_PIXELS)
        turn = self.header.orientation
        height, width = decoded.shape[1::-1] if turn in _SIDEWAYS else decoded.shape[:2]
        rows, columns = _part(place, width / self.header.width)
        if turn in (3, 4, 7, 8):
            rows = slice(max(0, height - rows.stop), height - rows.start)
        if turn in (2, 3, 6, 7):
            columns = slice(max(0, width - columns.stop), width - columns.start)
        part = decoded[columns, rows] if turn in _SIDEWAYS else decoded[rows, columns]
        return np.asarray(cv2.cvtColor(_upright(part, turn), cv2.COLOR_BGR2RGB), np.uint8)


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
        PhotoError: empty, not JPEG/PNG/WebP by content, animated, larger than MAX_PIXELS, smaller than
            MIN_SIDE_PX on a side.
    """
    if not data:
        raise PhotoError("the file is empty; expected a JPEG, PNG or WebP photo")
    try:
        found = picture_header.read(data)
    except Flooded as error:
        raise PhotoError(f"a broken picture file: {error}") from None
    except PictureError:
        raise PhotoError(
            f"not a JPEG, PNG or WebP photo by its content{but(data) or ', or broken in its first bytes'}"
        ) from None
    width, height = found.width, found.height
    if width * height > MAX_PIXELS:
        megapixels = width * height / 1e6
        raise PhotoError(f"{megapixels:.0f} megapixels by its header; at most {MAX_PIXELS // 1_000_000}")
    if min(width, height) < MIN_SIDE_PX:
        raise PhotoError(f"{width} × {height} pixels; expected at least {MIN_SIDE_PX} on each side")
    if found.animated:
        raise PhotoError("an animation; expected one photo")
    if found.orientation in _SIDEWAYS:
        width, height = height, width
    return PhotoHeader(found.kind, width, height, found.orientation)


def decode_photo(data: bytes, *, at_least: int | None = None) -> PhotoArray:
    """Bytes → (h, w, 3) uint8 RGB, upright.

    Args:
        data: a JPEG, PNG or WebP file; grey, CMYK and 16-bit files become 8-bit RGB, alpha is dropped.
        at_least: the longer side needed, in pixels. A larger JPEG is decoded at 1/2, 1/4 or 1/8 scale as
            long as its longer side stays at or above it, which costs a fraction of a full decode.

    Raises:
        PhotoError: as `read_header`, and for a file that is cut short or broken inside.
    """
    photo_hwc = decode_bgr(data, at_least=at_least)
    # In strips, in its place: a second array of a large photo is the memory of a hundred requests.
    for top in range(0, len(photo_hwc), _STRIP_ROWS):
        strip = photo_hwc[top : top + _STRIP_ROWS]
        strip[...] = cv2.cvtColor(strip, cv2.COLOR_BGR2RGB)
    return photo_hwc


def decode_bgr(data: bytes, *, at_least: int | None = None) -> PhotoArray:
    """As `decode_photo`, in the order of colours that OpenCV writes files from."""
    header = read_header(data)
    return _upright(_decode(data, header, at_least), header.orientation)


def _decode(
    data: bytes, header: PhotoHeader, at_least: int | None, *, most_pixels: int | None = None
) -> PhotoArray:
    """(h, w, 3) uint8 BGR as stored, at the smallest scale that is enough and not too much."""
    _check_complete(data, header.format)
    reduction = 1
    if at_least is not None and header.format == "JPEG":
        longer, pixels = max(header.width, header.height), header.width * header.height
        reduction = next((factor for factor in (8, 4, 2) if longer // factor >= at_least), 1)
        while most_pixels is not None and pixels // reduction**2 > most_pixels:
            reduction *= 2
    # Orientation is applied here rather than by the decoder, which knows it for JPEG only.
    flag = _DECODE[reduction] | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), flag)
    except cv2.error:
        decoded = None
    if decoded is None:
        raise PhotoError(f"a {header.format} header, but its pixels cannot be decoded")
    return np.asarray(decoded, np.uint8)


def _check_complete(data: bytes, kind: picture_header.Kind) -> None:
    try:
        picture_header.check_whole(data, kind)
    except PictureError as error:
        raise PhotoError(f"a broken {kind} file: {error}; send it again") from None


def _upright(photo_hwc: PhotoArray, orientation: int) -> PhotoArray:
    """Undo EXIF orientation 1–8 (CIPA DC-008, 4.6.4)."""
    if orientation in (2, 4):
        return np.asarray(cv2.flip(photo_hwc, 1 if orientation == 2 else 0), np.uint8)
    if orientation in (5, 7):
        turned = cv2.transpose(photo_hwc)
        return np.asarray(turned if orientation == 5 else cv2.flip(turned, -1), np.uint8)
    turn = {3: cv2.ROTATE_180, 6: cv2.ROTATE_90_CLOCKWISE, 8: cv2.ROTATE_90_COUNTERCLOCKWISE}
    if orientation in turn:
        return np.asarray(cv2.rotate(photo_hwc, turn[orientation]), np.uint8)
    return photo_hwc


def _part(place: Place, scale: float) -> tuple[slice, slice]:
    """Rows and columns of a place in a photo decoded at that scale; at least one of each."""
    left, top = round(place.x * scale), round(place.y * scale)
    right = max(left + 1, round((place.x + place.width) * scale))
    bottom = max(top + 1, round((place.y + place.height) * scale))
    return slice(top, bottom), slice(left, right)
