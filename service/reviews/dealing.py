"""Known pieces are dealt to reviewers among those that wait, to learn how often their answers are right.

    dealt = deal_before(session, share, who, taken, fits)      # with a piece that she has just taken
    deal = dealt_to_her(session, who, row)
    take_known(session, row, deal, answer)

Which piece brings one along is drawn by a keyed hash of her and of it, so that nobody can foresee it and
nothing is dealt twice. Her answer changes nothing of the piece.
"""

import hmac
from collections.abc import Sequence
from typing import Literal

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import Session

from ubora.service.auth.access import Principal
from ubora.service.auth.deciders import person_of
from ubora.service.auth.veiled import dealt_to, may_be_dealt
from ubora.service.inspections.veils import shown_status
from ubora.service.ledger.clock import next_number, now
from ubora.service.ledger.draws import KNOWN, is_drawn, key_of
from ubora.service.ledger.tables import (
    AcceptedPiece,
    Answer,
    Appeal,
    Handover,
    Inspection,
    KnownDeal,
    KnownPiece,
    Photo,
    Review,
    SecondDraw,
    Waiting,
)
from ubora.service.ledger.waiting import deal, forget_waiting


def deal_before(
    session: Session, share: float, who: Principal, taken: Waiting, fits: Sequence[ColumnElement[bool]] = ()
) -> Waiting | None:
    """With a piece that she takes from what waits: perhaps a known one, before it.

    Args:
        share: of all that she takes, 0–1.
        fits: what she asked for, which the known piece is, too.
    """
    if not may_be_dealt(who) or share == 0 or taken.only is not None:
        return None
    person, key = person_of(session, who), key_of(session, KNOWN)
    # So many of those that wait bring one along that of all she takes it is the share.
    if not is_drawn(key, f"{person}/{taken.inspection}", share / (1 - share)):
        return None
    brought = select(KnownDeal).where(KnownDeal.person == person, KnownDeal.because == taken.inspection)
    if session.scalar(brought.limit(1)) is not None:
        return None
    for name in _order(key, person, session.scalars(_not_known_to(person)).all()):
        row = session.get_one(Inspection, name)
        dealt = deal(session, row, person, taken)
        fitting = select(Waiting.inspection).where(Waiting.inspection == name, *fits)
        if session.scalar(fitting) is not None:
            session.add(_deal(session, name, person, taken, share, dealt.change))
            session.flush()
            return dealt
        forget_waiting(session, [name])
    return None


def dealt_to_her(session: Session, who: Principal, row: Inspection) -> KnownDeal | None:
    return dealt_to(session, who).get(row.id)


def last_answer(session: Session, deal: KnownDeal) -> Answer | None:
    """What she said last of a piece that was dealt to her."""
    return session.scalar(select(Answer).where(Answer.id == deal.answer)) if deal.answer else None


def as_she_sees(session: Session, who: Principal, row: Inspection) -> tuple[str, Review | Answer | None]:
    """The status of a piece, and what was said of it last, as far as she may know."""
    deal = dealt_to_her(session, who, row)
    if deal is None:
        return row.status, row.reviews[-1] if row.reviews else None
    return shown_status(session, who)[row.id], last_answer(session, deal)


def take_known(session: Session, row: Inspection, deal: KnownDeal, answer: Answer) -> None:
    """What she says of it; a changed mind is another answer, and the last one counts."""
    session.add(answer)
    close(session, row, deal, "answered")
    deal.answer = answer.id
    session.flush()


def close(session: Session, row: Inspection, deal: KnownDeal, outcome: Literal["answered", "unsure"]) -> None:
    """She has it before her no more."""
    deal.outcome, deal.closed_at, deal.change = outcome, now(session), next_number(session)
    forget_waiting(session, [row.id])
    session.flush()


def _order(key: bytes, person: str, names: Sequence[str]) -> list[str]:
    """To each person another one first."""
    return sorted(names, key=lambda name: hmac.digest(key, f"{person}:{name}".encode(), "sha256"))


def _deal(session: Session, name: str, person: str, taken: Waiting, share: float, change: int) -> KnownDeal:
    return KnownDeal(
        inspection=name,
        person=person,
        because=taken.inspection,
        share=share,
        dealt_at=now(session),
        outcome="open",
        change=change,
    )


def _not_known_to(person: str) -> Select[str]:
    """Marked pieces that wait for nobody, stand for no design, and of which she has never said anything."""
    of_it = KnownPiece.inspection

    def hers(table: type[Review | Answer | Handover | KnownDeal]) -> ColumnElement[bool]:
        return exists().where(table.inspection == of_it, table.person == person)

    return select(of_it).where(
        KnownPiece.withdrawn_at.is_(None),
        KnownPiece.person != person,
        ~or_(*(hers(table) for table in (Review, Answer, Handover, KnownDeal))),
        ~exists().where(Waiting.inspection == of_it),
        ~exists().where(Appeal.inspection == of_it),
        ~exists().where(SecondDraw.inspection == of_it, SecondDraw.outcome.in_(("waiting", "differ"))),
        ~exists().where(AcceptedPiece.inspection == of_it, AcceptedPiece.until_version.is_(None)),
        exists().where(Photo.inspection == of_it, Photo.index == 0, Photo.removed_at.is_(None)),
    )
