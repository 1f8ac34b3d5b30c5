"""What mistakes cost, as an admin entered it: KES per escape, false flag, review minute, piece sent back.

GET /v1/quality-prices      what counts, what is a default, and who changed what
PUT /v1/quality-prices      another version
"""

from fastapi import APIRouter
from sqlalchemy.orm import Session

from ubora.service.auth.access import Admin, Staff, TheState
from ubora.service.costs.curve import Prices
from ubora.service.costs.entered import (
    Entry,
    FiguresAnswer,
    FiguresBody,
    Sheet,
    current,
    enter,
    figures_answer,
)
from ubora.service.http.errors import problems

router = APIRouter(tags=["costs"])
KES, MUCH = "KES", 10_000_000.0
QUALITY = Sheet(
    "quality",
    (
        Entry("escape", KES, 1200, 0, MUCH, source="guess: the price of a piece, its plating and way back"),
        Entry("false_flag", KES, 40, 0, MUCH, source="guess: an artisan's quarter of an hour"),
        Entry("review_minute", KES, 6, 0, MUCH, source="guess: about KES 60,000 a month at the hub"),
        Entry("shipped_back", KES, 250, 0, MUCH, source="guess: a parcel both ways, shared by its pieces"),
        Entry("minutes", "min", 1.5, 0, 240),
        Entry("rework", KES, 150, 0, MUCH),
        Entry("scrap", KES, 600, 0, MUCH),
        Entry("prevention_month", KES, 0, 0, 1e9, source="guess: nothing entered yet"),
        Entry("defect_rate", "share", 0.08, 0, 1, source="guess; not used once the ledger says enough"),
        Entry("caught", "share", 0.0, 0, 1, source="guess: nobody opens the bags"),
    ),
)
"""`rework` and `scrap` are of a piece that is mended or lost; `prevention_month` is what is spent to have
fewer mistakes, as on teaching; `caught` is the share of defective pieces that passed which the hub finds."""


@router.get("/v1/quality-prices", responses=problems(401, 403))
def get_prices(state: TheState, _who: Staff) -> FiguresAnswer:
    with state.ledger.read() as session:
        return figures_answer(session, QUALITY)


@router.put("/v1/quality-prices", responses=problems(401, 403, 409, 422))
def put_prices(body: FiguresBody, state: TheState, who: Admin) -> FiguresAnswer:
    """Another version; what was reckoned with before stays on record. 409 `figures-unseen`: others by now."""
    with state.ledger.write() as session:
        return enter(session, who, QUALITY, body)


def prices_now(session: Session) -> tuple[Prices, dict[str, float]]:
    """What the curve reckons with, and the whole sheet."""
    given = current(session, QUALITY)
    prices = Prices(
        escape=given["escape"],
        false_flag=given["false_flag"],
        review_minute=given["review_minute"],
        minutes=given["minutes"],
        shipped_back=given["shipped_back"],
        caught=given["caught"],
    )
    return prices, given
