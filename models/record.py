"""What a release's `bundle.json` says, and what its graphs take and give: the contract, without its files.

ValueError: pydantic's own, where a record does not hold together; `models.bundle` says where it stands.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from ubora.models.severity import SeverityTable

SCHEMA_VERSION = 2
OLDER_VERSIONS = (1,)
RECORD = "bundle.json"
GRAPH = "model.onnx"
COMPARISON = "comparison.onnx"
MODEL_CARD = "CARD.md"
WEIGHTS = "weights.safetensors"
REQUIRED = (GRAPH, MODEL_CARD)
OUTPUTS = ("defects", "heatmap", "variance", "piece", "embedding")
"""defects (N, K) logits · heatmap (N, K, h, w) logits · variance (N, 4) cumulative logits P(level > 1…4)
given the one before (CORN) · piece (N, h, w) logits · embedding (N, D), length 1. Of a release that compares,
K counts ANY too, after the classes."""
SEEN = ("piece", "cells", "embedding", "variance")
"""Of `model.onnx`: cells (N, C, h, w) are descriptors on a grid of their own, C at least D."""
COMPARED = ("defects", "heatmap", "nearest")
"""Of `comparison.onnx`: nearest (N, h, w) int64 is the cell of the bank that each was held against, or −1."""
COMPARING = ("cells", "piece", "bank", "known")
"""Into it: two outputs of `model.onnx`, then (M, D) float32 and (M,) bool, M at least 1."""
ANY = "any"
"""Beside the classes: a defect of any kind, also one that no class names."""

Share = Annotated[float, Field(ge=0, le=1)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


def _rising(cuts: tuple[float, ...]) -> tuple[float, ...]:
    if list(cuts) != sorted(cuts):
        raise ValueError(f"expected four rising numbers, found {cuts}")
    return cuts


LevelCuts = Annotated[tuple[float, float, float, float], AfterValidator(_rising)]
"""Expected variance levels (1–5, the mean of a photo's probabilities) from which 2, 3, 4 and 5 are said."""


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class InputContract(Frozen):
    """What the graph takes: (N, size, size, 3) uint8. Scaling to the network's range is in the graph.

    With a `first_look` the same graph takes (N, first_look, first_look, 3) too.
    """

    size: Annotated[int, Field(ge=32, le=2048)]
    first_look: Annotated[int, Field(ge=32, le=2048)] | None = None
    """Side of the whole photo in which the piece is found, to be cut out for the look at `size`.

    None looks once.
    """
    margin: Annotated[float, Field(ge=0, le=1)] = 0.1
    """Of the piece's longer side, left around it in the second look."""
    found_from: Annotated[float, Field(allow_inf_nan=False)] = -1.4
    """Logit from which a cell of the first look may show the piece. A network to which a small piece is faint
    wants a low one: looking closely at too much costs less than not looking at it."""
    speck_below: Share = 0.05
    """Share of the largest found part below which another part is a speck, not the second earring."""
    layout: Literal["NHWC"] = "NHWC"
    dtype: Literal["uint8"] = "uint8"
    colour: Literal["RGB"] = "RGB"
    resize: Literal["letterbox-114"] = "letterbox-114"


class DefectClass(Frozen):
    """One class, in output order, and how it is decided.

    Its score is sigmoid(`slope` · logit + `offset`): the graph's logit made a probability, ranks unchanged.
    Its severity is what `by_size` says of the mark. Without a table, as in bundles of before, it is
    `severity`, or `large_severity` where the found region covers at least `large_share` of the piece; see
    `models.marks.severity_of`.
    """

    name: str
    threshold: Annotated[float, Field(ge=0, le=1)]
    """A score that reaches it is a finding; at 1 the class is switched off."""
    slope: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    offset: Annotated[float, Field(allow_inf_nan=False)] = 0.0
    severity: Literal["minor", "major", "critical"]
    large_severity: Literal["minor", "major", "critical"]
    large_share: Annotated[float, Field(ge=0, le=1)]
    by_size: SeverityTable | None = None


class PhotoGate(Frozen):
    """Beyond these a photo is to be taken again. Measured on the piece where it was found."""

    min_sharpness: Annotated[float, Field(ge=0)]
    min_brightness: Annotated[float, Field(ge=0, le=255)]
    max_glare: Annotated[float, Field(ge=0, le=1)]
    min_piece_share: Annotated[float, Field(ge=0, le=1)]
    no_piece_below: Annotated[float, Field(ge=0, le=1)]
    max_border_share: Annotated[float, Field(ge=0, le=1)]
    min_piece_side: Share = 0.0
    """Of the photo's longer side, what the square around the piece takes at least."""


class Calibration(Frozen):
    """How the thresholds were chosen, on which photos, and what they promise.

    Shares are 0–1 and None where nothing could be counted.
    """

    method: str
    sentence: str
    certifiable: bool
    """Whether `max_miss` holds at `confidence`."""
    defective: Annotated[int, Field(ge=0)]
    """Pieces, each counted by one photo of it."""
    clean: Annotated[int, Field(ge=0)]
    """Pieces."""
    dataset: str | None = None
    split: str | None = None
    fingerprint: Sha256 | None = None
    max_miss: Share | None = None
    """What was asked for: at most this share of defective pieces may pass."""
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.95
    missed: Annotated[int, Field(ge=0)] | None = None
    """Of the defective pieces, at these thresholds."""
    miss_bound: Share | None = None
    """What is promised: at most this share of defective pieces passes, at `confidence`."""
    false_flags: Share | None = None
    """Of the clean photos, each judged by thresholds that were chosen without its piece."""
    score_error: Share | None = None
    """Expected calibration error of the scores as probabilities, on pieces the scaling was not fitted to."""
    recalibrated_from: str | None = None
    """The release with the same weights and graph."""


class ApprovedLimits(Frozen):
    """What a comparison with a design's approved photos (`models.inference.approved`) decides.

    Measured on accepted pieces: clean, well photographed, of designs that have approved photos.
    """

    max_distance: Annotated[float, Field(ge=0, le=2)]
    """Cosine distance to the nearest approved photo; beyond it a person looks whether it is this design."""
    quantile: Share
    """Of the distances of accepted pieces; the next higher one that was seen is `max_distance`."""
    pieces: Annotated[int, Field(ge=1)]
    wrong_caught: Share | None
    """Of those pieces, held against every other design's approved photos, those that lie beyond it."""
    grade_beside: bool
    """Whether levels are counted from the approved photos: they agreed better with people so."""
    kappa_alone: float | None
    """Quadratic-weighted kappa of the network's own levels."""
    kappa_beside: float | None


class BankContract(Frozen):
    """What approved photos are compared as."""

    descriptor_size: Annotated[int, Field(ge=1)]
    """D: the first so many numbers of a cell are compared."""
    stride: Annotated[int, Field(ge=1)]
    """Pixels of a look to a cell."""


class ThresholdsFor(Frozen):
    """What decides where a design has so many approved photos."""

    approved_photos: Annotated[int, Field(ge=0)]
    """From so many on, up to the next entry's."""
    thresholds: dict[str, Share]
    """By class, and for ANY."""
    calibration: Calibration


class DatasetOrigin(Frozen):
    name: str
    fingerprint: Sha256
    photos: Annotated[int, Field(ge=0)]
    pieces: Annotated[int, Field(ge=0)]


class Parity(Frozen):
    """The exported graph against the trained network, on the same inputs."""

    photos: Annotated[int, Field(ge=1)]
    max_abs_logit: Annotated[float, Field(ge=0)]
    """Largest difference of a raw output, in parts of the output where that is above 1."""
    same_verdicts: Annotated[float, Field(ge=0, le=1)]


class Golden(Frozen):
    """One input and what the graph answered when it was released."""

    file: str
    defects: tuple[float, ...]
    variance: tuple[float, ...]
    embedding: tuple[float, ...]
    heatmap_max: tuple[float, ...]
    piece_mean: float
    beside: str | None = None
    """Another golden input, whose cells were the bank."""


class BundleRecord(Frozen):
    """`bundle.json`."""

    schema_version: Literal[1, 2] = 1
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")]
    version: str
    created_at: str
    input: InputContract
    defects: Annotated[tuple[DefectClass, ...], Field(min_length=1)]
    any_defect: DefectClass | None = None
    """How a defect of any kind is decided; None where the release knows its classes alone."""
    bank: BankContract | None = None
    """None: the release judges a photo alone."""
    embedding_size: Annotated[int, Field(ge=1)]
    gate: PhotoGate
    calibration: Calibration
    by_approved: tuple[ThresholdsFor, ...] = ()
    """Rising; `defects` and `calibration` where it is empty."""
    approved: ApprovedLimits | None = None
    """None: approved photos decide nothing."""
    level_cuts: LevelCuts | None = None
    """Chosen so that each level is said as often as people said it; None: the median level is said."""
    metrics: dict[str, Any]
    dataset: DatasetOrigin
    kept_dataset: DatasetOrigin | None = None
    """A second set, of which a share stood in every batch."""
    outlines: DatasetOrigin | None = None
    """Drawn ones, which levels were learnt from, counted as photos."""
    recipe: dict[str, Any]
    git_commit: str
    opset: int
    parity: Parity
    golden: Annotated[tuple[Golden, ...], Field(min_length=1)]
    files: dict[str, Sha256]
    record_sha256: Sha256 = "0" * 64
    """SHA-256 of this record without this field, so that a changed threshold is seen too."""

    @model_validator(mode="after")
    def _parts_agree(self) -> "BundleRecord":
        required = REQUIRED if self.bank is None else (*REQUIRED, COMPARISON)
        missing = [name for name in required if name not in self.files]
        if missing:
            raise ValueError(f"files has no {', '.join(missing)}")
        classes = len(self.defects) + (self.any_defect is not None)
        for golden in self.golden:
            for file in {golden.file, golden.beside or golden.file} - set(self.files):
                raise ValueError(f"files has no {file}")
            if len(golden.defects) != classes or len(golden.heatmap_max) != classes:
                raise ValueError(f"{golden.file} has outputs for {len(golden.defects)} of {classes} classes")
        if len({defect.name for defect in self.judged()}) != classes:
            raise ValueError("a defect class stands twice")
        counts = [entry.approved_photos for entry in self.by_approved]
        if counts and (counts[0] != 0 or counts != sorted(set(counts))):
            raise ValueError(f"by_approved is for {counts} photos; expected rising numbers from 0 on")
        for entry in self.by_approved:
            if set(entry.thresholds) != {defect.name for defect in self.judged()}:
                raise ValueError(f"by_approved for {entry.approved_photos} photos has other classes")
        return self

    def class_names(self) -> tuple[str, ...]:
        return tuple(defect.name for defect in self.defects)

    def judged(self) -> tuple[DefectClass, ...]:
        """All that has a score, in the order of the graph's outputs."""
        return self.defects if self.any_defect is None else (*self.defects, self.any_defect)

    def deciding(self, approved_photos: int = 0) -> "tuple[tuple[DefectClass, ...], Calibration]":
        """Classes with the thresholds that hold beside so many approved photos, and what they promise."""
        entry = next((e for e in reversed(self.by_approved) if e.approved_photos <= approved_photos), None)
        if entry is None:
            return self.judged(), self.calibration
        judged = (d.model_copy(update={"threshold": entry.thresholds[d.name]}) for d in self.judged())
        return tuple(judged), entry.calibration
