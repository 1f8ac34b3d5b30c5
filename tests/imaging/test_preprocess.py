"""Bytes → upright RGB → network input, and every kind of file that is refused."""

import io
import tracemalloc
import zlib
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.parts.photos import drawn_piece, jpeg
from ubora.models.inference.preprocess import (
    MAX_LOOK_PIXELS,
    Letterbox,
    OpenPhoto,
    PhotoError,
    Place,
    decode_bgr,
    decode_photo,
    read_header,
)

PHOTO = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 255, (96, 144, 3)).astype(np.uint8), (0, 0), 4)


def _encoded(kind: str, image: Image.Image, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_every_exif_orientation_is_shown_upright(kind: str, orientation: int) -> None:
    image = Image.fromarray(PHOTO)
    exif = image.getexif()
    exif[0x0112] = orientation
    data = _encoded(kind, image, exif=exif)
    with Image.open(io.BytesIO(data)) as opened:
        upright = np.asarray(ImageOps.exif_transpose(opened).convert("RGB"))
    header, photo = read_header(data), decode_photo(data)
    assert (header.height, header.width) == upright.shape[:2]
    assert np.abs(photo.astype(int) - upright).max() <= 2


@pytest.mark.parametrize("mode", ["L", "CMYK", "1", "LA", "RGBA", "P", "I;16"])
def test_every_colour_mode_becomes_eight_bit_rgb(mode: str) -> None:
    kind = "JPEG" if mode in ("L", "CMYK") else "PNG"
    if mode == "I;16":
        image = Image.fromarray(PHOTO[..., 0].astype(np.uint16) * 257)
    else:
        image = Image.fromarray(PHOTO).convert(mode)
    photo = decode_photo(_encoded(kind, image))
    assert photo.shape == (96, 144, 3)
    assert photo.dtype == np.uint8


def _png_bomb() -> bytes:
    """20,000 × 20,000 black pixels in a few hundred kilobytes."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")

    header = (20_000).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    rows = zlib.compressobj(9)
    packed = b"".join(rows.compress(b"\0" * 20_001) for _ in range(2_000)) + rows.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def _resized_header(data: bytes, width: int, height: int) -> bytes:
    """The same JPEG, saying in its frame header that it is another size."""
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + height.to_bytes(2, "big") + width.to_bytes(2, "big") + data[at + 4 :]


WHOLE = jpeg(PHOTO)
ANIMATION = [Image.fromarray(PHOTO), Image.fromarray(255 - PHOTO)]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b"this is not a photo at all" * 20, "not a JPEG, PNG or WebP photo"),
        (_encoded("GIF", Image.fromarray(PHOTO)), "not a JPEG, PNG or WebP photo"),
        (WHOLE[: len(WHOLE) // 2], "broken JPEG file: it ends before its picture does"),
        (WHOLE[:30], "not a JPEG, PNG or WebP photo"),
        (_resized_header(WHOLE, 20_000, 10_000), "200 megapixels by its header; at most 64"),
        (_resized_header(WHOLE, 10_000, 9_000), "90 megapixels by its header; at most 64"),
        (_png_bomb(), "megapixels by its header"),
        (_encoded("PNG", Image.fromarray(PHOTO))[:-40], "a broken PNG file: it ends before its picture does"),
        (_encoded("WEBP", Image.fromarray(PHOTO))[:-40], "or broken in its first bytes"),
        (_encoded("PNG", ANIMATION[0], save_all=True, append_images=ANIMATION[1:]), "animation"),
        (jpeg(PHOTO[:20, :20]), "20 × 20 pixels; expected at least 64"),
    ],
)
def test_what_is_not_a_usable_photo_is_refused_in_words(data: bytes, message: str) -> None:
    with pytest.raises(PhotoError) as refused:
        decode_photo(data)
    assert message in str(refused.value)


def test_a_thumbnail_in_the_metadata_does_not_hide_that_the_photo_is_cut_short() -> None:
    exif = Image.Exif()
    exif[0x010E] = "\xff\xd9" * 3
    exif[0x927C] = jpeg(PHOTO)
    data = jpeg(PHOTO, exif=exif)
    with pytest.raises(PhotoError, match="ends before its picture does"):
        decode_photo(data[: len(data) - len(WHOLE) // 3])


def test_a_large_jpeg_is_decoded_at_the_smallest_scale_that_still_suffices() -> None:
    data = jpeg(cv2.resize(PHOTO, (4000, 3000)))
    assert decode_photo(data, at_least=768).shape == (750, 1000, 3)
    assert decode_photo(data, at_least=1001).shape == (1500, 2000, 3)
    assert decode_photo(data).shape == (3000, 4000, 3)


@pytest.mark.parametrize(("width", "height"), [(144, 96), (96, 144), (100, 100), (1000, 3)])
def test_a_letterbox_keeps_the_shape_and_centres_it(width: int, height: int) -> None:
    frame = Letterbox.around(width, height, 64)
    placed = frame.apply(np.zeros((height, width, 3), np.uint8))
    rows, columns = np.nonzero((placed == 0).all(axis=2))
    assert max(frame.fitted_width, frame.fitted_height) == 64
    assert abs((int(rows.min()) + int(rows.max())) / 2 - 31.5) <= 0.5
    assert abs((int(columns.min()) + int(columns.max())) / 2 - 31.5) <= 0.5
    assert len(np.unique(rows)) * len(np.unique(columns)) == len(rows)


def test_a_mask_lies_where_its_photo_lies() -> None:
    photo, piece, _ = drawn_piece(1)
    tall = np.vstack([photo, photo[:40]])
    mask = np.vstack([piece, np.zeros_like(piece[:40])])
    frame = Letterbox.around(tall.shape[1], tall.shape[0], 80)
    brass = frame.apply(tall).astype(int)[..., 0] - frame.apply(tall)[..., 2] > 60
    assert (brass ^ (frame.apply_mask(mask) > 127)).mean() < 0.02


def test_a_hair_thin_mask_is_weakened_but_not_lost_when_it_shrinks() -> None:
    mask = np.zeros((640, 640), np.uint8)
    mask[:, 300] = 255
    assert Letterbox.around(640, 640, 64).apply_mask(mask).max() == 26


def _turned_jpeg(photo: np.ndarray[Any, Any], orientation: int) -> bytes:
    tags = Image.Exif()
    tags[0x0112] = orientation
    return jpeg(photo, exif=tags)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_closer_look_at_a_part_of_a_turned_photo_shows_that_part_upright(orientation: int) -> None:
    data = _turned_jpeg(cv2.resize(PHOTO, (1440, 960)), orientation)
    upright = decode_photo(data)
    place = Place(x=upright.shape[1] - 130, y=40, width=130, height=90)
    photo = OpenPhoto(data, at_least=128)
    assert photo.pixels_hwc.shape[0] < upright.shape[0]
    seen, frame = photo.look(128, place)
    assert np.array_equal(seen, frame.apply(upright[40:130, upright.shape[1] - 130 :]))


def test_the_order_of_colours_is_that_of_the_file_or_ours() -> None:
    assert np.array_equal(decode_bgr(WHOLE)[..., ::-1], decode_photo(WHOLE))


def test_a_closer_look_into_a_huge_turned_photo_takes_little_memory() -> None:
    """Whole, it would be 150 MB, and as much again upright and in another order of colours."""
    data = _turned_jpeg(np.full((7_000, 7_100, 3), 90, np.uint8), 6)
    photo = OpenPhoto(data, at_least=768)
    tracemalloc.start()
    try:
        photo.look(384, Place(x=3_000, y=3_000, width=200, height=200))
        assert tracemalloc.get_traced_memory()[1] < 3 * MAX_LOOK_PIXELS
    finally:
        tracemalloc.stop()
