"""What is said of thresholds on the wire."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from ubora.models.record import BundleRecord
from ubora.models.thresholds import OFF, plain
from ubora.service.http.schemas import Code, UtcMoment, Wire
from ubora.service.ledger.tables import ThresholdPolicy
from ubora.service.numbers.rates import Share
from ubora.service.thresholds.effect import Effect, Moved
from ubora.service.thresholds.promise import How, Promise

Why = Annotated[str, Field(min_length=3, max_length=500)]
Thresholds = dict[str, Annotated[float, Field(ge=0, le=1)]]


class ThresholdOf(Wire):
    defect: str
    own: Share
    """The release's."""
    now: Share
    """In force."""
    off: bool
    """The release has not learnt the class: it cannot be switched on."""


class PromiseLine(Wire):
    """Beside so many approved photos and more."""

    approved_photos: int
    how: How
    holds: bool
    promised: Share | None
    """At most this share of defective pieces is missed; null: nothing was promised."""
    confidence: Share
    missed_before: int | None
    """Of the calibration's defective pieces, by the release's own thresholds."""
    missed: int | None
    """By the thresholds that are asked about; null where they cannot be counted."""
    defective: int
    bound: Share | None
    """At most this share by these thresholds."""
    flagged_before: int | None
    """Of the calibration's clean photos, which the release's own thresholds were laid over."""
    flagged: int | None
    clean: int


class PromiseAnswer(Wire):
    holds: bool
    lines: list[PromiseLine]


class Policy(Wire):
    number: int
    release: str
    thresholds: dict[str, float]
    """Those that differ from the release's own."""
    undoes: int | None
    held: bool
    """Whether the release's promise was found to hold under them, when they were set."""
    forced: bool
    by: str
    at: UtcMoment
    why: str


class ThresholdsNow(Wire):
    release: str
    policy: int | None
    """In force; null: the release's own thresholds."""
    classes: list[ThresholdOf]
    promise: PromiseAnswer
    sentence: str
    """What the release promises under its own thresholds."""
    keeps_scores: bool
    """False: with a higher threshold it cannot be told whether the promise holds."""
    history: list[Policy]
    """Of this release, the latest first."""


class EffectBody(Wire):
    release: Code
    thresholds: Thresholds
    """Class → threshold; what is left out is the release's own."""
    weeks: Annotated[int, Field(ge=1, le=104)] = 4


class MovedPieces(Wire):
    pieces: int
    decided: int
    defective: int
    """Of the decided ones."""
    defective_expected: float | None
    """Of all of them; null: nobody decided any."""
    defective_interval: Annotated[list[float], Field(min_length=2, max_length=2)]
    """95 %."""
    good_expected: float | None
    good_interval: Annotated[list[float], Field(min_length=2, max_length=2)]
    inspections: list[str]
    """Some to look at."""


class EffectAnswer(Wire):
    release: str
    policy: int | None
    """In force when this was asked; a change names it as `seen`."""
    weeks: int
    pieces: int
    truncated: bool
    flagged_before: int
    flagged_after: int
    reviews_a_week_before: float
    reviews_a_week_after: float
    added: MovedPieces
    """Flagged in addition."""
    removed: MovedPieces
    """No longer flagged."""
    promise: PromiseAnswer


class PolicyBody(Wire):
    release: Code
    seen: int | None
    """The policy in force when this was decided; null: the release's own."""
    thresholds: Thresholds
    """Class → threshold; what is left out is the release's own."""
    why: Why
    force: bool = False
    """Although the release's promise does not hold any more, or that cannot be told."""


class UndoBody(Wire):
    why: Why
    force: bool = False


def classes_of(own: BundleRecord, now: BundleRecord) -> list[ThresholdOf]:
    in_force = plain(now)
    return [
        ThresholdOf(defect=name, own=threshold, now=in_force[name], off=threshold >= OFF)
        for name, threshold in plain(own).items()
    ]


def promise_answer(promise: Promise) -> PromiseAnswer:
    return PromiseAnswer(holds=promise.holds, lines=[PromiseLine(**vars(line)) for line in promise.lines])


def policy_answer(row: ThresholdPolicy) -> Policy:
    kept: Mapping[str, Any] = row.promise
    return Policy(
        number=row.number,
        release=row.release,
        thresholds=row.thresholds,
        undoes=row.undoes,
        held=bool(kept.get("holds")),
        forced=row.forced,
        by=row.actor,
        at=row.at,
        why=row.why,
    )


def effect_answer(
    release: str, policy: int | None, weeks: int, effect: Effect, promise: Promise
) -> EffectAnswer:
    return EffectAnswer(
        release=release,
        policy=policy,
        weeks=weeks,
        pieces=effect.pieces,
        truncated=effect.truncated,
        flagged_before=effect.flagged_before,
        flagged_after=effect.flagged_after,
        reviews_a_week_before=effect.flagged_before / effect.weeks,
        reviews_a_week_after=effect.flagged_after / effect.weeks,
        added=_moved(effect.added),
        removed=_moved(effect.removed),
        promise=promise_answer(promise),
    )


def _moved(moved: Moved) -> MovedPieces:
    bad, good = moved.defective_of_all, moved.good_of_all
    return MovedPieces(
        pieces=moved.pieces,
        decided=moved.decided,
        defective=moved.defective,
        defective_expected=bad[0],
        defective_interval=list(bad[1:]),
        good_expected=good[0],
        good_interval=list(good[1:]),
        inspections=list(moved.shown),
    )
