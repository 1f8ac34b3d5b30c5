"""The one reader of photos: a file's bytes → upright pixels of 8-bit sRGB, or why not. Every room uses it.

    picture = Picture(data)               # refused by its header, or where parts of it are missing
    picture.upright(at_least=768)         # (h, w, 3) uint8 RGB, perhaps reduced; refused where cut short
    picture.alone()                       # the file without what is no picture, as it may be kept

A JPEG is decoded by libjpeg-turbo, which says what is missing; what can be seen through by Pillow, the rest
by OpenCV. All of them get the file without its metadata, and not a byte behind the picture.
"""

import io
import struct
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ubora.models.imaging import ending, limits
from ubora.models.imaging.colour import Meaning, meaning_of, profile_of
from ubora.models.imaging.faults import CutShort, Flooded, NotPhoto, PictureError, TooSmall
from ubora.models.imaging.formats import jpeg, png
from ubora.models.imaging.formats.foreign import but, foreign
from ubora.models.imaging.header import Header, kind_of
from ubora.models.imaging.header import read as read_header
from ubora.models.imaging.metadata import strip, strip_jpeg

Pixels = NDArray[np.uint8]
GROUND = 255
"""What shows through transparent pixels: white, on which shops stand what they cut out. Whatever colour such
pixels have kept is nothing that anybody saw."""
ANEW = "send the whole file; if it is whole, open it and save it anew as JPEG"
_TURN = {3: cv2.ROTATE_180, 6: cv2.ROTATE_90_CLOCKWISE, 8: cv2.ROTATE_90_COUNTERCLOCKWISE}


def examine_header(data: bytes) -> Header:
    """What the header says, of a photo within the limits; nothing is decoded.

    Raises:
        NotPhoto: another kind of file.
        TooSmall: less than MIN_SIDE_PX on a side.
        PictureError: empty, an animation, beyond the limits, broken before it says its size.
    """
    if not data:
        raise PictureError("the file is empty; expected a JPEG, PNG or WebP photo")
    if len(data) > limits.MAX_BYTES:
        raise PictureError(f"{len(data):,} bytes; expected at most {limits.MAX_BYTES:,}")
    kind = kind_of(data)
    if kind is None:
        raise NotPhoto(f"not a JPEG, PNG or WebP photo by its content{but(data)}", foreign(data))
    try:
        header = read_header(data)
    except Flooded as error:
        raise Flooded(f"a broken picture file: {error}") from None
    except PictureError as error:
        found = f"not a JPEG, PNG or WebP photo by its content, or broken in its first bytes; {ANEW}"
        raise (CutShort if isinstance(error, CutShort) else PictureError)(found) from None
    _check_limits(header)
    return header


def _check_limits(header: Header) -> None:
    pixels = header.width * header.height
    if header.animated:
        raise PictureError("an animation; expected one photo")
    if pixels > limits.MAX_PIXELS:
        most = limits.MAX_PIXELS // 1_000_000
        raise PictureError(f"{pixels / 1e6:.0f} megapixels by its header; at most {most}")
    if header.kind != "JPEG" and pixels > limits.MAX_OTHER_PIXELS:
        most = limits.MAX_OTHER_PIXELS // 1_000_000
        raise PictureError(
            f"a {header.kind} of {pixels / 1e6:.0f} megapixels; at most {most} unless it is a JPEG"
        )
    if header.buffered and pixels > limits.MAX_BUFFERED_PIXELS:
        most = limits.MAX_BUFFERED_PIXELS // 1_000_000
        raise PictureError(f"a progressive JPEG of more than {most} megapixels; send it as baseline")
    if min(header.width, header.height) < limits.MIN_SIDE_PX:
        raise TooSmall(
            f"{header.width} × {header.height} pixels; expected at least {limits.MIN_SIDE_PX} on each side"
        )


