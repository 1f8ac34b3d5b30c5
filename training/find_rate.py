"""Which learning rate to try: ever larger steps until the loss runs away (Smith, 2017, section 3.3).

    ubora train run datasets/rendered --recipe jewelry --find-lr

Nothing is written. The suggestion is the middle of the longest way down, as fastai's "valley" has it: the
steepest place alone is mostly noise. It is a place to start, for `head_lr`; `backbone_lr` goes along in the
recipe's proportion. torch-lr-finder sweeps for one input and one label; here are ten targets and two rates.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path

from training.feed import Feed, shown
from training.job import Job
from training.rates import set_rates
from training.step import Pupil

STEPS = 100
FROM, TO = 1e-6, 1.0
"""The sweep of `head_lr`."""
MEMORY = 0.9
"""Of the smoothed loss: one batch says little."""
RUNAWAY = 3.0
"""The sweep ends when the smoothed loss is this many times its lowest."""
SETTLED = 10
"""Steps before the smoothed loss is believed."""
SHORTEST = 8
"""Steps down that are more than chance."""
BARS = "▁▂▃▄▅▆▇█"


class RateError(ValueError):
    """A sweep that says nothing."""


@dataclass(frozen=True)
class Sweep:
    """What a sweep found."""

    rates: tuple[float, ...]
    """`head_lr` of each step."""
    losses: tuple[float, ...]
    """Smoothed, after each step."""
    head_lr: float
    """In the middle of the longest way down."""
    backbone_lr: float
    """In the recipe's proportion."""


def find_rate(job: Job, pupil: Pupil, file: Path | None) -> Sweep:
    """Sweep, print what was found, and write it to `file` as JSON if asked.

    Raises:
        RateError: the loss fell nowhere.
    """
    recipe = job.recipe
    pupil.network.train_mode(freeze_batchnorm=recipe.freeze_batchnorm, frozen_layers=recipe.frozen_layers)
    feed = Feed(job, decoded=False)
    batches = (batch for epoch in count() for batch in feed.epoch(epoch))
    rates: list[float] = []
    losses: list[float] = []
    held = 0.0
    for step in shown(range(STEPS), STEPS, "rates", told=job.ranks.first):
        rates.append(FROM * (TO / FROM) ** (step / (STEPS - 1)))
        set_rates(pupil.optimizer, rates[-1] / recipe.head_lr)
        held = MEMORY * held + (1 - MEMORY) * pupil.step(next(batches))["total"]
        # The mean starts at zero; this undoes it.
        losses.append(held / (1 - MEMORY ** (step + 1)))
        if not math.isfinite(losses[-1]) or (step > SETTLED and losses[-1] > RUNAWAY * min(losses)):
            break
    head = middle_of_valley(rates, losses)
    found = Sweep(tuple(rates), tuple(losses), head, head * recipe.backbone_lr / recipe.head_lr)
    if job.ranks.first:
        print(_table(found))
        now = f"the recipe has {recipe.head_lr:.2g} and {recipe.backbone_lr:.2g}"
        print(f"try --set head_lr={head:.2g} --set backbone_lr={found.backbone_lr:.2g}   ({now})")
        if file is not None:
            file.write_text(json.dumps(asdict(found), indent=2) + "\n", encoding="utf-8")
    return found


def middle_of_valley(rates: Sequence[float], losses: Sequence[float]) -> float:
    """The rate in the middle of the longest decreasing subsequence of the settled, smoothed losses.

    Raises:
        RateError: there is none worth the name.
    """
    chains: list[list[int]] = []
    for step in range(SETTLED, len(losses)):
        if math.isfinite(losses[step]):
            # Of equally long ways the last one: the plain before it is no part of the way down.
            before = [held for held in reversed(chains) if losses[held[-1]] > losses[step]]
            chains.append([*max(before, key=len, default=[]), step])
    valley = max(chains, key=len, default=[])
    if len(valley) < SHORTEST:
        raise RateError(
            f"the loss fell at no rate from {FROM:g} to {rates[-1]:.2g}; is there anything to learn?"
        )
    return rates[(valley[0] + valley[-1]) // 2]


def _table(found: Sweep) -> str:
    """A row each half decade, and the whole sweep as bars; what ran away stays at the highest."""
    finite = [loss for loss in found.losses if math.isfinite(loss)]
    low, span = min(finite), max(max(finite[: len(finite) // 2]) - min(finite), 1e-9)
    bars = "".join(BARS[min(7, int(7 * (loss - low) / span))] for loss in finite)
    rows = ["  head_lr      loss"]
    for rate, loss in list(zip(found.rates, found.losses, strict=True))[:: max(1, STEPS // 12)]:
        rows.append(f"  {rate:<9.2g} {loss:>7.3f}")
    return "\n".join([*rows, f"  {bars}  {found.rates[0]:.0e} to {found.rates[-1]:.1g}"])
