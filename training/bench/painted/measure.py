"""Painted defects on real photos: is each seen, and does the heat lie on it, beside the photo without it?

    ubora train bench painted PHOTOS --judged champion --sheet painted.html
    ubora train bench painted PHOTOS --judged champion --piece-masks MASKS --seeds 3
    ubora train bench painted datasets/rendered --judged champion      # the control: its good test photos
    ubora train bench painted var/coins --judged champion --references 4    # beside four other coins

Training never saw these defects, nor the hand that painted them (painted.py). Photo and painted photo go
through the same encoder, so that the paint is all that differs. Where the piece is comes from a PNG of the
photo's stem in MASKS, else from the judge's own piece map, which paints beside the piece where the judge is
wrong about it: look at the sheet. Of a dataset the clean photos of a split are painted on, one a piece, where
their own masks say that the piece is. With --references N a network that compares has N photos beside it: the
approved ones of the design where the dataset has some, else untouched photos of other pieces.

AUROC: highest score of painted against untouched photos. Raised: share of pairs in which the paint raised the
highest score. Hottest: share of painted photos whose hottest point, of all classes, lies on the paint or one
cell beside it. Change: the same of the point at which the map grew most. Prominent: those of
all that differ from what was there by more than the surface around them varies. Covered: where the piece is
given, the share of it that the judge takes for the piece; it is blind to the rest. Intervals resample pieces.
"""

import argparse
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from ubora.datasets.manifest import METADATA, read_manifest
from ubora.datasets.masks import read_mask
from ubora.datasets.taxonomy import EVERY_SPLIT
from ubora.models.inference.bank import Bank
from ubora.models.inference.prediction import Prediction
from ubora.models.inference.preprocess import PhotoArray, decode_photo
from ubora.training.bench.lossless import png
from ubora.training.bench.maps import piece_on_photo
from ubora.training.bench.painted.painter import PAINTERS, Painted, PaintError, paint
from ubora.training.bench.painted.pairs import Pair, figures_of, hottest_lies_on, surest
from ubora.training.bench.phone.photos import Seen, offer_photos, open_own, photos_in, see
from ubora.training.bench.sheet import Shown, write_sheet
from ubora.training.evaluation.contender import Contender
from ubora.training.evaluation.slices import with_interval
from ubora.training.loop.job import TrainingError
from ubora.training.scoring.predictions import Predictor
from ubora.training.scoring.references import References
from ubora.training.words import aligned, interval_words, share_words

SHOWN = 60


def configure(parser: argparse.ArgumentParser) -> None:
    offer_photos(parser)
    parser.add_argument("--judged", required=True, metavar="RUN|BUNDLE", help="the network that judges")
    parser.add_argument(
        "--piece-masks", type=Path, metavar="DIR", help="STEM.png for each photo, white is piece"
    )
    parser.add_argument("--split", choices=EVERY_SPLIT, default="test", help="of a dataset (%(default)s)")
    parser.add_argument("--seeds", type=int, default=1, help="paintings a photo and kind (%(default)s)")
    parser.add_argument("--references", type=int, default=0, metavar="N", help="photos to compare with (0)")


def measure(args: argparse.Namespace) -> dict[str, Any]:
    contender = open_own(args.judged, args.releases)
    if (args.photos / METADATA).is_file():
        seen, masks = _good_of(contender, args.photos, args.split)
    else:
        seen = see(contender.predictor, photos_in(args.photos), args.pieces)
        masks = masks_beside([one.path for one in seen], args.piece_masks)
    banks = _banks(contender.predictor, args.photos, seen, args.references)
    pairs = paint_all(contender, seen, masks, args.seeds, banks)
    if args.sheet is not None:
        _show(args.sheet, contender, pairs)
    return {
        "name": contender.predictor.name,
        "folder": str(args.photos),
        "references": args.references,
        "covered": covered(seen, masks),
        **figures_of(pairs, contender.policy),
    }


def covered(seen: Sequence[Seen], masks: Mapping[Path, Path]) -> dict[str, Any] | None:
    """Mean share of an outlined piece that the judge takes for piece; None where no file outlines one."""
    outlined = [one for one in seen if one.path in masks]
    shares = np.array([_covered(one, masks[one.path]) for one in outlined], np.float64)
    return with_interval([one.piece for one in outlined], lambda at: float(shares[at].mean()))


def _covered(one: Seen, mask: Path) -> float:
    said = piece_on_photo(one.prediction) > 0.5
    piece = read_mask(mask, (said.shape[0], said.shape[1]))
    return float(said[piece].mean()) if piece.any() else 0.0


def masks_beside(photos: Sequence[Path], folder: Path | None) -> dict[Path, Path]:
    """STEM.png of each photo, where there is one."""
    if folder is None:
        return {}
    named = {photo: folder / f"{photo.stem}.png" for photo in photos}
    return {photo: mask for photo, mask in named.items() if mask.is_file()}


