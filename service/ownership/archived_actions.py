"""Corrective actions of a workshop's archive: what it was told, and what it answered."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.service.corrective.rows import shown_steps, steps_of
from ubora.service.ledger.tables import CorrectiveAction, CorrectiveStep


def archived_actions(
    session: Session, microfactory: str
) -> list[tuple[dict[str, Any], list[tuple[str, str]]]]:
    """Each that it was told of, as JSON has it, with (name in the archive, hash) of each voice note."""
    query = select(CorrectiveAction).where(
        CorrectiveAction.microfactory == microfactory, CorrectiveAction.told.is_not(None)
    )
    return [_archived(session, row) for row in session.scalars(query.order_by(CorrectiveAction.number))]


def _archived(session: Session, row: CorrectiveAction) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    steps = steps_of(session, row.id)
    kept = {
        one.id: (_voice_name(one), one.voice_sha256)
        for one in steps
        if one.voice_sha256 is not None and one.voice_removed_at is None
    }
    said = [
        {
            "at": one.at.isoformat(),
            "by": one.side,
            "step": one.step,
            "undone": one.undone,
            "note": one.note,
            "phrases": one.phrases,
            "voice": kept[one.id][0] if one.id in kept else None,
        }
        for one in shown_steps(steps, for_workshop=True)
    ]
    action = {"id": row.id, "defect": row.defect, "state": row.state, "steps": said}
    return action, list(kept.values())


def _voice_name(step: CorrectiveStep) -> str:
    return f"voices/corrective/{step.action}/{step.id}.{step.voice_kind}"
