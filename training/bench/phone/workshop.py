"""What a workshop would do: photograph pieces it is content with, train on them, and see whether that helps.

    ubora train bench workshop PHOTOS --from champion --rehearsal datasets/rendered --work var/workshop

PHOTOS are real photos of pieces that were good enough. Half of them (whole pieces, by a stable hash) become
clean photos to learn from, a quarter of those to check on, with the outlines of their pieces where
--piece-masks has them; beside them stand rendered photos of the train and val splits, so that what a defect
looks like is rehearsed. Then a fine-tune from the release, and before against after: the flag rate on the
other half, which training never saw, defects painted onto that half (fewer flags must not come from looking
away), and recall on the rendered test split.

Three columns: as released; released weights with thresholds set anew on the mixed validation photos, for
thresholds alone may explain a change; and fine-tuned, with its own. The folder keeps dataset and run; a
second call goes on with them.
"""

import argparse
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ubora.datasets.formats.command import new_folder
from ubora.datasets.manifest import METADATA, Manifest, Sample, read_manifest, sample_id, write_manifest
from ubora.training.bench.painted.measure import covered, masks_beside, paint_all
from ubora.training.bench.painted.pairs import figures_of as painted_figures
from ubora.training.bench.phone.alike import share_of_pieces
from ubora.training.bench.phone.photos import Seen, flags, photos_in, see, show
from ubora.training.bench.trained_run import train_to_its_end
from ubora.training.calibration.risk import NEVER
from ubora.training.calibration.thresholds import calibrate, learnt_classes
from ubora.training.evaluation.contender import Contender, open_contender
from ubora.training.evaluation.evaluate import evaluate
from ubora.training.loop.options import TrainOptions
from ubora.training.recipe import overrides_option, read_recipe
from ubora.training.scoring.predictions import Served, watched
from ubora.training.words import aligned, interval_words, number, share_words

