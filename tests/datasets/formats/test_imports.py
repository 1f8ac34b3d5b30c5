"""What an import says: every file accounted for, and all that is bad at once."""

import random
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.datasets.formats.imported import coco_of, put_photo, read_in
from ubora.command import main
from ubora.datasets.formats.command import import_dataset
from ubora.datasets.formats.intake.boxes import fit_box
from ubora.datasets.manifest import ManifestError
from ubora.datasets.masks import Box

SQUARE = [10, 10, 40, 10, 40, 40, 10, 40]


def _mask(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    mask = np.zeros((100, 100), np.uint8)
    mask[10:20, 30:50] = 255
    path.write_bytes(cv2.imencode(".png", mask)[1].tobytes())


# ---- photos and masks in folders


def test_photos_are_told_by_their_content_and_every_other_picture_is_named(tmp_path: Path) -> None:
    for number, name in enumerate(("a.jpg", "b.JFIF", "c.mpo", "d", "e.bmp")):
        put_photo(tmp_path / "in/crack" / name, number)
    bad = {
        "f.heif": b"\0\0\0\x18ftypheic",
        "g.DNG": b"II*\0",
        "h.jxl": b"\xff\x0a",
        "i": b"GIF89a",
        "j.tif": b"",
    }
    for name, data in bad.items():
        (tmp_path / "in/crack" / name).write_bytes(data)
    (tmp_path / "in/crack/notes.txt").write_text("x")
    (tmp_path / "in/crack/Thumbs.db").write_text("x")
    with pytest.raises(ManifestError, match="5 faults, expected none") as refused:
        import_dataset("folders", tmp_path / "in", tmp_path / "out")
    assert all(f"crack/{name}: expected JPEG, PNG or WebP" in str(refused.value) for name in bad)
    samples, said, _ = read_in("folders", tmp_path / "in", tmp_path / "out", skip_bad=True)
    assert {sample.piece_id for sample in samples.values()} == {f"crack/{name}" for name in "abcde"}
    assert said.splitlines()[0] == "12 files seen, 5 used, 7 left out"
    for part in ("of a form that is not read: 5", "neither photo nor label: 1 (crack/notes.txt)"):
        assert f"left out, {part}" in said
    assert "hidden or of the system: 1 (crack/Thumbs.db)" in said
    assert "left out as bad: 5" in said


@pytest.mark.parametrize(
    "place",
    [
        "ground_truth/crack/000.png",
        "ground_truth/crack/000_mask.PNG",
        "Ground_Truth/Crack/000_MASK.png",
        "ground_truth/test/crack/000.png",
        "masks/000.png",
        "test/crack/000_mask.png",
    ],
)
def test_a_mask_is_found_by_its_photos_name_in_any_capitals(tmp_path: Path, place: str) -> None:
    put_photo(tmp_path / "in/test/crack/000.jpg")
    put_photo(tmp_path / "in/train/good/001.jpg", 1)
    _mask(tmp_path / "in" / place)
    samples, said, _ = read_in("folders", tmp_path / "in", tmp_path / "out")
    (crack,) = samples["photos/test/crack/000.jpg"].defects or ()
    assert (len(samples), crack.box, bool(crack.mask)) == (2, (30, 10, 20, 10), True)
    assert "3 files seen, 3 used, 0 left out" in said


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("ground_truth/crack/001.png", "001.png: a mask without a photo"),
        ("ground_truth/dent/000.png", "000.png: a mask without a photo"),
        (
            "ground_truth/good/000_mask.png",
            "good/000.jpg has no defect by its folder; expected an empty mask",
        ),
        ("masks/000.png", "000.png: is it of test/crack/000.jpg or of test/good/000.jpg?"),
    ],
)
def test_a_mask_that_is_not_one_photos_is_refused_or_listed(tmp_path: Path, place: str, message: str) -> None:
    for number, folder in enumerate(("crack", "good")):
        put_photo(tmp_path / "in/test" / folder / "000.jpg", number)
    _mask(tmp_path / "in" / place)
    with pytest.raises(ManifestError) as refused:
        import_dataset("folders", tmp_path / "in", tmp_path / "out")
    assert message in str(refused.value)
    samples, said, _ = read_in("folders", tmp_path / "in", tmp_path / "out", skip_bad=True)
    assert len(samples) == 2
    assert "3 files seen, 2 used, 1 left out" in said
    assert message in said


def test_of_several_masks_of_one_photo_none_is_taken(tmp_path: Path) -> None:
    put_photo(tmp_path / "in/crack/0.jpg")
    for name in ("0.png", "0_mask.png", "0_gt.png"):
        _mask(tmp_path / "in/ground_truth/crack" / name)
    with pytest.raises(ManifestError, match="2 faults, expected none"):
        import_dataset("folders", tmp_path / "in", tmp_path / "out")
    samples, said, _ = read_in("folders", tmp_path / "in", tmp_path / "out", skip_bad=True)
    assert [defect.mask for defect in samples["photos/crack/0.jpg"].defects or ()] == [None]
    assert "4 files seen, 1 used, 3 left out" in said


