"""Who may decide a piece: not who is barred from it, unless nobody else at the hub could.

    judge = judge_of(session, row, who)                   # refused in words where another must
    rows = select(Waiting).where(open_to(session, person))

Where all who may decide are barred from a piece, any of them does, and that is recorded with what she says.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from ubora.service.auth.access import Principal
from ubora.service.auth.deciders import deciders, person_of
from ubora.service.http.errors import Problem
from ubora.service.inspections.said import review_answer
from ubora.service.ledger.barred import Bar, barred_from
from ubora.service.ledger.tables import Barred, Inspection, Waiting
from ubora.service.ledger.waiting import is_of

DID = {"accept": "accepted it", "rework": "sent it back for rework", "reject": "rejected it"}
_DID_ELSE = "handed it to another person"


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
    if person not in bars or bars[person].why == "first-decision":
        # Her own decision she may change while the second person has not spoken.
        return Judge(person, alone=False)
    if deciders(session) - set(bars):
        raise refused(bars[person])
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
    # A second person's answer is worth something because she is another: nobody gives it alone.
    alone = and_(~is_of("second"), Waiting.inspection.in_(of_all))
    return or_(Waiting.inspection.not_in(hers), alone)


def refused(bar: Bar) -> Problem:
    """409 in words; with her `review`, where the bar is one that decided."""
    did = _DID_ELSE if bar.said is None else DID[bar.said]
    then = {"own-decision": ", and the workshop contests that", "own-answer": ", and somebody said otherwise"}
    detail = (
        f"{bar.by} {did} at {bar.at:%Y-%m-%d %H:%M} UTC{then.get(bar.why, '')}; another person decides it"
    )
    members = {}
    if bar.review is not None:
        members["review"] = review_answer(bar.review).model_dump(mode="json")
    return Problem(409, bar.why, "Another person decides it", detail, members=members)
