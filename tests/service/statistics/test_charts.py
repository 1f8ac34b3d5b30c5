"""Control charts: limits beside published values, run rules beside counting, and how soon a shift is seen."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import nbinom

from ubora.service.statistics.charts import Chart, close_together, g, p, p_prime, t, z_scores
from ubora.service.statistics.drift import cusum, ewma
from ubora.service.statistics.run_rules import anhoej, nelson

SEEN = [266501, 264225, 276532, 281461, 269071, 261215, 270409, 279778, 270483, 270320]
SEEN += [267923, 271478, 255353, 256820, 261835, 259144, 255910, 260863, 264465, 260989]
CAME = [280443, 276823, 291681, 296155, 282343, 275888, 283867, 295251, 284468, 282529]
CAME += [279618, 283932, 266629, 268091, 276803, 271578, 266005, 273520, 278574, 273772]
"""Patients seen within four hours, by week: Mohammed et al., BMJ Quality & Safety 22 (2013), 362–368."""


def _limits(chart: Chart, at: int = 0) -> list[float]:
    return [round(float(one), 5) for one in (chart.centre, chart.lower[at], chart.upper[at])]


def test_a_p_chart_has_the_published_limits() -> None:
    # 347 of 1,500 in 30 samples of 50; without two of them, 301 of 1,400.
    whole = p([12] * 17 + [11] * 13, [50] * 30)
    rest = p([11] * 21 + [10] * 7, [50] * 28)
    assert _limits(whole) == [0.23133, 0.05243, 0.41024]
    assert _limits(rest) == [0.21500, 0.04070, 0.38930]


def test_laneys_chart_has_the_published_limits() -> None:
    plain, prime = p(SEEN, CAME), p_prime(SEEN, CAME)
    assert round(prime.centre, 6) == 0.952900
    assert round(prime.sigma_z, 3) == 10.637
    assert _limits(prime)[1:] == [0.94013, 0.96567]
    assert (sum(plain.outside()), sum(prime.outside())) == (16, 0)


def test_limits_of_a_first_phase_stand_for_what_comes() -> None:
    before = p_prime(SEEN[:12], CAME[:12])
    frozen = p_prime([*SEEN[:12], 100], [*CAME[:12], 1000], baseline=12)
    assert (frozen.centre, frozen.sigma_z, frozen.baseline) == (before.centre, before.sigma_z, 12)
    assert frozen.outside() == [False] * 12 + [True]


def test_a_week_without_pieces_is_no_signal() -> None:
    chart = p_prime([9, 0, 8, 9], [10, 0, 10, 10])
    assert chart.outside() == [False] * 4
    assert np.isnan(z_scores(chart)[1])


def test_where_all_passed_nothing_can_vary() -> None:
    chart = p_prime([10, 10, 9], [10, 10, 10], baseline=2)
    assert _limits(chart) == [1.0, 1.0, 1.0]
    assert chart.outside() == [False, False, True]
    assert z_scores(chart).tolist() == [0, 0, -np.inf]


@pytest.mark.parametrize(
    ("found", "of", "baseline", "fault"),
    [
        ([1], [2, 3], None, "1 counts of 2 points"),
        ([3], [2], None, "found 3 of 2"),
        ([0, 1], [0, 2], 1, "no pieces in the first 1"),
        ([1], [2], 2, "a baseline of 2 of 1"),
    ],
)
def test_counts_that_make_no_chart_are_refused(
    found: list[int], of: list[int], baseline: int | None, fault: str
) -> None:
    with pytest.raises(ValueError, match=fault):
        p(found, of, baseline)


def test_a_g_chart_has_the_moments_of_a_geometric_count() -> None:
    rng = np.random.default_rng(3)
    between = (rng.geometric(0.05, 20_000) - 1).tolist()
    chart = g(between)
    assert np.mean(between) == pytest.approx(19, rel=0.03)
    assert chart.upper[0] == pytest.approx(19 + 3 * np.std(between), rel=0.03)
    assert chart.centre == pytest.approx(float(np.median(between)), abs=1)
    assert chart.lower[0] == 0


def test_a_t_chart_of_exponential_times_is_near_normal_after_its_root() -> None:
    rng = np.random.default_rng(4)
    between = rng.exponential(10.0, 20_000).tolist()
    chart = t(between)
    assert chart.centre == pytest.approx(float(np.median(between)), rel=0.06)
    assert np.mean(chart.outside()) < 0.003
    assert t([*between[:50], 500.0], baseline=50).outside()[-1]


@given(st.lists(st.tuples(st.integers(0, 40), st.just(40)), min_size=2, max_size=30))
def test_no_order_of_points_changes_a_p_chart_and_limits_hold_the_centre(
    counts: list[tuple[int, int]],
) -> None:
    found, of = [one for one, _ in counts], [one for _, one in counts]
    chart, turned = p(found, of), p(found[::-1], of[::-1])
    assert chart.centre == pytest.approx(turned.centre)
    assert (chart.lower <= chart.centre).all()
    assert (chart.upper >= chart.centre).all()
    assert ((chart.lower >= 0) & (chart.upper <= 1)).all()


def test_an_ewma_has_the_published_limits() -> None:
    line = ewma([50.0] * 60, 50, 2.0539, weight=0.3)
    assert (line.upper[-1], line.lower[-1]) == pytest.approx((52.5884, 47.4115), abs=1e-4)


def test_an_ewma_varies_as_its_limits_say() -> None:
    rng = np.random.default_rng(5)
    sigma = [1.0, 2.0, 0.5, 1.5, 3.0]
    lasts = [ewma(rng.normal(0, sigma).tolist(), 0, sigma).values[-1] for _ in range(20_000)]
    assert ewma([0.0] * 5, 0, sigma).upper[-1] / 3 == pytest.approx(float(np.std(lasts)), rel=0.03)


def test_a_missing_point_changes_neither_average_nor_sums() -> None:
    line = ewma([1.0, float("nan"), 2.0], 0, 1.0)
    assert line.values[0] == line.values[1]
    sums = cusum([2.0, float("nan"), 2.0])
    assert (sums.high.tolist(), sums.low.tolist()) == ([1.5, 1.5, 3.0], [0, 0, 0])


@pytest.mark.parametrize(("shift", "expected"), [(0.0, 465.0), (1.0, 10.4), (2.0, 4.01)])
def test_a_cusum_signals_as_late_as_is_published(shift: float, expected: float) -> None:
    """Average run lengths for a slack of ½ and a decision of 5: Montgomery, table 9.3."""
    rng = np.random.default_rng(6)
    runs = []
    for _ in range(2500 if shift else 400):
        points = rng.normal(shift, 1, 4000 if shift == 0 else 150)
        signals = cusum(points.tolist()).signals()
        runs.append(signals.index(True) + 1 if True in signals else len(points))
    assert np.mean(runs) == pytest.approx(expected, rel=0.03 if shift else 0.15)


def test_runs_allow_what_is_published_for_24_points() -> None:
    found = anhoej([1.0, -1.0] * 12, 0)
    assert (found.longest_allowed, found.crossings_least) == (8, 8)
    assert not found.signals
    assert anhoej([1.0] * 9 + [-1.0, 1.0] * 7 + [-1.0], 0).signals
    assert anhoej([1.0] * 4 + [-1.0] * 4 + [1.0] * 4 + [-1.0] * 4 + [1.0] * 4 + [-1.0] * 4, 0).signals


def test_points_on_the_line_and_missing_ones_are_no_runs() -> None:
    found = anhoej([1.0, 0.0, 1.0, float("nan"), -1.0], 0)
    assert (found.useful, found.longest, found.crossings) == (3, 2, 1)
    assert not anhoej([], 0).signals


@pytest.mark.parametrize("number", [10, 11, 12])
def test_runs_seldom_signal_by_chance(number: int) -> None:
    signals = [anhoej(sides, 0).signals for sides in product((-1.0, 1.0), repeat=number)]
    assert np.mean(signals) < 0.08


def test_each_of_nelsons_rules_signals_where_its_row_is_whole() -> None:
    found = nelson([0.1] * 8 + [-0.1] + [0.1] * 9 + [4.0])
    # The last of nine on one side, and the one after it.
    assert (found["beyond"], found["same-side"]) == ([18], [17, 18])
    assert nelson([0, 1, 2, 3, 2, 1, 0, -1, -2.0])["trend"] == [8]
    assert nelson([0.0, 1.0] * 7)["alternating"] == [13]
    assert nelson([0.0, 1.0] * 6 + [0.0])["alternating"] == []


@given(st.lists(st.integers(-4, 4).map(float), max_size=40))
def test_nelsons_rules_are_what_looking_at_every_window_finds(z: list[float]) -> None:
    found = nelson(z)

    def windows(length: int) -> list[tuple[int, list[float]]]:
        return [(at + length - 1, z[at : at + length]) for at in range(len(z) - length + 1)]

    def steps(part: list[float]) -> list[float]:
        return [later - one for one, later in pairwise(part)]

    def turns(part: list[float]) -> bool:
        return all(one * other < 0 for one, other in pairwise(steps(part)))

    sides = [at for at, part in windows(9) if all(one > 0 for one in part) or all(one < 0 for one in part)]
    trend = [
        at
        for at, part in windows(6)
        if all(one > 0 for one in steps(part)) or all(one < 0 for one in steps(part))
    ]
    assert found["same-side"] == sides
    assert found["trend"] == trend
    assert found["alternating"] == [at for at, part in windows(14) if turns(part)]
    assert found["beyond"] == [at for at, one in enumerate(z) if abs(one) > 3]


def test_counts_that_are_close_together_are_those_that_a_negative_binomial_makes_seldom() -> None:
    values = [20, 3, 1, 0, 2, 30, 1, 1, 0]
    mean = 40.0
    expected = [
        at >= 3 and bool(nbinom.cdf(sum(values[at - 3 : at + 1]), 4, 1 / (1 + mean)) <= 0.00135)
        for at in range(len(values))
    ]
    assert close_together(values, mean) == expected
    assert True in expected
