"""Figures of two on the same photos, pair by pair.

ours, theirs = in_turns(a, b, photos)
differences(ours, theirs, photos, defective)["escape"].interval     # B minus A
"""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest
from tqdm import tqdm

from ubora.datasets.manifest import Manifest
from ubora.models.inference.prediction import Prediction
from ubora.models.record import ANY
from ubora.models.registry.comparison import Changed, Difference
from ubora.training.evaluation.contender import Contender
from ubora.training.evaluation.slices import excess
from ubora.training.figures import auroc, average_precision, bootstrap, quadratic_kappa
from ubora.training.scoring.references import References

ROUNDS = 1000
"""Resamplings: the ends of an interval decide here."""

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Answers:
    """What one of the two said of the photos; arrays are in the photos' order."""

    scores: dict[str, NDArray[np.float64]]
    """Class → (N,) 0–1."""
    outcome: NDArray[np.str_]
    """(N,) pass, flag or retake."""
    excess: NDArray[np.float64]
    """(N,) how far the most suspicious class lies above its threshold; a flag from 0."""
    level: Indices
    """(N,) 1–5."""
    latency_ms: NDArray[np.float64]

    surest: NDArray[np.float64]
    """(N,) how surely each photo shows a defect, of whatever class."""
    approved_photos: Indices
    """(N,) how many approved photos each was compared with."""


def in_turns(
    a: Contender, b: Contender, photos: Manifest, approved: Manifest | None = None
) -> tuple[Answers, Answers]:
    """Every photo judged by both, one right after the other, each beside the approved samples of its design.

    Args:
        approved: where the approved samples are; None judges every photo alone.
    """
    beside = [None if approved is None else References(one.predictor, approved) for one in (a, b)]
    said: tuple[list[tuple[Prediction, float]], ...] = ([], [])
    for number, sample in enumerate(tqdm(photos, desc="judging twice", disable=not sys.stderr.isatty())):
        data = photos.path(sample.file_name).read_bytes()
        # Whoever comes second finds warm caches; each comes second half of the time.
        order = (0, 1) if number % 2 == 0 else (1, 0)
        for which in order:
            references = beside[which]
            bank = None if references is None else references.bank(sample)
            started = time.perf_counter()
            prediction = (a, b)[which].predictor.predict(data, bank)
            said[which].append((prediction, (time.perf_counter() - started) * 1000))
    return _answers(a, photos, said[0]), _answers(b, photos, said[1])


def _answers(contender: Contender, photos: Manifest, said: Sequence[tuple[Prediction, float]]) -> Answers:
    policy, predictions = contender.policy, [prediction for prediction, _ in said]
    outcomes = [
        policy.outcome(prediction, detail=sample.view == "detail")
        for prediction, sample in zip(predictions, photos, strict=True)
    ]
    return Answers(
        scores={
            name: np.array([p.scores[name] for p in predictions], np.float64)
            for name in contender.predictor.classes
        },
        outcome=np.array(outcomes, np.str_),
        excess=np.array([excess(policy, p) for p in predictions], np.float64),
        level=np.array([p.variance_level() for p in predictions], np.int64),
        latency_ms=np.array([latency for _, latency in said], np.float64),
        surest=np.array([p.scores.get(ANY, max(p.scores.values())) for p in predictions], np.float64),
        approved_photos=np.array([p.approved_photos() for p in predictions], np.int64),
    )


def difference(
    pieces: Sequence[str],
    a: Callable[[Indices], float | None],
    b: Callable[[Indices], float | None],
    photos: int,
) -> Difference:
    """One figure of both and B minus A, with a paired interval over whole pieces."""
    everything = np.arange(len(pieces))
    values = [figure(everything) if len(pieces) else None for figure in (a, b)]
    if values[0] is None or values[1] is None:
        return Difference(a=values[0], b=values[1], difference=None, interval=None, photos=photos)

    def apart(at: Indices) -> float | None:
        first, second = a(at), b(at)
        return None if first is None or second is None else second - first

    interval = bootstrap(pieces, apart, ROUNDS)
    return Difference(
        a=values[0], b=values[1], difference=values[1] - values[0], interval=interval, photos=photos
    )


