"""Inspections in a ledger without a network: as many as a test of numbers wants, by whom and when it says."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from tests.parts.served import DESIGN, OTHER, OWN
from ubora.service.designs.designs import save_design
from ubora.service.ledger.clock import next_number
from ubora.service.ledger.counted import BY_PEOPLE
from ubora.service.ledger.pieces import count_inspection, piece_key, recount_piece
from ubora.service.ledger.tables import Inspection, Photo, Review
from ubora.service.workshops.microfactories import MicrofactoryBody, save_microfactory

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
"""A Monday."""


def make_work(session: Session) -> None:
    """Two workshops, a design of brass and one of horn."""
    for code in (OWN, OTHER):
        save_microfactory(session, code, MicrofactoryBody(name=code, place="Nairobi"))
    save_design(session, "disc", DESIGN)
    save_design(session, "comb", DESIGN.model_copy(update={"material": "horn"}))
    session.flush()


def add(
    session: Session,
    status: str,
    piece: str | None = None,
    *,
    days_ago: float = 0,
    workshop: str = OWN,
    design: str = "disc",
    release: str = "tiny-1",
    found: tuple[str, ...] = (),
    lot: str | None = "L",
    scores: dict[str, float] | None = None,
    phone: str | None = None,
) -> Inspection:
    """A new inspection, as the machine left it or as people did; `found` by the machine."""
    name = str(uuid.uuid4())
    at = NOW - timedelta(days=days_ago)
    verdict = {"passed": "pass", "retake": "retake"}.get(status, "flag")
    row = Inspection(
        id=name,
        fingerprint="",
        number=(number := next_number(session)),
        change=number,
        microfactory=workshop,
        design=design,
        lot=lot,
        piece=piece,
        piece_key=piece_key(workshop, design, lot, piece, name),
        received_at=at,
        changed_at=at,
        phone=phone,
        release=release,
        verdict=verdict,
        status="pending" if status in BY_PEOPLE else status,
        reasons=[],
        variance_level=3,
        variance_in_range=True,
        variance_probabilities=[0, 0, 1, 0, 0],
        photos=[_photo(name, found, scores or {})],
        reviews=[],
        appeals=[],
    )
    session.add(row)
    session.flush()
    count_inspection(session, row)
    if status in BY_PEOPLE:
        review(session, row, {"accepted": "accept", "rework": "rework", "rejected": "reject"}[status])
    return row


def review(
    session: Session,
    row: Inspection,
    disposition: str,
    reviewer: str = "Wanjiku",
    defects: tuple[str, ...] | None = None,
    severity: str | None = None,
    in_hand: str | None = None,
) -> None:
    corrected = (
        None if defects is None else [{"photo": 0, "defect": one, "severity": severity} for one in defects]
    )
    session.add(
        Review(
            id=str(uuid.uuid4()),
            inspection=row.id,
            fingerprint="",
            disposition=disposition,
            defects=corrected,
            note="",
            reviewer=reviewer,
            in_hand=in_hand,
            at=NOW,
        )
    )
    row.status = {"accept": "accepted", "rework": "rework", "reject": "rejected"}[disposition]
    session.flush()
    recount_piece(session, row)


def _photo(inspection: str, found: tuple[str, ...], scores: dict[str, float]) -> Photo:
    sides: dict[str, Any] = {"width": 100, "height": 100, "received_bytes": 1, "stored_bytes": 1}
    hashes = dict.fromkeys(
        ("received_sha256", "stored_sha256", "heatmap_sha256"), inspection.replace("-", "")
    )
    seen = {"severity": "major", "score": 0.9, "threshold": 0.5, "box": [1, 2, 3, 4]}
    defects = [{"defect": name, **seen} for name in found]
    return Photo(
        index=0, view="front", faults=[], defects=defects, scores=scores, measures={}, **sides, **hashes
    )
