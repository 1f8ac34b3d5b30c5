"""Gwet's AC1 and AC2 and weighted kappa: as another's programs say, as a hand says, and at their ends."""

import pytest

from ubora.service.agreement.coefficients import (
    Coefficient,
    Table,
    gwet,
    identity_weights,
    ordinal_weights,
    weighted_kappa,
)

MIXED = [[20, 3, 1], [4, 10, 2], [0, 2, 8]]
NEARLY_ALL_ONE = [[40, 1, 0], [0, 1, 0], [0, 0, 0]]
CHANCE = [[5, 5, 5]] * 3
FULL = [[30, 0, 0], [0, 5, 0], [0, 0, 5]]
CONTRARY = [[0, 6, 9], [1, 3, 4], [2, 0, 5]]
# By irrCAC 0.4.4: CAC(…, weights="ordinal").gwet(), its standard error, and the same with weights="identity".
BY_ANOTHER = [
    (MIXED, 0.7698693186, 0.0702532153, 0.6497884138),
    (NEARLY_ALL_ONE, 0.991511293, 0.0086773236, 0.9753412594),
    (CHANCE, 0.0, 0.1492405014, 0.0),
    (FULL, 1.0, 0.0, 1.0),
    (CONTRARY, -0.2854012822, 0.2028843946, -0.0913600661),
]
LEVELS = [[10, 3, 0, 0, 0], [2, 8, 2, 1, 0], [0, 1, 9, 3, 0], [0, 0, 2, 6, 1], [0, 0, 0, 1, 4]]


@pytest.mark.parametrize(("table", "ac2", "error", "ac1"), BY_ANOTHER)
def test_ac2_and_ac1_are_what_another_program_says(
    table: Table, ac2: float, error: float, ac1: float
) -> None:
    ordinal, plain = gwet(table, ordinal_weights(3)), gwet(table, identity_weights(3))
    assert ordinal is not None
    assert plain is not None
    assert ordinal.error is not None
    found = (round(ordinal.value, 8), round(ordinal.error, 8), round(plain.value, 8))
    assert found == tuple(round(one, 8) + 0.0 for one in (ac2, error, ac1))


def test_ac1_of_two_classes_is_what_a_hand_says() -> None:
    # 118 twice yes, 5 and 2 once, 0 twice no: agreed 118/125, named yes 243/250, by chance 2 · 0.972 · 0.028.
    found = gwet([[118, 5], [2, 0]], identity_weights(2))
    assert found is not None
    assert round(found.value, 10) == round((118 / 125 - 0.054432) / (1 - 0.054432), 10)


def test_ordinal_weights_fall_with_the_distance() -> None:
    assert ordinal_weights(3) == [[1, 1 - 1 / 3, 0], [1 - 1 / 3, 1, 1 - 1 / 3], [0, 1 - 1 / 3, 1]]


def test_weighted_kappa_is_what_another_program_says() -> None:
    found = weighted_kappa(LEVELS)
    assert found is not None
    assert round(found, 8) == 0.89060293


def test_who_is_the_first_reader_changes_nothing() -> None:
    turned = [list(column) for column in zip(*CONTRARY, strict=True)]
    assert gwet(turned, ordinal_weights(3)) == gwet(CONTRARY, ordinal_weights(3))
    assert weighted_kappa(turned) == weighted_kappa(CONTRARY)


def test_of_nothing_there_is_no_figure_and_of_one_piece_no_interval() -> None:
    assert gwet([[0, 0], [0, 0]], identity_weights(2)) is None
    one = gwet([[1, 0], [0, 0]], identity_weights(2))
    assert (one, one and one.interval) == (Coefficient(1.0, None), None)
    assert [weighted_kappa(table) for table in ([[0, 0], [0, 0]], [[7, 0], [0, 0]])] == [None, None]


def test_an_interval_stays_within_its_ends() -> None:
    assert Coefficient(0.99, 0.1).interval == (0.99 - 0.1959963984540054, 1.0)
    assert Coefficient(-0.99, 0.1).interval == (-1.0, -0.99 + 0.1959963984540054)


def test_a_table_that_is_not_square_is_refused() -> None:
    for table in ([[1, 2]], [[1]], [[1, 2], [3, 4]]):
        with pytest.raises(ValueError, match="expected a square"):
            gwet(table, identity_weights(3))
