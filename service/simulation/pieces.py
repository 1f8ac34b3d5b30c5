"""The pieces of a played week: what the machine said of each and what people did, as rows of the ledger.

for one in week_of(year, week, begin, now, draw): one.workshop, one.verdict, one.at
rows = Rows(session, scene, habits, year, draw).of(one)     # the piece's photo, and one to be taken again

A played piece has no photo: its row says since when, and that it was played.
"""

import uuid
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from ubora.models.inference.photo_faults import INSTRUCTIONS
from ubora.service.ledger.clock import next_number
from ubora.service.ledger.pieces import piece_key
from ubora.service.ledger.tables import AuditDraw, Inspection, Photo, Review
from ubora.service.simulation.marks import PLACE, SIDES, Mark, is_worse, mark_of
from ubora.service.simulation.orders import Orders
from ubora.service.simulation.scene import Scene, Workshop
from ubora.service.simulation.world import Year

WHY_NO_PHOTO = "played"
_NONE = "0" * 64
"""No file has this hash."""
_OPENS, _CLOSES = 5 * 60, 15 * 60
"""Minutes of the UTC day in which workshops near Nairobi work."""
_LONGEST = timedelta(hours=2)
"""Until a person has decided a piece."""
_FAULTS = ("blur", "glare", "dark", "too_far")
_LEVELS = (1, 2, 3, 4, 5)
_UP_TO = (0.08, 0.35, 0.75, 0.95, 1.0)
"""Share of pieces at each level or below it."""


@dataclass(frozen=True)
class Played:
    """A piece, as the year has it."""

    workshop: int
    week: int
    verdict: str
    good: bool
    looked_at: bool
    """A person decided it."""
    at: datetime

    @property
    def drawn(self) -> bool:
        """It passed, and was drawn for a look."""
        return self.verdict == "pass" and self.looked_at


def week_of(year: Year, week: int, begin: datetime, now: datetime, draw: np.random.Generator) -> list[Played]:
    """Every piece of a week, the first one first.

    Args:
        begin: midnight, UTC.
        now: no piece comes later; the last day of a year is today, and is not over.
    """
    found = []
    for workshop in np.flatnonzero(year.made[:, week]).tolist():
        for (verdict, good, looked_at), count in _kinds(year, workshop, week):
            for _ in range(count):
                day, minute = int(draw.integers(7)), int(draw.integers(_OPENS, _CLOSES))
                at = begin + timedelta(days=day, minutes=minute, seconds=int(draw.integers(60)))
                while at > now - _LONGEST:
                    at -= timedelta(days=1)
                found.append(Played(workshop, week, verdict, good, looked_at, at))
    return sorted(found, key=lambda one: one.at)


def _kinds(year: Year, workshop: int, week: int) -> list[tuple[tuple[str, bool, bool], int]]:
    """(verdict, whether it is good, whether a person decides it) → how many."""
    at = (workshop, week)
    clean = int(year.good[at] - year.flagged_good[at])
    escaped, looked_at = int(year.escaped[at]), int(year.audited[at])
    caught_late = int(year.audited_escaped[at])
    return [
        (("pass", True, True), looked_at - caught_late),
        (("pass", True, False), clean - looked_at + caught_late),
        (("pass", False, True), caught_late),
        (("pass", False, False), escaped - caught_late),
        (("flag", True, True), int(year.flagged_good[at])),
        (("flag", False, True), int(year.caught[at])),
    ]


