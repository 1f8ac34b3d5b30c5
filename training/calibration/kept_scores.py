"""What thresholds were chosen on, as a release keeps it: scores as probabilities, without the photos."""

from collections.abc import Mapping, Sequence

from ubora.models.evidence import DIGITS, ScoresBeside
from ubora.training.calibration.risk import Evidence, Floats
from ubora.training.calibration.scaling import Scaling, apply


def kept_scores(evidence: Evidence, classes: Sequence[str], scalings: Mapping[str, Scaling]) -> ScoresBeside:
    """
    Args:
        evidence: scores as they were calibrated on.
        classes: of its columns.
        scalings: by class, those scores → probabilities.
    """

    def rows(scores: Floats) -> tuple[tuple[float, ...], ...]:
        scaled = apply(scores, [scalings[name] for name in classes])
        return tuple(tuple(round(float(score), DIGITS) for score in row) for row in scaled)

    return ScoresBeside(
        approved_photos=0,
        classes=tuple(classes),
        clean=rows(evidence.clean),
        pieces=tuple(map(int, evidence.pieces)),
        defective=rows(evidence.defective),
    )
