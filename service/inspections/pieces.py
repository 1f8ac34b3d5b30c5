"""Pieces over HTTP, for the hub: any of them found again, and all that is known of one.

GET /v1/pieces?code=12&lot=PO-48     one row a piece, the newest first; by code where one is asked for
GET /v1/pieces/{inspection}          every inspection of its piece, with all decisions and appeals

A piece is named by any of its inspections: that name stays good when it is photographed again.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.service.auth.access import Principal, Staff, TheState
from ubora.service.auth.veiled import dealt_to, refuse_veiled, veiled_from
from ubora.service.http.errors import not_found, problems
from ubora.service.http.schemas import (
    Code,
    Cursor,
    Limit,
    Mark,
    UtcMoment,
    Wire,
    bad_cursor,
    read_cursor,
    write_cursor,
)
from ubora.service.inspections.finding import Place, Wanted, counts, find_pieces
from ubora.service.inspections.said import StoredAppeal, StoredReview, appeal_answer, review_answer
from ubora.service.inspections.veils import answers_for, shown_status
from ubora.service.inspections.wire import InspectionAnswer, Status
from ubora.service.ledger.tables import AcceptedPiece, Inspection, SecondDraw, Waiting

router = APIRouter(tags=["pieces"])
MOST_INSPECTIONS = 100
"""Of one piece that a page shows, the newest."""


class PieceRow(Wire):
    """A piece as a list shows it, by the inspection that counts."""

    id: str
    """Of that inspection."""
    microfactory: str
    design: str
    design_unknown: bool
    """As of an inspection."""
    lot: str | None
    piece: str | None
    received_at: UtcMoment
    status: Status
    release: str
    thumb_url: str


class PieceList(Wire):
    items: list[PieceRow]
    next_cursor: str | None


class Decision(StoredReview):
    inspection: str


class Contest(StoredAppeal):
    inspection: str


class StandsFor(Wire):
    """A design for which photos of the piece stand, or stood."""

    design: str
    inspection: str
    added_by: str
    added_at: UtcMoment
    removed_by: str | None
    removed_at: UtcMoment | None


class PieceAnswer(Wire):
    counts: str
    """The inspection by which the piece counts."""
    waits: bool
    """A person is to look at it."""
    inspections: list[InspectionAnswer]
    """The newest first, MOST_INSPECTIONS at most."""
    decisions: list[Decision]
    """Of all of them, the latest first; the first of an inspection counts."""
    appeals: list[Contest]
    """Likewise."""
    stands_for: list[StandsFor]


@router.get("/v1/pieces", responses=problems(401, 403, 422))
def get_pieces(
    state: TheState,
    who: Staff,
    code: Annotated[Mark | None, Query()] = None,
    lot: Annotated[Mark | None, Query()] = None,
    order: Annotated[Code | None, Query()] = None,
    microfactory: Annotated[Code | None, Query()] = None,
    design: Annotated[Code | None, Query()] = None,
    status: Annotated[Status | None, Query()] = None,
    since: Annotated[UtcMoment | None, Query()] = None,
    until: Annotated[UtcMoment | None, Query()] = None,
    cursor: Annotated[Cursor | None, Query()] = None,
    limit: Annotated[Limit, Query()] = 50,
) -> PieceList:
    """Each piece once. `code` is the beginning of a piece's code; it and `lot` mind no capitals;
    `order` is a lot's id.

    The newest first; with `code` by code. Received from `since` on and before `until`. A piece that waits
    for a second person is found and shown as if nobody had decided it, to whoever may be that person.
    """
    wanted = Wanted(code, lot, microfactory, design, order, status, since, until)
    with state.ledger.read() as session:
        veiled, shown = veiled_from(session, who), shown_status(session, who)
        rows = find_pieces(
            session, wanted, after=_place(wanted, cursor), limit=limit + 1, veiled=veiled, shown=shown
        )
        page = rows[:limit]
        names = [row.id for row in page]
        hers = None if veiled is None else veiled.where(SecondDraw.inspection.in_(names))
        kept_from_her = () if hers is None else session.scalars(hers)
        shown |= dict.fromkeys(kept_from_her, "pending")
    items = [
        PieceRow(
            id=row.id,
            microfactory=row.microfactory,
            design=row.design,
            # What somebody else said of it is kept from whoever is to say hers first.
            design_unknown=row.design_unknown and row.id not in shown,
            lot=row.lot,
            piece=row.piece,
            received_at=row.received_at,
            status=shown.get(row.id, row.status),
            release=row.release,
            thumb_url=f"/v1/inspections/{row.id}/photos/0?width=160",
        )
        for row in page
    ]
    more = len(rows) > limit
    last = (page[-1].piece_sought if wanted.by_code else "", str(page[-1].number)) if more else None
    return PieceList(items=items, next_cursor=write_cursor(*last) if last else None)


@router.get("/v1/pieces/{inspection_id}", responses=problems(401, 403, 404, 409, 422))
def get_piece(inspection_id: UUID, state: TheState, who: Staff) -> PieceAnswer:
    """All of the piece that an inspection is of. 409 `veiled`: she may be the second person to decide it."""
    with state.ledger.read() as session:
        named = session.get(Inspection, str(inspection_id))
        if named is None:
            raise not_found("inspection")
        return _answer(session, named.piece_key, who)


def _place(wanted: Wanted, cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    code, number = read_cursor(cursor, 2)
    if not number.isascii() or not number.isdigit() or len(number) > 18 or bool(code) != wanted.by_code:
        raise bad_cursor()
    return code, int(number)


def _answer(session: Session, key: str, who: Principal) -> PieceAnswer:
    of_piece = Inspection.piece_key == key
    newest = select(Inspection).where(of_piece).order_by(Inspection.number.desc())
    rows = session.scalars(newest.limit(MOST_INSPECTIONS)).all()
    names = [row.id for row in rows]
    for name in names:
        refuse_veiled(session, who, name)
    inspections = answers_for(session, who, rows)
    if not dealt_to(session, who).keys().isdisjoint(names):
        return _as_dealt(session, key, inspections)
    reviews = sorted((one for row in rows for one in row.reviews), key=lambda one: -one.number)
    appeals = sorted((one for row in rows for one in row.appeals), key=lambda one: -one.number)
    stints = session.scalars(
        select(AcceptedPiece).where(AcceptedPiece.inspection.in_(names)).order_by(AcceptedPiece.number.desc())
    ).all()
    waits = select(Waiting.inspection).where(Waiting.inspection.in_(names)).limit(1)
    return PieceAnswer(
        counts=_counting(session, key),
        waits=session.scalar(waits) is not None,
        inspections=inspections,
        decisions=[Decision(**review_answer(one).model_dump(), inspection=one.inspection) for one in reviews],
        appeals=[Contest(**appeal_answer(one).model_dump(), inspection=one.inspection) for one in appeals],
        stands_for=[
            StandsFor(
                design=one.design,
                inspection=one.inspection,
                added_by=one.added_by,
                added_at=one.added_at,
                removed_by=one.removed_by,
                removed_at=one.removed_at,
            )
            for one in stints
        ],
    )


def _as_dealt(session: Session, key: str, inspections: list[InspectionAnswer]) -> PieceAnswer:
    """A known piece, to whom it was dealt: what she said of it, and nothing of what is known."""
    said = [(one.id, one.review) for one in inspections if one.review is not None]
    return PieceAnswer(
        counts=_counting(session, key),
        waits=any(one.status == "pending" for one in inspections),
        inspections=inspections,
        decisions=[Decision(**review.model_dump(), inspection=name) for name, review in said],
        appeals=[],
        stands_for=[],
    )


def _counting(session: Session, key: str) -> str:
    of_piece = Inspection.piece_key == key
    return session.scalars(select(Inspection.id).where(of_piece, counts(Inspection))).one()
