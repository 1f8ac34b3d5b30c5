"""Whether a photo that was sent for another piece is known again, and how often another is taken for it.

    ubora train bench seen-before datasets/rendered

Found: every photo turned by quarters and mirrored in turn, cut by up to 5 % of its sides and compressed again
at quality 30, asked for among the photos as they were; and the whole one asked for where the cut one came
first. It counts where a key is shared too, as the service looks it up. False alarms: every two photos of
different pieces of one design, by distance alone: as they were taken; and, which is harder than any bench,
both cut out by their masks and laid on one ground in one place and size.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ubora.datasets.manifest import Manifest, Sample, read_manifest
from ubora.datasets.masks import box_of, read_mask
from ubora.models.inference.preprocess import decode_photo
from ubora.models.inference.prints import MOST_APART, Asked, Print, asked_prints, kept_prints, small_grey
from ubora.training.evaluation.slices import share
from ubora.training.loop.job import TrainingError
from ubora.training.words import aligned, share_words

QUALITY = 30
LONGER_PX = 768
ONE_SIDE = 512
"""Of the ground on which two pieces are laid, pixels; the longer side of a piece takes three quarters."""
CUTS = {
    "not cut": (0.0, 0.0, 0.0, 0.0),
    "2.5 % of each side": (0.025, 0.025, 0.025, 0.025),
    "5 % of each side": (0.05, 0.05, 0.05, 0.05),
    "5 % of one side": (0.05, 0.0, 0.0, 0.0),
    "5 % of two sides": (0.05, 0.05, 0.0, 0.0),
}
Picture = NDArray[np.uint8]


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", type=Path, help="with several pieces of a design, and their masks")
    parser.add_argument("--most", type=int, default=400, help="photos that are changed (%(default)s)")


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """Raises TrainingError: no design has two pieces."""
    manifest = read_manifest(args.dataset)
    designs: dict[str, list[Sample]] = defaultdict(list)
    for sample in manifest:
        if sample.design is not None:
            designs[sample.design].append(sample)
    several = {name: of for name, of in designs.items() if len({one.piece_id for one in of}) > 1}
    if not several:
        raise TrainingError(f"{manifest.root}: no design has two pieces; nothing can be taken for another")
    chosen = [sample for of in several.values() for sample in of]
    changed = chosen[:: max(1, len(chosen) // args.most)]
    seconds: list[float] = []
    by_change = {name: _found(manifest, changed, cut, seconds) for name, cut in CUTS.items()}
    alarms = {
        "as they were taken": _alarms(several, lambda sample: _photo(manifest, sample)),
        "on one ground": _alarms(several, lambda sample: _on_one_ground(manifest, sample)),
    }
    return {
        "dataset": manifest.card.name,
        "designs": len(several),
        "most_apart": MOST_APART,
        "milliseconds": 1000 * float(np.median(seconds)),
        "found": by_change,
        "alarms": alarms,
    }


def lines(figures: dict[str, Any]) -> list[str]:
    rows = [
        ["the same photo, turned, mirrored, at quality 30", "found", "found where the cut one came first"]
    ]
    for name, both in figures["found"].items():
        rows.append([f"  {name}", share_words(both["after"]), share_words(both["before"])])
    rows.append(["pieces of one design, two photos of different ones", "taken for the same", "nearest, bits"])
    for name, of in figures["alarms"].items():
        rows.append([f"  {name}", share_words(of["alarms"]), f"{of['nearest']} of 144"])
    head = f"{figures['dataset']}: {figures['designs']} designs; the same below {figures['most_apart']} bits"
    return [
        head,
        *aligned(rows),
        f"{figures['milliseconds']:.1f} ms a photo on one core, both kinds of prints",
    ]


def _found(
    manifest: Manifest, samples: Sequence[Sample], cut: tuple[float, ...], seconds: list[float]
) -> dict[str, Any]:
    after = before = 0
    for number, sample in enumerate(samples):
        whole = _photo(manifest, sample)
        changed = _changed(whole, cut, number)
        started = time.perf_counter()
        kept, asked = kept_prints(small_grey(whole)), asked_prints(small_grey(whole))
        seconds.append(time.perf_counter() - started)
        after += _is_found(kept, asked_prints(small_grey(changed)))
        before += _is_found(kept_prints(small_grey(changed)), asked)
    return {"after": share(after, len(samples)), "before": share(before, len(samples))}


def _is_found(kept: Sequence[Print], asked: Asked) -> bool:
    return any(asked.shares_a_key(one) and asked.distances([one.bits]) <= MOST_APART for one in kept)


def _changed(photo: Picture, cut: tuple[float, ...], number: int) -> Picture:
    """Cut, laid in one of eight ways, and compressed again."""
    height, width = photo.shape[:2]
    left, top, right, bottom = cut
    part = photo[
        round(height * top) : round(height * (1 - bottom)), round(width * left) : round(width * (1 - right))
    ]
    turned = np.rot90(part[:, ::-1] if number % 8 >= 4 else part, number % 4)
    done, jpeg = cv2.imencode(".jpg", np.ascontiguousarray(turned), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    assert done
    return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)


def _alarms(designs: dict[str, list[Sample]], picture: Callable[[Sample], Picture | None]) -> dict[str, Any]:
    alarms = pairs = 0
    nearest = 144
    for of in designs.values():
        prints = [(sample, small_grey(shown)) for sample in of if (shown := picture(sample)) is not None]
        asked = [(sample, kept_prints(grey), asked_prints(grey)) for sample, grey in prints]
        for (one, kept, _), (other, _, ways) in combinations(asked, 2):
            if one.piece_id == other.piece_id or not kept:
                continue
            apart = int(ways.distances([a_print.bits for a_print in kept]).min())
            alarms, pairs, nearest = alarms + (apart <= MOST_APART), pairs + 1, min(nearest, apart)
    return {"alarms": share(alarms, pairs), "nearest": nearest}


def _photo(manifest: Manifest, sample: Sample) -> Picture:
    return np.asarray(
        decode_photo(manifest.path(sample.file_name).read_bytes(), at_least=LONGER_PX), np.uint8
    )


def _on_one_ground(manifest: Manifest, sample: Sample) -> Picture | None:
    """The piece alone, as large as every other and in the middle of the same ground; None without a mask."""
    if sample.piece_mask is None:
        return None
    photo = np.asarray(decode_photo(manifest.path(sample.file_name).read_bytes()), np.uint8)
    mask = read_mask(manifest.path(sample.piece_mask), photo.shape[:2])
    if not mask.any():
        return None
    x, y, width, height = (round(value) for value in box_of(mask))
    scale = 0.75 * ONE_SIDE / max(width, height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    piece = cv2.resize(photo[y : y + height, x : x + width], size, interpolation=cv2.INTER_AREA)
    shown = cv2.resize(
        np.asarray(mask[y : y + height, x : x + width], np.uint8), size, interpolation=cv2.INTER_NEAREST
    )
    laid = _ground()
    left, top = (ONE_SIDE - size[0]) // 2, (ONE_SIDE - size[1]) // 2
    part = laid[top : top + size[1], left : left + size[0]]
    part[shown > 0] = piece[shown > 0]
    return laid


def _ground() -> Picture:
    """(512, 512, 3): a light cloth, the same each time."""
    weave = np.random.default_rng(0).normal(205, 9, (ONE_SIDE, ONE_SIDE, 1))
    return np.broadcast_to(np.clip(weave, 0, 255), (ONE_SIDE, ONE_SIDE, 3)).astype(np.uint8)
