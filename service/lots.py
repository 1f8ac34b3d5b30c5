"""Lots: how many pieces of a design a workshop is to make, and which views of each the hub wants to see.

A piece counts for a lot when its inspection names the lot's id: phones take it from here, people may type it.
"""

from datetime import datetime
from typing import Annotated, cast

from fastapi import APIRouter, Query, Response
from pydantic import Field, field_validator
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from datasets.taxonomy import View
from service.access import Anyone, Reviewer, TheHouse
from service.clock import next_number, now
from service.errors import Problem, not_found, problems
from service.schemas import (
    Code,
    Cursor,
    Limit,
    UtcMoment,
    Wire,
    number_of_cursor,
    write_cursor,
)
from service.tables import Design, Inspection, Lot, Microfactory

router = APIRouter(tags=["lots"])


class LotBody(Wire):
    microfactory: Code
    design: Code
    pieces: Annotated[int, Field(ge=1, le=100_000)]
    views: Annotated[tuple[View, ...], Field(min_length=1, max_length=6)]
    """Wanted of each piece, in the order in which the phone asks for them."""
    note: Annotated[str, Field(max_length=500)] = ""

    @field_validator("views")
    @classmethod
    def _no_view_twice(cls, value: tuple[View, ...]) -> tuple[View, ...]:
        if len(set(value)) < len(value):
            raise ValueError("expected each view once")
        return value


class LotAnswer(LotBody):
    id: str
    done: int
    """Pieces of which there is a photo that need not be taken again."""
    opened_at: UtcMoment
    closed_at: UtcMoment | None


class LotPage(Wire):
    items: list[LotAnswer]
    next_cursor: str | None


@router.get("/v1/lots", responses=problems(401, 404, 422))
def get_lots(
    house: TheHouse,
    who: Anyone,
    microfactory: Annotated[Code | None, Query()] = None,
    is_open: Annotated[bool | None, Query(alias="open")] = None,
    cursor: Annotated[Cursor | None, Query()] = None,
    limit: Annotated[Limit, Query()] = 100,
) -> LotPage:
    """The last opened first; an artisan sees her own workshop's."""
    if microfactory is not None and not who.may_see(microfactory):
        raise not_found(f"microfactory {microfactory}")
    wanted = who.microfactory if who.role == "artisan" else microfactory
    query = select(Lot).order_by(Lot.number.desc())
    if wanted is not None:
        query = query.where(Lot.microfactory == wanted)
    if is_open is not None:
        query = query.where(Lot.closed_at.is_(None) if is_open else Lot.closed_at.is_not(None))
    if cursor is not None:
        query = query.where(Lot.number < number_of_cursor(cursor))
    with house.ledger.read() as session:
        rows = session.scalars(query.limit(limit + 1)).all()
        page = rows[:limit]
        done = _pieces_done(session, [row.id for row in page])
    more = len(rows) > limit
    return LotPage(
        items=[_answer(row, done.get(row.id, 0)) for row in page],
        next_cursor=write_cursor(str(page[-1].number)) if more else None,
    )


@router.put(
    "/v1/lots/{lot_id}",
    responses={201: {"model": LotAnswer, "description": "Opened"}, **problems(401, 403, 409, 422)},
)
def put_lot(lot_id: Code, body: LotBody, response: Response, house: TheHouse, _who: Reviewer) -> LotAnswer:
    """Open a lot, change it, or open a closed one again."""
    with house.ledger.write() as session:
        row, created = save_lot(session, lot_id, body)
        session.flush()
        answer = _answer(row, _pieces_done(session, [lot_id]).get(lot_id, 0))
    response.status_code = 201 if created else 200
    return answer


@router.delete("/v1/lots/{lot_id}", status_code=204, responses=problems(401, 403, 404, 422))
def close_lot(lot_id: Code, house: TheHouse, _who: Reviewer) -> None:
    """No phone offers it any more; what was sent for it stays, and what waits on a phone is still taken."""
    with house.ledger.write() as session:
        row = session.get(Lot, lot_id)
        if row is None:
            raise not_found(f"lot {lot_id}")
        row.closed_at = row.closed_at or now(session)


def save_lot(session: Session, lot_id: str, body: LotBody, at: datetime | None = None) -> tuple[Lot, bool]:
    """The row, and whether it is new.

    Args:
        at: when it is opened; only for a demonstration's past, now by default.

    Raises:
        Problem: 409 it is another workshop's, 422 no such workshop or design.
    """
    for field, table, value in (
        ("microfactory", Microfactory, body.microfactory),
        ("design", Design, body.design),
    ):
        if session.get(table, value) is None:
            raise Problem(422, "lot", "The lot is wrong", f"{field}: no such {field} {value!r}")
    row = session.get(Lot, lot_id)
    if row is not None and row.microfactory != body.microfactory:
        detail = f"lot {lot_id} is another workshop's; its pieces cannot change hands"
        raise Problem(409, "conflict", "Another workshop's lot", detail)
    created = row is None
    if row is None:
        number, opened_at = next_number(session), at or now(session)
        row = Lot(id=lot_id, microfactory=body.microfactory, number=number, opened_at=opened_at)
        session.add(row)
    row.design, row.pieces, row.views, row.note = body.design, body.pieces, list(body.views), body.note
    row.closed_at = None
    return row, created


DONE = ("passed", "pending", "accepted")
"""What a piece of an order may be to count: what is to be mended, or was rejected, is still to be made."""


def _pieces_done(session: Session, lots: list[str]) -> dict[str, int]:
    found = session.execute(
        select(Lot.id, func.count(Inspection.piece_key.distinct()))
        .join(Inspection, (Inspection.microfactory == Lot.microfactory) & (Inspection.lot == Lot.id))
        .where(Lot.id.in_(lots), Inspection.status.in_(DONE))
        .group_by(Lot.id)
    ).all()
    return {lot: int(count) for lot, count in found}


def _answer(row: Lot, done: int) -> LotAnswer:
    return LotAnswer(
        id=row.id,
        microfactory=row.microfactory,
        design=row.design,
        pieces=row.pieces,
        views=tuple(cast(View, view) for view in row.views),
        note=row.note,
        done=done,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
    )
