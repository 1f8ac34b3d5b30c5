"""What a release passed and people would not have, as it becomes known, with a bound that always holds.

    known = read_misses(session, "ubora-2026.12")
    known[-1].share, known[-1].low, known[-1].high

It stands on passed pieces that were drawn for a look, in the order in which people looked at them. The bound
may be read each week and acted on when it says enough: it holds for all weeks at once, at 95 %. That is the
share of what *passed*; of all defective pieces how many passed, it does not tell. Weeks in which a greater
share was drawn count by the pieces that were looked at; the escape rate weighs them by what passed.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Integer, cast, func, select
from sqlalchemy.orm import Session

from ubora.service.ledger.counted import BY_PEOPLE, PASSED
from ubora.service.ledger.days.zones import days_of
from ubora.service.ledger.tables import AuditDraw, Inspection, Review
from ubora.service.numbers.groups import monday
from ubora.service.statistics.watching.sequences import confidence_sequence


@dataclass(frozen=True)
class Known:
    """So far, at the end of a week."""

    week: date
    looked_at: int
    escaped: int
    share: float
    low: float
    high: float


def read_misses(session: Session, release: str) -> list[Known]:
    """A row a week in which anybody looked, the oldest first."""
    looks = (
        select(func.min(Review.at).label("at"), Inspection.status.in_(PASSED).label("good"))
        .join(Inspection, Inspection.id == Review.inspection)
        .join(AuditDraw, AuditDraw.inspection == Inspection.id)
        .where(Inspection.release == release, Inspection.status.in_(BY_PEOPLE))
        .group_by(Inspection.id, Inspection.status)
        .subquery()
    )
    # No day of today's zones begins within a quarter of an hour.
    hour, quarter = func.substr(looks.c.at, 1, 14), cast(func.substr(looks.c.at, 15, 2), Integer) // 15
    told = hour, quarter, looks.c.good
    rows = session.execute(select(*told, func.count()).group_by(*told))
    days = days_of(session)
    looked, escaped = Counter[date](), Counter[date]()
    for began, part, good, count in rows:
        week = monday(days.of(datetime.fromisoformat(f"{began}{15 * part:02d}Z")))
        looked[week] += count
        escaped[week] += 0 if good else count
    weeks, escapes, of, total, bad = sorted(looked), [], [], 0, 0
    for week in weeks:
        total, bad = total + looked[week], bad + escaped[week]
        escapes.append(bad)
        of.append(total)
    bounds = confidence_sequence(escapes, of)
    return [
        Known(week, all_, one, one / all_, low, high)
        for week, all_, one, (low, high) in zip(weeks, of, escapes, bounds, strict=True)
    ]
