"""What a network is, as opposed to how it is trained; stored with its weights."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ubora.models.record import ANY, InputContract
from ubora.training.knobs import NETWORK_KNOBS, Recipe
from ubora.training.network.backbone import Name

PIECE_STRIDE = 4
"""Pixels of a look to a cell of the piece map."""
STRIDE = 8
"""Pixels of a look to a cell that is described, compared and heated."""
FOUND_FROM, SPECK_BELOW = -0.5, 0.15
"""The square so found and the true one overlap by 0.91 on validation photos (intersection over union); with
the contract's own values, which an older network wanted, by 0.86."""


class NetworkSpec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    classes: Annotated[tuple[str, ...], Field(min_length=1)]
    piece: bool
    """Whether it learnt where the piece is; without, all of a photo is the piece."""
    variance: bool
    """Whether it learnt levels; without, every piece is level 3."""
    grade: Literal["features", "outline"] = "outline"
    """What levels are told by: what the surface looks like, or how even the piece's outline is."""
    input_size: int = 320
    first_look: int = 256
    """Pixels of the whole photo in which the piece is looked for; 0 looks once, at the whole photo."""
    margin: float = 0.1
    """Of the piece's longer side, left around it in the second look."""
    backbone: Name = "efficientnet_lite0"
    backbone_width: float = 1.0
    padding: Literal["same", "torchvision"] = "same"
    scaling: Literal["imagenet", "minus_one_to_one"] = "minus_one_to_one"
    piece_width: int = 32
    descriptor_size: int = 96
    comparison_width: int = 96
    comparison_blocks: int = 4
    embedding_size: int = 64
    pool_cells: int = 6

    @classmethod
    def of(cls, recipe: Recipe, classes: Sequence[str], *, piece: bool, variance: bool) -> "NetworkSpec":
        knobs = {knob: getattr(recipe, knob) for knob in NETWORK_KNOBS}
        if not piece:
            knobs["grade"] = "features"  # nothing tells it an outline
        return cls(classes=tuple(classes), piece=piece, variance=variance, **knobs)

    def grid(self) -> int:
        """Cells along a side of the piece map."""
        return self.input_size // PIECE_STRIDE

    def heats(self) -> tuple[str, ...]:
        """What each channel of the heat is of."""
        return (*self.classes, ANY)

    def cells_pooled(self, cells: int) -> int:
        """Of how many cells of a map of `cells` a score is the mean: the same share of a map of any size."""
        return max(1, round(self.pool_cells * cells / (self.input_size // STRIDE) ** 2))


def input_contract(spec: NetworkSpec) -> InputContract:
    """What a network takes, as its bundle will say. Without a piece head there is nothing to look for."""
    first_look = spec.first_look if spec.first_look and spec.piece else None
    return InputContract(
        size=spec.input_size,
        first_look=first_look,
        margin=spec.margin,
        found_from=FOUND_FROM,
        speck_below=SPECK_BELOW,
    )
