"""Regions that a person marks: kept with the review as they are, refused where they do not fit, harvested."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.parts.regions import patch, region
from tests.parts.served import Town, clean, tarnished
from ubora.datasets.check.photo_check import examine
from ubora.datasets.manifest import read_manifest
from ubora.datasets.masks import read_mask
from ubora.service.harvests.harvest import harvest
from ubora.training.augment.framed import read_framed

MASK = patch(240, 320, top=48, left=64, height=20, width=40)


def marked(**more: Any) -> dict[str, Any]:
    return {"photo": 0, "defect": "dent", "severity": "major", "mask": region(MASK)} | more


def test_a_region_stays_with_its_review_and_has_its_box(town: Town) -> None:
    piece = town.send(tarnished()).json()["id"]
    answer = town.review(piece, "rework", defects=[marked()])
    (kept,) = answer.json()["review"]["defects"]
    assert (answer.status_code, kept["mask"], kept["box"]) == (201, region(MASK), [64.0, 48.0, 40.0, 20.0])
    # The artisan's phone shows it, too.
    shown = town.client("artisan").get(f"/v1/inspections/{piece}").json()
    assert shown["review"]["defects"] == [kept]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mask": region(MASK[:, :300])}, "mask of 300 × 240 pixels; expected 320 × 240"),
        ({"mask": {"size": [240, 320], "counts": "PP"}}, "compressed counts end within a count"),
        ({"mask": {"size": [240, 320], "counts": "4"}}, "expected counts ≥ 0 that sum to 240 × 320"),
        ({"mask": {"size": [240, 320], "counts": "é"}}, "found the character 'é'"),
        ({"mask": region(np.zeros((240, 320), bool))}, "mask of 0 pixels; expected 9 or more"),
        ({"mask": region(patch(240, 320, top=0, left=0, height=2, width=2))}, "mask of 3 pixels"),
        ({"mask": region(np.ones((240, 320), bool))}, "mask of the whole photo"),
        ({"box": [1, 2, 30, 40]}, "a box and a mask"),
        ({"photo": 1}, "photo 1; the inspection has 1"),
    ],
)
def test_a_region_that_fits_no_photo_is_refused_in_words(
    shared_town: Town, change: dict[str, Any], words: str
) -> None:
    piece = shared_town.send(tarnished()).json()["id"]
    answer = shared_town.review(piece, "rework", defects=[marked(**change)])
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/correction")
    assert answer.json()["detail"].startswith("defects.0: ")
    assert words in answer.json()["detail"]


def test_a_harvest_writes_the_masks_as_corrected_and_training_reads_them(town: Town, tmp_path: Path) -> None:
    piece = town.send(clean(), tarnished(), views=["front", "back"], lot="L", piece="1").json()["id"]
    box = [100.0, 90.0, 30.0, 20.0]
    defects = [marked(photo=1), {"photo": 1, "defect": "scratch", "box": box}, marked(defect="crack")]
    town.review(piece, "rework", defects=defects)
    harvest(town.settings, tmp_path / "out")
    manifest = read_manifest(tmp_path / "out")
    front, back = manifest
    (crack,) = front.defects or ()
    dent, scratch = back.defects or ()
    assert (crack.name, dent.name, scratch.name, scratch.mask) == ("crack", "dent", "scratch", None)
    for defect in (crack, dent):
        assert np.array_equal(read_mask(manifest.path(defect.mask or ""), (240, 320)), MASK)
        assert defect.box == (64.0, 48.0, 40.0, 20.0)
    assert [problem for sample in manifest for problem in examine(manifest, sample).problems] == []
    held = read_framed(manifest, back, {"dent": 0, "scratch": 1}, size=320)
    # Drawn to the pixel, in a square frame; the box is only where to look.
    ((what, mask),) = held.masks
    assert (what, int((mask > 127).sum())) == (0, int(MASK.sum()))
    assert [what for what, _ in held.boxes] == [1]


def test_the_last_review_of_a_photo_says_which_masks_it_has(town: Town, tmp_path: Path) -> None:
    first, second = (town.send(tarnished(), lot="L", piece=name).json()["id"] for name in "12")
    town.review(first, "rework", defects=[marked()])
    town.review(second, "rework", defects=[{"photo": 0, "defect": "dent"}])
    harvest(town.settings, tmp_path / "out")
    (sample,) = read_manifest(tmp_path / "out")
    (dent,) = sample.defects or ()
    assert (dent.mask, (tmp_path / "out" / "masks").exists()) == (None, False)
