"""A folder per class out and in: with labels.csv nothing is lost, without it the folders speak."""

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.datasets.varied_dataset import varied_dataset
from tests.parts.photos import drawn_dataset, drawn_piece, jpeg
from ubora.datasets.formats.command import export_dataset, import_dataset
from ubora.datasets.formats.intake.intake import Options
from ubora.datasets.manifest import Defect, Manifest, ManifestError, Sample, write_manifest
from ubora.datasets.taxonomy import JEWELRY


def _by_name(manifest: Manifest) -> dict[str, Sample]:
    return {sample.file_name: sample for sample in manifest}


@pytest.mark.parametrize("seed", range(6))
def test_a_dataset_comes_back_from_folders_with_every_field_box_and_pixel(tmp_path: Path, seed: int) -> None:
    manifest = varied_dataset(tmp_path / "in", seed)
    export_dataset("folders", manifest, tmp_path / "folders")
    back = import_dataset("folders", tmp_path / "folders", tmp_path / "back")
    assert _by_name(back) == _by_name(manifest)
    assert (back.card, back.fingerprint()) == (manifest.card, manifest.fingerprint())


def test_without_labels_csv_what_the_folders_say_comes_back(tmp_path: Path) -> None:
    manifest = drawn_dataset(tmp_path / "in")
    export_dataset("folders", manifest, tmp_path / "folders")
    (tmp_path / "folders/labels.csv").unlink()
    back = import_dataset("folders", tmp_path / "folders", tmp_path / "back")
    before = {sample.sample_id: sample for sample in manifest}
    assert len(back) == len(manifest)
    for sample in back:
        was = before[sample.sample_id]
        assert (sample.split, sample.defect_names()) == (was.split, was.defect_names())
        assert [d.box for d in sample.defects or ()] == [d.box for d in was.defects or ()]
        for found, expected in zip(sample.defects or (), was.defects or (), strict=True):
            assert (back.root / str(found.mask)).read_bytes() == manifest.path(
                str(expected.mask)
            ).read_bytes()


def test_a_photo_lies_in_the_folder_of_its_worst_defect(tmp_path: Path) -> None:
    manifest = drawn_dataset(tmp_path / "in", 5)
    labels: list[tuple[Defect, ...] | None] = [
        (Defect(name="scratch", severity="minor"), Defect(name="bent", severity="critical")),
        (Defect(name="pit"), Defect(name="tarnish", severity="minor")),
        (Defect(name="bent"), Defect(name="crack")),
        (),
        None,
    ]
    samples = [
        s.model_copy(update={"defects": d, "split": None}) for s, d in zip(manifest, labels, strict=True)
    ]
    export_dataset("folders", Manifest(manifest.root, manifest.card, samples), tmp_path / "out")
    places = sorted(str(path.relative_to(tmp_path / "out")) for path in tmp_path.glob("out/unsplit/*/*"))
    assert places == [
        "unsplit/bent/0.jpg",
        "unsplit/crack/2.jpg",
        "unsplit/good/3.jpg",
        "unsplit/tarnish/1.jpg",
        "unsplit/unlabelled/4.jpg",
    ]


def _put(root: Path, *places: str) -> None:
    for number, place in enumerate(places):
        path = root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        photo = drawn_piece(number, size=100)[0][:80]
        if path.suffix == ".jpg":
            path.write_bytes(jpeg(photo))
        else:
            cv2.imwrite(str(path), photo)


