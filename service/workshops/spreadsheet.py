"""Numbers as a spreadsheet opens them: CSV in UTF-8 with its mark, and no cell that is taken for a formula.

    if wants_csv(request, format):
        return csv_answer("pass-rates", ["name", "decided"], rows)

Asked for by `?format=csv`, or by an Accept header that names text/csv before JSON.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal

from fastapi import Query, Request
from starlette.responses import Response

KIND = "text/csv"
Format = Annotated[Literal["json", "csv"] | None, Query(alias="format")]
CSV_TOO: dict[int | str, dict[str, Any]] = {
    200: {"content": {KIND: {"schema": {"type": "string"}}}, "description": "As JSON or CSV"}
}
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def wants_csv(request: Request, asked: str | None) -> bool:
    """What the query says; else what stands first in the Accept header."""
    if asked is not None:
        return asked == "csv"
    kinds = [one.split(";")[0].strip().lower() for one in request.headers.get("accept", "").split(",")]
    return KIND in kinds and "application/json" not in kinds[: kinds.index(KIND)]


def csv_answer(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """
    Args:
        name: of the file, without its ending.
        rows: text is made harmless; numbers stay numbers, and None is an empty cell.
    """
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([cell(value) for value in row] for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Vary": "Accept"}
    # Bytes, or Starlette would append a charset and the contract name another kind.
    return Response(written.getvalue().encode("utf-8-sig"), media_type=KIND, headers=headers)


def cell(value: object) -> object:
    """A value as a cell: text that a spreadsheet would run begins with an apostrophe."""
    if isinstance(value, str) and value.lstrip(" ").startswith(_STARTS_A_FORMULA):
        return "'" + value
    return value
