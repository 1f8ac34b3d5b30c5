"""Files that people take for photos: named as what they are, with the setting that helps, in every room."""

import io
import struct
from pathlib import Path

import pytest
from PIL import Image, features
from playwright.sync_api import expect

from tests.parts.browser import Open, choose_design, in_a_browser, queued
from tests.parts.served import Town, clean
from ubora.command import main
from ubora.datasets.manifest import ManifestError
from ubora.datasets.masks import upright_size
from ubora.datasets.pixels import PixelError, open_photo
from ubora.models.imaging.formats.foreign import HELP, foreign
from ubora.models.inference.preprocess import PhotoError, read_header
from ubora.service.words import read_catalogue


def _brands(major: bytes, *compatible: bytes) -> bytes:
    names = b"".join(compatible)
    return struct.pack(">I4s4sI", 16 + len(names), b"ftyp", major, 0) + names + b"\0\0\0\x08mdat" * 40


def _tiff(order: str, *tags: int, at: int = 8) -> bytes:
    """A TIFF whose list of tags lies at a place."""
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", at)
    entries = b"".join(struct.pack(f"{order}HHII", tag, 1, 1, 0) for tag in tags)
    return head + bytes(at - 8) + struct.pack(f"{order}H", len(tags)) + entries + bytes(4)


def _made(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (96, 80), (120, 90, 40)).save(out, kind)
    return out.getvalue()


FILES: dict[str, tuple[bytes, str]] = {
    "iphone.heic": (_brands(b"heic", b"mif1", b"heic"), "HEIC"),
    "android.heic": (_brands(b"mif1", b"mif1", b"heic"), "HEIC"),
    "ten-bits.heif": (_brands(b"heix", b"mif1"), "HEIC"),
    "burst.heics": (_brands(b"msf1", b"hevc"), "HEIC"),
    "other.heif": (_brands(b"mif1", b"miaf"), "HEIF"),
    "photo.avif": (_brands(b"avif", b"mif1", b"miaf"), "AVIF"),
    "second.avif": (_brands(b"mif1", b"avif"), "AVIF"),
    "moving.avif": (_brands(b"avis", b"msf1"), "AVIF"),
    "bare.jxl": (b"\xff\x0a" + bytes(90), "JPEG XL"),
    "boxed.jxl": (b"\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl " + bytes(90), "JPEG XL"),
    "scan.tiff": (_made("TIFF"), "TIFF"),
    "motorola.tif": (_tiff(">", 0x100, 0x10F), "TIFF"),
    "large.tif": (b"II+\0" + bytes(90), "TIFF"),
    "pro-raw.dng": (_tiff("<", 0x100, 0x10F, 0x14A, 0xC612), "DNG"),
    "far.dng": (_tiff(">", 0x100, 0xC612, at=40_000), "DNG"),
    "nikon.nef": (_tiff("<", 0x100, 0x10F, 0x14A), "RAW"),
    "canon.cr2": (b"II*\0\x10\0\0\0CR\x02\0" + bytes(90), "RAW"),
    "canon.cr3": (_brands(b"crx ", b"isom"), "RAW"),
    "fuji.raf": (b"FUJIFILMCCD-RAW 0201" + bytes(90), "RAW"),
    "olympus.orf": (b"IIRO\x08\0\0\0" + bytes(90), "RAW"),
    "panasonic.rw2": (b"IIU\0\x18\0\0\0" + bytes(90), "RAW"),
    "fun.gif": (_made("GIF"), "GIF"),
    "paint.bmp": (_made("BMP"), "BMP"),
    "clip.mp4": (_brands(b"isom", b"iso2", b"avc1", b"mp41"), "MP4"),
    "clip.3gp": (_brands(b"3gp4", b"isom"), "MP4"),
    "live.mov": (_brands(b"qt  "), "MOV"),
    "old.mov": (b"\0\0\0\x08wide\0\0\0\x20mdat" + bytes(90), "MOV"),
    "clip.webm": (b"\x1aE\xdf\xa3" + bytes(90), "WebM"),
    "clip.avi": (b"RIFF\x40\0\0\0AVI LIST" + bytes(90), "AVI"),
    "paper.pdf": (b"%PDF-1.7\n" + bytes(90), "PDF"),
}
OURS = {kind: _made(kind) for kind in ("JPEG", "PNG", "WEBP")}
NO_KIND = (
    b"",
    b"B",
    b"BM is a text, not a bitmap" * 3,
    b"II",
    b"\0" * 200,
    b"RIFF....WAVE",
    b"some words" * 20,
)


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_named_as_what_it_is_whatever_it_is_called(name: str) -> None:
    data, kind = FILES[name]
    found = foreign(data)
    assert found is not None
    assert found.name == kind
    for cut in range(0, 64, 7):
        foreign(data[:cut])  # however little of it has come


