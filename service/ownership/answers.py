"""What a workshop said to corrective actions leaves: its words and voice notes; that it answered stays.

take_answer(session, step, erased)                    # in the transaction of whoever deletes
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.service.auth.access import Principal
from ubora.service.auth.audit import record
from ubora.service.http.errors import Problem, not_found
from ubora.service.ledger.clock import now
from ubora.service.ledger.tables import CorrectiveAction, CorrectiveStep
from ubora.service.ownership.erasing import Erased
from ubora.service.storage.deleted import remember


def answers_of_phone(session: Session, phone: str) -> Sequence[CorrectiveStep]:
    """Of that phone's token, those with something left to delete."""
    query = select(CorrectiveStep).where(CorrectiveStep.token == phone, CorrectiveStep.side == "workshop")
    steps = session.scalars(query.order_by(CorrectiveStep.number).with_for_update()).all()
    return [row for row in steps if row.note or row.phrases or _has_voice(row)]


def take_answer(session: Session, row: CorrectiveStep, erased: Erased) -> None:
    """Its words and its voice note."""
    row.note, row.phrases = "", []
    if _has_voice(row):
        _take_voice(session, row, erased)


def delete_answer(session: Session, who: Principal | str, answer: str, reason: str) -> Erased:
    """Its voice note alone.

    Raises:
        Problem: 404 no such answer with a voice note, 410 deleted already.
    """
    row = session.scalar(select(CorrectiveStep).where(CorrectiveStep.id == answer).with_for_update())
    if row is None or row.voice_sha256 is None:
        raise not_found("answer with a voice note")
    if row.voice_removed_why == "deleted":
        detail = f"the voice note was deleted at {row.voice_removed_at:%Y-%m-%d %H:%M} UTC"
        raise Problem(410, "deleted", "Deleted already", detail)
    erased = Erased()
    _take_voice(session, row, erased)
    facts = {"reason": reason, "microfactory": _workshop(session, row), "answers": row.action}
    record(session, who, "voice-deleted", row.id, **facts)
    erased.note(session)
    return erased


def expire_voices(session: Session, before: datetime, most: int, why: str, erased: Erased) -> int:
    """Of answers that came before then to actions that are closed; how many."""
    query = (
        select(CorrectiveStep)
        .join(CorrectiveAction, CorrectiveAction.id == CorrectiveStep.action)
        .where(
            CorrectiveStep.at < before,
            CorrectiveStep.voice_sha256.is_not(None),
            CorrectiveStep.voice_removed_at.is_(None),
            CorrectiveAction.state == "closed",
        )
    )
    steps = session.scalars(query.limit(most)).all()
    for row in steps:
        row.voice_removed_at, row.voice_removed_why = now(session), why
        erased.leaves("voices", row.voice_sha256)
    return len(steps)


def _has_voice(row: CorrectiveStep) -> bool:
    return row.voice_sha256 is not None and row.voice_removed_why != "deleted"


def _take_voice(session: Session, row: CorrectiveStep, erased: Erased) -> None:
    assert row.voice_sha256 is not None
    if row.voice_removed_at is None:
        erased.leaves("voices", row.voice_sha256)
    row.voice_removed_at, row.voice_removed_why = now(session), "deleted"
    remember(session, _workshop(session, row), "voice", {row.voice_sha256})


def _workshop(session: Session, row: CorrectiveStep) -> str:
    query = select(CorrectiveAction.microfactory).where(CorrectiveAction.id == row.action)
    return session.scalars(query).one()
