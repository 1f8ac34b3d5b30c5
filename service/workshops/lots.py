"""Lots: how many pieces of a design a workshop is to make, and which views of each the hub wants to see.

A piece counts for a lot when its inspection names the lot's id: phones take it from here, people may type it.
Where a person said that it is of another design than the lot's, it fills the lot no more, and is told apart.

An order is opened under a number that is free, and changed only by somebody who names the version that she
saw: no order is replaced unseen. What was opened, changed, closed and opened again stands in the audit.
"""

import hashlib
import json
from datetime import datetime
from typing import Annotated, Any, cast

from fastapi import APIRouter, Query, Response
from pydantic import Field
from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from ubora.datasets.taxonomy import View
from ubora.service.auth.access import Anyone, Principal, Reviewer, TheState
from ubora.service.auth.audit import Action, changes, record
from ubora.service.designs.contexts import WantedViews
from ubora.service.designs.corrected import fills_lot
from ubora.service.http.errors import Problem, not_found, problems
from ubora.service.http.schemas import Code, Cursor, Limit, UtcMoment, Wire, number_of_cursor, write_cursor
from ubora.service.ledger.clock import last_number, next_number, now
from ubora.service.ledger.tables import AuditEntry, Design, Inspection, Lot, Microfactory

router = APIRouter(tags=["lots"])


class LotBody(Wire):
    microfactory: Code
    design: Code
    pieces: Annotated[int, Field(ge=1, le=100_000)]
    views: WantedViews
    note: Annotated[str, Field(max_length=500)] = ""


class LotChange(LotBody):
    after: Annotated[str, Field(max_length=64)] | None = None
    """The `version` that was looked at and is changed; null, or left out: the lot is to be opened."""


class LotAnswer(LotBody):
    id: str
    version: str
    """Another one as soon as the order is changed, closed or opened again."""
    done: int
    """Pieces of which there is a photo that need not be taken again."""
    settled: int
    """Of those, what passed or was accepted: it only grows, unless a person changes her mind."""
    pending: int
    """The rest of them, which a person looks at."""
    other_design: int
    """Pieces that were sent for it and are of another design, as a person said: none of them is `done`."""
    opened_at: UtcMoment
    closed_at: UtcMoment | None


class LotPage(Wire):
    items: list[LotAnswer]
    next_cursor: str | None
    number: int
    """The last that the ledger gave: inspections of a greater one are not counted here."""


