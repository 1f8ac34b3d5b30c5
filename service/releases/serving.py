"""What is known of the release that serves."""

from fastapi import APIRouter

from ubora.service.auth.access import Anyone, TheState
from ubora.service.http.errors import problems
from ubora.service.http.schemas import Wire
from ubora.service.inference.policies import judging

router = APIRouter(tags=["release"])


class Release(Wire):
    """What serves at the moment."""

    name: str
    version: str
    created_at: str
    defects: tuple[str, ...]
    severities: tuple[str, ...]
    """Of each class, in the order of `defects`."""
    thresholds: tuple[float, ...]
    """In force: the release's own, or those that people set over them."""
    policy: int | None
    """The number of what people set; null: nothing."""
    input_size: int
    promise: str
    certifiable: bool


@router.get("/v1/release", responses=problems(401, 503))
def read_release(state: TheState, _who: Anyone) -> Release:
    inspector, policy = judging(state.ledger, state.champion.serving())
    record = inspector.record
    return Release(
        name=record.name,
        version=record.version,
        created_at=record.created_at,
        defects=record.class_names(),
        severities=tuple(defect.severity for defect in record.defects),
        thresholds=tuple(defect.threshold for defect in record.defects),
        policy=policy,
        input_size=record.input.size,
        promise=record.calibration.sentence,
        certifiable=record.calibration.certifiable,
    )
