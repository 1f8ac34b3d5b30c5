"""Signals against limits that stand: computed anew each time from the counts as they are now.

    for one in find(session, today): one.signal, one.rule, one.figures

A week counts once it is over. What people decide later changes the counts of the week in which a piece came,
so a signal may come late, and go again.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ubora.service.alerts.freezing import current
from ubora.service.alerts.subjects import (
    COUNTED,
    WEEK,
    Counted,
    Kind,
    Rule,
    Weeks,
    last_week,
    read_weeks,
    weeks_from,
)
from ubora.service.ledger.days.zones import days_of
from ubora.service.ledger.tables import Alert, ChartLimits
from ubora.service.numbers.groups import monday
from ubora.service.statistics.watching.frozen import Frozen, signals
from ubora.service.statistics.watching.worsening import (
    THRESHOLD,
    Known,
    first_beyond,
    likeliest_begin,
    worsening,
)

MOST_WEEKS = 104
"""That are looked at, the last ones."""


@dataclass(frozen=True)
class Found:
    kind: Kind
    subject: str
    rule: Rule
    signal: str
    week: date
    limits: int | None
    figures: dict[str, Any]


@dataclass(frozen=True)
class Looked:
    """What was found, and what was looked at: of that, what was not found is no signal any more."""

    found: list[Found]
    limits: dict[int, date]
    """Limits → the first week that was held against them."""
    signals: frozenset[str] = frozenset()
    """Others that were asked for by name."""


def find(session: Session, today: date) -> Looked:
    found: list[Found] = []
    looked: dict[int, date] = {}
    for kind in COUNTED:
        watched = Watched.read(session, kind, today)
        looked |= {row.number: watched.weeks[watched.begins(row)] for row in watched.rows()}
        found += list(_few(watched)) + list(_many(watched))
    return Looked(found, looked)


@dataclass(frozen=True)
class Watched:
    """The limits of a kind and all weeks that any of them are held against."""

    kind: Counted
    limits: dict[str, ChartLimits]
    weeks: list[date]
    counts: dict[str, Weeks]
    settled: dict[tuple[int, str], date]
    """Limits and rule → the Monday from which its weeks add up anew, since it was acknowledged."""

    @classmethod
    def read(cls, session: Session, kind: Counted, today: date, subject: str | None = None) -> "Watched":
        """Of all subjects, or of one."""
        limits = current(session, kind)
        if subject is not None:
            limits = {name: row for name, row in limits.items() if name == subject}
        last = last_week(today)
        first = min((_after(row) for row in limits.values()), default=last + WEEK)
        weeks = weeks_from(max(first, last - WEEK * (MOST_WEEKS - 1)), last)
        counts = read_weeks(session, kind, weeks)
        return cls(kind, limits, weeks, counts, settled(session, [row.number for row in limits.values()]))

    def rows(self, rule: str | None = None) -> list[ChartLimits]:
        """Those that any week is held against."""
        rows = (row for row in self.limits.values() if rule is None or row.rule == rule)
        return [row for row in rows if self.begins(row) < len(self.weeks)]

    def begins(self, row: ChartLimits, rule: str | None = None) -> int:
        """The first week that is held against limits; or from which a rule adds weeks up."""
        since = self.since(row, rule) if rule is not None else _after(row)
        return max(0, (since - self.weeks[0]) // WEEK) if self.weeks else 0

    def since(self, row: ChartLimits, rule: str) -> date:
        """From when a rule adds weeks up: after the first phase, or after it was acknowledged last."""
        return max(_after(row), self.settled.get((row.number, rule), _after(row)))

    def of(self, row: ChartLimits, since: int = 0) -> Weeks:
        nothing = [0] * len(self.weeks)
        one = self.counts.get(row.subject, Weeks(nothing, nothing))
        return Weeks(one.passed[since:], one.decided[since:])


def _few(watched: Watched) -> Iterator[Found]:
    """Shiryaev and Roberts' evidence, of all that add up from the same week at once."""
    groups: dict[int, list[ChartLimits]] = defaultdict(list)
    for row in watched.rows("worsening"):
        begin = watched.begins(row, "worsening")
        if begin < len(watched.weeks):
            groups[begin].append(row)
    for begin, rows in groups.items():
        known = known_of(rows)
        counts = [watched.of(row, begin) for row in rows]
        passed, decided = [one.passed for one in counts], [one.decided for one in counts]
        evidence = worsening(known, passed, decided)
        for row, at, line, one in zip(rows, first_beyond(evidence), evidence, counts, strict=True):
            if at < 0:
                continue
            usual = row.figures["alpha"] / (row.figures["alpha"] + row.figures["beta"])
            since = likeliest_begin(usual, one.passed[: at + 1], one.decided[: at + 1])
            part = slice(since, len(one.passed))
            figures = {
                "since": watched.weeks[begin + since].isoformat(),
                "passed": sum(one.passed[part]),
                "decided": sum(one.decided[part]),
                "usual": usual,
                "evidence": round(float(line[at:].max()), 1),
                "threshold": THRESHOLD,
            }
            yield _found(watched, row, "worsening", begin + int(at), figures)


