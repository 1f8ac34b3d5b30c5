"""A release becomes champion, or the champion before returns: what `ubora model promote` and `rollback` do.

POST /v1/releases/{name}/promotion  {"seen": "ubora-2026.12", "why": "…", "comparison": {…}}
POST /v1/release-rollback          {"seen": "ubora-2026.12", "why": "…"}

The same gates in the same words. It stands in the record with who asked; the service follows the champion as
it does when a shell changes it.
"""

import json
import threading
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from ubora.models.bundle import BundleError
from ubora.models.registry.comparison import Comparison, comparison_of
from ubora.models.registry.gates import GateError
from ubora.models.registry.promotion import CheckedChange, checked_promotion, checked_rollback
from ubora.models.registry.releases import Alias, read_aliases
from ubora.service.auth.access import DesignKeeper, Principal, TheState
from ubora.service.auth.audit import Action, record
from ubora.service.http.errors import Problem, problems
from ubora.service.http.schemas import Code, Wire
from ubora.service.releases.kept import bad_release
from ubora.service.state import AppState

router = APIRouter(tags=["release"])
Why = Annotated[str, Field(min_length=3, max_length=500)]
_ONE_AT_A_TIME = threading.Lock()
"""Verifying a release takes its memory twice; two at once need not be."""


class Promotion(Wire):
    alias: Alias = "champion"
    seen: str | None
    """What the alias pointed at when this was decided."""
    why: Why
    """Kept in the record and in the history of releases."""
    comparison: dict[str, Any] | None = None
    """What `ubora train compare CHAMPION RELEASE DATASET --json FILE` wrote."""
    force: bool = False
    """Past failed gates; the history keeps which, and why."""


class Rollback(Wire):
    seen: str | None
    """The champion when this was decided."""
    why: Why


class AliasNow(Wire):
    alias: str
    release: str
    before: str | None
    failed_gates: list[str]
    """What a forced promotion went past."""


@router.post("/v1/release-rollback", responses=problems(401, 403, 409, 422))
def roll_back(body: Rollback, state: TheState, who: DesignKeeper) -> AliasNow:
    """The champion before is champion again, verified in full."""
    with _ONE_AT_A_TIME:
        folder = state.settings.releases
        _check_seen(folder, "champion", body.seen)
        try:
            checked = checked_rollback(folder, why=body.why, trusted=state.trusted)
        except BundleError as error:
            raise bad_release(error) from None
        return _made(state, who, checked, "release-rolled-back")


@router.post("/v1/releases/{name}/promotion", responses=problems(401, 403, 409, 422))
def promote_release(name: Code, body: Promotion, state: TheState, who: DesignKeeper) -> AliasNow:
    """Verified in full and held to the gates, alone and against the champion.

    409 `gates`: it failed one, in the words of the command. 409 `release-unseen`: the alias points at another
    than was seen. 409 `release`: it cannot be used.
    """
    with _ONE_AT_A_TIME:
        folder = state.settings.releases
        _check_seen(folder, body.alias, body.seen)
        try:
            checked = checked_promotion(
                folder,
                name,
                alias=body.alias,
                why=body.why,
                comparison=_comparison(body.comparison),
                force=body.force,
                trusted=state.trusted,
            )
        except GateError as error:
            raise Problem(409, "gates", "It does not pass its gates", str(error)) from None
        except BundleError as error:
            raise bad_release(error) from None
        return _made(state, who, checked, "release-promoted")


def _made(state: AppState, who: Principal, checked: CheckedChange, action: Action) -> AliasNow:
    """Written and recorded, both or neither: the record first, and the file before it is committed."""
    change = checked.change
    facts = {"alias": change.alias, "release_was": change.before or "", "why": change.why}
    forced = {"forced_past": "; ".join(change.failed_gates)} if change.failed_gates else {}
    with state.ledger.write() as session:
        record(session, who, action, change.release, release=change.release, **facts, **forced)
        session.flush()
        try:
            checked.write()
        except BundleError as error:
            raise bad_release(error) from None
    # At once where that works; the poll sees it a moment later all the same.
    with suppress(OSError):
        state.champion.refresh()
    return AliasNow(
        alias=change.alias,
        release=change.release,
        before=change.before,
        failed_gates=list(change.failed_gates),
    )


def _comparison(sent: dict[str, Any] | None) -> Comparison | None:
    return None if sent is None else comparison_of(json.dumps(sent).encode(), "the comparison")


def _check_seen(folder: Path, alias: Alias, seen: str | None) -> None:
    try:
        now = getattr(read_aliases(folder), alias)
    except BundleError as error:
        raise bad_release(error) from None
    if now != seen:
        detail = f"the {alias} is {now or 'none'} now, and was {seen or 'none'} when this was decided"
        raise Problem(409, "release-unseen", "Another release by now", detail, members={"now": now})
