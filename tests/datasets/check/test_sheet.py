"""The report of the check: one page that holds everything it needs, says what was found, and stays small."""

import base64
import io
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.parts.photos import drawn_dataset
from ubora.command import main
from ubora.datasets.check.command import check_dataset
from ubora.datasets.check.contact_sheet import choose, write_report
from ubora.datasets.check.problems import Problem
from ubora.datasets.check.thumbnails import SIDE_PX, class_colours, thumbnail
from ubora.datasets.manifest import Defect, Manifest, write_manifest
from ubora.datasets.taxonomy import JEWELRY

VOID = {"meta", "img", "br", "hr", "link", "input"}


class _Page(HTMLParser):
    """Tags with their attributes, and whether every one that opens is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def named(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]


def _report(root: Path, **options: Any) -> str:
    manifest, problems = check_dataset(root)
    path = root / "report.html"
    write_report(path, root, manifest, problems, **options)
    return path.read_text(encoding="utf-8")


def _picture(uri: str | None) -> np.ndarray[Any, Any]:
    assert uri is not None
    with Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1]))) as photo:
        return np.asarray(photo.convert("RGB"), int)


def test_the_command_writes_a_page_and_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawn_dataset(tmp_path)
    (tmp_path / "photos/4.jpg").write_bytes(b"not a photo")
    report = tmp_path / "r.html"
    assert main(["data", "check", str(tmp_path), "--report", str(report)]) == 1
    assert f"report: {report} (0." in capsys.readouterr().out
    assert "metadata.jsonl:5: photos/4.jpg" in report.read_text(encoding="utf-8")


def test_the_page_is_whole_and_needs_nothing_else(tmp_path: Path) -> None:
    drawn_dataset(tmp_path)
    page = _Page(_report(tmp_path))
    assert page.open == []
    assert (page.named("script"), page.named("link")) == ([], [])
    assert {str(image["src"]).split(";")[0] for image in page.named("img")} == {"data:image/webp"}
    anchors = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    assert {str(link["href"])[1:] for link in page.named("a")} <= anchors


def test_the_page_shows_every_split_its_counts_and_what_is_said_of_a_photo(tmp_path: Path) -> None:
    manifest = drawn_dataset(tmp_path)
    samples = list(manifest)
    samples[1] = samples[1].model_copy(update={"photo_faults": ("blur",)})
    write_manifest(Manifest(tmp_path, manifest.card, samples))
    text = _report(tmp_path)
    assert {f"split-{split}" for split in ("train", "val", "test")} <= set(re.findall(r'id="([^"]+)"', text))
    [card] = [c for c in re.findall(r"<figure>.*?</figure>", text, re.DOTALL) if 'alt="photos/1.jpg"' in c]
    words = re.sub(r"<[^>]+>", " ", card)
    for fact in ("scratch", "minor", "level 2", str(samples[1].split), "front", "blur", "photos/1.jpg"):
        assert fact in words
    for title in ("class × split", "variance level × defective", "category × material × class"):
        assert title in text


def test_names_from_a_dataset_cannot_become_markup(tmp_path: Path) -> None:
    manifest = drawn_dataset(tmp_path)
    evil = "<script>alert(1)</script>\"'&"
    samples = [sample.model_copy(update={"piece_id": evil}) for sample in manifest]
    card = manifest.card.model_copy(update={"name": evil, "description": evil})
    problems = [Problem(evil, "fault", evil, evil, (samples[0].file_name,))]
    write_report(tmp_path / "r.html", tmp_path / evil, Manifest(tmp_path, card, samples), problems)
    page = _Page((tmp_path / "r.html").read_text(encoding="utf-8"))
    assert (page.open, page.named("script")) == ([], [])


def test_a_sheet_holds_at_most_n_photos_and_every_class(tmp_path: Path) -> None:
    manifest = drawn_dataset(tmp_path, 40)
    samples = [sample.model_copy(update={"split": "train"}) for sample in manifest]
    samples[17] = samples[17].model_copy(update={"defects": (Defect(name="bent"),)})
    samples[23] = samples[23].model_copy(update={"defects": (Defect(name="chip"),)})
    mixed = Manifest(tmp_path, manifest.card, samples)
    chosen = choose(mixed, "train", 6)
    assert len(chosen) == 6
    assert {name for sample in chosen for name in sample.defect_names()} == {"bent", "chip", "scratch"}
    assert () in [sample.defects for sample in chosen]
    shuffled = Manifest(tmp_path, manifest.card, samples[::-1])
    assert choose(shuffled, "train", 6) == chosen
    assert choose(mixed, "test", 6) == []


def test_the_page_stays_small_whatever_the_dataset(tmp_path: Path) -> None:
    manifest = drawn_dataset(tmp_path, 60)
    problems = [
        Problem("odd", "warning", f"metadata.jsonl:{n}", "as found", (sample.file_name,))
        for n, sample in enumerate(manifest)
    ]
    write_report(tmp_path / "r.html", tmp_path, manifest, problems, per_split=4)
    page = _Page((tmp_path / "r.html").read_text(encoding="utf-8"))
    assert len(page.named("img")) == 12 + 3 * 4
    assert "… and 20 more" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_a_dataset_that_cannot_be_read_has_a_page_of_its_fault_alone(tmp_path: Path) -> None:
    (tmp_path / "metadata.jsonl").write_text("{}\n")
    text = _report(tmp_path)
    assert "metadata.jsonl:1" in text
    assert _Page(text).open == []


def test_a_thumbnail_has_its_piece_and_its_defects_drawn_in(tmp_path: Path) -> None:
    manifest = drawn_dataset(tmp_path, size=800)
    sample, colours = manifest.samples[1], {"scratch": (0, 255, 0)}
    drawn = _picture(thumbnail(manifest, sample, colours))
    bare = _picture(
        thumbnail(manifest, sample.model_copy(update={"defects": (), "piece_mask": None}), colours)
    )
    assert drawn.shape == (SIDE_PX, SIDE_PX, 3)
    changed = np.abs(drawn - bare).max(axis=2) > 60
    defect = cv2.imread(str(tmp_path / "masks/1-scratch.png"), cv2.IMREAD_GRAYSCALE)
    piece = cv2.imread(str(tmp_path / "masks/1-piece.png"), cv2.IMREAD_GRAYSCALE)
    assert defect is not None
    assert piece is not None
    size = (SIDE_PX, SIDE_PX)
    near_edge = cv2.morphologyEx(cv2.resize(piece, size), cv2.MORPH_GRADIENT, np.ones((9, 9), np.uint8)) > 0
    near_defect = cv2.dilate(cv2.resize(defect, size), np.ones((17, 17), np.uint8)) > 0
    assert changed[near_edge].mean() > 0.1
    assert changed[near_defect].mean() > 0.2
    assert not changed[~near_edge & ~near_defect].any()
    # The line goes around the defect, not over it.
    assert changed[cv2.resize(defect, size) > 127].mean() < 0.1


def test_a_box_without_a_mask_is_drawn_as_a_rectangle(tmp_path: Path) -> None:
    manifest = drawn_dataset(tmp_path, size=360)
    boxed = manifest.samples[0].model_copy(
        update={"defects": (Defect(name="dent", box=(20, 30, 40, 50)),), "piece_mask": None}
    )
    drawn = _picture(thumbnail(manifest, boxed, {"dent": (0, 255, 0)}))
    assert drawn[30, 40, 1] - drawn[30, 40, 0] > 60
    assert drawn[55, 40, 1] - drawn[55, 40, 0] < 60


def test_a_photo_that_is_cut_short_shows_what_there_is_of_it(tmp_path: Path) -> None:
    manifest = drawn_dataset(tmp_path)
    path = tmp_path / "photos/0.jpg"
    path.write_bytes(path.read_bytes()[:3000])
    assert thumbnail(manifest, manifest.samples[0], {}) is not None
    path.write_bytes(b"not a photo")
    assert thumbnail(manifest, manifest.samples[0], {}) is None


def test_the_colours_of_the_classes_differ_and_are_light() -> None:
    colours = np.array(list(class_colours(JEWELRY.defects).values()), float)
    apart = np.linalg.norm(colours[:, None] - colours[None], axis=2) + 1e3 * np.eye(len(colours))
    assert apart.min() > 60
    assert (colours @ (0.299, 0.587, 0.114)).min() > 120