def _mask(path: Path, shape: tuple[int, int] = (80, 100)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    mask = np.zeros(shape, np.uint8)
    mask[10:20, 30:50] = 255
    cv2.imwrite(str(path), mask)


def test_mvtec_folders_are_read_with_their_masks(tmp_path: Path) -> None:
    root = tmp_path / "bottle"
    _put(root, "train/good/000.png", "test/good/000.png", "test/broken/000.png", "test/cut off/000.png")
    _mask(root / "ground_truth/broken/000_mask.png")
    (root / "readme.txt").write_text("x")
    manifest = import_dataset("folders", root, tmp_path / "out")
    assert [(s.file_name, s.split, s.defects) for s in manifest] == [
        (
            "photos/test/broken/000.png",
            "test",
            (Defect(name="broken", box=(30, 10, 20, 10), mask="masks/test/broken/000-png-broken.png"),),
        ),
        ("photos/test/cut off/000.png", "test", (Defect(name="cut off"),)),
        ("photos/test/good/000.png", "test", ()),
        ("photos/train/good/000.png", "train", ()),
    ]
    assert manifest.card.taxonomy.defects == ("broken", "cut off")


def test_the_mask_of_a_number_that_train_has_too_is_the_test_photos(tmp_path: Path) -> None:
    root = tmp_path / "in"
    _put(root, "train/broken/000.png", "test/broken/000.png")
    _mask(root / "ground_truth/broken/000_mask.png")
    manifest = import_dataset("folders", root, tmp_path / "out")
    assert {s.split: bool((s.defects or ())[0].mask) for s in manifest} == {"test": True, "train": False}


def test_class_folders_without_splits_are_read_and_clean_has_three_names(tmp_path: Path) -> None:
    _put(tmp_path / "in", "crack/a.jpg", "ok/b.jpg", "clean/c.jpg", "unlabelled/d.jpg", "good/e.webp.jpg")
    manifest = import_dataset("folders", tmp_path / "in", tmp_path / "out", Options(piece_from="stem"))
    assert {s.piece_id: s.defects for s in manifest} == {
        "a": (Defect(name="crack"),),
        "b": (),
        "c": (),
        "d": None,
        "e.webp": (),
    }
    assert (manifest.card.taxonomy, {s.split for s in manifest}) == (JEWELRY, {None})


def test_a_new_photo_beside_those_of_labels_csv_is_read_from_its_folder(tmp_path: Path) -> None:
    export_dataset("folders", drawn_dataset(tmp_path / "in", 4), tmp_path / "folders")
    _put(tmp_path / "folders", "train/dent/new.jpg")
    back = import_dataset("folders", tmp_path / "folders", tmp_path / "back")
    assert len(back) == 5
    assert [s.defects for s in back if s.file_name.endswith("new.jpg")] == [(Defect(name="dent"),)]


def _change_cell(root: Path, line: int, **cells: str) -> None:
    path = root / "labels.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    rows[line - 2] |= cells
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows(rows)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"photo": "train/good/none.jpg"}, "labels.csv:3: train/good/none.jpg not found"),
        ({"variance": "six"}, "labels.csv:3: variance: expected JSON, found 'six'"),
        ({"variance": "6"}, "labels.csv:3: variance: "),
        ({"defects": '[{"name": "rust"}]'}, "labels.csv:3: unknown class 'rust'; expected one of scratch"),
        ({"piece_mask": "../../mine.png"}, "labels.csv:3: piece_mask: "),
        ({"piece_mask": "masks/none.png"}, "labels.csv:3: masks/none.png not found"),
        ({"file_name": "../mine.jpg"}, "labels.csv:3: expected a path inside the dataset folder"),
        ({"sample_id": "0" * 64}, "expected 000000000000…"),
    ],
)
def test_a_wrong_cell_is_named_with_its_line_and_leaves_nothing_behind(
    tmp_path: Path, cells: dict[str, str], message: str
) -> None:
    export_dataset("folders", drawn_dataset(tmp_path / "in", 4), tmp_path / "folders")
    _change_cell(tmp_path / "folders", 3, **cells)
    with pytest.raises(ManifestError) as refused:
        import_dataset("folders", tmp_path / "folders", tmp_path / "back")
    assert message in str(refused.value)
    assert not (tmp_path / "back").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"photo,split\ntrain/crack/a.jpg,\xff\n", "labels.csv: expected CSV in UTF-8"),
        (b"file,split\ntrain/crack/a.jpg,val\n", "labels.csv:1: no column photo"),
        (
            b"photo,split\ntrain/crack/a.jpg,val\ntrain/crack/a.jpg,val\n",
            "labels.csv:3: train/crack/a.jpg stands",
        ),
        (b"photo,split\ntrain/crack/a.jpg,val,more\n", "labels.csv:2: a cell too many: "),
        (b"photo,split\ntrain/crack/a.jpg,fold\n", "labels.csv:2: split: "),
        (b"photo,colour\ntrain/crack/a.jpg,gold\n", "labels.csv:2: colour: "),
    ],
)
def test_a_labels_csv_that_is_none_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    _put(tmp_path / "in", "train/crack/a.jpg")
    (tmp_path / "in/labels.csv").write_bytes(content)
    with pytest.raises(ManifestError) as refused:
        import_dataset("folders", tmp_path / "in", tmp_path / "out")
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("places", "message"),
    [
        (["a.jpg"], "a.jpg: expected <split>/<class>/photo or <class>/photo"),
        (["train/crack/deep/a.jpg"], "deep/a.jpg: expected <split>/<class>/photo"),
        (["fold/crack/a.jpg"], "fold/crack/a.jpg: expected <split>/<class>/photo"),
        (["train/crack/a.bmp"], "a.bmp: expected JPEG, PNG or WebP"),
        ([], "no photos; expected"),
    ],
)
def test_folders_of_another_shape_are_refused(tmp_path: Path, places: list[str], message: str) -> None:
    (tmp_path / "in").mkdir()
    _put(tmp_path / "in", *places)
    with pytest.raises(ManifestError) as refused:
        import_dataset("folders", tmp_path / "in", tmp_path / "out")
    assert message in str(refused.value)


def test_a_mask_of_another_size_and_a_photo_that_is_none_are_refused(tmp_path: Path) -> None:
    _put(tmp_path / "in", "test/crack/a.jpg")
    _mask(tmp_path / "in/ground_truth/crack/a_mask.png", (100, 80))
    with pytest.raises(ManifestError, match="80 × 100 pixels; expected 100 × 80 as in its photo"):
        import_dataset("folders", tmp_path / "in", tmp_path / "out")
    (tmp_path / "in/test/crack/a.jpg").write_bytes(b"GIF89a")
    with pytest.raises(ManifestError, match=r"a\.jpg: not a readable photo"):
        import_dataset("folders", tmp_path / "in", tmp_path / "out")


def test_a_class_that_would_be_read_as_clean_is_not_exported(tmp_path: Path) -> None:
    manifest = drawn_dataset(tmp_path / "in", 2)
    taxonomy = JEWELRY.model_copy(update={"defects": (*JEWELRY.defects, "good")})
    manifest = Manifest(
        manifest.root, manifest.card.model_copy(update={"taxonomy": taxonomy}), manifest.samples
    )
    write_manifest(manifest)
    with pytest.raises(ManifestError, match=r"dataset\.json: class 'good' cannot be the name"):
        export_dataset("folders", manifest, tmp_path / "out")
