"""The bias audit over HTTP: false flags and misses of each group beside all others, many tries allowed for.

GET /v1/numbers/bias                        every factor
GET /v1/numbers/bias?by=phone               one of them; what is allowed for stays that of all
GET /v1/numbers/bias/chart.svg?by=phone

A gap is told where Holm's adjusted chance is below 5 %, over all groups of all factors and both kinds of
error: in twenty audits of a fair machine one tells a gap that is none. A group of which there is too little
has counts and no share. The order is that of names.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from sqlalchemy import select
from starlette.responses import Response

from ubora.service.auth.access import Staff, TheState
from ubora.service.http.errors import problems
from ubora.service.http.schemas import Wire
from ubora.service.ledger.tables import Microfactory
from ubora.service.numbers.bias.audited import FACTORS, UNKNOWN, Factor, Group, read_audited
from ubora.service.numbers.bias.picture import draw_gaps
from ubora.service.numbers.drawing import Dark, Narrow, Svg
from ubora.service.numbers.rates import Interval
from ubora.service.numbers.rates import Share as Part
from ubora.service.numbers.window import TheWindow, Window
from ubora.service.state import AppState
from ubora.service.statistics.fairness.errors import (
    Measure,
    Share,
    chance_of_gap,
    false_flags,
    gap,
    misses,
    says_enough,
)
from ubora.service.statistics.fairness.many import holm
from ubora.service.words import Say, Spoken, speaker
from ubora.service.workshops.spreadsheet import TABLE_TOO, TableFormat, table_answer, wants_table

router = APIRouter(tags=["numbers"])
LEVEL = 0.05
MOST_DRAWN = 25
"""Groups in one picture; the table has all."""
Told = Literal["too-few", "no-others", "not-seen", "more", "fewer"]


class ErrorRate(Wire):
    share: Part | None
    """Null where there is too little to say one."""
    interval: Interval | None
    """95 %."""
    difference: float | None
    """Less that of all other groups of the factor."""
    difference_interval: Interval | None
    """95 %, as of this group alone."""
    chance: Part | None
    """Of so large a difference by chance, adjusted for all that were asked; 1 where it is above 5 %."""
    told: Told


class BiasGroup(Wire):
    by: Factor
    name: str
    label: str
    good: int
    """Pieces that a person looked at and accepted."""
    bad: int
    """And did not."""
    false_flags: ErrorRate
    """Of good pieces, those that were flagged."""
    misses: ErrorRate
    """Of bad pieces, those that passed."""


class BiasAudit(Wire):
    since: str
    until: str
    definition: str
    asked: int
    """Differences that were looked for, and are allowed for."""
    level: float
    truncated: bool
    """More was flagged than is read: counted is from `read_since` on, the latest."""
    read_since: datetime
    items: list[BiasGroup]


DEFINITION = (
    "audited pieces: flagged ones that a person decided, passed ones that were drawn for a look, each "
    "weighted by the share that was drawn then, and those decided in hand; a difference from all others is "
    "told where its chance, adjusted by Holm for all that were asked, is below 5 %"
)


@router.get("/v1/numbers/bias", responses={**TABLE_TOO, **problems(401, 403, 422)}, response_model=BiasAudit)
def get_bias(
    request: Request,
    state: TheState,
    _who: Staff,
    window: TheWindow,
    by: Annotated[Factor | None, Query()] = None,
    asked: TableFormat = None,
) -> BiasAudit | Response:
    """Groups by name. As CSV or Parquet by `format` or Accept."""
    read = _read(state, window)
    items = [one for one in read.groups if by in (None, one.by)]
    if kind := wants_table(request, asked):
        return table_answer(kind, "bias", _HEADER, (_flat(one) for one in items))
    since, until = window.texts()
    return BiasAudit(
        since=since,
        until=until,
        definition=DEFINITION,
        asked=read.asked,
        level=LEVEL,
        truncated=read.truncated,
        read_since=read.since,
        items=items,
    )


@router.get("/v1/numbers/bias/chart.svg", response_class=Svg, responses=problems(401, 403, 422))
def get_bias_chart(
    state: TheState,
    _who: Staff,
    window: TheWindow,
    by: Annotated[Factor, Query()] = "microfactory",
    theme: Dark = "light",
    narrow: Narrow = False,
    language: Spoken = "en",
) -> Response:
    """Both shares of each group with their intervals; the first groups of which there is enough to say."""
    say = speaker(language)
    rows = [
        (spoken(say, one), _three(one.false_flags), _three(one.misses))
        for one in _read(state, window).groups
        if one.by == by and (one.false_flags.share is not None or one.misses.share is not None)
    ]
    return Svg(draw_gaps(rows[:MOST_DRAWN], theme, narrow, say))


def spoken(say: Say, group: BiasGroup) -> str:
    """The group's name for people, in their language where it is no proper name."""
    if group.name == UNKNOWN:
        return say("hub.bias.unknown")
    if group.by in ("material", "category"):
        return say(f"{group.by}.{group.name}", otherwise=group.label)
    return say(f"hub.bias.{group.by}.{group.name}", otherwise=group.label)


