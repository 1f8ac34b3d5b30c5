"""What a few good photos tell of all others in a folder, with nothing learned from it.

    ubora train bench folder DIR --references 4                 DIR/good/*.jpg, DIR/scratch/*.jpg, …
    ubora train bench folder DIR --references 4 --judged champion       a network too, beside the same photos
    ubora train bench folder DIR --references 1 2 4 8 --draws 5
    ubora train bench folder var/magnetic-tile --references 4   a dataset; its pieces and masks count

A folder for each kind, as `ubora data import folders` reads it (ImageFolder, MVTec AD: `good` is good,
anything else is bad, `ground_truth/` holds masks), or a dataset folder. The references are good photos of
N pieces, drawn by a seed, several times; no photo of a piece that was drawn is ever judged, so that every
draw judges the same photos. Rules: training/bench/approved/witnesses.py. Where a dataset says where the
piece is, the look is around it; else at the whole photo. A network that compares is judged beside the same
references, one that does not by the photo alone; where no piece is outlined it looks for none.

AUROC: of bad against good photos, the mean over the draws, its interval over whole pieces, and the worst and
the best draw. Found: of the bad ones, at 5 and 10 % of the good ones flagged. Hottest: share of bad photos
with a mask whose hottest cell lies on the defect or beside it.
"""

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from ubora.datasets.formats.command import import_dataset
from ubora.datasets.formats.intake.intake import Options
from ubora.datasets.manifest import METADATA, Manifest, Sample, read_manifest
from ubora.datasets.masks import read_mask, upright_size
from ubora.models.inference.bank import MOST_PHOTOS
from ubora.models.inference.preprocess import Place
from ubora.models.record import ANY
from ubora.training.bench.approved.cells import Bools, near
from ubora.training.bench.approved.witnesses import RULES, Bank, Cells, Eyes, hottest
from ubora.training.evaluation.slices import with_interval
from ubora.training.figures import auroc, recall_at
from ubora.training.loop.job import TrainingError
from ubora.training.scoring.predictions import Predictor, open_predictor
from ubora.training.words import aligned, interval_words

FALSE_FLAGS = (0.05, 0.10)


@dataclass(frozen=True)
class Seen:
    """One photo with what is known of it."""

    sample: Sample
    data: bytes
    cells: Cells
    near_hw: Bools | None
    """Cells on a defect or beside one; None where no mask says where it is."""

    @property
    def bad(self) -> bool:
        return bool(self.sample.defects)


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="good and bad photos")
    parser.add_argument(
        "--references", type=int, nargs="+", default=[4], metavar="N", help="pieces to compare with (4)"
    )
    parser.add_argument("--draws", type=int, default=5, metavar="N", help="times that they are drawn (5)")
    parser.add_argument("--seed", type=int, default=0, help="what the draws are a function of (0)")
    parser.add_argument("--size", type=int, default=320, metavar="PIXELS", help="of the look (320)")
    parser.add_argument("--split", nargs="+", metavar="SPLIT", help="judge photos of these splits alone")
    parser.add_argument("--judged", metavar="RUN|RELEASE", help="a network, beside the rules")


def measure(args: argparse.Namespace) -> dict[str, Any]:
    for name, value in (("--draws", args.draws), *(("--references", n) for n in args.references)):
        if value < 1:
            raise TrainingError(f"{name}: expected at least 1, found {value}")
    if args.size < 64 or args.size % 32:
        raise TrainingError(f"--size: expected a multiple of 32 from 64 on, found {args.size}")
    eyes = Eyes(args.size)
    seen = _looked_at(eyes, args.folder)
    drawn = {count: _draws(seen, args.folder, count, args.draws, args.seed) for count in args.references}
    used = {piece for draws in drawn.values() for pieces in draws for piece in pieces}
    judged = [
        s for s in seen
        if s.sample.piece_id not in used and (args.split is None or s.sample.split in args.split)
    ]  # fmt: skip
    if len({s.bad for s in judged}) < 2:
        kind = "bad" if not any(s.bad for s in judged) else "good"
        raise TrainingError(
            f"{args.folder}: no {kind} photo is left to judge beside {len(used)} pieces that were drawn"
        )
    predictor = None if args.judged is None else open_predictor(args.judged, args.releases)
    return {
        "photos": str(args.folder),
        "network": None if predictor is None else predictor.name,
        "weights": eyes.weights,
        "input_size": args.size,
        "draws": args.draws,
        "judged": {"bad": sum(s.bad for s in judged), "good": sum(not s.bad for s in judged)},
        "references": {
            str(count): rule_figures(
                [Bank.of([s.cells for s in drawn]) for drawn in _photos(seen, draws)], judged
            )
            | (
                {}
                if predictor is None
                else {predictor.name: network_figures(predictor, _photos(seen, draws), judged)}
            )
            for count, draws in drawn.items()
        },
    }


