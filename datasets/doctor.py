"""What is wrong with a dataset, before an hour is spent training on it.

    ubora data check datasets/sample
    ubora data check runs/harvest --json

Faults (exit code 1) would spoil a training or a figure; warnings may be intended. Every file is decoded.
"""

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from datasets.manifest import METADATA, Manifest, ManifestError, Sample, read_manifest, sample_id
from datasets.taxonomy import SPLITS

MIN_SIDE_PX = 64
_SAME_VIEW_BITS = 12
"""Difference hashes (256 bits) of two photos of different pieces this close are the same picture."""


@dataclass(frozen=True)
class Problem:
    kind: str
    level: Literal["fault", "warning"]
    where: str
    detail: str


def check_dataset(root: Path, *, progress: bool = False) -> tuple[Manifest | None, list[Problem]]:
    """Everything wrong with a dataset folder, worst first.

    Returns:
        The manifest, or None where it cannot be read, and the problems.
    """
    try:
        manifest = read_manifest(root)
    except ManifestError as error:
        return None, [Problem("manifest", "fault", str(root), str(error))]
    problems: list[Problem] = []
    hashes: dict[str, NDArray[np.uint8]] = {}
    for line, sample in enumerate(tqdm(manifest, desc="decode", disable=None if progress else True), start=1):
        photo = _decode(manifest.path(sample.file_name), cv2.IMREAD_COLOR)
        found = list(_photo_problems(manifest, sample, photo))
        if photo is not None:
            found += _label_problems(manifest, sample, photo)
            hashes[sample.file_name] = difference_hash(photo)
        problems += [replace(problem, where=f"{METADATA}:{line}: {problem.where}") for problem in found]
    problems += _split_problems(manifest)
    problems += _copy_problems(manifest, hashes)
    problems += _count_problems(manifest)
    return manifest, sorted(problems, key=lambda problem: problem.level)


