"""An export that something altered is imported or refused: never anything but ManifestError."""

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.datasets.formats.imported import put_photo
from tests.datasets.varied_dataset import varied_dataset
from tests.parts.mutations import mutated_bytes, mutated_json
from ubora.datasets.formats.command import export_dataset, import_dataset
from ubora.datasets.formats.intake.intake import Options
from ubora.datasets.formats.intake.run_lengths import brush_of, counts_of, counts_to_text
from ubora.datasets.manifest import ManifestError

FORMATS = ("coco", "label-studio")


def _mask() -> "np.ndarray[Any, np.dtype[np.bool_]]":
    mask = np.zeros((100, 100), np.bool_)
    mask[10:14, 30:33] = True
    return mask


def _coco() -> dict[str, Any]:
    """As other tools write it: every form of a place."""
    places: list[dict[str, Any]] = [
        {"bbox": [10, 20, 30.5, 40]},
        {"segmentation": [[10, 10, 40, 10, 40, 40.5], [60, 60, 70, 60, 70, 70]], "bbox": [10, 10, 60, 60]},
        {"segmentation": {"size": [100, 100], "counts": counts_of(_mask())}},
        {"segmentation": {"size": [100, 100], "counts": counts_to_text(counts_of(_mask()))}},
    ]
    return {
        "info": {"year": 2026},
        "licenses": [{"id": 1, "name": "CC0"}],
        "images": [{"id": n, "file_name": f"photos/{n}.jpg", "width": 100, "height": 100} for n in range(2)],
        "categories": [{"id": 1, "name": "crack", "supercategory": "any"}, {"id": 2, "name": "dent"}],
        "annotations": [
            {"id": n, "image_id": n % 2, "category_id": 1 + n % 2} | p for n, p in enumerate(places)
        ],
    }


def _label_studio() -> list[dict[str, Any]]:
    """As a project of somebody's own exports it: every kind of region and answer."""
    size = {"original_width": 100, "original_height": 100, "image_rotation": 0}
    corners = [[10, 10], [40, 10], [40, 40]]
    box = {"x": 10, "y": 10, "width": 20, "height": 20, "rotation": 0}
    values: list[tuple[str, dict[str, Any]]] = [
        ("brushlabels", {"format": "rle", "rle": brush_of(_mask()), "brushlabels": ["crack"]}),
        ("polygonlabels", {"points": corners, "polygonlabels": ["dent"]}),
        ("rectanglelabels", box | {"rectanglelabels": ["crack"]}),
        ("choices", {"choices": ["minor"]}),
    ]
    results = [
        {
            "id": "r2" if kind == "choices" else f"r{n}",
            "from_name": "tag",
            "to_name": "img",
            "type": kind,
            "value": value,
        }
        | size
        for n, (kind, value) in enumerate(values)
    ]
    answer = {"id": 1, "result": results, "completed_by": 4, "created_at": "2026-11-01T10:00:00Z"}
    photos = [f"/data/upload/1/{n}.jpg" for n in range(2)]
    return [{"id": n, "data": {"image": photo}, "annotations": [answer]} for n, photo in enumerate(photos)]


@dataclass(frozen=True)
class Sound:
    """A folder to import from, and the file in it that is altered."""

    form: str
    file: Path
    content: Any


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, bool], Sound]:
    """By format, and whether it was ours."""
    root = tmp_path_factory.mktemp("sound")
    found = {}
    varied = varied_dataset(root / "varied", photos=4)
    for form in FORMATS:
        export_dataset(form, varied, root / form)
        [file, *_] = [*(root / form).glob("instances*.json"), *(root / form).glob("tasks.json")]
        found[form, True] = Sound(form, file, json.loads(file.read_bytes()))
    for form, content in (("coco", _coco()), ("label-studio", _label_studio())):
        for number in range(2):
            put_photo(root / f"their-{form}/photos/{number}.jpg", number)
        file = root / f"their-{form}" / ("instances.json" if form == "coco" else "tasks.json")
        found[form, False] = Sound(form, file, content)
    return found


def _import(sound: Sound, data: bytes, *, skip_bad: bool) -> None:
    sound.file.write_bytes(data)
    with TemporaryDirectory() as out, suppress(ManifestError):
        import_dataset(sound.form, sound.file, Path(out) / "set", Options(skip_bad=skip_bad))


@pytest.mark.parametrize("ours", [True, False])
@pytest.mark.parametrize("form", FORMATS)
@given(data=st.data(), skip_bad=st.booleans())
def test_altered_values_are_imported_or_refused(
    sound: dict[tuple[str, bool], Sound], form: str, ours: bool, data: st.DataObject, skip_bad: bool
) -> None:
    one = sound[form, ours]
    altered = data.draw(mutated_json(one.content))
    _import(one, json.dumps(altered).encode(), skip_bad=skip_bad)


@pytest.mark.parametrize("form", FORMATS)
@given(data=st.data())
def test_altered_bytes_are_imported_or_refused(
    sound: dict[tuple[str, bool], Sound], form: str, data: st.DataObject
) -> None:
    one = sound[form, False]
    _import(one, data.draw(mutated_bytes(json.dumps(one.content).encode())), skip_bad=True)


@pytest.mark.parametrize("ours", [True, False])
@pytest.mark.parametrize("form", FORMATS)
def test_what_nothing_altered_is_imported(
    sound: dict[tuple[str, bool], Sound], tmp_path: Path, form: str, ours: bool
) -> None:
    one = sound[form, ours]
    one.file.write_text(json.dumps(one.content))
    assert len(import_dataset(form, one.file, tmp_path / "set")) > 0


def _put(content: Any, *way: str | int, value: Any) -> Any:
    """`content` with a value put in at the end of a way of keys."""
    inside = content
    for key in way[:-1]:
        inside = inside[key]
    inside[way[-1]] = value
    return content


_RUNS = {"size": [100, 100], "counts": [10_000]}
_SHAPE = (0, "annotations", 0, "result", 1, "value", "points")


@pytest.mark.parametrize(
    ("form", "altered"),
    [
        ("coco", _put(_coco(), "images", 0, "file_name", value="é" * 300)),
        ("coco", _put(_coco(), "licenses", 0, "name", value="\ud800")),
        ("coco", _put(_coco(), "annotations", 3, "segmentation", "counts", value="o" * 100_000)),
        (
            "coco",
            _put(_coco(), "images", 0, "ubora", value={"piece_mask_rle": _RUNS, "piece_mask": "photos"}),
        ),
        ("label-studio", _put(_label_studio(), 0, "data", value={"photo": "http://["})),
        ("label-studio", _put(_label_studio(), *_SHAPE, value=[[10**400, 0], [9, 0], [9, 9]])),
    ],
    ids=["a long name", "half a pair", "a count without end", "a folder", "no address", "a number too large"],
)
def test_what_once_broke_an_import_is_refused(
    sound: dict[tuple[str, bool], Sound], tmp_path: Path, form: str, altered: Any
) -> None:
    one = sound[form, False]
    one.file.write_text(json.dumps(altered))
    with pytest.raises(ManifestError, match=re.escape(one.file.name)):
        import_dataset(form, one.file, tmp_path / "set")
