"""The JSON beside photos that says what they are; their routes read it themselves, and it is checked here.

context = read_context(InspectionContext, upload.context or b"", "context")
views = view_of_each(context.views, len(upload.photos), "front")
"""

from typing import Annotated, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationError

from ubora.datasets.taxonomy import View
from ubora.service.http.errors import Problem, first_faults

Read = TypeVar("Read", bound=BaseModel)
Said = TypeVar("Said")
_VIEWS = get_args(View)
_MOST_SHOWN = 40
"""Letters of what was sent instead of a view."""


def _is_a_view(found: object) -> object:
    if found not in _VIEWS:
        raise ValueError(f"expected {', '.join(_VIEWS[:-1])} or {_VIEWS[-1]}, found {found!r:.{_MOST_SHOWN}}")
    return found


def _once_each(found: tuple[View, ...]) -> tuple[View, ...]:
    if len(set(found)) < len(found):
        raise ValueError("expected each view once")
    return found


NamedView = Annotated[View, BeforeValidator(_is_a_view)]
WantedViews = Annotated[tuple[View, ...], Field(min_length=1, max_length=6), AfterValidator(_once_each)]
"""Of each piece, in the order in which the phone asks for them."""


def read_context(kind: type[Read], body: bytes, where: str = "") -> Read:
    """JSON in a body that the framework does not read for us.

    Args:
        where: the part that it came in.

    Raises:
        Problem: 422, it is none, or not of that kind.
    """
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        faults = first_faults(list(error.errors(include_url=False)))
        named = [(".".join(filter(None, (where, fault["where"]))), fault["what"]) for fault in faults[:3]]
        detail = "; ".join(f"{place}: {what}" for place, what in named)
        raise Problem(422, "context", "The context is wrong", detail, members={"faults": faults}) from None


def view_of_each(views: tuple[Said, ...] | None, photos: int, unsaid: Said) -> tuple[Said, ...]:
    """One view a photo.

    Args:
        unsaid: of each, where no views are named.

    Raises:
        Problem: 422, as many views as photos were expected.
    """
    each = views or (unsaid,) * photos
    if len(each) != photos:
        detail = f"context.views: expected one a photo ({photos}), found {len(each)}"
        raise Problem(422, "context", "The context is wrong", detail)
    return each
