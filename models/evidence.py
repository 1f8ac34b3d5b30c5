"""What a release's thresholds were chosen on: scores of calibration photos, in its folder without the photos.

    evidence = read_evidence(folder, record)             # None: the release is of before and keeps none
    counted = evidence.beside(2).counted({"scratch": 0.1, "chip": 0.06})
    counted.missed, counted.defective, counted.flagged, counted.clean

With them a threshold that is changed later can be held against the same pieces, and the bound on missed ones
stated anew. They are scores as the release says them, probabilities 0–1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ubora.models.bundle import BundleError
from ubora.models.record import BundleRecord

EVIDENCE = "evidence.json"
DIGITS = 9
"""Of a score as it is written."""
OFF = 1.0
Row = tuple[Annotated[float, Field(ge=0, le=1)], ...]
Floats = NDArray[np.float64]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class Counted:
    """What thresholds do to the calibration photos."""

    missed: int
    """Defective pieces that are not flagged."""
    defective: int
    """Pieces, each by one photo of it."""
    flagged: int
    """Clean photos that are flagged."""
    clean: int


class ScoresBeside(Frozen):
    """Of photos that were compared with so many approved ones."""

    approved_photos: Annotated[int, Field(ge=0)]
    classes: tuple[str, ...]
    clean: tuple[Row, ...]
    """One row a photo, one score a class."""
    pieces: tuple[int, ...]
    """Of each clean photo the piece, as a number: photos of one piece are not independent."""
    defective: tuple[Row, ...]
    """One photo of each defective piece."""

    @model_validator(mode="after")
    def _rows_fit(self) -> "ScoresBeside":
        if len(self.pieces) != len(self.clean):
            raise ValueError(f"{len(self.pieces)} pieces of {len(self.clean)} clean photos")
        wrong = {len(row) for row in (*self.clean, *self.defective)} - {len(self.classes)}
        if wrong:
            raise ValueError(f"a row of {min(wrong)} scores for {len(self.classes)} classes")
        return self

    def rows(self, of: Literal["clean", "defective"]) -> Floats:
        """(N, K) scores."""
        return np.array(getattr(self, of), np.float64).reshape(-1, len(self.classes))

    def counted(self, thresholds: Mapping[str, float]) -> Counted:
        """
        Args:
            thresholds: one for each class; at 1 it is off.
        """
        limits = np.array([thresholds[name] for name in self.classes])
        # A score that was rounded to 1 reaches no class that is off.
        limits = np.where(limits >= OFF, np.inf, limits)
        flagged = [int((self.rows(of) >= limits).any(axis=1).sum()) for of in ("clean", "defective")]
        return Counted(len(self.defective) - flagged[1], len(self.defective), flagged[0], len(self.clean))


class Evidence(Frozen):
    """`evidence.json`."""

    version: Literal[1] = 1
    by_approved: Annotated[tuple[ScoresBeside, ...], Field(min_length=1)]
    """Rising numbers of approved photos; the first is for any number where it stands alone."""

    def beside(self, approved_photos: int) -> ScoresBeside:
        """The photos that were compared with so many, or the nearest fewer."""
        fitting = (one for one in reversed(self.by_approved) if one.approved_photos <= approved_photos)
        return next(fitting, self.by_approved[0])


def read_evidence(folder: Path, record: BundleRecord) -> Evidence | None:
    """A release's, whose hash was held against its file when it was read; None where it keeps none.

    Raises:
        BundleError: it is not readable, or of other classes than the release's.
    """
    if EVIDENCE not in record.files:
        return None
    path = folder / EVIDENCE
    try:
        evidence = Evidence.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise BundleError(f"{path}: no evidence that can be read ({str(error).splitlines()[0]})") from None
    classes = {defect.name for defect in record.judged()}
    for one in evidence.by_approved:
        if set(one.classes) != classes:
            raise BundleError(f"{path}: scores of {', '.join(one.classes)}; the release has other classes")
    return evidence


def evidence_bytes(evidence: Evidence) -> bytes:
    """As it is written in a bundle."""
    return (evidence.model_dump_json() + "\n").encode()
