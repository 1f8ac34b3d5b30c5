"""From validation photos: the thresholds, the photo gate, scores as probabilities, and what may be promised.

    calibrated = calibrate(scored, classes, recipe, learnt, piece=True)
    calibrated.record.sentence      # "misses at most 5% of defective pieces, 95% confidence, from 131 …"
    calibrated.policy               # for scores as the judge gave them
    calibrated.served()             # for the same scores as probabilities: what a bundle holds

How thresholds come with a stated miss rate: `training.calibration.risk`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ubora.datasets.manifest import Manifest
from ubora.datasets.taxonomy import SEVERITIES
from ubora.models.evidence import ScoresBeside
from ubora.models.inference.photo_faults import photo_faults
from ubora.models.inference.prediction import Prediction
from ubora.models.record import ANY, BundleRecord, Calibration, LevelCuts, PhotoGate
from ubora.training.calibration.costs import OperatingPoint
from ubora.training.calibration.kept_scores import kept_scores
from ubora.training.calibration.level_cuts import level_cuts
from ubora.training.calibration.photo_gates import photo_gate
from ubora.training.calibration.promises import method, promise
from ubora.training.calibration.risk import LOWEST, NEVER, Choice, Evidence, Target, choose
from ubora.training.calibration.scaling import Scaling, fit, held_out
from ubora.training.figures import upper_bound
from ubora.training.knobs import Recipe
from ubora.training.scoring.predictions import Scored, decides
from ubora.training.scoring.reliability import expected_calibration_error


@dataclass(frozen=True)
class Policy:
    """What decides: thresholds by class, and the photo gate."""

    thresholds: Mapping[str, float]
    gate: PhotoGate
    by_approved: tuple[tuple[int, Mapping[str, float]], ...] = ()
    """Rising: thresholds from so many approved photos on; `thresholds` where it is empty."""

    @classmethod
    def of(cls, record: BundleRecord) -> "Policy":
        return cls(
            {defect.name: defect.threshold for defect in record.judged()},
            record.gate,
            tuple((entry.approved_photos, entry.thresholds) for entry in record.by_approved),
        )

    def beside(self, approved_photos: int) -> Mapping[str, float]:
        """The thresholds that hold beside so many approved photos."""
        fitting = (own for count, own in reversed(self.by_approved) if count <= approved_photos)
        return next(fitting, self.thresholds)

    def flags(self, prediction: Prediction) -> bool:
        return any(
            threshold <= prediction.scores[name]
            for name, threshold in self.beside(prediction.approved_photos()).items()
            if threshold < NEVER
        )

    def outcome(self, prediction: Prediction, *, detail: bool = False) -> Literal["pass", "flag", "retake"]:
        """As `models.verdict.decide` where every level is approved."""
        if photo_faults(prediction.measures, self.gate, detail=detail):
            return "retake"
        return "flag" if self.flags(prediction) else "pass"


@dataclass(frozen=True)
class Calibrated:
    policy: Policy
    """For scores as they were calibrated on."""
    scalings: Mapping[str, Scaling]
    """By class: those scores → probabilities."""
    record: Calibration
    curve: tuple[OperatingPoint, ...]
    """What other thresholds of the same family would do, from none of the clean photos flagged to all."""
    chosen: OperatingPoint
    target: Target
    error_before: float | None = None
    """Calibration error of the scores as they were; the record holds the one after."""
    level_cuts: LevelCuts | None = None
    """None: the median level is said."""
    by_approved: "tuple[tuple[int, Calibrated], ...]" = ()
    """The same from so many approved photos on, where their number matters."""
    scores: ScoresBeside | None = None
    """What it was chosen on, as probabilities; None of a calibration of before."""

    def on(self, dataset: str, split: str, fingerprint: str) -> "Calibrated":
        """The same, with the photos it was calibrated on written down."""
        named = {"dataset": dataset, "split": split, "fingerprint": fingerprint}
        return replace(
            self,
            record=self.record.model_copy(update=named),
            by_approved=tuple((n, own.on(dataset, split, fingerprint)) for n, own in self.by_approved),
        )

    def cheapest(self) -> OperatingPoint | None:
        """Of the whole curve, as counted, certified or not."""
        known = [p for p in self.curve if p.kes_per_hundred is not None]
        return min(known, key=lambda p: p.kes_per_hundred or 0.0, default=None)

    def figures(self) -> dict[str, Any]:
        """All of it as plain JSON values."""
        cheapest = self.cheapest()
        return {
            "calibration": self.record.model_dump(mode="json"),
            "max_false_flag": self.target.max_false_flag,
            "costs": self.target.costs.model_dump(mode="json"),
            "classes": {
                name: {"threshold": threshold} | vars(self.scalings[name])
                for name, threshold in self.policy.thresholds.items()
            },
            "score_error_before": self.error_before,
            "level_cuts": self.level_cuts,
            "chosen": self.chosen.model_dump(mode="json"),
            "cheapest": None if cheapest is None else cheapest.model_dump(mode="json"),
            "curve": [point.model_dump(mode="json") for point in self.curve],
            "by_approved": {
                str(count): {"thresholds": dict(own.policy.thresholds), **own.record.model_dump(mode="json")}
                for count, own in self.by_approved
            },
        }

    def served(self) -> Policy:
        """The same decisions for scores that were made probabilities by `scalings`."""
        return replace(
            self.policy,
            thresholds=self.probabilities(self.policy.thresholds),
            by_approved=tuple((n, self.probabilities(own.policy.thresholds)) for n, own in self.by_approved),
        )

    def probabilities(self, thresholds: Mapping[str, float]) -> dict[str, float]:
        """Thresholds of the network's own scores → of scores that were made probabilities."""
        return {name: float(self.scalings[name].apply(np.array(value))) for name, value in thresholds.items()}


