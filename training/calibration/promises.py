"""What a calibration promises, and how it was come by, in sentences."""

import math

from ubora.training.calibration.risk import Choice, Target, certified


def needed(max_miss: float, confidence: float) -> int:
    """Defective pieces that certify a miss rate when none is missed: 59, 149, 299 for 5, 2, 1 % at 95 %."""
    return math.ceil(math.log(1 - confidence) / math.log1p(-max_miss))


def promise(choice: Choice, target: Target) -> str:
    """What may be said of the miss rate, in one sentence; a bound is rounded up."""
    pieces, asked = choice.defective, f"{100 * target.max_miss:g}%"
    bound = asked if choice.certified else f"{math.ceil(100 * choice.bound - 1e-9)}%"
    held = (
        f"misses at most {bound} of defective pieces, {100 * target.confidence:g}% confidence, "
        f"from {pieces} defective pieces ({choice.missed[choice.step]} missed)"
    )
    if choice.certified:
        return held
    enough = needed(target.max_miss, target.confidence)
    if pieces == 0:
        return f"not certifiable: no defective piece to count misses on, {enough} without a miss are needed"
    if pieces < enough:
        return (
            f"not certifiable at {asked}, for which {pieces} defective pieces are too few and {enough} "
            f"without a miss are needed; {held}"
        )
    return (
        f"not certifiable at {asked} with {target.max_false_flag:.0%} of clean photos flagged, "
        f"{_price(choice, target)}; {held}"
    )


def method(choice: Choice, target: Target) -> str:
    return (
        f"one number sets all thresholds together: each step lets one more of {choice.clean} clean photos be "
        "flagged for one class, the gravest first, and what it flags is counted on each without its own "
        "piece; learn then test (Angelopoulos et al., 2021) tests the steps on one photo of each defective "
        f"piece, from {target.max_false_flag:.0%} of the clean photos flagged downwards, with exact binomial "
        "p-values, and the cheapest that passed is taken; where none passes, the first with its "
        "Clopper-Pearson bound"
    )


def _price(choice: Choice, target: Target) -> str:
    """What the target would cost in false flags."""
    held = certified(choice.missed[::-1], choice.defective, target)
    if not held:
        return "and no thresholds reach it"
    return f"it would take {choice.false_flags(len(choice.missed) - held) or 0:.0%}"
