"""Public sets → dataset folders.

    ubora data import magnetic-tile PATH/TO/magnetic-tile --out var/magnetic-tile

A set is imported by name. Photos are copied byte for byte; nothing is written where DIR has files already.
"""

import argparse
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from datasets.manifest import DatasetCard, Defect, Manifest, ManifestError, Sample, sample_id, write_manifest
from datasets.splits import split_of
from datasets.taxonomy import Taxonomy

_MAGNETIC_TILE = ("blowhole", "break", "crack", "fray", "uneven")
_SAME_TILE_FRAMES = 400
# One cracked tile came back to the camera later: `ubora data check` found its photos on two sides of a split.
_SAME_TILE_RUN = range(85_602, 88_202)
# Only 7 to 19 tiles carry each defect: the first seed, at these shares, with every class on every side.
_SPLIT_SEED, _SPLIT_SHARES = 1, (0.6, 0.2, 0.2)


def import_magnetic_tile(source: Path, out: Path) -> Manifest:
    """Grey photos of magnetic tiles with a mask of the same stem beside each.

    A stem is `exp<exposure>_num_<frame>`. Frames were taken in sequence, the same tile at up to six exposures
    within about a hundred frames; frames at most `_SAME_TILE_FRAMES` apart are one piece (1,344 photos: 166
    pieces, most of six photos). A split by photo would put the same scratch on both sides.
    Source: Huang, Qiu, Yuan, "Surface defect saliency of magnetic tile", The Visual Computer, 2020.

    Raises:
        ManifestError: `source` has no MT_* folders.
    """
    card = DatasetCard(
        name="magnetic-tile",
        description="Grey photos of magnetic tiles with five kinds of defect and pixel masks.",
        licence="use welcomed with citation, by its README",
        source="Huang, Qiu, Yuan, 2020",
        taxonomy=Taxonomy(defects=_MAGNETIC_TILE, materials=("ferrite",), categories=("tile",)),
    )
    photos = sorted(source.glob("MT_*/Imgs/*.jpg"))
    if not photos:
        raise ManifestError(f"{source}: no MT_*/Imgs/*.jpg; expected the magnetic-tile folder")
    return Manifest(out, card, list(_magnetic_samples(photos, out)))


def _magnetic_samples(photos: list[Path], out: Path) -> Iterator[Sample]:
    pieces = _pieces_by_frame([_frame(photo) for photo in photos])
    for photo in photos:
        name = photo.parts[-3].removeprefix("MT_").lower()
        data = photo.read_bytes()
        stem = f"{name}-{photo.stem}"
        _write(out / "photos" / f"{stem}.jpg", data)
        piece = pieces[_frame(photo)]
        yield Sample(
            file_name=f"photos/{stem}.jpg",
            sample_id=sample_id(data),
            piece_id=piece,
            material="ferrite",
            category="tile",
            defects=() if name == "free" else (_magnetic_defect(name, photo.with_suffix(".png"), out, stem),),
            split=split_of(piece, _SPLIT_SEED, _SPLIT_SHARES),
            source="public",
        )


def _frame(photo: Path) -> int:
    return int(photo.stem.rsplit("_", 1)[-1])


def _pieces_by_frame(frames: list[int]) -> dict[int, str]:
    """Frame → piece; a piece is named after its first frame."""
    pieces: dict[int, str] = {}
    before, first = None, 0
    for frame in sorted(set(frames)):
        same_run = before in _SAME_TILE_RUN and frame in _SAME_TILE_RUN
        if before is None or (frame - before > _SAME_TILE_FRAMES and not same_run):
            first = frame
        pieces[frame] = f"tile-{first}"
        before = frame
    return pieces


def _magnetic_defect(name: str, mask_file: Path, out: Path, stem: str) -> Defect:
    mask = cv2.imread(str(mask_file), cv2.IMREAD_GRAYSCALE)
    if mask is None:
        raise ManifestError(f"{mask_file}: not a readable mask")
    # Four masks of the published set are empty; those photos keep their class as an image label.
    if not mask.any():
        return Defect(name=name)
    solid = np.where(mask > 0, 255, 0).astype(np.uint8)
    x, y, width, height = cv2.boundingRect(solid)
    _write(out / "masks" / f"{stem}.png", cv2.imencode(".png", solid)[1].tobytes())
    return Defect(name=name, box=(x, y, width, height), mask=f"masks/{stem}.png")


IMPORTS: dict[str, Callable[[Path, Path], Manifest]] = {"magnetic-tile": import_magnetic_tile}


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("set", choices=sorted(IMPORTS))
    parser.add_argument("source", type=Path)
    parser.add_argument("--out", type=Path, required=True)


def run(args: argparse.Namespace) -> int:
    if args.out.exists() and any(args.out.iterdir()):
        raise ManifestError(f"{args.out}: has files already; expected a new or empty folder")
    try:
        manifest = IMPORTS[args.set](args.source, args.out)
        write_manifest(manifest)
    except BaseException:
        shutil.rmtree(args.out, ignore_errors=True)
        raise
    pieces = len({sample.piece_id for sample in manifest})
    print(f"{len(manifest)} photos of {pieces} pieces in {args.out}")
    return 0
