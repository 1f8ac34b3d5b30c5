"""The check by simulation: a promise that holds, and one that was broken on purpose and is caught."""

from dataclasses import replace

import numpy as np

from ubora.training.calibration.costs import Costs
from ubora.training.calibration.risk import Evidence, Target
from ubora.training.calibration.simulation import simulate

# Escapes cost nothing, so the fewest false flags that are certified are taken: nothing is left to spare.
TARGET = Target(max_miss=0.10, max_false_flag=0.5, costs=Costs(escape=0))


def _evidence() -> Evidence:
    random = np.random.default_rng(7)
    return Evidence(
        clean=random.beta(2, 8, (120, 1)),
        defective=random.beta(6, 4, (130, 1)),
        pieces=np.arange(120),
        order=(0,),
    )


def test_what_is_stated_is_exceeded_no_more_often_than_promised() -> None:
    simulated = simulate(_evidence(), TARGET, rounds=300)
    assert simulated.certified > 250
    # Two standard errors of a share of 5 % in 300 rounds.
    assert simulated.wrong <= 300 * 0.075
    assert simulated.naive_wrong > 300 * 0.25
    assert "at most 5% promised" in simulated.sentence(TARGET)


def test_a_promise_at_too_little_confidence_is_caught() -> None:
    reckless = replace(TARGET, confidence=0.5)
    assert simulate(_evidence(), reckless, rounds=300).wrong > 300 * 0.2


def test_it_says_the_same_twice() -> None:
    assert simulate(_evidence(), TARGET, rounds=5) == simulate(_evidence(), TARGET, rounds=5)