CHECKED_SHARE = 0.25
"""Of the real photos to learn from, as validation: thresholds must know real clean photos too."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photos", type=Path, help="a folder of real photos of good pieces")
    parser.add_argument(
        "--from", dest="start", required=True, metavar="RELEASE|BUNDLE", help="what is taught on"
    )
    parser.add_argument(
        "--rehearsal", type=Path, required=True, metavar="DATASET", help="rendered, with splits"
    )
    parser.add_argument("--work", type=Path, required=True, metavar="DIR", help="for the dataset and the run")
    parser.add_argument("--pieces", type=Path, metavar="FILE", help="CSV: file,piece; which photos show one")
    parser.add_argument("--piece-masks", type=Path, metavar="DIR", help="as in `painted`; learnt from too")
    parser.add_argument("--learn-share", type=float, default=0.5, help="of the photos (%(default)s)")
    parser.add_argument(
        "--rehearse", type=int, default=240, help="rendered photos to train beside them (%(default)s)"
    )
    parser.add_argument("--repeat", type=int, default=4, help="times a real photo stands in it (%(default)s)")
    parser.add_argument("--recipe", default="fine-tune", metavar="NAME|FILE", help="%(default)s")
    parser.add_argument("--epochs", type=int, help="the length of the schedule (the recipe's)")
    overrides_option(parser)
    parser.add_argument("--sheet", type=Path, metavar="FILE.html", help="the held half after training")


def measure(args: argparse.Namespace) -> dict[str, Any]:
    rehearsal = read_manifest(args.rehearsal)
    released = open_contender(args.start, rehearsal, args.releases)
    seen = see(released.predictor, photos_in(args.photos), args.pieces)
    learning = share_of_pieces([one.piece for one in seen], args.learn_share)
    held = [one for one in seen if one.piece not in learning]
    mixed = mixed_dataset(args.work / "dataset", [s for s in seen if s.piece in learning], rehearsal, args)
    train_to_its_end(
        TrainOptions(
            mixed.root,
            recipe=args.recipe,
            out=args.work / "run",
            start=args.start,
            epochs=args.epochs,
            overrides=tuple(args.overrides),
            releases=args.releases,
        )
    )
    tuned = open_contender(str(args.work / "run"), mixed, args.releases)
    rows = {}
    for name, contender in (
        ("as released", released),
        ("thresholds set anew", recalibrated(released, mixed, args.recipe, args.overrides)),
        ("fine-tuned", tuned),
    ):
        rows[name] = side(contender, held, rehearsal, args.piece_masks)
    if args.sheet is not None:
        paths = [one.path for one in held]
        show(args.sheet, tuned, _again(tuned, held), f"{len(paths)} held photos after the fine-tune")
    real = [s for s in mixed if s.source == "captured"]
    return {
        "name": released.predictor.name,
        "folder": str(args.photos),
        "learnt": {
            split: {
                "real": len({s.sample_id for s in real if s.split == split}),
                "rendered": sum(s.source != "captured" and s.split == split for s in mixed),
            }
            for split in ("train", "val")
        },
        "held_photos": len(held),
        "held_pieces": len({one.piece for one in held}),
        "rows": rows,
    }


def mixed_dataset(
    folder: Path, learning: Sequence[Seen], rehearsal: Manifest, args: argparse.Namespace
) -> Manifest:
    """Real photos as clean ones and a sample of rendered ones, as a dataset folder; what is there is read.

    Args:
        args: repeat, rehearse, piece_masks.
    """
    if (folder / METADATA).is_file():
        return read_manifest(folder)
    checked = share_of_pieces([one.piece for one in learning], CHECKED_SHARE, salt="val")
    with new_folder(folder):
        masks = masks_beside([one.path for one in learning], args.piece_masks)
        samples = [
            sample
            for one in learning
            for sample in _real(folder, one, masks.get(one.path), one.piece in checked, args.repeat)
        ]
        train = rehearsed(rehearsal.split("train"), args.rehearse)
        # All there are: thresholds set by 58 photos missed nearly twice as many defects as the release's own.
        val = rehearsal.split("val")
        for sample in (*train, *val):
            for name in sample.files():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(rehearsal.path(name), folder / name)
        card = rehearsal.card.model_copy(update={"name": f"{rehearsal.card.name}-and-real"})
        write_manifest(Manifest(folder, card, [*samples, *train, *val]))
    return read_manifest(folder)


def rehearsed(train: Manifest, photos: int) -> list[Sample]:
    """About so many photos: whole pieces, by a stable hash of their names."""
    chosen = share_of_pieces([s.piece_id for s in train], min(1.0, photos / max(1, len(train))))
    return [s for s in train if s.piece_id in chosen]


def recalibrated(released: Contender, mixed: Manifest, recipe: str, overrides: Sequence[str]) -> Contender:
    """The same weights, with thresholds from the mixed validation photos."""
    checked = list(watched(released.predictor, mixed.split("val"), "setting thresholds"))
    policy = calibrate(
        checked,
        released.predictor.classes,
        read_recipe(recipe, overrides),
        learnt_classes(mixed.split("train")) | _switched_on(released),
        piece=True,
    ).policy
    return replace(released, policy=policy)


def side(
    contender: Contender, held: Sequence[Seen], rehearsal: Manifest, masks: Path | None
) -> dict[str, Any]:
    """Every figure of one row."""
    seen = _again(contender, held)
    test = rehearsal.split("test")
    rendered = evaluate(
        list(watched(contender.predictor, test, "rendered test")),
        test,
        contender.predictor.classes,
        contender.policy,
    )
    outlined = masks_beside([one.path for one in held], masks)
    return {
        "real": flags(contender.policy, seen),
        "covered": covered(seen, outlined),
        "painted": painted_figures(paint_all(contender, held, outlined), contender.policy),
        "rendered": {key: rendered[key] for key in ("map", "any_defect", "decisions")},
    }


def lines(figures: dict[str, Any]) -> list[str]:
    learnt = figures["learnt"]
    head = (
        f"{figures['name']} and a workshop's photos ({figures['folder']}): learnt from "
        f"{learnt['train']['real']} real and {learnt['train']['rendered']} rendered photos, checked on "
        f"{learnt['val']['real']} and {learnt['val']['rendered']}; "
        f"held {figures['held_photos']} real photos of {figures['held_pieces']} pieces"
    )
    names = list(figures["rows"])
    sides = list(figures["rows"].values())
    rows = [("", *names)]
    for what, words in (
        ("held real photos: flagged", [share_words(s["real"]["flag"]) for s in sides]),
        ("  interval by piece", [interval_words(s["real"]["flag_by_piece"]) for s in sides]),
        ("  to be taken again", [share_words(s["real"]["retake"]) for s in sides]),
        ("  of an outlined piece, taken for piece", [interval_words(s["covered"]) for s in sides]),
        ("  painted: AUROC", [interval_words(s["painted"]["all"]["auroc"]) for s in sides]),
        ("  painted: hottest on it", [interval_words(s["painted"]["all"]["hottest"]) for s in sides]),
        ("  painted: newly flagged", [share_words(s["painted"]["all"]["newly_flagged"]) for s in sides]),
        ("rendered test: AUROC", [interval_words(s["rendered"]["any_defect"]["auroc"]) for s in sides]),
        ("  mean AP", [number(s["rendered"]["map"]) for s in sides]),
        ("  escape", [share_words(s["rendered"]["decisions"]["escape"]) for s in sides]),
        ("  false flag", [share_words(s["rendered"]["decisions"]["false_flag"]) for s in sides]),
    ):
        rows.append((what, *words))
    return [head, "", *aligned(rows)]


def _real(folder: Path, one: Seen, mask: Path | None, checked: bool, repeat: int) -> list[Sample]:
    """A real photo as clean samples: once to check on, `repeat` times to learn from."""
    data = one.path.read_bytes()
    outline = None
    if mask is not None:
        outline = f"masks/real-{one.path.stem}-piece.png"
        (folder / outline).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(mask, folder / outline)
    samples = []
    for copy in range(1 if checked else repeat):
        name = f"photos/real-{one.path.stem}-{copy}{one.path.suffix.lower()}"
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
        samples.append(
            Sample(
                file_name=name,
                sample_id=sample_id(data),
                piece_id=f"real-{one.piece}",
                defects=(),
                piece_mask=outline,
                split="val" if checked else "train",
                source="captured",
            )
        )
    return samples


def _again(contender: Contender, seen: Sequence[Seen]) -> list[Seen]:
    """The same photos and pieces, judged by another."""
    return [Seen(s.path, contender.predictor.predict(s.path.read_bytes()), s.piece) for s in seen]


def _switched_on(released: Contender) -> frozenset[str]:
    """Classes that the release flags at all; a rehearsal may show none of a rare one."""
    if not isinstance(released.predictor, Served):
        return frozenset()
    return frozenset(name for name, limit in released.policy.thresholds.items() if limit < NEVER)
