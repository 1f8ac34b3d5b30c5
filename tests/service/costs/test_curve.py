"""What thresholds cost, as pure figures: shares at each step, the cheapest one, and how sure that is."""

import numpy as np
import pytest
from scipy.special import logit

from ubora.service.costs.curve import NOW, STEPS, Judged, Prices, cost_curve
from ubora.service.costs.margins import margin, margins
from ubora.service.costs.measured import Measured, measured

PRICES = Prices(escape=1000, false_flag=50, review_minute=6, minutes=2, shipped_back=200, caught=0.0)


def judged(values: list[float], weight: float = 1.0) -> Judged:
    return Judged(
        np.array(values, float), np.full(len(values), weight), np.arange(len(values), dtype=np.int64)
    )


def test_a_point_is_what_its_shares_cost() -> None:
    curve = cost_curve(judged([1, 1, 1, -1]), judged([-2] * 8 + [0.5] * 2), PRICES, 0.1, None)
    now = curve.points[NOW]
    assert (now.step, now.missed, now.flagged) == (0, 0.25, 0.2)
    assert (now.escapes, now.false_flags) == pytest.approx((2.5, 18.0))
    assert now.reviews == pytest.approx(7.5 + 18.0)
    assert now.kes == pytest.approx(2.5 * 1000 + 18 * 50 + 25.5 * 12)


def test_stricter_steps_flag_less_and_miss_more() -> None:
    random = np.random.default_rng(0)
    curve = cost_curve(
        judged(list(random.normal(1, 1, 80))), judged(list(random.normal(-1, 1, 80))), PRICES, 0.1, None
    )
    assert (np.diff([point.missed for point in curve.points]) >= 0).all()
    assert (np.diff([point.flagged for point in curve.points]) <= 0).all()


def test_the_cheapest_parts_what_can_be_parted_and_its_interval_holds_it() -> None:
    curve = cost_curve(judged([2.0] * 50), judged([1.0] * 50), PRICES, 0.1, None)
    best = curve.points[curve.cheapest]
    # All steps between the two cost the same: the nearest to now is taken.
    assert (best.step, best.missed, best.flagged) == (1.1, 0.0, 0.0)
    assert curve.cheapest_between == (1.1, 1.1)
    assert curve.saving == pytest.approx(90 * 50 + 90 * 12)


def test_where_an_escape_costs_nothing_it_is_cheapest_to_flag_nothing() -> None:
    free = Prices(escape=0, false_flag=50, review_minute=6, minutes=2, shipped_back=0, caught=0.0)
    curve = cost_curve(judged([1.0, 2.0]), judged([-1.0, 0.5]), free, 0.1, None)
    assert curve.points[curve.cheapest].kes == 0


def test_what_the_hub_finds_in_hand_costs_a_parcel_and_no_customer() -> None:
    half = Prices(escape=1000, false_flag=0, review_minute=0, minutes=0, shipped_back=200, caught=0.5)
    curve = cost_curve(judged([-1.0]), judged([-1.0]), half, 0.1, None)
    assert curve.points[NOW].kes == pytest.approx(100 * 0.1 * 600)


def test_fewer_pieces_make_a_wider_interval() -> None:
    random = np.random.default_rng(1)

    def width(pieces: int) -> float:
        curve = cost_curve(
            judged(list(random.normal(1, 1, pieces))),
            judged(list(random.normal(-1, 1, pieces))),
            PRICES,
            0.1,
            None,
        )
        low, high = curve.points[NOW].between
        return high - low

    assert width(20) > 2 * width(500)


def test_weights_say_how_many_pieces_are_defective_where_no_rate_is_given() -> None:
    curve = cost_curve(judged([-1.0], weight=10), judged([-1.0], weight=90), PRICES, None, None)
    assert curve.points[NOW].escapes == pytest.approx(10)


def test_the_same_pieces_give_the_same_figures() -> None:
    one, two = (cost_curve(judged([1, -1]), judged([-1, 1]), PRICES, 0.1, (1, 10)) for _ in range(2))
    assert one == two


def test_without_pieces_of_both_kinds_there_is_no_curve() -> None:
    with pytest.raises(ValueError, match="0 defective and 1 good"):
        cost_curve(judged([]), judged([1.0]), PRICES, 0.1, None)


def test_a_margin_is_that_of_the_class_that_is_farthest_over_its_threshold() -> None:
    found = margin({"tarnish": 0.6, "scratch": 0.1}, {"tarnish": 0.5, "scratch": 0.5})
    assert found == pytest.approx(logit(0.6))
    assert margin({"tarnish": 0.6}, {"tarnish": 1.0}) == -np.inf
    assert margin({}, {"tarnish": 0.5}) == -np.inf


def test_where_one_class_moves_alone_what_another_flags_is_flagged_at_every_step() -> None:
    scores = np.array([[0.6, 0.2], [0.2, 0.6], [0.2, 0.2]])
    found = margins(scores, ("tarnish", "scratch"), {"tarnish": 0.5, "scratch": 0.5}, only="tarnish")
    assert found == pytest.approx([logit(0.6), np.inf, logit(0.2)])


def test_a_release_without_scores_tells_of_its_few_settings() -> None:
    metrics = {
        "any_defect": {
            "recall_at_false_flags": {"0.05": {"value": 0.6, "interval": [0.4, 0.7]}, "0.10": None}
        },
        "decisions": {"escape": {"value": 0.5, "interval": [0.4, 0.6]}, "false_flag": {"value": 0.09}},
    }
    looked_for, now = measured(metrics)
    assert (looked_for.flagged, looked_for.missed, looked_for.is_now) == (0.05, 0.4, False)
    assert looked_for.missed_between == pytest.approx((0.3, 0.6))
    assert now == Measured(0.09, 0.5, (0.4, 0.6), True)
    assert measured({}) == []


def test_the_step_of_now_is_none() -> None:
    assert STEPS[NOW] == 0
