"""Whether a release's promise holds under other thresholds: counted where it keeps scores, else said so."""

import pytest
from scipy.stats import beta

from tests.parts.tiny_bundle import tiny_record
from ubora.models.evidence import Evidence, ScoresBeside
from ubora.models.record import BundleRecord, Calibration
from ubora.models.thresholds import amended
from ubora.service.thresholds.promise import bound_of, promise_under

DEFECTIVE = tuple((0.55 + index / 1000, 0.1) for index in range(60))
EVIDENCE = Evidence(
    by_approved=(
        ScoresBeside(
            approved_photos=0,
            classes=("tarnish", "scratch"),
            clean=((0.1, 0.1),) * 20,
            pieces=tuple(range(20)),
            defective=DEFECTIVE,
        ),
    )
)
CERTIFIED = Calibration(
    method="m",
    sentence="misses at most 5%",
    certifiable=True,
    defective=60,
    clean=20,
    max_miss=0.05,
    missed=0,
    miss_bound=0.05,
    false_flags=0.0,
)


def released(**changed: object) -> BundleRecord:
    calibration = CERTIFIED.model_copy(update=changed)
    return tiny_record("tiny-1", 0.5).model_copy(update={"calibration": calibration})


def test_with_kept_scores_the_bound_is_reckoned_anew_and_may_hold_or_not() -> None:
    record = released()
    (same,) = promise_under(record, amended(record, {"tarnish": 0.52}), EVIDENCE).lines
    assert (same.how, same.missed, same.defective, same.holds) == ("counted", 0, 60, True)
    (worse,) = promise_under(record, amended(record, {"tarnish": 0.556}), EVIDENCE).lines
    assert (worse.missed_before, worse.missed, worse.holds) == (0, 6, False)
    assert worse.bound == pytest.approx(beta.ppf(0.95, 7, 54))


def test_a_bound_that_was_not_certified_is_held_to_what_it_was() -> None:
    record = released(certifiable=False, missed=6, miss_bound=bound_of(6, 60, 0.95))
    changed = amended(record, {"tarnish": 0.556})
    assert promise_under(record, changed, EVIDENCE).holds
    assert not promise_under(record, amended(record, {"tarnish": 0.56}), EVIDENCE).holds


@pytest.mark.parametrize(("threshold", "how", "holds"), [(0.4, "no-higher", True), (0.6, "not-known", False)])
def test_without_scores_a_lower_threshold_keeps_the_promise_and_a_higher_one_is_not_known(
    threshold: float, how: str, holds: bool
) -> None:
    record = released()
    (line,) = promise_under(record, amended(record, {"tarnish": threshold}), None).lines
    assert (line.how, line.holds, line.missed) == (how, holds, None)


def test_lower_thresholds_never_break_a_promise_though_it_was_stated_on_other_photos() -> None:
    record = released(max_miss=0.01, missed=0)
    assert promise_under(record, amended(record, {"scratch": 0.3}), EVIDENCE).holds


def test_where_nothing_was_promised_nothing_can_be_broken() -> None:
    record = tiny_record("tiny-1", 0.5)
    (line,) = promise_under(record, amended(record, {"tarnish": 0.9}), None).lines
    assert (line.how, line.holds) == ("nothing-promised", True)


@pytest.mark.parametrize(("missed", "defective", "bound"), [(0, 0, 1.0), (5, 5, 1.0), (0, 59, 0.0495)])
def test_a_bound_is_clopper_and_pearsons(missed: int, defective: int, bound: float) -> None:
    assert bound_of(missed, defective, 0.95) == pytest.approx(bound, abs=1e-3)
