"""Which defects there are most: classes of defect by pieces, and how much of all of them the first ones are.

A piece with two classes counts for both. `confirmed` is what a person left on a decided piece, `accepted` the
part of it that was accepted all the same, `waiting` what the machine found on pieces that wait for a person.
What passed unseen has none.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from ubora.service.auth.access import Staff, TheState
from ubora.service.http.errors import not_found, problems
from ubora.service.http.schemas import Code, Wire
from ubora.service.ledger.counted import PASSED
from ubora.service.ledger.tables import Microfactory, PieceDefect, PieceState
from ubora.service.numbers.drawing import Dark, Narrow, Svg, draw_bars
from ubora.service.numbers.groups import read_groups
from ubora.service.numbers.rates import Share, pieces_url
from ubora.service.numbers.window import TheWindow, Window
from ubora.service.state import AppState
from ubora.service.words import Say, Spoken, speaker
from ubora.service.workshops.spreadsheet import TABLE_TOO, TableFormat, model_table, wants_table

router = APIRouter(tags=["numbers"])
Whose = Annotated[Code | None, Query()]


class DefectCount(Wire):
    defect: str
    confirmed: int
    accepted: int
    waiting: int
    share: Share | None
    """Of all that was confirmed."""
    cumulative: Share | None
    """With all before it."""
    pieces_url: str


class DefectCounts(Wire):
    since: str
    until: str
    microfactory: str | None
    definition: str
    items: list[DefectCount]
    """Most confirmed first."""


DEFINITION = (
    "pieces with a class of defect, as people left them; a piece with two classes counts for both; "
    "what waits is what the machine found"
)


@router.get(
    "/v1/numbers/defects",
    responses={**TABLE_TOO, **problems(401, 403, 404, 422)},
    response_model=DefectCounts,
)
def get_defects(
    request: Request,
    state: TheState,
    _who: Staff,
    window: TheWindow,
    microfactory: Whose = None,
    asked: TableFormat = None,
) -> DefectCounts | Response:
    """Of the network, or of one workshop."""
    items = _read(state, window, microfactory)
    if kind := wants_table(request, asked):
        return model_table(kind, "defects", DefectCount, items, without=("pieces_url",))
    since, until = window.texts()
    return DefectCounts(
        since=since, until=until, microfactory=microfactory, definition=DEFINITION, items=items
    )


@router.get("/v1/numbers/defects/chart.svg", response_class=Svg, responses=problems(401, 403, 404, 422))
def get_defects_chart(
    state: TheState,
    _who: Staff,
    window: TheWindow,
    microfactory: Whose = None,
    theme: Dark = "light",
    narrow: Narrow = False,
    language: Spoken = "en",
) -> Response:
    """Bars, and the line of how much the first ones are together."""
    items = [row for row in _read(state, window, microfactory) if row.confirmed]
    say = speaker(language)
    bars = [(named(say, row.defect), row.confirmed, row.cumulative or 0.0) for row in items]
    return Svg(draw_bars(bars, theme, narrow, say))


def named(say: Say, defect: str) -> str:
    """A class in words; one of a network that came later has none yet."""
    return say(f"defect.{defect}", otherwise=defect)


def _read(state: AppState, window: Window, microfactory: str | None) -> list[DefectCount]:
    with state.ledger.read() as session:
        if microfactory is None:
            counts = {
                group.name: (group.counts["decided"], group.counts["passed"], group.counts["pending"])
                for group in read_groups(session, "defect", window)
            }
        elif session.get(Microfactory, microfactory) is None:
            raise not_found(f"microfactory {microfactory}")
        else:
            counts = _of_workshop(session, microfactory, window)
    ranked = sorted(counts.items(), key=lambda one: (-one[1][0], -one[1][2], one[0]))
    everything, so_far, rows = sum(one[0] for one in counts.values()), 0, []
    for defect, (confirmed, accepted, waiting) in ranked:
        so_far += confirmed
        url = pieces_url("defect", defect, window)
        rows.append(
            DefectCount(
                defect=defect,
                confirmed=confirmed,
                accepted=accepted,
                waiting=waiting,
                share=confirmed / everything if everything else None,
                cumulative=so_far / everything if everything else None,
                pieces_url=url if microfactory is None else f"{url}&microfactory={microfactory}",
            )
        )
    return rows


def _of_workshop(session: Session, microfactory: str, window: Window) -> dict[str, tuple[int, int, int]]:
    """From the states of its pieces: a workshop's are few."""
    waits = PieceState.status == "pending"
    sums = [
        func.sum(case((condition, 1), else_=0))
        for condition in (~waits, PieceState.status.in_(PASSED), waits)
    ]
    rows = session.execute(
        select(PieceDefect.defect, *sums)
        .join(PieceState, PieceState.piece_key == PieceDefect.piece_key)
        .where(PieceState.microfactory == microfactory, PieceState.day.between(*window.texts()))
        .group_by(PieceDefect.defect)
    ).all()
    return {str(row[0]): (int(row[1]), int(row[2]), int(row[3])) for row in rows}
