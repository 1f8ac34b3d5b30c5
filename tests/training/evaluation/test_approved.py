"""A piece beside approved photos: which is nearest, what level that makes it, and the limits of likeness."""

import numpy as np
import pytest

from tests.training.evaluation.judged import judged_photo
from ubora.models.inference.approved import compare_with, relative_level
from ubora.models.inference.bank import Approved
from ubora.models.inference.prediction import expected_level
from ubora.models.record import ApprovedLimits
from ubora.training.evaluation.aspects.approved import LEAST_PIECES, approved_limits, beside_approved
from ubora.training.release.card_words import approved_words
from ubora.training.scoring.predictions import Scored

HIGH = (0, 0, 0, 0.1, 0.9)
ALONG = {"a": (1.0, 0.0, 0.0), "b": (0.0, 1.0, 0.0)}
"""Where the approved photo of each design lies."""


def approved() -> list[Scored]:
    return [
        judged_photo(f"approved-{d}", scores={}, design=d, embedding=at, approved_sample=True, says=HIGH)
        for d, at in ALONG.items()
    ]


def accepted(count: int, **facts: object) -> list[Scored]:
    """Pieces of design a, each a little farther from its approved photo: at a distance of 1 − cos."""
    return [
        judged_photo(f"p{n}", scores={}, design="a", embedding=(1.0, 0.01 * n, 0.0), **facts)  # type: ignore[arg-type]
        for n in range(count)
    ]


def distance(n: int) -> float:
    return float(1 - 1 / (1 + (0.01 * n) ** 2) ** 0.5)


def test_the_limit_is_the_distance_within_which_nearly_every_accepted_piece_lies() -> None:
    found = approved_limits(accepted(101), approved())
    assert found is not None
    assert (found.pieces, found.quantile) == (101, 0.98)
    assert found.max_distance == pytest.approx(distance(98), abs=1e-6)


def test_defective_faulty_and_approved_photos_set_no_limit() -> None:
    far = (0.0, 0.0, 1.0)
    outside = [
        judged_photo("scratched", scores={}, shown=("scratch",), design="a", embedding=far),
        judged_photo("unlabelled", scores={}, shown=None, design="a", embedding=far),
        judged_photo("blurred", scores={}, design="a", embedding=far, photo_faults=("blur",)),
        judged_photo("approved-a", scores={}, design="a", embedding=far, name="another.jpg"),
        judged_photo("other", scores={}, design="c", embedding=far),
    ]
    pieces = accepted(LEAST_PIECES)
    assert approved_limits([*outside, *pieces], approved()) == approved_limits(pieces, approved())


def test_photos_of_one_piece_count_once_and_few_pieces_set_no_limit() -> None:
    pieces = accepted(LEAST_PIECES)
    again = [judged_photo("p0", scores={}, design="a", name=f"again-{n}.jpg") for n in range(20)]
    found = approved_limits([*pieces, *again], approved())
    assert found is not None
    assert found.pieces == LEAST_PIECES
    assert approved_limits([*pieces[1:], *again[:0]], approved()) is None
    assert approved_limits([*pieces[1:], again[0]], []) is None


def test_another_design_is_caught_where_its_approved_photos_lie_beyond() -> None:
    apart = approved_limits(accepted(LEAST_PIECES), approved())
    same = [judged_photo(d, scores={}, design=d, approved_sample=True) for d in ALONG]
    alike = approved_limits(accepted(LEAST_PIECES), same)
    alone = approved_limits(accepted(LEAST_PIECES), approved()[:1])
    assert [None if found is None else found.wrong_caught for found in (apart, alike, alone)] == [1, 0, None]


def graded(says: dict[int, tuple[float, ...]]) -> ApprovedLimits:
    """Pieces of which people say `level` and the network says probabilities."""
    levels = list(says) * LEAST_PIECES
    scored = [
        judged_photo(f"p{n}", scores={}, design="a", level=level, says=says[level])
        for n, level in enumerate(levels)
    ]
    found = approved_limits(scored, approved())
    assert found is not None
    return found


