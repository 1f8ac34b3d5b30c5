"""How sure the answer is: many draws of all assumptions, each one moved alone, and where both cost the same.

    found = uncertain(ranges)
    found.difference, found.network_cheaper          # 95 % of the difference, share of draws
    for bar in tornado(ranges): bar.name, bar.at_low, bar.at_high, bar.turns
    break_even(ranges)                               # pieces a month, with 95 %

Draws are from triangles, each figure on its own, with a fixed seed: the same assumptions, the same answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ubora.models.intervals import Interval
from ubora.service.scale.assumptions import Range
from ubora.service.scale.model import Both, Floats, reckon

DRAWS = 2000
SEED = 20261130
VOLUMES: Floats = np.geomspace(100, 100_000, 61)
"""Pieces a month at which both are compared."""


@dataclass(frozen=True)
class Spread:
    """A figure at the assumptions as they are, and 95 % of the draws."""

    value: float
    between: Interval


@dataclass(frozen=True)
class Uncertain:
    network: Spread
    factory: Spread
    difference: Spread
    """KES of a good piece that workshops cost more."""
    network_cheaper: float
    """Share of the draws."""


@dataclass(frozen=True)
class Bar:
    """One assumption moved alone, from the low end of its range to the high one."""

    name: str
    low: float
    high: float
    at_low: float
    """Difference, KES of a good piece."""
    at_high: float
    turns: bool
    """The answer is another at one of its ends."""


@dataclass(frozen=True)
class Volume:
    demand: float
    """Pieces a month."""
    network: Spread
    factory: Spread
    network_cheaper: float


@dataclass(frozen=True)
class BreakEven:
    volumes: tuple[Volume, ...]
    at: float | None
    """Pieces a month from which the factory is cheaper; None: at no volume, or at every one of VOLUMES."""
    between: Interval | None
    """95 % of the draws that have such a volume."""
    have_one: float
    """Share of the draws that have one."""
    always: str | None
    """`network` or `factory`, where one is cheaper at every volume."""


def central(ranges: Mapping[str, Range]) -> Both:
    """At the assumptions as they are."""
    return reckon({name: one.value for name, one in ranges.items()})


def uncertain(ranges: Mapping[str, Range]) -> Uncertain:
    drawn, now = reckon(_draws(ranges)), central(ranges)
    return Uncertain(
        network=_spread(now.network.cost, drawn.network.cost),
        factory=_spread(now.factory.cost, drawn.factory.cost),
        difference=_spread(now.difference, drawn.difference),
        network_cheaper=float((drawn.difference < 0).mean()),
    )


def tornado(ranges: Mapping[str, Range]) -> list[Bar]:
    """The one that matters most first; those that change nothing are left out."""
    values = {name: one.value for name, one in ranges.items()}
    now = float(reckon(values).difference)
    bars = []
    for name, one in ranges.items():
        low, high = (float(reckon({**values, name: end}).difference) for end in (one.low, one.high))
        turns = any((end < 0) != (now < 0) for end in (low, high))
        if low != high:
            bars.append(Bar(name, one.low, one.high, low, high, turns))
    return sorted(bars, key=lambda bar: (-abs(bar.at_high - bar.at_low), bar.name))


def break_even(ranges: Mapping[str, Range]) -> BreakEven:
    """Over VOLUMES; the demand that is assumed plays no part."""
    values = {name: one.value for name, one in ranges.items()}
    now = reckon({**values, "demand": VOLUMES})
    draws = {name: drawn[:, None] for name, drawn in _draws(ranges).items()}
    drawn = reckon({**draws, "demand": VOLUMES[None, :]})
    crossings = _crossings(drawn.difference)
    finite = crossings[np.isfinite(crossings)]
    (at,) = _crossings(now.difference[None])
    always = None
    if not np.isfinite(at):
        always = "network" if float(now.difference[-1]) < 0 else "factory"
    between = None
    if len(finite):
        low, high = np.quantile(finite, (0.025, 0.975))
        between = (float(low), float(high))
    return BreakEven(
        volumes=tuple(
            Volume(
                demand=float(VOLUMES[place]),
                network=_spread(now.network.cost[place], drawn.network.cost[:, place]),
                factory=_spread(now.factory.cost[place], drawn.factory.cost[:, place]),
                network_cheaper=float((drawn.difference[:, place] < 0).mean()),
            )
            for place in range(len(VOLUMES))
        ),
        at=float(at) if np.isfinite(at) else None,
        between=between,
        have_one=len(finite) / DRAWS,
        always=always,
    )


def _crossings(difference: Floats) -> Floats:
    """(R,) the first volume of each row at which workshops stop being cheaper; NaN where there is none."""
    dearer = difference >= 0
    turns = ~dearer[:, :-1] & dearer[:, 1:]
    at = turns.argmax(axis=1)
    rows = np.arange(len(difference))
    one, two = difference[rows, at], difference[rows, at + 1]
    part = np.where(turns.any(axis=1), one / np.where(one == two, 1.0, one - two), np.nan)
    return np.asarray(np.exp(np.log(VOLUMES[at]) + part * np.log(VOLUMES[at + 1] / VOLUMES[at])))


def _draws(ranges: Mapping[str, Range]) -> dict[str, Floats]:
    random = np.random.default_rng(SEED)
    draws = {}
    for name, one in ranges.items():
        # Drawn for each figure, wide or not, so that one range does not shift the draws of the next.
        place = random.triangular(0.0, _tip(one), 1.0, DRAWS)
        draws[name] = one.low + place * (one.high - one.low)
    return draws


def _tip(one: Range) -> float:
    """Where the value lies between the ends, 0–1."""
    return (one.value - one.low) / (one.high - one.low) if one.high > one.low else 0.5


def _spread(now: Floats, drawn: Floats) -> Spread:
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Spread(float(now), (float(low), float(high)))
