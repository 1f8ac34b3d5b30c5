"""Webhooks: addresses of others that are told of alerts. Admins add, try, re-key and remove them.

A secret is shown once, when it is made. After it was changed the old one signs too for a day, so that a
receiver can take the new one without missing a message.
"""

import uuid
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from starlette.responses import Response

from ubora.service.auth.access import Admin, TheState
from ubora.service.auth.audit import record
from ubora.service.http.errors import Problem, not_found, problems
from ubora.service.http.schemas import Name, UtcMoment, Wire
from ubora.service.ledger.clock import now
from ubora.service.ledger.tables import Delivery, Webhook
from ubora.service.outbound.addresses import AddressError, check_url
from ubora.service.outbound.outbox import enqueue
from ubora.service.outbound.signing import new_secret

router = APIRouter(tags=["alerts"])
MOST = 20
OLD_SECRET = timedelta(days=1)


class NewWebhook(Wire):
    label: Name
    url: Annotated[str, Field(min_length=1, max_length=2000)]


class WebhookAnswer(Wire):
    id: str
    label: str
    url: str
    created_at: UtcMoment
    created_by: str
    old_secret_until: UtcMoment | None
    """Until then the secret before signs, too."""
    waiting: int
    """Messages that are not had yet."""
    dead: int
    """Messages that were tried for days, and never had."""
    last_at: UtcMoment | None
    """When one was had last."""


class WebhookWithSecret(WebhookAnswer):
    secret: str
    """Shown once: the receiver holds the signature against it."""


class WebhookList(Wire):
    items: list[WebhookAnswer]


@router.get("/v1/webhooks", responses=problems(401, 403))
def list_webhooks(state: TheState, _who: Admin) -> WebhookList:
    with state.ledger.read() as session:
        rows = session.scalars(
            select(Webhook).where(Webhook.removed_at.is_(None)).order_by(Webhook.created_at, Webhook.id)
        ).all()
        return WebhookList(items=[_answer(session, row, state.ledger.clock()) for row in rows])


@router.post("/v1/webhooks", status_code=201, responses=problems(401, 403, 409, 422))
def add_webhook(state: TheState, who: Admin, wanted: NewWebhook) -> WebhookWithSecret:
    """422 `bad-address`: it is not called from here; the detail says what is."""
    try:
        check_url(wanted.url, state.settings)
    except AddressError as error:
        raise Problem(422, "bad-address", "Not an address for this", str(error)) from None
    with state.ledger.write() as session:
        there = session.scalar(select(func.count()).where(Webhook.removed_at.is_(None))) or 0
        if there >= MOST:
            raise Problem(409, "too-many", "Too many webhooks", f"{there}, expected {MOST} at most")
        row = Webhook(
            id=str(uuid.uuid4()),
            url=wanted.url,
            label=wanted.label,
            secret=new_secret(),
            created_at=now(session),
            created_by=who.label,
        )
        session.add(row)
        session.flush()
        record(session, who, "webhook-added", row.id, label=row.label, url=row.url)
        return _with_secret(session, row, state.ledger.clock())


@router.post("/v1/webhooks/{webhook_id}/secret", responses=problems(401, 403, 404, 422))
def replace_secret(webhook_id: str, state: TheState, who: Admin) -> WebhookWithSecret:
    """A new one; for a day the one before signs beside it."""
    with state.ledger.write() as session:
        row = _known(session, webhook_id)
        row.old_secret, row.old_until = row.secret, state.ledger.clock() + OLD_SECRET
        row.secret = new_secret()
        record(session, who, "webhook-secret", row.id, label=row.label)
        return _with_secret(session, row, state.ledger.clock())


@router.post("/v1/webhooks/{webhook_id}/test", status_code=202, responses=problems(401, 403, 404, 422))
def try_webhook(webhook_id: str, state: TheState, _who: Admin) -> WebhookAnswer:
    """Sends `webhook.test` soon; its delivery says what became of it."""
    with state.ledger.write() as session:
        row = _known(session, webhook_id)
        enqueue(session, "webhook.test", {"label": row.label}, row)
        return _answer(session, row, state.ledger.clock())


@router.delete("/v1/webhooks/{webhook_id}", status_code=204, responses=problems(401, 403, 404, 422))
def remove_webhook(webhook_id: str, state: TheState, who: Admin) -> Response:
    """What waited for it is dead; its deliveries stay to be read, its secrets do not."""
    with state.ledger.write() as session:
        row = _known(session, webhook_id)
        at = now(session)
        row.removed_at, row.secret, row.old_secret, row.old_until = at, "", None, None
        session.execute(
            update(Delivery)
            .where(Delivery.webhook == row.id, Delivery.state == "waiting")
            .values(state="dead", fault="removed", done_at=at),
            execution_options={"synchronize_session": False},
        )
        record(session, who, "webhook-removed", row.id, label=row.label)
    return Response(status_code=204)


def _known(session: Session, webhook_id: str) -> Webhook:
    row = session.get(Webhook, webhook_id, with_for_update=True)
    if row is None or row.removed_at is not None:
        raise not_found("webhook")
    return row


def _answer(session: Session, row: Webhook, at: datetime) -> WebhookAnswer:
    counts = {
        str(state): int(count)
        for state, count in session.execute(
            select(Delivery.state, func.count()).where(Delivery.webhook == row.id).group_by(Delivery.state)
        )
    }
    last = select(func.max(Delivery.done_at)).where(Delivery.webhook == row.id, Delivery.state == "delivered")
    old = row.old_until if row.old_until is not None and at < row.old_until else None
    return WebhookAnswer(
        id=row.id,
        label=row.label,
        url=row.url,
        created_at=row.created_at,
        created_by=row.created_by,
        old_secret_until=old,
        waiting=counts.get("waiting", 0),
        dead=counts.get("dead", 0),
        last_at=session.scalar(last),
    )


def _with_secret(session: Session, row: Webhook, at: datetime) -> WebhookWithSecret:
    return WebhookWithSecret(**_answer(session, row, at).model_dump(), secret=row.secret)