def test_levels_are_counted_beside_the_approved_photos_only_where_that_agrees_better() -> None:
    # The design itself looks like a 4.9, so an ordinary piece of it does too.
    skewed = graded({2: (0, 0, 0, 1, 0), 3: (0, 0, 0, 0, 1)})
    assert skewed.grade_beside
    assert skewed.kappa_beside == 1.0
    right = graded({4: (0, 0, 0, 1, 0), 5: (0, 0, 0, 0, 1)})
    assert not right.grade_beside
    assert right.kappa_alone == 1.0
    ungraded = approved_limits(accepted(LEAST_PIECES), approved())
    assert ungraded is not None
    assert (ungraded.grade_beside, ungraded.kappa_alone, ungraded.kappa_beside) == (False, None, None)


def test_the_card_says_what_is_doubted_how_many_are_caught_and_how_levels_are_counted() -> None:
    limits = ApprovedLimits(
        max_distance=0.3,
        quantile=0.98,
        pieces=36,
        wrong_caught=0.87,
        grade_beside=False,
        kappa_alone=0.4,
        kappa_beside=0.35,
    )
    said = approved_words(limits)
    assert "farther than 0.30" in said
    assert "the 98% quantile of 36 accepted pieces. Held" in said
    assert (
        "87% of them lie beyond. Variance levels are not counted beside them: agreement 0.35 against 0.40"
        in said
    )
    assert approved_words(None) == ""


def test_a_level_is_counted_from_the_approved_sample() -> None:
    assert expected_level((0, 0.5, 0.5, 0, 0)) == 2.5
    # The design itself looks like a 4.2; a piece that looks the same is an ordinary one.
    assert relative_level(4.2, [4.2]) == 3
    assert relative_level(4.2, [2.0, 3.0]) == 5
    assert relative_level(1.0, [4.9]) == 1
    assert relative_level(3.5, [3.0]) == 4


def test_the_nearest_approved_photo_is_named_with_its_distance() -> None:
    photo = judged_photo("a", scores={}, embedding=(1, 0, 0), says=(0, 0, 0, 1, 0))
    away, near = (np.array(e, np.float32) for e in ((0, 1, 0), (0.8, 0.6, 0)))
    beside = compare_with(photo.prediction, [Approved(away, 3.0), Approved(near, 4.0)])
    assert beside is not None
    assert (beside.nearest, beside.relative_level) == (1, 4)
    assert beside.distance == pytest.approx(0.2, abs=1e-6)
    assert compare_with(photo.prediction, []) is None


def test_designs_are_told_apart_where_the_own_approved_photo_is_nearest() -> None:
    def photo(piece: str, design: str, embedding: tuple[float, ...], **facts: object) -> Scored:
        return judged_photo(piece, scores={}, design=design, embedding=embedding, level=3, **facts)  # type: ignore[arg-type]

    approved = [
        photo("A", "a", (1, 0, 0), approved_sample=True),
        photo("B", "b", (0, 1, 0), approved_sample=True),
    ]
    scored = [
        *approved,
        photo("1", "a", (1, 0.1, 0)),
        photo("2", "a", (0.1, 1, 0)),  # looks like the other design
        photo("3", "b", (0, 1, 0.2)),
        photo("4", "c", (0, 0, 1)),  # has no approved photo
    ]
    found = beside_approved(scored, approved)
    assert found is not None
    assert (found["photos"], found["designs"], found["by_chance"]) == (3, 2, 0.5)
    assert (found["top1"]["found"], found["top5"]["found"]) == (2, 3)
    # Six pairs, three of one design: 3 × 3 comparisons, of which the misplaced photo loses three.
    assert found["auroc"]["value"] == pytest.approx(6 / 9)
    assert beside_approved(scored, approved[:1]) is None


def test_a_network_that_says_the_same_of_every_photo_knows_no_design() -> None:
    approved = [
        judged_photo(d, scores={}, design=d, approved_sample=True, name=f"approved-{d}") for d in "abcdefgh"
    ]
    found = beside_approved([judged_photo("1", scores={}, design="a", level=3)], approved)
    assert found is not None
    assert (found["top1"]["value"], found["top5"]["value"]) == (0.0, 0.0)
    assert found["auroc"]["value"] == 0.5