def changed_verdicts(a: NDArray[np.str_], b: NDArray[np.str_], defective: NDArray[np.bool_]) -> Changed:
    """Photos judged right by one alone, where neither asked for another photo."""
    settled = (a != "retake") & (b != "retake")
    right = np.where(defective, "flag", "pass")
    only_a = int((settled & (a == right) & (b != right)).sum())
    only_b = int((settled & (b == right) & (a != right)).sum())
    return Changed(only_a_right=only_a, only_b_right=only_b, p=mcnemar(only_a, only_b))


def mcnemar(only_first: int, only_second: int) -> float:
    """Exact two-sided p that both are right equally often, from the photos on which they differ."""
    differ = only_first + only_second
    return float(binomtest(only_first, differ, 0.5).pvalue) if differ else 1.0


def differences(
    a: Answers, b: Answers, photos: Manifest, defective: NDArray[np.bool_]
) -> dict[str, Difference]:
    """Every figure of `Comparison.differences` (models.registry); `photos` are all labelled for defects."""
    pieces = [s.piece_id for s in photos]
    levels = np.array([s.variance or 0 for s in photos], np.int64)
    bad, clean, graded = (np.nonzero(mask)[0] for mask in (defective, ~defective, levels > 0))

    def of(part: Indices, figure: Callable[[Answers, Indices], float | None]) -> Difference:
        own = [pieces[i] for i in part]
        return difference(own, lambda at: figure(a, part[at]), lambda at: figure(b, part[at]), len(part))

    everything = np.arange(len(pieces))
    shown = {name: np.array([name in s.defect_names() for s in photos], np.bool_) for name in _known(a, b)}
    return {
        "escape": of(bad, lambda said, at: float((said.outcome[at] == "pass").mean())),
        "false_flag": of(clean, lambda said, at: float((said.outcome[at] == "flag").mean())),
        "retake": of(everything, lambda said, at: float((said.outcome[at] == "retake").mean())),
        "escape_at_a": difference(
            pieces,
            lambda at: _escape_at(a, a, defective, at),
            lambda at: _escape_at(b, a, defective, at),
            len(bad),
        ),
        "auroc": of(everything, lambda said, at: auroc(said.surest[at], defective[at])),
        "map": of(everything, lambda said, at: _mean_precision(said, shown, at)),
        "kappa": of(graded, lambda said, at: quadratic_kappa(said.level[at], levels[at])),
    }


def class_differences(a: Answers, b: Answers, photos: Manifest) -> dict[str, Difference]:
    """Average precision of each class that one of them knows."""
    pieces = [s.piece_id for s in photos]
    by_class = {}
    for name in _known(a, b):
        shown = np.array([name in s.defect_names() for s in photos], np.bool_)
        by_class[name] = difference(
            pieces, _precision(a, name, shown), _precision(b, name, shown), int(shown.sum())
        )
    return by_class


def _precision(said: Answers, name: str, shown: NDArray[np.bool_]) -> Callable[[Indices], float | None]:
    def figure(at: Indices) -> float | None:
        return average_precision(said.scores[name][at], shown[at]) if name in said.scores else None

    return figure


def _known(a: Answers, b: Answers) -> list[str]:
    """Classes of either, A's first."""
    return list(a.scores | b.scores)


def _mean_precision(said: Answers, shown: dict[str, NDArray[np.bool_]], at: Indices) -> float | None:
    """Over the classes shown; one that is not known counts as never found."""
    precisions = [
        average_precision(said.scores[name][at], positive[at]) if name in said.scores else 0.0
        for name, positive in shown.items()
        if positive[at].any()
    ]
    values = [value for value in precisions if value is not None]
    return float(np.mean(values)) if values else None


def _escape_at(said: Answers, like: Answers, defective: NDArray[np.bool_], at: Indices) -> float | None:
    """Escapes where all thresholds move together until as many clean photos are flagged as by `like`."""
    bad, clean = at[defective[at]], at[~defective[at]]
    if not len(bad) or not len(clean):
        return None
    flagged = int((like.excess[clean] >= 0).sum())
    ranked = np.sort(said.excess[clean])[::-1]
    # A photo at the next clean one's excess would flag it too.
    edge = ranked[flagged] if flagged < len(ranked) else -np.inf
    return float((said.excess[bad] <= edge).mean())
