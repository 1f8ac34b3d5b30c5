"""Words that several subjects send and receive: codes, pages, times."""

import base64
import binascii
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from ubora.service.http.errors import Problem


class Wire(BaseModel):
    """What crosses the wire: frozen, and an unknown field is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
"""A microfactory's or design's name in a URL."""
Mark = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,64}$")]
"""What is written on a bag or a piece: any script, no control characters."""
Name = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,120}$")]


def is_name(text: str) -> bool:
    """Whether it fits `Name`, for what comes by another way than a request."""
    return len(text.strip()) > 0 and len(text) <= 120 and text.isprintable()


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # the first or last hours of the calendar
        raise ValueError("expected a time that exists in UTC") from None


UtcMoment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Limit = Annotated[int, Field(ge=1, le=200)]
Cursor = Annotated[str, Field(max_length=200)]
MOST_NUMBER = 2**53 - 1
"""What every reader of JSON takes exactly."""


def write_cursor(*parts: str) -> str:
    """Where a page ended, opaque to the reader."""
    return base64.urlsafe_b64encode("\n".join(parts).encode()).decode().rstrip("=")


def read_cursor(cursor: str, parts: int) -> tuple[str, ...]:
    """What `write_cursor` was given.

    Raises:
        Problem: 422, it was not made by this service.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        fields = tuple(base64.b64decode(padded, altchars=b"-_", validate=True).decode().split("\n"))
    except (binascii.Error, ValueError):
        fields = ()
    if len(fields) != parts:
        raise bad_cursor()
    return fields


def bad_cursor() -> Problem:
    return Problem(422, "bad-cursor", "Not a cursor", "expected a next_cursor of this list")


def number_of_cursor(cursor: str) -> int:
    """The number that a page ended with.

    Raises:
        Problem: 422, the cursor was not made by this service.
    """
    (number,) = read_cursor(cursor, 1)
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        raise bad_cursor()
    return int(number)
