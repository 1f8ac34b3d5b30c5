"""The queue over HTTP: what waits, how much, who takes what, and what changed.

GET    /v1/queue                        a page of what waits, by filters
GET    /v1/queue/counts                 how much, in all and by kind
GET    /v1/queue/changes?after=N        what changed since, for a page that asks now and then
GET    /v1/queue/events                 that something changed, as it changes
POST   /v1/queue/claims                 the next that nobody holds, by the same filters
PUT    /v1/queue/claims/{inspection}    a certain one, or hers for as long once more
DELETE /v1/queue/claims[/{inspection}]  given back
"""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from ubora.service.auth.access import Principal, Reviewer, Staff, TheState
from ubora.service.http.errors import problems
from ubora.service.http.server import ENDED_BY
from ubora.service.ledger.clock import last_number
from ubora.service.ledger.tables import Inspection, Waiting
from ubora.service.queue.choosing import (
    changed_rows,
    counted,
    gone_since,
    inspections_of,
    matching,
    place_after,
    place_of,
    waiting_rows,
)
from ubora.service.queue.claims import claim_next, claim_one, give_back
from ubora.service.queue.items import items_of
from ubora.service.queue.live import LONGEST_SECONDS, EventStream, Listeners
from ubora.service.queue.sight import among, dealt_since, not_dealt_to_others, sight_of, visible_to
from ubora.service.queue.wire import (
    ClaimAsked,
    Claims,
    Filters,
    QueueChanges,
    QueueChangesAsked,
    QueueCounts,
    QueuePage,
    QueuePageAsked,
)
from ubora.service.reviews.holds import lease_of
from ubora.service.state import AppState

router = APIRouter(tags=["queue"])
_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}
}


@router.get("/v1/queue", responses=problems(401, 403, 422))
def get_queue(state: TheState, who: Staff, asked: Annotated[QueuePageAsked, Query()]) -> QueuePage:
    """Waiting appeals first, then the lot that waits longest, within it the oldest piece.

    A page repeats or leaves out nothing that waits; what is contested meanwhile goes to the front.
    """
    after = None if asked.cursor is None else place_after(asked.cursor)
    with state.ledger.read() as session:
        change = last_number(session)
        wanted = [*matching(asked, state.ledger.clock()), *visible_to(session, who, asked)]
        rows = waiting_rows(session, wanted, after=after, limit=asked.limit + 1)
        inspections = inspections_of(session, rows[: asked.limit])
    next_cursor = place_of(rows[asked.limit - 1]) if len(rows) > asked.limit else None
    return QueuePage(items=items_of(state, inspections, who), next_cursor=next_cursor, change=change)


@router.get("/v1/queue/counts", responses=problems(401, 403, 422))
def get_counts(state: TheState, who: Staff, asked: Annotated[Filters, Query()]) -> QueueCounts:
    """How many wait, in all, by kind, and how many of them somebody has open."""
    at = state.ledger.clock()
    with state.ledger.read() as session:
        return counted(session, matching(asked, at), sight_of(session, who, asked), lease_of(state), at)


@router.get("/v1/queue/changes", responses=problems(401, 403, 422))
def get_changes(state: TheState, who: Staff, asked: Annotated[QueueChangesAsked, Query()]) -> QueueChanges:
    """What came, changed or went since that `change`, the oldest change first; cheap to ask now and then.

    A lease that is over changes nothing: `until` says when it will be.
    """
    at, after, limit = state.ledger.clock(), asked.after, asked.limit
    with state.ledger.read() as session:
        last = last_number(session)
        reset = not 0 < after <= last
        # One more than is told, to know that there is more.
        mine = not_dealt_to_others(session, who)
        rows = [] if reset else list(changed_rows(session, after, last, limit + 1, mine))
        gone = [] if reset else gone_since(session, after, last, limit + 1)
        filters, sight = matching(asked, at), sight_of(session, who, asked)
        shown = among(session, rows, [*filters, *sight.visible])
        # What waits for a second person is gone for the first, and so is what her filters leave out.
        others = [(row.change, row.inspection) for row in rows if row.inspection not in shown]
        closed = [] if reset else dealt_since(session, who, after, last, limit + 1)
        gone = sorted(gone + others + closed)
        rows = [row for row in rows if row.inspection in shown]
        changes = sorted([row.change for row in rows] + [change for change, _ in gone])
        more = len(changes) > limit
        until = changes[limit - 1] if more else last
        inspections = inspections_of(session, [row for row in rows if row.change <= until])
        counts = counted(session, filters, sight, lease_of(state), at)
    return QueueChanges(
        change=until,
        reset=reset,
        more=more,
        items=items_of(state, inspections, who),
        gone=[name for change, name in gone if change <= until],
        counts=counts,
    )


@router.get(
    "/v1/queue/events",
    response_class=StreamingResponse,
    responses={**_EVENTS, **problems(401, 403, 422, 503)},
)
async def get_events(
    request: Request,
    _who: Staff,
    seconds: Annotated[float, Query(gt=0, le=LONGEST_SECONDS)] = LONGEST_SECONDS,
    everything: bool = False,
) -> EventStream:
    """Server-sent events `queue` with `{"change": N}`: one at once, one for each change, for so many seconds.

    With `everything` also `ledger`, where something else of any piece is another, as one that passed. Then
    the page connects anew. 503 where as many listen as may; /v1/queue/changes tells the same.
    """
    listeners: Listeners = request.app.state.listeners
    one = listeners.enter(everything=everything)
    request.scope[ENDED_BY] = one.end
    return EventStream(listeners, one, seconds)


@router.post("/v1/queue/claims", responses=problems(401, 403, 422))
def post_claims(state: TheState, who: Reviewer, asked: ClaimAsked) -> Claims:
    """The first that nobody else holds, for some minutes hers alone; what else she held is free again."""
    return _claims(state, claim_next(state, asked, who), who)


@router.delete("/v1/queue/claims", status_code=204, responses=problems(401, 403))
def delete_claims(state: TheState, who: Reviewer) -> None:
    """All that she holds is free again."""
    give_back(state, who)


@router.put("/v1/queue/claims/{inspection_id}", responses=problems(401, 403, 404, 409, 422))
def put_claim(inspection_id: UUID, state: TheState, who: Reviewer) -> Claims:
    """This one, or hers for as long once more; what else she holds stays hers.

    409 `held`: somebody else has it open, `held_by` and `until`. 409 `not-waiting`: it was decided meanwhile,
    by that `review`. 409 `own-decision`: the workshop contests her own `review`, and another person decides.
    """
    return _claims(state, claim_one(state, str(inspection_id), who), who)


@router.delete("/v1/queue/claims/{inspection_id}", status_code=204, responses=problems(401, 403, 409, 422))
def delete_claim(inspection_id: UUID, state: TheState, who: Reviewer) -> None:
    """It is free again; also where she held it no longer. 409 `held`: somebody else has it open."""
    give_back(state, who, str(inspection_id))


def _claims(state: AppState, found: Sequence[tuple[Waiting, Inspection]], who: Principal) -> Claims:
    items = items_of(state, found, who)
    return Claims(items=items, until=min((item.held.until for item in items if item.held), default=None))
