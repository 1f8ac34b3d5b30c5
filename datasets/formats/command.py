"""Datasets in and out: COCO, Label Studio, a folder per class; and public sets by name.

    ubora data export coco datasets/sample --out var/coco
    ubora data export label-studio datasets/sample --split val --out var/to-label
    ubora data import coco var/coco --out var/back
    ubora data import folders PATH/TO/bottle --piece-from '(\\d+)' --out var/bottle
    ubora data import magnetic-tile PATH/TO/magnetic-tile --out var/magnetic-tile
    ubora data import elpv PATH/TO/elpv --out var/elpv
    ubora data import coins PATH/TO/coins --out var/coins

Photos are copied byte for byte, masks pixel for pixel. Nothing is written where DIR has files already, and
nothing is left there on a failure. An import ends with a summary: files seen, used and left out, and why; it
refuses what it cannot tell, all at once. What each format keeps and loses: coco.py, label_studio.py,
folders.py.
"""

import argparse
import re
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

from ubora.datasets.formats.coco.instances import import_coco
from ubora.datasets.formats.coco.writing import export_coco
from ubora.datasets.formats.coins import import_coins
from ubora.datasets.formats.folders import export_folders, import_folders
from ubora.datasets.formats.intake.intake import Intake, Options
from ubora.datasets.formats.label_studio.answers import import_label_studio
from ubora.datasets.formats.label_studio.writing import export_label_studio
from ubora.datasets.formats.public_sets import import_elpv, import_magnetic_tile
from ubora.datasets.manifest import Manifest, ManifestError, read_manifest, write_manifest
from ubora.datasets.taxonomy import EVERY_SPLIT, Source

FORMATS: dict[str, Callable[[Intake], Manifest]] = {
    "coco": import_coco,
    "label-studio": import_label_studio,
    "folders": import_folders,
}
PUBLIC_SETS: dict[str, Callable[[Intake], Manifest]] = {
    "magnetic-tile": import_magnetic_tile,
    "elpv": import_elpv,
    "coins": import_coins,
}
EXPORTS: dict[str, Callable[[Manifest, Path], None]] = {
    "coco": export_coco,
    "label-studio": export_label_studio,
    "folders": export_folders,
}


def import_dataset(
    name: str,
    source: Path,
    out: Path,
    options: Options | None = None,
    tell: Callable[[str], None] | None = None,
) -> Manifest:
    """Read a format or public set into the new dataset folder `out`.

    Args:
        name: a key of FORMATS or PUBLIC_SETS.
        source: a file or folder, as the format says.
        options: what the format does not say; a public set needs none.
        tell: is given the summary: files seen, used and left out, and why.

    Raises:
        ManifestError: file and place in it, what was found and what was expected. `out` is left as it was.
    """
    if not source.exists():
        raise ManifestError(f"{source}: not found; expected what to import from")
    with new_folder(out):
        intake = Intake(source, out, options or Options())
        manifest = (FORMATS | PUBLIC_SETS)[name](intake)
        intake.finish(manifest.samples)
        write_manifest(manifest)
        if tell is not None:
            tell(_summary(intake, manifest))
        # What was written is what a training will read, or it is no dataset.
        return read_manifest(out)


def _summary(intake: Intake, manifest: Manifest) -> str:
    """What became of every file, and how many photos are said to be what."""
    defective = sum(1 for sample in manifest if sample.defects)
    unlabelled = sum(1 for sample in manifest if sample.defects is None)
    clean = len(manifest) - defective - unlabelled
    labels = f"labels: {defective} photos with defects, {clean} clean, {unlabelled} not labelled"
    return f"{intake.account.summary(intake.root, intake.out)}\n{labels}"


def export_dataset(name: str, manifest: Manifest, out: Path) -> None:
    """Write a dataset in another format to the new folder `out`; errors as in `import_dataset`."""
    if not len(manifest):
        raise ManifestError(f"{manifest.root}: no photos to export")
    with new_folder(out):
        EXPORTS[name](manifest, out)


@contextmanager
def new_folder(out: Path) -> Iterator[None]:
    """A new or empty folder to fill; on a failure it is again as it was, and so are the folders above it."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ManifestError(f"{out}: has files already; expected a new or empty folder")
    made = next((path for path in (*reversed(out.parents), out) if not path.exists()), None)
    out.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        if made is not None:
            shutil.rmtree(made, ignore_errors=True)
        else:
            _empty(out)
        raise


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


def configure_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("format", choices=[*FORMATS, *PUBLIC_SETS], metavar="FORMAT", help="%(choices)s")
    parser.add_argument("from_", type=Path, metavar="SOURCE", help="a file or folder")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new or empty folder")
    parser.add_argument(
        "--piece-from",
        type=_rule,
        metavar="RULE",
        help="what names the piece, where the format does not: photo (each its own; default), stem, folder, "
        "or a regular expression on the photo's path",
    )
    parser.add_argument("--source", choices=get_args(Source), help="where photos are from (default: public)")
    parser.add_argument(
        "--classes",
        type=_names,
        metavar="A,B,…",
        help="the classes and their order; default: the format's own",
    )
    parser.add_argument(
        "--skip-bad",
        action="store_true",
        help="go on without annotations and photos that are bad, and list them; a photo that loses all its "
        "annotations so is not labelled",
    )


def run_import(args: argparse.Namespace) -> int:
    given = {
        key: value
        for key in ("piece_from", "source", "classes", "skip_bad")
        if (value := getattr(args, key)) not in (None, False)
    }
    if given and args.format in PUBLIC_SETS:
        option = "--" + next(iter(given)).replace("_", "-")
        print(
            f"ubora data import: {args.format} is a set known by name; it takes no {option}", file=sys.stderr
        )
        return 2
    manifest = import_dataset(args.format, args.from_, args.out, Options(**given), print)
    pieces = len({sample.piece_id for sample in manifest})
    print(f"{len(manifest)} photos of {pieces} pieces in {args.out}")
    splits = Counter(sample.split for sample in manifest)
    print("  ".join(f"{split} {splits[split]}" for split in EVERY_SPLIT if splits[split]))
    if splits[None]:
        print(f"{splits[None]} photos have no split: ubora data split {args.out}")
    return 0


def configure_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("format", choices=EXPORTS, metavar="FORMAT", help="%(choices)s")
    parser.add_argument("dataset", type=Path, metavar="DATASET", help="a dataset folder")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new or empty folder")
    parser.add_argument("--split", choices=EVERY_SPLIT, help="only the photos of this split")


def run_export(args: argparse.Namespace) -> int:
    manifest = read_manifest(args.dataset)
    if args.split:
        manifest = manifest.split(args.split)
    export_dataset(args.format, manifest, args.out)
    print(f"{len(manifest)} photos in {args.out}")
    if args.format == "label-studio":
        print(
            f"start Label Studio with LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED=true and\n"
            f"LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT={args.out.resolve().parent}, make a project with\n"
            f"{args.out / 'label-config.xml'}, add {args.out.resolve()} as local storage, import "
            f"{args.out / 'tasks.json'}"
        )
    return 0


def _rule(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(
            f"expected photo, stem, folder or a pattern, found {error}"
        ) from None
    return text


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    if not all(names) or len(set(names)) != len(names):
        raise argparse.ArgumentTypeError(f"expected names with commas between, each once, found {text!r}")
    return names
