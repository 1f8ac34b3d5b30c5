"""Samples of lots over HTTP: draw one, see how far it is, decide the lot by it.

A lot is sampled once all its pieces are decided. What the counts say is said; a person decides, and where she
decides otherwise she says why. Nothing here is shown to a workshop before the hub talks to it.
"""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.service.auth.access import Reviewer, Staff, TheState
from ubora.service.auth.audit import record
from ubora.service.http.errors import Problem, not_found, problems
from ubora.service.http.schemas import Code, Wire
from ubora.service.ledger.clock import now
from ubora.service.ledger.tables import Lot, LotCheck
from ubora.service.numbers.drawing import Dark, Narrow, Svg, draw_curves
from ubora.service.sampling.answers import (
    CheckAnswer,
    LotChecks,
    PlanOfClass,
    check_answer,
    history_of,
    next_check,
    plan_answer,
)
from ubora.service.sampling.rules import ClassPlan, plans_alone, plans_of, state_after
from ubora.service.sampling.sampled import draw, last_review, pieces_of
from ubora.service.sampling.standards import Alone, Standard, standard_of
from ubora.service.statistics.plans import Severity as How
from ubora.service.statistics.risks import acceptance
from ubora.service.words import Spoken, speaker

router = APIRouter(tags=["sampling"])


class DrawBody(Wire):
    resume: bool = False
    """Deliveries begin again after they were stopped."""
    reduce: bool = False
    """Whoever orders agrees to reduced inspection, where it is earned."""
    alone: Alone | None = None
    """The lot stands alone: it is judged by itself, and says nothing of the next ones."""


class PlanAlone(Wire):
    settled: int
    plans: list[PlanOfClass]
    """Empty where nothing is settled."""


class DecisionBody(Wire):
    outcome: Literal["accept", "refuse"]
    note: Annotated[str, Field(max_length=500)] = ""
    """Why, where it is not what the counts say."""


@router.get("/v1/lots/{lot_id}/checks", responses=problems(401, 403, 404, 422))
def get_checks(lot_id: Code, state: TheState, _who: Staff) -> LotChecks:
    with state.ledger.read() as session:
        lot = _lot(session, lot_id)
        rows = session.scalars(
            select(LotCheck).where(LotCheck.lot == lot_id).order_by(LotCheck.number.desc())
        )
        items = [check_answer(session, row) for row in rows]
        return LotChecks(items=items, next=next_check(session, lot, state.champion))


@router.get("/v1/lots/{lot_id}/sampling.svg", response_class=Svg, responses=problems(401, 403, 404, 422))
def get_curves(
    lot_id: Code,
    state: TheState,
    _who: Staff,
    theme: Dark = "light",
    narrow: Narrow = False,
    language: Spoken = "en",
) -> Response:
    """Operating curves of the plans by which the lot is, or would be, sampled."""
    with state.ledger.read() as session:
        lot = _lot(session, lot_id)
        last = session.scalars(
            select(LotCheck).where(LotCheck.lot == lot_id).order_by(LotCheck.number.desc()).limit(1)
        ).first()
        plans = check_answer(session, last).plans if last else next_check(session, lot, state.champion).plans
    say = speaker(language)
    shares = [step / 400 for step in range(101)]
    curves = [
        (
            say(f"severity.{plan.of}"),
            [(share, acceptance(plan.pieces, plan.accept, share)) for share in shares],
        )
        for plan in plans
    ]
    return Svg(draw_curves(curves, theme, narrow, say))


@router.get("/v1/lots/{lot_id}/isolated-plan", responses=problems(401, 403, 404, 422))
def get_plan_alone(lot_id: Code, state: TheState, _who: Staff, alone: Annotated[Alone, Query()]) -> PlanAlone:
    """What a sample of the lot would be, if it stands in no series."""
    with state.ledger.read() as session:
        lot = _lot(session, lot_id)
        settled = len(pieces_of(session, lot).settled)
        standard = standard_of(session, lot.design)
    plans = _plans_alone(settled, standard, alone) if settled else ()
    return PlanAlone(settled=settled, plans=[plan_answer(plan, 0) for plan in plans])


@router.put(
    "/v1/lots/{lot_id}/checks/{check_id}",
    status_code=201,
    responses={
        200: {"model": CheckAnswer, "description": "The same again"},
        **problems(401, 403, 404, 409, 422),
    },
)
def draw_sample(
    lot_id: Code, check_id: UUID, body: DrawBody, response: Response, state: TheState, who: Reviewer
) -> CheckAnswer:
    """Draw a sample of a lot whose pieces are all decided.

    409 `lot-not-decided`: pieces of it wait. 409 `check-open`: a sample of it is not decided yet. 409
    `stopped`: lots of this workshop and design are to be talked about first; `resume` says that it was done.
    """
    with state.ledger.write() as session:
        lot = _lot(session, lot_id, lock=True)
        known = session.scalar(select(LotCheck).where(LotCheck.id == str(check_id)))
        if known is not None:
            if known.lot != lot_id:
                raise Problem(409, "conflict", "Another lot's sample", "this UUID is a sample of another lot")
            response.status_code = 200
            return check_answer(session, known)
        row = _drawn(session, lot, str(check_id), body, who.label)
        record(session, who, "lot-sampled", lot_id, severity=row.severity, pieces=str(len(row.sample)))
        session.flush()
        return check_answer(session, row)


