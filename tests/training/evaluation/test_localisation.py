"""Whether the map points at the defect is asked where the network looked: on the second look's own cells."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.training.evaluation.judged import SIDE, judged_photo
from ubora.datasets.manifest import DatasetCard, Defect, Manifest
from ubora.datasets.taxonomy import JEWELRY
from ubora.models.inference.preprocess import Letterbox, Place
from ubora.training.evaluation.aspects.localisation import localise
from ubora.training.scoring.predictions import Scored

PART = Place(200, 100, 100, 100)
"""Of a photo of 400 × 300 pixels, what was looked at closely."""


def _scored(root: Path, hot: tuple[int, int], *, mask: bool = True) -> tuple[Scored, Manifest]:
    """A scratch at x 240–259, y 120–139 of the photo, so at rows and columns 2.4–4.8 and 4.8–7.2 of 12."""
    drawn = np.zeros((300, 400), np.uint8)
    drawn[120:140, 240:260] = 255
    cv2.imwrite(str(root / "mask.png"), drawn)
    judged = judged_photo("p1", scores={"scratch": 0.9})
    defect = Defect(name="scratch", mask="mask.png" if mask else None)
    sample = judged.sample.model_copy(update={"defects": (defect,)})
    heat = np.zeros((1, SIDE // 8, SIDE // 8), np.float32)
    heat[0][hot] = 0.9
    prediction = replace(judged.prediction, heatmap=heat, width=400, height=300, place=PART)
    card = DatasetCard(name="one", description="", licence="", source="captured", taxonomy=JEWELRY)
    return replace(judged, sample=sample, prediction=prediction, frame=Letterbox.of(PART, SIDE)), Manifest(
        root, card, [sample]
    )


@pytest.mark.parametrize(("hot", "points"), [((3, 6), 1.0), ((1, 4), 1.0), ((4, 9), 0.0), ((10, 1), 0.0)])
def test_the_mask_is_cut_as_the_second_look_was(tmp_path: Path, hot: tuple[int, int], points: float) -> None:
    scored, manifest = _scored(tmp_path, hot)
    found = localise([scored], manifest, ["scratch"])["scratch"]
    assert (found["pointing"], found["masks"]) == (points, 1)


def test_a_defect_left_out_of_the_second_look_is_a_miss(tmp_path: Path) -> None:
    scored, manifest = _scored(tmp_path, (3, 6))
    beside = Place(0, 0, 100, 100)
    moved = replace(
        scored, frame=Letterbox.of(beside, SIDE), prediction=replace(scored.prediction, place=beside)
    )
    found = localise([moved], manifest, ["scratch"])["scratch"]
    assert (found["pointing"], found["masks"]) == (0.0, 1)


def test_where_nobody_drew_the_defect_nothing_is_asked(tmp_path: Path) -> None:
    scored, manifest = _scored(tmp_path, (3, 6), mask=False)
    found = localise([scored], manifest, ["scratch"])["scratch"]
    assert found == {"pointing": None, "iou": None, "pixel_ap": None, "masks": 0}
