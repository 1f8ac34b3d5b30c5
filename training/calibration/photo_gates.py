"""The photo gate: the recipe's, moved where labelled photos say so.

gate = photo_gate(scored, recipe, piece=True, bad=bad)
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ubora.datasets.manifest import Manifest
from ubora.models.record import PhotoGate
from ubora.training.knobs import Recipe
from ubora.training.scoring.predictions import Scored

GOOD_SENT_BACK = 0.02
"""Share of good photos that one gate may send back."""
CAUGHT = 0.9
"""Share of the bad photos that a fitted gate catches where it can; it is no stricter than that takes."""

_GATES: tuple[tuple[str, str, str, Literal["min", "max"]], ...] = (
    ("blur", "min_sharpness", "sharpness", "min"),
    ("dark", "min_brightness", "brightness", "min"),
    ("glare", "max_glare", "glare", "max"),
    ("too_far", "min_piece_share", "piece_share", "min"),
    ("too_far", "min_piece_side", "piece_side", "min"),
    ("no_piece", "no_piece_below", "piece_share", "min"),
    ("cut_off", "max_border_share", "border_share", "max"),
)
"""Fault, the gate's knob, the measure it is held against, and its side."""
_FITTED = frozenset({"blur", "dark", "glare", "cut_off"})
"""Faults of light and lens, and of the frame's edge. From how far a piece is photographed is a rule for the
artisan and no measurement to be learnt: sold pieces are photographed from farther away than ours."""


def faulty(manifest: Manifest) -> Manifest:
    """Photos of the train split that are bad in light, lens or frame, which no network learnt to tell."""
    chosen = [s for s in manifest.split("train") if _FITTED & set(s.photo_faults or ())]
    return Manifest(manifest.root, manifest.card, chosen)


def photo_gate(
    scored: Sequence[Scored], recipe: Recipe, *, piece: bool, bad: Sequence[Scored] = ()
) -> PhotoGate:
    """The recipe's gate, moved where labelled photos say so.

    With enough photos labelled with a fault that is fitted, its gate goes to where it catches CAUGHT of
    them, or as near to that as GOOD_SENT_BACK of the good ones allows; no gate sends back more of those.

    Args:
        scored: photos that the network did not learn from, good and bad.
        bad: more bad ones, see `faulty`.
    """
    # Photos that people could judge were good enough, whether or not somebody wrote "no fault".
    judged = [s for s in scored if not s.sample.photo_faults and s.sample.defects is not None]
    gate = recipe.gate.model_dump()
    for fault, knob, measure, side in _GATES:
        # A close view of a part leaves its border by intent.
        whole = [s for s in judged if fault != "cut_off" or s.sample.view != "detail"]
        if len(whole) < recipe.gate_min_photos:
            continue
        sign = 1 if side == "min" else -1
        good = sign * _measured(whole, measure)
        limit = float(np.quantile(good, GOOD_SENT_BACK, method="lower"))
        caught = [s for s in (*scored, *bad) if fault in (s.sample.photo_faults or ())]
        if fault in _FITTED and len(caught) >= recipe.gate_min_photos:
            wanted = float(np.quantile(sign * _measured(caught, measure), CAUGHT, method="higher"))
            # Just beyond the photo itself: a gate sends back what lies below it.
            gate[knob] = sign * min(limit, float(np.nextafter(wanted, np.inf)))
        else:
            gate[knob] = sign * min(limit, sign * gate[knob])
    if not piece:
        # Without a piece head all of the photo is the piece, and nothing can be said of its place.
        gate |= {
            "min_piece_share": 0.0,
            "min_piece_side": 0.0,
            "no_piece_below": 0.0,
            "max_border_share": 1.0,
        }
    gate["no_piece_below"] = min(gate["no_piece_below"], gate["min_piece_share"])
    return PhotoGate.model_validate(gate)


def _measured(scored: Sequence[Scored], measure: str) -> NDArray[np.float64]:
    return np.array([getattr(s.prediction.measures, measure) for s in scored], np.float64)