@dataclass(frozen=True)
class Rows:
    """Makes rows in the order of the pieces, in one session."""

    session: Session
    scene: Scene
    habits: Sequence[str]
    year: Year
    draw: np.random.Generator
    orders: Orders | None

    def of(self, piece: Played) -> list[Inspection]:
        """The inspection of a piece; before it, now and then, one whose photo was to be taken again."""
        workshop = self.scene.workshops[piece.workshop]
        design = workshop.designs[int(self.draw.random() ** 2 * len(workshop.designs))]
        lot = code = None
        if self.orders is not None:
            lot, code = self.orders.place(self.session, workshop.code, design, piece.at)
        who = _Who(workshop, design, lot, code)
        rows = []
        if self.draw.random() < self.scene.retakes:
            rows.append(self._retake(who, piece.at - timedelta(minutes=2)))
        rows.append(self._judged(who, piece))
        if self.orders is not None and lot is not None and rows[-1].status in ("passed", "accepted"):
            self.orders.done(self.session, lot, piece.at)
        return rows

    def draws(self, rows: Sequence[tuple[Played, Inspection]]) -> list[AuditDraw]:
        """Of those that passed and were looked at."""
        share = self.year.world.audited
        drawn = [row for piece, row in rows if piece.drawn]
        return [AuditDraw(inspection=row.id, received_at=row.received_at, share=share) for row in drawn]

    def _judged(self, who: "_Who", piece: Played) -> Inspection:
        material = self.scene.designs[who.design].material
        worse = is_worse(self.year, piece.workshop, piece.week)
        marked = not piece.good or piece.verdict == "flag"
        habit = self.habits[piece.workshop]
        mark = mark_of(material, habit, worse=worse and not piece.good, draw=self.draw) if marked else None
        row = self._row(who, piece.at, piece.verdict, "passed" if piece.verdict == "pass" else "pending")
        row.reasons = [f"photo 1: {mark.severity} {mark.defect}"] if mark and piece.verdict == "flag" else []
        row.photos = [self._photo(who.workshop, piece, mark)]
        if piece.looked_at:
            review = self._review(row, mark if not piece.good else None)
            row.reviews.append(review)
            row.status = {"accept": "accepted", "rework": "rework", "reject": "rejected"}[review.disposition]
        return row

    def _retake(self, who: "_Who", at: datetime) -> Inspection:
        fault = str(self.draw.choice(_FAULTS))
        row = self._row(who, at, "retake", "retake")
        row.instruction, row.retakes = INSTRUCTIONS[fault], 1
        row.reasons = [f"photo 1: {row.instruction}"]
        row.photos = [self._bare_photo(who.workshop, at, [fault], [], {})]
        return row

    def _row(self, who: "_Who", at: datetime, verdict: str, status: str) -> Inspection:
        name = str(uuid.UUID(bytes=self.draw.bytes(16), version=4))
        number = next_number(self.session)
        design = self.scene.designs[who.design]
        drawn = 1 + bisect(_UP_TO, self.draw.random())
        level = min(max(drawn, design.approved_low), design.approved_high)
        return Inspection(
            id=name,
            fingerprint=_NONE,
            number=number,
            change=number,
            microfactory=who.workshop.code,
            design=who.design,
            lot=who.lot,
            piece=who.piece,
            piece_key=piece_key(who.workshop.code, who.design, who.lot, who.piece, name),
            received_at=at,
            taken_at=at - timedelta(minutes=1),
            changed_at=at,
            phone=who.workshop.phone,
            release=self.scene.release,
            verdict=verdict,
            status=status,
            retakes=0,
            seen_before=False,
            reasons=[],
            variance_level=level,
            variance_in_range=True,
            variance_probabilities=[float(level == one) for one in _LEVELS],
            design_in_doubt=False,
            design_same_view=True,
            approved_version=0,
            reviews=[],
            appeals=[],
        )

    def _photo(self, workshop: Workshop, piece: Played, mark: Mark | None) -> Photo:
        """Scores stand beside the thresholds as the verdict says."""
        limits = self.scene.thresholds
        low = self.draw.beta(1.3, 4.0, len(limits))
        scores = {name: float(limit * one) for (name, limit), one in zip(limits.items(), low, strict=True)}
        found: list[dict[str, Any]] = []
        if mark is not None and piece.verdict == "flag":
            limit = limits[mark.defect]
            # Above it, and the further the worse the piece: a false flag is mostly a near one.
            score = float(limit + (1 - limit) * self.draw.beta(*((1.0, 12.0) if piece.good else (1.4, 3.0))))
            scores[mark.defect] = score
            said = {"defect": mark.defect, "severity": mark.severity, "score": score, "threshold": limit}
            found.append(said | {"box": list(mark.box), "compared_with": None})
        elif mark is not None:
            scores[mark.defect] = float(limits[mark.defect] * self.draw.beta(4.0, 1.5))
        return self._bare_photo(workshop, piece.at, [], found, scores)

    def _bare_photo(
        self,
        workshop: Workshop,
        at: datetime,
        faults: list[str],
        defects: list[dict[str, Any]],
        scores: dict[str, float],
    ) -> Photo:
        hashes = dict.fromkeys(("received_sha256", "stored_sha256", "heatmap_sha256"), _NONE)
        noise = self.draw.normal(size=3)
        measures = {
            "sharpness": float(np.clip(120 + 25 * noise[0], 20, 250)),
            "brightness": float(np.clip(workshop.brightness + 18 * noise[1], 20, 255)),
            "glare": 0.01,
            "piece_share": 0.35,
            "border_share": 0.0,
            "piece_side": 0.8,
            "warmth": float(workshop.warmth + 0.1 * noise[2]),
        }
        return Photo(
            index=0,
            view="front",
            width=SIDES[0],
            height=SIDES[1],
            received_bytes=0,
            stored_bytes=0,
            faults=faults,
            defects=defects,
            scores=scores,
            measures=measures,
            place=list(PLACE),
            removed_at=at,
            removed_why=WHY_NO_PHOTO,
            **hashes,
        )

    def _review(self, row: Inspection, mark: Mark | None) -> Review:
        names = tuple(self.scene.people)
        name = names[int(self.draw.integers(len(names)))]
        seen: list[dict[str, Any]] = []
        if mark is not None:
            seen = [{"photo": 0, "defect": mark.defect, "severity": mark.severity, "box": list(mark.box)}]
        bad = "reject" if mark is not None and mark.severity == "critical" else "rework"
        return Review(
            id=str(uuid.UUID(bytes=self.draw.bytes(16), version=4)),
            inspection=row.id,
            fingerprint=_NONE,
            disposition="accept" if mark is None else bad,
            defects=seen,
            variance=row.variance_level,
            phrases=[],
            note="",
            reviewer=name,
            person=self.scene.people[name],
            at=row.received_at + timedelta(minutes=int(self.draw.integers(20, 120))),
        )


@dataclass(frozen=True)
class _Who:
    """Of whom a piece is, and for what."""

    workshop: Workshop
    design: str
    lot: str | None
    piece: str | None