def calibrate(
    scored: Sequence[Scored],
    classes: Sequence[str],
    recipe: Recipe,
    learnt: frozenset[str],
    *,
    piece: bool,
    target: Target | None = None,
    before: Mapping[str, Scaling] | None = None,
    bad: Sequence[Scored] = (),
) -> Calibrated:
    """Thresholds, gate, probabilities and promise from photos that the network did not learn from.

    Args:
        scored: its photos.
        learnt: classes with at least one photo in training; the others are switched off.
        piece: whether the network knows where the piece is.
        target: what is asked; without one, misses of at most 5 % at the recipe's share of false flags.
        before: what the judge's own bundle did to the network's scores, by class; nothing for a run.
        bad: photos for the photo gate alone, see `photo_gates.faulty`.
    """
    target = target or Target(max_false_flag=recipe.false_flag_target)
    judged = [s for s in scored if decides(s)]
    classes = scored_names(scored, classes)
    evidence = evidence_of(scored, classes, recipe, learnt, before)
    choice = choose(evidence, target)
    thresholds = dict(zip(classes, map(float, choice.thresholds()), strict=True))
    scalings, error, error_after = _probabilities(judged, classes)
    chosen = operating_point(choice, choice.step, target)
    record = Calibration(
        method=method(choice, target),
        sentence=promise(choice, target),
        certifiable=choice.certified,
        defective=choice.defective,
        clean=len({s.sample.piece_id for s in judged if not s.sample.defects}),
        max_miss=target.max_miss,
        confidence=target.confidence,
        missed=int(choice.missed[choice.step]),
        miss_bound=choice.bound,
        false_flags=chosen.false_flags,
        score_error=error_after,
    )
    policy = Policy(thresholds, photo_gate(scored, recipe, piece=piece, bad=bad))
    return Calibrated(
        policy,
        scalings,
        record,
        curve(choice, target),
        chosen,
        target,
        error,
        level_cuts(scored),
        scores=kept_scores(evidence, classes, scalings),
    )


def scored_names(scored: Sequence[Scored], classes: Sequence[str]) -> tuple[str, ...]:
    """All that has a score: the classes, and ANY where the network tells it."""
    told = any(ANY in s.prediction.scores for s in scored)
    return (*(name for name in classes if name != ANY), *([ANY] if told else []))


