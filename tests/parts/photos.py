"""Small photos and datasets drawn in memory, for tests of every room."""

import io
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ubora.datasets.manifest import DatasetCard, Defect, Manifest, Sample, sample_id, write_manifest
from ubora.datasets.splits import split_of


def drawn_piece(seed: int, *, scratched: bool = False, size: int = 160) -> tuple[NDArray[np.uint8], ...]:
    """A brass-coloured disc on a cloth-like ground: photo (HWC RGB), piece mask, defect mask, all uint8."""
    rng = np.random.default_rng(seed)
    photo = rng.integers(90, 130, (size, size, 3)).astype(np.uint8)
    piece, defect = np.zeros((size, size), np.uint8), np.zeros((size, size), np.uint8)
    middle, radius = size // 2, size // 3
    cv2.circle(piece, (middle, middle), radius, 255, -1)
    photo[piece > 0] = np.clip(rng.normal((190, 160, 80), 6, (int((piece > 0).sum()), 3)), 0, 255)
    if scratched:
        x, y = (int(value) for value in rng.integers(middle - radius // 2, middle + radius // 2, 2))
        cv2.line(defect, (x, y), (x + radius // 3, y + radius // 4), 255, 4)
        defect &= piece
        photo[defect > 0] = (30, 20, 10)
    return photo, piece, defect


def jpeg(photo_hwc: NDArray[Any], **options: Any) -> bytes:
    """Encode an RGB photo, with Pillow's save options (exif, quality, …)."""
    out = io.BytesIO()
    Image.fromarray(photo_hwc.astype(np.uint8)).save(out, "JPEG", **{"quality": 92, **options})
    return out.getvalue()


def drawn_dataset(root: Path, pieces: int = 12, *, size: int = 160) -> Manifest:
    """A dataset of drawn discs, every second one scratched, with masks, levels and splits by piece."""
    samples = []
    for folder in ("photos", "masks"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for number in range(pieces):
        scratched = number % 2 == 1
        photo, piece, defect = drawn_piece(number, scratched=scratched, size=size)
        data = jpeg(photo)
        (root / f"photos/{number}.jpg").write_bytes(data)
        cv2.imwrite(str(root / f"masks/{number}-piece.png"), piece)
        cv2.imwrite(str(root / f"masks/{number}-scratch.png"), defect)
        samples.append(
            Sample(
                file_name=f"photos/{number}.jpg",
                sample_id=sample_id(data),
                piece_id=f"piece-{number}",
                microfactory="mf-test",
                design="brass-disc",
                material="brass",
                category="pendant",
                stage="raw",
                view="front",
                defects=(_scratch(number, defect),) if scratched else (),
                piece_mask=f"masks/{number}-piece.png",
                variance=number % 5 + 1,
                split=split_of(f"piece-{number}", 0, (0.5, 0.25, 0.25)),
                source="rendered",
            )
        )
    manifest = Manifest(root, DatasetCard(name="drawn"), samples)
    write_manifest(manifest)
    return manifest


def _scratch(number: int, mask: NDArray[np.uint8]) -> Defect:
    x, y, width, height = cv2.boundingRect(mask)
    return Defect(
        name="scratch", severity="minor", box=(x, y, width, height), mask=f"masks/{number}-scratch.png"
    )
