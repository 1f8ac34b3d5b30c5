"""What a threshold costs, by hand."""

import pytest

from ubora.training.calibration.costs import CostError, Costs, read_costs

COSTS = Costs(escape=1000, false_flag=50, review_minute=10, minutes=2, defect_rate=0.1, pieces_a_week=500)


def test_a_hundred_pieces_cost_their_escapes_false_flags_and_reviews() -> None:
    # 10 defective, 2 of them escape; 90 clean, 9 of them flagged; 8 + 9 reviews of 2 minutes.
    assert COSTS.per_hundred(missed=0.2, flagged=0.1) == pytest.approx(2 * 1000 + 9 * 50 + 17 * 2 * 10)


def test_a_week_has_the_reviews_of_all_that_is_flagged() -> None:
    assert COSTS.reviews_a_week(missed=0.2, flagged=0.1) == pytest.approx(500 * 0.17)


def test_given_costs_replace_the_defaults() -> None:
    costs = read_costs("escape=900, defect_rate=0.02")
    assert costs == Costs(escape=900, defect_rate=0.02)
    assert read_costs("") == Costs()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("escapes=9", "expected name=number with a name of escape, false_flag"),
        ("escape", "'escape': expected name=number"),
        ("escape=dear", "escape=dear: Input should be a valid number"),
        ("defect_rate=7", "defect_rate=7: Input should be less than or equal to 1"),
    ],
)
def test_costs_that_make_no_sense_are_refused_in_one_line(text: str, sentence: str) -> None:
    with pytest.raises(CostError, match=sentence):
        read_costs(text)
