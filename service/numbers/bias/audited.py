"""What people found on audited pieces, by what may make a difference: what the bias audit stands on.

audited = read_audited(session, window).groups
audited["phone"]["SM-A125F"].own      # Audited; `.others` are all other phones' pieces

Audited are pieces that the machine flagged and a person decided, passed pieces that were drawn for a look and
looked at, and passed pieces that were decided in hand. Those in hand are a stratum of their own, all of it
looked at; the drawn ones stand for all others that passed, each by the share that was drawn then. What waits,
and what was to be photographed again, says nothing of anybody.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import and_, exists, func, literal_column, or_, select, union
from sqlalchemy.orm import Session, aliased

from ubora.service.ledger.counted import BY_PEOPLE, PASSED
from ubora.service.ledger.tables import AuditDraw, Design, Inspection, Photo, Review
from ubora.service.numbers.window import Window
from ubora.service.statistics.escapes import Stratum
from ubora.service.statistics.fairness.errors import Audited

Factor = Literal["microfactory", "phone", "material", "category", "variance", "light", "warmth"]
FACTORS: tuple[Factor, ...] = get_args(Factor)
UNKNOWN = "unknown"
"""A phone that did not say its model, or a photo of before its light was measured."""
DIM_BELOW, BRIGHT_FROM = 100.0, 190.0
"""Of the brightness on the piece, 0–255."""
WARM_FROM = 0.3
"""Doublings of red over blue; cold is as far on the other side."""
MOST = 20_000
"""Flagged inspections that are read, the latest; of the other kinds those of the same days."""
_FLAGGED = Inspection.verdict == literal_column("'flag'")
"""As the index says it: a database does not look into parameters when it chooses one."""
IN_HAND = 1.0
"""All of what was decided in hand was looked at."""


@dataclass(frozen=True)
class Group:
    own: Audited
    others: Audited
    """All others of the same factor together."""


@dataclass
class _Counts:
    drawn: Counter[tuple[bool, float, str]] = field(default_factory=Counter)
    """(in hand, share, what of it) → pieces."""
    flagged: int = 0
    accepted: int = 0

    def audited(self, less: "_Counts | None" = None) -> Audited:
        """Without those of `less`."""
        drawn = self.drawn if less is None else self.drawn - less.drawn
        strata = (
            Stratum(
                drawn[key, share, "drawn"] / share,
                *(drawn[key, share, what] for what in ("looked", "escaped")),
            )
            for key, share in sorted({(key, share) for key, share, _ in drawn})
        )
        flagged, accepted = (0, 0) if less is None else (less.flagged, less.accepted)
        return Audited(tuple(strata), self.flagged - flagged, self.accepted - accepted)


@dataclass(frozen=True)
class AuditedPieces:
    groups: dict[Factor, dict[str, Group]]
    """Factor → name of a group → its audited pieces."""
    since: datetime
    """Inspections that came from then on."""
    truncated: bool
    """It is later than asked: more than MOST were flagged since."""


def read_audited(session: Session, window: Window) -> AuditedPieces:
    """Of inspections that came in these days."""
    begin, end = window.moments(session)
    latest = _latest(session, begin, end)
    begin = latest or begin
    by_factor: dict[Factor, dict[str, _Counts]] = {factor: defaultdict(_Counts) for factor in FACTORS}
    everything = _Counts()
    for row in _rows(session, begin, end):
        _count(everything, row)
        for factor, name in _groups(row).items():
            _count(by_factor[factor][name], row)
    groups = {
        factor: {
            name: Group(counts.audited(), everything.audited(less=counts))
            for name, counts in sorted(groups.items())
        }
        for factor, groups in by_factor.items()
    }
    return AuditedPieces(groups, begin, latest is not None)


def _latest(session: Session, begin: datetime, end: datetime) -> datetime | None:
    """When the first of the latest MOST flagged ones came; None where there are no more."""
    at = Inspection.received_at
    flagged = select(at).where(_FLAGGED, at >= begin, at < end).order_by(at.desc())
    return session.scalar(flagged.offset(MOST).limit(1))


def _count(counts: _Counts, row: Any) -> None:
    good, by_people = row.status in PASSED, row.status in BY_PEOPLE
    if row.verdict == "flag":
        counts.flagged += 1
        counts.accepted += good
        return
    # Decided in hand it is known for certain, drawn or not; it must not stand for others, too.
    in_hand = row.in_hand is not None and by_people
    if not in_hand and row.share is None:
        return  # contested after it was decided in hand: it says something again once that is decided
    share = IN_HAND if in_hand else row.share
    looked = by_people and row.reviewed
    counts.drawn[in_hand, share, "drawn"] += 1
    if looked:
        counts.drawn[in_hand, share, "looked"] += 1
    if looked and not good:
        counts.drawn[in_hand, share, "escaped"] += 1


def _rows(session: Session, begin: datetime, end: datetime) -> Iterable[Any]:
    later = aliased(Review)
    is_last = ~exists().where(later.inspection == Review.inspection, later.number > Review.number)
    at = Inspection.received_at
    # Each kind by its own index: what passed and was not looked at is not read. No index holds `came`.
    came = func.coalesce(at, Inspection.changed_at)
    flagged = select(Inspection.id).where(_FLAGGED, at >= begin, at < end, Inspection.status.in_(BY_PEOPLE))
    drawn = select(AuditDraw.inspection).where(AuditDraw.received_at >= begin, AuditDraw.received_at < end)
    in_hand = (
        select(Review.inspection)
        .join(Inspection, Inspection.id == Review.inspection)
        .where(Review.in_hand.is_not(None), came >= begin, came < end)
    )
    audited = union(flagged, drawn, in_hand).subquery()
    return session.execute(
        select(
            Inspection.microfactory,
            Inspection.phone,
            Inspection.variance_level,
            Inspection.verdict,
            Inspection.status,
            Design.material,
            Design.category,
            Photo.measures,
            AuditDraw.share,
            Review.in_hand,
            Review.number.is_not(None).label("reviewed"),
        )
        .select_from(audited)
        .join(Inspection, Inspection.id == audited.c[0])
        .join(Design, Design.id == Inspection.design)
        .join(Photo, and_(Photo.inspection == Inspection.id, Photo.index == 0))
        .outerjoin(AuditDraw, AuditDraw.inspection == Inspection.id)
        .outerjoin(Review, and_(Review.inspection == Inspection.id, is_last))
        .where(
            or_(
                and_(Inspection.verdict == "flag", Inspection.status.in_(BY_PEOPLE)),
                and_(
                    Inspection.verdict == "pass",
                    or_(AuditDraw.share.is_not(None), Review.in_hand.is_not(None)),
                ),
            )
        )
        .execution_options(yield_per=1000)
    )


def _groups(row: Any) -> dict[Factor, str]:
    """Of the first photo, where it is about a photo."""
    return {
        "microfactory": row.microfactory,
        "phone": row.phone or UNKNOWN,
        "material": row.material,
        "category": row.category,
        "variance": "even" if row.variance_level <= 2 else "middling" if row.variance_level == 3 else "free",
        "light": light_of(row.measures),
        "warmth": warmth_of(row.measures),
    }


def light_of(measures: Mapping[str, float]) -> str:
    """dim, middling or bright."""
    brightness = measures.get("brightness")
    if brightness is None:
        return UNKNOWN
    return "dim" if brightness < DIM_BELOW else "bright" if brightness >= BRIGHT_FROM else "middling"


def warmth_of(measures: Mapping[str, float]) -> str:
    """cold, neutral or warm."""
    warmth = measures.get("warmth")
    if warmth is None:
        return UNKNOWN
    return "warm" if warmth >= WARM_FROM else "cold" if warmth <= -WARM_FROM else "neutral"
