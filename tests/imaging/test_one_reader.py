"""One reader of photos: every room takes the same files, sees the same pixels, refuses in the same words."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from tests.datasets.check.broken_datasets import problems_of
from tests.imaging.hostile import chunk
from tests.imaging.odd_photos import (
    ADOBE_RGB,
    CLIP,
    DISPLAY_P3,
    ODD,
    as_if,
    before_pixels,
    cut_out,
    grey_profile,
    png,
    profile_of,
    saved,
    without_end,
)
from tests.parts.served import Town, drawn
from ubora.command import main
from ubora.datasets.manifest import DatasetCard, Manifest, Sample, sample_id, write_manifest
from ubora.datasets.pixels import open_photo
from ubora.models.imaging import limits, primaries
from ubora.models.imaging.faults import PictureError
from ubora.models.imaging.metadata import strip_jpeg
from ubora.models.imaging.reading import Picture
from ubora.models.inference.preprocess import decode_photo
from ubora.service.storage.photos import keep_photo

TAKEN = [name for name, one in ODD.items() if one.refused is None]
REFUSED = [name for name, one in ODD.items() if one.refused is not None]


def _said(data: bytes) -> str:
    """What the reader says of a file that it refuses."""
    with pytest.raises(PictureError) as error:
        Picture(data).check()
    return str(error.value)


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What `ubora data check` says of each, all in one dataset: none of them ends the check."""
    root = tmp_path_factory.mktemp("odd")
    (root / "photos").mkdir()
    samples = []
    for number, (name, one) in enumerate(ODD.items()):
        (root / f"photos/{number}.jpg").write_bytes(one.data)
        samples.append(
            Sample(
                file_name=f"photos/{number}.jpg",
                sample_id=sample_id(one.data),
                piece_id=name,
                source="public",
            )
        )
    write_manifest(Manifest(root, DatasetCard(name="odd"), samples))
    kinds = {"photo cut short", "unreadable photo", "small photo"}
    names = {f"photos/{number}.jpg": name for number, name in enumerate(ODD)}
    return {
        names[problem.photos[0]]: f"{problem.kind}: {problem.detail}"
        for problem in problems_of(root)
        if problem.kind in kinds
    }


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_refused_in_the_same_words_everywhere(
    name: str,
    shared_town: Town,
    checked: dict[str, str],
    releases: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    data, words = ODD[name].data, ODD[name].refused
    said = _said(data)
    assert words is not None
    assert words in said
    response = shared_town.send(data)
    assert (response.status_code, response.json()["detail"]) == (
        415 if name in ("a text", "HEIC") else 422,
        f"photo 0: {said}",
    )
    assert said in checked[name]
    assert checked[name].startswith("photo cut short") == (
        words == ODD["cut in half"].refused or name == "WebP cut"
    )
    path = tmp_path / "in/scratch/1.jpg"
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    assert main(["inspect", str(path), "--releases", str(releases)]) == 1
    assert f"{path}: {said}" in capsys.readouterr().err
    assert main(["data", "import", "folders", str(tmp_path / "in"), "--out", str(tmp_path / "out")]) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_taken_is_taken_everywhere_and_looks_the_same(
    name: str,
    shared_town: Town,
    checked: dict[str, str],
    releases: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    data, (width, height) = ODD[name].data, ODD[name].size
    seen = decode_photo(data)
    assert seen.shape == (height, width, 3)
    assert name not in checked
    assert np.array_equal(open_photo(data).rgb_hwc, seen)
    photo = shared_town.send(data).json()["photos"][0]
    assert (photo["width"], photo["height"]) == (width, height)
    kept = shared_town.client("artisan").get(photo["photo_url"]).content
    away = np.abs(decode_photo(kept).astype(int) - seen)
    # What was a JPEG keeps its coefficients; what was none is one now.
    assert away.max() == 0 if data.startswith(b"\xff\xd8") else away.mean() < 4
    assert CLIP[12:80] not in kept
    path = tmp_path / "in/scratch/1.jpg"
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    assert main(["inspect", str(path), "--releases", str(releases)]) == 0
    assert main(["data", "import", "folders", str(tmp_path / "in"), "--out", str(tmp_path / "out")]) == 0
    assert ("cannot be read" in capsys.readouterr().err) == (name == "a profile that nobody can read")


def test_more_bytes_than_the_service_takes_are_taken_nowhere(
    shared_town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ODD["plain"].data + bytes(limits.MAX_BYTES)
    words = f"{len(data):,} bytes; expected at most {limits.MAX_BYTES:,}"
    assert shared_town.send(data).status_code == 413
    assert words in _said(data)
    with pytest.raises(PictureError, match=words):
        open_photo(data)
    path = tmp_path / "in/scratch/1.jpg"
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    assert main(["data", "import", "folders", str(tmp_path / "in"), "--out", str(tmp_path / "out")]) == 1
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"restart_marker_rows": 1}, {"subsampling": 0}]
)
def test_a_photo_cut_anywhere_is_no_photo_with_or_without_an_end_marker(options: dict[str, Any]) -> None:
    whole = strip_jpeg(saved(Image.fromarray(drawn()), **options))
    passed = []
    for stop in range(700, len(whole) - 40, 97):
        for behind in (b"", b"\xff\xd9", bytes(500), bytes(40_000) + b"\xff\xd9"):
            try:
                Picture(whole[:stop] + behind).check()
                passed.append((stop, len(behind)))
            except PictureError:
                continue
    assert passed == []


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}])
@pytest.mark.parametrize(
    "behind", [b"", b"\0", CLIP[:11], CLIP, CLIP + b"\xff\xd9", b"\xff\xe5\0\x20" + CLIP]
)
def test_not_a_byte_of_what_lies_behind_a_picture_is_kept(options: dict[str, Any], behind: bytes) -> None:
    whole = strip_jpeg(saved(Image.fromarray(drawn()), **options))
    for sent in (without_end(whole) + behind, whole + behind):
        kept = keep_photo(sent).data
        # A decoder reads a few bytes ahead, and says nothing of fewer.
        assert kept == whole or (len(behind) < 6 and kept == without_end(whole) + behind + b"\xff\xd9")


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_the_hidden_colour_of_transparent_pixels_is_never_seen(kind: str) -> None:
    options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    sent = saved(cut_out(), kind, **options)
    for seen in (decode_photo(sent), decode_photo(keep_photo(sent).data)):
        assert seen[:, 175:].min() > 245
        assert np.abs(seen[:, :140].astype(int) - drawn()[:, :140]).mean() < 4
    assert open_photo(sent).unusual == ("transparent pixels",)


