"""Which known name somebody meant who wrote another. Stands below all rooms: each of them expects names.

raise BundleError(f"no release {name!r}{did_you_mean(name, known)}")       # …; did you mean 'champion'?
"""

import difflib
import re
from collections.abc import Iterable

ALIKE = 0.6
"""Of 1: one letter of three may be wrong, or two of six that changed places."""


def did_you_mean(found: object, known: Iterable[object]) -> str:
    """`; did you mean 'x'?` for the known name that is nearest, or for two as near; else ""."""
    near = nearest(str(found), [str(name) for name in known])
    return f"; did you mean {' or '.join(map(repr, near))}?" if near else ""


def nearest(found: str, known: Iterable[str]) -> list[str]:
    """The known names that are most alike, at most two; capitals and dashes count for nothing."""
    plain = _plain(found)
    by_likeness: dict[float, list[str]] = {}
    for name in dict.fromkeys(known):
        likeness = difflib.SequenceMatcher(None, plain, _plain(name)).ratio()
        by_likeness.setdefault(round(likeness, 2), []).append(name)
    best = max(by_likeness, default=0.0)
    # What is empty is like nothing, and nobody meant the name that she wrote.
    if not plain or best < ALIKE or found in by_likeness[best]:
        return []
    return by_likeness[best][:2]


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", " ", name.casefold()).strip()
