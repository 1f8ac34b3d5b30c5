"""A dataset of every kind of label there is, drawn from a seed: what a round trip must bring back."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.parts.photos import jpeg
from ubora.datasets.manifest import Camera, DatasetCard, Defect, Manifest, Sample, sample_id, write_manifest
from ubora.datasets.taxonomy import EVERY_SPLIT, JEWELRY

Mask = NDArray[np.bool_]


def varied_mask(rng: np.random.Generator, size: tuple[int, int]) -> Mask:
    """Scattered pixels, one pixel, a ring with a hole, bands over the edges, or all of it."""
    height, width = size
    mask = np.zeros(size, np.uint8)
    kind = rng.integers(5)
    if kind == 0:
        mask = (rng.random(size) < rng.uniform(0.02, 0.9)).astype(np.uint8)
    elif kind == 1:
        middle = (int(rng.integers(width)), int(rng.integers(height)))
        cv2.circle(mask, middle, int(rng.integers(5, 40)), 1, int(rng.integers(1, 5)))
    elif kind == 2:
        mask[int(rng.integers(height)) :, : int(rng.integers(1, width))] = 1
    elif kind == 3:
        mask[:] = 1
    mask[int(rng.integers(height)), int(rng.integers(width))] = 1
    return mask > 0


def varied_dataset(root: Path, seed: int = 0, photos: int = 14) -> Manifest:
    """Photos of odd sizes, some on their side; masks, boxes, neither or nothing known; every field is set."""
    rng = np.random.default_rng(seed)
    samples = [_sample(root, rng, number) for number in range(photos)]
    card = DatasetCard(name="varied", description="drawn", licence="CC0-1.0", source="a test")
    manifest = Manifest(root, card, samples)
    write_manifest(manifest)
    return manifest


def _sample(root: Path, rng: np.random.Generator, number: int) -> Sample:
    height, width = (int(side) for side in rng.integers(64, 130, 2))
    # The photo lies on its side in the file; masks and boxes are of the upright one.
    turned = number % 3 == 0
    pixels = rng.integers(0, 255, (width, height, 3) if turned else (height, width, 3))
    data = jpeg(pixels, exif=_turned_exif()) if turned else jpeg(pixels)
    name = f"photos/{'sub/' if number % 4 == 0 else ''}{number} é.jpg"
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_bytes(data)
    labelled, known = number % 5 != 4, number % 2 == 0
    return Sample(
        file_name=name,
        sample_id=sample_id(data),
        piece_id=f"piece/{number // 2}",
        defects=_defects(root, rng, (height, width), number) if labelled else None,
        piece_mask=_kept(root, np.zeros((height, width), np.bool_), f"masks/{number}-piece.png")
        if number == 6
        else _kept(root, varied_mask(rng, (height, width)), f"masks/{number}-piece.png")
        if known
        else None,
        variance=number % 5 + 1 if known else None,
        photo_faults=(("blur", "dark") if number % 4 else ()) if known else None,
        split=(*EVERY_SPLIT, None)[number // 2 % 5],
        source="captured",
        **(_facts(number) if known else {}),
    )


def _facts(number: int) -> dict[str, Any]:
    return {
        "microfactory": "mf-kibera-01",
        "design": "null",
        "material": "horn",
        "category": "cuff",
        "stage": "raw",
        "view": "detail",
        "reviewed_by": 'Wanjiru, "QA"',
        "captured_at": datetime(2026, 11, 24, 7, 30, number, tzinfo=UTC),
        "approved_sample": number % 4 == 0,
        "light": "1.0",
        "camera": Camera(phone="poor", azimuth_deg=0.1, elevation_deg=1 / 3, distance_cm=20, field_deg=30),
        "seed": number,
    }


def _defects(root: Path, rng: np.random.Generator, size: tuple[int, int], number: int) -> tuple[Defect, ...]:
    return tuple(_defect(root, rng, size, f"{number}-{index}") for index in range(number % 4))


def _defect(root: Path, rng: np.random.Generator, size: tuple[int, int], stem: str) -> Defect:
    kind = rng.integers(4)
    fields: dict[str, Any] = {
        "name": str(rng.choice(JEWELRY.defects)),
        "severity": [None, "minor", "major", "critical"][int(rng.integers(4))],
    }
    if kind in (0, 1):
        fields["mask"] = _kept(root, varied_mask(rng, size), f"masks/{stem}.png")
    if kind in (1, 2):
        x, y = rng.uniform(0, size[1] / 2), rng.uniform(0, size[0] / 2)
        fields["box"] = (x, y, rng.uniform(0.5, size[1] / 2), rng.uniform(0.5, size[0] / 2))
    if kind == 3:
        # Image labels of Label Studio are one a class; a severity has no region to stand at.
        fields["name"] = f"{JEWELRY.defects[int(stem[-1])]}"
    return Defect(**fields)


def _kept(root: Path, mask: Mask, name: str) -> str:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(root / name), mask.astype(np.uint8) * 255)
    return name


def _turned_exif() -> bytes:
    # A little-endian TIFF header with one entry: orientation 6.
    return b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