def _looked_at(eyes: Eyes, folder: Path) -> list[Seen]:
    if (folder / METADATA).is_file():
        return looked_at(eyes, read_manifest(folder))
    with tempfile.TemporaryDirectory() as place:
        return looked_at(eyes, import_dataset("folders", folder, Path(place) / "read", Options()))


def looked_at(eyes: Eyes, manifest: Manifest) -> list[Seen]:
    """Every photo of which somebody said whether it is good, and that is no bad photo on purpose."""
    wanted = [s for s in manifest if s.defects is not None and not s.photo_faults]
    return [_seen(eyes, manifest, sample) for sample in tqdm(wanted, desc="looking", disable=None)]


def _seen(eyes: Eyes, manifest: Manifest, sample: Sample) -> Seen:
    path = manifest.path(sample.file_name)
    size = upright_size(path)
    piece = None if sample.piece_mask is None else read_mask(manifest.path(sample.piece_mask), size)
    data = path.read_bytes()
    cells = eyes.cells(data, piece if piece is not None and piece.any() else None)
    masks = [defect.mask for defect in sample.defects or ()]
    if not masks or None in masks:
        return Seen(sample, data, cells, None)
    drawn = np.any([read_mask(manifest.path(name), size) for name in masks if name], axis=0)
    return Seen(sample, data, cells, near(cells.frame, np.asarray(drawn, np.bool_)))


