"""How strictly lots of a design are sampled: its level and its AQLs, usual ones unless somebody said others.

No critical defect is ever accepted. Major and minor ones are by ISO 2859-1, single sampling; of a lot that
stands alone by a limiting quality, as of ISO 2859-2.
"""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field, field_validator
from sqlalchemy.orm import Session

from ubora.service.auth.access import DesignKeeper, Staff, TheState
from ubora.service.auth.audit import changes, record
from ubora.service.http.errors import not_found, problems
from ubora.service.http.schemas import Code, Wire
from ubora.service.ledger.tables import Design, LotPlan
from ubora.service.statistics.lots.isolated import LIMITING, Procedure
from ubora.service.statistics.plans import Level, aqls

router = APIRouter(tags=["sampling"])
MOST_AQL = 10.0
"""Per cent; beyond it AQLs are defects per hundred pieces, which nobody counts here."""
Aql = Annotated[float, Field(gt=0, le=MOST_AQL)]


class Standard(Wire):
    level: Level = "II"
    aql_major: Aql = 2.5
    """Per cent of pieces whose worst defect is major."""
    aql_minor: Aql = 4.0

    @field_validator("aql_major", "aql_minor")
    @classmethod
    def _is_in_the_table(cls, value: float) -> float:
        known = [aql for aql in aqls() if aql <= MOST_AQL]
        if value not in known:
            raise ValueError(f"expected one of {', '.join(f'{aql:g}' for aql in known)}")
        return value


class Alone(Wire):
    """A lot that stands alone, in no series: by its limiting quality, as of ISO 2859-2."""

    procedure: Procedure = "A"
    """A: both sides take the lot for the only one; B: whoever makes it makes many, of the design's AQLs."""
    limiting_major: float = 8.0
    """Per cent of pieces whose worst defect is major, of which a lot must seldom be accepted."""
    limiting_minor: float = 12.5
    accept: Annotated[int, Field(ge=0, le=10)] = 0
    """Under procedure A, such pieces that a sample may have: more need a larger sample."""

    @field_validator("limiting_major", "limiting_minor")
    @classmethod
    def _is_preferred(cls, value: float) -> float:
        if value not in LIMITING:
            raise ValueError(f"expected one of {', '.join(f'{one:g}' for one in LIMITING)}")
        return value


@router.get("/v1/designs/{design_id}/lot-plan", responses=problems(401, 403, 404, 422))
def get_standard(design_id: Code, state: TheState, _who: Staff) -> Standard:
    with state.ledger.read() as session:
        if session.get(Design, design_id) is None:
            raise not_found(f"design {design_id}")
        return standard_of(session, design_id)


@router.put("/v1/designs/{design_id}/lot-plan", responses=problems(401, 403, 404, 422))
def put_standard(design_id: Code, body: Standard, state: TheState, who: DesignKeeper) -> Standard:
    """For samples that are drawn from now on."""
    with state.ledger.write() as session:
        if session.get(Design, design_id, with_for_update=True) is None:
            raise not_found(f"design {design_id}")
        said: dict[str, Any] = body.model_dump()
        told = changes(standard_of(session, design_id).model_dump(), said)
        row = session.get(LotPlan, design_id)
        if row is None:
            session.add(LotPlan(design=design_id, **said))
        else:
            row.level, row.aql_major, row.aql_minor = body.level, body.aql_major, body.aql_minor
        if told:
            record(session, who, "design-edited", design_id, **told)
    return body


def standard_of(session: Session, design: str) -> Standard:
    row = session.get(LotPlan, design)
    if row is None:
        return Standard()
    return Standard.model_validate(
        {"level": row.level, "aql_major": row.aql_major, "aql_minor": row.aql_minor}
    )
