"""Sheets of figures that people enter: each version is kept, with who, when and why; the last one counts.

    values = current(session, QUALITY)                                # name → figure, defaults where none
    enter(session, who, QUALITY, {"escape": 1500}, seen=3, why="…")   # another version

A default is an assumption, and says where it comes from, or that it is a guess.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.models.naming import did_you_mean
from ubora.service.auth.access import Principal
from ubora.service.auth.audit import record
from ubora.service.http.errors import Problem
from ubora.service.http.schemas import UtcMoment, Wire
from ubora.service.ledger.clock import now
from ubora.service.ledger.tables import EnteredFigures

GUESS = "guess"
"""Where a default comes from when nobody has measured it."""
MOST_VERSIONS = 20
Why = Annotated[str, Field(min_length=3, max_length=500)]


@dataclass(frozen=True)
class Entry:
    """A figure of a sheet, what it may be, and its default."""

    name: str
    unit: str
    default: float
    least: float
    most: float
    low: float | None = None
    """Of the range in which the true one is assumed, where that matters."""
    high: float | None = None
    source: str = GUESS


@dataclass(frozen=True)
class Sheet:
    name: str
    entries: tuple[Entry, ...]

    def entry(self, name: str) -> Entry:
        return next(one for one in self.entries if one.name == name)


class EnteredFigure(Wire):
    name: str
    unit: str
    value: float
    default: float
    least: float
    most: float
    entered: bool
    """False: nobody entered it, and the default counts."""
    source: str
    """Of the default: `guess`, or where it is from."""


class Version(Wire):
    number: int
    by: str
    at: UtcMoment
    why: str
    figures: dict[str, float]


class FiguresBody(Wire):
    seen: int | None
    """The version when this was decided; null: there was none."""
    figures: dict[str, Annotated[float, Field(allow_inf_nan=False)]]
    """All that is not as by default: what is left out is as by default again."""
    why: Why


class FiguresAnswer(Wire):
    version: int | None
    """Null: nobody has entered any."""
    figures: list[EnteredFigure]
    history: list[Version]
    """The latest first, MOST_VERSIONS at most."""


def given_figures(session: Session, sheet: Sheet) -> dict[str, float]:
    """Name → figure, of those that somebody entered."""
    row = _last(session, sheet)
    return {} if row is None else {name: float(value) for name, value in row.figures.items()}


def current(session: Session, sheet: Sheet) -> dict[str, float]:
    """Name → figure, in the order of the sheet."""
    given = given_figures(session, sheet)
    return {one.name: given.get(one.name, one.default) for one in sheet.entries}


def figures_answer(session: Session, sheet: Sheet) -> FiguresAnswer:
    query = select(EnteredFigures).where(EnteredFigures.sheet == sheet.name)
    rows = session.scalars(query.order_by(EnteredFigures.number.desc()).limit(MOST_VERSIONS)).all()
    given = rows[0].figures if rows else {}
    return FiguresAnswer(
        version=rows[0].number if rows else None,
        figures=[
            EnteredFigure(
                name=one.name,
                unit=one.unit,
                value=given.get(one.name, one.default),
                default=one.default,
                least=one.least,
                most=one.most,
                entered=one.name in given,
                source=one.source,
            )
            for one in sheet.entries
        ],
        history=[
            Version(number=row.number, by=row.actor, at=row.at, why=row.why, figures=row.figures)
            for row in rows
        ],
    )


def enter(session: Session, who: Principal, sheet: Sheet, body: FiguresBody) -> FiguresAnswer:
    """
    Raises:
        Problem: 409, somebody entered others meanwhile; 422, an unknown figure, or one out of its range.
    """
    before = _last(session, sheet)
    standing = None if before is None else before.number
    if standing != body.seen:
        detail = f"version {standing or 'none'} now, and {body.seen or 'none'} when this was decided"
        raise Problem(409, "figures-unseen", "Other figures by now", detail, members={"now": standing})
    for name, value in body.figures.items():
        _check(sheet, name, value)
    row = EnteredFigures(
        sheet=sheet.name,
        figures=dict(body.figures),
        actor=who.label,
        token=who.token,
        at=now(session),
        why=body.why,
    )
    session.add(row)
    session.flush()
    facts = _changes({} if before is None else before.figures, body.figures)
    record(session, who, "figures-entered", sheet.name, why=body.why, version=str(row.number), **facts)
    session.flush()
    return figures_answer(session, sheet)


def _last(session: Session, sheet: Sheet) -> EnteredFigures | None:
    query = select(EnteredFigures).where(EnteredFigures.sheet == sheet.name)
    return session.scalar(query.order_by(EnteredFigures.number.desc()).limit(1))


def _check(sheet: Sheet, name: str, value: float) -> None:
    names: Sequence[str] = [one.name for one in sheet.entries]
    if name not in names:
        detail = f"figures: no figure {name!r}{did_you_mean(name, names)}; expected of {', '.join(names)}"
        raise Problem(422, "invalid", "The request is not what is expected", detail)
    entry = sheet.entry(name)
    if not entry.least <= value <= entry.most:
        detail = f"figures.{name}: {value:g}, expected {entry.least:g} to {entry.most:g} {entry.unit}"
        raise Problem(422, "invalid", "The request is not what is expected", detail)


def _changes(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, str]:
    changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    told = {name: f"{after[name]:g}" for name in changed if name in after}
    return told | {f"{name}_was": f"{before[name]:g}" for name in changed if name in before}