def paint_all(
    contender: Contender,
    seen: Sequence[Seen],
    masks: Mapping[Path, Path],
    seeds: int = 1,
    banks: Mapping[Path, Bank | None] | None = None,
) -> list[Pair]:
    """Every kind on every photo, `seeds` times; a kind that finds no room on a piece is left out.

    Args:
        masks: by photo, where a file says where the piece is.
        banks: what each photo is compared with; None compares with nothing.

    Raises:
        TrainingError: nothing could be painted anywhere.
    """
    pairs: list[Pair] = []
    for place, one in enumerate(tqdm(seen, desc="painting", disable=None)):
        photo = decode_photo(one.path.read_bytes())
        piece = piece_mask(one, photo, masks.get(one.path))
        bank = None if banks is None else banks[one.path]
        untouched = contender.predictor.predict(png(photo), bank)
        for painted in paintings(photo, piece, place, seeds):
            touched = contender.predictor.predict(png(painted.photo_hwc), bank)
            pairs.append(Pair(one.piece, painted, untouched, touched))
    if not pairs:
        raise TrainingError("no piece was found to paint on; give --piece-masks DIR")
    return pairs


def paintings(
    photo_hwc: PhotoArray, piece_hw: NDArray[np.bool_], place: int, seeds: int = 1
) -> Iterator[Painted]:
    """Every kind on one photo, `seeds` times; a kind that finds no room on the piece is left out.

    Args:
        place: of the photo among its like; another place paints otherwise.
    """
    for kind in PAINTERS:
        for seed in range(seeds):
            try:
                yield paint(photo_hwc, piece_hw, kind, seed=1000 * place + seed)
            except PaintError:
                continue


def piece_mask(one: Seen, photo_hwc: PhotoArray, mask: Path | None) -> NDArray[np.bool_]:
    """(h, w) of the photo: from a file, or the largest part of the judge's own map.

    Raises:
        ManifestError: a mask that is not of its photo's size.
    """
    if mask is not None:
        return read_mask(mask, photo_hwc.shape[:2])
    return largest_part(one.prediction)


def largest_part(prediction: Prediction) -> NDArray[np.bool_]:
    """(h, w) of the photo: the largest part of what the judge takes for the piece; it may be nothing."""
    sure = (piece_on_photo(prediction) > 0.5).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(sure, connectivity=8)
    if count < 2:
        return np.zeros(sure.shape, np.bool_)
    return np.asarray(labels == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax()), np.bool_)


def lines(figures: dict[str, Any]) -> list[str]:
    head = (
        f"{figures['name']} on painted defects: {figures['photos']} photos of {figures['pieces']} pieces "
        f"in {figures['folder']}"
    )
    on_defects = figures["covered"]
    if on_defects is not None:
        head += f"; {interval_words(on_defects)} of a piece is taken for piece"
    return [head, "", *painted_lines(figures)]


def painted_lines(figures: dict[str, Any]) -> list[str]:
    rows = [("painted", "n", "AUROC", "raised", "hottest", "change", "newly flagged")]
    rows += [
        (
            name,
            str(own["painted"]),
            interval_words(own["auroc"]),
            interval_words(own["raised"]),
            interval_words(own["hottest"]),
            interval_words(own["change"]),
            share_words(own["newly_flagged"]),
        )
        for name, own in ({n: figures[n] for n in ("all", "prominent")} | figures["kinds"]).items()
    ]
    return aligned(rows)


def _good_of(contender: Contender, folder: Path, split: str) -> tuple[list[Seen], dict[Path, Path]]:
    """The first clean photo of each piece of a split that says where its piece is.

    Raises:
        TrainingError: there is none.
    """
    manifest = read_manifest(folder)
    good = [s for s in manifest if s.split == split and s.defects == () and not s.photo_faults]
    first = {s.piece_id: s for s in reversed(good) if s.piece_mask}
    if not first:
        raise TrainingError(f"{folder}: no clean photo with a mask of its piece in split {split!r}")
    chosen = [(manifest.path(s.file_name), s) for s in reversed(first.values())]
    said = tqdm(chosen, desc="judging", disable=None)
    seen = [Seen(path, contender.predictor.predict(path.read_bytes()), s.piece_id) for path, s in said]
    return seen, {path: manifest.path(s.piece_mask) for path, s in chosen if s.piece_mask}


def _banks(predictor: Predictor, photos: Path, seen: Sequence[Seen], count: int) -> dict[Path, Bank | None]:
    """What each photo is compared with: its design's approved photos, else `count` photos of other pieces."""
    own: dict[Path, Bank | None] = {}
    if count and (photos / METADATA).is_file():
        manifest = read_manifest(photos)
        references = References(predictor, manifest, most=count)
        own = {manifest.path(s.file_name): references.bank(s) for s in manifest if references.photos(s)}
    # Ordered by a hash of their bytes, so that neighbours in the folder are not each other's references.
    ordered = sorted(seen, key=lambda one: hashlib.sha256(one.path.read_bytes()).hexdigest())
    kept = {one.path: predictor.approved(one.path.read_bytes()) for one in ordered} if count else {}
    banks: dict[Path, Bank | None] = {}
    for place, one in enumerate(ordered):
        others = [o for o in (*ordered[place + 1 :], *ordered[:place]) if o.piece != one.piece][:count]
        banks[one.path] = own.get(one.path) or predictor.bank([kept[o.path] for o in others])
    return banks


def _show(path: Path, contender: Contender, pairs: Sequence[Pair]) -> None:
    step = max(1, len(pairs) // SHOWN)
    cards = [
        Shown(
            png(p.painted.photo_hwc),
            p.touched,
            f"{p.painted.kind} on {p.piece}: {surest(p.untouched):.2f} → "
            f"{surest(p.touched):.2f}, hottest {'on' if hottest_lies_on(p) else 'off'} it",
            p.painted.mask_hw,
        )
        for p in pairs[::step][:SHOWN]
    ]
    write_sheet(path, f"{contender.predictor.name}: painted defects", cards)
