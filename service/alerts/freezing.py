"""Limits that stand: made by the service from a first quarter of weeks, and anew by a person with a reason.

freeze_new(session, today)                                          # whoever has none and weeks enough
frozen(session, "design", "bangle-mara", since, until, who, why)     # a person's, in place of those before

A subject with many pieces has the limits of a p′ chart; one with few, and every workshop, what is known of
its share: its own pieces and those of all others of its kind.
"""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.service.alerts.subjects import (
    COUNTED,
    WEEK,
    Counted,
    Weeks,
    first_weeks,
    last_week,
    read_weeks,
    weeks_from,
)
from ubora.service.ledger.clock import now
from ubora.service.ledger.tables import ChartLimits
from ubora.service.statistics.shrinkage import Group, fit
from ubora.service.statistics.watching.frozen import freeze

FIRST_WEEKS: dict[Counted, int] = dict.fromkeys(COUNTED, 13) | {"retakes": 8}
"""A quarter; a release may not serve for longer."""
LONGEST_AGO = 52
"""Weeks: a first phase begins no earlier, however long pieces were counted before."""
FEWEST_WEEKS, MOST_WEEKS = 4, 104
"""Of a first phase that a person names."""


def current(session: Session, kind: Counted) -> dict[str, ChartLimits]:
    """The limits that stand, by subject."""
    query = select(ChartLimits).where(ChartLimits.kind == kind, ChartLimits.ended_at.is_(None))
    return {row.subject: row for row in session.scalars(query.order_by(ChartLimits.number))}


def freeze_new(session: Session, today: date, phase: Mapping[Counted, int] = FIRST_WEEKS) -> int:
    """How many were made.

    Args:
        phase: weeks of a first phase; only a demonstration, which is young, has others.
    """
    return sum(_freeze_kind(session, kind, today, phase[kind]) for kind in COUNTED)


def anything_new(session: Session, today: date) -> bool:
    """Whether there is a subject to make limits for; or there may be, for lack of pieces until now."""
    return any(_lacking(session, kind, today, FIRST_WEEKS[kind]) for kind in COUNTED)


def make(
    session: Session,
    kind: Counted,
    subject: str,
    weeks: tuple[date, date],
    made_by: str,
    reason: str,
) -> ChartLimits | None:
    """A person's limits, in place of those that stood; None where these weeks have too few pieces for any."""
    counts = read_weeks(session, kind, weeks_from(*weeks)).get(subject)
    if counts is None:
        return None
    standing = current(session, kind)
    others = [(row.passed, row.decided) for name, row in standing.items() if name != subject]
    row = _limits(kind, subject, weeks, counts, fit([*others, (sum(counts.passed), sum(counts.decided))]))
    if row is None:
        return None
    row.made_at, row.made_by, row.reason = now(session), made_by, reason
    if subject in standing:
        standing[subject].ended_at = row.made_at
    session.add(row)
    session.flush()
    return row


def _freeze_kind(session: Session, kind: Counted, today: date, phase: int) -> int:
    lacking = _lacking(session, kind, today, phase)
    if not lacking:
        return 0
    first, last = min(lacking.values()), max(lacking.values()) + WEEK * (phase - 1)
    weeks = weeks_from(first, last)
    read = read_weeks(session, kind, weeks)
    own: dict[str, Weeks] = {}
    for subject, since in lacking.items():
        at = (since - first) // WEEK
        part = slice(at, at + phase)
        if subject in read and any(read[subject].decided[part]):
            own[subject] = Weeks(read[subject].passed[part], read[subject].decided[part])
    known = [(row.passed, row.decided) for row in current(session, kind).values()]
    all_ = known + [(sum(one.passed), sum(one.decided)) for one in own.values()]
    group = fit(all_)
    made_at, count = now(session), 0
    for subject, counts in sorted(own.items()):
        since = lacking[subject]
        row = _limits(kind, subject, (since, since + WEEK * (phase - 1)), counts, group)
        if row is not None:
            row.made_at, row.made_by, row.reason = made_at, None, ""
            session.add(row)
            count += 1
    session.flush()
    return count


def _lacking(session: Session, kind: Counted, today: date, phase: int) -> dict[str, date]:
    """Subjects without limits whose first phase is over, and when it began."""
    last, standing = last_week(today), current(session, kind)
    earliest, later = last - WEEK * (LONGEST_AGO - 1), WEEK * (phase - 1)
    lacking = {name: max(first, earliest) for name, first in first_weeks(session, kind).items()}
    return {name: first for name, first in lacking.items() if name not in standing and first + later <= last}


def _limits(
    kind: Counted,
    subject: str,
    weeks: tuple[date, date],
    counts: Weeks,
    group: Group,
) -> ChartLimits | None:
    passed, decided = sum(counts.passed), sum(counts.decided)
    chart = freeze(counts.passed, counts.decided) if kind != "microfactory" else None
    figures: dict[str, float]
    if chart is not None:
        rule = "p-prime"
        figures = {"centre": chart.centre, "sigma_z": chart.sigma_z, "weeks": chart.weeks}
    elif kind == "retakes":
        # Photos of one bad day are alike: without weeks to say how much, nothing is said.
        return None
    else:
        rule = "worsening"
        figures = {"alpha": group.alpha + passed, "beta": group.beta + decided - passed}
    return ChartLimits(
        kind=kind,
        subject=subject,
        rule=rule,
        first_week=weeks[0].isoformat(),
        last_week=weeks[1].isoformat(),
        passed=passed,
        decided=decided,
        figures=figures,
        ended_at=None,
    )
