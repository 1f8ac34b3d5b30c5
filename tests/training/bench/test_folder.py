"""A folder of good and bad photos, judged by a few of the good ones."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.parts.photos import drawn_dataset
from ubora.command import main
from ubora.models.inference.preprocess import Letterbox, PhotoArray
from ubora.training.bench.approved.witnesses import Bank, BankError, Cells, Eyes, hottest, nearest


def _plate(rng: np.random.Generator, *, holed: bool) -> PhotoArray:
    """(96, 96, 3) uint8: fine grain; a hole with a rim where it is bad."""
    grain = np.full((96, 96, 3), (90, 150, 190), np.int16) + rng.integers(-6, 7, (96, 96, 1))
    photo = grain.astype(np.uint8)
    if holed:
        x, y = (int(v) for v in rng.integers(24, 72, 2))
        cv2.circle(photo, (x, y), 9, (10, 15, 20), -1)
        cv2.circle(photo, (x, y), 11, (230, 235, 240), 2)
    return photo


def _folder(root: Path, good: int, bad: int) -> Path:
    rng = np.random.default_rng(0)
    for kind, count in (("good", good), ("hole", bad)):
        (root / kind).mkdir(parents=True)
        for number in range(count):
            assert cv2.imwrite(str(root / kind / f"{number}.png"), _plate(rng, holed=kind == "hole"))
    return root


def test_a_hole_is_told_from_a_few_good_plates_by_every_rule(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = _folder(tmp_path / "plates", 12, 8)
    figures = tmp_path / "figures.json"
    words = ["train", "bench", "folder", str(folder), "--references", "1", "3", "--draws", "2"]
    assert main([*words, "--size", "96", "--json", str(figures)]) == 0
    found = json.loads(figures.read_text())
    # At most half of the good ones are ever drawn from, and none of those that were is judged.
    assert found["judged"]["bad"] == 8
    assert 6 <= found["judged"]["good"] <= 9
    assert list(found["references"]) == ["1", "3"]
    for rules in found["references"].values():
        for figure in rules.values():
            assert figure["auroc"]["value"] == 1.0
            assert figure["found"] == {"0.05": 1.0, "0.10": 1.0}
            assert figure["hottest"] is None
    out = capsys.readouterr().out
    assert "8 bad and" in out
    assert out.count("1.000 [1.000, 1.000]") == 6


def test_masks_of_pieces_and_defects_count_where_there_are_any(tmp_path: Path) -> None:
    drawn_dataset(tmp_path / "set", pieces=12)
    figures = tmp_path / "figures.json"
    words = ["train", "bench", "folder", str(tmp_path / "set"), "--references", "2", "--draws", "2"]
    assert main([*words, "--size", "160", "--json", str(figures)]) == 0
    rules = json.loads(figures.read_text())["references"]["2"]
    assert {rule: 0 <= figure["hottest"] <= 1 for rule, figure in rules.items()} == {
        "nearest": True,
        "subspace": True,
        "patchcore": True,
    }


@pytest.mark.parametrize(
    ("good", "bad", "words", "said"),
    [
        (3, 2, ["--references", "3"], "3 good pieces; expected more than 3 to compare with"),
        (5, 0, [], "no bad photo is left to judge beside 4 pieces that were drawn"),
        (5, 2, ["--size", "100"], "--size: expected a multiple of 32 from 64 on, found 100"),
        (5, 2, ["--references", "0"], "--references: expected at least 1, found 0"),
    ],
)
def test_what_cannot_be_judged_is_said_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], good: int, bad: int, words: list[str], said: str
) -> None:
    folder = _folder(tmp_path / "plates", good, bad)
    assert main(["train", "bench", "folder", str(folder), *words]) == 1
    assert said in capsys.readouterr().err


def test_a_cell_of_the_bank_is_at_no_distance_and_the_farthest_cells_are_the_score() -> None:
    eyes = Eyes(64)
    done, data = cv2.imencode(".png", _plate(np.random.default_rng(1), holed=True))
    assert done
    cells = eyes.cells(data.tobytes())
    far = Bank.of([cells]).distances(cells)
    # Squares of lengths that cancel leave a rest of rounding.
    assert float(far["patchcore"].max()) < 0.05
    assert float(far["nearest"].max()) < 0.05
    far_hw = np.arange(400, dtype=np.float32).reshape(20, 20)
    assert hottest(far_hw, np.ones((20, 20), np.bool_)) == np.mean([396, 397, 398, 399])
    assert hottest(far_hw, np.zeros((20, 20), np.bool_)) == 0.0
    own, known = (np.array(rows, np.float32) for rows in ([[0, 0], [3, 4]], [[0, 0], [3, 0]]))
    assert nearest(own, known).tolist() == [0.0, 4.0]
    nothing = Cells(cells.layers, np.zeros((8, 8), np.bool_), Letterbox.around(64, 64, 64))
    with pytest.raises(BankError, match="no piece on any of the good photos"):
        Bank.of([nothing])
