"""A simulated year into a ledger of its own, through the counts that phones' pieces go through.

count = play(year, Settings(data=Path("var/simulated")), seed=7, tick=lambda: None)
"""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
from sqlalchemy.orm import Session

from ubora.datasets.taxonomy import JEWELRY
from ubora.service.http.database_faults import LedgerError
from ubora.service.ledger.clock import next_number
from ubora.service.ledger.database import Ledger
from ubora.service.ledger.pieces import count_inspection, piece_key
from ubora.service.ledger.tables import AuditDraw, Design, Inspection, Microfactory, Photo, Review
from ubora.service.settings import Settings
from ubora.service.simulation.world import Year

RELEASE = "simulated"
PEOPLE = ("Wanjiku", "Otieno", "Njeri")
_NONE = "0" * 64
"""No file has this hash."""


def play(year: Year, settings: Settings, seed: int, tick: Callable[[], object]) -> int:
    """One transaction a week; how many pieces.

    Args:
        tick: called after each week.

    Raises:
        LedgerError: the folder has a ledger already, or cannot be written.
    """
    place = settings.data / "ledger.sqlite"
    if place.exists():
        raise LedgerError(
            str(place), "a ledger; expected a folder without one, since what is played is not real"
        )
    settings.data.mkdir(parents=True, exist_ok=True)
    ledger = Ledger.open(settings.ledger_url())
    # What people are called, which defect, when in a week: what the table does not depend on.
    draw = np.random.default_rng([seed, 1])
    end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    count = 0
    try:
        with ledger.write() as session:
            _begin(session, year.world.workshops)
        for week in range(year.world.weeks):
            monday = end - timedelta(weeks=year.world.weeks - week)
            with ledger.write() as session:
                for row, review, audited in _week(session, year, week, monday, draw):
                    _add(session, row, review, audited=audited, share=year.world.audited)
                    count += 1
            tick()
    finally:
        ledger.close()
    return count


def _begin(session: Session, workshops: int) -> None:
    for number in range(workshops):
        session.add(Microfactory(id=f"sim-{number:04d}", name=f"Workshop {number:04d}", place="simulated"))
    for material in ("brass", "horn", "bone"):
        session.add(
            Design(
                id=f"sim-{material}",
                name=f"Simulated {material}",
                category="pendant",
                material=material,
                stage="raw",
                approved_low=1,
                approved_high=5,
                views=["front"],
            )
        )


def _week(
    session: Session, year: Year, week: int, monday: datetime, draw: np.random.Generator
) -> Iterator[tuple[Inspection, Review | None, bool]]:
    """Every piece of a week, as the machine left it and as people did."""
    for workshop in np.flatnonzero(year.made[:, week]):
        at = (workshop, week)
        clean = year.good[at] - year.flagged_good[at]
        audited_clean = year.audited[at] - year.audited_escaped[at]
        kinds = (
            [("pass", "accept")] * audited_clean
            + [("pass", None)] * (clean - audited_clean)
            + [("pass", "rework")] * year.audited_escaped[at]
            + [("pass", None)] * (year.escaped[at] - year.audited_escaped[at])
            + [("flag", "accept")] * year.flagged_good[at]
            + [("flag", "rework")] * year.caught[at]
        )
        for verdict, disposition in kinds:
            received = monday + timedelta(minutes=int(draw.integers(7 * 24 * 60)))
            defect = (
                str(draw.choice(JEWELRY.defects)) if disposition == "rework" or verdict == "flag" else None
            )
            row = _inspection(session, int(workshop), verdict, defect, received)
            yield row, _review(row, disposition, defect, draw), verdict == "pass" and disposition is not None


def _inspection(
    session: Session, workshop: int, verdict: str, defect: str | None, received: datetime
) -> Inspection:
    name = str(uuid.uuid4())
    microfactory, design = f"sim-{workshop:04d}", f"sim-{('brass', 'horn', 'bone')[workshop % 3]}"
    number = next_number(session)
    mark: dict[str, object] = {"severity": "major", "score": 0.9, "threshold": 0.5, "box": [0, 0, 10, 10]}
    defects = [{"defect": defect, **mark}] if verdict == "flag" else []
    return Inspection(
        id=name,
        fingerprint=_NONE,
        number=number,
        change=number,
        microfactory=microfactory,
        design=design,
        lot=None,
        piece=None,
        piece_key=piece_key(microfactory, design, None, None, name),
        received_at=received,
        changed_at=received,
        release=RELEASE,
        verdict=verdict,
        status="passed" if verdict == "pass" else "pending",
        retakes=0,
        seen_before=False,
        reasons=[f"major {defect}"] if verdict == "flag" else [],
        variance_level=3,
        variance_in_range=True,
        variance_probabilities=[0.0, 0.0, 1.0, 0.0, 0.0],
        design_in_doubt=False,
        design_same_view=True,
        approved_version=0,
        photos=[_photo(defects, received)],
        reviews=[],
        appeals=[],
    )


def _photo(defects: list[dict[str, object]], at: datetime) -> Photo:
    hashes = dict.fromkeys(("received_sha256", "stored_sha256", "heatmap_sha256"), _NONE)
    sides = {"width": 100, "height": 100, "received_bytes": 0, "stored_bytes": 0}
    return Photo(
        index=0,
        view="front",
        faults=[],
        defects=defects,
        scores={},
        measures={},
        removed_at=at,
        removed_why="expired",
        **sides,
        **hashes,
    )


def _review(
    row: Inspection, disposition: str | None, defect: str | None, draw: np.random.Generator
) -> Review | None:
    if disposition is None:
        return None
    seen = (
        [{"photo": 0, "defect": defect, "severity": "major", "box": None}] if disposition == "rework" else []
    )
    name = str(draw.choice(PEOPLE))
    return Review(
        id=str(uuid.uuid4()),
        inspection=row.id,
        fingerprint=_NONE,
        disposition=disposition,
        defects=seen,
        phrases=[],
        note="",
        reviewer=name,
        at=row.received_at + timedelta(hours=2),
    )


def _add(session: Session, row: Inspection, review: Review | None, *, audited: bool, share: float) -> None:
    if review is not None:
        row.reviews.append(review)
        row.status = {"accept": "accepted", "rework": "rework"}[review.disposition]
    session.add(row)
    if audited:
        session.add(AuditDraw(inspection=row.id, received_at=row.received_at, share=share))
    session.flush()
    count_inspection(session, row)
