"""Train, val and test by piece, by a stable hash: a piece stands on one side and never moves.

ubora data split datasets/sample --seed 0            a split for samples that have none
ubora data split FOLDER --by microfactory --again    the fairness split: whole workshops held out
"""

import argparse
import hashlib
from collections import Counter
from pathlib import Path

from ubora.datasets.manifest import Manifest, ManifestError, Sample, read_manifest, write_manifest
from ubora.datasets.taxonomy import EVERY_SPLIT, Split

SHARES = (0.7, 0.15, 0.15)


def split_of(key: str, seed: int = 0, shares: tuple[float, float, float] = SHARES) -> Split:
    """The split of a piece (or workshop), from its name alone.

    Args:
        key: what must stay together, usually the piece_id.
        seed: another seed is another split.
        shares: of train, val and test; they sum to 1.
    """
    if any(share < 0 for share in shares) or abs(sum(shares) - 1) > 1e-9:
        raise ManifestError(f"expected three shares ≥ 0 that sum to 1, found {shares}")
    digest = hashlib.sha256(f"{seed}:{key}".encode()).digest()
    place = int.from_bytes(digest[:8]) / 2**64
    if place < shares[0]:
        return "train"
    return "val" if place < shares[0] + shares[1] else "test"


def split_manifest(
    manifest: Manifest,
    *,
    by: str = "piece_id",
    seed: int = 0,
    shares: tuple[float, float, float] = SHARES,
    again: bool = False,
) -> Manifest:
    """The same samples with a split each; those that have one keep it unless `again`.

    Held-out designs stay held out: `test_designs` is no matter of pieces or workshops.
    """

    def assigned(sample: Sample) -> Sample:
        if sample.split == "test_designs" or (sample.split is not None and not again):
            return sample
        key = getattr(sample, by)
        if key is None:
            raise ManifestError(f"{manifest.root}: {sample.file_name} has no {by} to split by")
        return sample.model_copy(update={"split": split_of(str(key), seed, shares)})

    return Manifest(manifest.root, manifest.card, [assigned(sample) for sample in manifest])


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", type=Path, help="a dataset folder")
    parser.add_argument(
        "--by",
        choices=("piece_id", "microfactory", "design"),
        default="piece_id",
        help="what stands on one side (%(default)s)",
    )
    parser.add_argument("--seed", type=int, default=0, help="another seed is another split (%(default)s)")
    parser.add_argument(
        "--shares",
        type=float,
        nargs=3,
        default=SHARES,
        metavar=("TRAIN", "VAL", "TEST"),
        help="of the pieces, summing to 1 (%(default)s)",
    )
    parser.add_argument(
        "--again", action="store_true", help="also where there is a split, except test_designs"
    )


def run(args: argparse.Namespace) -> int:
    manifest = read_manifest(args.dataset)
    shares = (args.shares[0], args.shares[1], args.shares[2])
    done = split_manifest(manifest, by=args.by, seed=args.seed, shares=shares, again=args.again)
    write_manifest(done)
    counts = Counter(sample.split for sample in done)
    pieces = {split: len({s.piece_id for s in done if s.split == split}) for split in EVERY_SPLIT}
    for split in EVERY_SPLIT:
        if split == "test_designs" and not counts[split]:
            continue
        print(f"{split:<6} {counts[split]:>6} photos {pieces[split]:>6} pieces")
    return 0
