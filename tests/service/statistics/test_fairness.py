"""False flags and misses of audited pieces: counted out, covered as often as said, gaps beside chance."""

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from ubora.service.statistics.escapes import Stratum
from ubora.service.statistics.fairness.errors import (
    Audited,
    Measure,
    chance_of_gap,
    false_flags,
    gap,
    misses,
    says_enough,
)
from ubora.service.statistics.fairness.many import holm
from ubora.service.statistics.rates import exact


def test_where_all_was_looked_at_shares_are_those_of_counting() -> None:
    # 80 good and 20 bad pieces; 8 good ones were flagged, 5 bad ones passed.
    seen = Audited((Stratum(77, 77, 5),), flagged=23, accepted=8)
    assert [false_flags(seen).share, misses(seen).share] == pytest.approx([0.1, 0.25])
    assert (seen.good, seen.bad, seen.passed) == (80, 20, 77)


def test_what_passed_counts_by_the_share_that_was_drawn() -> None:
    # One escape in twenty of a hundred passed pieces is five of them, beside fifteen that were caught.
    seen = Audited((Stratum(100, 20, 1),), flagged=20, accepted=5)
    assert misses(seen).share == pytest.approx(5 / 20)
    assert false_flags(seen).share == pytest.approx(5 / 100)
    two = Audited((Stratum(100, 20, 1), Stratum(300, 30, 0)), flagged=20, accepted=5)
    assert misses(two).share == pytest.approx(5 / 20)


def test_no_escape_among_few_looks_is_not_none() -> None:
    found = misses(Audited((Stratum(400, 20, 0),), flagged=30, accepted=10))
    assert (found.share, found.low) == (0.0, 0.0)
    # As many may have passed as twenty looks can overlook.
    assert found.high > 400 * exact(0, 20)[1] / (400 * exact(0, 20)[1] + 20)


def test_where_nothing_bad_was_caught_all_may_be_missed() -> None:
    assert misses(Audited((Stratum(400, 20, 1),), flagged=10, accepted=10)).high == 1.0


@pytest.mark.parametrize("drawn", [0.1, 0.5, 1.0])
@pytest.mark.parametrize(("bad", "missed", "flagged"), [(0.1, 0.2, 0.1), (0.3, 0.5, 0.05), (0.05, 0.1, 0.4)])
@pytest.mark.parametrize("measure", [false_flags, misses])
def test_intervals_hold_the_true_share_about_as_often_as_they_say(
    measure: Measure, bad: float, missed: float, flagged: float, drawn: float
) -> None:
    rng = np.random.default_rng(1)
    true = flagged if measure is false_flags else missed
    covered = [
        one.low <= true <= one.high
        for one in (measure(_audit(rng, 600, bad, missed, flagged, drawn), 0.95) for _ in range(400))
    ]
    assert np.mean(covered) >= 0.93


def _audit(
    rng: np.random.Generator, pieces: int, bad: float, missed: float, flagged: float, drawn: float
) -> Audited:
    bads = rng.binomial(pieces, bad)
    escaped, accepted = rng.binomial(bads, missed), rng.binomial(pieces - bads, flagged)
    passed = pieces - bads - accepted + escaped
    looked = rng.binomial(passed, drawn)
    found = int(rng.hypergeometric(escaped, passed - escaped, looked)) if looked else 0
    strata = (Stratum(looked / drawn, int(looked), found),)
    return Audited(strata, int(bads - escaped + accepted), int(accepted))


def test_a_gap_that_is_none_is_seldom_called_one_and_a_large_one_mostly() -> None:
    rng = np.random.default_rng(2)

    def seen(flagged: float) -> float:
        one, other = _audit(rng, 400, 0.1, 0.2, flagged, 0.3), _audit(rng, 1600, 0.1, 0.2, 0.1, 0.3)
        return chance_of_gap(one, other, false_flags)

    assert np.mean([seen(0.1) <= 0.05 for _ in range(300)]) <= 0.06
    assert np.mean([seen(0.2) <= 0.05 for _ in range(100)]) >= 0.9


def test_the_chance_of_a_gap_is_where_its_interval_ends_at_nothing() -> None:
    one = Audited((Stratum(300, 60, 3),), 60, 40)
    other = Audited((Stratum(900, 90, 3),), 120, 50)
    chance = chance_of_gap(one, other, false_flags)
    found = gap(false_flags(one, 1 - chance), false_flags(other, 1 - chance))
    assert 0 < chance < 0.05
    assert abs(found.low) < 0.002
    assert chance_of_gap(one, one, false_flags) == 1.0


def test_too_little_to_say_is_said() -> None:
    few = Audited((Stratum(90, 9, 1),), 40, 25)
    assert not says_enough(few, false_flags)
    seen = Audited((Stratum(100, 10, 0),), 12, 10)
    assert (says_enough(seen, false_flags), says_enough(seen, misses)) == (True, False)


def test_holm_is_that_of_a_second_reader() -> None:
    rng = np.random.default_rng(3)
    for count in (1, 2, 7, 40):
        chances = rng.random(count) ** 3
        assert holm(chances.tolist()) == pytest.approx(multipletests(chances, method="holm")[1])
    assert holm([]) == ()
    with pytest.raises(ValueError, match=r"chance 1\.5"):
        holm([0.1, 1.5])
