"""For the machine that watches: is the process alive, is it ready, what does it count."""

from pathlib import Path
from typing import Literal

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from ubora.service.auth.access import TheState
from ubora.service.http.database_faults import LedgerError
from ubora.service.http.schemas import Wire
from ubora.service.state import AppState

router = APIRouter(tags=["health"])
PATIENCE_MS = 1_000
"""Whoever asks whether it is ready wants an answer, also this one."""


class Alive(Wire):
    status: Literal["alive"] = "alive"


class Part(Wire):
    name: Literal["ledger", "photos", "champion"]
    ready: bool
    detail: str


class Readiness(Wire):
    ready: bool
    parts: list[Part]


@router.get("/health/live")
async def live() -> Alive:
    """Waits for no thread and no ledger: only a process that hangs does not answer."""
    return Alive()


@router.get("/health/ready", responses={503: {"model": Readiness, "description": "A part is not ready"}})
def ready(state: TheState, response: Response) -> Readiness:
    """503 until the ledger and the photo folder can be written and a champion is loaded."""
    parts = [_ledger(state), _photos(state), _champion(state)]
    whole = all(part.ready for part in parts)
    response.status_code = 200 if whole else 503
    return Readiness(ready=whole, parts=parts)


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}, "description": "Prometheus text format"}},
)
def metrics(state: TheState) -> Response:
    return Response(generate_latest(state.metrics.registry), media_type=CONTENT_TYPE_LATEST)


def _ledger(state: AppState) -> Part:
    try:
        state.ledger.check_writable(PATIENCE_MS)
    except LedgerError as error:
        return Part(name="ledger", ready=False, detail=f"not writable: {error.fault}")
    return Part(name="ledger", ready=True, detail="writable")


def _photos(state: AppState) -> Part:
    try:
        state.check_folders()
    except OSError as error:
        gone = f" ({Path(error.filename).name})" if isinstance(error, FileNotFoundError) else ""
        return Part(name="photos", ready=False, detail=f"not writable: {error.strerror}{gone}")
    return Part(name="photos", ready=True, detail="writable")


def _champion(state: AppState) -> Part:
    inspector, fault = state.champion.inspector, state.champion.fault
    if inspector is None:
        return Part(name="champion", ready=False, detail=fault or "not loaded yet")
    detail = f"{inspector.record.name} serves"
    return Part(name="champion", ready=True, detail=f"{detail}; {fault}" if fault else detail)
