"""Discs whose ornament is another's defect: what is wrong with one is told beside a good one of its design.

drawn = ornamented_discs(folder)

A design is plain, or it bears a dark dot, or a bright line. A dot on a plain or a lined disc is a pit, a line
on a plain or a dotted one a scratch. No design of one split is in another.
"""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ubora.datasets.manifest import DatasetCard, Defect, Manifest, Sample, sample_id, write_manifest
from ubora.datasets.taxonomy import Split, Taxonomy

CARD = DatasetCard(
    name="ornamented",
    taxonomy=Taxonomy(defects=("scratch", "pit"), materials=("brass",), categories=("ring",)),
)
ORNAMENTS = (None, "pit", "scratch")
PHOTOS = 8
"""Of a design, each of a piece of its own; the first half are clean, two of them approved."""


def ornamented_discs(folder: Path) -> Path:
    """Write six designs to learn from, six to check on and three to test; the folder."""
    samples = []
    designs: tuple[tuple[Split, int], ...] = (("train", 6), ("val", 6), ("test", 3))
    for split, count in designs:
        for design in range(count):
            samples += [_disc(folder, split, design, number) for number in range(PHOTOS)]
    write_manifest(Manifest(folder, CARD, samples))
    return folder


def _disc(folder: Path, split: Split, design: int, number: int) -> Sample:
    random = np.random.default_rng((len(split), design, number))
    photo = np.full((96, 96, 3), 60, np.uint8) + random.integers(0, 20, (96, 96, 3), np.uint8)
    piece, mask = np.zeros((96, 96), np.uint8), np.zeros((96, 96), np.uint8)
    centre = (int(random.integers(40, 56)), int(random.integers(40, 56)))
    cv2.circle(piece, centre, 34, 255, -1)
    photo[piece > 0] = photo[piece > 0] // 4 + np.array([150, 130, 90], np.uint8)
    ornament = ORNAMENTS[design % 3]
    turn = random.uniform(0, 2 * np.pi)
    places = [
        (
            centre[0] + round(18 * np.cos(turn + k * np.pi / 2)),
            centre[1] + round(18 * np.sin(turn + k * np.pi / 2)),
        )
        for k in range(4)
    ]
    if ornament is not None:
        for place in places[:1]:
            _mark(photo, None, place, ornament)
    wrong = None
    if number >= PHOTOS // 2:
        wrong = [name for name in ("pit", "scratch") if name != ornament][
            number % 2 if ornament is None else 0
        ]
        _mark(photo, mask, places[3], wrong)
    stem = f"{split}-{design}-{number}"
    for name, pixels in (("", photo), ("-piece", piece), ("-mark", mask)):
        cv2.imwrite(str(folder / f"{stem}{name}.png"), pixels)
    return Sample(
        file_name=f"{stem}.png",
        sample_id=sample_id((folder / f"{stem}.png").read_bytes()),
        piece_id=stem,
        design=f"{split}-{design}",
        material="brass",
        category="ring",
        defects=() if wrong is None else (Defect(name=wrong, mask=f"{stem}-mark.png"),),
        piece_mask=f"{stem}-piece.png",
        photo_faults=(),
        approved_sample=number < 2,
        split=split,
        source="captured",
    )


def _mark(
    photo: NDArray[np.uint8], mask: NDArray[np.uint8] | None, place: tuple[int, int], kind: str
) -> None:
    drawn = np.zeros(photo.shape[:2], np.uint8)
    if kind == "pit":
        cv2.circle(drawn, place, 5, 255, -1)
    else:
        cv2.line(drawn, (place[0] - 7, place[1] - 3), (place[0] + 7, place[1] + 3), 255, 3)
    photo[drawn > 0] = 10 if kind == "pit" else 250
    if mask is not None:
        mask |= drawn
