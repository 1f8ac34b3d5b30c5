"""What is asked of the queue, and what it answers."""

from typing import Annotated, Literal, get_args
from uuid import UUID

from pydantic import Field

from ubora.service.http.schemas import MOST_NUMBER, Code, Cursor, Limit, Mark, UtcMoment, Wire
from ubora.service.inspections.said import StoredReview
from ubora.service.inspections.wire import InspectionAnswer
from ubora.service.ledger.waiting import KINDS
from ubora.service.reviews.handovers import HandedOver

Kind = Literal[
    "appeal",
    "to_person",
    "flagged",
    "audit",
    "seen_before",
    "unsure",
    "second",
    "disagreed",
    "lot",
    "other_design",
]
Reason = Literal["defect", "design", "variance"]
MOST_CLAIMED = 3
"""The piece that is decided, and two more whose photos are fetched meanwhile."""
MOST_SKIPPED = 50
SMALL_PHOTO = "photos/0?width=320"


class Filters(Wire):
    """What of the queue is meant; what is left out is any."""

    microfactory: Code | None = None
    design: Code | None = None
    lot: Mark | None = None
    code: Mark | None = None
    """How a piece's or a lot's code begins; capitals count for nothing."""
    kind: Annotated[tuple[Kind, ...], Field(max_length=10)] = ()
    """Any of these: contested, sent to a person as its photo did not come out, flagged, drawn for a look, its
    photo was seen before, somebody who was not sure handed it over, it was decided and drawn for a second
    person, two people said different things of it, every piece of its lot is looked at, or it is of another
    design than it was judged as."""
    reason: Annotated[tuple[Reason, ...], Field(max_length=3)] = ()
    """Any of these: a defect was found, it looks unlike its design, or its variance is not approved."""
    defect: Annotated[str | None, Field(max_length=32)] = None
    """A class of defect that was found."""
    least_score: Annotated[float | None, Field(ge=0, le=1)] = None
    older_hours: Annotated[float | None, Field(ge=0, le=1_000_000)] = None
    """Received so long ago or longer."""


class QueuePageAsked(Filters):
    cursor: Cursor | None = None
    limit: Limit = 50


class QueueChangesAsked(Filters):
    after: Annotated[int, Field(ge=0, le=MOST_NUMBER)]
    limit: Limit = 100


class ClaimAsked(Filters):
    count: Annotated[int, Field(ge=1, le=MOST_CLAIMED)] = 1
    skip: Annotated[tuple[UUID, ...], Field(max_length=MOST_SKIPPED)] = ()
    """Not these, which she does not want to decide now."""


class Held(Wire):
    by: str
    """Her name."""
    mine: bool
    """Whoever asks holds it, here or where else she is logged in."""
    until: UtcMoment


class QueueItem(Wire):
    kinds: list[Kind]
    """Why it waits, the most urgent first."""
    score: float | None
    """The greatest of any class on any photo, 0–1; null where the inspection is veiled."""
    thumb_url: str | None
    """Of its first photo, 320 pixels a side at most; null where that is not kept."""
    held: Held | None
    """Null: nobody has it open."""
    handed: list[HandedOver]
    """By whom it was handed over since it was last decided, the first one first."""
    second: StoredReview | None
    """Where two said different things: what the second one said, who saw nothing of the first's `review`."""
    change: int
    """Of when this item last changed."""
    inspection: InspectionAnswer


class QueuePage(Wire):
    items: list[QueueItem]
    next_cursor: str | None
    change: int
    """Of what is shown here; `after` of /v1/queue/changes takes it."""


class QueueCounts(Wire):
    waiting: int
    held: int
    """Of these, by anybody."""
    kinds: dict[Kind, int]
    """A piece that waits for two reasons counts under both."""


class QueueChanges(Wire):
    change: int
    """To be asked after next."""
    reset: bool
    """This ledger never gave the number that was asked after: ask for the list anew."""
    more: bool
    """There is more already: ask again at once."""
    items: list[QueueItem]
    """That came, or changed, as they are now, of what the filters let through."""
    gone: list[str]
    """Inspections that do not wait any more, or never did, or that the filters leave out now: whoever shows
    one of them shows it no longer."""
    counts: QueueCounts
    """By the same filters."""


class Claims(Wire):
    items: list[QueueItem]
    """Held by whoever asked, the first to be decided first; empty where nothing is free."""
    until: UtcMoment | None
    """By when they are to be decided, or asked for again; null where there are none."""


def kinds_of(bits: int) -> list[Kind]:
    return [kind for kind in get_args(Kind) if bits & KINDS[kind]]
