"""Accepted pieces that stand for their design, so that the next piece is compared with them too.

PUT    /v1/designs/{id}/accepted/{inspection}            let its photos stand
DELETE …                                                 take them away again
GET    …                                                 does it stand, may it?
GET    …/verdicts                                        what was judged while it stood
GET    /v1/designs/{id}/accepted                         all of them, also those that left

For staff alone: they name workshops. A phone sees the photos as the design's, without whose they are.
"""

from collections.abc import Sequence
from typing import Annotated, cast
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from ubora.datasets.taxonomy import View
from ubora.service.auth.access import DesignKeeper, Staff, TheState
from ubora.service.auth.veiled import dealt_to, refuse_veiled, veiled_from
from ubora.service.designs.eligible import Condition, unmet
from ubora.service.designs.standing import TAKEN_AWAY, join, leave, locked_design
from ubora.service.http.errors import not_found, problems
from ubora.service.http.schemas import Code, Cursor, Limit, UtcMoment, Wire, number_of_cursor, write_cursor
from ubora.service.ledger.tables import AcceptedPiece, Answer, Design, Inspection

router = APIRouter(tags=["designs"])
MOST_NAMED = 20
"""Inspections that a list names of each piece; the route of its verdicts has all."""


class Added(Wire):
    by: str
    at: UtcMoment
    version: int
    """Of what stands for the design: the first with it."""


class Removed(Wire):
    by: str
    """Who took it away, or whose act made it leave."""
    at: UtcMoment
    version: int
    """The first without it."""
    why: str
    """`taken-away`, or the condition that did not hold any more."""
    detail: str | None
    """What was found and what is expected; none where somebody took it away."""


class MadeWith(Wire):
    """Verdicts that were made beside the design's samples while it stood, also on what turned out another."""

    count: int
    latest: list[str]
    """The newest inspections, MOST_NAMED at most."""


class AcceptedPieceAnswer(Wire):
    inspection: str
    microfactory: str
    photos: list[str]
    """URLs."""
    views: list[View]
    """Of the same photos."""
    added: Added
    removed: Removed | None
    """None while it stands."""
    verdicts: MadeWith


class AcceptedPieceList(Wire):
    version: int
    """Of what stands for the design now."""
    items: list[AcceptedPieceAnswer]
    next_cursor: str | None


class UnmetCondition(Wire):
    condition: Condition
    found: str
    expected: str


class AcceptedPieceState(Wire):
    piece: AcceptedPieceAnswer | None
    """As it was added last; none where it never was."""
    stands: bool
    unmet: list[UnmetCondition]
    """What keeps it from standing; empty where it may, or does."""


class VerdictPage(Wire):
    items: list[str]
    """Inspections."""
    next_cursor: str | None


@router.get("/v1/designs/{design_id}/accepted", responses=problems(401, 403, 404, 422))
def get_accepted_pieces(
    design_id: Code,
    state: TheState,
    who: Staff,
    cursor: Annotated[Cursor | None, Query()] = None,
    limit: Annotated[Limit, Query()] = 50,
) -> AcceptedPieceList:
    """The newest first, also those that left; one that was added twice is there twice.

    Without what is veiled from whoever asks.
    """
    query = select(AcceptedPiece).where(AcceptedPiece.design == design_id)
    if cursor is not None:
        query = query.where(AcceptedPiece.number < number_of_cursor(cursor))
    with state.ledger.read() as session:
        design = _known(session, design_id)
        veiled = veiled_from(session, who)
        if veiled is not None:
            query = query.where(AcceptedPiece.inspection.not_in(veiled))
        rows = session.scalars(query.order_by(AcceptedPiece.number.desc()).limit(limit + 1)).all()
        items = [_answer(session, row) for row in rows[:limit]]
    more = len(rows) > limit
    return AcceptedPieceList(
        version=design.approved_version,
        items=items,
        next_cursor=write_cursor(str(rows[limit - 1].number)) if more else None,
    )


@router.get("/v1/designs/{design_id}/accepted/{inspection_id}", responses=problems(401, 403, 404, 409, 422))
def get_accepted_piece(
    design_id: Code, inspection_id: UUID, state: TheState, who: Staff
) -> AcceptedPieceState:
    """Whether an inspection's photos stand for the design, and what keeps them from it.

    409 `veiled`: it waits for a second person, who could be whoever asks.
    """
    with state.ledger.read() as session:
        refuse_veiled(session, who, str(inspection_id))
        design = _known(session, design_id)
        row = session.get(Inspection, str(inspection_id))
        if row is None:
            raise not_found("inspection")
        last = next(iter(_stints(session, design_id, inspection_id)), None)
        deal = dealt_to(session, who).get(row.id)
        as_if = None
        if deal is not None:
            as_if = session.scalars(select(Answer).where(Answer.id == deal.answer)).all()
        faults = unmet(session, design, row, as_if)
        return AcceptedPieceState(
            piece=None if last is None else _answer(session, last),
            stands=last is not None and last.until_version is None,
            unmet=[UnmetCondition(**vars(fault)) for fault in faults],
        )


