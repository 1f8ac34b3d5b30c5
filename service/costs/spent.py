"""What quality has cost in some days: prevention, appraisal, internal failure and external failure.

    spent = spent_in(session, window, sheet)      # lines: kind, what, count, KES each, KES

Kinds: Feigenbaum, "Total quality control", Harvard Business Review 34 (1956); BS 6143-2 names them alike.
Counted is what the ledger has of these days. A false flag is a flagged piece that a person accepted. What
nobody has found yet is in none of the lines: what it may cost is estimated beside them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from ubora.service.ledger.counted import PASSED
from ubora.service.ledger.tables import Answer, Inspection, Review
from ubora.service.numbers.window import Window

Kind = Literal["prevention", "appraisal", "internal", "external"]
KINDS: tuple[Kind, ...] = ("prevention", "appraisal", "internal", "external")
What = Literal["prevention", "reviews", "false-flags", "rework", "scrap", "shipped-back", "returns"]
DAYS_OF_A_MONTH = 365.25 / 12


@dataclass(frozen=True)
class Line:
    kind: Kind
    what: What
    count: float
    """Pieces, reviews or months."""
    each: float
    """KES."""

    @property
    def kes(self) -> float:
        return self.count * self.each


def spent_in(session: Session, window: Window, sheet: Mapping[str, float]) -> list[Line]:
    """In the order of the kinds.

    Args:
        sheet: `prices.QUALITY`, as it is now.
    """
    begin, end = window.moments(session)
    reviews, answers = (
        session.scalar(select(func.count()).select_from(table).where(table.at >= begin, table.at < end)) or 0
        for table in (Review, Answer)
    )
    decided = _decided(session, window)
    minute = sheet["minutes"] * sheet["review_minute"]
    return [
        Line("prevention", "prevention", window.days / DAYS_OF_A_MONTH, sheet["prevention_month"]),
        Line("appraisal", "reviews", reviews + answers, minute),
        Line("internal", "false-flags", decided["false-flags"], sheet["false_flag"]),
        Line("internal", "rework", decided["rework"], sheet["rework"]),
        Line("internal", "scrap", decided["scrap"], sheet["scrap"]),
        Line("internal", "shipped-back", decided["shipped-back"], sheet["shipped_back"]),
        Line("external", "returns", decided["returns"], sheet["escape"]),
    ]


def _decided(session: Session, window: Window) -> dict[str, int]:
    """What decisions of these days left of pieces; of several on one piece the last one counts."""
    begin, end = window.moments(session)
    later = aliased(Review)
    is_last = ~exists().where(later.inspection == Review.inspection, later.number > Review.number)
    rows = session.execute(
        select(Review.in_hand, Inspection.verdict, Inspection.status, func.count())
        .join(Inspection, Inspection.id == Review.inspection)
        .where(is_last, Review.at >= begin, Review.at < end)
        .group_by(Review.in_hand, Inspection.verdict, Inspection.status)
    ).all()
    counts = dict.fromkeys(("false-flags", "rework", "scrap", "shipped-back", "returns"), 0)
    for where, verdict, status, count in rows:
        returned = where == "return"
        if status in PASSED:
            counts["false-flags"] += count if verdict == "flag" and status == "accepted" else 0
        elif status in ("rework", "rejected"):
            # A piece that a customer sent back has cost an escape, and that is all of it.
            counts["returns"] += count if returned else 0
            counts["rework"] += count if status == "rework" and not returned else 0
            counts["scrap"] += count if status == "rejected" and not returned else 0
            counts["shipped-back"] += count if where == "goods_in" else 0
    return counts