class Picture:
    """A photo's file, whose header and parts are in order.

    Args:
        data: a JPEG, PNG or WebP file.
        partial: take as much as there is of a JPEG that is cut short, for a person to look at.

    Raises:
        PictureError: as `examine_header`; CutShort where parts are missing.
    """

    def __init__(self, data: bytes, *, partial: bool = False) -> None:
        self.header = examine_header(data)
        self.width, self.height = self.header.upright_size
        """Of the upright photo at full size, pixels."""
        self.partial = partial
        self.more_behind = False
        """Whether bytes lay between the picture and its end marker; known once it was decoded."""
        try:
            self._bare = strip(data, self.header.kind)
        except PictureError as error:
            if not (partial and isinstance(error, CutShort) and self.header.kind == "JPEG"):
                raise self._broken(error) from None
            # The upper part, as far as it goes: a decoder fills the rest with grey.
            self._bare = data + jpeg.STOP
        # Of a PNG what says its colours is no part of the picture alone.
        self._data = data if self.header.kind == "PNG" else self._bare

    @cached_property
    def meaning(self) -> Meaning:
        """What its numbers mean as colours."""
        if self.header.cmyk:
            return meaning_of(None, grey=False)
        try:
            return meaning_of(profile_of(self._data, self.header.kind), grey=self.header.grey)
        except PictureError:
            return meaning_of(None, grey=False)

    def unusual(self) -> tuple[str, ...]:
        """What is lost on the way to 8-bit sRGB. Asks for its pixels where some may be transparent."""
        header = self.header
        oddities = ["CMYK colour"] if header.cmyk else []
        oddities += ["16 bits a channel"] if header.deep else []
        oddities += ["a colour profile that cannot be read"] if self.meaning.said == "unreadable" else []
        oddities += ["a cICP colour space"] if header.kind == "PNG" and png.has(self._data, b"cICP") else []
        oddities += ["transparent pixels"] if header.alpha and self._see_through() else []
        return tuple(oddities)

    def upright(self, *, at_least: int | None = None) -> Pixels:
        """(h, w, 3) uint8 RGB, 0–255, sRGB, upright.

        Args:
            at_least: the longer side needed, in pixels. A larger JPEG is decoded at 1/2, 1/4 or 1/8 scale as
                long as its longer side stays at or above it, which costs a fraction of a full decode.

        Raises:
            CutShort: a part of the picture is missing.
            PictureError: it cannot be decoded.
        """
        return self.finish(self.stored(at_least=at_least))

    def stored(self, *, at_least: int | None = None, most_pixels: int | None = None) -> Pixels:
        """As `upright`, but neither turned nor in sRGB yet: `finish` does both, also to a part of it.

        Args:
            most_pixels: what has more is decoded at half its scale.
        """
        try:
            if self.header.kind == "JPEG":
                pixels, end = ending.decode(
                    self._bare, reduction=self._reduction(at_least, most_pixels), partial=self.partial
                )
                self.more_behind = end == "more behind it"
                return pixels
            return self._other()
        except PictureError as error:
            raise self._broken(error) from None

    def finish(self, part: Pixels) -> Pixels:
        """Colours and orientation of what `stored` gave, or of a part of it."""
        return _upright(self.meaning.apply(part), self.header.orientation)

    def check(self) -> None:
        """Refuse it where it is cut short or broken inside, at the least cost.

        Raises:
            CutShort, PictureError: as `upright`.
        """
        if self.header.kind != "JPEG":
            self.stored()
            return
        try:
            self.more_behind = ending.check(self._bare) == "more behind it"
        except PictureError as error:
            raise self._broken(error) from None

    def alone(self) -> bytes:
        """The file without metadata or a byte that is no picture, so that it shows as it is read here.

        A JPEG keeps its coefficients, and its colour profile if that can be read.

        Raises:
            CutShort, PictureError: as `upright`.
        """
        bare = self._bare
        try:
            if self.header.kind == "JPEG" and self.meaning.said == "unreadable":
                bare = strip_jpeg(bare, profile=False)
            return ending.without_rest(bare) if self.more_behind else bare
        except PictureError as error:
            raise self._broken(error) from None

    def _reduction(self, at_least: int | None, most_pixels: int | None) -> int:
        if at_least is None:
            return 1
        longer, pixels = max(self.width, self.height), self.width * self.height
        reduction = next((factor for factor in (8, 4, 2) if longer // factor >= at_least), 1)
        while most_pixels is not None and pixels // reduction**2 > most_pixels:
            reduction *= 2
        return reduction

    def _other(self) -> Pixels:
        """A PNG or WebP as stored."""
        if self.header.alpha:
            shown = Image.new("RGBA", self._see.size, (GROUND, GROUND, GROUND, 255))
            shown.alpha_composite(self._see)
            return np.array(shown.convert("RGB"), np.uint8)
        try:
            decoded = cv2.imdecode(
                np.frombuffer(self._bare, np.uint8), cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
            )
        except cv2.error:
            decoded = None
        if decoded is None:
            raise PictureError("its pixels cannot be decoded")
        return np.asarray(decoded, np.uint8)

    @cached_property
    def _see(self) -> Image.Image:
        """A picture that may be seen through, as RGBA."""
        try:
            with Image.open(io.BytesIO(self._bare), formats=(self.header.kind,)) as opened:
                opened.load()
                return opened.convert("RGBA")
        except (OSError, SyntaxError, ValueError, TypeError, struct.error, Image.DecompressionBombError):
            raise PictureError("its pixels cannot be decoded") from None

    def _see_through(self) -> bool:
        return bool(np.asarray(self._see.getchannel("A")).min() < 255)

    def _broken(self, error: PictureError) -> PictureError:
        kind = CutShort if isinstance(error, CutShort) else PictureError
        return kind(f"a broken {self.header.kind} file: {error}; {ANEW}")


def _upright(photo_hwc: Pixels, orientation: int) -> Pixels:
    """Undo EXIF orientation 1–8 (CIPA DC-008, 4.6.4)."""
    if orientation in (2, 4):
        return np.asarray(cv2.flip(photo_hwc, 1 if orientation == 2 else 0), np.uint8)
    if orientation in (5, 7):
        turned = cv2.transpose(photo_hwc)
        return np.asarray(turned if orientation == 5 else cv2.flip(turned, -1), np.uint8)
    if orientation in _TURN:
        return np.asarray(cv2.rotate(photo_hwc, _TURN[orientation]), np.uint8)
    return photo_hwc
