"""Pass rates by anything that is counted: each with its count, its interval, and whether it changed.

pass rate         = pieces passed or accepted ÷ pieces decided
interval          95 %, Wilson
drawn             of workshops and designs: the rate drawn toward all others, by how little is known of it
change            against as many days before: rose or fell only where the interval of the difference says so

By reviewer it is the share of her decisions that accepted, of the pieces that she was shown; by defect the
pieces that were accepted with it. Neither says who is better. Order is by name.
"""

from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from ubora.models.intervals import wilson
from ubora.service.auth.access import Staff, TheState
from ubora.service.http.errors import problems
from ubora.service.http.schemas import Cursor, Limit, Wire, read_cursor, write_cursor
from ubora.service.numbers.groups import NOTHING, By, Group, read_groups, read_network
from ubora.service.numbers.window import TheWindow, Window
from ubora.service.statistics.rates import difference, first_pass_yield
from ubora.service.statistics.shrinkage import Group as Prior
from ubora.service.statistics.shrinkage import fit, posterior
from ubora.service.workshops.spreadsheet import TABLE_TOO, TableFormat, table_answer, wants_table

router = APIRouter(tags=["numbers"])
Share = Annotated[float, Field(ge=0, le=1)]
Interval = Annotated[list[float], Field(min_length=2, max_length=2)]
Moved = Literal["rose", "fell", "not-seen", "nothing-before"]
DRAWN: tuple[By, ...] = ("microfactory", "design")
PASS_RATE = "pieces passed or accepted ÷ pieces decided, of pieces last inspected on these days"
DEFINITIONS: dict[By, str] = {
    "microfactory": PASS_RATE,
    "design": PASS_RATE,
    "material": f"{PASS_RATE}; the material is the design's",
    "release": f"{PASS_RATE}; by the release that judged last",
    "week": f"{PASS_RATE}; weeks begin on Monday",
    "reviewer": "pieces accepted ÷ pieces decided by this person, of those that she was shown",
    "defect": "pieces accepted all the same ÷ decided pieces on which a person left this defect",
}


class Rate(Wire):
    name: str
    label: str
    decided: int
    passed: int
    pending: int
    retakes: int
    pass_rate: Share | None
    interval: Interval | None
    """Wilson, 95 %."""
    drawn: Share | None
    """Drawn toward the others; null where the grouping is no group of makers, or nothing tells the spread."""
    drawn_interval: Interval | None
    """95 %, of what is known of the true rate after that."""
    first_pass_yield: Share | None
    first_decided: int
    change: Moved
    change_interval: Interval | None
    """95 %, of the rate less the one before."""
    decided_before: int
    passed_before: int
    pieces_url: str | None
    """The pieces behind it."""


class Rates(Wire):
    by: By
    since: str
    until: str
    definition: str
    network: Rate
    drawn_toward: Share | None
    """The rate of the group; null where nobody is drawn."""
    drawn_strength: float | None
    """How many pieces the group counts as, beside a workshop's own."""
    items: list[Rate]
    next_cursor: str | None


@router.get(
    "/v1/numbers/pass-rates", responses={**TABLE_TOO, **problems(401, 403, 422)}, response_model=Rates
)
def get_rates(
    request: Request,
    state: TheState,
    _who: Staff,
    window: TheWindow,
    by: Annotated[By, Query()] = "microfactory",
    asked: TableFormat = None,
    cursor: Annotated[Cursor | None, Query()] = None,
    limit: Annotated[Limit, Query()] = 200,
) -> Rates | Response:
    """By name, never by rank. As CSV or Parquet all at once, by `format` or Accept."""
    after = read_cursor(cursor, 1)[0] if cursor is not None else ""
    with state.ledger.read() as session:
        groups = read_groups(session, by, window)
        earlier = {} if by == "week" else _counts(read_groups(session, by, window.before()))
        network = Group("", "", read_network(session, window))
        network_before = read_network(session, window.before())
    if by == "week":
        earlier = {later.name: one.counts for one, later in pairwise(groups)}
    prior = fit([_passed(group.counts) for group in groups]) if by in DRAWN else None
    rows = [rate_of(group, earlier.get(group.name, NOTHING), by, window, prior) for group in groups]
    if kind := wants_table(request, asked):
        columns = [name for name in Rate.model_fields if name != "pieces_url"]
        return table_answer(
            kind, f"pass-rates-by-{by}", _flat_header(columns), (_flat(row, columns) for row in rows)
        )
    rows = [row for row in rows if row.name > after]
    page, more = rows[:limit], len(rows) > limit
    shrinks = prior is not None and prior.shrinks
    return Rates(
        by=by,
        since=window.since.isoformat(),
        until=window.until.isoformat(),
        definition=DEFINITIONS[by],
        network=rate_of(network, network_before, by, window, None),
        drawn_toward=prior.mean if prior is not None and shrinks else None,
        drawn_strength=prior.strength if prior is not None and shrinks else None,
        items=page,
        next_cursor=write_cursor(page[-1].name) if more else None,
    )


def rate_of(group: Group, before: dict[str, int], by: By, window: Window, prior: Prior | None) -> Rate:
    passed, decided = _passed(group.counts)
    interval = wilson(passed, decided)
    after = posterior(prior, passed, decided) if prior is not None and prior.shrinks else None
    moved = difference(passed, decided, *_passed(before)) if decided and before["decided"] else None
    return Rate(
        name=group.name,
        label=group.label,
        decided=decided,
        passed=passed,
        pending=group.counts["pending"],
        retakes=group.counts["retakes"],
        pass_rate=passed / decided if decided else None,
        interval=list(interval) if interval else None,
        drawn=after.mean if after else None,
        drawn_interval=list(after.interval()) if after else None,
        first_pass_yield=first_pass_yield(group.counts["first_passed"], group.counts["first_decided"]),
        first_decided=group.counts["first_decided"],
        change=_moved(moved),
        change_interval=list(moved) if moved else None,
        decided_before=before["decided"],
        passed_before=before["passed"],
        pieces_url=pieces_url(by, group.name, window) if group.name else None,
    )


def pieces_url(by: By, name: str, window: Window) -> str:
    """The list of the pieces that a count counts."""
    since, until = window.texts()
    if by == "week":
        first = date.fromisoformat(name)
        days = {"since": max(since, name), "until": min(until, (first + timedelta(days=6)).isoformat())}
        return f"/v1/inspections?{urlencode({'counted': 'true', **days})}"
    query = {"counted": "true", "since": since, "until": until, by: name}
    return f"/v1/inspections?{urlencode(query)}"


def _moved(change: tuple[float, float] | None) -> Moved:
    if change is None:
        return "nothing-before"
    if change[0] > 0:
        return "rose"
    return "fell" if change[1] < 0 else "not-seen"


def _counts(groups: list[Group]) -> dict[str, dict[str, int]]:
    return {group.name: group.counts for group in groups}


def _passed(counts: dict[str, int]) -> tuple[int, int]:
    return counts["passed"], counts["decided"]


def _flat_header(columns: list[str]) -> list[str]:
    """An interval is two columns."""
    named = [[f"{one}_low", f"{one}_high"] if one.endswith("interval") else [one] for one in columns]
    return [name for names in named for name in names]


def _flat(row: Rate, columns: list[str]) -> list[object]:
    cells: list[object] = []
    for name in columns:
        value = getattr(row, name)
        if name.endswith("interval"):
            cells += value or [None, None]
        else:
            cells.append(value)
    return cells