def _draws(seen: Sequence[Seen], folder: Path, count: int, draws: int, seed: int) -> list[list[str]]:
    """The pieces of each draw, from those of which every photo is good.

    Raises:
        TrainingError: there are not enough of them to leave any to judge.
    """
    bad = {s.sample.piece_id for s in seen if s.bad}
    good = sorted({s.sample.piece_id for s in seen} - bad)
    # At most half of them all together: what was drawn is not judged.
    pool = np.random.default_rng(seed).permutation(good)[: max(count, len(good) // 2)]
    if len(good) <= count:
        raise TrainingError(f"{folder}: {len(good)} good pieces; expected more than {count} to compare with")
    rng = np.random.default_rng([seed, count])
    return [[str(piece) for piece in rng.choice(pool, count, replace=False)] for _ in range(draws)]


def _photos(seen: Sequence[Seen], draws: Sequence[Sequence[str]]) -> list[list[Seen]]:
    """Of the pieces of each draw."""
    return [[s for s in seen if s.sample.piece_id in pieces] for pieces in draws]


def rule_figures(banks: Sequence[Bank], judged: Sequence[Seen]) -> dict[str, Any]:
    """By rule, over all draws."""
    scores = {rule: np.zeros((len(banks), len(judged))) for rule in RULES}
    hits: dict[str, list[bool]] = {rule: [] for rule in RULES}
    for draw, bank in enumerate(banks):
        for number, one in enumerate(tqdm(judged, desc="comparing", disable=None)):
            for rule, far_hw in bank.distances(one.cells).items():
                scores[rule][draw, number] = hottest(far_hw, one.cells.on_piece_hw)
                if one.near_hw is not None:
                    hits[rule].append(bool(one.near_hw[np.unravel_index(far_hw.argmax(), far_hw.shape)]))
    bad = np.array([one.bad for one in judged], np.bool_)
    pieces = [one.sample.piece_id for one in judged]
    return {rule: figure_of(scores[rule], bad, pieces, hits[rule]) for rule in RULES}


def network_figures(
    predictor: Predictor, draws: Sequence[Sequence[Seen]], judged: Sequence[Seen]
) -> dict[str, Any]:
    """A network beside the photos of each draw."""
    scores = np.zeros((len(draws), len(judged)))
    hits: list[bool] = []
    for draw, drawn in enumerate(draws):
        bank = predictor.bank([predictor.approved(s.data, whole=_is_whole(s)) for s in drawn][:MOST_PHOTOS])
        for number, one in enumerate(tqdm(judged, desc=predictor.name, disable=None)):
            said = predictor.predict(one.data, bank, whole=_is_whole(one))
            told = list(said.scores)
            scores[draw, number] = said.scores[ANY] if ANY in told else max(said.scores.values())
            if one.near_hw is not None:
                heat = said.heatmap[told.index(ANY)] if ANY in told else said.heatmap.max(0)
                hits.append(_lies_near(heat, said.place, one))
    bad = np.array([one.bad for one in judged], np.bool_)
    return figure_of(scores, bad, [one.sample.piece_id for one in judged], hits)


def _is_whole(one: Seen) -> bool:
    return one.sample.piece_mask is None


def _lies_near(heat_hw: NDArray[np.float32], place: Place, one: Seen) -> bool:
    """Whether the hottest cell of a network's look lies where the rules' look has the defect or beside it."""
    assert one.near_hw is not None
    row, column = np.unravel_index(int(heat_hw.argmax()), heat_hw.shape)
    x = place.x + (column + 0.5) * place.width / heat_hw.shape[1]
    y = place.y + (row + 0.5) * place.height / heat_hw.shape[0]
    frame, (rows, columns) = one.cells.frame, one.near_hw.shape
    across, down = frame.fitted_width / frame.width, frame.fitted_height / frame.height
    at_x = int((frame.left + (x - frame.x) * across) / frame.size * columns)
    at_y = int((frame.top + (y - frame.y) * down) / frame.size * rows)
    return 0 <= at_x < columns and 0 <= at_y < rows and bool(one.near_hw[at_y, at_x])


def figure_of(
    scores: NDArray[np.float64], bad: NDArray[np.bool_], pieces: Sequence[str], hits: Sequence[bool]
) -> dict[str, Any]:
    def mean_auroc(at: NDArray[np.int64]) -> float | None:
        return _mean([auroc(draw[at], bad[at]) for draw in scores])

    each = [auroc(draw, bad) for draw in scores]
    return {
        "auroc": with_interval(pieces, mean_auroc),
        "draws": each,
        "found": {
            f"{share:.2f}": _mean([recall_at(draw, bad, share) for draw in scores]) for share in FALSE_FLAGS
        },
        "hottest": float(np.mean(hits)) if hits else None,
    }


def figure_rows(ways: dict[str, Any]) -> list[list[str]]:
    """Name, AUROC, found at FALSE_FLAGS and hottest of each way of judging."""
    return [
        [
            name,
            interval_words(figure["auroc"]),
            *(
                "–" if s is None else f"{100 * s:.0f} %"
                for s in [*figure["found"].values(), figure["hottest"]]
            ),
        ]
        for name, figure in ways.items()
    ]


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def lines(figures: dict[str, Any]) -> list[str]:
    judged = figures["judged"]
    rows = [["references", "rule", "AUROC", "found at 5 %", "at 10 %", "hottest", "draws"]]
    for count, rules in figures["references"].items():
        for row, figure in zip(figure_rows(rules), rules.values(), strict=True):
            rows.append([count, *row, f"{min(figure['draws']):.3f} to {max(figure['draws']):.3f}"])
    return [
        f"{figures['photos']}: {judged['bad']} bad and {judged['good']} good photos, "
        f"{figures['draws']} draws, looks of {figures['input_size']} pixels, {figures['weights']}",
        *aligned(rows),
    ]