@router.get("/v1/lots", responses=problems(401, 404, 422))
def get_lots(
    state: TheState,
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
    with state.ledger.read() as session:
        # Before the counts: what comes between is counted twice by nobody, and at worst once too little.
        number = last_number(session)
        rows = session.scalars(query.limit(limit + 1)).all()
        page = rows[:limit]
        counts = _pieces_done(session, [row.id for row in page])
    more = len(rows) > limit
    return LotPage(
        items=[_answer(row, counts.get(row.id, NONE_DONE)) for row in page],
        next_cursor=write_cursor(str(page[-1].number)) if more else None,
        number=number,
    )


@router.put(
    "/v1/lots/{lot_id}",
    responses={201: {"model": LotAnswer, "description": "Opened"}, **problems(401, 403, 404, 409, 422)},
)
def put_lot(lot_id: Code, body: LotChange, response: Response, state: TheState, who: Reviewer) -> LotAnswer:
    """Open a lot; or change it or open a closed one again, `after` the version that was seen.

    409 `lot-taken`: there is an order of this number. 409 `lot-unseen`: it was changed meanwhile. Both have
    it as `lot`, and who changed it last as `by` and `at`.
    """
    with state.ledger.write() as session:
        row, created = save_lot(session, who, lot_id, body)
        session.flush()
        answer = answer_with_done(session, row)
    response.status_code = 201 if created else 200
    return answer


@router.delete("/v1/lots/{lot_id}", status_code=204, responses=problems(401, 403, 404, 422))
def close_lot(lot_id: Code, state: TheState, who: Reviewer) -> None:
    """No phone offers it any more; what was sent for it stays, and what waits on a phone is still taken."""
    with state.ledger.write() as session:
        row = session.get(Lot, lot_id, with_for_update=True)
        if row is None:
            raise not_found(f"lot {lot_id}")
        end_lot(session, who, row)


def end_lot(session: Session, who: Principal | str, row: Lot, at: datetime | None = None) -> None:
    """One that is closed already stays as it is.

    Args:
        at: only for a demonstration's past; now by default.
    """
    if row.closed_at is None:
        row.closed_at = at or now(session)
        record(session, who, "lot-closed", row.id, microfactory=row.microfactory)


def save_lot(
    session: Session, who: Principal | str, lot_id: str, body: LotChange, at: datetime | None = None
) -> tuple[Lot, bool]:
    """The row, and whether it is new. The same again changes nothing, whatever it names as seen.

    Args:
        at: when it is opened; only for a demonstration's past, now by default.

    Raises:
        Problem: 404 no such lot to change, 409 it is there already, another one than was seen, or another
            workshop's, 422 no such workshop or design, or a closed workshop.
    """
    for field, table, value in (
        ("microfactory", Microfactory, body.microfactory),
        ("design", Design, body.design),
    ):
        if session.get(table, value) is None:
            raise Problem(422, "lot", "The lot is wrong", f"{field}: no such {field} {value!r}")
    wanted = body.model_dump(exclude={"after"})
    row = session.get(Lot, lot_id, with_for_update=True)
    if row is None or row.closed_at is not None:
        _check_open(session, body.microfactory)
    if row is None:
        if body.after is not None:
            raise not_found(f"lot {lot_id}")
        number, opened_at = next_number(session), at or now(session)
        row = Lot(id=lot_id, number=number, opened_at=opened_at, **wanted | {"views": list(body.views)})
        session.add(row)
        record(session, who, "lot-opened", lot_id, **changes(None, wanted))
        return row, True
    known = _ordered(row)
    if known == wanted and row.closed_at is None:
        return row, False
    _check_seen(session, row, body)
    action: Action = "lot-edited" if row.closed_at is None else "lot-reopened"
    record(session, who, action, lot_id, **{"microfactory": row.microfactory} | changes(known, wanted))
    row.design, row.pieces, row.views, row.note = body.design, body.pieces, list(body.views), body.note
    row.closed_at = None
    return row, False


def _check_open(session: Session, microfactory: str) -> None:
    """Nothing is asked of a workshop that is closed."""
    if session.get_one(Microfactory, microfactory).closed_at is not None:
        detail = f"microfactory: {microfactory!r} is closed; open it again first"
        raise Problem(422, "lot", "The lot is wrong", detail)


def _check_seen(session: Session, row: Lot, body: LotChange) -> None:
    """Nobody replaces an order that she did not see, nor gives it to another workshop."""
    if body.after is None:
        slug, title = "lot-taken", "There is a lot of this number"
        detail = f"lot {row.id} is there already; to change it, name its `version` in `after`"
    elif body.after != version_of(row):
        slug, title = "lot-unseen", "The lot is another now"
        detail = (
            f"lot {row.id} was changed meanwhile; to change it all the same, name its `version` in `after`"
        )
    elif body.microfactory != row.microfactory:
        slug, title = "conflict", "Another workshop's lot"
        detail = f"lot {row.id} is another workshop's; its pieces cannot change hands"
    else:
        return
    last = session.scalar(
        select(AuditEntry)
        .where(AuditEntry.subject == row.id, AuditEntry.action.like("lot-%"))
        .order_by(AuditEntry.number.desc())
        .limit(1)
    )
    members = {
        "lot": answer_with_done(session, row).model_dump(mode="json"),
        "by": last.actor if last else None,
        "at": last.at.isoformat() if last else None,
    }
    raise Problem(409, slug, title, detail, members=members)


def version_of(row: Lot) -> str:
    """16 hex digits of what the order says and whether it is open."""
    closed = None if row.closed_at is None else row.closed_at.isoformat()
    said = json.dumps([*_ordered(row).values(), closed])
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _ordered(row: Lot) -> dict[str, Any]:
    """What somebody asked for, as `LotBody` says it."""
    own = {name: getattr(row, name) for name in LotBody.model_fields}
    return own | {"views": tuple(row.views)}


SETTLED = ("passed", "accepted")
DONE = (*SETTLED, "pending")
"""What a piece of an order may be to count: what is to be mended, or was rejected, is still to be made."""


NONE_DONE = (0, 0, 0)


def _pieces_done(session: Session, lots: list[str]) -> dict[str, tuple[int, int, int]]:
    """Lot → how many are done, how many of those are settled, and how many are of another design."""
    fills = fills_lot()
    counted = (
        case((and_(Inspection.status.in_(DONE), fills), Inspection.piece_key)),
        case((and_(Inspection.status.in_(SETTLED), fills), Inspection.piece_key)),
        case((~fills, Inspection.piece_key)),
    )
    rows = session.execute(
        select(Lot.id, *(func.count(one.distinct()) for one in counted))
        .join(Inspection, (Inspection.microfactory == Lot.microfactory) & (Inspection.lot == Lot.id))
        .where(Lot.id.in_(lots))
        .group_by(Lot.id)
    ).all()
    return {str(row[0]): (int(row[1]), int(row[2]), int(row[3])) for row in rows}


def answer_with_done(session: Session, row: Lot) -> LotAnswer:
    return _answer(row, _pieces_done(session, [row.id]).get(row.id, NONE_DONE))


def _answer(row: Lot, counts: tuple[int, int, int]) -> LotAnswer:
    done, settled, other_design = counts
    return LotAnswer(
        id=row.id,
        version=version_of(row),
        microfactory=row.microfactory,
        design=row.design,
        pieces=row.pieces,
        views=tuple(cast(View, view) for view in row.views),
        note=row.note,
        done=done,
        settled=settled,
        pending=done - settled,
        other_design=other_design,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
    )
