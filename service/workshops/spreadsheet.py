"""Numbers as a spreadsheet opens them, or as a notebook reads them: CSV or Parquet instead of JSON.

    if kind := wants_table(request, format):
        return table_answer(kind, "pass-rates", ["name", "decided"], rows)
        return model_table(kind, "funnel", InFunnel, answer.items)

Asked for by `?format=csv` or `?format=parquet`, or by an Accept header that names one of them before JSON.
CSV is UTF-8 with its mark, no cell of it is taken for a formula, and a time is one (UTC). Parquet needs the
extra `parquet`.
"""

import csv
import io
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from ubora.service.http.errors import Problem, problems

KIND = "text/csv"
PARQUET = "application/vnd.apache.parquet"
Table = Literal["csv", "parquet"]
TableFormat = Annotated[Literal["json", "csv", "parquet"] | None, Query(alias="format")]
_BINARY = {"schema": {"type": "string", "format": "binary"}}
TABLE_TOO: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {KIND: {"schema": {"type": "string"}}, PARQUET: _BINARY},
        "description": "As JSON, CSV or Parquet",
    },
    **problems(501),
}
_KINDS: dict[str, Table] = {KIND: "csv", PARQUET: "parquet"}
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def wants_table(request: Request, asked: str | None) -> Table | None:
    """What the query says; else what stands first in the Accept header. None: JSON."""
    if asked is not None:
        return "csv" if asked == "csv" else "parquet" if asked == "parquet" else None
    for one in request.headers.get("accept", "").split(","):
        kind = one.split(";")[0].strip().lower()
        if kind == "application/json":
            return None
        if kind in _KINDS:
            return _KINDS[kind]
    return None


def table_answer(kind: Table, name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """
    Args:
        name: of the file, without its ending.
        rows: texts, numbers, days, times, truths and None.

    Raises:
        Problem: 501, Parquet where what writes it is not installed.
    """
    return csv_answer(name, header, rows) if kind == "csv" else _parquet(name, header, rows)


def model_table(
    kind: Table,
    name: str,
    model: type[BaseModel],
    rows: Iterable[BaseModel],
    *,
    without: Collection[str] = (),
) -> Response:
    """A column a field; as `table_answer`.

    Args:
        without: fields that are for JSON alone.
    """
    columns = [field for field in model.model_fields if field not in without]
    return table_answer(kind, name, columns, ([getattr(row, field) for field in columns] for row in rows))


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


def _parquet(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    try:
        from pyarrow import BufferOutputStream, table
        from pyarrow.parquet import write_table
    except ImportError:
        detail = "Parquet needs the extra `parquet`: pip install 'ubora[parquet]'; CSV needs nothing"
        raise Problem(501, "no-parquet", "Parquet is not installed here", detail) from None
    kept = list(rows)
    # Text stays as it is: nothing runs a column of Parquet.
    columns = {title: [row[at] for row in kept] for at, title in enumerate(header)}
    written = BufferOutputStream()
    write_table(table(columns), written)
    headers = {"Content-Disposition": f'attachment; filename="{name}.parquet"', "Vary": "Accept"}
    return Response(written.getvalue().to_pybytes(), media_type=PARQUET, headers=headers)


def cell(value: object) -> object:
    """A value as a cell: text that a spreadsheet would run begins with an apostrophe; a time is UTC, to the
    second, as spreadsheets read it."""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, str) and value.lstrip(" ").startswith(_STARTS_A_FORMULA):
        return "'" + value
    return value