def difference_hash(photo_hwc: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(32,) uint8, 256 bits: is each cell of a 17 × 16 thumbnail brighter than its right neighbour?"""
    grey = cv2.cvtColor(photo_hwc, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, (17, 16), interpolation=cv2.INTER_AREA).astype(np.int16)
    return np.packbits(small[:, :-1] > small[:, 1:])


def _decode(path: Path, flag: int) -> NDArray[np.uint8] | None:
    data = np.frombuffer(path.read_bytes(), np.uint8)
    if data.size == 0:
        return None
    try:
        decoded = cv2.imdecode(data, flag)
    except cv2.error:
        return None
    return None if decoded is None else np.asarray(decoded, np.uint8)


def _photo_problems(manifest: Manifest, sample: Sample, photo: NDArray[np.uint8] | None) -> Iterator[Problem]:
    if photo is None:
        yield Problem("unreadable photo", "fault", sample.file_name, "cannot be decoded")
        return
    if min(photo.shape[:2]) < MIN_SIDE_PX:
        height, width = photo.shape[:2]
        yield Problem("small photo", "fault", sample.file_name, f"{width} × {height} pixels")
    found = sample_id(manifest.path(sample.file_name).read_bytes())
    if found != sample.sample_id:
        detail = f"sha256 {found[:12]}…, the manifest says {sample.sample_id[:12]}…"
        yield Problem("changed photo", "fault", sample.file_name, detail)


def _label_problems(manifest: Manifest, sample: Sample, photo: NDArray[np.uint8]) -> Iterator[Problem]:
    height, width = photo.shape[:2]
    piece = None
    if sample.piece_mask:
        piece = _decode(manifest.path(sample.piece_mask), cv2.IMREAD_GRAYSCALE)
        # Where there is no piece, an empty mask is the truth that teaches "nothing here".
        may_be_empty = "no_piece" in (sample.photo_faults or ())
        yield from _mask_problems(sample.piece_mask, piece, photo, may_be_empty=may_be_empty)
    for defect in sample.defects or ():
        if defect.box and (defect.box[0] + defect.box[2] > width or defect.box[1] + defect.box[3] > height):
            detail = f"{defect.name} {defect.box} in a photo of {width} × {height} pixels"
            yield Problem("box outside photo", "fault", sample.file_name, detail)
        if not defect.mask:
            continue
        mask = _decode(manifest.path(defect.mask), cv2.IMREAD_GRAYSCALE)
        yield from _mask_problems(defect.mask, mask, photo)
        usable = mask is not None and piece is not None and mask.shape == piece.shape
        if usable and mask is not None and piece is not None:
            # A few pixels of tolerance: masks are drawn and rendered along the piece's very edge.
            near = cv2.dilate(piece, np.ones((9, 9), np.uint8)) > 127
            outside = float((~near[mask > 127]).mean()) if (mask > 127).any() else 0.0
            # A missing part leaves a gap that is by definition not on the piece any more.
            if outside > 0.5 and defect.name != "missing":
                detail = f"{outside:.0%} of {defect.name} lies off the piece"
                yield Problem("mask outside piece", "fault", defect.mask, detail)
    repeated = [name for name, count in Counter(d.name for d in sample.defects or ()).items() if count > 9]
    if repeated:
        yield Problem("many of a class", "warning", sample.file_name, ", ".join(repeated))


def _mask_problems(
    name: str, mask: NDArray[np.uint8] | None, photo: NDArray[np.uint8], *, may_be_empty: bool = False
) -> Iterator[Problem]:
    if mask is None:
        yield Problem("unreadable mask", "fault", name, "cannot be decoded")
    elif mask.shape != photo.shape[:2]:
        found, expected = mask.shape[::-1], photo.shape[1::-1]
        detail = f"{found[0]} × {found[1]} pixels, its photo has {expected[0]} × {expected[1]}"
        yield Problem("mask of another size", "fault", name, detail)
    elif not may_be_empty and not (mask > 127).any():
        yield Problem("empty mask", "fault", name, "no pixel above 127")


def _split_problems(manifest: Manifest) -> Iterator[Problem]:
    sides: dict[str, set[str]] = defaultdict(set)
    for sample in manifest:
        if sample.split:
            sides[sample.piece_id].add(sample.split)
    for piece, splits in sorted(sides.items()):
        if len(splits) > 1:
            yield Problem("piece on both sides", "fault", piece, f"in {', '.join(sorted(splits))}")
    without = sum(sample.split is None for sample in manifest)
    if without:
        yield Problem("no split", "warning", str(manifest.root), f"{without} photos; `ubora data split`")


def _copy_problems(manifest: Manifest, hashes: dict[str, NDArray[np.uint8]]) -> Iterator[Problem]:
    by_id: dict[str, list[Sample]] = defaultdict(list)
    for sample in manifest:
        by_id[sample.sample_id].append(sample)
    for copies in by_id.values():
        if len(copies) > 1:
            names = ", ".join(copy.file_name for copy in copies)
            facts = {copy.model_dump_json(include={"defects", "variance"}) for copy in copies}
            kind = "label conflict" if len(facts) > 1 else "same photo twice"
            yield Problem(kind, "fault", copies[0].file_name, names)
    yield from _near_copies(manifest, hashes)


def _near_copies(manifest: Manifest, hashes: dict[str, NDArray[np.uint8]]) -> Iterator[Problem]:
    """The same picture under two pieces on two sides of a split: a figure would be a memory, not a skill."""
    samples = [s for s in manifest if s.file_name in hashes and s.split]
    values = np.array([hashes[s.file_name] for s in samples], np.uint8).reshape(len(samples), 32)
    for index, sample in enumerate(samples):
        distance = np.bitwise_count(values[index + 1 :] ^ values[index]).sum(axis=1)
        for other_index in np.flatnonzero(distance <= _SAME_VIEW_BITS) + index + 1:
            other = samples[int(other_index)]
            if other.split != sample.split and other.sample_id != sample.sample_id:
                detail = f"looks like {other.file_name} ({sample.split} and {other.split})"
                yield Problem("near-copy across splits", "warning", sample.file_name, detail)


def _count_problems(manifest: Manifest) -> Iterator[Problem]:
    for split in SPLITS:
        part = manifest.split(split)
        if len(part) == 0 and any(sample.split for sample in manifest):
            yield Problem("empty split", "warning", split, "no photos")
    counts = Counter(name for sample in manifest for name in sample.defect_names())
    labelled = any(sample.defects is not None for sample in manifest)
    for name in manifest.card.taxonomy.defects if labelled else ():
        if counts[name] == 0:
            yield Problem("class without example", "warning", name, "nothing can be learnt of it")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--json", action="store_true")


def run(args: argparse.Namespace) -> int:
    manifest, problems = check_dataset(args.dataset, progress=not args.json)
    faults = sum(problem.level == "fault" for problem in problems)
    if args.json:
        print(json.dumps({"faults": faults, "problems": [asdict(p) for p in problems]}, indent=2))
        return 1 if faults else 0
    shown: Counter[str] = Counter()
    for problem in problems:
        shown[problem.kind] += 1
        if shown[problem.kind] <= 10:
            print(f"{problem.level}: {problem.kind}: {problem.where}: {problem.detail}")
    for kind, count in shown.items():
        if count > 10:
            print(f"… {count - 10} more of: {kind} (--json lists all)")
    photos = 0 if manifest is None else len(manifest)
    print(f"{photos} photos, {faults} faults, {len(problems) - faults} warnings")
    return 1 if faults else 0
