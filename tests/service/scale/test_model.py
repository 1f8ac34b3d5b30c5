"""Workshops and a factory as pure figures: sums by hand, draws, what turns the answer, the break-even."""

import numpy as np
import pytest

from ubora.service.costs.entered import Entry
from ubora.service.scale.assumptions import SHEET, Range, ranges_of
from ubora.service.scale.model import annuity, reckon
from ubora.service.scale.uncertainty import VOLUMES, break_even, central, tornado, uncertain

DEFAULTS = {one.name: one.default for one in SHEET.entries} | {"escape": 1200.0}
RANGES = ranges_of({}, {}, 1200)


def fixed(**changed: float) -> dict[str, Range]:
    """Every assumption as sure as can be."""
    values = DEFAULTS | changed
    return {name: Range(value, value, value, "default") for name, value in values.items()}


@pytest.mark.parametrize(("rate", "years", "expected"), [(0.1, 10, 0.162745), (0.0, 5, 0.2), (0.14, 1, 1.14)])
def test_an_annuity_pays_capital_back_with_interest(rate: float, years: float, expected: float) -> None:
    assert float(annuity(np.array(rate), np.array(years))) == pytest.approx(expected, abs=1e-6)


def test_the_cost_of_a_good_piece_is_what_its_parts_add_up_to() -> None:
    both = reckon(DEFAULTS)
    started = 220 + 180 * 1.1 + 25 * 0.3 + (1 - 0.85 - 0.03) * 150
    sites = 4000 / (60 * 0.9 * 0.97)
    capital = sites * 120_000 * float(annuity(np.array(0.14), np.array(5.0))) / 12 / 4000
    overhead = (250_000 + sites * 1500) / 4000
    by_hand = started / 0.97 + capital + overhead + 45 + 0.03 * 1200 + 0.1 * 100
    assert float(both.network.cost) == pytest.approx(by_hand)
    assert float(both.network.sites) == pytest.approx(sites)
    assert float(both.factory.sites) == 1
    assert float(both.factory.at_risk) == 30_000_000


def test_a_stop_is_small_where_there_are_many_sites_and_all_where_there_is_one() -> None:
    both = reckon(DEFAULTS)
    assert float(both.factory.one_stops) == 1
    assert float(both.network.one_stops) == pytest.approx(1 / float(both.network.sites))
    # Of one site half is missing as often as it stands; of seventy nearly never.
    assert float(both.factory.half_missing) == pytest.approx(float(both.factory.waits))
    assert float(both.network.half_missing) < 1e-9


def test_a_second_factory_is_built_where_one_is_not_enough() -> None:
    assert float(reckon(DEFAULTS | {"demand": 20_000.0}).factory.sites) == 2


def test_arrays_of_draws_give_what_each_draw_alone_would() -> None:
    demand = np.array([1000.0, 4000.0])
    found = reckon(DEFAULTS | {"demand": demand}).difference
    alone = [float(reckon(DEFAULTS | {"demand": one}).difference) for one in demand]
    assert found == pytest.approx(alone)


def test_the_draws_hold_the_central_answer_and_are_the_same_each_time() -> None:
    found = uncertain(RANGES)
    assert found == uncertain(RANGES)
    assert found.difference.between[0] < found.difference.value < found.difference.between[1]
    assert float(central(RANGES).difference) == found.difference.value


def test_what_is_sure_has_no_spread() -> None:
    found = uncertain(fixed())
    assert found.network.between == pytest.approx((found.network.value, found.network.value))
    assert found.network_cheaper in (0.0, 1.0)
    assert tornado(fixed()) == []


def test_the_tornado_begins_with_what_matters_most_and_says_what_turns_the_answer() -> None:
    ranges = fixed() | {"n_wage": Range(0, 180, 5000, "default"), "f_shipping": Range(24, 25, 26, "default")}
    first, second = tornado(ranges)
    assert (first.name, second.name) == ("n_wage", "f_shipping")
    assert (first.at_high > 0, first.turns, second.turns) == (True, True, False)
    assert second.at_low - second.at_high == pytest.approx(2)


def test_the_break_even_is_where_both_cost_the_same() -> None:
    found = break_even(RANGES)
    assert found.at is not None
    assert found.between is not None
    at = reckon(DEFAULTS | {"demand": found.at})
    assert float(at.difference) == pytest.approx(0, abs=5)
    assert found.between[0] < found.at < found.between[1]
    assert [one.demand for one in found.volumes] == pytest.approx(list(VOLUMES))


@pytest.mark.parametrize(("material", "always"), [(1e6, "factory"), (0.0, "network")])
def test_where_one_is_always_cheaper_there_is_no_break_even(material: float, always: str) -> None:
    changed = {"n_material": material} if always == "factory" else {"f_material": 1e6}
    found = break_even(fixed(**changed))
    assert (found.at, found.always, found.have_one) == (None, always, 0)


def test_what_somebody_entered_counts_before_the_ledger_and_that_before_a_default() -> None:
    ledger = {name: Range(1, 2, 3, "ledger") for name in ("demand", "n_lead")}
    found = ranges_of({"demand": 8000}, ledger, 1500)
    assert found["demand"] == Range(4000, 8000, 16_000, "entered")
    assert (found["n_lead"].source, found["n_wage"].source) == ("ledger", "default")
    assert (found["escape"].value, found["escape"].source) == (1500, "prices")


@pytest.mark.parametrize("entry", SHEET.entries, ids=lambda one: one.name)
def test_every_default_lies_within_its_range_and_what_may_be_entered(entry: Entry) -> None:
    assert entry.low is not None
    assert entry.high is not None
    assert entry.least <= entry.low < entry.default < entry.high <= entry.most
