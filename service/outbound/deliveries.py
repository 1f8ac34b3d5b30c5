"""The last messages to a webhook or by mail, and what became of each; a dead one may be sent once more."""

from typing import Annotated, Literal, cast

from fastapi import APIRouter, Query
from sqlalchemy import select

from ubora.service.auth.access import Admin, TheState
from ubora.service.http.errors import Problem, not_found, problems
from ubora.service.http.schemas import Limit, UtcMoment, Wire
from ubora.service.ledger.tables import Delivery, Webhook
from ubora.service.outbound.outbox import BY_MAIL, Event, Fault, again, enqueue_mail

router = APIRouter(tags=["alerts"])
Receiver = Annotated[str, Query(min_length=1, max_length=36)]


class DeliveryAnswer(Wire):
    id: str
    """As the receiver reads it in webhook-id, or in a mail's Message-ID."""
    event: Event
    state: Literal["waiting", "delivered", "dead"]
    tries: int
    status: int | None
    """What the receiver answered last."""
    fault: Fault | None
    """Why the last try failed."""
    created_at: UtcMoment
    next_at: UtcMoment | None
    """Of the next try, where it waits."""
    done_at: UtcMoment | None


class DeliveryList(Wire):
    items: list[DeliveryAnswer]
    """The latest first."""


class MailAnswer(Wire):
    set: bool
    """By UBORA_SMTP_URL, UBORA_MAIL_FROM and UBORA_MAIL_TO."""
    to: list[str]


@router.get("/v1/deliveries", responses=problems(401, 403, 422))
def list_deliveries(
    state: TheState, _who: Admin, receiver: Receiver, limit: Annotated[Limit, Query()] = 20
) -> DeliveryList:
    """Of a webhook by its id, or of `mail`."""
    to = Delivery.webhook.is_(None) if receiver == BY_MAIL else Delivery.webhook == receiver
    with state.ledger.read() as session:
        rows = session.scalars(select(Delivery).where(to).order_by(Delivery.number.desc()).limit(limit))
        return DeliveryList(items=[_answer(row) for row in rows])


@router.post("/v1/deliveries/{delivery_id}/again", responses=problems(401, 403, 404, 409, 422))
def send_again(delivery_id: str, state: TheState, _who: Admin) -> DeliveryAnswer:
    """409: it is not dead, or its webhook was removed."""
    with state.ledger.write() as session:
        row = session.scalar(select(Delivery).where(Delivery.id == delivery_id).with_for_update())
        if row is None:
            raise not_found("delivery")
        webhook = session.get(Webhook, row.webhook) if row.webhook is not None else None
        if row.state != "dead" or (webhook is not None and webhook.removed_at is not None):
            detail = f"it is {row.state}; expected a dead one of a webhook that is still there"
            raise Problem(409, "not-dead", "Not to be sent again", detail)
        again(session, row)
        return _answer(row)


@router.get("/v1/mail", responses=problems(401, 403))
def get_mail(state: TheState, _who: Admin) -> MailAnswer:
    """Whether alerts are mailed, and to whom."""
    settings = state.settings
    return MailAnswer(set=settings.smtp_url is not None, to=list(settings.mail_to))


@router.post("/v1/mail/test", status_code=202, responses=problems(401, 403, 409))
def try_mail(state: TheState, _who: Admin) -> MailAnswer:
    """409: no mail is set."""
    with state.ledger.write() as session:
        text = "This is a test of Ubora's mail.\n\nHili ni jaribio la barua pepe ya Ubora.\n"
        if not enqueue_mail(session, state.settings, "Ubora: test", text, "mail.test"):
            raise Problem(409, "no-mail", "No mail is set", "expected the setting UBORA_SMTP_URL")
    return get_mail(state, _who)


def _answer(row: Delivery) -> DeliveryAnswer:
    return DeliveryAnswer(
        id=row.id,
        event=cast(Event, row.event),
        state=cast(Literal["waiting", "delivered", "dead"], row.state),
        tries=row.tries,
        status=row.status,
        fault=cast(Fault | None, row.fault),
        created_at=row.created_at,
        next_at=row.next_at if row.state == "waiting" else None,
        done_at=row.done_at,
    )