def test_pillows_own_files_are_named_too() -> None:
    if features.check("avif"):
        assert getattr(foreign(_made("AVIF")), "name", None) == "AVIF"
    assert getattr(foreign(_made("JPEG2000")), "name", None) == "JPEG 2000"


def test_ours_and_what_is_unknown_are_not_foreign() -> None:
    assert [foreign(data) for data in (*OURS.values(), *NO_KIND)] == [None] * (len(OURS) + len(NO_KIND))


@pytest.mark.parametrize("name", FILES)
def test_every_room_says_the_same(name: str, tmp_path: Path) -> None:
    """The inspector, the check and the importers; a file is mostly called photo.jpg by then."""
    data, kind = FILES[name]
    found = foreign(data)
    assert found is not None
    path = tmp_path / "photo.jpg"
    path.write_bytes(data)
    said = []
    for refused, read in (
        (PhotoError, lambda: read_header(data)),
        (PixelError, lambda: open_photo(data)),
        (ManifestError, lambda: upright_size(path)),
    ):
        with pytest.raises(refused) as error:
            read()
        said.append(str(error.value))
    assert [(kind in one, found.help["en"] in one, "JPEG, PNG or WebP" in one) for one in said] == [
        (True,) * 3
    ] * 3


def test_inspect_and_import_name_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, _ = FILES["iphone.heic"]
    (tmp_path / "in/scratch").mkdir(parents=True)
    path = tmp_path / "in/scratch/IMG_1.heic"
    path.write_bytes(data)
    assert main(["inspect", str(path)]) == 1
    assert f"but HEIC. {HELP['format']['en']}" in capsys.readouterr().err
    assert main(["data", "import", "folders", str(tmp_path / "in"), "--out", str(tmp_path / "out")]) == 1
    assert f"but HEIC. {HELP['format']['en']}" in capsys.readouterr().err


def test_the_phones_words_say_what_the_rooms_say_in_both_languages() -> None:
    words = read_catalogue().words
    for advice, told in HELP.items():
        word = words[f"foreign.{advice}"]
        assert (word.en.endswith(told["en"]), word.sw.endswith(told["sw"])) == (True, True)
        assert "{name}" in word.en


@pytest.mark.parametrize("name", ["iphone.heic", "photo.avif", "bare.jxl", "pro-raw.dng", "live.mov"])
def test_over_http_it_is_named_in_both_languages(name: str, town: Town) -> None:
    data, kind = FILES[name]
    response = town.send(data, who="artisan")
    body = response.json()
    found = foreign(data)
    assert found is not None
    assert (response.status_code, body["type"]) == (415, "/problems/not-a-photo")
    assert (body["found"], body["help"]) == (kind, found.help)
    assert f"but {kind}. {found.help['en']}" in body["detail"]


@pytest.mark.slow
@in_a_browser
def test_the_phone_names_every_file_as_the_rooms_do(open_page: Open) -> None:
    page = open_page("phone", "artisan")
    files = [data for data, _ in FILES.values()] + [*OURS.values(), *NO_KIND]
    named = page.evaluate(
        """async (files) => {
             const { nameOf } = await import("./foreign.js");
             return files.map((bytes) => nameOf(Uint8Array.from(bytes)));
           }""",
        [list(data[:65_536]) for data in files],
    )
    assert named == [getattr(foreign(data), "name", None) for data in files]


@pytest.mark.slow
@in_a_browser
@pytest.mark.parametrize(
    "name", ["iphone.heic", "photo.avif", "boxed.jxl", "pro-raw.dng", "paint.bmp", "clip.mp4"]
)
def test_the_phone_says_so_in_both_languages_before_anything_is_kept_or_sent(
    name: str, town: Town, open_page: Open
) -> None:
    data, kind = FILES[name]
    found = foreign(data)
    assert found is not None
    page = open_page("phone", "artisan", locale="sw-KE")
    sent: list[str] = []
    page.on(
        "request", lambda request: sent.append(request.url) if request.method in {"PUT", "PATCH"} else None
    )
    choose_design(page)
    page.set_input_files("#camera", {"name": name, "mimeType": "image/jpeg", "buffer": data})
    notice = page.locator("#screen-camera .notice.stop")
    expect(notice).to_contain_text(f"Hii ni {kind}, si picha ya JPEG. {found.help['sw']}")
    page.click("#language")
    expect(notice).to_contain_text(f"This is {kind}, not a JPEG photo. {found.help['en']}")
    assert (queued(page), sent) == ([], [])
    page.reload()
    expect(page.locator("#screen-home")).to_be_visible()  # and no word of a camera that was killed
    page.set_input_files("#camera", {"name": "1.jpg", "mimeType": "image/jpeg", "buffer": clean()})
    expect(page.locator("#screen-piece .banner.passed")).to_be_visible()
