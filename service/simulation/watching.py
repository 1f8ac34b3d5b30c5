"""Who is signalled in a year of known truth: by charts as a person reads them, and by what raises an alert.

for line in over_time(year): print(line)      # months of a workshop, by p′ and CUSUM, and why they signal
for line in watched(year): print(line)        # the alert of workshops: how often falsely, whom, how soon
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ubora.service.simulation.lines import Line, mean, steady
from ubora.service.simulation.world import Year
from ubora.service.statistics.charts import p_prime, z_scores
from ubora.service.statistics.drift import cusum
from ubora.service.statistics.shrinkage import fit
from ubora.service.statistics.watching.worsening import THRESHOLD, Known, first_beyond, worsening

FEWEST_OF_A_MONTH = 5
FIRST_WEEKS = 13
"""The first phase: what limits are frozen from."""
SEEN_SINCE = ((1, 19), (20, 59), (60, 10**9))
"""Pieces that a workshop made since it got worse."""


def over_time(year: Year) -> Iterator[Line]:
    """A workshop's p′ chart and CUSUM by months, with the limits of its first half; and why they signal.

    Three things do: one CUSUM that is beyond stays there for months, limits of six months of few pieces lie
    beside the true rate, and two rules signal more often than one.
    """
    weeks = year.world.weeks
    months = max(4, weeks // 4)
    edges = np.linspace(0, weeks, months + 1).astype(int)
    passed = np.add.reduceat(year.passed, edges[:-1], axis=1)
    decided = np.add.reduceat(year.made, edges[:-1], axis=1)
    half = months // 2
    asked = np.flatnonzero(steady(year) & (decided >= FEWEST_OF_A_MONTH).all(axis=1))
    limits = [_rules(passed[w].tolist(), decided[w].tolist(), half) for w in asked]
    true = [_about(passed[w, half:], decided[w, half:], float(year.rate[w, 0])) for w in asked]
    either = [one | other for one, other in limits]
    named = "months of a steady workshop, limits of six months"
    yield _months(f"{named}: a signal by p′ or CUSUM", either, "a few in a hundred")
    yield _months("  by p′ alone", [one for one, _ in limits], "0.3 %")
    yield _months("  by CUSUM alone", [other for _, other in limits], "0.2 %")
    yield _months("  by either, for the first time", [_first(one) for one in either], "0.5 %")
    about = [_first(one | other) for one, other in true]
    yield _months("  the same, if the true rate were known", about, "0.5 %")


def watched(year: Year, threshold: float = THRESHOLD) -> Iterator[Line]:
    """The alert of workshops, limits frozen from a first quarter, week by week; any number of pieces."""
    weeks, first = year.world.weeks, min(FIRST_WEEKS, year.world.weeks // 2)
    good, all_ = year.passed[:, :first].sum(axis=1), year.made[:, :first].sum(axis=1)
    group = fit(list(zip(good.tolist(), all_.tolist(), strict=True)))
    known = Known.of(group.alpha + good, group.beta + all_ - good)
    alarmed = first_beyond(worsening(known, year.passed[:, first:], year.made[:, first:]), threshold)
    at = np.where(alarmed < 0, weeks, alarmed + first)
    calm = steady(year)
    spent = np.minimum(np.minimum(at + 1, weeks), year.worse_from) - first
    false = (at < weeks) & (at < year.worse_from)
    raised = int((at < weeks).sum())
    at_risk = int(spent.clip(0).sum())
    yield Line("workshop-weeks with a false alert", false.sum() / at_risk, at_risk, "1 % at most")
    yield Line(
        "weeks until a steady workshop signals, average run length",
        float(spent[calm].sum() / max(1, false[calm].sum())),
        int(calm.sum()),
        f"{threshold:g} or more",
        unit="weeks",
    )
    yield Line("alerts a week of all workshops", raised / (weeks - first), raised, "", unit="alerts")
    yield Line("of the alerts: of workshops that were steady", mean(false[at < weeks].tolist()), raised, "")
    yield from _seen(year, at, false)


def _seen(year: Year, at: NDArray[np.int64], false: NDArray[np.bool_]) -> Iterator[Line]:
    """By how much they made since they got worse: fewer pieces tell less, whoever reads them."""
    weeks = year.world.weeks
    turned = np.flatnonzero(~steady(year) & ~false)
    since = {int(w): int(year.made[w, year.worse_from[w] :].sum()) for w in turned}
    for low, high in SEEN_SINCE:
        some = [w for w, pieces in since.items() if low <= pieces <= high]
        named = f"{low} pieces and more" if high == SEEN_SINCE[-1][1] else f"{low} to {high} pieces"
        seen = mean([bool(at[w] < weeks) for w in some])
        yield Line(f"workshops that got worse and made {named} since: seen", seen, len(some), "80 % of many")
    late = [int(at[w] - year.worse_from[w] + 1) for w in turned if at[w] < weeks]
    made = [int(year.made[w, year.worse_from[w] : at[w] + 1].sum()) for w in turned if at[w] < weeks]
    for name, values in (("weeks", late), ("pieces", made)):
        median = float(np.median(values)) if values else None
        yield Line(f"{name} until they were seen, median", median, len(values), "", unit=name)


def _rules(
    passed: list[int], decided: list[int], baseline: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """After the baseline: months beyond p′'s limits, and months in which a CUSUM is beyond."""
    chart = p_prime(passed, decided, baseline)
    z = z_scores(chart)
    later = np.where(np.isfinite(z), z, 0)[baseline:]
    return np.array(chart.outside()[baseline:]), np.array(cusum(later.tolist()).signals())


def _about(
    passed: NDArray[np.int64], decided: NDArray[np.int64], rate: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The same two, where the true rate is known."""
    z = (passed / decided - rate) / np.sqrt(rate * (1 - rate) / decided)
    return np.abs(z) > 3, np.array(cusum(z.tolist()).signals())


def _first(signals: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Only the first one, and what was before it."""
    return signals[: int(signals.argmax()) + 1] if signals.any() else signals


def _months(what: str, found: list[NDArray[np.bool_]], expected: str) -> Line:
    months = np.concatenate(found).tolist() if found else []
    return Line(what, mean(months), len(months), expected)
