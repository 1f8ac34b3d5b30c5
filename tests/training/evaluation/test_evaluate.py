"""Figures of an evaluation: known values by hand, and the whole command on a tiny bundle."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.parts.photos import jpeg
from tests.parts.served import DARK_BLUE, DARK_RED, drawn
from tests.parts.tiny_bundle import write_tiny_bundle
from tests.training.evaluation.judged import judged_photo, policy_at, scratched
from ubora.command import main
from ubora.datasets.manifest import Camera, DatasetCard, Defect, Manifest, Sample, sample_id, write_manifest
from ubora.datasets.taxonomy import Split
from ubora.models.inference.preprocess import decode_photo
from ubora.training.evaluation.aspects.grades import agreement
from ubora.training.evaluation.aspects.robustness import CHANGES
from ubora.training.evaluation.report.charts import curve, interval_bar, levels_chart, reliability_diagram
from ubora.training.evaluation.report.worst import worst_false_flags, worst_misses
from ubora.training.evaluation.slices import decisions, excess, slices, telling_apart
from ubora.training.figures import steps

AT_HALF = policy_at({"scratch": 0.5})


def test_escapes_and_false_flags_are_counted_on_their_own_photos() -> None:
    judged = [
        scratched("a", 0.9),
        scratched("b", 0.2),
        scratched("c", 0.6, shown=False),
        scratched("d", 0.1, shown=False),
        scratched("e", 0.3, shown=False),
    ]
    found = decisions(judged, AT_HALF)
    assert (found["escape"]["found"], found["escape"]["of"]) == (1, 2)
    assert (found["false_flag"]["found"], found["false_flag"]["of"]) == (1, 3)
    assert found["retake"]["value"] == 0.0


def test_a_slice_holds_only_its_photos_and_what_nobody_said_is_in_none() -> None:
    poor = Camera(phone="poor", azimuth_deg=0, elevation_deg=50, distance_cm=20, field_deg=30)
    judged = [
        scratched("a", 0.9, material="horn", light="noon", camera=poor, microfactory="mf-1", level=5),
        scratched("b", 0.8, shown=False, material="horn", light="lamp", level=1),
        scratched("c", 0.1, shown=False),
    ]
    found = slices(judged, AT_HALF, ("scratch",))
    assert {subject: sorted(parts) for subject, parts in found.items()} == {
        "by_material": ["horn"],
        "by_variance": ["1-2", "4-5"],
        "by_category": [],
        "by_microfactory": ["mf-1"],
        "by_phone": ["poor"],
        "by_light": ["lamp", "noon"],
    }
    horn = found["by_material"]["horn"]
    assert (horn["defective"], horn["clean"], horn["auroc"]["value"]) == (1, 1, 1.0)
    assert horn["false_flag"]["value"] == 1.0
    # One light has no clean photo: undefined, never 0.
    assert found["by_light"]["noon"]["false_flag"]["value"] is None
    assert found["by_light"]["noon"]["auroc"] is None


def test_no_photo_at_all_leaves_every_figure_undefined() -> None:
    found = telling_apart([], ("scratch",))
    assert found["auroc"] is None
    assert set(found["recall_at_false_flags"].values()) == {None}


def test_a_class_that_is_switched_off_raises_no_suspicion() -> None:
    photo = judged_photo("a", scores={"scratch": 0.2, "pit": 1.0})
    assert excess(policy_at({"scratch": 0.5, "pit": 1.0}), photo.prediction) < 0
    assert excess(policy_at({"scratch": 0.2, "pit": 1.0}), photo.prediction) == 0


def test_grades_come_with_their_confusion_table() -> None:
    true, given = np.array([1, 2, 3, 4, 5, 5]), np.array([1, 2, 3, 4, 5, 2])
    found = agreement([str(i) for i in range(6)], given, true)
    assert found["table"] == [
        [1, 0, 0, 0, 0],
        [0, 1, 0, 0, 0],
        [0, 0, 1, 0, 0],
        [0, 0, 0, 1, 0],
        [0, 1, 0, 0, 1],
    ]
    assert found["mae"] == pytest.approx(0.5)
    assert found["within_one"] == pytest.approx(5 / 6)
    assert agreement([], np.array([], np.int64), np.array([], np.int64))["kappa"] is None


def test_the_worst_are_the_least_and_the_most_suspicious() -> None:
    judged = [scratched("m1", 0.4), scratched("m2", 0.05), scratched("found", 0.9)]
    judged += [scratched("f1", 0.6, shown=False), scratched("f2", 0.99, shown=False)]
    misses = worst_misses(judged, AT_HALF, ("scratch",), 5)
    assert [(c.item.sample.piece_id, c.score) for c in misses] == [("m2", 0.05), ("m1", 0.4)]
    flags = worst_false_flags(judged, AT_HALF, ("scratch",), 1)
    assert [(c.item.sample.piece_id, c.threshold) for c in flags] == [("f2", 0.5)]


def test_steps_rise_from_nothing_flagged_to_everything_with_ties_taken_together() -> None:
    scores, shown = np.array([0.9, 0.5, 0.5, 0.1]), np.array([True, True, False, False])
    assert steps(scores, shown) == [(0.0, 0.0), (0.0, 0.5), (0.5, 1.0), (1.0, 1.0)]
    assert steps(scores, np.ones(4, bool)) == []


def test_an_undefined_figure_is_drawn_as_nothing() -> None:
    share = {"value": None, "found": 0, "of": 0, "interval": None}
    assert "dot" not in levels_chart({"1": share, "2": share})
    assert "at" not in re.findall(r'class="(\w+)', interval_bar(None, None))
    assert (curve([]), reliability_diagram([{"count": 0}])) == (None, None)


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_photo_is_a_photo_of_the_same_piece(name: str) -> None:
    photo = drawn(DARK_RED)
    changed = decode_photo(CHANGES[name](photo))
    shape = {"turned by 90°": (320, 240, 3), "half the resolution": (120, 160, 3)}.get(name, photo.shape)
    assert changed.shape == shape
    means = {"one stop brighter": np.greater, "one stop darker": np.less}
    if name in means:
        assert means[name](changed.mean(), photo.mean())
    # The mark is still there, and still darker than brass.
    assert (changed.astype(int).sum(2) < 330).any()


def test_a_stop_doubles_the_light() -> None:
    grey = np.full((64, 64, 3), 100, np.uint8)
    changed = decode_photo(CHANGES["one stop brighter"](grey))
    assert (changed[0, 0, 0] / 255) ** 2.2 == pytest.approx(2 * (100 / 255) ** 2.2, rel=0.02)


def drawn_set(root: Path) -> Manifest:
    """Plates: clean, tarnished, scratched, and two clean ones whose bench hides a mark of the bad kind."""
    (root / "photos").mkdir(parents=True)
    kinds = [None, "tarnish", "scratch", None, None, "tarnish"] * 4
    samples = [_plate(root, number, kind) for number, kind in enumerate(kinds)]
    manifest = Manifest(root, DatasetCard(name="plates"), samples)
    write_manifest(manifest)
    return manifest


def _plate(root: Path, number: int, kind: str | None) -> Sample:
    mark = {"tarnish": DARK_RED, "scratch": DARK_BLUE}.get(kind or "")
    # Number 3 is clean by its label but shows a mark; number 5 shows none although its label says so.
    shown = {3: DARK_RED, 5: None}.get(number % 6, mark)
    photo = drawn(shown, seed=number)
    data = jpeg(photo)
    name = f"photos/{number}.jpg"
    (root / name).write_bytes(data)
    mask = None
    if kind is not None:
        drawn_mask = np.zeros(photo.shape[:2], np.uint8)
        drawn_mask[60:113, 80:133] = 255
        mask = f"photos/{number}-mask.png"
        cv2.imwrite(str(root / mask), drawn_mask)
    split: Split = "test"
    return Sample(
        file_name=name,
        sample_id=sample_id(data),
        piece_id=f"plate-{number}",
        design=f"design-{number % 2}",
        material="brass",
        category="pendant",
        microfactory=f"mf-{number % 3}",
        light="<noon & after>",
        defects=() if kind is None else (Defect(name=kind, mask=mask),),
        variance=number % 5 + 1,
        split=split,
        approved_sample=number in (0, 9) or None,
        camera=Camera(phone="poor", azimuth_deg=0, elevation_deg=60, distance_cm=20, field_deg=30),
        source="rendered",
    )


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a dataset, a bundle, and what the command wrote of them."""
    root = tmp_path_factory.mktemp("evaluated")
    drawn_set(root / "plates")
    write_tiny_bundle(root / "tiny-1")
    words = ["train", "evaluate", root / "tiny-1", root / "plates", "--robustness", "6"]
    words += ["--json", root / "figures.json", "--report", root / "report.html"]
    assert main([str(word) for word in words]) == 0
    return root


