"""How small and how faint a defect is found: what is large beside what, and who stands in which part."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.training.evaluation.judged import SIDE, judged_photo, policy_at
from ubora.datasets.manifest import DatasetCard, Defect, Manifest, ManifestError
from ubora.datasets.shown import VISIBLE_FROM
from ubora.training.evaluation.aspects.defect_size import by_sight, by_size, size_of
from ubora.training.scoring.predictions import Scored, decides

CLASSES = ("scratch", "pit")
AT_HALF = policy_at({"scratch": 0.5, "pit": 0.5})


def square(root: Path, name: str, side: int) -> str:
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[8 : 8 + side, 8 : 8 + side] = 255
    cv2.imwrite(str(root / name), mask)
    return name


def photo(piece: str, score: float, *defects: Defect, piece_mask: str | None = None) -> Scored:
    item = judged_photo(piece, scores={"scratch": score, "pit": 0.0})
    sample = item.sample.model_copy(update={"defects": defects, "piece_mask": piece_mask})
    return replace(item, sample=sample)


@pytest.fixture
def plates(tmp_path: Path) -> Manifest:
    for side in (2, 4, 40):
        square(tmp_path, f"{side}.png", side)
    cv2.imwrite(str(tmp_path / "nothing.png"), np.zeros((SIDE, SIDE), np.uint8))
    cv2.imwrite(str(tmp_path / "other.png"), np.zeros((SIDE, 2 * SIDE), np.uint8))
    return Manifest(tmp_path, DatasetCard(name="plates"), [])


def test_a_size_is_a_square_beside_the_piece_or_beside_the_photo(plates: Manifest) -> None:
    small = Defect(name="scratch", mask="4.png")
    assert size_of(photo("a", 0, small, piece_mask="40.png"), plates) == pytest.approx(4 / 40)
    assert size_of(photo("a", 0, small), plates) == pytest.approx(4 / SIDE)
    assert size_of(photo("a", 0, small, piece_mask="nothing.png"), plates) == pytest.approx(4 / SIDE)
    boxed = Defect(name="pit", box=(0, 0, 4, 9))
    assert size_of(photo("a", 0, small, boxed), plates) == pytest.approx(6 / SIDE)
    # Of one defect nobody said how large it is: it may be the largest.
    assert size_of(photo("a", 0, small, Defect(name="pit")), plates) is None
    assert size_of(photo("a", 0), plates) is None


def test_each_size_stands_against_all_that_is_clean(plates: Manifest) -> None:
    def marked(piece: str, score: float, mask: str) -> Scored:
        return photo(piece, score, Defect(name="scratch", mask=mask), piece_mask="40.png")

    judged = [
        marked("small-1", 0.1, "2.png"),
        marked("small-2", 0.9, "2.png"),
        marked("large", 0.8, "40.png"),
        photo("somewhere", 0.0, Defect(name="pit")),
        photo("clean-1", 0.2),
        photo("clean-2", 0.6),
    ]
    found = by_size(judged, plates, AT_HALF, CLASSES)
    assert list(found) == ["5 to 10 %", "from 10 %"]
    small, large = found["5 to 10 %"], found["from 10 %"]
    assert (small["escape"]["found"], small["escape"]["of"]) == (1, 2)
    assert (large["escape"]["found"], large["escape"]["of"]) == (0, 1)
    for part in (small, large):
        assert (part["false_flag"]["found"], part["false_flag"]["of"]) == (1, 2)
    assert small["auroc"]["value"] == pytest.approx(0.5)
    assert large["auroc"]["value"] == pytest.approx(1.0)
    assert by_size(judged[-2:], plates, AT_HALF, CLASSES) == {}


def test_a_mask_of_another_photo_is_refused(plates: Manifest) -> None:
    with pytest.raises(ManifestError, match=r"other\.png"):
        size_of(photo("a", 0, Defect(name="scratch", mask="other.png")), plates)


def test_defects_that_nobody_sees_stand_apart() -> None:
    faint = Defect(name="scratch", shown=VISIBLE_FROM - 1)
    plain = Defect(name="pit", shown=VISIBLE_FROM)
    judged = [
        photo("faint", 0.1, faint),
        photo("both", 0.9, faint, plain),
        photo("nobody said", 0.8, Defect(name="pit")),
        photo("clean", 0.2),
    ]
    found = by_sight(judged, AT_HALF, CLASSES)
    assert {name: (part["escape"]["found"], part["defective"]) for name, part in found.items()} == {
        "seen by an eye": (0, 2),
        "seen by none": (1, 1),
    }
    assert by_sight(judged[2:], AT_HALF, CLASSES) == {}
    assert [decides(item) for item in judged] == [False, True, True, True]
