"""What the numbers said of a year of known truth: do intervals cover it, who is signalled, who ranked last?

for line in lines(made(World(), seed=7)): print(line)
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ubora.models.intervals import wilson
from ubora.service.simulation.world import Year
from ubora.service.statistics.charts import p_prime, z_scores
from ubora.service.statistics.drift import cusum
from ubora.service.statistics.escapes import Stratum, escape_rate
from ubora.service.statistics.funnel import FEWEST_PIECES, overdispersion, place
from ubora.service.statistics.shrinkage import fit, posterior

SIZES = ((1, 9), (10, 29), (30, 99), (100, 10**9))
"""Pieces that a workshop decided in the year."""
TENTH, PARTS = 10, 50
WIDTH = 82
FEWEST_OF_A_MONTH = 5
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Line:
    """One thing that was asked, and what was found."""

    what: str
    found: float | None
    """A share, 0–1, or weeks; None where there was nothing to find it of."""
    of: int
    """Workshops, weeks or signals that it is of."""
    expected: str
    unit: str = "%"

    def text(self) -> str:
        value = "–"
        if self.found is not None:
            value = f"{100 * self.found:.1f} %" if self.unit == "%" else f"{self.found:.1f}"
        return f"{self.what:<{WIDTH}} {value:>8} {self.of:>7}  {self.expected}"


def lines(year: Year) -> Iterator[Line]:
    """The table, from the simplest to what is made of it."""
    yield from _intervals(year)
    yield from _funnel(year)
    yield from _ranking(year)
    yield from _over_time(year)
    yield _escapes(year)


def steady(year: Year) -> Flags:
    """Workshops whose chance kept for the whole year."""
    return year.worse_from >= year.world.weeks


def _intervals(year: Year) -> Iterator[Line]:
    passed, decided = year.passed.sum(axis=1), year.made.sum(axis=1)
    true = year.rate[:, 0]
    asked = steady(year) & (decided > 0)
    group = fit(_counts(passed[asked], decided[asked]))
    for low, high in SIZES:
        some = np.flatnonzero(asked & (decided >= low) & (decided <= high))
        named = f"{low} to {high} pieces" if high < SIZES[-1][1] else f"{low} pieces and more"
        plain = [_holds(wilson(int(passed[w]), int(decided[w])), true[w]) for w in some]
        drawn = [_holds(posterior(group, int(passed[w]), int(decided[w])).interval(), true[w]) for w in some]
        yield Line(f"interval of a workshop covers its true rate, {named}", _mean(plain), len(some), "95 %")
        yield Line(f"the same, drawn toward the others, {named}", _mean(drawn), len(some), "95 %")


def _funnel(year: Year) -> Iterator[Line]:
    """With a spread between workshops counted in, few lie outside by chance alone."""
    half = slice(0, max(1, year.world.weeks // 2))
    passed, decided = year.passed[:, half].sum(axis=1), year.made[:, half].sum(axis=1)
    enough = decided >= FEWEST_PIECES
    target = float(passed.sum() / decided.sum())
    between = overdispersion(_counts(passed[enough], decided[enough]), target).between
    for name, widened, expected in (("without", 0.0, "above 0.2 %"), ("with", between, "0.2 %")):
        said = [place(int(passed[w]), int(decided[w]), target, widened) for w in np.flatnonzero(enough)]
        outside = [one in ("far-low", "far-high") for one in said]
        what = f"steady workshops beyond 99.8 % of the funnel, {name} the spread between them"
        yield Line(what, _mean(outside), len(outside), expected)


def _ranking(year: Year) -> Iterator[Line]:
    """Whom a list by raw rates would punish: the last tenth, and what they are truly like."""
    passed, decided = year.passed.sum(axis=1), year.made.sum(axis=1)
    asked = np.flatnonzero(steady(year) & (decided > 0))
    passed, decided, true = passed[asked], decided[asked], year.rate[asked, 0]
    group = fit(_counts(passed, decided))
    raw = passed / decided
    after = np.array([posterior(group, int(p), int(d)).mean for p, d in zip(passed, decided, strict=True)])
    last = max(1, len(asked) // TENTH)
    worst = set(np.argsort(true, kind="stable")[: len(asked) // 2].tolist())
    small = decided < FEWEST_PIECES
    yield Line(f"workshops of fewer than {FEWEST_PIECES} pieces", float(small.mean()), len(asked), "")
    for name, rate in (("raw rates", raw), ("rates drawn toward the others", after)):
        order = np.argsort(rate, kind="stable")
        lowest, highest = order[:last], order[-last:]
        yield Line(f"of the last tenth by {name}: small ones", float(small[lowest].mean()), last, "")
        yield Line(f"of the first tenth by {name}: small ones", float(small[highest].mean()), last, "")
        wronged = _mean([int(one) not in worst for one in lowest])
        yield Line(
            f"of the last tenth by {name}: truly in the better half", wronged, last, "as few as can be"
        )


def _over_time(year: Year) -> Iterator[Line]:
    """A workshop's p′ chart and CUSUM by months, with the limits of its first half."""
    weeks = year.world.weeks
    months = max(4, weeks // 4)
    edges = np.linspace(0, weeks, months + 1).astype(int)
    passed = np.add.reduceat(year.passed, edges[:-1], axis=1)
    decided = np.add.reduceat(year.made, edges[:-1], axis=1)
    baseline = months // 2
    alarms: list[bool] = []
    delays: list[float] = []
    changed = 0
    for w in np.flatnonzero((decided >= FEWEST_OF_A_MONTH).all(axis=1)):
        signals = _signals(passed[w].tolist(), decided[w].tolist(), baseline)
        begins = int(year.worse_from[w])
        if begins >= weeks:
            alarms += signals[baseline:]
            continue
        changed += 1
        ends = [int(edges[at + 1]) for at in range(baseline, months) if signals[at]]
        delays += [float(end - begins) for end in ends if end > begins][:1]
    seen = len(delays) / changed if changed else None
    median = float(np.median(delays)) if delays else None
    named = "months of a steady workshop with a signal, by p′ or CUSUM"
    yield Line(named, _mean(alarms), len(alarms), "a few in a hundred")
    yield Line("workshops that got worse and were signalled", seen, changed, "as many as can be")
    yield Line("weeks until they were, median", median, len(delays), "", unit="weeks")


def _signals(passed: list[int], decided: list[int], baseline: int) -> list[bool]:
    """By month; none within the baseline."""
    chart = p_prime(passed, decided, baseline)
    z = z_scores(chart)
    later = np.where(np.isfinite(z), z, 0)[baseline:]
    both = zip(chart.outside()[baseline:], cusum(later.tolist()).signals(), strict=True)
    return [False] * baseline + [one or other for one, other in both]


def _escapes(year: Year) -> Line:
    """Fifty parts of the network, each with its own interval of the escape rate."""
    passed = year.good - year.flagged_good + year.escaped
    held = []
    for part in np.array_split(np.arange(year.world.workshops), PARTS):
        looked, found = int(year.audited[part].sum()), int(year.audited_escaped[part].sum())
        count = int(passed[part].sum())
        rate = escape_rate([Stratum(count, looked, found)])
        true = float(year.escaped[part].sum() / count) if count else 0.0
        held.append(_holds((rate.low, rate.high), true))
    what = "interval of the escape rate covers what truly slipped through"
    return Line(what, _mean(held), len(held), "95 % or more")


def _counts(passed: NDArray[np.int64], decided: NDArray[np.int64]) -> list[tuple[int, int]]:
    return [(int(p), int(d)) for p, d in zip(passed, decided, strict=True)]


def _holds(interval: Sequence[float] | None, true: float) -> bool:
    return interval is not None and interval[0] <= true <= interval[1]


def _mean(found: Sequence[bool]) -> float | None:
    return sum(found) / len(found) if found else None
