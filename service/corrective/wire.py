"""What a corrective action looks like on the wire, to the hub and to its workshop."""

from typing import Annotated, Literal, get_args

from pydantic import Field

from ubora.service.corrective.course import Side, State, Step
from ubora.service.http.schemas import UtcMoment, Wire

Changed = Literal["tool", "material", "step", "care", "slow", "shown", "help"]
"""What an artisan changed, as a key; `help`: she asks the hub for help."""
CHANGED: tuple[Changed, ...] = get_args(Changed)
Compared = Literal["fewer", "more", "untold"]
"""untold: the difference may be chance."""
Interval = Annotated[list[float], Field(min_length=2, max_length=2)]
"""Wilson, 95 %."""
Box = Annotated[list[float], Field(min_length=4, max_length=4)]
"""x, y, width, height in pixels of the upright photo."""


class StoredStep(Wire):
    id: str
    step: Step
    side: Side
    takes_back: str | None
    """The step that is undone by this one."""
    undone: bool
    note: str
    """As it was written. A workshop reads what it was told and what it said."""
    phrases: list[str]
    """Keys: each reader's app says them in her language."""
    voice_url: str | None
    voice_removed_at: UtcMoment | None
    by: str | None
    """Who at the hub, or whose phone. A workshop is not told who at the hub it was."""
    said_at: UtcMoment | None
    """By the phone, which may have had no network then."""
    at: UtcMoment


class Example(Wire):
    """A piece of the workshop with the defect, as a person confirmed it."""

    inspection: str
    design: str
    material: str
    received_at: UtcMoment
    photo_url: str | None
    """Of the photo with the mark; null where it is no longer kept."""
    width: int
    height: int
    marks: list[Box]


class Share(Wire):
    found: int
    """Pieces on which a person confirmed the defect."""
    of: int
    """Decided pieces."""
    interval: Interval | None


class Effect(Wire):
    """Before her answer, and since. What was chosen because it was often comes less often by itself, too."""

    before: Share
    """Of the last decided pieces that were made before it."""
    after: Share
    """Of those that are watched."""
    came: int
    """Pieces of those that are watched of which there is a photo."""
    by_people: int
    """Of those that are decided: by a person. What the machine passed counts as without the defect."""
    whole: bool
    """All that are to be watched came and are decided."""
    compared: Compared


class ActionAnswer(Wire):
    id: str
    microfactory: str
    defect: str
    inspection: str | None
    """The piece from which it was opened."""
    watch: int
    days: int
    state: State
    change: int
    due_at: UtcMoment | None
    """Until when an answer is expected, while it is waited for."""
    overdue: bool
    may: list[Step]
    """What whoever asks may do next."""
    last: str
    """The step that counts last; who takes the next one names it."""
    steps: list[StoredStep]
    examples: list[Example]
    effect: Effect | None
    """Null before there is an answer."""


class ActionPage(Wire):
    items: list[ActionAnswer]
    next_cursor: str | None
