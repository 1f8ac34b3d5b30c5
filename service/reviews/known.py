"""Pieces of which it is known for certain what is right: marked by who keeps designs, among what was decided.

GET    /v1/known                       which, and how often each was answered
PUT    /v1/known/{inspection}          {"disposition": "reject", "defects": ["crack"]}
DELETE /v1/known/{inspection}          dealt to nobody any more; what was answered stays

Reviewers cannot read this: to them a known piece looks like any other (`dealing`).
"""

from typing import Annotated, cast
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ubora.datasets.taxonomy import JEWELRY
from ubora.service.auth.access import DesignKeeper, TheState
from ubora.service.auth.audit import record
from ubora.service.auth.deciders import person_of
from ubora.service.auth.veiled import refuse_veiled
from ubora.service.http.errors import Problem, not_found, problems
from ubora.service.http.schemas import Cursor, Limit, UtcMoment, Wire, read_cursor, write_cursor
from ubora.service.inspections.said import STATUS_OF_DISPOSITION, Disposition
from ubora.service.ledger.clock import now
from ubora.service.ledger.tables import Inspection, KnownDeal, KnownPiece, Waiting

router = APIRouter(tags=["agreement"])


class KnownBody(Wire):
    """What is right."""

    disposition: Disposition
    defects: Annotated[tuple[Annotated[str, Field(max_length=32)], ...], Field(max_length=20)] = ()
    """Classes of defect that it has, all of them."""


class KnownAnswer(KnownBody):
    inspection: str
    marked_by: str
    marked_at: UtcMoment
    withdrawn_at: UtcMoment | None
    answered: int
    """By so many people."""


class KnownPage(Wire):
    items: list[KnownAnswer]
    next_cursor: str | None


@router.get("/v1/known", responses=problems(401, 403, 422))
def get_known(
    state: TheState,
    _who: DesignKeeper,
    cursor: Annotated[Cursor | None, Query()] = None,
    limit: Annotated[Limit, Query()] = 50,
) -> KnownPage:
    """By the ids of their inspections."""
    after = "" if cursor is None else read_cursor(cursor, 1)[0]
    query = select(KnownPiece).where(KnownPiece.inspection > after).order_by(KnownPiece.inspection)
    with state.ledger.read() as session:
        rows = session.scalars(query.limit(limit + 1)).all()
        items = [_answer(session, row) for row in rows[:limit]]
    more = len(rows) > limit
    return KnownPage(items=items, next_cursor=write_cursor(items[-1].inspection) if more else None)


@router.put("/v1/known/{inspection_id}", responses=problems(401, 403, 404, 409, 422))
def put_known(inspection_id: UUID, body: KnownBody, state: TheState, who: DesignKeeper) -> KnownAnswer:
    """Marked, or marked otherwise. 409 `not-decided`: people have not decided it, or it was contested."""
    _check_names(body)
    with state.ledger.write() as session:
        refuse_veiled(session, who, str(inspection_id))
        row = session.get(Inspection, str(inspection_id), with_for_update=True)
        if row is None:
            raise not_found("inspection")
        _check_decided(session, row)
        known = session.get(KnownPiece, row.id) or KnownPiece(inspection=row.id)
        known.disposition, known.defects = body.disposition, sorted(set(body.defects))
        known.marked_by, known.person = who.label, person_of(session, who)
        known.marked_at, known.withdrawn_at = now(session), None
        session.add(known)
        facts = {"disposition": body.disposition, "defects": ", ".join(known.defects)}
        record(session, who, "known-marked", row.id, microfactory=row.microfactory, **facts)
        session.flush()
        return _answer(session, known)


@router.delete("/v1/known/{inspection_id}", status_code=204, responses=problems(401, 403, 404, 422))
def delete_known(inspection_id: UUID, state: TheState, who: DesignKeeper) -> None:
    """Also where it was withdrawn already."""
    with state.ledger.write() as session:
        known = session.get(KnownPiece, str(inspection_id), with_for_update=True)
        if known is None:
            raise not_found("known piece")
        if known.withdrawn_at is None:
            known.withdrawn_at = now(session)
            record(session, who, "known-withdrawn", known.inspection)


def _check_names(body: KnownBody) -> None:
    strange = sorted(set(body.defects) - set(JEWELRY.defects))
    if strange:
        detail = (
            f"unknown defects {', '.join(strange)}; expected some of {', '.join(sorted(JEWELRY.defects))}"
        )
        raise Problem(422, "correction", "The correction does not fit", detail)


def _check_decided(session: Session, row: Inspection) -> None:
    waiting = session.get(Waiting, row.id)
    found = f"it is {row.status}" + (", and was contested" if row.appeals else "")
    if waiting is not None and waiting.only is None:
        found = "it waits for a person"
    elif row.status in STATUS_OF_DISPOSITION.values() and not row.appeals and row.verdict != "retake":
        return
    detail = f"found that {found}; expected a piece that people decided and nobody contested, of good photos"
    raise Problem(409, "not-decided", "It is not decided", detail)


def _answer(session: Session, row: KnownPiece) -> KnownAnswer:
    answered = select(func.count()).where(
        KnownDeal.inspection == row.inspection, KnownDeal.outcome == "answered"
    )
    return KnownAnswer(
        inspection=row.inspection,
        disposition=cast(Disposition, row.disposition),
        defects=tuple(row.defects),
        marked_by=row.marked_by,
        marked_at=row.marked_at,
        withdrawn_at=row.withdrawn_at,
        answered=session.scalar(answered) or 0,
    )
