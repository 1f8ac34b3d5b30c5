"""Corrective actions as rows: a step is added, and where the action stands follows from all of them.

row = visible_action(session, who, action_id)
add_step(session, row, said, who)                 # in the transaction of whoever takes it
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.service.auth.access import Principal
from ubora.service.auth.deciders import person_of
from ubora.service.auth.veiled import dealt_to, veiled_from
from ubora.service.corrective.course import Course, Side, Step, course_of, may
from ubora.service.corrective.effect import effect_of
from ubora.service.corrective.examples import examples_of
from ubora.service.corrective.wire import ActionAnswer, StoredStep
from ubora.service.http.errors import Problem, not_found
from ubora.service.ledger.clock import next_number, now
from ubora.service.ledger.tables import CorrectiveAction, CorrectiveStep


@dataclass(frozen=True)
class Said:
    """A step as it is asked for."""

    id: str
    step: Step
    note: str = ""
    phrases: tuple[str, ...] = ()
    takes_back: str | None = None
    said_at: datetime | None = None
    voice: dict[str, str] = field(default_factory=dict)
    """`voice_sha256` and `voice_kind`, where there is one."""

    def fingerprint(self, action: str) -> str:
        said = [action, self.step, self.note, sorted(self.phrases), self.takes_back, self.voice]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def side_of(who: Principal) -> Side:
    return "workshop" if who.role == "artisan" else "hub"


def visible_action(
    session: Session, who: Principal, action_id: str, *, lock: bool = False
) -> CorrectiveAction:
    """
    Raises:
        Problem: 404, there is none, it is another workshop's, or hers was not told of it.
    """
    query = select(CorrectiveAction).where(CorrectiveAction.id == action_id)
    row = session.scalar(query.with_for_update() if lock else query)
    unheard = row is not None and who.role == "artisan" and row.told is None
    if row is None or unheard or not who.may_see(row.microfactory):
        raise not_found("corrective action")
    return row


def steps_of(session: Session, action_id: str) -> Sequence[CorrectiveStep]:
    """All of them, the first one first."""
    query = select(CorrectiveStep).where(CorrectiveStep.action == action_id)
    return session.scalars(query.order_by(CorrectiveStep.number)).all()


def is_repeat(session: Session, action_id: str, said: Said) -> bool:
    """Whether the step is there already.

    Raises:
        Problem: 409, its UUID holds another one.
    """
    known = session.scalar(select(CorrectiveStep).where(CorrectiveStep.id == said.id))
    if known is not None and known.fingerprint != said.fingerprint(action_id):
        detail = "this UUID holds another step; a new step needs a new UUID"
        raise Problem(409, "conflict", "Another step has this UUID", detail)
    return known is not None


def add_step(session: Session, row: CorrectiveAction, said: Said, who: Principal) -> None:
    """Of a locked action; whether it may be taken was looked at."""
    side = side_of(who)
    change = next_number(session)
    session.add(
        CorrectiveStep(
            id=said.id,
            action=row.id,
            fingerprint=said.fingerprint(row.id),
            step=said.step,
            side=side,
            takes_back=said.takes_back,
            note=said.note,
            phrases=list(said.phrases),
            by=who.label,
            person=None if side == "workshop" else person_of(session, who),
            token=who.token,
            said_at=said.said_at,
            change=change,
            at=now(session),
            **said.voice,
        )
    )
    session.flush()
    _settle(row, course_of(steps_of(session, row.id)), change)
    session.flush()


def _settle(row: CorrectiveAction, course: Course, change: int) -> None:
    row.state, row.change = course.state, change
    told = next((one for one in reversed(course.counts) if one.step == "told"), None)
    answered = course.latest("answered")
    row.told = None if told is None else told.change
    row.answered = None if answered is None else answered.change
    waits = told is not None and course.state == "told"
    row.due_at = told.at + timedelta(days=row.days) if told is not None and waits else None


def answer_for(session: Session, who: Principal, row: CorrectiveAction, at: datetime) -> ActionAnswer:
    """An action as somebody may see it.

    Args:
        at: what the wall clock says.
    """
    steps = steps_of(session, row.id)
    course = course_of(steps)
    may_act = who.role in ("artisan", "reviewer", "admin")
    return ActionAnswer(
        id=row.id,
        microfactory=row.microfactory,
        defect=row.defect,
        inspection=row.inspection if who.role != "artisan" else None,
        watch=row.watch,
        days=row.days,
        state=course.state,
        change=row.change,
        due_at=row.due_at,
        overdue=row.due_at is not None and row.due_at < at,
        may=list(may(course, side_of(who))) if may_act else [],
        last=course.last.id,
        steps=shown_steps(steps, for_workshop=who.role == "artisan"),
        examples=examples_of(session, row, _kept_from(session, who)),
        effect=effect_of(session, row),
    )


def shown_steps(steps: Sequence[CorrectiveStep], *, for_workshop: bool) -> list[StoredStep]:
    """To the workshop what it was told and what it said; why the hub went on otherwise is the hub's."""
    undone = {one.takes_back for one in steps}
    return [_shown(one, one.id in undone, for_workshop) for one in steps]


def _shown(row: CorrectiveStep, undone: bool, for_workshop: bool) -> StoredStep:
    of_hub = for_workshop and row.side == "hub"
    voice = row.voice_sha256 is not None and row.voice_removed_at is None
    return StoredStep(
        id=row.id,
        step=cast(Step, row.step),
        side=cast(Side, row.side),
        takes_back=row.takes_back,
        undone=undone,
        note="" if of_hub and row.step not in ("told", "answered") else row.note,
        phrases=row.phrases,
        voice_url=f"/v1/corrective-actions/{row.action}/answers/{row.id}/voice" if voice else None,
        voice_removed_at=row.voice_removed_at,
        by=None if of_hub else row.by,
        said_at=row.said_at,
        at=row.at,
    )


def _kept_from(session: Session, who: Principal) -> frozenset[str]:
    """Pieces of which she is to say hers first, or that were dealt to her as if they waited."""
    veiled: Any = veiled_from(session, who)
    veiled_ones = set() if veiled is None else set(session.scalars(veiled))
    return frozenset(veiled_ones | set(dealt_to(session, who)))
