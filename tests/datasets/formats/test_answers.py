"""What comes of Label Studio's answers: whose counts, what is bad in them, and where their photos lie."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.parts.photos import drawn_piece, jpeg
from ubora.datasets.formats.command import import_dataset
from ubora.datasets.formats.intake.intake import Options
from ubora.datasets.formats.intake.run_lengths import brush_of
from ubora.datasets.manifest import ManifestError, Sample

_SIZE = {"original_width": 100, "original_height": 100, "image_rotation": 0}


def _region(kind: str = "rectanglelabels", name: str = "r", **value: Any) -> dict[str, Any]:
    place = value or {"x": 10, "y": 10, "width": 20, "height": 20, "rotation": 0, kind: ["crack"]}
    return {"id": name, "from_name": "label", "to_name": "image", "type": kind, "value": place} | _SIZE


def _answer(*results: dict[str, Any], hour: int = 10, **more: Any) -> dict[str, Any]:
    return {"id": hour, "result": list(results), "updated_at": f"2026-11-01T{hour}:00:00Z"} | more


def _export(root: Path, *tasks: list[dict[str, Any]], address: str = "/data/upload/1/{}.jpg") -> Path:
    """A JSON export with one photo a task beside it."""
    root.mkdir(parents=True, exist_ok=True)
    for number in range(len(tasks)):
        (root / f"{number}.jpg").write_bytes(jpeg(drawn_piece(number, size=100)[0]))
    records = [
        {"id": number, "data": {"image": address.format(number)}, "annotations": annotations}
        for number, annotations in enumerate(tasks)
    ]
    (root / "export.json").write_text(json.dumps(records))
    return root / "export.json"


def _read(source: Path, out: Path, **options: Any) -> tuple[list[Sample], str]:
    said: list[str] = []
    manifest = import_dataset("label-studio", source, out, Options(**options), said.append)
    return list(manifest), said[0]


def test_the_ground_truth_counts_before_a_later_answer_and_disagreement_is_said(tmp_path: Path) -> None:
    path = _export(
        tmp_path / "in",
        [_answer(_region(), hour=10, ground_truth=True), _answer(hour=11)],
        [_answer(_region(), hour=10), _answer(hour=11)],
        [_answer(_region(), hour=10), _answer(_region(), hour=11)],
        [_answer(_region(), ground_truth=True, was_cancelled=True), _answer(hour=12)],
        [],
    )
    samples, said = _read(path, tmp_path / "out")
    labels = [None if sample.defects is None else bool(sample.defects) for sample in samples]
    assert labels == [True, False, True, False, None]
    assert "annotations disagree, the one marked as ground truth counts: 1 (task 0)" in said
    assert "annotations disagree, the latest counts: 1 (task 1)" in said
    assert "without an answer, not labelled: 1 (task 4)" in said


EMPTY = brush_of(np.zeros((100, 100), np.bool_))
BAD: list[tuple[dict[str, Any], str]] = [
    (_region("ellipselabels", x=50, y=50, radiusX=5, radiusY=5, ellipselabels=["crack"]), "'ellipselabels'"),
    (_region("keypointlabels", x=50, y=50, width=1, keypointlabels=["crack"]), "'keypointlabels'"),
    (_region(x=1, y=1, width=0, height=5, rectanglelabels=["crack"]), "box: expected width, height > 0"),
    (_region("polygonlabels", points=[[1, 1], [9, 9]], polygonlabels=["crack"]), "at least 3 corners"),
    (
        _region("brushlabels", format="rle", rle=EMPTY, brushlabels=["crack"]),
        "mask without a pixel",
    ),
    (_region("rectangle", x=1, y=1, width=5, height=5), "no label; expected one of"),
    (_region(x=1, y=1, width=5, height=5, rectanglelabels=[]), "no label; expected one of"),
    (
        _region(x=90, y=1, width=15, height=5, rectanglelabels=["crack"]),
        "by 5 px at the right",
    ),
]
COMMENTS: list[dict[str, Any]] = [
    {"type": "relation", "from_id": "a", "to_id": "b", "direction": "right"},
    {"id": "t", "from_name": "why", "to_name": "image", "type": "textarea", "value": {"text": ["dull"]}},
]


def test_all_bad_regions_are_named_at_once_and_skipped_on_request(tmp_path: Path) -> None:
    bad = [region | {"id": f"b{number}"} for number, (region, _) in enumerate(BAD)]
    path = _export(
        tmp_path / "in",
        [_answer(*bad)],
        [_answer(_region(), _region("rating", rating=2), *bad, *COMMENTS)],
        [_answer(*COMMENTS)],
    )
    with pytest.raises(ManifestError, match=f"{2 * len(BAD)} faults, expected none") as refused:
        import_dataset("label-studio", path, tmp_path / "out")
    for _, message in BAD:
        assert str(refused.value).count(message) >= 2
    samples, said = _read(path, tmp_path / "out", skip_bad=True)
    # Whose regions are all bad is not clean: nobody knows.
    assert samples[0].defects is None
    assert [defect.box for defect in samples[1].defects or ()] == [(10, 10, 20, 20)]
    assert "passed over, relation: 2 (task 1, task 2)" in said
    assert "passed over, textarea: 2 (task 1, task 2)" in said
    assert "passed over, rating of a region: 1 (task 1)" in said
    assert f"left out as bad: {2 * len(BAD)}" in said


def test_a_rectangle_that_rounding_leads_over_the_edge_is_clipped(tmp_path: Path) -> None:
    over = _region(x=-0.2, y=79.9, width=20, height=20.3, rotation=0, rectanglelabels=["crack"])
    samples, _ = _read(_export(tmp_path / "in", [_answer(over)]), tmp_path / "out")
    boxes = [defect.box for defect in samples[0].defects or ()]
    assert boxes == [pytest.approx((0, 79.9, 19.8, 20.1))]


@pytest.mark.parametrize(
    ("form", "place", "address"),
    [
        ("label-studio", "images/1a2b3c4d-a.jpg", "/data/upload/1/1a2b3c4d-a.jpg"),
        ("label-studio", "a.jpg", "/data/upload/1/1a2b3c4d-a.jpg"),
        ("label-studio", "images/a b.jpg", "http://localhost:8080/data/upload/4/a%20b.jpg"),
        ("label-studio", "a.jpg", "/data/local-files/?d=photos\\shop\\a.jpg"),
        ("label-studio", "images/a.jpg", "C:\\Users\\Njeri\\images\\a.jpg"),
        ("coco", "images/a.jpg", "images\\a.jpg"),
        ("coco", "images/a.jpg", "../../label-studio/label-studio/media/upload/4/a.jpg"),
        ("coco", "images/a.jpg", "/home/njeri/label-studio/upload/4/a.jpg"),
        ("coco", "shop/images/a.jpg", ".\\shop\\images\\a.jpg"),
    ],
)
def test_photos_are_found_by_the_paths_that_label_studio_writes(
    tmp_path: Path, form: str, place: str, address: str
) -> None:
    photo = tmp_path / "in" / place
    photo.parent.mkdir(parents=True)
    photo.write_bytes(jpeg(drawn_piece(1, size=100)[0]))
    content: Any = [{"id": 1, "data": {"image": address}, "annotations": [_answer(_region())]}]
    if form == "coco":
        images = [{"id": 1, "file_name": address, "width": 100, "height": 100}]
        annotations = [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 10, 20, 20]}]
        categories = [{"id": 1, "name": "crack"}]
        content = {"images": images, "annotations": annotations, "categories": categories}
    (tmp_path / "in/result.json").write_text(json.dumps(content))
    manifest = import_dataset(form, tmp_path / "in/result.json", tmp_path / "out")
    assert [sample.defect_names() for sample in manifest] == [{"crack"}]


def test_a_photo_that_may_be_one_of_two_is_refused(tmp_path: Path) -> None:
    path = _export(tmp_path / "in", [_answer(_region())])
    (tmp_path / "in/images").mkdir()
    (tmp_path / "in/images/0.jpg").write_bytes(jpeg(drawn_piece(7, size=100)[0]))
    with pytest.raises(ManifestError, match=r"may be 0\.jpg and images/0\.jpg; expected one file"):
        import_dataset("label-studio", path, tmp_path / "out")


def test_choices_that_mean_good_are_clean(tmp_path: Path) -> None:
    choices = [_region("choices", choices=[word]) for word in ("OK", "Good", "no defect")]
    samples, _ = _read(_export(tmp_path / "in", *([_answer(choice)] for choice in choices)), tmp_path / "out")
    assert [sample.defects for sample in samples] == [(), (), ()]