def shows(item: Scored, name: str) -> bool:
    """Whether a photo shows a defect of a class, or of any."""
    return bool(item.sample.defects) if name == ANY else name in item.sample.defect_names()


def evidence_of(
    scored: Sequence[Scored],
    classes: Sequence[str],
    recipe: Recipe,
    learnt: frozenset[str],
    before: Mapping[str, Scaling] | None = None,
) -> Evidence:
    """What thresholds are chosen on, from scored photos; arguments as for `calibrate`."""
    judged = [s for s in scored if decides(s)]
    classes = scored_names(scored, classes)
    clean = [s for s in judged if not s.sample.defects]
    gravest_first = sorted(
        range(len(classes)), key=lambda k: -SEVERITIES.index(recipe.rule(classes[k]).severity)
    )
    named = [k for k in gravest_first if classes[k] in learnt - {ANY}]
    # A defect of any kind has a turn before each class has one: it tells defective from clean best.
    asked_first = [k for k, name in enumerate(classes) if name == ANY]
    # The floor is one of the network's own scores; a bundle's are scaled.
    lowest = [float((before or {}).get(name, Scaling()).apply(np.array(LOWEST))) for name in classes]
    return Evidence(
        clean=score_rows(clean, classes),
        pieces=np.unique([s.sample.piece_id for s in clean], return_inverse=True)[1],
        defective=score_rows(one_a_piece(judged), classes),
        order=tuple(chain.from_iterable((*asked_first, k) for k in named)),
        lowest=np.array(lowest),
    )


def one_a_piece(judged: Sequence[Scored]) -> list[Scored]:
    """One photo of each defective piece that shows a defect.

    Photos of one piece are not independent; the one with the smallest sample_id, a hash, stands for it.
    """
    first: dict[str, Scored] = {}
    for item in sorted(judged, key=lambda s: s.sample.sample_id):
        if item.sample.defects:
            first.setdefault(item.sample.piece_id, item)
    return list(first.values())


def score_rows(scored: Sequence[Scored], classes: Sequence[str]) -> NDArray[np.float64]:
    """(N, K) scores."""
    rows = [[s.prediction.scores[c] for c in classes] for s in scored]
    return np.array(rows, np.float64).reshape(-1, len(classes))


def learnt_classes(train: Manifest) -> frozenset[str]:
    """Classes that at least one training photo shows."""
    return frozenset(name for s in train if not s.photo_faults for name in s.defect_names())


def curve(choice: Choice, target: Target) -> tuple[OperatingPoint, ...]:
    """One point for every count of flagged clean photos, the last of the steps that share it."""
    last = np.append(np.nonzero(np.diff(choice.flagged))[0], len(choice.flagged) - 1)
    return tuple(operating_point(choice, int(step), target) for step in last)


def operating_point(choice: Choice, step: int, target: Target) -> OperatingPoint:
    """What a step does and costs; shares without a photo to count them on are None."""
    flagged = choice.false_flags(step)
    missed = float(choice.missed[step]) / choice.defective if choice.defective else None
    known = flagged is not None and missed is not None
    return OperatingPoint(
        step=step,
        false_flags=flagged,
        missed=missed,
        miss_bound=upper_bound(int(choice.missed[step]), choice.defective, target.confidence),
        kes_per_hundred=target.costs.per_hundred(missed or 0.0, flagged or 0.0) if known else None,
        reviews_a_week=target.costs.reviews_a_week(missed or 0.0, flagged or 0.0) if known else None,
    )


def _probabilities(
    judged: Sequence[Scored], classes: Sequence[str]
) -> tuple[dict[str, Scaling], float | None, float | None]:
    """Scalings by class; the calibration error before, and after on pieces that were not fitted."""
    scores = score_rows(judged, classes)
    shown = np.array([[shows(s, c) for c in classes] for s in judged], np.bool_)
    shown = shown.reshape(-1, len(classes))
    pieces = [s.sample.piece_id for s in judged]
    scalings = dict(zip(classes, fit(scores, shown, pieces), strict=True))
    before, after = (
        expected_calibration_error(values.ravel(), shown.ravel())
        for values in (scores, held_out(scores, shown, pieces))
    )
    return scalings, before, after
