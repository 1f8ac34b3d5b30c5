"""Solar cells graded by experts: functional or defective, and four grades, beside published figures.

    ubora data import elpv PATH/TO/elpv --out var/elpv
    ubora train bench elpv var/elpv --out runs/elpv [--weights FILE --set padding=same …]
    ubora train bench elpv var/elpv --judged runs/elpv --json elpv.json

Real photos with an ordinal grade: what the head for variance levels can do. The split is that of the import,
a quarter to test as in the paper, stratified by grade and kind of cell; cells of one module stand on both
sides, as in the paper. A cell is looked at four times, mirrored both ways, and the answers are averaged. Of
the validation split come the scaling of the grades, since batches that balance rare grades make them look
frequent, the weights of the two heads and the threshold. For measuring only (CC BY-NC-SA).

Source of the scaling: Alexandari, Kundaje, Shrikumar, "Maximum likelihood with bias-corrected calibration is
hard-to-beat at label shift adaptation", 2020.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax, logit
from tqdm import tqdm

from ubora.datasets.manifest import Manifest, read_manifest
from ubora.models.inference.preprocess import decode_photo
from ubora.training.bench.lossless import mirrored
from ubora.training.bench.trained_run import judged_or_trained, offer_training
from ubora.training.evaluation.slices import share, with_interval
from ubora.training.figures import auroc, average_precision, quadratic_kappa
from ubora.training.loop.job import TrainingError
from ubora.training.scoring.predictions import Predictor
from ubora.training.words import aligned, interval_words, share_words

CLASS = "defective"
GRADES = 4
FIRST_DEFECTIVE = 3
"""The lowest grade that counts as defective: a probability of two thirds."""
_EDGE = 1e-4
"""A probability nearer to 0 or 1 says no more than this."""
PUBLISHED = (
    {
        "what": "functional or defective, share right",
        "value": 0.8842,
        "source": "Deitsch et al., Solar Energy 185, 2019: a fine-tuned VGG-19, 75/25",
    },
    {
        "what": "four grades, share right",
        "value": 0.835,
        "source": "Computational Intelligence and Neuroscience 2023, 2663150: a light CNN, its own split",
    },
)


@dataclass(frozen=True)
class Graded:
    """What is known and what was said of the cells of a split."""

    pieces: list[str]
    kinds: list[str | None]
    true: NDArray[np.int64]
    """(N,) grades 1–4."""
    score: NDArray[np.float64]
    """(N,) probability of the class `defective`."""
    levels: NDArray[np.float64]
    """(N, 4) probabilities of the grades; each row sums to 1."""

    @property
    def defective(self) -> NDArray[np.bool_]:
        return self.true >= FIRST_DEFECTIVE

    def graded_defective(self) -> NDArray[np.float64]:
        """(N,) probability of a grade that counts as defective."""
        return np.asarray(self.levels[:, FIRST_DEFECTIVE - 1 :].sum(1))


@dataclass(frozen=True)
class GradeScaling:
    """softmax(slope · log p(grade) + offset(grade) + lean · (grade − 2.5) · logit of the class)."""

    slope: float = 1.0
    offsets: tuple[float, ...] = (0.0,) * GRADES
    lean: float = 0.0
    """How far the head for the class counts."""

    def log_levels(self, cells: Graded) -> NDArray[np.float64]:
        """(N, 4) logarithms of probabilities."""
        said = np.log(np.clip(cells.levels, _EDGE, None))
        score = logit(np.clip(cells.score, _EDGE, 1 - _EDGE))[:, None]
        steps = np.arange(GRADES) - (GRADES - 1) / 2
        return np.asarray(log_softmax(self.slope * said + self.offsets + self.lean * steps * score, axis=1))

    def apply(self, cells: Graded) -> Graded:
        return replace(cells, levels=np.exp(self.log_levels(cells)))


@dataclass(frozen=True)
class Rule:
    """When a cell is called defective: (1 − weight) × score + weight × grade ≥ threshold."""

    weight: float
    threshold: float

    def suspicion(self, cells: Graded) -> NDArray[np.float64]:
        return np.asarray((1 - self.weight) * cells.score + self.weight * cells.graded_defective())


def configure(parser: argparse.ArgumentParser) -> None:
    offer_training(parser, "elpv")
    parser.add_argument("--once", action="store_true", help="look at a cell once, not mirrored")


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """Raises: TrainingError where the dataset is not this one, and whatever a training raises."""
    manifest = read_manifest(args.dataset)
    if CLASS not in manifest.card.taxonomy.defects or any(s.variance is None for s in manifest):
        raise TrainingError(f"{args.dataset}: expected the set of `ubora data import elpv`")
    predictor = judged_or_trained(args, manifest).predictor
    checked = look(predictor, manifest.split("val"), once=args.once)
    tested = look(predictor, manifest.split("test"), once=args.once)
    scaling = scale_grades(checked)
    figures = grade(scaling.apply(tested), choose_rule(scaling.apply(checked)))
    unscaled = grade(tested, choose_rule(checked))["four_grades"]
    looks = 1 if args.once else 4
    return {
        "name": predictor.name,
        "looks": looks,
        **figures,
        "four_grades_unscaled": unscaled,
        "published": list(PUBLISHED),
    }


def look(predictor: Predictor, manifest: Manifest, *, once: bool = False) -> Graded:
    """Judge every cell of a split, as it is and mirrored."""
    scores, levels = [], []
    for sample in tqdm(manifest, desc="judging", disable=None):
        data = manifest.path(sample.file_name).read_bytes()
        said = [predictor.predict(seen) for seen in ([data] if once else mirrored(decode_photo(data)))]
        scores.append(np.mean([p.scores[CLASS] for p in said]))
        levels.append(np.mean([p.variance[:GRADES] for p in said], 0))
    known = np.array(levels, np.float64).reshape(-1, GRADES)
    return Graded(
        pieces=[s.piece_id for s in manifest],
        kinds=[s.material for s in manifest],
        true=np.array([s.variance for s in manifest], np.int64),
        score=np.array(scores, np.float64),
        levels=known / np.maximum(known.sum(1, keepdims=True), 1e-9),
    )


def scale_grades(cells: Graded) -> GradeScaling:
    """The likeliest scaling of validation cells; as much as one cell says that nothing is changed."""

    def unpacked(x: NDArray[np.float64]) -> GradeScaling:
        return GradeScaling(float(np.exp(x[0])), tuple(x[1:-1].tolist()), float(x[-1]))

    def loss(x: NDArray[np.float64]) -> float:
        likely = unpacked(x).log_levels(cells)[np.arange(len(cells.true)), cells.true - 1]
        return float(-likely.sum() + (x**2).sum() / 2)

    return unpacked(minimize(loss, np.zeros(GRADES + 2), method="L-BFGS-B").x)


def choose_rule(cells: Graded) -> Rule:
    """The weight that ranks validation cells best, then the threshold that gets most of them right.

    The threshold lies in the middle of the best ones: the validation split is small, and its single best
    threshold is luck.
    """

    def ranked(weight: float) -> float:
        return auroc(Rule(weight, 0.5).suspicion(cells), cells.defective) or 0.0

    weight = max((0.5, 0.25, 0.75, 0.0, 1.0), key=ranked)
    suspicion = Rule(weight, 0.5).suspicion(cells)
    candidates = np.linspace(0.1, 0.9, 81)
    right = np.array([((suspicion >= t) == cells.defective).mean() for t in candidates])
    near_best = candidates[right >= right.max() - 0.5 / max(1, len(suspicion))]
    return Rule(weight, float(np.median(near_best)))


def grade(cells: Graded, rule: Rule) -> dict[str, Any]:
    """Every figure of the test cells, with 95 % intervals over whole cells."""
    suspicion = rule.suspicion(cells)
    said = suspicion >= rule.threshold
    likeliest = cells.levels.argmax(1) + 1
    median = (cells.levels.cumsum(1) < 0.5).sum(1) + 1
    kinds = sorted({kind for kind in cells.kinds if kind is not None})
    return {
        "cells": len(cells.true),
        "rule": {"grade_weight": rule.weight, "threshold": rule.threshold},
        "two_kinds": {
            "right": _right(cells.pieces, said == cells.defective),
            "auroc": with_interval(cells.pieces, lambda at: auroc(suspicion[at], cells.defective[at])),
            "ap": with_interval(
                cells.pieces, lambda at: average_precision(suspicion[at], cells.defective[at])
            ),
            "escape": _part(~said, cells.defective),
            "false_flag": _part(said, ~cells.defective),
            "by_kind": {kind: _of_kind(cells, said, kind) for kind in kinds},
        },
        "two_kinds_by_grade_alone": _right(
            cells.pieces, (cells.graded_defective() >= 0.5) == cells.defective
        ),
        "four_grades": {
            "right": _right(cells.pieces, likeliest == cells.true),
            "within_one": _right(cells.pieces, np.abs(likeliest - cells.true) <= 1),
            "kappa": with_interval(
                cells.pieces, lambda at: quadratic_kappa(median[at], cells.true[at], GRADES)
            ),
            "table": _counts(cells.true, likeliest),
        },
    }


def lines(figures: dict[str, Any]) -> list[str]:
    two, four = figures["two_kinds"], figures["four_grades"]
    published = {p["what"]: p for p in figures["published"]}
    rows = [("", "ours, 95 % interval", "published")]
    for what, ours in (
        ("functional or defective, share right", two["right"]),
        *((f"  {kind}", right) for kind, right in two["by_kind"].items()),
        ("  by the grade alone", figures["two_kinds_by_grade_alone"]),
        ("four grades, share right", four["right"]),
        ("  at most one grade off", four["within_one"]),
        ("  grades as the network gives them", figures["four_grades_unscaled"]["right"]),
    ):
        beside = f"{100 * published[what]['value']:.2f} %" if what in published else ""
        rows.append((what, share_words(ours), beside))
    rows += [
        ("four grades, quadratic kappa", interval_words(four["kappa"]), ""),
        ("functional or defective, AUROC", interval_words(two["auroc"]), ""),
        ("functional or defective, AP", interval_words(two["ap"]), ""),
        ("defective called functional", share_words(two["escape"]), ""),
        ("functional called defective", share_words(two["false_flag"]), ""),
    ]
    rule, looks = figures["rule"], figures["looks"]
    head = f"{figures['name']} on ELPV: {figures['cells']} test cells, looked at {looks} times"
    chosen = f"on validation: grade head counts {rule['grade_weight']:.0%}, threshold {rule['threshold']:.2f}"
    table = [[f"true {g}", *map(str, row)] for g, row in enumerate(four["table"], 1)]
    heads = ["", *(f"said {g}" for g in range(1, GRADES + 1))]
    sources = [f"published: {p['what']}: {p['source']}" for p in figures["published"]]
    return [head, chosen, "", *aligned(rows), "", *aligned([heads, *table]), "", *sources]


def _right(pieces: Sequence[str], hits: NDArray[np.bool_]) -> dict[str, Any]:
    """A share of cells right; its interval resamples whole pieces: a few cells were photographed twice."""
    figure = with_interval(pieces, lambda at: float(hits[at].mean()))
    counted = share(int(hits.sum()), len(hits))
    return counted if figure is None or figure["interval"] is None else counted | figure


def _part(found: NDArray[np.bool_], among: NDArray[np.bool_]) -> dict[str, Any]:
    return share(int((found & among).sum()), int(among.sum()))


def _of_kind(cells: Graded, said: NDArray[np.bool_], kind: str) -> dict[str, Any]:
    own = np.array([k == kind for k in cells.kinds], np.bool_)
    pieces = [p for p, mine in zip(cells.pieces, own, strict=True) if mine]
    return _right(pieces, (said == cells.defective)[own])


def _counts(true: NDArray[np.int64], said: NDArray[np.int64]) -> list[list[int]]:
    table = np.zeros((GRADES, GRADES), np.int64)
    np.add.at(table, (true - 1, said - 1), 1)
    return [[int(count) for count in row] for row in table]
