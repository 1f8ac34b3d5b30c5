"""Designs: what a workshop is asked to make, and how far a hand may stray from it."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field, field_validator, model_validator
from sqlalchemy import select
from sqlalchemy.orm import Session

from datasets.taxonomy import JEWELRY, Stage
from service.access import Anyone, DesignKeeper, TheHouse
from service.errors import problems
from service.schemas import Code, Name, Wire
from service.tables import Design

router = APIRouter(tags=["designs"])


class DesignBody(Wire):
    name: Name
    category: str
    material: str
    stage: Stage
    approved_low: Annotated[int, Field(ge=1, le=5)]
    approved_high: Annotated[int, Field(ge=1, le=5)]
    """Lowest and highest variance level that passes without a person looking, inclusive."""

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


class DesignList(Wire):
    items: list[DesignAnswer]


@router.get("/v1/designs", responses=problems(401))
def get_designs(house: TheHouse, _who: Anyone) -> DesignList:
    with house.ledger.read() as session:
        rows = session.scalars(select(Design).order_by(Design.id)).all()
    return DesignList(items=[design_answer(row) for row in rows])


@router.put(
    "/v1/designs/{design_id}",
    responses={201: {"model": DesignAnswer, "description": "Made"}, **problems(401, 403, 422)},
)
def put_design(
    design_id: Code, body: DesignBody, response: Response, house: TheHouse, _who: DesignKeeper
) -> DesignAnswer:
    """Make or change a design. What was inspected before keeps its verdict."""
    with house.ledger.write() as session:
        created = save_design(session, design_id, body)
    response.status_code = 201 if created else 200
    return DesignAnswer(id=design_id, **body.model_dump())


def save_design(session: Session, design_id: str, body: DesignBody) -> bool:
    """Whether it is new."""
    row = session.get(Design, design_id)
    if row is None:
        session.add(Design(id=design_id, **body.model_dump()))
        return True
    for name, value in body.model_dump().items():
        setattr(row, name, value)
    return False


def design_answer(row: Design) -> DesignAnswer:
    return DesignAnswer.model_validate({name: getattr(row, name) for name in DesignAnswer.model_fields})


def _one_of(value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise ValueError(f"expected one of {', '.join(known)}")
    return value