@router.get(
    "/v1/designs/{design_id}/accepted/{inspection_id}/verdicts", responses=problems(401, 403, 404, 422)
)
def get_verdicts(
    design_id: Code,
    inspection_id: UUID,
    state: TheState,
    _who: Staff,
    cursor: Annotated[Cursor | None, Query()] = None,
    limit: Annotated[Limit, Query()] = 50,
) -> VerdictPage:
    """What was judged while it stood, the newest first: what to look at again if it should not have."""
    before = None if cursor is None else number_of_cursor(cursor)
    with state.ledger.read() as session:
        stints = _stints(session, design_id, inspection_id)
        if not stints:
            raise not_found("accepted piece")
        query = select(Inspection.id, Inspection.number).where(or_(*map(_made_with, stints)))
        if before is not None:
            query = query.where(Inspection.number < before)
        rows = session.execute(query.order_by(Inspection.number.desc()).limit(limit + 1)).all()
    return VerdictPage(
        items=[row.id for row in rows[:limit]],
        next_cursor=write_cursor(str(rows[limit - 1].number)) if len(rows) > limit else None,
    )


@router.put(
    "/v1/designs/{design_id}/accepted/{inspection_id}",
    status_code=201,
    responses={
        200: {"model": AcceptedPieceAnswer, "description": "It stands already"},
        **problems(401, 403, 404, 409, 422),
    },
)
def put_accepted_piece(
    design_id: Code, inspection_id: UUID, response: Response, state: TheState, who: DesignKeeper
) -> AcceptedPieceAnswer:
    """Let an accepted piece's photos stand for the design. What was inspected before keeps its verdict.

    409 `not-eligible`: its `unmet` has every condition that is not met. 409 `enough-of-a-workshop` and
    `enough-photos`: another piece is to be taken away first.
    """
    with state.ledger.write() as session:
        refuse_veiled(session, who, str(inspection_id))
        row = session.get(Inspection, str(inspection_id), with_for_update=True)
        design = locked_design(session, design_id)
        if design is None:
            raise not_found(f"design {design_id}")
        if row is None:
            raise not_found("inspection")
        piece = _standing(session, design_id, inspection_id)
        if piece is None:
            piece = join(session, who, design, row)
        else:
            response.status_code = 200
        return _answer(session, piece)


@router.delete(
    "/v1/designs/{design_id}/accepted/{inspection_id}",
    status_code=204,
    responses=problems(401, 403, 404, 422),
)
def delete_accepted_piece(design_id: Code, inspection_id: UUID, state: TheState, who: DesignKeeper) -> None:
    """The next piece is compared without it. That it stood, and what was judged then, stays on record."""
    with state.ledger.write() as session:
        session.get(Inspection, str(inspection_id), with_for_update=True)
        design = locked_design(session, design_id)
        if design is None or not _stints(session, design_id, inspection_id):
            raise not_found("accepted piece")
        piece = _standing(session, design_id, inspection_id)
        if piece is not None:
            leave(session, who, design, piece, TAKEN_AWAY, None)


def _stints(session: Session, design_id: str, inspection_id: UUID) -> Sequence[AcceptedPiece]:
    """Every time that it was added, the last first."""
    return session.scalars(
        select(AcceptedPiece)
        .where(AcceptedPiece.design == design_id, AcceptedPiece.inspection == str(inspection_id))
        .order_by(AcceptedPiece.number.desc())
    ).all()


def _standing(session: Session, design_id: str, inspection_id: UUID) -> AcceptedPiece | None:
    last = next(iter(_stints(session, design_id, inspection_id)), None)
    return None if last is None or last.until_version is not None else last


def _made_with(piece: AcceptedPiece) -> ColumnElement[bool]:
    """Whether an inspection was judged while it stood."""
    made = and_(Inspection.judged_as == piece.design, Inspection.approved_version >= piece.since_version)
    if piece.until_version is None:
        return made
    return and_(made, Inspection.approved_version < piece.until_version)


def _answer(session: Session, piece: AcceptedPiece) -> AcceptedPieceAnswer:
    row = session.get_one(Inspection, piece.inspection)
    made = _made_with(piece)
    latest = select(Inspection.id).where(made).order_by(Inspection.number.desc()).limit(MOST_NAMED)
    return AcceptedPieceAnswer(
        inspection=row.id,
        microfactory=row.microfactory,
        photos=[f"/v1/inspections/{row.id}/photos/{photo.index}" for photo in row.photos],
        views=[cast(View, photo.view) for photo in row.photos],
        added=Added(by=piece.added_by, at=piece.added_at, version=piece.since_version),
        removed=_removed(piece),
        verdicts=MadeWith(
            count=session.scalar(select(func.count(Inspection.id)).where(made)) or 0,
            latest=list(session.scalars(latest)),
        ),
    )


def _removed(piece: AcceptedPiece) -> Removed | None:
    if piece.until_version is None:
        return None
    assert piece.removed_by is not None
    assert piece.removed_at is not None
    assert piece.removed_why is not None
    return Removed(
        by=piece.removed_by,
        at=piece.removed_at,
        version=piece.until_version,
        why=piece.removed_why,
        detail=piece.removed_detail,
    )


def _known(session: Session, design_id: str) -> Design:
    design = session.get(Design, design_id)
    if design is None:
        raise not_found(f"design {design_id}")
    return design