def test_the_command_counts_what_was_drawn(evaluated: Path) -> None:
    figures = json.loads((evaluated / "figures.json").read_text())
    assert figures["photos"] == 24
    assert figures["decisions"]["escape"] | {"interval": None} == {
        "value": pytest.approx(1 / 3),
        "found": 4,
        "of": 12,
        "interval": None,
    }
    assert figures["decisions"]["false_flag"]["found"] == 4
    assert figures["classes"]["scratch"]["ap"]["value"] == 1.0
    assert figures["classes"]["scratch"]["pointing"] == 1.0
    assert figures["variance"]["kappa"]["value"] == 0.0
    assert figures["graph_bytes"] == (evaluated / "tiny-1/model.onnx").stat().st_size
    assert figures["approved"]["photos"] == 22
    assert set(figures["by_phone"]) == {"poor"}
    # Marks of 53 pixels in photos of 320.
    assert {
        name: (part["escape"]["found"], part["defective"]) for name, part in figures["by_size"].items()
    } == {"from 10 %": (4, 12)}
    changes = figures["robustness"]["changes"]
    assert figures["robustness"]["photos"] == 6
    assert changes["turned by 90°"]["changed"]["found"] == 0
    assert set(changes) == set(CHANGES)


class _Page(HTMLParser):
    VOID = frozenset({"meta", "img", "br", "path", "rect", "circle"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


def test_the_report_needs_no_other_file_and_closes_what_it_opens(evaluated: Path) -> None:
    page = _Page((evaluated / "report.html").read_text())
    assert page.open == []
    assert {tag for tag, _ in page.tags} & {"script", "link", "iframe", "object"} == set()
    pictures = [attributes["src"] or "" for tag, attributes in page.tags if tag == "img"]
    assert all(source.startswith("data:image/jpeg;base64,") for source in pictures)
    # Four misses and four false flags, each as a photo and as heat.
    assert len(pictures) == 16
    links = [attributes["href"] or "" for tag, attributes in page.tags if tag == "a"]
    anchors = {f"#{attributes['id']}" for _, attributes in page.tags if "id" in attributes}
    assert links
    assert set(links) <= anchors
    assert not re.search(r"url\(|@import|https?:", (evaluated / "report.html").read_text())


def test_the_report_shows_every_section_and_escapes_what_a_dataset_says(evaluated: Path) -> None:
    text = (evaluated / "report.html").read_text()
    for title in (
        "Worst misses",
        "Worst false flags",
        "Classes",
        "Variance",
        "Scores",
        "Slices",
        "Robustness",
    ):
        assert f">{title}" in text
    assert "&lt;noon &amp; after&gt;" in text
    assert "<noon" not in text


def test_a_report_in_a_folder_that_is_not_there_is_refused_before_the_work(
    evaluated: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", "evaluate", evaluated / "tiny-1", evaluated / "plates", "--report", "/nowhere/r.html"]
    assert main([str(word) for word in words]) == 1
    assert "its folder does not exist" in capsys.readouterr().err