@pytest.mark.parametrize("points", [DISPLAY_P3, ADOBE_RGB])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_other_colours_are_read_and_kept_as_srgb(kind: str, points: bytes) -> None:
    """A colour within sRGB has other numbers in a wider space, and must come back as itself."""
    shown = np.full((80, 96, 3), (180, 120, 60), np.uint8)
    profile = profile_of(points)
    other = as_if(shown, profile)
    sent = saved(other, kind, icc_profile=profile)
    assert np.abs(np.asarray(other).astype(int) - shown).max() > 8
    for data in (sent, keep_photo(sent).data):
        assert np.abs(decode_photo(data).astype(int) - shown).max() <= 4
        # As any other program shows it.
        with Image.open(io.BytesIO(data)) as opened:
            kept = opened.info.get("icc_profile")
            assert kept in (None, profile)
            plain = np.asarray(opened.convert("RGB")).astype(int)
            assert (np.abs(plain - shown).max() > 8) == (kept is not None)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_grey_in_a_profile_of_grey_or_of_colours_is_read_by_it(kind: str) -> None:
    flat = Image.new("L", (96, 80), 55)
    colours = primaries.profile((100_000).to_bytes(4, "big"), None)
    for profile in (grey_profile(1.0), colours):
        sent = saved(flat, kind, icc_profile=profile)
        for data in (sent, keep_photo(sent).data):
            assert abs(int(decode_photo(data).mean()) - 128) <= 3
        assert open_photo(sent).unusual == ()
    in_colour = saved(flat.convert("RGB"), kind, icc_profile=grey_profile(1.0))
    assert open_photo(in_colour).unusual == ("a colour profile that cannot be read",)
    assert abs(int(decode_photo(in_colour).mean()) - 55) <= 1


def test_a_png_that_says_its_primaries_and_gamma_is_read_by_them() -> None:
    profile = profile_of(DISPLAY_P3)
    other = np.asarray(as_if(drawn(), profile))
    said = before_pixels(png(other), chunk(b"cHRM", DISPLAY_P3))
    assert np.abs(decode_photo(said).astype(int) - drawn()).mean() < 2
    assert np.array_equal(decode_photo(before_pixels(said, chunk(b"sRGB", b"\0"))), other)
    linear = before_pixels(
        png(np.full((80, 80, 3), 55, np.uint8)), chunk(b"gAMA", (100_000).to_bytes(4, "big"))
    )
    assert abs(int(decode_photo(linear).mean()) - 128) <= 2
    named = before_pixels(png(other), chunk(b"cICP", b"\x0c\x0d\0\1"))
    assert open_photo(named).unusual == ("a cICP colour space",)


def test_an_srgb_profile_changes_no_pixel_and_one_that_cannot_be_read_is_said_and_not_kept() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    photo = Image.fromarray(drawn())
    plain = decode_photo(saved(photo))
    assert np.array_equal(decode_photo(saved(photo, icc_profile=srgb)), plain)
    for broken in (b"x" * 300, srgb[:200], srgb[:16] + b"CMYK" + srgb[20:]):
        sent = saved(photo, icc_profile=broken)
        assert np.array_equal(decode_photo(sent), plain)
        assert open_photo(sent).unusual == ("a colour profile that cannot be read",)
        assert b"ICC_PROFILE" not in keep_photo(sent).data
