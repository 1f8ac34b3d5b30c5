"""Workshops of differing true quality, and what a year of their pieces comes to, all of it from a seed.

    world = made(World(workshops=2500, weeks=52), seed=7)
    world.good[w, t], world.passed[w, t]          # arrays (workshops, weeks) of counts

A workshop makes so many pieces a week (most few, some many), each good with its own chance, which keeps for
the year but for a share of workshops that get worse, or better, at one moment. The machine flags some good
pieces, which people accept, and lets some defective ones pass; of what passed a share is drawn and looked at.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Shares = NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """What is assumed. Shares and chances are 0–1."""

    workshops: int = 2_500
    weeks: int = 52
    pieces_a_week: float = 2.0
    """Median of workshops; lognormal, so that one in ten makes four times as many."""
    spread: float = 1.1
    """Standard deviation of its logarithm."""
    good: float = 0.92
    """Mean chance of a piece to be good."""
    strength: float = 40.0
    """How alike workshops are: their chances are Beta(good · strength, (1 − good) · strength)."""
    worsens: float = 0.1
    """Share of workshops that get worse, at a moment of the second half."""
    by: float = 0.15
    """Of their chance to be good."""
    improves: float = 0.0
    """Share of workshops that begin worse, by as much, until a moment of the middle."""
    missed: float = 0.3
    """Defective pieces that the machine passes."""
    false_flags: float = 0.08
    """Good pieces that it flags."""
    audited: float = 0.05
    """Passed pieces that are drawn for a look."""


@dataclass(frozen=True)
class Year:
    """Arrays (workshops, weeks), but for `worse_from` and `better_from` (workshops,)."""

    world: World
    chance: Shares
    """True chance of a piece to be good."""
    worse_from: Counts
    """Week in which it gets worse; `weeks` where it does not."""
    better_from: Counts
    """Week in which it gets better; 0 where it does not."""
    made: Counts
    good: Counts
    flagged_good: Counts
    caught: Counts
    """Defective pieces that were flagged, and sent back."""
    escaped: Counts
    """Defective pieces that passed."""
    audited: Counts
    """Passed pieces that were looked at."""
    audited_escaped: Counts

    @property
    def passed(self) -> Counts:
        """Pieces that passed or were accepted, before anybody looked at a drawn one; all are decided."""
        return self.good + self.escaped

    @property
    def rate(self) -> Shares:
        """True chance of a piece to pass or be accepted: what a pass rate estimates."""
        return self.chance + (1 - self.chance) * self.world.missed


def made(world: World, seed: int) -> Year:
    """The same world and seed give the same year."""
    draw = np.random.default_rng(seed)
    n, t = world.workshops, world.weeks
    first = draw.beta(world.good * world.strength, (1 - world.good) * world.strength, n)
    pace = np.exp(draw.normal(np.log(world.pieces_a_week), world.spread, n))
    worsens = draw.random(n) < world.worsens
    moment = draw.integers(max(1, t // 2), max(2, t - t // 8), n)
    worse_from = np.where(worsens, moment, t)
    better_from = _better_from(world, seed, worsens)
    week = np.arange(t)[None, :]
    bad = (week >= worse_from[:, None]) | (week < better_from[:, None])
    chance = np.clip(first[:, None] - world.by * bad, 0, 1)
    pieces = draw.poisson(pace[:, None], (n, t))
    good = draw.binomial(pieces, chance)
    escaped = draw.binomial(pieces - good, world.missed)
    flagged_good = draw.binomial(good, world.false_flags)
    audited = draw.binomial(good - flagged_good + escaped, world.audited)
    return Year(
        world=world,
        chance=chance,
        worse_from=worse_from,
        better_from=better_from,
        made=pieces,
        good=good,
        flagged_good=flagged_good,
        caught=pieces - good - escaped,
        escaped=escaped,
        audited=audited,
        audited_escaped=_of_them(draw, escaped, good - flagged_good, audited),
    )


def _better_from(world: World, seed: int, worsens: NDArray[np.bool_]) -> Counts:
    """Drawn apart, so that a year in which nobody gets better is the same as ever."""
    draw = np.random.default_rng([seed, 2])
    n, t = world.workshops, world.weeks
    improves = (draw.random(n) < world.improves) & ~worsens
    return np.where(improves, draw.integers(max(1, t // 3), max(2, t // 2), n), 0)


def _of_them(draw: np.random.Generator, escaped: Counts, others: Counts, looked_at: Counts) -> Counts:
    """How many of those that are looked at had escaped: drawn without putting back."""
    seen: Counts = draw.hypergeometric(escaped, others, looked_at)
    return seen
