"""Who at the hub may decide pieces: people, however they are logged in.

    person_of(session, who)      # one name for a log-in and a token that bears her name
    deciders(session)            # all who may decide now

A bearer token of an admin is a key to the house and no judge: it is not counted among those who could decide.
"""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from ubora.service.auth.access import Principal
from ubora.service.auth.staff import find_staff, name_key
from ubora.service.ledger.tables import Staff, StaffSession, Token


def person_of(session: Session, who: Principal) -> str:
    """A person's id; the token's, where it bears the name of nobody who may log in."""
    if who.staff is not None:
        return who.staff
    person = find_staff(session, who.label)
    return who.token if person is None else person.id


def deciders(session: Session) -> set[str]:
    """People who may decide: reviewers and admins who may log in, and reviewers' tokens of another name."""
    people = session.execute(select(Staff.id, Staff.name_key, Staff.role, Staff.disabled_at)).all()
    of_session = exists().where(StaffSession.token == Token.id)
    tokens = session.execute(
        select(Token.id, Token.label).where(Token.role == "reviewer", Token.revoked_at.is_(None), ~of_session)
    ).all()
    named = {person.name_key for person in people}
    unnamed = {token.id for token in tokens if name_key(token.label) not in named}
    for person in people:
        if person.role in ("reviewer", "admin") and person.disabled_at is None:
            unnamed.add(person.id)
    return unnamed
