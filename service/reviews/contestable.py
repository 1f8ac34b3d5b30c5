"""What may be contested, or sent to a person though its photo was not good enough, and how often."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.service.http.errors import Problem
from ubora.service.inspections.wire import RETAKES_BEFORE_A_PERSON, may_go_to_person
from ubora.service.ledger.tables import Appeal, Inspection

CONTESTABLE = ("pending", "rework", "rejected")
MOST_APPEALS = 3
"""Of one inspection, or of all of one piece that were to be taken again; after that it is a matter for a
talk, and a disk is not filled by one piece."""


def check_contestable(row: Inspection) -> None:
    if any(appeal.outcome == "waiting" for appeal in row.appeals):
        detail = "an appeal waits already; a person looks at it"
        raise Problem(409, "appeal-waiting", "Contested already", detail)
    if row.status == "retake" and not may_go_to_person(row):
        detail = (
            f"its photo is to be taken again, for the first time; after {RETAKES_BEFORE_A_PERSON} in a row "
            "it can be sent to a person"
        )
        raise Problem(409, "not-contestable", "To be taken again", detail)
    if row.status not in (*CONTESTABLE, "retake"):
        detail = f"the piece is {row.status}; what is flagged, rework or rejected can be contested"
        raise Problem(409, "not-contestable", "Nothing to contest", detail)
    if len(row.appeals) >= MOST_APPEALS:
        detail = f"it was contested {len(row.appeals)} times and decided each time; talk to the hub"
        raise Problem(409, "appealed-enough", "Contested often enough", detail)


def check_newest(session: Session, row: Inspection) -> None:
    """What counts of a piece is its latest inspection; contesting an older one would change nothing."""
    of_piece = select(Inspection.id).where(Inspection.piece_key == row.piece_key)
    if row.status != "retake":
        of_piece = of_piece.where(Inspection.status != "retake")
    newest = session.scalar(of_piece.order_by(Inspection.number.desc()).limit(1))
    if newest != row.id:
        detail = f"the piece was photographed again since; contest inspection {newest}"
        raise Problem(409, "superseded", "Photographed again since", detail)


def check_piece(session: Session, row: Inspection) -> None:
    """Another photo of a piece gives no fresh tries, and no second place in the queue."""
    outcomes = session.scalars(
        select(Appeal.outcome)
        .join(Inspection, Inspection.id == Appeal.inspection)
        .where(Inspection.piece_key == row.piece_key, Inspection.verdict == "retake")
    ).all()
    if "waiting" in outcomes:
        detail = "another photo of this piece waits already; a person looks at it"
        raise Problem(409, "appeal-waiting", "With a person already", detail)
    if len(outcomes) >= MOST_APPEALS:
        detail = f"photos of this piece were sent to a person {len(outcomes)} times; talk to the hub"
        raise Problem(409, "appealed-enough", "Sent often enough", detail)
