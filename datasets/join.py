"""Several dataset folders as one: last month's harvest and this one's, a rendered set and another.

    ubora data join var/harvest-1 var/harvest-2 --out var/harvest

Files keep their names and samples what is said of them, their split too. Refused, before anything is written:
other lists of defects, materials or categories; two files of one name with other bytes; one photo twice; a
piece on two sides of the split.
"""

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

from ubora.datasets.formats.command import new_folder
from ubora.datasets.manifest import CARD, DatasetCard, Manifest, ManifestError, read_manifest, write_manifest


def join(manifests: Sequence[Manifest], out: Path) -> Manifest:
    """Copy all files into `out`, which is new or empty, and write one manifest.

    Raises:
        ManifestError: sets that contradict each other, or an `out` with something in it.
    """
    _check_taxonomies(manifests)
    files = _files(manifests)
    _check_samples(manifests)
    joined = Manifest(out, _card(manifests, out.name), [s for manifest in manifests for s in manifest])
    with new_folder(out):
        for name, source in files.items():
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, out / name)
        write_manifest(joined)
    return joined


def _check_taxonomies(manifests: Sequence[Manifest]) -> None:
    first = manifests[0]
    for other in manifests[1:]:
        for field, mine in first.card.taxonomy:
            theirs = getattr(other.card.taxonomy, field)
            if theirs != mine:
                raise ManifestError(
                    f"{other.root / CARD}: {field} {', '.join(theirs)}; {first.root} has {', '.join(mine)}"
                )


def _files(manifests: Sequence[Manifest]) -> dict[str, Path]:
    """Where each file of the joined folder comes from."""
    files: dict[str, Path] = {}
    for manifest in manifests:
        for sample in manifest:
            for name in sample.files():
                source = manifest.path(name)
                other = files.setdefault(name, source)
                if other != source and other.read_bytes() != source.read_bytes():
                    raise ManifestError(f"{source}: {other} has the same name and other bytes")
    return files


def _check_samples(manifests: Sequence[Manifest]) -> None:
    photos: dict[str, Path] = {}
    sides: dict[str, tuple[str | None, Path]] = {}
    for manifest in manifests:
        for sample in manifest:
            path = manifest.path(sample.file_name)
            if sample.sample_id in photos:
                raise ManifestError(f"{path}: the same photo as {photos[sample.sample_id]}")
            photos[sample.sample_id] = path
            side, other = sides.setdefault(sample.piece_id, (sample.split, path))
            if side != sample.split:
                mine, theirs = _said(sample.split), _said(side)
                raise ManifestError(f"{path}: piece {sample.piece_id} is in {mine}; in {theirs} in {other}")


def _said(split: str | None) -> str:
    return "no split" if split is None else split


def _card(manifests: Sequence[Manifest], name: str) -> DatasetCard:
    cards = [manifest.card for manifest in manifests]

    def said(field: str, between: str) -> str:
        return between.join(dict.fromkeys(text for card in cards if (text := getattr(card, field))))

    return DatasetCard(
        name=name,
        description="Joined: " + ", ".join(card.name for card in cards) + ". " + said("description", " "),
        licence=said("licence", " and "),
        source=said("source", ", "),
        taxonomy=cards[0].taxonomy,
    )


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("datasets", type=Path, nargs="+", metavar="DATASET", help="dataset folders")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder to write")


def run(args: argparse.Namespace) -> int:
    joined = join([read_manifest(root) for root in args.datasets], args.out)
    pieces = len({sample.piece_id for sample in joined})
    print(f"{args.out}: {len(joined)} photos of {pieces} pieces from {len(args.datasets)} datasets")
    return 0
