"""Designs: what a workshop is asked to make, and how far a hand may stray."""

from typing import Annotated, Any, cast

from fastapi import APIRouter, Response
from pydantic import Field, field_validator, model_validator
from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.datasets.taxonomy import JEWELRY, Stage, View
from ubora.service.auth.access import Anyone, DesignKeeper, TheState
from ubora.service.auth.audit import Action, changes, record
from ubora.service.designs.contexts import WantedViews
from ubora.service.designs.standing import leave_unfit, locked_design
from ubora.service.http.errors import not_found, problems
from ubora.service.http.schemas import Code, Name, Wire
from ubora.service.ledger.tables import Design

router = APIRouter(tags=["designs"])


class DesignBody(Wire):
    name: Name
    category: str
    material: str
    stage: Stage
    approved_low: Annotated[int, Field(ge=1, le=5)]
    approved_high: Annotated[int, Field(ge=1, le=5)]
    """Lowest and highest variance level that passes without a person looking, inclusive."""
    views: WantedViews = ("front",)
    """What a new lot of it begins with."""

    @field_validator("category")
    @classmethod
    def _category_is_known(cls, value: str) -> str:
        return _one_of(value, JEWELRY.categories)

    @field_validator("material")
    @classmethod
    def _material_is_known(cls, value: str) -> str:
        return _one_of(value, JEWELRY.materials)

    @model_validator(mode="after")
    def _range_is_not_empty(self) -> "DesignBody":
        if self.approved_low > self.approved_high:
            raise ValueError(f"expected low ≤ high, found {self.approved_low} to {self.approved_high}")
        return self


class DesignAnswer(DesignBody):
    id: str
    approved_photos: list[str]
    """URLs of the photos that stand for it; none yet is empty."""
    approved_views: list[View | None]
    """Of the same photos; null where nobody said."""


class DesignList(Wire):
    items: list[DesignAnswer]


@router.get("/v1/designs", responses=problems(401))
def get_designs(state: TheState, _who: Anyone) -> DesignList:
    with state.ledger.read() as session:
        rows = session.scalars(select(Design).order_by(Design.id)).all()
    return DesignList(items=[design_answer(row) for row in rows])


@router.put(
    "/v1/designs/{design_id}",
    responses={201: {"model": DesignAnswer, "description": "Made"}, **problems(401, 403, 422)},
)
def put_design(
    design_id: Code, body: DesignBody, response: Response, state: TheState, who: DesignKeeper
) -> DesignAnswer:
    """Make or change a design. What was inspected before keeps its verdict."""
    with state.ledger.write() as session:
        row = locked_design(session, design_id)
        told = changes(None if row is None else _said(row), body.model_dump())
        created = save_design(session, design_id, body)
        if told:
            action: Action = "design-made" if created else "design-edited"
            record(session, who, action, design_id, **{"name": body.name} | told)
        if row is not None:
            # Its range may be narrower now.
            leave_unfit(session, who, row)
        answer = design_answer(existing_design(session, design_id))
    response.status_code = 201 if created else 200
    return answer


def save_design(session: Session, design_id: str, body: DesignBody) -> bool:
    """Whether it is new."""
    row = session.get(Design, design_id)
    if row is None:
        session.add(Design(id=design_id, **_kept(body)))
        return True
    for name, value in _kept(body).items():
        setattr(row, name, value)
    return False


def _kept(body: DesignBody) -> dict[str, Any]:
    """As a row has it."""
    return body.model_dump() | {"views": list(body.views)}


def design_answer(row: Design) -> DesignAnswer:
    urls = [f"/v1/designs/{row.id}/approved/{photo.stored_sha256}" for photo in row.approved]
    views = [cast(View | None, photo.view) for photo in row.approved]
    return DesignAnswer(id=row.id, **_said(row), approved_photos=urls, approved_views=views)


def _said(row: Design) -> dict[str, Any]:
    """What somebody said of it, as `DesignBody` does."""
    own = {name: getattr(row, name) for name in DesignBody.model_fields}
    return own | {"views": tuple(row.views)}


def existing_design(session: Session, design_id: str) -> Design:
    """Raises Problem: 404, there is none."""
    row = session.get(Design, design_id)
    if row is None:
        raise not_found(f"design {design_id}")
    return row


def _one_of(value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise ValueError(f"expected one of {', '.join(known)}")
    return value
