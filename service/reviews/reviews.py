"""What people decide on a piece. Append-only: a changed mind is another review, and the last one counts.

A review names what its reviewer saw: the review that counted then, and the appeal that waited. Where that is
not what counts now, she is told who decided what and when instead: no decision is replaced unseen.

Who has the piece itself in her hand (`in_hand`: goods-in, or a customer's return) knows more than any photo:
what she says outranks what was said of photos, and is changed in hand alone.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field, field_validator
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ubora.service.auth.access import Principal, Reviewer, TheState
from ubora.service.auth.audit import record
from ubora.service.auth.deciders import person_of
from ubora.service.designs.standing import leave_unfit, locked_design
from ubora.service.http.errors import Problem, not_found, problems
from ubora.service.http.observe import log_event
from ubora.service.http.schemas import Wire
from ubora.service.inspections.said import STATUS_OF_DISPOSITION, CorrectedDefect, Disposition, InHand
from ubora.service.inspections.veils import answers_for
from ubora.service.inspections.wire import InspectionAnswer
from ubora.service.ledger.clock import next_number, now
from ubora.service.ledger.pieces import recount_piece
from ubora.service.ledger.tables import Answer, Inspection, Review, Waiting
from ubora.service.ledger.waiting import let_go, note_waiting
from ubora.service.reviews.checks import check_appeal, check_corrections, check_rank, check_review
from ubora.service.reviews.dealing import dealt_to_her, last_answer, take_known
from ubora.service.reviews.holds import check_not_held
from ubora.service.reviews.judges import Judge, judge_of
from ubora.service.reviews.phrases import MOST_PHRASES, Phrase
from ubora.service.reviews.regions import as_kept
from ubora.service.reviews.second import asked_of, look_again, take_second
from ubora.service.state import AppState

router = APIRouter(tags=["reviews"])
_SEEN = {"after", "appeal", "anyway"}
"""What the reviewer looked at: no part of what she says, so that a repeat is one whatever happened since."""


class ReviewBody(Wire):
    """What a person says of a piece."""

    disposition: Disposition
    defects: Annotated[list[CorrectedDefect], Field(max_length=100)] | None = None
    """None: as the machine found it, nobody corrected. Empty: looked, and clean."""
    variance: Annotated[int, Field(ge=1, le=5)] | None = None
    phrases: Annotated[tuple[Phrase, ...], Field(max_length=MOST_PHRASES)] = ()
    """Told to the workshop in its own language, in this order."""
    note: Annotated[str, Field(max_length=2000)] = ""
    """Free words, shown as they were written."""
    after: UUID | None = None
    """The review that counted when this was decided, and that it replaces; null, or left out: none."""
    appeal: UUID | None = None
    """The waiting appeal that was looked at; null, or left out: none."""
    in_hand: InHand | None = None
    """Decided on the piece itself, as it came to the hub or back from a customer; null: by its photos."""
    anyway: bool = False
    """Also where somebody else has it open, as was told."""

    @field_validator("phrases")
    @classmethod
    def _no_phrase_twice(cls, value: tuple[Phrase, ...]) -> tuple[Phrase, ...]:
        if len(set(value)) < len(value):
            raise ValueError("expected each phrase once")
        return value


@router.put(
    "/v1/inspections/{inspection_id}/reviews/{review_id}",
    status_code=201,
    responses={
        200: {"model": InspectionAnswer, "description": "The same again"},
        **problems(401, 403, 404, 409, 422),
    },
)
def put_review(
    inspection_id: UUID,
    review_id: UUID,
    body: ReviewBody,
    response: Response,
    state: TheState,
    who: Reviewer,
) -> InspectionAnswer:
    """Answers the inspection with the review that counts now.

    409 `review-unseen`: somebody decided meanwhile. It has that `review`, to be named in `after` by whoever
    decides all the same. 409 `decided-in-hand`: its photos do not change that. 409 `own-decision`: the
    workshop contests her own `review`, and another person decides. 409 `held`: somebody else has it open,
    `held_by` and `until`; `anyway` decides it.
    """
    try:
        created = store_review(state, str(inspection_id), str(review_id), body, who)
    except IntegrityError:
        # The same review twice at the same time; the other one was first.
        created = store_review(state, str(inspection_id), str(review_id), body, who)
    response.status_code = 201 if created else 200
    with state.ledger.read() as session:
        row = session.get(Inspection, str(inspection_id))
        assert row is not None
        return answers_for(session, who, [row])[0]


def store_review(
    state: AppState,
    inspection_id: str,
    review_id: str,
    body: ReviewBody,
    who: Principal,
    at: datetime | None = None,
) -> bool:
    """One transaction: the review, the inspection's status, the counts, and whether it stands for its design.

    Args:
        at: only for a demonstration's past; now by default.

    Returns:
        whether it was new.

    Raises:
        Problem: 404 no such inspection, 409 the UUID holds another review, the photo is to be taken again, a
            review counts or an appeal waits that the reviewer did not see, another person is to decide it, or
            somebody else holds the piece, 422 a correction that does not fit the photos.
    """
    fingerprint = hashlib.sha256((inspection_id + _written(body)).encode()).hexdigest()
    with state.ledger.write() as session:
        # Locked, so that of two reviewers who saw the same the second sees the first's.
        row = session.get(Inspection, inspection_id, with_for_update=True)
        if row is None:
            raise not_found("inspection")
        design = locked_design(session, row.design)
        assert design is not None
        if _is_repeat(session, review_id, fingerprint):
            return False
        if row.status == "retake" and body.in_hand is None:
            detail = "its photo is to be taken again, and its workshop did not send it to a person"
            raise Problem(409, "retake", "Not to be reviewed", detail)
        check_corrections(state, row, body.defects)
        said = _Said(review_id, fingerprint, body, who)
        draw, dealt = asked_of(session, row, who), dealt_to_her(session, who, row)
        if body.in_hand is not None:
            # What is kept from her she cannot name, and who has the piece itself need not have seen it.
            _decide(session, state, row, said, at, unseen=draw is not None or dealt is not None)
        elif dealt is not None:
            check_review(last_answer(session, dealt), body.after)
            check_appeal(row, body.appeal)
            take_known(session, row, dealt, said.answer(row, "known", dealt.person, now(session)))
        elif draw is not None:
            answer = said.answer(row, "second", person_of(session, who), max(now(session), row.changed_at))
            named = body.after is not None or body.appeal is not None
            take_second(session, row, draw, answer, who, named=named)
        else:
            _decide(session, state, row, said, at)
        leave_unfit(session, who, design, row.piece_key)
    state.metrics.reviews.labels(body.disposition).inc()
    log_event("review", id=review_id, inspection=inspection_id, disposition=body.disposition)
    return True


def _written(body: ReviewBody) -> str:
    """What she says, as JSON. What is not said is left out, as before it could be: an older review that is
    sent again is the same."""
    left_out: dict[str, Any] = dict.fromkeys(_SEEN, True)
    left_out |= {name: True for name in ("phrases", "in_hand") if not getattr(body, name)}
    boxed = {at: {"mask"} for at, one in enumerate(body.defects or ()) if one.mask is None}
    return body.model_dump_json(exclude=left_out | ({"defects": boxed} if boxed else {}))


def _decide(
    session: Session,
    state: AppState,
    row: Inspection,
    said: "_Said",
    at: datetime | None,
    *,
    unseen: bool = False,
) -> None:
    """What counts from now on, with all that hangs on it.

    Args:
        unseen: she was shown nothing of what was decided before.
    """
    body, who = said.body, said.who
    last = row.reviews[-1] if row.reviews else None
    if not unseen:
        check_review(last, body.after)
        check_appeal(row, body.appeal)
    check_rank(last, body.in_hand)
    judge = judge_of(session, row, who)
    check_not_held(session, state, row.id, who, anyway=body.anyway)
    # A demonstration's past asks nobody to look again.
    # Nor is one who has the piece itself asked whether another would say so of its photos.
    share = state.settings.second_review_share if at is None and body.in_hand is None else 0.0
    # Never before what it decides on, which may have come while the clock was ahead.
    at = at or max(now(session), row.changed_at)
    review = said.review(row, judge, at)
    row.reviews.append(review)
    row.status, row.changed_at = STATUS_OF_DISPOSITION[body.disposition], at
    row.change = next_number(session)
    if row.verdict == "retake":
        record(session, who, "retake-decided", row.id, microfactory=row.microfactory, status=row.status)
    if row.appeals:
        # Also one that was decided before: a changed mind changes what the workshop is told.
        appeal = row.appeals[-1]
        appeal.outcome = "overturned" if body.disposition == "accept" else "upheld"
        appeal.decided_at = at
    session.flush()
    recount_piece(session, row)
    look_again(session, row, review, share)
    let_go(session, Waiting.inspection == row.id)
    note_waiting(session, row)


def _is_repeat(session: Session, review_id: str, fingerprint: str) -> bool:
    """Raises Problem: 409, the UUID holds another review."""
    stored = [
        found
        for table in (Review, Answer)
        for found in session.scalars(select(table.fingerprint).where(table.id == review_id))
    ]
    if stored and stored != [fingerprint]:
        detail = "this UUID holds another review; a changed mind needs a new UUID"
        raise Problem(409, "conflict", "Another review has this UUID", detail)
    return bool(stored)


@dataclass(frozen=True)
class _Said:
    """What somebody says of a piece, as a row of whichever table it belongs in."""

    id: str
    fingerprint: str
    body: ReviewBody
    who: Principal

    def review(self, row: Inspection, judge: Judge, at: datetime) -> Review:
        in_hand = self.body.in_hand
        return Review(person=judge.person, alone=judge.alone, in_hand=in_hand, at=at, **self._fields(row))

    def answer(self, row: Inspection, kind: str, person: str, at: datetime) -> Answer:
        return Answer(kind=kind, person=person, at=at, **self._fields(row))

    def _fields(self, row: Inspection) -> dict[str, Any]:
        body = self.body
        defects = None if body.defects is None else [as_kept(defect) for defect in body.defects]
        return {
            "id": self.id,
            "inspection": row.id,
            "fingerprint": self.fingerprint,
            "disposition": body.disposition,
            "defects": defects,
            "variance": body.variance,
            "phrases": list(body.phrases),
            "note": body.note,
            "reviewer": self.who.label,
            "token": self.who.token,
        }
