"""Ways to break a drawn dataset, one at a time, by what the check calls each of them."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from tests.parts.photos import drawn_piece, jpeg
from ubora.datasets.check.command import check_dataset
from ubora.datasets.check.problems import Problem
from ubora.datasets.manifest import Defect, Manifest, read_manifest, sample_id, write_manifest

SIZE = 160
Break = Callable[[Path], None]


def problems_of(root: Path, **options: Any) -> list[Problem]:
    return check_dataset(root, **options)[1]


def kinds_of(root: Path, level: str = "fault", **options: Any) -> set[str]:
    return {problem.kind for problem in problems_of(root, **options) if problem.level == level}


def change(root: Path, number: int, **changes: Any) -> None:
    manifest = read_manifest(root)
    samples = list(manifest.samples)
    samples[number] = samples[number].model_copy(update=changes)
    write_manifest(Manifest(root, manifest.card, samples))


def change_all(root: Path, **changes: Any) -> None:
    manifest = read_manifest(root)
    write_manifest(Manifest(root, manifest.card, [s.model_copy(update=changes) for s in manifest]))


def store_photo(root: Path, number: int, data: bytes) -> None:
    (root / f"photos/{number}.jpg").write_bytes(data)
    change(root, number, sample_id=sample_id(data))


def store_mask(root: Path, number: int, values: Any, name: str = "scratch") -> None:
    cv2.imwrite(str(root / f"masks/{number}-{name}.png"), np.asarray(values))


def change_defect(root: Path, number: int, **changes: Any) -> None:
    defect = (read_manifest(root).samples[number].defects or ())[0]
    change(root, number, defects=(defect.model_copy(update=changes),))


def encoded(photo_hwc: Any, kind: str, mode: str = "RGB", **options: Any) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.asarray(photo_hwc)).convert(mode).save(out, kind, **options)
    return out.getvalue()


def _cut(root: Path) -> None:
    data = (root / "photos/2.jpg").read_bytes()
    store_photo(root, 2, data[: len(data) * 2 // 3])


def cut_png(root: Path) -> None:
    data = encoded(drawn_piece(2)[0], "PNG")
    store_photo(root, 2, data[: len(data) // 2])


def turn_photo(root: Path, orientation: int, width: int = SIZE) -> None:
    """Photo 1, stored turned by its EXIF tag; its masks as they were: upright where the photo is square."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = drawn_piece(1, scratched=True)[0][:, :width]
    store_photo(root, 1, jpeg(photo, exif=exif))


def _sideways_masks(root: Path) -> None:
    turn_photo(root, 6, 120)
    piece, scratch = drawn_piece(1, scratched=True)[1:]
    store_mask(root, 1, piece[:, :120], "piece")
    store_mask(root, 1, scratch[:, :120])


def scratch_in_a_corner(root: Path) -> None:
    values = np.zeros((SIZE, SIZE), np.uint8)
    values[:10, :10] = 255
    store_mask(root, 1, values)
    change_defect(root, 1, box=None)


def _copied(root: Path, **changes: Any) -> None:
    """Photo 2 with the bytes of photo 0."""
    data = (root / "photos/0.jpg").read_bytes()
    (root / "photos/2.jpg").write_bytes(data)
    change(root, 2, sample_id=sample_id(data), **changes)


def _small(root: Path) -> None:
    photo, piece, _ = drawn_piece(2)
    store_photo(root, 2, jpeg(photo[:50]))
    store_mask(root, 2, np.full_like(piece[:50], 255), "piece")


def _write(root: Path, name: str, data: bytes) -> None:
    (root / name).write_bytes(data)


