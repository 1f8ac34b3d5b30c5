"""How bad a mark is, by its size and by whether it reaches an edge of the piece: one table a class.

    table = SeverityTable(inside=Steps(major=0.08, critical=0.35), edge=Steps(major=0.05, critical=0.15))
    severity_at(table, size=0.1, at_edge=True)      # "major"

Sizes are shares of the piece's longer side. A hairline in the middle of a bangle is not a break; the same
crack from the edge inwards is the beginning of one.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Severity = Literal["minor", "major", "critical"]
Size = Annotated[float, Field(ge=0, le=2)]


class Steps(BaseModel):
    """From which size on a mark is how bad; below the first it is minor. None: never."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    major: Size | None = None
    critical: Size | None = None

    @model_validator(mode="after")
    def _rises(self) -> "Steps":
        if self.major is not None and self.critical is not None and self.critical < self.major:
            raise ValueError(f"critical from {self.critical}, major from {self.major}; expected major first")
        return self

    def at(self, size: float) -> Severity:
        if self.critical is not None and size >= self.critical:
            return "critical"
        return "major" if self.major is not None and size >= self.major else "minor"

    def reaches(self) -> tuple[Severity, ...]:
        """What a mark can be, the least first."""
        above: list[Severity] = ["minor"] if self.at(0) == "minor" else []
        if self.major is not None and self.major != self.critical:
            above.append("major")
        return tuple([*above, "critical"] if self.critical is not None else above)


class SeverityTable(BaseModel):
    """Of one class, as a bundle keeps it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    """Of what sizes mean; a bundle of before has no table."""
    inside: Steps
    edge: Steps
    """For a mark that reaches the piece's outline, or the rim of a hole in it."""

    @model_validator(mode="after")
    def _edge_is_no_better(self) -> "SeverityTable":
        for name in ("major", "critical"):
            inside, edge = getattr(self.inside, name), getattr(self.edge, name)
            if inside is not None and (edge is None or edge > inside):
                raise ValueError(f"{name} at an edge from {edge}, inside from {inside}; expected no later")
        return self


def severity_at(table: SeverityTable, size: float, *, at_edge: bool) -> Severity:
    """
    Args:
        size: the mark's longer side as a share of the piece's.
    """
    return (table.edge if at_edge else table.inside).at(size)


def _table(
    inside: tuple[float | None, float | None], edge: tuple[float | None, float | None]
) -> SeverityTable:
    return SeverityTable(
        inside=Steps(major=inside[0], critical=inside[1]), edge=Steps(major=edge[0], critical=edge[1])
    )


JEWELRY: dict[str, SeverityTable] = {
    # Runs on until it breaks once it has an edge; a hairline in the middle stays what it is for years.
    "crack": _table((0.12, 0.40), (0.08, 0.20)),
    # Is always at an edge: a nick is filed round, a large one is felt and seen.
    "chip": _table((0.12, 0.25), (0.08, 0.15)),
    # Not the piece that was ordered, but for one of many small parts.
    "missing": _table((0.0, 0.15), (0.0, 0.15)),
    "dent": _table((0.12, 0.40), (0.10, 0.35)),
    # All of a piece is a little out of round.
    "bent": _table((0.20, 0.70), (0.20, 0.70)),
    "solder": _table((0.12, 0.40), (0.10, 0.35)),
    # Scratches the skin at an edge.
    "rough": _table((0.15, None), (0.10, None)),
    # Polished out at the hub.
    "scratch": _table((0.25, None), (0.25, None)),
    # Cleaned at the hub.
    "tarnish": _table((0.35, None), (0.35, None)),
    # Plating fills a few.
    "pit": _table((0.25, None), (0.20, None)),
}
"""By major and critical, inside and at an edge. The recipe for jewelry has the same numbers; they stand here
for bundles of before that give a class one severity whatever its size."""
