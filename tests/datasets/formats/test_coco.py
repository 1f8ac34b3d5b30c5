"""COCO out and in: nothing is lost on the way, files of others are read, and what is wrong has a place."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.datasets.varied_dataset import varied_dataset
from tests.parts.photos import drawn_dataset, drawn_piece, jpeg
from ubora.command import main
from ubora.datasets.formats.command import export_dataset, import_dataset
from ubora.datasets.formats.intake.intake import Options
from ubora.datasets.manifest import Manifest, ManifestError, read_manifest
from ubora.datasets.taxonomy import JEWELRY


def _by_name(manifest: Manifest) -> dict[str, Any]:
    return {sample.file_name: sample for sample in manifest}


@pytest.mark.parametrize("seed", range(6))
def test_a_dataset_comes_back_from_coco_with_every_field_box_and_pixel(tmp_path: Path, seed: int) -> None:
    manifest = varied_dataset(tmp_path / "in", seed)
    export_dataset("coco", manifest, tmp_path / "coco")
    back = import_dataset("coco", tmp_path / "coco", tmp_path / "back")
    assert _by_name(back) == _by_name(manifest)
    assert (back.card, back.fingerprint()) == (manifest.card, manifest.fingerprint())


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_there_is_one_json_a_split_and_its_masks_are_those_of_pycocotools(tmp_path: Path) -> None:
    manifest = drawn_dataset(tmp_path / "in")
    export_dataset("coco", manifest, tmp_path / "coco")
    files = sorted(path.name for path in (tmp_path / "coco").glob("*.json"))
    assert files == ["instances_test.json", "instances_train.json", "instances_val.json"]
    content = json.loads((tmp_path / "coco/instances_train.json").read_bytes())
    assert [category["name"] for category in content["categories"]] == list(JEWELRY.defects)
    theirs = pytest.importorskip("pycocotools.mask")
    samples = {sample.file_name: sample for sample in manifest}
    names = {image["id"]: image["file_name"] for image in content["images"]}
    assert content["annotations"]
    for annotation in content["annotations"]:
        (defect,) = samples[names[annotation["image_id"]]].defects or ()
        drawn = cv2.imread(str(manifest.path(str(defect.mask))), cv2.IMREAD_GRAYSCALE)
        assert drawn is not None
        assert np.array_equal(theirs.decode(annotation["segmentation"]) > 0, drawn > 127)
        assert annotation["bbox"] == list(defect.box or ())
        assert annotation["area"] == (drawn > 127).sum() == theirs.area(annotation["segmentation"])


def test_one_split_is_exported_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = drawn_dataset(tmp_path / "in")
    out = str(tmp_path / "coco")
    command = ["data", "export", "coco", str(tmp_path / "in"), "--out", out, "--split", "val"]
    assert main(command) == 0
    assert main(["data", "import", "coco", out, "--out", str(tmp_path / "back")]) == 0
    assert {s.sample_id for s in read_manifest(tmp_path / "back")} == {
        s.sample_id for s in manifest.split("val")
    }
    assert capsys.readouterr().out.splitlines()[-1] == f"val {len(manifest.split('val'))}"


def _foreign(root: Path, **changes: Any) -> Path:
    """What another tool writes: polygons, a box alone, compressed text, no word of ours."""
    for number in range(4):
        path = root / "train2017" / f"shelf-{number // 2}" / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jpeg(drawn_piece(number, size=100)[0]))
    square = [10, 10, 40, 10, 40, 40, 10, 40]
    images = [
        {"id": n, "file_name": f"shelf-{n // 2}/{n}.jpg", "width": 100, "height": 100, "license": 3}
        for n in range(4)
    ]
    content = {
        "info": {"year": 2026},
        "licenses": [{"id": 3, "name": "CC BY 4.0"}],
        "images": images,
        "categories": [{"id": 7, "name": "crack"}, {"id": 9, "name": "dent"}],
        "annotations": [
            {"id": 1, "image_id": 0, "category_id": 9, "bbox": [10, 10, 30, 30], "segmentation": [square]},
            {"id": 2, "image_id": 0, "category_id": 7, "bbox": [1.5, 2.25, 3, 4], "segmentation": []},
            {
                "id": 3,
                "image_id": 1,
                "category_id": 7,
                "segmentation": {"size": [100, 100], "counts": [0, 5, 9995]},
            },
            {"id": 4, "image_id": 2, "category_id": 7},
        ],
    } | changes
    (root / "annotations").mkdir(exist_ok=True)
    path = root / "annotations" / "instances_train2017.json"
    path.write_text(json.dumps(content))
    return path


def test_a_file_of_others_is_read_with_what_the_options_say(tmp_path: Path) -> None:
    _foreign(tmp_path / "in")
    options = Options(piece_from="folder", source="captured")
    manifest = import_dataset("coco", tmp_path / "in", tmp_path / "out", options)
    samples = list(manifest)
    assert [s.file_name for s in samples] == [f"photos/train2017/shelf-{n // 2}/{n}.jpg" for n in range(4)]
    assert [s.piece_id for s in samples] == [f"train2017/shelf-{n // 2}" for n in range(4)]
    assert {(s.split, s.source) for s in samples} == {("train", "captured")}
    assert [[(d.name, d.box) for d in s.defects or ()] for s in samples] == [
        [("dent", (10, 10, 30, 30)), ("crack", (1.5, 2.25, 3, 4))],
        [("crack", None)],
        [("crack", None)],
        [],
    ]
    assert [[bool(d.mask) for d in s.defects or ()] for s in samples] == [[True, False], [True], [False], []]
    assert (manifest.card.taxonomy, manifest.card.licence) == (JEWELRY, "CC BY 4.0")


def test_classes_of_others_become_the_taxonomy_in_their_order_or_in_ours(tmp_path: Path) -> None:
    categories = [{"id": 7, "name": "rust"}, {"id": 9, "name": "dent"}]
    path = _foreign(tmp_path / "in", categories=categories)
    assert import_dataset("coco", path, tmp_path / "a").card.taxonomy.defects == ("rust", "dent")
    ours = Options(classes=("dent", "rust", "crack"))
    assert import_dataset("coco", path, tmp_path / "b", ours).card.taxonomy.defects == (
        "dent",
        "rust",
        "crack",
    )
    with pytest.raises(
        ManifestError, match=r"annotations\[0\] \(id 1\): unknown class 'dent'; expected one of rust"
    ):
        import_dataset("coco", path, tmp_path / "c", Options(classes=("rust",)))


@pytest.mark.parametrize(
    ("piece_from", "pieces"),
    [
        ("photo", [f"train2017/shelf-{n // 2}/{n}" for n in range(4)]),
        ("stem", ["0", "1", "2", "3"]),
        (r"shelf-(\d)", ["0", "0", "1", "1"]),
        (r"shelf-\d", ["shelf-0", "shelf-0", "shelf-1", "shelf-1"]),
    ],
)
def test_the_piece_comes_from_the_path_by_the_rule_given(
    tmp_path: Path, piece_from: str, pieces: list[str]
) -> None:
    path = _foreign(tmp_path / "in")
    manifest = import_dataset("coco", path, tmp_path / "out", Options(piece_from=piece_from))
    assert [sample.piece_id for sample in manifest] == pieces


def _image(**changes: Any) -> dict[str, Any]:
    return {"id": 0, "file_name": "shelf-0/0.jpg", "width": 100, "height": 100} | changes


def _annotation(**changes: Any) -> dict[str, Any]:
    return {"id": 55, "image_id": 0, "category_id": 7, "bbox": [1, 1, 5, 5]} | changes


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"images": [_image(file_name="../0.jpg")]}, "images[0] (id 0): expected a file within"),
        ({"images": [_image(file_name="/etc/hostname")]}, "images[0] (id 0): expected a file within"),
        ({"images": [_image(file_name="none.jpg")]}, "images[0] (id 0): none.jpg not found in"),
        ({"images": [_image(width=50)]}, "is 100 × 100 pixels upright; expected 50 × 100"),
        ({"images": [_image(width="wide")]}, "images[0] (id 0): width: "),
        ({"images": [_image(), _image()]}, "images: an id stands twice"),
        ({"images": [_image(), _image(id=1)]}, "images[1] (id 1): 0.jpg: a second file of this name"),
        ({"images": [_image(ubora={"sample_id": "0" * 64, "piece_id": "p"})]}, "expected 000000000000…"),
        ({"images": [_image(ubora={"colour": "gold", "piece_id": "p"})]}, "images[0] (id 0): colour: "),
        ({"images": [_image(ubora={"material": "gold"})]}, "images[0] (id 0): unknown material 'gold'"),
        ({"images": [_image(ubora={"piece_mask": "m.png"})]}, "(id 0): m.png is named without its pixels"),
        ({"annotations": [_annotation(image_id=9)]}, "annotations[0] (id 55): image_id 9 is no image"),
        ({"annotations": [_annotation(category_id=8)]}, "category_id 8; expected one of 7 crack, 9 dent"),
        ({"annotations": [_annotation(bbox=[0, 0, 0, 5])]}, "annotations[0] (id 55): box: "),
        (
            {"annotations": [_annotation(segmentation=[[1, 2, 3]])]},
            "annotations[0] (id 55): expected a polygon",
        ),
        (
            {"annotations": [_annotation(segmentation={"size": [50, 100], "counts": [5000]})]},
            "annotations[0] (id 55): mask of 100 × 50 pixels; expected 100 × 100",
        ),
        (
            {"annotations": [_annotation(segmentation={"size": [100, 100], "counts": [10000]})]},
            "annotations[0] (id 55): mask without a pixel",
        ),
        (
            {"annotations": [_annotation(segmentation={"size": [100, 100], "counts": [10, 5]})]},
            "annotations[0] (id 55): expected counts ≥ 0 that sum to 100 × 100, found 15",
        ),
        ({"annotations": "none"}, "annotations: "),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_its_place_and_leaves_nothing_behind(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    path = _foreign(tmp_path / "in", **({"annotations": []} | changes))
    with pytest.raises(ManifestError) as refused:
        import_dataset("coco", path, tmp_path / "new" / "out")
    assert message in str(refused.value)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "new").exists()


def test_a_mask_is_not_written_outside_the_dataset(tmp_path: Path) -> None:
    annotation = _annotation(
        segmentation={"size": [100, 100], "counts": [0, 5, 9995]},
        ubora={"order": 0, "mask": "../../mine.png"},
    )
    path = _foreign(tmp_path / "in", annotations=[annotation])
    with pytest.raises(ManifestError, match="expected a path inside the dataset folder"):
        import_dataset("coco", path, tmp_path / "out")
    assert not (tmp_path / "mine.png").exists()


def test_a_photo_that_leads_out_of_the_source_is_refused(tmp_path: Path) -> None:
    path = _foreign(tmp_path / "in", images=[_image(file_name="link.jpg")], annotations=[])
    (tmp_path / "secret.jpg").write_bytes(jpeg(drawn_piece(0)[0]))
    (tmp_path / "in/link.jpg").symlink_to(tmp_path / "secret.jpg")
    with pytest.raises(ManifestError, match=r"link\.jpg lies outside"):
        import_dataset("coco", path, tmp_path / "out")


@pytest.mark.parametrize("text", ["{", "[]", '{"images": [], "annotations": [], "categories": NaN}'])
def test_what_is_no_instances_file_is_refused_with_its_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "instances.json"
    path.write_text(text)
    with pytest.raises(ManifestError, match=r"instances\.json: "):
        import_dataset("coco", path, tmp_path / "out")


def test_an_empty_mask_is_not_exported(tmp_path: Path) -> None:
    manifest = drawn_dataset(tmp_path / "in")
    cv2.imwrite(str(tmp_path / "in/masks/1-scratch.png"), np.zeros((160, 160), np.uint8))
    with pytest.raises(ManifestError, match=r"masks/1-scratch\.png: no pixel above 127"):
        export_dataset("coco", manifest, tmp_path / "coco")
    assert not (tmp_path / "coco").exists()
