"""Everything of a workshop's own as one ZIP, made while it is sent: nothing of it is held in memory.

GET  /v1/microfactories/{id}/archive          by its own token, or an admin's
POST /v1/microfactories/{id}/archive-link     for a phone: an address that a browser downloads by itself

about.json, orders.json, consents.json    what it is, what was ordered, what was said of the photos' use
corrective.json                           defects that were followed: what it was told, and what it answered
pieces.json, pieces.csv                   each inspection: verdict, reviews, appeals, and its files' names
photos/, voices/                          as they are stored
missing.json                              only where files are gone that the ledger knows

Who reviewed is a role, never a name. A download that broke off is begun again: without its end it is no ZIP.
"""

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from ubora.service.auth.access import Anyone, Principal, TheState, the_state, who_asks
from ubora.service.auth.audit import record
from ubora.service.auth.tickets import holder_of, new_ticket
from ubora.service.http.errors import Problem, not_found, problems
from ubora.service.http.observe import log_event
from ubora.service.http.schemas import Code, UtcMoment, Wire
from ubora.service.ledger.tables import Microfactory
from ubora.service.ownership.archive_files import archive_of
from ubora.service.state import AppState

router = APIRouter(tags=["archive"])
_BEARER = HTTPBearer(auto_error=False)


class ArchiveLink(Wire):
    url: str
    until: UtcMoment
    """A download that breaks off may be begun again with the same address until then."""


def _who_downloads(
    request: Request,
    microfactory_id: Code,
    state: Annotated[AppState, Depends(the_state)],
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    ticket: Annotated[str | None, Query(max_length=200)] = None,
) -> Principal:
    """Who holds the token or the log-in; or the link, which stands for the token that it was made with."""
    if ticket is None:
        return who_asks(request, state, given)
    with state.ledger.read() as session:
        who = holder_of(session, ticket, microfactory_id, state.ledger.clock())
    if who is None:
        detail = (
            "expected a link that POST …/archive-link made within the hour, of a phone that is not revoked"
        )
        raise Problem(401, "no-token", "Who is asking?", detail)
    return who


@router.get(
    "/v1/microfactories/{microfactory_id}/archive",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/zip": {}}}, **problems(401, 403, 404, 422)},
)
def get_archive(
    microfactory_id: Code, state: TheState, who: Annotated[Principal, Depends(_who_downloads)]
) -> StreamingResponse:
    """Photos as stored, voice notes, pieces with verdicts, reviews and appeals, orders, consents."""
    name = _own(state, who, microfactory_id)
    with state.ledger.write() as session:
        record(session, who, "archive-taken", microfactory_id, role=who.role)
    log_event("archive", microfactory=microfactory_id)
    day = state.ledger.today().isoformat()
    disposition = f'attachment; filename="ubora-{microfactory_id}-{day}.zip"'
    chunks: Iterator[bytes] = archive_of(state, microfactory_id, name)
    return StreamingResponse(
        chunks, media_type="application/zip", headers={"Content-Disposition": disposition}
    )


@router.post(
    "/v1/microfactories/{microfactory_id}/archive-link",
    status_code=201,
    responses=problems(401, 403, 404, 422),
)
def make_archive_link(microfactory_id: Code, state: TheState, who: Anyone) -> ArchiveLink:
    """For a phone, which cannot send its token with a download. Good for an hour."""
    _own(state, who, microfactory_id)
    if who.role != "artisan":
        detail = f"this is for a workshop's phones; the token is of role {who.role}"
        raise Problem(403, "not-your-role", "Not for this role", detail)
    with state.ledger.read() as session:
        ticket, until = new_ticket(session, who, microfactory_id, state.ledger.clock())
    return ArchiveLink(url=f"/v1/microfactories/{microfactory_id}/archive?ticket={ticket}", until=until)


def _own(state: AppState, who: Principal, microfactory_id: str) -> str:
    """The workshop's name.

    Raises:
        Problem: 404, there is none, or it is another one; 403, a role that has no use for it.
    """
    with state.ledger.read() as session:
        row = session.get(Microfactory, microfactory_id)
    if row is None or not who.may_see(microfactory_id):
        raise not_found(f"microfactory {microfactory_id}")
    if who.role not in ("artisan", "admin"):
        detail = f"this is for the workshop itself and admin; the token is of role {who.role}"
        raise Problem(403, "not-your-role", "Not for this role", detail)
    return row.name
