"""An inspection as somebody may see it: a second person sees nothing that was said of it before she has said
hers, and a reviewer to whom a known piece was dealt sees it as it came.

items = answers_for(session, who, rows)              # every answer about inspections goes through here
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.service.auth.access import Principal
from ubora.service.auth.veiled import dealt_to, veiled_from
from ubora.service.inspections.said import STATUS_OF_DISPOSITION, answer_as_review
from ubora.service.inspections.wire import InspectedPhoto, InspectionAnswer, answer_of
from ubora.service.ledger.tables import Answer, DesignSaid, Inspection, KnownDeal, SecondDraw

_DESIGN_AS_SENT: dict[str, Any] = {"sent_as": None, "design_unknown": False, "judged_as": None}
"""Of a piece whose design somebody else corrected: it is one of that design like any other."""


def answers_for(session: Session, who: Principal, rows: Sequence[Inspection]) -> list[InspectionAnswer]:
    """Each as she may see it, in one question for all of them."""
    wanted = veiled_from(session, who) if rows else None
    veiled: set[str] = set()
    if wanted is not None:
        veiled.update(session.scalars(wanted.where(SecondDraw.inspection.in_([row.id for row in rows]))))
    deals = dealt_to(session, who) if rows else {}
    return [_seen(session, answer_of(row, who), veiled, deals) for row in rows]


def shown_status(session: Session, who: Principal) -> dict[str, str]:
    """Of known pieces that were dealt to her: the status that she sees."""
    shown: dict[str, str] = {}
    for name, deal in dealt_to(session, who).items():
        said = _answer(session, deal)
        came = _came(session.get_one(Inspection, name).verdict)
        shown[name] = came if said is None else STATUS_OF_DISPOSITION[said.disposition]
    return shown


def _seen(
    session: Session, answer: InspectionAnswer, veiled: set[str], deals: Mapping[str, KnownDeal]
) -> InspectionAnswer:
    if answer.id in veiled:
        return without_what_was_said(answer)
    if answer.id in deals:
        return _as_dealt(session, answer, deals[answer.id])
    return answer


def _as_dealt(session: Session, answer: InspectionAnswer, deal: KnownDeal) -> InspectionAnswer:
    """As it came, or as she decided it."""
    said = _answer(session, deal)
    answer = answer.model_copy(update=_DESIGN_AS_SENT | _design_as_she_said(session, answer, deal))
    if said is None:
        as_it_came: dict[str, Any] = {
            "status": _came(answer.verdict),
            "changed_at": answer.received_at,
            "change": answer.number,
            "review": None,
            "appeal": None,
        }
        return answer.model_copy(update=as_it_came)
    decided: dict[str, Any] = {
        "status": STATUS_OF_DISPOSITION[said.disposition],
        "changed_at": said.at,
        "change": deal.change,
        "review": answer_as_review(said),
        "appeal": None,
    }
    return answer.model_copy(update=decided)


def _design_as_she_said(session: Session, answer: InspectionAnswer, deal: KnownDeal) -> dict[str, Any]:
    """Nobody else's word of it, and hers as if it counted."""
    query = select(DesignSaid).where(
        DesignSaid.inspection == answer.id, DesignSaid.kind == "known", DesignSaid.person == deal.person
    )
    said = session.scalars(query.order_by(DesignSaid.number)).all()
    if not said:
        return {}
    first, last = said[0], said[-1]
    other = last.unknown or last.design != first.was
    return {
        "design": last.design,
        "design_unknown": last.unknown,
        "sent_as": first.was if other else None,
        "judged_as": first.was if other and last.design != first.was else None,
    }


def _answer(session: Session, deal: KnownDeal) -> Answer | None:
    return (
        None if deal.answer is None else session.scalars(select(Answer).where(Answer.id == deal.answer)).one()
    )


def _came(verdict: str | None) -> str:
    return "passed" if verdict == "pass" else "pending"


def without_what_was_said(answer: InspectionAnswer) -> InspectionAnswer:
    """Its photos, and of which piece they are: nothing of what the machine or anybody said of them."""
    nothing: dict[str, Any] = {
        "veiled": True,
        **_DESIGN_AS_SENT,
        "verdict": None,
        "status": "pending",
        "reasons": [],
        "instruction": None,
        "retakes": 0,
        "may_go_to_person": False,
        "variance": None,
        "beside_approved": None,
        "review": None,
        "appeal": None,
    }
    photos = [_bare(photo) for photo in answer.photos]
    return answer.model_copy(update={**nothing, "photos": photos})


def _bare(photo: InspectedPhoto) -> InspectedPhoto:
    return photo.model_copy(update={"faults": [], "defects": [], "seen_before": [], "heatmap_url": None})
