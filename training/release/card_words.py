"""What a release's card says of each part of its record."""

from collections.abc import Sequence
from typing import Any

from ubora.models.inference.approved import LEVELS
from ubora.models.marks import severities
from ubora.models.record import ApprovedLimits, BundleRecord, Calibration, DatasetOrigin, LevelCuts
from ubora.training.network import NetworkSpec

THRESHOLDS = """| class | flagged from{beside} | severity at least | at most |
| --- | --- | --- | --- |
{rows}
{promises}

Photos are sent back when sharpness is below {gate.min_sharpness:.1f}, brightness below
{gate.min_brightness:.0f}, glare above {gate.max_glare:.0%}, or the piece covers less than
{gate.min_piece_share:.1%} of the photo or more than {gate.max_border_share:.0%} of its border, or the square
around it takes less than {gate.min_piece_side:.0%} of the photo's longer side."""


def sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def kept(second: DatasetOrigin | None) -> str:
    if second is None:
        return ""
    return (
        f" Beside them in every batch, {second.photos} photos of {second.pieces} pieces of "
        f'"{second.name}", fingerprint `{second.fingerprint[:16]}`.'
    )


def outlined(drawn: DatasetOrigin | None) -> str:
    if drawn is None:
        return ""
    return (
        f" Variance levels were learnt apart, from {drawn.photos} drawn outlines of {drawn.pieces} pieces "
        f'("{drawn.name}", fingerprint `{drawn.fingerprint[:16]}`) and the outlines of graded photos.'
    )


def calibration(held: Calibration) -> str:
    """How the thresholds were chosen, what they flag, and how far a score is a probability."""
    parts = [sentence(held.method)]
    if held.false_flags is not None:
        parts.append(
            f"They flag {held.false_flags:.1%} of clean photos of pieces that they were not chosen on."
        )
    if held.score_error is not None:
        parts.append(
            f"Scores are probabilities, wrong by {held.score_error:.3f} on average, where as many photos are "
            "defective as in that split; where fewer are, they are too high."
        )
    return " ".join(parts)


def cuts_words(cuts: LevelCuts | None) -> str:
    """A paragraph: how a level is said of a photo alone."""
    if cuts is None:
        return ""
    said = [f"{level} from {cut:.2f}" for level, cut in enumerate(cuts, start=2) if cut <= LEVELS]
    return (
        "\n\nLevels are cut where each is said as often as people said it of the calibration photos: the "
        f"mean of a photo's probabilities is level {', '.join(said)}."
    )


def approved_words(limits: ApprovedLimits | None) -> str:
    """A paragraph: what is done where a design has approved photos."""
    if limits is None:
        return ""
    text = (
        f"\n\nWhere its design has approved photos, a piece farther than {limits.max_distance:.2f} (cosine "
        "distance) from all of them is shown to a person, who says whether it is this design: "
        f"the {limits.quantile:.0%} quantile of {limits.pieces} accepted pieces"
    )
    if limits.wrong_caught is not None:
        text += (
            f". Held against another design's approved photos, {limits.wrong_caught:.0%} of them lie beyond"
        )
    if limits.kappa_alone is None or limits.kappa_beside is None:
        return text + "."
    against = f"agreement {limits.kappa_beside:.2f} against {limits.kappa_alone:.2f} without, weighted kappa"
    counted = "are counted beside them" if limits.grade_beside else "are not counted beside them"
    return f"{text}. Variance levels {counted}: {against}."


def thresholds(record: BundleRecord) -> str:
    counts = [entry.approved_photos for entry in record.by_approved]
    rows = []
    for defect in record.judged():
        said = [entry.thresholds[defect.name] for entry in record.by_approved] or [defect.threshold]
        values = ", ".join(f"{value:.3f}" for value in said)
        least, most = severities(defect)
        rows.append(f"| {defect.name} | {values} | {least} | {most} |")
    promises = "".join(
        f"\n- {_count_words(entry.approved_photos)}: {entry.calibration.sentence}."
        for entry in record.by_approved
    )
    beside = f", beside {', '.join(map(str, counts))} approved photos (the last: and more)" if counts else ""
    return THRESHOLDS.format(rows="\n".join(rows), beside=beside, promises=promises, gate=record.gate)


def _count_words(count: int) -> str:
    return {0: "Without an approved photo", 1: "Beside one"}.get(count, f"Beside {count}")


def looks(record: BundleRecord) -> str:
    first = record.input.first_look
    if first is None:
        return "A photo is seen once, whole."
    return f"A photo is seen at {first} px to find the piece, then the piece alone, cut from the whole photo."


def limits(record: BundleRecord, spec: NetworkSpec, sources: Sequence[str]) -> list[str]:
    limits = []
    if "rendered" in sources:
        limits.append(
            "It learnt from rendered photographs: a starting point. Figures on rendered photos say little of "
            "real ones; engraving, wire, chain, cloth and fingers may be flagged until reviewed photos of "
            "them are trained on."
        )
    if not record.calibration.certifiable:
        limits.append(f"No miss rate is certified ({record.calibration.sentence}).")
    limits += [
        f"{name}: {own['defective']} photos of it in the split that was measured; its figures are a rumour."
        for name, own in record.metrics["classes"].items()
        if own["defective"] < 10
    ]
    if not spec.piece:
        limits.append(
            "It never saw where the piece is: it looks at the whole photo, and finds none too small."
        )
    if spec.variance and not _grades(record.metrics.get("variance")):
        limits.append(
            "It does not grade variance yet: agreement on the split that was measured is no better than "
            "chance. Let designs approve every level until a release says otherwise."
        )
    if record.approved is not None:
        limits.append(
            "How far a piece may look from its approved photos was set on designs that it learnt from; "
            "pieces of a new design may lie farther, and more of them are shown to a person."
        )
    if not spec.variance:
        limits.append("It never saw a variance level: it answers 3 for every piece.")
    if record.calibration.split in (None, "val"):
        limits.append(
            "Its best epoch was chosen on the photos that it was calibrated on, and the bound takes them for "
            "photos that it never saw: a little better than the truth."
        )
    limits.append(
        "Thresholds hold for photos like those of the validation split; on your own, `ubora train calibrate`."
    )
    return limits


def number(value: Any) -> str:
    return "null" if value is None else f"{value:.3f}"


def _grades(variance: dict[str, Any] | None) -> bool:
    """Whether agreement on levels is surely above chance."""
    if not variance or not variance["kappa"] or not variance["kappa"]["interval"]:
        return False
    return bool(variance["kappa"]["interval"][0] > 0)
