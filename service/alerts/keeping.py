"""Signals become alerts: each is kept once, and told once; what is no signal any more is withdrawn.

    with ledger.write() as session:
        kept = keep(session, settings, looked, today)
        kept.raised, kept.withdrawn

Whoever keeps holds the ledger's clock, so that of two services the second finds what the first kept.
"""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.service.alerts.finding import Found, Looked
from ubora.service.alerts.sentences import LANGUAGES, say_alert
from ubora.service.alerts.subjects import Kind, Rule, names_of
from ubora.service.ledger.clock import now
from ubora.service.ledger.tables import Alert
from ubora.service.outbound.outbox import Event, enqueue, enqueue_mail
from ubora.service.settings import Settings

TOLD = timedelta(weeks=8)
"""What is older, as when limits are made the first time, is shown and sent to nobody."""
_SOME = 500


@dataclass(frozen=True)
class Kept:
    raised: int
    withdrawn: int


def keep(session: Session, settings: Settings, looked: Looked, today: date) -> Kept:
    """Raise what is new, bring up what changed, withdraw what is gone; each told where it is recent."""
    at = now(session)  # takes the clock, and with it the turn
    rows = _known(session, [one.signal for one in looked.found])
    raised: list[tuple[Event, Alert]] = []
    # Of those that are raised at once the strongest gets the last number, and stands first in the list.
    for one in sorted(looked.found, key=lambda one: float(one.figures.get("evidence", 0))):
        row = rows.get(one.signal)
        if row is None:
            row = Alert(id=str(uuid.uuid4()), signal=one.signal, raised_at=at, note="", **_fields(one))
            session.add(row)
            raised.append(("alert.raised", row))
        elif row.state == "withdrawn":
            row.state, row.withdrawn_at = "open", None
            _bring_up(row, one)
            raised.append(("alert.returned", row))
        elif row.state == "open":
            _bring_up(row, one)
    present = {one.signal for one in looked.found}
    gone = [row for row in _open(session) if row.signal not in present and _was_looked_at(row, looked)]
    for row in gone:
        row.state, row.withdrawn_at = "withdrawn", at
    session.flush()
    told: list[tuple[Event, Alert]] = [*raised, *(("alert.withdrawn", row) for row in gone)]
    _tell(session, settings, [(event, row) for event, row in told if _is_recent(row, today)])
    return Kept(len(raised), len(gone))


def tell(session: Session, settings: Settings, event: Event, row: Alert) -> None:
    """One event to every webhook."""
    enqueue(session, event, data_of(session, settings, row))


def data_of(session: Session, settings: Settings, row: Alert) -> dict[str, Any]:
    """An alert as a message has it: what its answer has, without what people wrote."""
    kind, rule = cast(Kind, row.kind), cast(Rule, row.rule)
    name = names_of(session, kind, [row.subject])[row.subject]
    console = f"{settings.public_url.rstrip('/')}/console/#alerts/{row.id}" if settings.public_url else None
    return {
        "id": row.id,
        "kind": kind,
        "subject": row.subject,
        "name": name,
        "rule": rule,
        "week": row.week,
        "state": row.state,
        "figures": row.figures,
        "text": say_alert(kind, rule, name, row.figures),
        "console": console,
    }


def _fields(one: Found) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "subject": one.subject,
        "rule": one.rule,
        "week": one.week.isoformat(),
        "limits": one.limits,
        "figures": one.figures,
        "state": "open",
    }


def _bring_up(row: Alert, one: Found) -> None:
    """As the counts are now; the same signal, and told no second time."""
    row.rule, row.week, row.limits, row.figures = one.rule, one.week.isoformat(), one.limits, one.figures


def _known(session: Session, signals: Sequence[str]) -> dict[str, Alert]:
    alerts: dict[str, Alert] = {}
    for start in range(0, len(signals), _SOME):
        query = select(Alert).where(Alert.signal.in_(signals[start : start + _SOME]))
        alerts |= {row.signal: row for row in session.scalars(query)}
    return alerts


def _open(session: Session) -> Iterator[Alert]:
    yield from session.scalars(select(Alert).where(Alert.state == "open").order_by(Alert.number)).all()


def _was_looked_at(row: Alert, looked: Looked) -> bool:
    if row.limits is None:
        return row.signal in looked.signals
    since = looked.limits.get(row.limits)
    return since is not None and row.week >= since.isoformat()


def _is_recent(row: Alert, today: date) -> bool:
    return date.fromisoformat(row.week) >= today - TOLD


def _tell(session: Session, settings: Settings, told: list[tuple[Event, Alert]]) -> None:
    texts: dict[str, list[str]] = {one: [] for one in LANGUAGES}
    for event, row in told:
        data = data_of(session, settings, row)
        enqueue(session, event, data)
        if event != "alert.withdrawn":
            for language in LANGUAGES:
                texts[language].append(f"- {data['text'][language]}")
    count = len(texts["en"])
    if count:
        link = f"{settings.public_url.rstrip('/')}/console/#alerts\n" if settings.public_url else ""
        text = "\n\n".join("\n".join(texts[language]) for language in LANGUAGES)
        enqueue_mail(session, settings, f"Ubora: {count} × alert / tahadhari", f"{text}\n\n{link}")
