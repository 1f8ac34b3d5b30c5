"""Every knob of a training run: its type, its range, and what it is where the recipe says nothing of it.

The reason for each value stands beside it in `training/recipes/*.toml`; `training.recipe` reads those.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ubora.datasets.taxonomy import Severity
from ubora.models.record import PhotoGate
from ubora.models.severity import SeverityTable, Steps

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Weight = Annotated[float, Field(ge=0)]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LossWeights(Frozen):
    """What each head's loss counts for. 0 leaves a head out."""

    cells: Weight = 2.0
    labels: Weight = 2.0
    any: Weight = 1.0
    piece: Weight = 0.5
    variance: Weight = 0.3
    embedding: Weight = 0.1
    focal_gamma: Weight = 1.5
    defective_cell: Weight = 8.0


class Augment(Frozen):
    """Strengths, within what a phone in a hand does. 0 everywhere leaves photos as they are."""

    flips: bool = True
    rotate_degrees: Annotated[float, Field(ge=0, le=180)] = 180.0
    zoom: Annotated[float, Field(ge=0, lt=1)] = 0.2
    shift: Annotated[float, Field(ge=0, lt=0.5)] = 0.06
    light: Share = 0.3
    white_balance: Annotated[float, Field(ge=0, le=80)] = 16.0
    jpeg_quality: Annotated[int, Field(ge=0, le=100)] = 55
    blur_px: Annotated[float, Field(ge=0, le=5)] = 0.8
    noise: Annotated[float, Field(ge=0, le=0.2)] = 0.02
    shadow: Share = 0.15
    cover: Share = 0.0
    ground: Share = 0.0
    look_alikes: Share = 0.0
    transplant: Share = 0.0
    transplanted: tuple[str, ...] = ()
    drawn: Share = 0.0


class SeverityRule(Frozen):
    """How bad a class is: by the size of the mark where `inside` and `edge` are given, see `models.severity`.

    Without them it is `severity`, and from `large_share` of the piece on as bad as `large`. `severity` also
    says which class false flags are spent on first.
    """

    severity: Severity = "major"
    large: Severity = "major"
    large_share: Share = 1.0
    inside: Steps | None = None
    edge: Steps | None = None

    @model_validator(mode="after")
    def _both_or_none(self) -> "SeverityRule":
        if (self.inside is None) != (self.edge is None):
            given = "edge" if self.inside is None else "inside"
            raise ValueError(f"{given} alone; expected inside and edge, or neither")
        self.by_size()
        return self

    def by_size(self) -> SeverityTable | None:
        if self.inside is None or self.edge is None:
            return None
        return SeverityTable(inside=self.inside, edge=self.edge)


class Recipe(Frozen):
    """One way to train. Units: pixels of the square input, epochs, images."""

    name: str
    base: str | None = None
    classes: tuple[str, ...] = ()
    input_size: Annotated[int, Field(ge=64, le=2048, multiple_of=32)] = 320
    first_look: Annotated[int, Field(ge=0, le=1024, multiple_of=32)] = 256
    margin: Annotated[float, Field(ge=0, le=1)] = 0.1
    backbone: Literal["efficientnet_lite0", "mobilenet_v2", "mobilenet_v3_large", "plain"] = (
        "efficientnet_lite0"
    )
    backbone_width: Annotated[float, Field(ge=0.1, le=2)] = 1.0
    weights: str = "imagenet"
    weights_sha256: str | None = None
    padding: Literal["same", "torchvision"] = "same"
    scaling: Literal["imagenet", "minus_one_to_one"] = "minus_one_to_one"
    piece_width: Annotated[int, Field(ge=8, le=256, multiple_of=8)] = 32
    descriptor_size: Annotated[int, Field(ge=8, le=512)] = 96
    comparison_width: Annotated[int, Field(ge=8, le=512, multiple_of=8)] = 96
    comparison_blocks: Annotated[int, Field(ge=0, le=16)] = 4
    embedding_size: Annotated[int, Field(ge=16, le=512)] = 64
    pool_cells: Annotated[int, Field(ge=1, le=256)] = 6
    grade: Literal["features", "outline"] = "outline"
    epochs: Annotated[int, Field(ge=1)] = 14
    batch: Annotated[int, Field(ge=1)] = 8
    head_lr: Positive = 2e-3
    backbone_lr: Weight = 3e-4
    warmup_epochs: Weight = 0.5
    final_lr_share: Share = 0.02
    weight_decay: Weight = 0.02
    clip_norm: Positive = 5.0
    freeze: Literal["all", "norms", "none"] = "all"
    versions: Annotated[int, Field(ge=1, le=64)] = 3
    features_mb: Annotated[int, Field(ge=0)] = 12_000
    alone_share: Share = 0.15
    found_share: Share = 0.5
    pair_designs: bool = True
    patience: Annotated[int, Field(ge=1)] = 8
    seed: int = 0
    workers: Annotated[int, Field(ge=0, le=64)] = 1
    threads: Annotated[int, Field(ge=0, le=256)] = 0
    cache_mb: Annotated[int, Field(ge=0)] = 3000
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    keep_share: Annotated[float, Field(gt=0, lt=1)] = 0.5
    false_flag_target: Annotated[float, Field(gt=0, lt=1)] = 0.05
    gate_min_photos: Annotated[int, Field(ge=1)] = 10
    augment: Augment = Augment()
    loss: LossWeights = LossWeights()
    severity: dict[str, SeverityRule] = Field(default_factory=dict)
    gate: PhotoGate = PhotoGate(
        min_sharpness=4.0,
        min_brightness=45.0,
        max_glare=0.25,
        min_piece_share=0.02,
        no_piece_below=0.005,
        max_border_share=0.12,
    )

    @field_validator("classes")
    @classmethod
    def _classes_are_unique(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value):
            raise ValueError(f"a class stands twice: {', '.join(value)}")
        return value

    def rule(self, defect: str) -> SeverityRule:
        """The severity policy of a class; a class the recipe does not know is major."""
        return self.severity.get(defect, SeverityRule())


NETWORK_KNOBS = (
    "input_size",
    "first_look",
    "margin",
    "backbone",
    "backbone_width",
    "padding",
    "scaling",
    "piece_width",
    "descriptor_size",
    "comparison_width",
    "comparison_blocks",
    "embedding_size",
    "pool_cells",
    "grade",
)
"""What a network is, as opposed to how it is trained: `--from` takes these from the bundle."""


RETIRED_KNOBS = (
    "draft_share",
    "draft_size",
    "draft_first_look_every",
    "pyramid_width",
    "gate_dilation",
    "freeze_batchnorm",
    "frozen_layers",
    "augment.surface",
    "augment.restyle",
    "loss.dice",
    "loss.positive_weight_limit",
)
"""What recipes of older runs and releases may hold and no recipe has any more."""
