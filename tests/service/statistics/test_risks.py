"""Operating curves and what is left in a lot: beside published values and by counting every case."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ubora.service.statistics.risks import (
    acceptance,
    acceptance_of_lot,
    for_limiting_quality,
    plan_through,
    quality_at,
)
from ubora.service.statistics.screening import left_in_lot


def test_a_plans_curve_is_the_published_one() -> None:
    chances = [round(acceptance(52, 3, share), 3) for share in (0.01, 0.03, 0.05, 0.10)]
    assert chances == [0.998, 0.930, 0.738, 0.223]


def test_the_plan_for_a_hundred_pieces_has_the_published_risks() -> None:
    assert round(acceptance(20, 1, 0.025), 4) == 0.9118
    assert round(100 * quality_at(20, 1, 0.95), 2) == 1.81
    assert round(100 * quality_at(20, 1, 0.10), 1) == 18.1
    found = [round(acceptance_of_lot(20, 1, 100, defective), 4) for defective in (2, 5, 10)]
    assert found == [0.9616, 0.7395, 0.3630]


def test_a_plan_through_two_points_is_the_published_one() -> None:
    assert plan_through((0.05, 0.95), (0.15, 0.075)) == (80, 7)
    with pytest.raises(ValueError, match="a smaller share"):
        plan_through((0.2, 0.95), (0.15, 0.075))


def test_one_lots_chance_is_what_drawing_every_sample_gives() -> None:
    lot = [1, 1, 1] + [0] * 6
    samples = [sum(sample) for sample in combinations(lot, 4)]
    for accept in range(4):
        expected = sum(found <= accept for found in samples) / len(samples)
        assert acceptance_of_lot(4, accept, 9, 3) == pytest.approx(expected)


@given(st.integers(1, 300), st.integers(0, 10), st.floats(0.02, 0.98))
def test_the_quality_of_a_chance_has_that_chance(pieces: int, accept: int, chance: float) -> None:
    accept = min(accept, pieces - 1)
    assert acceptance(pieces, accept, quality_at(pieces, accept, chance)) == pytest.approx(chance, abs=1e-6)


@pytest.mark.parametrize(
    ("lot", "limiting", "accept"), [(100, 0.1, 0), (60, 0.05, 0), (500, 0.08, 2), (5, 0.1, 0)]
)
def test_no_smaller_sample_keeps_the_promise_for_a_lot_alone(lot: int, limiting: float, accept: int) -> None:
    pieces = for_limiting_quality(lot, limiting, accept)
    defective = int(np.ceil(limiting * lot - 1e-9))
    kept = [
        size for size in range(accept + 1, lot + 1) if acceptance_of_lot(size, accept, lot, defective) <= 0.10
    ]
    assert pieces == (kept[0] if kept else lot)


def test_plans_of_no_pieces_are_refused() -> None:
    with pytest.raises(ValueError, match="accept 3 of 2"):
        acceptance(2, 3, 0.1)
    with pytest.raises(ValueError, match="no more than it has"):
        acceptance_of_lot(20, 1, 10, 1)
    with pytest.raises(ValueError, match="limiting quality 0"):
        for_limiting_quality(10, 0)


def test_what_is_left_in_a_lot_is_what_drawing_lots_again_and_again_says() -> None:
    """The same beliefs by chance: lots that came out as this one did, and what was left in them."""
    rng = np.random.default_rng(7)
    lot, number = 40, 3_000_000
    defective = rng.integers(0, lot + 1, number)
    misses = rng.beta(6.5, 14.5, number)
    caught = rng.binomial(defective, 1 - misses)
    # As many were flagged wrongly as leave 35 passed, whatever was defective.
    left = defective - caught
    alike = (caught == 3) & (left <= 35)
    passed, looked_at = 35, 5
    seen = rng.hypergeometric(left[alike], passed - left[alike], looked_at)
    for then in (0, 1):
        here = left[alike][seen == then] - then
        found = left_in_lot(passed, 3, 6, 20, looked_at, then)
        assert found.mean == pytest.approx(float(here.mean()), abs=0.05)
        assert found.none == pytest.approx(float((here == 0).mean()), abs=0.01)
        assert found.at_most() == pytest.approx(float(np.quantile(here, 0.95)), abs=1)


def test_a_lot_that_people_looked_through_has_nothing_left() -> None:
    found = left_in_lot(passed=30, found=4, missed=10, of=20, looked_at=30, found_then=2)
    assert (found.mean, found.none, found.at_most()) == (0.0, 1.0, 0)


def test_a_machine_that_misses_more_leaves_more() -> None:
    means = [left_in_lot(90, 10, missed, 100).mean for missed in (1, 10, 30, 60)]
    assert means == sorted(means)
    assert left_in_lot(90, 10, 1, 100).at_most() < left_in_lot(90, 10, 60, 100).at_most()
