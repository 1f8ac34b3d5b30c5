"""Levels are cut where people's own are, when that agrees with them better than the middle of a guess."""

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from tests.training.evaluation.judged import judged_photo
from ubora.models.inference.prediction import cut_level
from ubora.models.record import LevelCuts
from ubora.training.calibration.level_cuts import LEAST_GRADED, NEVER_SAID, cut_at, level_cuts
from ubora.training.evaluation.aspects.grades import grade_figures
from ubora.training.scoring.predictions import Scored


def _unsure(pieces: int = 100, *, best: int = 5, noise: float = 0.3) -> list[Scored]:
    """Photos of levels 1 to `best`, of which a network knows the order and dares say nothing but 3."""
    random = np.random.default_rng(3)
    photos = []
    for number in range(pieces):
        level = number % best + 1
        lean = 0.1 * np.clip((level - 3) / 2 + random.normal(0, noise), -1, 1)
        says = (0.1 - lean, 0.15 - lean / 2, 0.5, 0.15 + lean / 2, 0.1 + lean)
        photos.append(judged_photo(f"p{number}", scores={"scratch": 0.1}, level=level, says=says))
    return photos


def test_an_unsure_network_that_knows_the_order_says_every_level() -> None:
    photos = _unsure()
    assert {photo.prediction.variance_level() for photo in photos} == {3}
    cut = cut_at(photos, level_cuts(photos))
    given = [photo.prediction.variance_level() for photo in cut]
    assert np.bincount(given, minlength=6)[1:].tolist() == [20, 20, 20, 20, 20]
    before, after = grade_figures(photos)["kappa"]["value"], grade_figures(cut)["kappa"]["value"]
    assert before == 0
    assert after > 0.8


def test_a_level_that_nobody_said_is_not_said_either() -> None:
    photos = _unsure(best=3)
    cuts = level_cuts(photos)
    assert cuts is not None
    assert cuts[2:] == (NEVER_SAID, NEVER_SAID)
    assert {photo.prediction.variance_level() for photo in cut_at(photos, cuts)} == {1, 2, 3}


@pytest.mark.parametrize(
    "photos",
    [
        pytest.param(_unsure(LEAST_GRADED - 1), id="too few pieces"),
        pytest.param(_unsure(noise=50), id="no agreement"),
        pytest.param(
            [judged_photo(f"p{i}", scores={"a": 0.1}, level=i % 5 + 1) for i in range(60)], id="all 3"
        ),
        pytest.param(
            [
                judged_photo(f"p{i}", scores={"a": 0.1}, level=i % 5 + 1, says=np.eye(5)[i % 5])
                for i in range(60)
            ],
            id="the median is right already",
        ),
    ],
)
def test_where_cutting_gains_nothing_the_median_stays(photos: list[Scored]) -> None:
    assert level_cuts(photos) is None
    assert all(photo.prediction.level_cuts is None for photo in cut_at(photos, None))


def test_a_level_is_said_from_its_cut_on() -> None:
    cuts = (1.5, 2.5, 2.5, 4.0)
    assert [cut_level(expected, cuts) for expected in (1.0, 1.5, 2.4, 2.5, 3.9, 4.0)] == [1, 2, 2, 4, 4, 5]


def test_cuts_that_fall_are_refused() -> None:
    with pytest.raises(ValidationError, match="four rising numbers"):
        TypeAdapter(LevelCuts).validate_python((1.0, 2.0, 1.5, 3.0))
