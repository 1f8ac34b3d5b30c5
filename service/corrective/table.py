"""Corrective actions as lines of a spreadsheet: one an action, with its figures."""

from datetime import datetime

from ubora.service.corrective.wire import ActionAnswer, StoredStep

COLUMNS = (
    "id",
    "microfactory",
    "defect",
    "state",
    "outcome",
    "rounds",
    "opened_at",
    "opened_by",
    "told_at",
    "due_at",
    "overdue",
    "answered_at",
    "closed_at",
    "watched",
    "decided",
    "found",
    "low",
    "high",
    "found_before",
    "decided_before",
    "compared",
)


def line_of(action: ActionAnswer) -> list[object]:
    """Its cells, as `COLUMNS` names them."""
    counts = [one for one in action.steps if not one.undone and one.step != "undone"]
    closing = counts[-1] if action.state == "closed" else None
    effect = action.effect
    low, high = effect.after.interval if effect is not None and effect.after.interval else (None, None)
    return [
        action.id,
        action.microfactory,
        action.defect,
        action.state,
        closing.step if closing else None,
        1 + sum(one.step == "reopened" for one in counts),
        _at(counts, "opened"),
        counts[0].by,
        _at(counts, "told"),
        action.due_at,
        "yes" if action.overdue else "no",
        _at(counts, "answered"),
        None if closing is None else closing.at,
        action.watch,
        effect.after.of if effect else None,
        effect.after.found if effect else None,
        low,
        high,
        effect.before.found if effect else None,
        effect.before.of if effect else None,
        effect.compared if effect else None,
    ]


def _at(counts: list[StoredStep], step: str) -> datetime | None:
    """When it was so last."""
    return next((one.at for one in reversed(counts) if one.step == step), None)
