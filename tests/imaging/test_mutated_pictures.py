"""A picture file that something altered is read or refused: no reader raises anything but PictureError."""

import io
from collections.abc import Callable
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from PIL import Image

from tests.parts.mutations import mutated_bytes
from ubora.models.imaging import colour, header
from ubora.models.imaging.faults import PictureError
from ubora.models.imaging.formats import exif, jpeg, png, webp
from ubora.models.imaging.metadata import strip
from ubora.models.imaging.reading import Picture

_PIXELS = np.random.default_rng(0).integers(0, 255, (48, 64, 4), np.uint8)
_TURNED = exif.PREFIX + exif.minimal(6)


def _saved(kind: str, mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    Image.fromarray(_PIXELS).convert(mode).save(out, kind, **options)
    return out.getvalue()


def _profile() -> bytes:
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


SOUND = (
    _saved("JPEG", exif=_TURNED, icc_profile=_profile()),
    _saved("JPEG", progressive=True),
    _saved("JPEG", "L", restart_marker_blocks=2),
    _saved("JPEG", "CMYK"),
    _saved("PNG", "RGBA", exif=_TURNED[6:], icc_profile=_profile()),
    _saved("PNG", "P"),
    _saved("PNG", "1"),
    _saved("WEBP", "RGBA", exif=_TURNED, icc_profile=_profile()),
    _saved("WEBP", lossless=True),
    _saved("WEBP", quality=30),
)
READERS: dict[str, Callable[[bytes], object]] = {
    "header": header.read,
    "walk": lambda data: list(jpeg.walk(data)),
    "frame": jpeg.frame,
    "restarts": jpeg.lacks_restarts,
    "chunks of PNG": lambda data: list(png.chunks(data)),
    "size of PNG": png.size,
    "unpacked PNG": png.check_unpacked,
    "chunks of WebP": lambda data: [webp.has_alpha(data, chunk) for chunk in webp.chunks(data)],
    "size of WebP": webp.size,
    "profile": lambda data: colour.profile_of(data, header.kind_of(data) or "JPEG"),
    "strip": lambda data: strip(data, header.kind_of(data) or "JPEG"),
}


@pytest.mark.parametrize("reader", READERS)
@given(data=mutated_bytes(*SOUND))
def test_a_reader_of_markers_ends_or_refuses(reader: str, data: bytes) -> None:
    with suppress(PictureError):
        READERS[reader](data)


@given(data=mutated_bytes(*SOUND))
def test_a_picture_is_upright_pixels_or_refused(data: bytes) -> None:
    with suppress(PictureError):
        picture = Picture(data)
        pixels = picture.upright()
        assert pixels.shape == (picture.height, picture.width, 3)
        assert pixels.dtype == np.uint8


@given(data=mutated_bytes(*(one for one in SOUND if one.startswith(jpeg.START))))
def test_what_is_left_of_a_jpeg_is_pixels_or_refused(data: bytes) -> None:
    with suppress(PictureError):
        picture = Picture(data, partial=True)
        assert picture.upright().shape == (picture.height, picture.width, 3)


@given(data=mutated_bytes(exif.minimal(6), _TURNED))
def test_an_orientation_is_one_to_eight_whatever_the_exif_says(data: bytes) -> None:
    assert exif.orientation(data) in range(1, 9)
