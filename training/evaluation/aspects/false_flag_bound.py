"""How often a design's good pieces can be flagged at most, from its accepted pieces alone.

    bounds = false_flag_bounds(judged, policy)
    bounds["designs"]["ring-tsavo"]     # {"pieces": 59, "flagged": 0, "at_most": .05, "next": {…}}

No defective piece is needed: of a design that is new, a workshop has good pieces first. A piece counts once,
as flagged where any of its photos is; a photo that is to be taken again says nothing of it. The bound is
Clopper and Pearson's, one-sided.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from ubora.training.calibration.thresholds import Policy
from ubora.training.evaluation.slices import outcomes
from ubora.training.figures import upper_bound
from ubora.training.scoring.predictions import Scored

CONFIDENCE = 0.95
LADDER = {29: 0.10, 59: 0.05, 149: 0.02, 299: 0.01}
"""Pieces in a row without a flag → the share of flags that this rules out."""


def false_flag_bounds(judged: Sequence[Scored], policy: Policy) -> dict[str, Any]:
    """For each design, and for `all` together, what its clean pieces rule out.

    Returns:
        `pieces` and `flagged` of them; `at_most`: the share of good pieces flagged, ruled out above it; and
        `next`: how many `pieces` would certify `at_most` if none were flagged, None beyond the last step.
    """
    clean = [s for s in judged if not s.sample.defects]
    flagged: dict[str, dict[str, bool]] = defaultdict(dict)
    for item, said in zip(clean, outcomes(clean, policy), strict=True):
        if said == "retake":
            continue
        of_design = flagged[item.sample.design or ""]
        of_design[item.sample.piece_id] = of_design.get(item.sample.piece_id, False) or said == "flag"
    flagged.pop("", None)
    every = [said for pieces in flagged.values() for said in pieces.values()]
    return {
        "confidence": CONFIDENCE,
        "designs": {design: _bound(list(pieces.values())) for design, pieces in sorted(flagged.items())},
        "all": _bound(every),
    }


def bound_words(found: dict[str, Any]) -> str:
    return f"{found['flagged']} of {found['pieces']} good pieces flagged, at most {found['at_most']:.0%}"


def _bound(flagged: Sequence[bool]) -> dict[str, Any]:
    pieces = len(flagged)
    step = next((pieces_asked for pieces_asked in LADDER if pieces_asked > pieces), None)
    return {
        "pieces": pieces,
        "flagged": sum(flagged),
        "at_most": upper_bound(sum(flagged), pieces, CONFIDENCE),
        "next": None if step is None else {"pieces": step, "at_most": LADDER[step]},
    }
