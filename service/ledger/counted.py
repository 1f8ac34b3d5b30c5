"""What counts of a piece, and in which counts: the rule, apart from where the counts are kept.

A piece counts on the day of its latest inspection that is no retake, as people have left it; whose days,
`days` says. Columns are the same for all facets; what they count differs for two of them:

microfactory, network  all pieces; retakes are photos
design                 pieces of a design, as people left it; its material is asked of the design; a piece of
                       no known design is in none
release                pieces that a release judged last; in first-pass columns, those that it judged first
reviewer               pieces on whose last decision somebody put a name: `decided` by her, `passed` accepted
defect                 pieces with a class of defect: `decided` as people left it, `passed` accepted all the
                       same, `pending` as the machine found it; what passed unseen has none
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

Facet = Literal["microfactory", "network", "design", "release", "reviewer", "defect"]
COLUMNS = ("decided", "passed", "pending", "retakes", "first_decided", "first_passed")
PASSED = ("passed", "accepted")
BY_PEOPLE = ("accepted", "rework", "rejected")
DECIDED = ("passed", *BY_PEOPLE)
Change = Counter[tuple[Facet, str, str, str]]
"""(facet, name, day, column) → how much is added; the network's name is empty."""


@dataclass(frozen=True)
class Counted:
    """What counts of one piece."""

    microfactory: str
    design: str
    day: str
    status: str
    release: str
    first_day: str
    first_status: str
    first_release: str
    reviewer: str | None
    defects: frozenset[str]
    design_unknown: bool = False

    def on(self, day: str, first_day: str) -> "Counted":
        """The same on other days."""
        return replace(self, day=day, first_day=first_day)

    def counts(self) -> Change:
        """What it adds."""
        change: Change = Counter()
        everywhere: tuple[tuple[Facet, str], ...] = (
            ("microfactory", self.microfactory),
            ("network", ""),
            *_of_design(None if self.design_unknown else self.design),
        )
        named = [*everywhere, ("release", self.release), *(("defect", one) for one in sorted(self.defects))]
        if self.reviewer is not None:
            named.append(("reviewer", self.reviewer))
        for facet, name in named:
            if self.status == "pending":
                change[facet, name, self.day, "pending"] += 1
            else:
                change[facet, name, self.day, "decided"] += 1
                change[facet, name, self.day, "passed"] += self.status in PASSED
        if self.first_status != "pending":
            for facet, name in (*everywhere, ("release", self.first_release)):
                change[facet, name, self.first_day, "first_decided"] += 1
                change[facet, name, self.first_day, "first_passed"] += self.first_status in PASSED
        return change


def retake_counts(microfactory: str, design: str | None, release: str, day: str) -> Change:
    """What a photo that is to be taken again adds: to nothing of anybody's rate.

    Args:
        design: None where nobody knows of which it is.
    """
    of: tuple[tuple[Facet, str], ...] = (
        ("microfactory", microfactory),
        ("network", ""),
        *_of_design(design),
        ("release", release),
    )
    return Counter({(facet, name, day, "retakes"): 1 for facet, name in of})


def _of_design(design: str | None) -> tuple[tuple[Facet, str], ...]:
    return () if design is None else (("design", design),)


def defects_of(
    status: str,
    verdict: str,
    corrected: Iterable[Mapping[str, Any]] | None,
    found: Iterable[Iterable[Mapping[str, Any]]],
) -> frozenset[str]:
    """The classes of defect on a piece that count.

    Args:
        corrected: what the review that counts says of defects; None where there is none, or it says nothing.
        found: what the machine found on each of its photos.
    """
    if corrected is not None and status in BY_PEOPLE:
        return frozenset(str(defect["defect"]) for defect in corrected)
    if status in PASSED or verdict == "retake":
        return frozenset()
    return frozenset(str(defect["defect"]) for photo in found for defect in photo)
