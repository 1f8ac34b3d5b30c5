"""A share of what was decided goes to a second person, who does not see what the machine and the first said.

    look_again(session, row, review, share)               # after a decision: drawn, followed or settled
    draw = asked_of(session, row, who)                    # is she the second person of this piece?
    take_second(session, row, draw, answer, who, named=False)

What the first decided counts until both have spoken. Where they say the same, that is recorded; where not, a
third person sees both and decides, and that counts.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.service.auth.access import Principal
from ubora.service.auth.deciders import deciders
from ubora.service.auth.veiled import is_veiled
from ubora.service.http.errors import Problem
from ubora.service.inspections.said import StoredReview, answer_as_review
from ubora.service.ledger.barred import barred_from
from ubora.service.ledger.clock import now
from ubora.service.ledger.draws import SECOND, is_drawn, key_of
from ubora.service.ledger.tables import Answer, Inspection, Review, SecondDraw, Waiting
from ubora.service.ledger.waiting import let_go, note_waiting
from ubora.service.reviews.holds import holder_of
from ubora.service.reviews.judges import refused


def look_again(session: Session, row: Inspection, review: Review, share: float) -> None:
    """After a person decided, in the same transaction.

    Args:
        review: hers, the last of the row's.
        share: of what is decided for the first time, 0–1; kept with the draw.
    """
    draw = session.get(SecondDraw, row.id)
    assert review.person is not None
    if draw is None:
        if _may_be_drawn(session, row, review) and is_drawn(key_of(session, SECOND), row.id, share):
            session.add(
                SecondDraw(
                    inspection=row.id,
                    share=share,
                    drawn_at=now(session),
                    first=review.id,
                    person=review.person,
                    outcome="waiting",
                )
            )
    elif draw.outcome == "waiting":
        if draw.person == review.person:
            draw.first = review.id
        else:
            draw.outcome = "void"
    elif draw.outcome == "differ":
        draw.outcome, draw.settled = "settled", review.id
    session.flush()


def void_second(session: Session, row: Inspection) -> None:
    """The workshop contests what was decided: another person decides it anew."""
    draw = session.get(SecondDraw, row.id)
    if draw is not None and draw.outcome in ("waiting", "differ"):
        draw.outcome = "void"
        session.flush()


def asked_of(session: Session, row: Inspection, who: Principal) -> SecondDraw | None:
    """The draw by which a piece waits for a second person, and she could be that one."""
    return session.get(SecondDraw, row.id) if is_veiled(session, who, row.id) else None


def take_second(
    session: Session, row: Inspection, draw: SecondDraw, answer: Answer, who: Principal, *, named: bool
) -> None:
    """What the second person says; the piece waits on where it is not what the first said.

    Args:
        answer: of kind `second`, not yet added.
        named: she named a review or an appeal that she has seen.

    Raises:
        Problem: 409, she has handed it over, or did not claim it: only who was shown it so answers so.
    """
    bars = barred_from(session, row)
    if answer.person in bars:
        raise refused(bars[answer.person])
    waiting = session.get_one(Waiting, row.id)
    if named or waiting.holder != holder_of(who):
        detail = "it waits for a second person: claim it, decide by its photos, and name no review or appeal"
        raise Problem(409, "claim-first", "Claim it first", detail)
    session.add(answer)
    first = row.reviews[-1]
    draw.answer = answer.id
    draw.outcome = "agreed" if answer.disposition == first.disposition else "differ"
    session.flush()
    let_go(session, Waiting.inspection == row.id)
    note_waiting(session, row)


def second_answer(session: Session, row: Inspection) -> StoredReview | None:
    """Of a piece on which two said different things: what the second one said."""
    draw = session.get(SecondDraw, row.id)
    if draw is None or draw.outcome != "differ":
        return None
    return answer_as_review(session.scalars(select(Answer).where(Answer.id == draw.answer)).one())


def _may_be_drawn(session: Session, row: Inspection, review: Review) -> bool:
    """Decided for the first time, from a photo that came out, and there is somebody else."""
    first = len(row.reviews) == 1 and not row.appeals and row.verdict != "retake"
    return first and bool(deciders(session) - {review.person})
