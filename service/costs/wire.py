"""What is said of the cost of quality on the wire."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import numpy as np
from pydantic import Field

from ubora.service.costs.curve import NOW, Curve, Point
from ubora.service.costs.figures import Of, Sourced
from ubora.service.costs.known import ENOUGH, Known
from ubora.service.costs.measured import Measured
from ubora.service.costs.spent import KINDS, Kind, Line, What
from ubora.service.http.schemas import Wire
from ubora.service.numbers.rates import Interval, Share
from ubora.service.numbers.window import Window
from ubora.service.statistics.escapes import EscapeRate


class CostPoint(Wire):
    """All thresholds, or one, moved by so much."""

    step: float
    """Log-odds; 0 is as now, above it less is flagged."""
    odds: float
    """The same as a factor of the odds."""
    missed: Share
    """Of defective pieces."""
    flagged: Share
    """Of good pieces."""
    escapes: float
    """Of 100 pieces."""
    false_flags: float
    reviews_a_week: float
    kes: float
    """Of 100 pieces, expected."""
    kes_low: float
    """95 %, with `kes_high`."""
    kes_high: float


class CostCurve(Wire):
    of: Of
    """ledger: pieces that people decided; release: photos that its thresholds were chosen on."""
    defective: int
    good: int
    defect_rate: Share
    rate_counted: bool
    """By the ledger; else the entered one."""
    now: CostPoint
    cheapest: CostPoint
    cheapest_odds: Annotated[list[float], Field(min_length=2, max_length=2)]
    """95 % of the factor at which it is cheapest."""
    saving: float
    """KES of 100 pieces less than now, at the cheapest."""
    saving_interval: Annotated[list[float], Field(min_length=2, max_length=2)]
    points: list[CostPoint]


class LedgerKnows(Wire):
    """What people decided of the pieces that this release judged."""

    enough: bool
    fewest: int
    """Of defective, good, and passed ones looked at: with fewer there is no curve of the ledger's."""
    defective: int
    good: int
    looked_at: int
    """Passed ones that were drawn for a look, or decided in hand."""
    escaped: int
    flagged: int
    flagged_decided: int
    truncated: bool
    """Only the latest were read."""


class MeasuredPoint(Wire):
    """A setting that a release tells of without scores."""

    flagged: Share
    missed: Share
    missed_interval: Interval | None
    kes: float
    is_now: bool


class QualityCosts(Wire):
    since: str
    until: str
    release: str
    policy: int | None
    """Thresholds that people set over the release's own; null: nobody did."""
    defect: str | None
    """The class whose threshold moves alone; null: all move."""
    defects: list[str]
    """Classes that are on."""
    pieces_a_week: float
    keeps_scores: bool
    """False of a release of before: it keeps figures of a few settings alone."""
    ledger: LedgerKnows
    curves: list[CostCurve]
    """The one to go by first."""
    measured: list[MeasuredPoint]
    chart: str | None
    """The picture, as SVG, where a theme was asked for: so that what it shows is reckoned once for both."""


class SpentLine(Wire):
    kind: Kind
    what: What
    count: float
    each: float
    """KES."""
    kes: float


class SpentKind(Wire):
    kind: Kind
    kes: float


class Spent(Wire):
    since: str
    until: str
    kes: float
    kinds: list[SpentKind]
    items: list[SpentLine]
    not_found_yet: float | None
    """KES that passed defective pieces may cost which nobody has found; null where nobody looked at any."""
    not_found_interval: Annotated[list[float], Field(min_length=2, max_length=2)]
    """95 %."""


def point_answer(point: Point, pieces_a_week: float) -> CostPoint:
    return CostPoint(
        step=point.step,
        odds=float(np.exp(point.step)),
        missed=min(1.0, max(0.0, point.missed)),
        flagged=min(1.0, max(0.0, point.flagged)),
        escapes=point.escapes,
        false_flags=point.false_flags,
        reviews_a_week=point.reviews / 100 * pieces_a_week,
        kes=point.kes,
        kes_low=point.between[0],
        kes_high=point.between[1],
    )


def curve_answer(found: Sourced, pieces_a_week: float) -> CostCurve:
    curve: Curve = found.curve
    return CostCurve(
        of=found.of,
        defective=found.defective,
        good=found.good,
        defect_rate=found.rate,
        rate_counted=found.rate_counted,
        now=point_answer(curve.points[NOW], pieces_a_week),
        cheapest=point_answer(curve.points[curve.cheapest], pieces_a_week),
        cheapest_odds=[float(np.exp(step)) for step in curve.cheapest_between],
        saving=curve.saving,
        saving_interval=list(curve.saving_between),
        points=[point_answer(point, pieces_a_week) for point in curve.points],
    )


def ledger_answer(known: Known) -> LedgerKnows:
    return LedgerKnows(
        enough=known.enough,
        fewest=ENOUGH,
        defective=len(known.defective),
        good=len(known.good),
        looked_at=known.looked_at,
        escaped=known.escaped,
        flagged=known.flagged,
        flagged_decided=known.flagged_decided,
        truncated=known.truncated,
    )


def measured_answer(one: Measured, kes: float) -> MeasuredPoint:
    between = one.missed_between
    return MeasuredPoint(
        flagged=one.flagged,
        missed=one.missed,
        missed_interval=None if between is None else list(between),
        kes=kes,
        is_now=one.is_now,
    )


def spent_answer(
    window: Window, lines: Sequence[Line], passed: int, rate: EscapeRate, sheet: Mapping[str, float]
) -> Spent:
    """
    Args:
        passed: pieces that passed and that nobody has decided since.
        rate: of passed pieces, how many a person would not have passed.
    """
    since, until = window.texts()
    hidden = passed * sheet["escape"]
    return Spent(
        since=since,
        until=until,
        kes=sum(line.kes for line in lines),
        kinds=[
            SpentKind(kind=kind, kes=sum(line.kes for line in lines if line.kind == kind)) for kind in KINDS
        ],
        items=[
            SpentLine(kind=line.kind, what=line.what, count=line.count, each=line.each, kes=line.kes)
            for line in lines
        ],
        not_found_yet=None if rate.share is None else hidden * rate.share,
        not_found_interval=[hidden * rate.low, hidden * rate.high],
    )
