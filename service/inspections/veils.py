"""What of an inspection is kept from a second person until she has said hers: all that was said of it before.

items = answers_for(session, who, rows)              # every answer about inspections goes through here
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from ubora.service.auth.access import Principal
from ubora.service.auth.veiled import veiled_from
from ubora.service.inspections.wire import InspectedPhoto, InspectionAnswer, answer_of
from ubora.service.ledger.tables import Inspection, SecondDraw


def answers_for(session: Session, who: Principal, rows: Sequence[Inspection]) -> list[InspectionAnswer]:
    """Each as she may see it, in one question for all of them."""
    wanted = veiled_from(session, who) if rows else None
    veiled: set[str] = set()
    if wanted is not None:
        veiled.update(session.scalars(wanted.where(SecondDraw.inspection.in_([row.id for row in rows]))))
    return [
        without_what_was_said(answer_of(row, who)) if row.id in veiled else answer_of(row, who)
        for row in rows
    ]


def without_what_was_said(answer: InspectionAnswer) -> InspectionAnswer:
    """Its photos, and of which piece they are: nothing of what the machine or anybody said of them."""
    nothing: dict[str, Any] = {
        "veiled": True,
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
