"""What a design's good pieces rule out: known values of an exact bound."""

from dataclasses import replace

import pytest

from tests.training.evaluation.judged import policy_at, scratched
from ubora.training.evaluation.aspects.false_flag_bound import LADDER, bound_words, false_flag_bounds
from ubora.training.scoring.predictions import Scored

AT_HALF = policy_at({"scratch": 0.5})


def _good(design: str, pieces: int, flagged: int = 0, photos: int = 1) -> list[Scored]:
    return [
        scratched(f"{design}-{p}", 0.9 if p < flagged and v == 0 else 0.1, shown=False, design=design,
                  name=f"{design}-{p}-{v}.jpg")
        for p in range(pieces)
        for v in range(photos)
    ]  # fmt: skip


@pytest.mark.parametrize(("pieces", "at_most"), LADDER.items())
def test_each_step_of_the_ladder_is_the_fewest_pieces_that_certify_it(pieces: int, at_most: float) -> None:
    assert false_flag_bounds(_good("ring", pieces), AT_HALF)["designs"]["ring"]["at_most"] <= at_most
    assert false_flag_bounds(_good("ring", pieces - 1), AT_HALF)["designs"]["ring"]["at_most"] > at_most


def test_a_piece_counts_once_and_is_flagged_by_any_of_its_photos() -> None:
    found = false_flag_bounds(_good("ring", 20, flagged=2, photos=4), AT_HALF)["designs"]["ring"]
    assert (found["pieces"], found["flagged"]) == (20, 2)
    # Clopper and Pearson, 2 of 20, one-sided at 95 %: published tables say 0.283.
    assert found["at_most"] == pytest.approx(0.283, abs=5e-4)
    assert found["next"] == {"pieces": 29, "at_most": 0.10}
    assert bound_words(found) == "2 of 20 good pieces flagged, at most 28%"


def test_defective_pieces_and_pieces_of_no_design_count_for_none() -> None:
    judged = [*_good("ring", 3), scratched("bad", 0.1, design="ring"), scratched("stray", 0.1, shown=False)]
    found = false_flag_bounds(judged, AT_HALF)
    assert set(found["designs"]) == {"ring"}
    assert found["all"]["pieces"] == 3


def test_beyond_the_ladder_nothing_more_is_asked_and_no_piece_rules_out_nothing() -> None:
    assert false_flag_bounds(_good("ring", 299), AT_HALF)["all"]["next"] is None
    nothing = false_flag_bounds([], AT_HALF)["all"]
    assert (nothing["pieces"], nothing["at_most"]) == (0, 1.0)


def test_a_photo_that_is_to_be_taken_again_says_nothing_of_its_piece() -> None:
    judged = _good("ring", 3)
    dark = replace(judged[0].prediction, measures=replace(judged[0].prediction.measures, brightness=0.0))
    policy = replace(AT_HALF, gate=AT_HALF.gate.model_copy(update={"min_brightness": 45}))
    assert policy.outcome(dark) == "retake"
    found = false_flag_bounds([replace(judged[0], prediction=dark), *judged[1:]], policy)
    assert found["designs"]["ring"]["pieces"] == 2