def _many(watched: Watched) -> Iterator[Found]:
    for row in watched.rows("p-prime"):
        first, smoothed_from = watched.begins(row), watched.begins(row, "ewma")
        counts = watched.of(row, first)
        chart = signals(frozen_of(row), counts.passed, counts.decided, smoothed_from - first)
        for at in np.flatnonzero(chart.beyond).tolist():
            passed, decided = counts.passed[at], counts.decided[at]
            figures = {
                "since": watched.weeks[first + at].isoformat(),
                "passed": passed,
                "decided": decided,
                "usual": row.figures["centre"],
                "lower": float(chart.lower[at]),
                "upper": float(chart.upper[at]),
            }
            worse = passed / decided < row.figures["centre"]
            rule: Rule = "beyond-worse" if worse else "beyond-better"
            yield _found(watched, row, rule, first + at, figures)
        if chart.ewma.any():
            at = int(chart.ewma.argmax())
            worse = bool(chart.smoothed[at] < 0)
            since = smoothed_from - first
            figures = {
                "since": watched.weeks[smoothed_from].isoformat(),
                "passed": sum(counts.passed[since : at + 1]),
                "decided": sum(counts.decided[since : at + 1]),
                "usual": row.figures["centre"],
            }
            rule = "ewma-worse" if worse else "ewma-better"
            yield _found(watched, row, rule, first + at, figures)


def known_of(rows: Sequence[ChartLimits]) -> Known:
    return Known.of([row.figures["alpha"] for row in rows], [row.figures["beta"] for row in rows])


def frozen_of(row: ChartLimits) -> Frozen:
    return Frozen(row.figures["centre"], row.figures["sigma_z"], int(row.figures["weeks"]))


def _found(watched: Watched, row: ChartLimits, rule: Rule, at: int, figures: dict[str, Any]) -> Found:
    named = rule.partition("-")[0]
    # A week beyond is a signal of its own; what adds up is one, whichever week shows it first.
    since = watched.weeks[at] if named == "beyond" else watched.since(row, named)
    signal = f"{row.kind}|{row.subject}|{named}|{since.isoformat()}"
    return Found(watched.kind, row.subject, rule, signal, watched.weeks[at], row.number, figures)


def _after(row: ChartLimits) -> date:
    """The first week after its first phase."""
    return date.fromisoformat(row.last_week) + WEEK


def settled(session: Session, limits: list[int]) -> dict[tuple[int, str], date]:
    until: dict[tuple[int, str], date] = {}
    standing, days = set(limits), days_of(session)
    query = (
        select(Alert.limits, Alert.rule, func.max(Alert.acknowledged_at))
        .where(Alert.state == "acknowledged", Alert.limits.is_not(None))
        .group_by(Alert.limits, Alert.rule)
    )
    for number, rule, at in session.execute(query):
        if number in standing and at is not None:
            named = str(rule).partition("-")[0]
            week = monday(days.of(at)) + WEEK
            until[number, named] = max(week, until.get((number, named), week))
    return until
