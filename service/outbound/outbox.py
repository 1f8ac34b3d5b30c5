"""Messages that wait to be sent: put down in the transaction of what they tell of, and taken by one sender.

    with ledger.write() as session:
        enqueue(session, "alert.raised", {…})                     # for every webhook
        enqueue_mail(session, settings, "2 alerts", text)         # where mail is set
    due = claim(session, now, 8)                                  # nobody else sends these meanwhile
    settle(session, due[0], outcome, now)                         # had; or tried again later; or dead

A service that dies while it sends leaves its claim to end, and the message is sent again under the same id.
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from ubora.service.ledger.clock import now as ledger_now
from ubora.service.ledger.clock import wall
from ubora.service.ledger.tables import Delivery, Webhook
from ubora.service.settings import Settings

CLAIMED = timedelta(minutes=3)
"""Longer than any try lasts."""
AGAIN = tuple(
    timedelta(seconds=one) for one in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""After the first, second, … try that failed; after the last one a message is dead. Three days and a half."""
BY_MAIL = "mail"


Event = Literal[
    "alert.raised",
    "alert.returned",
    "alert.withdrawn",
    "alert.acknowledged",
    "webhook.test",
    "mail.test",
    "alerts",
]
Fault = Literal[
    "unknown-host",
    "not-allowed",
    "no-answer",
    "no-connection",
    "no-encryption",
    "refused",
    "gone",
    "no-mail",
    "removed",
]


@dataclass(frozen=True)
class Outcome:
    """What became of one try."""

    status: int | None
    """HTTP status, where there was an answer."""
    fault: Fault | None
    """None: it was taken."""
    final: bool = False
    """No use in another try."""


@dataclass(frozen=True)
class Due:
    """A message that this service sends now."""

    number: int
    id: str
    url: str | None
    """None: by mail."""
    secrets: tuple[str, ...]
    body: str
    until: datetime


def enqueue(session: Session, event: Event, data: Mapping[str, Any], webhook: Webhook | None = None) -> None:
    """One message to each webhook, or to one."""
    if webhook is None:
        receivers = list(session.scalars(select(Webhook).where(Webhook.removed_at.is_(None))))
    else:
        receivers = [webhook]
    at = ledger_now(session)
    told = {"type": event, "timestamp": at.isoformat(), "data": dict(data)}
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    for one in receivers:
        _add(session, one.id, event, body, at)


def enqueue_mail(
    session: Session, settings: Settings, subject: str, text: str, event: Event = "alerts"
) -> bool:
    """False where no mail is set."""
    if settings.smtp_url is None:
        return False
    _add(session, None, event, f"{subject}\n{text}", ledger_now(session))
    return True


def anything_due(session: Session, at: datetime) -> bool:
    """Asked first: a service with nothing to send never writes."""
    return session.scalar(_due(at).limit(1)) is not None


def claim(session: Session, at: datetime, most: int) -> list[Due]:
    """Those that are due, the first one first: each is this service's for a while."""
    query = _due(at).order_by(Delivery.next_at, Delivery.number).limit(most)
    claimed = []
    for row in session.scalars(query.with_for_update(skip_locked=True)).all():
        # Counted before it is sent: what kills the service is not tried for ever.
        row.tries, row.claimed_until = row.tries + 1, at + CLAIMED
        webhook = session.get_one(Webhook, row.webhook) if row.webhook is not None else None
        url = webhook.url if webhook is not None else None
        claimed.append(Due(row.number, row.id, url, _secrets(webhook, at), row.body, row.claimed_until))
    return claimed


def settle(session: Session, due: Due, outcome: Outcome, at: datetime) -> None:
    """What became of it; nothing where it is another service's by now, or its webhook was removed."""
    row = session.get(Delivery, due.number, with_for_update=True)
    if row is None or row.state != "waiting" or row.claimed_until != due.until:
        return
    row.status, row.fault, row.claimed_until = outcome.status, outcome.fault, None
    if outcome.fault is None:
        row.state, row.done_at = "delivered", at
    elif outcome.final or row.tries > len(AGAIN):
        row.state, row.done_at = "dead", at
    else:
        row.next_at = at + AGAIN[row.tries - 1]


def again(session: Session, row: Delivery) -> None:
    """A dead one, once more from the start."""
    row.state, row.tries, row.next_at = "waiting", 0, wall(session)
    row.done_at = row.claimed_until = None


def _due(at: datetime) -> Select[Delivery]:
    free = or_(Delivery.claimed_until.is_(None), Delivery.claimed_until <= at)
    return select(Delivery).where(Delivery.state == "waiting", Delivery.next_at <= at, free)


def _secrets(webhook: Webhook | None, at: datetime) -> tuple[str, ...]:
    if webhook is None:
        return ()
    old = webhook.old_secret if webhook.old_until is not None and at < webhook.old_until else None
    return (webhook.secret, old) if old else (webhook.secret,)


def _add(session: Session, webhook: str | None, event: Event, body: str, at: datetime) -> None:
    message = f"msg_{uuid.uuid4().hex}"
    # Due by the wall clock, which says what is due: the ledger's may be ahead of it.
    row = Delivery(
        id=message,
        webhook=webhook,
        event=event,
        body=body,
        state="waiting",
        next_at=wall(session),
        created_at=at,
    )
    session.add(row)
    session.flush()
