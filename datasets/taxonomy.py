"""The one list of what can be said of a piece and its photo: defects, severities, materials, variance.

Jewelry is the default. A dataset of something else (magnetic tiles, say) carries its own lists in its
`dataset.json`; models receive class names as data inside the bundle, never from here.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

Severity = Literal["minor", "major", "critical"]
Stage = Literal["raw", "assembled", "plated"]
View = Literal["front", "back", "side", "detail"]
Source = Literal["captured", "reviewed", "rendered", "public"]
Split = Literal["train", "val", "test", "test_designs"]
PhotoFault = Literal["blur", "glare", "dark", "cut_off", "too_far", "two_pieces", "no_piece"]

SEVERITIES: tuple[Severity, ...] = ("minor", "major", "critical")
SPLITS: tuple[Split, ...] = ("train", "val", "test")
EVERY_SPLIT: tuple[Split, ...] = (*SPLITS, "test_designs")
"""With the optional fourth: pieces of designs of which no piece stands in another split."""
VARIANCE_LEVELS = (1, 2, 3, 4, 5)
"""How far the hand strayed from the design, in units of its tolerance: 1 very even … 5 very free.

Level 3 is an ordinary approved piece. No level is a defect.
"""


class Taxonomy(BaseModel):
    """The lists one dataset draws its words from. Order is the order of a network's outputs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    defects: tuple[str, ...]
    materials: tuple[str, ...]
    categories: tuple[str, ...]

    @model_validator(mode="after")
    def _names_are_unique(self) -> "Taxonomy":
        for field, names in self:
            if len(set(names)) != len(names):
                raise ValueError(f"{field} has a name twice: {', '.join(names)}")
        return self


JEWELRY = Taxonomy(
    defects=(
        "scratch",
        "crack",
        "dent",
        "chip",
        "pit",  # porosity
        "tarnish",  # stain, verdigris
        "solder",  # excess solder or glue
        "rough",  # tool marks, burr, unfinished
        "missing",  # bead or part
        "bent",  # out of shape
    ),
    materials=("brass", "horn", "bone", "mixed"),
    categories=("bangle", "cuff", "ring", "hoop", "drop", "pendant", "beads", "chain", "wrap"),
)