FAULTS: dict[str, Break] = {
    "photo cut short": _cut,
    "unreadable photo": lambda root: store_photo(root, 2, b"not a photo"),
    "small photo": lambda root: _small(root),
    "changed photo": lambda root: _write(root, "photos/2.jpg", jpeg(drawn_piece(99)[0])),
    "unreadable mask": lambda root: _write(root, "masks/1-scratch.png", b"\x89PNG broken"),
    "mask of another size": lambda root: store_mask(root, 1, np.full((20, 30), 255, np.uint8)),
    "mask of another orientation": _sideways_masks,
    "empty mask": lambda root: store_mask(root, 1, np.zeros((SIZE, SIZE), np.uint8)),
    "mask outside piece": scratch_in_a_corner,
    "box outside photo": lambda root: change_defect(root, 1, box=(150, 150, 40, 20), mask=None),
    "box beside its mask": lambda root: change_defect(root, 1, box=(0, 0, 20, 20)),
    "defect without piece": lambda root: change(root, 1, photo_faults=("no_piece",), piece_mask=None),
    "piece where there is none": lambda root: change(root, 0, photo_faults=("no_piece",)),
    "approved sample with a defect": lambda root: change(root, 1, approved_sample=True),
    "piece on both sides": lambda root: two_views(root, split="val"),
    "piece of two designs": lambda root: two_views(root, design="brass-square"),
    "piece of two materials": lambda root: two_views(root, material="horn"),
    "piece of two categories": lambda root: two_views(root, category="ring"),
    "piece of two workshops": lambda root: two_views(root, microfactory="mf-other"),
    "piece of two variance levels": lambda root: two_views(root, variance=5),
    "same photo twice": lambda root: _copied(root, variance=1),
    "label conflict": lambda root: _copied(root, variance=5),
    "test_designs design seen elsewhere": lambda root: change(root, 0, split="test_designs"),
}


def two_views(root: Path, **changes: Any) -> None:
    """Photos 0 and 5 become two views of piece 0; the second differs in one way."""
    first = read_manifest(root).samples[0]
    same = {
        field: getattr(first, field) for field in ("piece_id", "design", "material", "category", "variance")
    }
    change(root, 0, split="train")
    change(root, 5, **(same | {"split": "train"} | changes))


WARNINGS: dict[str, Break] = {
    "unusual pixels": lambda root: store_photo(root, 2, encoded(drawn_piece(2)[0], "JPEG", "CMYK")),
    "orientation unproven": lambda root: turn_photo(root, 3),
    "unusual mask file": lambda root: store_mask(
        root, 1, cv2.cvtColor(drawn_piece(1, scratched=True)[2], cv2.COLOR_GRAY2BGR)
    ),
    "mask of half-tones": lambda root: store_mask(root, 1, drawn_piece(1, scratched=True)[2] // 4 * 3),
    "piece fills the photo": lambda root: store_mask(root, 0, np.full((SIZE, SIZE), 255, np.uint8), "piece"),
    "defect too small to see": lambda root: _one_pixel(root),
    "defect covers the piece": lambda root: _all_over(root),
    "two defects in one place": lambda root: change(
        root,
        1,
        defects=(*_defects(root, 1), *(d.model_copy(update={"name": "crack"}) for d in _defects(root, 1))),
    ),
    "many of a class": lambda root: change(root, 1, defects=(Defect(name="pit"),) * 10),
    "mask used twice": lambda root: change(root, 2, piece_mask="masks/0-piece.png"),
    "no split": lambda root: change(root, 0, split=None),
    "empty split": lambda root: change_all(root, split="train"),
    "grey among colour": lambda root: store_photo(root, 2, encoded(drawn_piece(2)[0], "JPEG", "L")),
    "level in one state": lambda root: change_all(root, variance=1, defects=()),
    "level without example": lambda root: change_all(root, variance=1, defects=()),
}


def _defects(root: Path, number: int) -> tuple[Defect, ...]:
    return read_manifest(root).samples[number].defects or ()


def _all_over(root: Path) -> None:
    store_mask(root, 1, drawn_piece(1)[1])
    change_defect(root, 1, box=None)


def _one_pixel(root: Path) -> None:
    values = np.zeros((SIZE, SIZE), np.uint8)
    values[80, 80] = 255
    store_mask(root, 1, values)
    change_defect(root, 1, box=(80, 80, 1, 1))
