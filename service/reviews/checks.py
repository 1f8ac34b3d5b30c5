"""What a review must fit: what counts now, the appeal that waits, and the photos that it corrects."""

from collections.abc import Sequence
from uuid import UUID

from ubora.datasets.taxonomy import JEWELRY
from ubora.service.http.errors import Problem
from ubora.service.inspections.said import CorrectedDefect, as_review
from ubora.service.ledger.tables import Answer, Inspection, Review
from ubora.service.reviews.judges import DID
from ubora.service.reviews.regions import fault_of
from ubora.service.state import AppState


def check_review(last: Review | Answer | None, after: UUID | None) -> None:
    """Nobody replaces a decision that came in while the page was open.

    Args:
        last: what counts now, as far as she may know.
        after: what she has seen.
    """
    seen = str(after) if after else None
    if seen == (last.id if last else None):
        return
    if last is None:
        detail = f"`after` names review {seen}; this piece has none"
        raise Problem(409, "review-unseen", "Another decision counts", detail, members={"review": None})
    detail = (
        f"{last.reviewer} {DID[last.disposition]} at {last.at:%Y-%m-%d %H:%M} UTC (review {last.id}); "
        f"to decide all the same, name that review in `after`"
    )
    members = {"review": as_review(last).model_dump(mode="json")}
    raise Problem(409, "review-unseen", "Another decision counts", detail, members=members)


def check_rank(last: Review | None, in_hand: str | None) -> None:
    """What was said of the piece itself is not changed by its photos."""
    if last is not None and last.in_hand is not None and in_hand is None:
        where = {"goods_in": "at goods-in", "return": "when it came back"}[last.in_hand]
        detail = (
            f"{last.reviewer} {DID[last.disposition]} with the piece in hand, {where}, at "
            f"{last.at:%Y-%m-%d %H:%M} UTC; that is changed in hand alone"
        )
        members = {"review": as_review(last).model_dump(mode="json")}
        raise Problem(409, "decided-in-hand", "Decided in hand", detail, members=members)


def check_appeal(row: Inspection, appeal: UUID | None) -> None:
    """Nobody decides over an appeal that came in while the page was open."""
    waiting = next((one.id for one in row.appeals if one.outcome == "waiting"), None)
    if waiting != (str(appeal) if appeal else None):
        detail = "the workshop's appeal was decided by somebody else meanwhile"
        if waiting is not None:
            detail = f"the workshop contested it meanwhile (appeal {waiting}); look at what it says first"
        raise Problem(409, "appeal-unseen", "The appeal is another now", detail)


def check_corrections(state: AppState, row: Inspection, defects: Sequence[CorrectedDefect] | None) -> None:
    inspector = state.champion.inspector
    known = set(JEWELRY.defects) | set(inspector.record.class_names() if inspector else ())
    for index, defect in enumerate(defects or ()):
        fault = None
        if defect.defect not in known:
            fault = f"unknown defect {defect.defect!r}; expected one of {', '.join(sorted(known))}"
        elif defect.photo >= len(row.photos):
            fault = f"photo {defect.photo}; the inspection has {len(row.photos)}"
        elif defect.mask is not None and defect.box is not None:
            fault = "a box and a mask; expected one of them: a mask has its own box"
        elif defect.mask is not None:
            photo = row.photos[defect.photo]
            fault = fault_of(defect.mask, height=photo.height, width=photo.width)
        elif defect.box is not None:
            photo = row.photos[defect.photo]
            x, y, width, height = defect.box
            if not (x >= 0 and y >= 0 and width > 0 and height > 0):
                fault = f"box {defect.box}; expected x, y ≥ 0 and width, height > 0"
            elif x + width > photo.width + 1 or y + height > photo.height + 1:
                fault = f"box {defect.box} leaves the photo of {photo.width} × {photo.height}"
        if fault:
            raise Problem(422, "correction", "The correction does not fit", f"defects.{index}: {fault}")


def not_waiting(status: str, last: Review | Answer | None) -> Problem:
    """409 with the `review` that counts.

    Args:
        status, last: as far as she may know.
    """
    detail = f"it is {status}" + (f", as {last.reviewer} decided" if last else "")
    members = {"review": as_review(last).model_dump(mode="json") if last else None}
    return Problem(409, "not-waiting", "It waits for no one", f"{detail}; claim another", members=members)
