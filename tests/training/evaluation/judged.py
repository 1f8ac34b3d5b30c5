"""Photos that were judged already, for tests of figures: what was said is given, not computed.

photo = judged_photo("p1", scores={"scratch": 0.9}, shown=("scratch",), level=4)
policy = policy_at({"scratch": 0.5})
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ubora.datasets.manifest import Defect, Sample, sample_id
from ubora.models.inference.photo_faults import PhotoMeasures
from ubora.models.inference.prediction import Prediction
from ubora.models.inference.preprocess import Letterbox, Place
from ubora.models.record import PhotoGate
from ubora.training.calibration.thresholds import Policy
from ubora.training.scoring.predictions import Scored

OPEN = PhotoGate(
    min_sharpness=0,
    min_brightness=0,
    max_glare=1,
    min_piece_share=0,
    no_piece_below=0,
    max_border_share=1,
)
"""A gate that sends nothing back."""
SIDE = 96


def policy_at(thresholds: Mapping[str, float]) -> Policy:
    return Policy(dict(thresholds), OPEN)


def judged_photo(
    piece: str,
    *,
    scores: Mapping[str, float],
    shown: Sequence[str] | None = (),
    level: int | None = None,
    says: Sequence[float] = (0, 0, 1, 0, 0),
    embedding: Sequence[float] = (1, 0, 0),
    name: str | None = None,
    **facts: Any,
) -> Scored:
    """One good photo.

    Args:
        shown: classes that people see in it; None is not labelled.
        level: what people say of the hand.
        says: what the network says: probabilities of levels 1–5.
        facts: further fields of the Sample.
    """
    name = name or f"{piece}.jpg"
    sample = Sample(
        file_name=name,
        sample_id=sample_id(name.encode()),
        piece_id=piece,
        defects=None if shown is None else tuple(Defect(name=defect) for defect in shown),
        variance=level,
        source="captured",
        **facts,
    )
    grid = SIDE // 8
    length = np.linalg.norm(embedding)
    prediction = Prediction(
        scores=dict(scores),
        heatmap=np.zeros((len(scores), grid, grid), np.float32),
        piece=np.ones((2 * grid, 2 * grid), np.float32),
        variance=tuple(says),
        embedding=np.asarray(embedding, np.float32) / np.float32(length),
        measures=PhotoMeasures(50, 150, 0, 0.5, 0),
        width=SIDE,
        height=SIDE,
        place=Place(0, 0, SIDE, SIDE),
        grid=grid,
    )
    return Scored(sample, prediction, Letterbox.around(SIDE, SIDE, SIDE), 1.0)


def scratched(piece: str, score: float, shown: bool = True, **facts: Any) -> Scored:
    """One photo of a network that knows scratches alone."""
    defects = ("scratch",) if shown else ()
    return judged_photo(piece, scores={"scratch": score}, shown=defects, **facts)
