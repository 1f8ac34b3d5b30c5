"""Thresholds over HTTP: what is in force, what others would do, and how they are set and taken back.

GET  /v1/threshold-policies                  in force, by class; whether the promise holds; what was set
POST /v1/threshold-effects                   what others would have done to the pieces of the last weeks
POST /v1/threshold-policies                  {"release": "…", "seen": 3, "thresholds": {…}, "why": "…"}
POST /v1/threshold-policies/{number}/undo    those before again, as another event

They reach every worker and replica with the next photo, since each inspection asks the ledger. What was
judged stays as it was judged, and says by which policy; what people decided is not touched. Another release
begins with its own thresholds.
"""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path
from sqlalchemy import select

from ubora.service.auth.access import Admin, Staff, TheState
from ubora.service.costs.figures import evidence_of
from ubora.service.http.errors import problems
from ubora.service.http.observe import log_event
from ubora.service.inference.policies import judging
from ubora.service.ledger.tables import ThresholdPolicy
from ubora.service.numbers.window import Window
from ubora.service.state import AppState
from ubora.service.thresholds.effect import effect_of
from ubora.service.thresholds.promise import promise_under
from ubora.service.thresholds.setting import asked_for, set_thresholds, undo
from ubora.service.thresholds.wire import (
    EffectAnswer,
    EffectBody,
    Policy,
    PolicyBody,
    ThresholdsNow,
    UndoBody,
    classes_of,
    effect_answer,
    policy_answer,
    promise_answer,
)

router = APIRouter(tags=["thresholds"])
MOST_POLICIES = 30
Number = Annotated[int, Path(ge=1, lt=2**31)]


@router.get("/v1/threshold-policies", responses=problems(401, 403, 503))
def get_policies(state: TheState, _who: Staff) -> ThresholdsNow:
    """Of the release that serves. 503: there is none."""
    own = state.champion.serving()
    under, policy = judging(state.ledger, own)
    evidence = evidence_of(own)
    query = select(ThresholdPolicy).where(ThresholdPolicy.release == own.record.name)
    with state.ledger.read() as session:
        rows = session.scalars(query.order_by(ThresholdPolicy.number.desc()).limit(MOST_POLICIES)).all()
    return ThresholdsNow(
        release=own.record.name,
        policy=policy,
        classes=classes_of(own.record, under.record),
        promise=promise_answer(promise_under(own.record, under.record, evidence)),
        sentence=own.record.calibration.sentence,
        keeps_scores=evidence is not None,
        history=[policy_answer(row) for row in rows],
    )


@router.post("/v1/threshold-effects", responses=problems(401, 403, 409, 422, 503))
def show_effect(body: EffectBody, state: TheState, _who: Staff) -> EffectAnswer:
    """Nothing is changed by it."""
    own = state.champion.serving()
    now, policy = judging(state.ledger, own)
    asked = asked_for(own.record, body.release, body.thresholds)
    with state.ledger.read() as session:
        effect = effect_of(session, now.record, asked, _last_weeks(state, body.weeks))
    promise = promise_under(own.record, asked, evidence_of(own))
    return effect_answer(own.record.name, policy, body.weeks, effect, promise)


@router.post("/v1/threshold-policies", status_code=201, responses=problems(401, 403, 409, 422, 503))
def post_policy(body: PolicyBody, state: TheState, who: Admin) -> Policy:
    """409 `promise`: the release's promise would not hold, or that cannot be told; `force` goes past it.

    409 `policy-unseen`: others are in force than were seen. 409 `release-unseen`: another release serves.
    """
    own = state.champion.serving()
    with state.ledger.write() as session:
        answer = policy_answer(set_thresholds(session, who, own, body))
    log_event("thresholds-set", release=answer.release, policy=answer.number, forced=answer.forced)
    return answer


@router.post(
    "/v1/threshold-policies/{number}/undo", status_code=201, responses=problems(401, 403, 404, 409, 422, 503)
)
def undo_policy(number: Number, body: UndoBody, state: TheState, who: Admin) -> Policy:
    """Of the one in force alone; as `POST /v1/threshold-policies`."""
    own = state.champion.serving()
    with state.ledger.write() as session:
        answer = policy_answer(undo(session, who, own, number, body))
    log_event("thresholds-undone", release=answer.release, policy=answer.number, forced=answer.forced)
    return answer


def _last_weeks(state: AppState, weeks: int) -> Window:
    today = state.ledger.today()
    return Window(today - timedelta(days=7 * weeks - 1), today)
