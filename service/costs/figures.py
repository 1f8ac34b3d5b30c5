"""What is reckoned of costs, from a release and the ledger: the curves, and what they stand on.

    found = cost_figures(session, inspector, window, only="scratch")
    found.leading, found.measured

Two sources say what a threshold does: the calibration photos that a release keeps scores of, and the ledger's
own pieces, where people decided enough of them. The ledger's lead, for they are of these workshops.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.orm import Session

from ubora.models.bundle import BundleError
from ubora.models.evidence import Evidence, read_evidence
from ubora.models.inference.inspector import Inspector
from ubora.models.record import BundleRecord
from ubora.models.thresholds import flagged_from
from ubora.service.costs.curve import Curve, Judged, Prices, cost_curve
from ubora.service.costs.known import Known, known_pieces
from ubora.service.costs.margins import judged_of
from ubora.service.costs.measured import Measured, measured
from ubora.service.costs.prices import prices_now
from ubora.service.numbers.groups import read_network
from ubora.service.numbers.window import Window

Of = Literal["ledger", "release"]
USUAL = 2
"""Approved photos of a design, from two sides: what a release's plain thresholds are for."""


@dataclass(frozen=True)
class Sourced:
    """A curve and what it stands on."""

    of: Of
    curve: Curve
    defective: int
    good: int
    rate: float
    """Share of pieces that are defective."""
    rate_counted: bool
    """By the ledger; else it is the entered one."""


@dataclass(frozen=True)
class CostFigures:
    curves: tuple[Sourced, ...]
    """The leading one first."""
    known: Known
    measured: tuple[tuple[Measured, float], ...]
    """Settings that a release tells of without scores, with KES of 100 pieces."""
    keeps_scores: bool
    pieces_a_week: float
    sheet: Mapping[str, float]

    @property
    def leading(self) -> Sourced | None:
        return self.curves[0] if self.curves else None


def cost_figures(
    session: Session, inspector: Inspector, window: Window, only: str | None = None
) -> CostFigures:
    """
    Args:
        inspector: the release under the thresholds in force.
        only: the class whose threshold moves alone; None moves all.
    """
    prices, sheet = prices_now(session)
    record = inspector.record
    known = known_pieces(session, record, window, only)
    kept = evidence_of(inspector)
    counted = known.enough
    rate = (known.rate or 0.0) if counted else sheet["defect_rate"]
    curves = []
    if counted:
        curve = cost_curve(known.defective, known.good, prices, None, None)
        curves.append(Sourced("ledger", curve, len(known.defective), len(known.good), rate, True))
    if kept is not None:
        defective, good = _of_release(record, kept, only)
        if len(defective) and len(good):
            of = (len(known.defective), len(known.defective) + len(known.good)) if counted else None
            curve = cost_curve(defective, good, prices, rate, of)
            curves.append(Sourced("release", curve, len(defective), len(good), rate, counted))
    points = [] if kept is not None else measured(record.metrics)
    return CostFigures(
        curves=tuple(curves),
        known=known,
        measured=tuple((one, kes_of(prices, rate, one.missed, one.flagged)) for one in points),
        keeps_scores=kept is not None,
        pieces_a_week=pieces_a_week(session, window),
        sheet=sheet,
    )


def evidence_of(inspector: Inspector) -> Evidence | None:
    """What a release keeps of its calibration; None of one of before, and of a file that cannot be read."""
    try:
        return read_evidence(inspector.folder, inspector.record)
    except BundleError:
        return None


def kes_of(prices: Prices, rate: float, missed: float, flagged: float) -> float:
    """Expected KES of 100 pieces."""
    false_flags = (1 - rate) * flagged
    reviews = rate * (1 - missed) + false_flags
    escapes = rate * missed * prices.missed
    minutes = reviews * prices.minutes * prices.review_minute
    return 100 * (escapes + false_flags * prices.false_flag + minutes)


def pieces_a_week(session: Session, window: Window) -> float:
    """Pieces of these days, a week; what was only to be photographed again is none."""
    counts = read_network(session, window)
    return 7 * (counts["decided"] + counts["pending"]) / window.days


def _of_release(record: BundleRecord, kept: Evidence, only: str | None) -> tuple[Judged, Judged]:
    beside = kept.beside(USUAL)
    thresholds = flagged_from(record, USUAL)
    return (
        judged_of(beside, "defective", thresholds, only),
        judged_of(beside, "clean", thresholds, only),
    )
