"""Two judges on the same photos, as `ubora train compare A B DATASET --json FILE` wrote it down.

comparison = read_comparison(Path("comparison.json"))
comparison.differences["escape"].interval       # B minus A, 95 %

A release that would replace another is promoted on such a file; models.gates says when. It names both by
the hashes of their records, so that it cannot be of others.
"""

from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, model_validator

from ubora.models.bundle import BundleError
from ubora.models.intervals import Interval
from ubora.models.record import Frozen, Sha256

FIGURES = ("escape", "false_flag", "retake", "kappa")
"""What gates are held against."""


AND = " + "


class Side(Frozen):
    """One of the two."""

    name: str
    record_sha256: Sha256 | None
    """Of a bundle's record, which holds the hashes of its files; None for a run, which cannot be promoted."""
    trained_on: tuple[Sha256, ...]
    """Fingerprint of the dataset that it learnt from."""
    graph_bytes: Annotated[int, Field(gt=0)] | None
    latency_ms: Annotated[float, Field(gt=0)]
    """Median, decode to prediction, both in turns on one machine."""
    latency_p95_ms: float
    beside_approved: int = 0
    """Photos that it judged beside approved samples of their design; the others alone."""


class Difference(Frozen):
    """One figure of both; None where it is undefined."""

    a: float | None
    b: float | None
    difference: float | None
    """B minus A."""
    interval: Interval | None
    """95 %, by resampling whole pieces, the same ones for both."""
    photos: int
    """That the figure is of."""


class Changed(Frozen):
    """Photos whose verdict was right with one and wrong with the other; retakes are neither."""

    only_a_right: int
    only_b_right: int
    p: float
    """Exact, two-sided (McNemar, 1947): 1 where they differ nowhere."""


class Comparison(Frozen):
    """`ubora train compare … --json FILE`."""

    a: Side
    b: Side
    dataset: str
    fingerprint: Sha256
    split: str
    """One or several, with AND between them."""
    photos: int
    pieces: int
    defective: int
    clean: int
    differences: dict[str, Difference]
    """At least FIGURES; also auroc, map, and escape_at_a: escapes of each were its thresholds shifted until
    it flags as many clean photos as A."""
    classes: dict[str, Difference]
    """Average precision of each class that A or B knows."""
    verdicts: Changed

    @model_validator(mode="after")
    def _figures_are_there(self) -> "Comparison":
        missing = [name for name in FIGURES if name not in self.differences]
        if missing:
            raise ValueError(f"differences has no {', '.join(missing)}")
        return self


def read_comparison(path: Path) -> Comparison:
    """Read what `train compare` wrote.

    Raises:
        BundleError: no such file, or not a comparison.
    """
    try:
        return comparison_of(path.read_bytes(), str(path))
    except FileNotFoundError:
        raise BundleError(
            f"{path}: not found; `ubora train compare A B DATASET --json {path}` writes it"
        ) from None


def comparison_of(data: bytes, file: str) -> Comparison:
    """What `train compare` wrote, from its bytes.

    Args:
        file: what an error calls it.

    Raises:
        BundleError: it is none.
    """
    try:
        return Comparison.model_validate_json(data)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in fault["loc"]) or "file"
        message = fault["msg"].removeprefix("Value error, ")
        raise BundleError(f"{file}: not a comparison: {where}: {message}") from None
