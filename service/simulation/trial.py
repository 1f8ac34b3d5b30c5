"""What the numbers said of a year of known truth: do intervals cover it, who is signalled, who ranked last?

for line in lines(made(World(), seed=7)): print(line)
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ubora.models.intervals import wilson
from ubora.service.simulation.lines import Line, mean, steady
from ubora.service.simulation.watching import over_time, watched
from ubora.service.simulation.world import Year
from ubora.service.statistics.escapes import Stratum, escape_rate
from ubora.service.statistics.funnel import FEWEST_PIECES, overdispersion, place
from ubora.service.statistics.shrinkage import fit, posterior

SIZES = ((1, 9), (10, 29), (30, 99), (100, 10**9))
"""Pieces that a workshop decided in the year."""
TENTH, PARTS = 10, 50


def lines(year: Year) -> Iterator[Line]:
    """The table, from the simplest to what is made of it."""
    yield from _intervals(year)
    yield from _funnel(year)
    yield from _ranking(year)
    yield from over_time(year)
    yield from watched(year)
    yield _escapes(year)


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
        yield Line(f"interval of a workshop covers its true rate, {named}", mean(plain), len(some), "95 %")
        yield Line(f"the same, drawn toward the others, {named}", mean(drawn), len(some), "95 %")


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
        yield Line(what, mean(outside), len(outside), expected)


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
        wronged = mean([int(one) not in worst for one in lowest])
        yield Line(
            f"of the last tenth by {name}: truly in the better half", wronged, last, "as few as can be"
        )


def _escapes(year: Year) -> Line:
    """Fifty parts of the network, each with its own interval of the escape rate."""
    passed = year.good - year.flagged_good + year.escaped
    held = []
    for part in np.array_split(np.arange(year.world.workshops), PARTS):
        looked, escaped = int(year.audited[part].sum()), int(year.audited_escaped[part].sum())
        count = int(passed[part].sum())
        rate = escape_rate([Stratum(count, looked, escaped)])
        true = float(year.escaped[part].sum() / count) if count else 0.0
        held.append(_holds((rate.low, rate.high), true))
    what = "interval of the escape rate covers what truly slipped through"
    return Line(what, mean(held), len(held), "95 % or more")


def _counts(passed: NDArray[np.int64], decided: NDArray[np.int64]) -> list[tuple[int, int]]:
    return [(int(p), int(d)) for p, d in zip(passed, decided, strict=True)]


def _holds(interval: Sequence[float] | None, true: float) -> bool:
    return interval is not None and interval[0] <= true <= interval[1]
