"""Label Studio out and in: what people see there, what they decided there, and what comes back."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest

from tests.datasets.varied_dataset import varied_dataset
from tests.parts.photos import drawn_dataset, drawn_piece, jpeg
from ubora.command import main
from ubora.datasets.formats.command import export_dataset, import_dataset
from ubora.datasets.formats.intake.intake import Options
from ubora.datasets.formats.intake.run_lengths import brush_of
from ubora.datasets.formats.label_studio.writing import label_config
from ubora.datasets.manifest import Manifest, ManifestError, Sample, read_manifest
from ubora.datasets.taxonomy import JEWELRY


def _by_name(manifest: Manifest) -> dict[str, Sample]:
    return {sample.file_name: sample for sample in manifest}


@pytest.mark.parametrize("seed", range(6))
def test_a_dataset_comes_back_from_label_studio_with_every_field_box_and_pixel(
    tmp_path: Path, seed: int
) -> None:
    manifest = varied_dataset(tmp_path / "in", seed)
    export_dataset("label-studio", manifest, tmp_path / "tasks")
    back = import_dataset("label-studio", tmp_path / "tasks", tmp_path / "back")
    assert _by_name(back) == _by_name(manifest)
    assert (back.card, back.fingerprint()) == (manifest.card, manifest.fingerprint())


def test_the_configuration_names_every_class_and_every_control_of_the_tasks(tmp_path: Path) -> None:
    export_dataset("label-studio", varied_dataset(tmp_path / "in"), tmp_path / "tasks")
    text = (tmp_path / "tasks/label-config.xml").read_text()
    assert text == label_config(JEWELRY)
    view = ElementTree.fromstring(text)
    controls = {tag.attrib["name"]: tag for tag in view}
    for name in ("defects", "boxes", "outlines"):
        assert [label.attrib["value"] for label in controls[name]] == list(JEWELRY.defects)
    tasks = json.loads((tmp_path / "tasks/tasks.json").read_bytes())
    results = [r for task in tasks for a in task["annotations"] for r in a["result"]]
    used = {(result["from_name"], result["type"]) for result in results}
    assert used <= {(name, tag.tag.lower()) for name, tag in controls.items()}
    assert {name for name, _ in used} >= {"defects", "boxes", "severity", "unplaced", "variance", "piece"}
    for result in results:
        if result["type"] == "choices":
            known = {choice.attrib["value"] for choice in controls[result["from_name"]]}
            assert set(result["value"]["choices"]) <= known


def test_photos_are_addressed_below_the_folder_above_the_export(tmp_path: Path) -> None:
    export_dataset("label-studio", varied_dataset(tmp_path / "in", photos=2), tmp_path / "to label")
    tasks = json.loads((tmp_path / "to label/tasks.json").read_bytes())
    assert [task["data"]["image"] for task in tasks] == [
        "/data/local-files/?d=to%20label/photos/sub/0%20%C3%A9.jpg",
        "/data/local-files/?d=to%20label/photos/1%20%C3%A9.jpg",
    ]


def _region(kind: str, value: dict[str, Any], **more: Any) -> dict[str, Any]:
    size = {"original_width": 100, "original_height": 80, "image_rotation": 0}
    return {"id": "r1", "from_name": "tag", "to_name": "img", "type": kind, "value": value} | size | more


def _brush(name: str = "crack") -> tuple[dict[str, Any], np.ndarray[Any, Any]]:
    mask = np.zeros((80, 100), np.bool_)
    mask[10:20, 30:33] = True
    return _region("brushlabels", {"format": "rle", "rle": brush_of(mask), "brushlabels": [name]}), mask


def _export(root: Path, *annotations: dict[str, Any], **task: Any) -> Path:
    """What Label Studio exports of a project of its own."""
    root.mkdir(exist_ok=True)
    (root / "a.jpg").write_bytes(jpeg(drawn_piece(1, size=100)[0][:80]))
    record = {"id": 12, "data": {"image": "/data/upload/1/a.jpg"}, "annotations": list(annotations)} | task
    (root / "export.json").write_text(json.dumps([record]))
    return root / "export.json"


def _annotation(*results: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": 1001, "result": list(results), "was_cancelled": False, "completed_by": 10} | more


def _read(tmp_path: Path, *annotations: dict[str, Any], **task: Any) -> Sample:
    manifest = import_dataset(
        "label-studio", _export(tmp_path / "in", *annotations, **task), tmp_path / "out"
    )
    (sample,) = manifest
    return sample


def test_brush_rectangle_polygon_and_choices_of_another_project_are_read(tmp_path: Path) -> None:
    brush, mask = _brush()
    rectangle = _region("rectanglelabels", {"x": 50.8, "y": 5.5, "width": 12.4, "height": 10, "rotation": 0})
    rectangle["id"], rectangle["value"]["rectanglelabels"] = "r2", ["dent"]
    severity = _region("choices", rectangle["value"] | {"choices": ["major"]}, id="r2", from_name="how_bad")
    polygon = _region("polygonlabels", {"points": [[10, 10], [20, 10], [20, 20], [10, 20]]}, id="r3")
    polygon["value"] |= {"polygonlabels": ["chip"], "closed": True}
    choices = _region("choices", {"choices": ["tarnish", "blur"]}, id="c1", from_name="photo")
    rating = _region("rating", {"rating": 4}, id="c2", from_name="stars")
    sample = _read(tmp_path, _annotation(brush, rectangle, severity, polygon, choices, rating))
    crack, dent, chip, tarnish = sample.defects or ()
    drawn = cv2.imread(str(tmp_path / "out" / str(crack.mask)), cv2.IMREAD_GRAYSCALE)
    assert np.array_equal(np.asarray(drawn) > 127, mask)
    assert (crack.name, crack.box) == ("crack", (30, 10, 3, 10))
    assert (dent.name, dent.box, dent.severity, dent.mask) == ("dent", (50.8, 4.4, 12.4, 8.0), "major", None)
    assert (chip.name, chip.box) == ("chip", (10, 8, 10, 8))
    assert (tarnish.name, tarnish.box, tarnish.mask) == ("tarnish", None, None)
    assert (sample.photo_faults, sample.variance, sample.reviewed_by) == (("blur",), 4, "10")


def test_tools_and_labels_in_tags_of_their_own_are_one_region(tmp_path: Path) -> None:
    brush, _ = _brush()
    tool = brush | {"type": "brush", "value": {k: v for k, v in brush["value"].items() if k != "brushlabels"}}
    label = brush | {"type": "labels", "value": tool["value"] | {"labels": ["bent"]}}
    sample = _read(tmp_path, _annotation(tool, label))
    assert [(d.name, bool(d.mask)) for d in sample.defects or ()] == [("bent", True)]


def test_the_latest_annotation_that_is_not_cancelled_counts(tmp_path: Path) -> None:
    brush, _ = _brush()
    sample = _read(
        tmp_path,
        _annotation(
            updated_at="2026-03-09T22:16:08.728378Z", completed_by={"id": 3, "email": "a@hub.example"}
        ),
        _annotation(brush, updated_at="2026-03-08T22:16:08.728378Z"),
        _annotation(brush, updated_at="2026-03-10T22:16:08.728378Z", was_cancelled=True),
    )
    assert (sample.defects, sample.reviewed_by) == ((), "a@hub.example")


@pytest.mark.parametrize("annotations", [[], [_annotation(was_cancelled=True)]])
def test_a_skipped_task_and_one_that_nobody_saw_are_not_labelled(
    tmp_path: Path, annotations: list[dict[str, Any]]
) -> None:
    sample = _read(tmp_path, *annotations)
    assert (sample.defects, sample.variance, sample.photo_faults) == (None, None, None)


@pytest.mark.parametrize(
    ("results", "defects"),
    [
        ([], ()),
        ([_region("choices", {"choices": ["clean"]}), _region("rating", {"rating": 3})], ()),
        ([_region("rating", {"rating": 3})], None),
        ([_region("choices", {"choices": ["blur"]})], None),
        ([_region("choices", {"choices": ["unlabelled"]}, from_name="condition")], None),
    ],
)
def test_clean_is_what_was_submitted_empty_or_said_to_be_clean(
    tmp_path: Path, results: list[dict[str, Any]], defects: tuple[()] | None
) -> None:
    assert _read(tmp_path, _annotation(*results)).defects == defects


def test_completions_of_the_first_versions_are_read(tmp_path: Path) -> None:
    brush, _ = _brush()
    sample = _read(tmp_path, completions=[_annotation(brush)])
    assert sample.defect_names() == {"crack"}


def _edited(tmp_path: Path, **changes: Any) -> tuple[Manifest, Manifest]:
    """A drawn dataset, and what comes back where a person changed the annotation of its second photo."""
    manifest = drawn_dataset(tmp_path / "in", 4)
    export_dataset("label-studio", manifest, tmp_path / "tasks")
    path = tmp_path / "tasks/tasks.json"
    tasks = json.loads(path.read_bytes())
    tasks[1]["annotations"][0] |= changes
    path.write_text(json.dumps(tasks))
    return manifest, import_dataset("label-studio", path, tmp_path / "back")


def test_what_a_person_redraws_wins_and_what_is_known_of_the_piece_stays(tmp_path: Path) -> None:
    mask = np.zeros((160, 160), np.bool_)
    mask[5:9, 7:20] = True
    value = {"format": "rle", "rle": brush_of(mask), "brushlabels": ["dent"]}
    region = {"id": "d0", "from_name": "defects", "type": "brushlabels", "value": value}
    before, after = _edited(
        tmp_path, result=[region], completed_by={"email": "qa@hub.example"}, lead_time=8.5
    )
    (dent,) = after.samples[1].defects or ()
    assert (dent.name, dent.box, dent.severity) == ("dent", (7, 5, 13, 4), None)
    assert after.samples[1].reviewed_by == "qa@hub.example"
    for field in ("piece_id", "microfactory", "design", "split", "source"):
        assert getattr(after.samples[1], field) == getattr(before.samples[1], field)
    assert after.samples[0] == before.samples[0]


def test_whoever_only_imported_the_tasks_has_reviewed_nothing(tmp_path: Path) -> None:
    before, after = _edited(tmp_path, completed_by={"email": "admin@hub.example"}, lead_time=None)
    assert after.samples == before.samples


def test_a_task_that_was_skipped_loses_its_labels_and_keeps_the_rest(tmp_path: Path) -> None:
    before, after = _edited(tmp_path, was_cancelled=True)
    lost = {"defects": None, "piece_mask": None, "photo_faults": None, "variance": None}
    assert after.samples[1] == before.samples[1].model_copy(update=lost)


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (_brush("rust")[0], "region r1: unknown class 'rust'; expected one of crack"),
        (_brush()[0] | {"original_width": 99}, "region r1: drawn on 99 × 80 pixels; expected 100 × 80"),
        (_brush()[0] | {"image_rotation": 90}, "region r1: turned by 90"),
        (_region("brushlabels", {"brushlabels": ["crack"], "rle": [1, 2]}), "region r1: brush ends early"),
        (_region("brushlabels", {"brushlabels": ["crack"], "rle": 5}), "region r1: expected rle as a list"),
        (_region("brushlabels", {"brushlabels": ["crack"]}), "region r1: expected x, y, width, height"),
        (
            _region(
                "rectanglelabels", {"x": 1, "y": 1, "width": 9, "height": 0, "rectanglelabels": ["dent"]}
            ),
            "region r1: box: ",
        ),
        (
            _region("ellipselabels", {"ellipselabels": ["crack"]}),
            "tag: type 'ellipselabels'; expected one of",
        ),
        (_region("rating", {"rating": 9}), "variance: "),
        (_region("labels", {"labels": 7}), "expected a list of labels, found 7"),
        (_region("choices", {"choices": ["lovely"]}), "tag: choice 'lovely'; expected one of clean"),
        (_region("choices", {"choices": "clean"}), "tag: expected a list of choices"),
        (_region("choices", {"choices": ["defective"]}, from_name="condition"), "defective and no defect"),
    ],
)
def test_what_is_wrong_in_a_task_is_named_with_its_place_and_leaves_nothing_behind(
    tmp_path: Path, result: dict[str, Any], message: str
) -> None:
    path = _export(tmp_path / "in", _annotation(result))
    with pytest.raises(ManifestError) as refused:
        import_dataset("label-studio", path, tmp_path / "out", Options(classes=("crack", "dent")))
    assert message in str(refused.value)
    assert f"{path}: task 12: " in str(refused.value)
    assert not (tmp_path / "out").exists()


def test_clean_and_a_defect_are_refused_together(tmp_path: Path) -> None:
    clean = _region("choices", {"choices": ["clean"]}, id="c", from_name="condition")
    with pytest.raises(ManifestError, match="condition clean and 1 defects"):
        _read(tmp_path, _annotation(_brush()[0], clean))


@pytest.mark.parametrize(
    ("image", "message"),
    [
        ("/data/local-files/?d=../../etc/b.jpg", "expected a file within"),
        ("/etc/hostname", "expected a file within"),
        ("https://example.com/a.jpg", "expected a photo on disk"),
        ("/data/local-files/?d=x/none.jpg", "x/none.jpg not found in"),
    ],
)
def test_a_photo_elsewhere_is_refused(tmp_path: Path, image: str, message: str) -> None:
    with pytest.raises(ManifestError, match=message):
        _read(tmp_path, data={"image": image})


def test_a_photo_is_found_by_the_end_of_its_path_and_under_any_name(tmp_path: Path) -> None:
    sample = _read(tmp_path, data={"picture": "/data/local-files/?d=srv/labels/a.jpg", "shop": "Kibera 1"})
    assert sample.file_name == "photos/a.jpg"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "expected a list of tasks"),
        ('[{"id": 7, "image": "a.jpg", "annotator": 1}]', "task 7: this is JSON-MIN"),
    ],
)
def test_another_export_than_json_is_refused(
    tmp_path: Path, text: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "export.json"
    path.write_text(text)
    assert main(["data", "import", "label-studio", str(path), "--out", str(tmp_path / "out")]) == 1
    assert message in capsys.readouterr().err


def test_the_command_says_how_to_open_what_it_wrote(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn_dataset(tmp_path / "in", 4)
    out = tmp_path / "tasks"
    assert main(["data", "export", "label-studio", str(tmp_path / "in"), "--out", str(out)]) == 0
    assert f"LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT={tmp_path}" in capsys.readouterr().out
    assert main(["data", "import", "label-studio", str(out), "--out", str(tmp_path / "back")]) == 0
    assert len(read_manifest(tmp_path / "back")) == 4
