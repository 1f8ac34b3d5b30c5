"""Whether an accepted piece may stand for its design: what must hold of it, and what does not.

faults = unmet(session, design, inspection)      # none: it may

What was said of a piece is what was said of any inspection of it: a piece that was mended, contested or
photographed again and rejected is no example, whichever of its photos are meant.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.service.ledger.tables import Answer, Appeal, Consent, Design, Inspection, Review, StaffSession

Condition = Literal[
    "design",
    "judged-as",
    "consent",
    "said-otherwise",
    "contested",
    "corrected",
    "status",
    "two-people",
    "variance",
    "design-in-doubt",
    "photo-fault",
    "photo-kept",
]


@dataclass(frozen=True)
class Unmet:
    """What does not hold of a piece."""

    condition: Condition
    found: str
    expected: str

    def __str__(self) -> str:
        return f"found {self.found}, expected {self.expected}"


@dataclass(frozen=True)
class _Facts:
    """What was judged and said."""

    design: Design
    row: Inspection
    people: tuple[tuple[str, str], ...]
    """Who accepted it: an id and a name for each review."""
    reviews: Sequence[Review | Answer]
    """Of every inspection of the piece; with what second people said."""
    appeals: int
    """Likewise."""
    status: str
    consent: Consent | None
    """What its workshop said last of the use of its photos; None: nobody answered."""


def unmet(
    session: Session, design: Design, row: Inspection, as_if: Sequence[Answer] | None = None
) -> list[Unmet]:
    """The conditions that the piece does not meet, in a fixed order; empty where it may stand.

    Args:
        as_if: for whoever is shown the piece as if nobody had said anything else of it.
    """
    facts = _facts(session, design, row) if as_if is None else _as_if(session, design, row, as_if)
    answers = ((condition, ask(facts), expected) for condition, (expected, ask) in _CONDITIONS.items())
    return [Unmet(condition, what, expected) for condition, what, expected in answers if what is not None]


def _facts(session: Session, design: Design, row: Inspection) -> _Facts:
    same_piece = select(Inspection.id).where(Inspection.piece_key == row.piece_key)
    reviews = session.scalars(
        select(Review).where(Review.inspection.in_(same_piece)).order_by(Review.number)
    ).all()
    seconds = session.scalars(
        select(Answer).where(Answer.inspection.in_(same_piece), Answer.kind == "second")
    ).all()
    said: list[Review | Answer] = [*reviews, *seconds]
    appeals = session.scalars(select(Appeal.id).where(Appeal.inspection.in_(same_piece))).all()
    accepting = [review for review in said if review.inspection == row.id and review.disposition == "accept"]
    # Every log-in is another token: the person behind it counts.
    tokens = {review.token for review in accepting}
    sessions = session.scalars(select(StaffSession).where(StaffSession.token.in_(tokens)))
    person = {one.token: one.staff for one in sessions}
    people = tuple(
        (person.get(review.token or "") or review.token or review.reviewer, review.reviewer)
        for review in accepting
    )
    consent = last_consent(session, row.microfactory)
    return _Facts(design, row, people, said, len(appeals), row.status, consent)


def _as_if(session: Session, design: Design, row: Inspection, said: Sequence[Answer]) -> _Facts:
    status = "passed" if row.verdict == "pass" else "pending"
    if said:
        status = {"accept": "accepted", "rework": "rework", "reject": "rejected"}[said[-1].disposition]
    people = tuple((one.person, one.reviewer) for one in said if one.disposition == "accept")
    return _Facts(design, row, people, said, 0, status, last_consent(session, row.microfactory))


def last_consent(session: Session, microfactory: str) -> Consent | None:
    """What counts of a workshop; None: nobody answered."""
    said = select(Consent).where(Consent.microfactory == microfactory)
    return session.scalar(said.order_by(Consent.number.desc()).limit(1))


def _other_design(facts: _Facts) -> str | None:
    if facts.row.design_unknown:
        return "a piece of no known design"
    return None if facts.row.design == facts.design.id else f"a piece of {facts.row.design}"


def _judged_elsewhere(facts: _Facts) -> str | None:
    row = facts.row
    return None if row.judged_as == row.design else f"one that was judged beside {row.judged_as}"


def _refused(facts: _Facts) -> str | None:
    # Standing is no training: where nobody was asked yet it stays as it was.
    if facts.consent is None or facts.consent.photos:
        return None
    return f"a workshop that said no at {facts.consent.at:%Y-%m-%d %H:%M} UTC"


def _not_accepted(facts: _Facts) -> str | None:
    return None if facts.status == "accepted" else facts.status


def _too_few_people(facts: _Facts) -> str | None:
    # A person's log-in and a token with her name on it are one person.
    pairs = combinations(facts.people, 2)
    if any(one[0] != other[0] and one[1].casefold() != other[1].casefold() for one, other in pairs):
        return None
    return ", ".join(dict.fromkeys(name for _, name in facts.people)) or "nobody"


def _said_otherwise(facts: _Facts) -> str | None:
    said = [f"{one.disposition} by {one.reviewer}" for one in facts.reviews if one.disposition != "accept"]
    return ", ".join(said) or None


def _contested(facts: _Facts) -> str | None:
    return f"{facts.appeals} of them" if facts.appeals else None


def _corrected(facts: _Facts) -> str | None:
    named = {defect["defect"] for one in facts.reviews for defect in one.defects or ()}
    return ", ".join(sorted(named)) or None


def _strays(facts: _Facts) -> str | None:
    row, low, high = facts.row, facts.design.approved_low, facts.design.approved_high
    graded = [one.variance for one in facts.reviews if one.variance is not None]
    outside = [level for level in (row.variance_level, *graded) if not low <= level <= high]
    if outside:
        return f"level {outside[0]}, where the design approves {low} to {high}"
    return None if row.variance_in_range else f"a flag for its level {row.variance_level}"


def _in_doubt(facts: _Facts) -> str | None:
    if facts.row.design_distance is None:
        return "one that was judged before its design had approved photos"
    return "one in doubt" if facts.row.design_in_doubt else None


def _faulty_photo(facts: _Facts) -> str | None:
    return ", ".join(sorted({fault for photo in facts.row.photos for fault in photo.faults})) or None


def _not_kept(facts: _Facts) -> str | None:
    gone = sum(photo.removed_at is not None for photo in facts.row.photos)
    return f"{gone} of {len(facts.row.photos)} no longer kept" if gone else None


_CONDITIONS: dict[Condition, tuple[str, Callable[[_Facts], str | None]]] = {
    "design": ("a piece of this design", _other_design),
    "judged-as": ("a piece that was judged beside this design's samples", _judged_elsewhere),
    "consent": ("a workshop that did not refuse the use of its photos", _refused),
    "said-otherwise": ("nobody who ever said otherwise of the piece", _said_otherwise),
    "contested": ("no appeal, also none that was decided", _contested),
    "corrected": ("no defect in any review of the piece", _corrected),
    "status": ("accepted", _not_accepted),
    "two-people": ("two people who accepted it", _too_few_people),
    "variance": ("a level inside the design's range, by network and people, and no flag for it", _strays),
    "design-in-doubt": ("a piece that was compared with the approved photos and not in doubt", _in_doubt),
    "photo-fault": ("photos without a fault", _faulty_photo),
    "photo-kept": ("photos that are all kept", _not_kept),
}
"""What is expected, and what is found instead; None where it holds. What people said comes first: it tells
why a piece leaves."""
