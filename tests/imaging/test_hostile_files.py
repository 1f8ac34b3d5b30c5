"""No picture file keeps the service or the check busy for longer than its bytes are worth."""

import io
import struct
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.imaging.hostile import KINDS, chunk, segment
from tests.imaging.odd_photos import DISPLAY_P3, profile_of
from tests.parts.photos import jpeg as encode
from tests.parts.served import Town, clean, context_of, drawn, parts, tarnished
from ubora.datasets.pixels import PixelError, open_photo
from ubora.models.imaging import header
from ubora.models.imaging.formats import exif, jpeg
from ubora.models.imaging.metadata import strip_jpeg, strip_png
from ubora.models.inference.preprocess import PhotoError, decode_photo
from ubora.service.storage.photos import keep_photo

SMALL, LARGE = 4_000_000, 15_900_000
"""The larger one still fits into the limit of a photo."""


def _keep(data: bytes) -> None:
    with suppress(PhotoError):
        decode_photo(keep_photo(data).data, at_least=768)


def _examine(data: bytes) -> None:
    with suppress(PixelError):
        open_photo(data, at_least=512)


def _processor_seconds(work: Callable[[bytes], None], data: bytes) -> float:
    """The least of three, for the machine may do other things."""
    spent = []
    for _ in range(3):
        started = time.thread_time()
        work(data)
        spent.append(time.thread_time() - started)
    return min(spent)


@cache
def _fair_seconds(work: Callable[[bytes], None]) -> float:
    """Of a photo of 12 megapixels that is nearly as large: noise, which does not get smaller."""
    noise = np.random.default_rng(0).integers(0, 255, (3_000, 4_000, 3))
    return _processor_seconds(work, encode(noise, quality=95))


@pytest.mark.alone
@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("work", [_keep, _examine])
def test_four_times_the_bytes_take_at_most_five_times_the_work(
    work: Callable[[bytes], None], name: str
) -> None:
    small, large = (_processor_seconds(work, KINDS[name](size)) for size in (SMALL, LARGE))
    fair = _fair_seconds(work)
    # The work grows with the bytes; what is less than one photo's is lost in the machine's noise.
    assert large <= 5 * max(small, fair)
    # And it is not much for them.
    assert large <= 5 * fair


@pytest.mark.alone
def test_what_cameras_write_is_not_too_much() -> None:
    """A profile in 255 segments, a depth map and a heat picture of as many, some comments."""
    photo = encode(drawn(), progressive=True)
    profile = bytearray(profile_of(DISPLAY_P3).ljust(255 * 500, b"\0"))
    profile[:4] = len(profile).to_bytes(4, "big")
    pieces = enumerate((bytes(profile[at : at + 500]) for at in range(0, len(profile), 500)), start=1)
    more = b"".join(
        (
            *(segment(0xE2, b"ICC_PROFILE\0" + bytes((at, 255)) + piece) for at, piece in pieces),
            *(segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + b"x" * 500) for _ in range(245)),
            *(segment(0xE1, b"FLIR\0" + b"x" * 500) for _ in range(255)),
            *(segment(0xFE, b"a comment") for _ in range(20)),
        )
    )
    sent = photo[:2] + more + photo[2:]
    kept = keep_photo(sent).data
    assert np.array_equal(decode_photo(kept), decode_photo(sent))
    with Image.open(io.BytesIO(kept)) as image:
        assert image.info["icc_profile"] == profile
        assert np.array_equal(np.asarray(image.convert("RGB")), decode_photo(photo))
    assert np.array_equal(open_photo(sent).rgb_hwc, decode_photo(sent))


