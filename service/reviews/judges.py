"""Who may decide a piece: not who is barred from it, unless nobody else at the hub could.

    judge = judge_of(session, row, who)                   # refused in words where another must
    rows = select(Waiting).where(open_to(session, person))

Where all who may decide are barred from a piece, any of them does, and that is recorded with what she says.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from ubora.service.auth.access import Principal
from ubora.service.auth.deciders import deciders, person_of
from ubora.service.http.errors import Problem
from ubora.service.inspections.wire import review_answer
from ubora.service.ledger.barred import Bar, barred_from
from ubora.service.ledger.tables import Barred, Inspection, Waiting

DID = {"accept": "accepted it", "rework": "sent it back for rework", "reject": "rejected it"}


@dataclass(frozen=True)
class Judge:
    """Who decides a piece."""

    person: str
    alone: bool
    """Another person should, and there is none."""


def judge_of(session: Session, row: Inspection, who: Principal) -> Judge:
    """
    Raises:
        Problem: 409, another person at the hub may decide it, and should.
    """
    person = person_of(session, who)
    bars = barred_from(session, row)
    if person not in bars:
        return Judge(person, alone=False)
    if deciders(session) - set(bars):
        raise _refused(bars[person])
    return Judge(person, alone=True)


def open_to(session: Session, person: str) -> ColumnElement[bool]:
    """Of what waits: what she may decide."""
    everybody = deciders(session)
    hers = select(Barred.inspection).where(Barred.person == person)
    of_all = (
        select(Barred.inspection)
        .where(Barred.person.in_(everybody))
        .group_by(Barred.inspection)
        .having(func.count() == len(everybody))
    )
    return or_(Waiting.inspection.not_in(hers), Waiting.inspection.in_(of_all))


def _refused(bar: Bar) -> Problem:
    members = {}
    if bar.review is not None:
        members["review"] = review_answer(bar.review).model_dump(mode="json")
        did = f"{DID[bar.review.disposition]} at {_time(bar.at)}, and the workshop contests that"
    else:
        did = f"handed it to another person at {_time(bar.at)}"
    detail = f"{bar.by} {did}; another person decides it"
    return Problem(409, bar.why, "Another person decides it", detail, members=members)


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
