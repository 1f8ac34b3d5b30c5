"""Whether false flags rise with variance: known values by hand."""

import numpy as np
import pytest

from tests.training.evaluation.judged import policy_at, scratched
from ubora.training.evaluation.aspects.trend import false_flag_trend, p_rising
from ubora.training.scoring.predictions import Scored

AT_HALF = policy_at({"scratch": 0.5})


def _clean_at(level: int, piece: int, flagged: bool) -> list[Scored]:
    score = 0.9 if flagged else 0.1
    return [
        scratched(f"{level}-{piece}", score, shown=False, level=level, name=f"{level}-{piece}-{view}.jpg")
        for view in range(4)
    ]


def test_false_flags_that_rise_with_variance_are_called_so() -> None:
    # At level n, n of 6 pieces are flagged.
    judged = [photo for n in range(1, 6) for p in range(6) for photo in _clean_at(n, p, p < n)]
    found = false_flag_trend(judged, AT_HALF)
    assert [found["levels"][str(n)]["found"] for n in range(1, 6)] == [4, 8, 12, 16, 20]
    assert found["p_rising"] < 0.05
    assert found["sentence"].startswith("false flags rise with variance")
    # Bands: (5 + 4 of 6) / 2 against (2 + 1 of 6) / 2.
    assert found["rise"]["value"] == pytest.approx(0.5)


def test_false_flags_that_fall_or_stay_are_no_rise() -> None:
    falling = [photo for n in range(1, 6) for p in range(6) for photo in _clean_at(n, p, p < 6 - n)]
    assert false_flag_trend(falling, AT_HALF)["p_rising"] > 0.95
    even = [photo for n in range(1, 6) for p in range(6) for photo in _clean_at(n, p, p < 3)]
    found = false_flag_trend(even, AT_HALF)
    assert found["p_rising"] > 0.3
    assert found["sentence"].startswith("no rise")


def test_four_photos_of_a_piece_are_not_four_witnesses_of_a_trend() -> None:
    # Two pieces, and the freer one is flagged on all of its photos: half of all deals look like that.
    level, flagged = np.repeat([1, 5], 20), np.repeat([False, True], 20)
    assert p_rising(["a"] * 20 + ["b"] * 20, level, flagged) == pytest.approx(0.5, abs=0.05)
    assert p_rising([str(i) for i in range(40)], level, flagged) == pytest.approx(1e-4, abs=1e-3)


@pytest.mark.parametrize("flagged", [False, True])
def test_a_trend_needs_two_answers(flagged: bool) -> None:
    judged = [photo for n in range(1, 6) for photo in _clean_at(n, 0, flagged)]
    found = false_flag_trend(judged, AT_HALF)
    assert found["p_rising"] is None
    assert found["sentence"].startswith("too few levels")