@pytest.mark.alone
def test_a_png_in_pieces_of_a_kilobyte_is_not_too_much() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (1_400, 1_400, 3)).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).save(out, "PNG")
    whole = out.getvalue()
    at = whole.index(b"IDAT") - 4
    packed = b""
    end = len(whole) - 12
    while at < end:
        length = int.from_bytes(whole[at : at + 4], "big")
        packed += whole[at + 8 : at + 8 + length]
        at += 12 + length
    cut = [chunk(b"IDAT", packed[start : start + 1_024]) for start in range(0, len(packed), 1_024)]
    sent = whole[:33] + b"".join(cut) + whole[-12:]
    assert len(cut) > 5_000
    assert np.array_equal(decode_photo(strip_png(sent)), noise)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_a_png_of_any_colour_unpacks_to_what_its_header_says(mode: str) -> None:
    image = Image.fromarray(drawn())
    image = image.convert("L").convert("I").convert("I;16") if mode == "I;16" else image.convert(mode)
    out = io.BytesIO()
    image.save(out, "PNG")
    assert keep_photo(out.getvalue()).width == 320


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "WEBP lossless", "WEBP with alpha"])
@pytest.mark.parametrize("turn", [1, 3, 6])
def test_headers_are_read_as_another_reader_reads_them(kind: str, turn: int) -> None:
    tags = Image.Exif()
    tags[0x0112], tags[0x010F] = turn, "somebody"
    image = Image.fromarray(drawn(width=333, height=251))
    if kind == "WEBP with alpha":
        image.putalpha(100)
    out = io.BytesIO()
    image.save(out, kind.split()[0], exif=tags, lossless=kind == "WEBP lossless")
    found = header.read(out.getvalue())
    with Image.open(io.BytesIO(out.getvalue())) as other:
        assert (found.kind, found.width, found.height) == (other.format, *other.size)
        assert found.orientation == other.getexif()[0x0112] == turn
    assert not found.animated


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("kind", "value", "found"), [(3, 6, 6), (4, 8, 8), (1, 3, 3), (3, 0, 1), (3, 9, 1), (2, 6, 1), (12, 6, 1)]
)
def test_the_orientation_is_read_in_both_byte_orders_and_only_where_it_is_one(
    order: str, kind: int, value: int, found: int
) -> None:
    packed = struct.pack(order + {3: "HH", 1: "BBBB"}.get(kind, "I"), value, *[0] * {3: 1, 1: 3}.get(kind, 0))
    mark = b"II*\0" if order == "<" else b"MM\0*"
    other = struct.pack(f"{order}HHII", 0x010F, 2, 40, 9_999)
    entry = struct.pack(f"{order}HHI", 0x0112, kind, 1) + packed
    tiff = mark + struct.pack(f"{order}IH", 8, 2) + other + entry
    assert exif.orientation(tiff) == exif.orientation(exif.PREFIX + tiff) == found


@pytest.mark.parametrize("cut", range(0, 40, 3))
def test_broken_exif_turns_nothing(cut: int) -> None:
    whole = exif.minimal(6)
    assert exif.orientation(whole) == 6
    assert exif.orientation(whole[: min(cut, 21)]) == 1


def test_a_long_run_of_fill_bytes_is_not_kept_and_changes_no_pixel() -> None:
    photo = clean()
    sent = photo[:-2] + b"\xff" * 1_000_000 + photo[-2:]
    kept = strip_jpeg(sent)
    assert len(kept) < len(photo) + 2_000
    assert np.array_equal(decode_photo(kept), decode_photo(photo))


def test_an_end_without_a_picture_is_no_picture() -> None:
    with pytest.raises(jpeg.JpegError, match="without a picture"):
        strip_jpeg(b"\xff\xd8" + segment(0xE0, b"JFIF\0") + b"\xff\xd9")


@pytest.mark.parametrize("name", ["a run of FF in a scan", "stuffed zeros", "empty DHT after the scan"])
def test_the_service_lives_while_it_looks_at_the_worst_of_them(shared_town: Town, name: str) -> None:
    """As a piece, as an appeal's photo and as an approved photo."""
    worst = KINDS[name](LARGE)
    flagged = shared_town.send(tarnished()).json()["id"]
    paths: tuple[tuple[str, str, Any], ...] = (
        ("artisan", f"/v1/inspections/{uuid.uuid4()}", parts(context_of(), worst)),
        ("artisan", f"/v1/inspections/{flagged}/appeals/{uuid.uuid4()}", parts({}, worst)),
        ("admin", "/v1/designs/disc/approved", parts({}, worst)[1:]),
    )
    answers: list[int] = []

    def send() -> None:
        for who, path, files in paths:
            answers.append(shared_town.client(who).put(path, files=files).status_code)

    sender = threading.Thread(target=send)
    sender.start()
    with httpx.Client(base_url=shared_town.url, timeout=60) as watch:
        lived = [watch.get("/health/live").status_code]
        while sender.is_alive():
            lived.append(watch.get("/health/live").status_code)
            time.sleep(0.01)
    sender.join()
    assert set(lived) == {200}
    assert len(answers) == 3
    assert set(answers) <= {200, 201, 422}
