"""What was reviewed and is not in a harvest: photos whose workshop did not consent, and those no longer kept.

for line in left_out.told(): print(line)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ubora.service.ledger.tables import Inspection
from ubora.service.ownership.consents import Said


@dataclass(frozen=True)
class LeftOut:
    """What was reviewed and is not in a harvest, by what counts now."""

    pieces: Mapping[str, int]
    """Workshop without consent → how many of its reviewed pieces."""
    refused: frozenset[str]
    """Those of them that said no; the others did not answer."""
    not_kept: int
    """Photos of workshops with consent that were deleted, or were older than photos are kept."""

    def told(self) -> list[str]:
        """A line each, for people, with what to do."""
        lines = []
        for wanted, why in ((False, "nobody answered for"), (True, "no consent of")):
            found = {code: n for code, n in sorted(self.pieces.items()) if (code in self.refused) == wanted}
            if found:
                named = ", ".join(f"{code} ({count})" for code, count in found.items())
                lines.append(f"left out: {_pieces(sum(found.values()))}, {why} the use of photos: {named}")
        if set(self.pieces) - self.refused:
            lines.append(
                "to have them: the workshop answers on its phone, at the first start of the app or under "
                "My workshop, Whose photos they are; no answer is no consent"
            )
        if self.not_kept:
            lines.append(f"left out: {self.not_kept} photos that are no longer kept")
        return lines

    def as_json(self) -> dict[str, Any]:
        """Counts, for a program."""
        return {
            "no_consent": {
                code: {"pieces": count, "answer": "no" if code in self.refused else None}
                for code, count in sorted(self.pieces.items())
            },
            "photos_not_kept": self.not_kept,
        }


def may_use(said: Mapping[str, Said], row: Inspection) -> bool:
    """No answer is no consent."""
    return row.microfactory in said and said[row.microfactory].photos


def _pieces(count: int) -> str:
    return f"{count} piece" if count == 1 else f"{count} pieces"