@dataclass(frozen=True)
class _Audit:
    groups: list[BiasGroup]
    asked: int
    since: datetime
    truncated: bool


def _read(state: AppState, window: Window) -> _Audit:
    with state.ledger.read() as session:
        pieces = read_audited(session, window)
        names = {row.id: row.name for row in session.execute(select(Microfactory.id, Microfactory.name))}
    audited = pieces.groups
    kinds: tuple[Measure, ...] = (false_flags, misses)
    keys = [(by, name, kind) for by in FACTORS for name in audited[by] for kind in kinds]
    compared = [_beside(audited[by][name], kind) for by, name, kind in keys]
    asked = [at for at, one in enumerate(compared) if one.chance is not None]
    adjusted = dict(zip(asked, holm([compared[at].chance or 0.0 for at in asked]), strict=True))
    rates = {
        key: _told(one, adjusted.get(at)) for at, (key, one) in enumerate(zip(keys, compared, strict=True))
    }
    items = [
        BiasGroup(
            by=by,
            name=name,
            label=names.get(name, name) if by == "microfactory" else name,
            good=one.own.good,
            bad=one.own.bad,
            false_flags=rates[by, name, false_flags],
            misses=rates[by, name, misses],
        )
        for by in FACTORS
        for name, one in audited[by].items()
    ]
    return _Audit(items, len(asked), pieces.since, pieces.truncated)


@dataclass(frozen=True)
class _Beside:
    """A group's share, and how far it is from all others'; None where there is too little to say."""

    share: Share | None = None
    gap: Share | None = None
    chance: float | None = None
    """As of one question alone."""


def _beside(group: Group, measure: Measure) -> _Beside:
    one, others = group.own, group.others
    if not says_enough(one, measure):
        return _Beside()
    share = measure(one, 0.95)
    if not says_enough(others, measure):
        return _Beside(share)
    return _Beside(share, gap(share, measure(others, 0.95)), chance_of_gap(one, others, measure, LEVEL))


def _told(found: _Beside, chance: float | None) -> ErrorRate:
    """
    Args:
        chance: adjusted for all that were asked.
    """
    share, apart = found.share, found.gap
    told: Told = "too-few" if share is None else "no-others"
    if apart is not None and chance is not None:
        told = "not-seen" if chance >= LEVEL else "more" if apart.share > 0 else "fewer"
    return ErrorRate(
        share=share.share if share else None,
        interval=[share.low, share.high] if share else None,
        difference=apart.share if apart else None,
        difference_interval=[apart.low, apart.high] if apart else None,
        chance=chance,
        told=told,
    )


_COLUMNS = ("share", "low", "high", "difference", "difference_low", "difference_high", "chance", "told")
_HEADER = ["by", "name", "label", "good", "bad"] + [
    f"{kind}_{column}" for kind in ("false_flags", "misses") for column in _COLUMNS
]

_NONE: tuple[None, None] = (None, None)


def _flat(one: BiasGroup) -> list[object]:
    cells: list[object] = [one.by, one.name, one.label, one.good, one.bad]
    for rate in (one.false_flags, one.misses):
        cells += [rate.share, *(rate.interval or _NONE), rate.difference]
        cells += [*(rate.difference_interval or _NONE), rate.chance, rate.told]
    return cells


def _three(rate: ErrorRate) -> tuple[float, float, float] | None:
    if rate.share is None or rate.interval is None:
        return None
    return rate.share, rate.interval[0], rate.interval[1]
