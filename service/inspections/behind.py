"""Which inspections stand behind a number: those that count of their piece, and of them only some.

GET /v1/inspections?counted=true&since=2026-11-01&until=2026-11-30&defect=dent
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import Depends, Query
from sqlalchemy import ColumnElement, Select, func, select

from ubora.service.auth.access import Anyone
from ubora.service.http.errors import Problem
from ubora.service.http.schemas import Name
from ubora.service.ledger.tables import Design, Inspection, PieceDefect, PieceState


@dataclass(frozen=True)
class Counted:
    since: date | None = None
    until: date | None = None
    """Days of the ledger's zone, inclusive."""
    material: str | None = None
    reviewer: str | None = None
    """Who decided it."""
    defect: str | None = None
    """As people left it, or as the machine found it where it waits for them."""

    def narrow(self, query: Select[Inspection]) -> Select[Inspection]:
        query = query.join(PieceState, PieceState.inspection == Inspection.id)
        day: ColumnElement[str] = PieceState.day.expression
        if self.until is None or self.until >= datetime.now(UTC).date() - timedelta(days=1):
            # It ends today, wherever that is: the latest come first, so they are walked down by number. No
            # index holds this, or all of a long window would be put in order first.
            day = func.coalesce(PieceState.day, "")
        if self.since is not None:
            query = query.where(day >= self.since.isoformat())
        if self.until is not None:
            query = query.where(day <= self.until.isoformat())
        if self.material is not None:
            of_material = select(Design.id).where(Design.material == self.material)
            query = query.where(Inspection.design.in_(of_material), ~Inspection.design_unknown)
        if self.reviewer is not None:
            query = query.where(PieceState.reviewer == self.reviewer)
        if self.defect is not None:
            with_defect = select(PieceDefect.piece_key).where(PieceDefect.defect == self.defect)
            if self.since is not None:
                with_defect = with_defect.where(PieceDefect.day >= self.since.isoformat())
            if self.until is not None:
                with_defect = with_defect.where(PieceDefect.day <= self.until.isoformat())
            query = query.where(Inspection.piece_key.in_(with_defect))
        return query


def behind_a_number(
    who: Anyone,
    counted: Annotated[bool, Query()] = False,
    since: Annotated[date | None, Query()] = None,
    until: Annotated[date | None, Query()] = None,
    material: Annotated[Name | None, Query()] = None,
    reviewer: Annotated[Name | None, Query()] = None,
    defect: Annotated[Name | None, Query()] = None,
) -> Counted | None:
    """None where that is not asked for.

    Raises:
        Problem: 403, by a workshop, which is shown no reviewer's pieces; 422, without `counted`.
    """
    asked = Counted(since, until, material, reviewer, defect)
    if not counted and asked != Counted():
        detail = "since, until, material, reviewer and defect are of what counts; expected counted=true too"
        raise Problem(422, "invalid", "The request is not what is expected", detail)
    if counted and who.role == "artisan":
        raise Problem(403, "not-your-role", "Not for this role", "`counted` is asked for by the hub")
    return asked if counted else None


BehindANumber = Annotated[Counted | None, Depends(behind_a_number)]