def test_photos_that_differ_in_their_ending_alone_are_two_pieces(tmp_path: Path) -> None:
    for number, name in enumerate(("image1.jpg", "image1.jpeg", "image1.jpg.jpg")):
        put_photo(tmp_path / "in/crack" / name, number)
    samples, _, _ = read_in("folders", tmp_path / "in", tmp_path / "out")
    assert len({sample.piece_id for sample in samples.values()}) == 3


def test_true_of_a_spreadsheet_is_true(tmp_path: Path) -> None:
    for number, name in enumerate("abc"):
        put_photo(tmp_path / f"in/good/{name}.jpg", number)
    table = "photo,piece_id,source,defects,approved_sample\n" + "".join(
        f"good/{name}.jpg,{name},captured,[],{said}\n" for name, said in (("a", "TRUE"), ("b", "False"))
    )
    (tmp_path / "in/labels.csv").write_text(table)
    samples, _, _ = read_in("folders", tmp_path / "in", tmp_path / "out")
    assert [samples[f"photos/good/{name}.jpg"].approved_sample for name in "abc"] == [True, False, None]


# ---- bad annotations and boxes

BAD: list[tuple[dict[str, Any], str]] = [
    ({"bbox": [10, 10, 0, 5]}, "box: expected width, height > 0"),
    ({"bbox": [10, 10]}, "bbox"),
    ({"segmentation": [[10, 10, 20, 20]]}, "at least 3 corners, found 4 numbers"),
    ({"segmentation": [SQUARE, [10, 10, 20, 20]]}, "at least 3 corners"),
    ({"segmentation": {"size": [100, 100], "counts": [10000]}}, "mask without a pixel"),
    ({"segmentation": [[200, 200, 210, 200, 210, 210]]}, "polygon covers no pixel"),
    ({"category_id": 7}, "category_id 7; expected one of"),
    ({"bbox": [95, 95, 10, 10]}, "leaves the photo by 5 px at the right"),
]


def test_all_bad_annotations_are_named_at_once_and_skipped_on_request(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole: dict[str, Any] = {"image_id": 1, "bbox": [10, 10, 30, 30], "segmentation": [SQUARE]}
    root = coco_of(tmp_path / "in", [*(bad for bad, _ in BAD), whole, whole | {"bbox": [0, 0, 0, 0]}])
    command = ["data", "import", "coco", str(root), "--out", str(tmp_path / "out")]
    assert main(command) == 1
    said = capsys.readouterr().err
    assert f"{len(BAD) + 1} faults, expected none (--skip-bad" in said
    for number, (_, message) in enumerate(BAD):
        (line,) = [line for line in said.splitlines() if f"annotations[{number}] (id {number}): " in line]
        assert message in line
    assert not (tmp_path / "out").exists()
    assert main([*command, "--skip-bad"]) == 0
    assert f"left out as bad: {len(BAD) + 1}" in capsys.readouterr().out
    samples, said, manifest = read_in("coco", root, tmp_path / "again", skip_bad=True)
    # Whose annotations are all bad is not clean: nobody knows.
    assert samples["photos/0.jpg"].defects is None
    assert [defect.box for defect in samples["photos/1.jpg"].defects or ()] == [(10, 10, 30, 30)]
    assert len(list((manifest.root / "masks").rglob("*.png"))) == 1
    assert "1 photos with defects, 0 clean, 1 not labelled" in said


def test_a_box_is_clipped_within_a_pixel_on_every_side_and_refused_beyond_it() -> None:
    rng = random.Random(5)
    for _ in range(500):
        over, size = rng.choice((1e-13, 0.2, 0.4, 0.99)), (rng.randint(50, 90), rng.randint(50, 90))
        height, width = size
        boxes: list[Box] = [(-over, 3, 20, 20), (3, -over, 20, 20), (7.3, 3, width - 7.3 + over, 20)]
        boxes.append((3, 7.3, 20, height - 7.3 + over))
        for box in boxes:
            x, y, across, down = fit_box(box, size)
            assert min(x, y) >= 0 < min(across, down)
            assert x + across <= width
            assert y + down <= height
            assert max(abs(a - b) for a, b in zip((x, y, across, down), box, strict=True)) <= over + 1e-9
    for number, side in enumerate(("left", "top", "right", "bottom")):
        wrong = [(-1.2, 3, 9, 9), (3, -1.2, 9, 9), (82, 3, 9.2, 9), (3, 72, 9, 9.2)][number]
        with pytest.raises(ManifestError, match=rf"leaves the photo by 1\.2 px at the {side}"):
            fit_box(wrong, (80, 90))
    assert fit_box((0, 0, 90, 80), (80, 90)) == (0, 0, 90, 80)
