"""Workshops from a table: what each line would do is told first, and then all of it is done or nothing.

POST /v1/microfactory-tables  {"text": "code,name,place\\n…"}                     what would happen
POST /v1/microfactory-tables  {"text": …, "plan": "…"}                           do just that

The first line names the columns `code`, `name` and `place`, in any order, separated by comma, semicolon or
tab, as spreadsheets save them.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field, TypeAdapter, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.service.auth.access import Admin, Principal, TheState
from ubora.service.auth.audit import Action, changes, record
from ubora.service.http.errors import Problem, problems
from ubora.service.http.schemas import Code, Name, Wire
from ubora.service.ledger.tables import Microfactory
from ubora.service.workshops.microfactories import MicrofactoryBody, said_of, save_microfactory

router = APIRouter(tags=["microfactories"])
COLUMNS = ("code", "name", "place")
MOST_LINES = 1000
Outcome = Literal["added", "changed", "unchanged", "refused"]
_CODE, _NAME = TypeAdapter(Code), TypeAdapter(Name)
_EXPECTED = {
    "code": "1 to 64 letters, digits, '.', '_' or '-', the first a letter or digit",
    "name": "1 to 120 characters",
    "place": "1 to 120 characters",
}


class WorkshopTable(Wire):
    text: Annotated[str, Field(max_length=60_000)]
    """The file's content."""
    plan: Annotated[str, Field(max_length=64)] | None = None
    """Of the answer that was looked at: just that is done. None: nothing is."""


class ImportLine(Wire):
    line: int
    """In the file, the one with the columns' names is 1."""
    outcome: Outcome
    id: str
    name: str
    place: str
    changed: dict[str, str]
    """Field → what it was."""
    why: str | None
    """Of a refused line: what was found and what is expected."""


class ImportAnswer(Wire):
    plan: str
    """Another one as soon as anything else would be done."""
    lines: list[ImportLine]
    done: bool


@router.post("/v1/microfactory-tables", responses=problems(401, 403, 409, 422))
def import_microfactories(wanted: WorkshopTable, state: TheState, who: Admin) -> ImportAnswer:
    """What each line would do; with `plan` it is done, all of it or nothing.

    422 `import-refused`: a line is refused. 409 `import-unseen`: another thing would be done now than was
    looked at.
    """
    if wanted.plan is None:
        with state.ledger.read() as session:
            return _answer(_planned(session, wanted.text), done=False)
    with state.ledger.write() as session:
        lines = _planned(session, wanted.text)
        answer = _answer(lines, done=True)
        if answer.plan != wanted.plan:
            detail = "workshops were changed since this table was looked at; look at it again"
            raise Problem(409, "import-unseen", "Something else would be done now", detail)
        refused = [line for line in lines if line.outcome == "refused"]
        if refused:
            detail = f"line {refused[0].line}: {refused[0].why}; nothing was done"
            raise Problem(422, "import-refused", "A line is refused", detail)
        for line in lines:
            _do(session, who, line)
    return answer


def _do(session: Session, who: Principal, line: ImportLine) -> None:
    if line.outcome == "unchanged":
        return
    row = session.get(Microfactory, line.id, with_for_update=True)
    body = MicrofactoryBody(name=line.name, place=line.place)
    told = changes(None if row is None else said_of(row), body.model_dump())
    save_microfactory(session, line.id, body)
    action: Action = "microfactory-made" if row is None else "microfactory-edited"
    record(session, who, action, line.id, **told)


def _answer(lines: list[ImportLine], *, done: bool) -> ImportAnswer:
    said = json.dumps([line.model_dump() for line in lines])
    return ImportAnswer(plan=hashlib.sha256(said.encode()).hexdigest()[:16], lines=lines, done=done)


def _planned(session: Session, text: str) -> list[ImportLine]:
    known = {row.id: row for row in session.scalars(select(Microfactory))}
    first: dict[str, int] = {}
    lines = []
    for number, cells, why in _rows(text):
        code, name, place = (cells.get(column, "") for column in COLUMNS)
        row = known.get(code)
        why = why or _fault(cells)
        if why is None and code in first:
            why = f"{code} stands in line {first[code]} already"
        if why is None and row is not None and row.closed_at is not None:
            why = f"{code} is closed; open it again first"
        first.setdefault(code, number)
        was = {} if row is None else said_of(row)
        changed = {key: value for key, value in was.items() if value != cells.get(key)}
        outcome: Outcome = "added" if row is None else "changed" if changed else "unchanged"
        if why is not None:
            outcome, changed = "refused", {}
        lines.append(
            ImportLine(
                line=number, outcome=outcome, id=code, name=name, place=place, changed=changed, why=why
            )
        )
    return lines


def _fault(found: dict[str, str]) -> str | None:
    for column in COLUMNS:
        value = found[column]
        if "\ufffd" in value:
            return f"{column}: letters that are not UTF-8; save the file as CSV UTF-8"
        try:
            (_CODE if column == "code" else _NAME).validate_python(value)
        except ValidationError:
            return f"{column}: found {value[:80]!r}, expected {_EXPECTED[column]}"
    return None


def _rows(text: str) -> Iterator[tuple[int, dict[str, str], str | None]]:
    """Line, cells by column, and what is wrong with the line as a whole.

    Raises:
        Problem: 422, it is no such table.
    """
    text = text.removeprefix("\ufeff")
    heads, delimiter = _heads(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    count, number = 0, 1
    try:
        for cells in reader:
            # A quoted cell may go over lines: the line on which its row begins is told.
            begins, number = number, reader.line_num + 1
            if begins == 1 or not any(cell.strip() for cell in cells):
                continue
            count += 1
            if count > MOST_LINES:
                raise _no_table(f"expected at most {MOST_LINES} workshops")
            row = dict(zip(heads, (cell.strip() for cell in cells), strict=False))
            why = f"found {len(cells)} cells, expected {len(heads)}" if len(cells) != len(heads) else None
            yield begins, dict.fromkeys(COLUMNS, "") | {key: row.get(key, "") for key in COLUMNS}, why
    except csv.Error as error:
        raise _no_table(f"line {reader.line_num}: {error}") from None
    if count == 0:
        raise _no_table("expected a line for each workshop below the columns' names, found none")


def _heads(text: str) -> tuple[list[str], str]:
    """The columns' names, and what stands between them."""
    line = text.split("\n", 1)[0].strip("\r")
    delimiter = max(",;\t", key=line.count)
    heads = [head.strip().strip('"').casefold() for head in line.split(delimiter)]
    for column in COLUMNS:
        if heads.count(column) != 1:
            raise _no_table(f"line 1: expected the columns {', '.join(COLUMNS)}, found {line[:120]!r}")
    return heads, delimiter


def _no_table(detail: str) -> Problem:
    return Problem(422, "no-table", "Not a table of workshops", detail)
