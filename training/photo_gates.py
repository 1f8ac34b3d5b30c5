"""The photo gate: the recipe's, moved where validation photos say so.

gate = photo_gate(scored, recipe, piece=True)
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from models.bundle import PhotoGate
from models.photo_faults import PhotoMeasures
from training.recipe import Recipe
from training.scoring import Scored

GOOD_SENT_BACK = 0.02
"""Share of good photos that one gate may send back."""

_GATES: tuple[tuple[str, str, str, Literal["min", "max"]], ...] = (
    ("blur", "min_sharpness", "sharpness", "min"),
    ("dark", "min_brightness", "brightness", "min"),
    ("glare", "max_glare", "glare", "max"),
    ("too_far", "min_piece_share", "piece_share", "min"),
    ("no_piece", "no_piece_below", "piece_share", "min"),
    ("cut_off", "max_border_share", "border_share", "max"),
)
"""Fault, the gate's knob, the measure it is held against, and its side."""


def photo_gate(scored: Sequence[Scored], recipe: Recipe, *, piece: bool) -> PhotoGate:
    """The recipe's gate, moved where validation photos say so.

    With enough photos labelled with a fault, its gate goes to the GOOD_SENT_BACK quantile of the good ones,
    where that catches more than the recipe's; and no gate sends back more of the good ones than that.
    """
    # Photos that people could judge were good enough, whether or not somebody wrote "no fault".
    judged = [s for s in scored if not s.sample.photo_faults and s.sample.defects is not None]
    gate = recipe.gate.model_dump()
    for fault, knob, measure, side in _GATES:
        bad = [s.prediction.measures for s in scored if fault in (s.sample.photo_faults or ())]
        # A close view of a part leaves its border by intent.
        whole = [s for s in judged if fault != "cut_off" or s.sample.view != "detail"]
        good = [s.prediction.measures for s in whole]
        if len(good) >= recipe.gate_min_photos:
            enough = len(bad) >= recipe.gate_min_photos
            gate[knob] = _moved(gate[knob], good, measure, side, may_tighten=enough)
    if not piece:
        # Without a piece head all of the photo is the piece, and nothing can be said of its place.
        gate |= {"min_piece_share": 0.0, "no_piece_below": 0.0, "max_border_share": 1.0}
    gate["no_piece_below"] = min(gate["no_piece_below"], gate["min_piece_share"])
    return PhotoGate.model_validate(gate)


def _moved(
    default: float, good: list[PhotoMeasures], measure: str, side: Literal["min", "max"], *, may_tighten: bool
) -> float:
    values = np.array([getattr(m, measure) for m in good], np.float64)
    if side == "min":
        limit = float(np.quantile(values, GOOD_SENT_BACK, method="lower"))
        return limit if may_tighten else min(default, limit)
    limit = float(np.quantile(values, 1 - GOOD_SENT_BACK, method="higher"))
    return limit if may_tighten else max(default, limit)