@router.put("/v1/lots/{lot_id}/checks/{check_id}/decision", responses=problems(401, 403, 404, 409, 422))
def decide(lot_id: Code, check_id: UUID, body: DecisionBody, state: TheState, who: Reviewer) -> CheckAnswer:
    """Decide the lot. The same again changes nothing.

    409 `not-looked-at`: what the counts say depends on pieces that nobody has looked at. 409 `decided`: it
    was decided otherwise.
    """
    with state.ledger.write() as session:
        _lot(session, lot_id, lock=True)
        row = session.scalar(select(LotCheck).where(LotCheck.id == str(check_id), LotCheck.lot == lot_id))
        if row is None:
            raise not_found(f"sample {check_id} of lot {lot_id}")
        if row.outcome is None:
            _decide(session, row, body, who.label)
            record(session, who, "lot-decided", lot_id, outcome=body.outcome, by_plan=row.by_plan)
        elif row.outcome != body.outcome:
            detail = (
                f"{row.decided_by} decided: {row.outcome}; a lot that is looked at again needs a new sample"
            )
            raise Problem(409, "decided", "The lot is decided", detail)
        return check_answer(session, row)


def _drawn(session: Session, lot: Lot, check: str, body: DrawBody, label: str) -> LotCheck:
    pieces = pieces_of(session, lot)
    if pieces.pending or not pieces.settled:
        detail = f"{pieces.pending} pieces wait for a person, {len(pieces.settled)} are passed or accepted"
        raise Problem(
            409, "lot-not-decided", "The lot is not decided yet", f"{detail}; expected none and some"
        )
    open_one = select(LotCheck.id).where(LotCheck.lot == lot.id, LotCheck.outcome.is_(None))
    if (other := session.scalar(open_one)) is not None:
        raise Problem(409, "check-open", "A sample is not decided yet", f"sample {other} of this lot is open")
    how, plans = _how(session, lot, body, len(pieces.settled))
    row = LotCheck(
        id=check,
        lot=lot.id,
        microfactory=lot.microfactory,
        design=lot.design,
        severity=how,
        alone=None if body.alone is None else body.alone.model_dump(),
        pieces=len(pieces.settled),
        sample=draw(session, check, pieces.settled, plans[0].pieces),
        after_review=last_review(session),
        drawn_by=label,
        drawn_at=now(session),
        note="",
        **standard_of(session, lot.design).model_dump(),
    )
    session.add(row)
    session.flush()
    return row


def _how(session: Session, lot: Lot, body: DrawBody, settled: int) -> tuple[str, tuple[ClassPlan, ...]]:
    """How strictly, and by which plans."""
    standard = standard_of(session, lot.design)
    if body.alone is not None:
        return "isolated", _plans_alone(settled, standard, body.alone)
    severity = state_after(history_of(session, lot), body.reduce).severity
    if severity == "stopped" and not body.resume:
        detail = "five of its lots were refused under tightened inspection; `resume` begins again"
        raise Problem(409, "stopped", "Talk to the workshop first", detail)
    how: How = "tightened" if severity == "stopped" else severity
    return how, plans_of(settled, standard, how)


def _plans_alone(settled: int, standard: Standard, alone: Alone) -> tuple[ClassPlan, ...]:
    try:
        return plans_alone(settled, standard, alone)
    except ValueError as error:
        raise Problem(422, "invalid", "The request is not what is expected", f"alone: {error}") from None


def _decide(session: Session, row: LotCheck, body: DecisionBody, label: str) -> None:
    answer = check_answer(session, row)
    if answer.by_plan is None:
        detail = f"{answer.looked_at} of {len(answer.sample)} pieces of the sample were looked at"
        raise Problem(409, "not-looked-at", "The sample is not looked through", detail)
    if body.outcome != answer.by_plan and not body.note.strip():
        detail = f"note: the counts say {answer.by_plan}; expected why it is decided otherwise"
        raise Problem(422, "invalid", "The request is not what is expected", detail)
    defective = {plan.of: plan.found for plan in answer.plans}
    row.critical, row.major, row.minor = defective["critical"], defective["major"], defective["minor"]
    row.by_plan, row.outcome, row.note = answer.by_plan, body.outcome, body.note
    row.decided_by, row.decided_at = label, now(session)
    session.flush()


def _lot(session: Session, lot_id: str, *, lock: bool = False) -> Lot:
    row = session.get(Lot, lot_id, with_for_update=lock)
    if row is None:
        raise not_found(f"lot {lot_id}")
    return row
