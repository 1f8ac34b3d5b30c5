"""Public sets that are known by name: what their folders mean, and a split that does not fool anybody.

ubora data import magnetic-tile PATH/TO/magnetic-tile --out var/magnetic-tile
ubora data import elpv PATH/TO/elpv --out var/elpv
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from ubora.datasets.formats.intake.intake import Intake, Photo
from ubora.datasets.formats.intake.places import at
from ubora.datasets.manifest import DatasetCard, Defect, Manifest, ManifestError, Sample
from ubora.datasets.masks import box_of
from ubora.datasets.splits import split_of
from ubora.datasets.taxonomy import Split, Taxonomy

_MAGNETIC_TILE = ("blowhole", "break", "crack", "fray", "uneven")
_SAME_TILE_FRAMES = 400
# One cracked tile came back to the camera later: `ubora data check` found its photos on two sides of a split.
_SAME_TILE_RUN = range(85_602, 88_202)
_SAME_TILE_FRAME = {8_676: "tile-10181"}
"""And one clean tile, of which a single photo stands apart."""
# Only 7 to 19 tiles carry each defect: the first seed, at these shares, with every class on every side.
_SPLIT_SEED, _SPLIT_SHARES = 1, (0.6, 0.2, 0.2)

_ELPV_LABELS = ("labels.csv", "src/elpv_dataset/data/labels.csv")
_ELPV_GRADES = (0.0, 1 / 3, 2 / 3, 1.0)
# One module was photographed twice, sharp and out of focus: `ubora data check` found its cells on two sides.
_ELPV_AGAIN, _ELPV_AGAIN_OFFSET = range(2_277, 2_327), 542
_ELPV_TEST, _ELPV_VAL = 0.25, 0.15
"""Shares of the whole: the paper tests on a quarter; validation comes out of the rest."""


def import_magnetic_tile(intake: Intake) -> Manifest:
    """Grey photos of magnetic tiles with a mask of the same stem beside each.

    A stem is `exp<exposure>_num_<frame>`. Frames were taken in sequence, the same tile at up to six exposures
    within about a hundred frames; frames at most `_SAME_TILE_FRAMES` apart are one piece (1,344 photos: 165
    pieces, most of six photos). A split by photo would put the same scratch on both sides.
    Source: Huang, Qiu, Yuan, "Surface defect saliency of magnetic tile", The Visual Computer, 2020.

    Raises:
        ManifestError: the source has no MT_* folders, or a mask is missing or of another size.
    """
    card = DatasetCard(
        name="magnetic-tile",
        description="Grey photos of magnetic tiles with five kinds of defect and pixel masks.",
        licence="use welcomed with citation, by its README",
        source="Huang, Qiu, Yuan, 2020",
        taxonomy=Taxonomy(defects=_MAGNETIC_TILE, materials=("ferrite",), categories=("tile",)),
    )
    photos = sorted(intake.root.glob("MT_*/Imgs/*.jpg"))
    if not photos:
        raise ManifestError(f"{intake.root}: no MT_*/Imgs/*.jpg; expected the magnetic-tile folder")
    return Manifest(intake.out, card, list(_magnetic_samples(intake, photos)))


def _magnetic_samples(intake: Intake, photos: list[Path]) -> Iterator[Sample]:
    pieces = _pieces_by_frame([_frame(photo) for photo in photos])
    for path in tqdm(photos, desc="magnetic-tile", disable=None):
        name = path.parts[-3].removeprefix("MT_").lower()
        stem = f"{name}-{path.stem}"
        piece = pieces[_frame(path)]
        with at(str(path)):
            photo = intake.take_photo(path, f"photos/{stem}.jpg")
            clean = name == "free"
            yield intake.sample(
                photo,
                {},
                piece_id=piece,
                material="ferrite",
                category="tile",
                defects=() if clean else (_magnetic_defect(intake, name, path.with_suffix(".png"), photo),),
                split=split_of(piece, _SPLIT_SEED, _SPLIT_SHARES),
                source="public",
            )


def _frame(photo: Path) -> int:
    number = photo.stem.rsplit("_", 1)[-1]
    if not number.isdecimal():
        raise ManifestError(f"{photo}: expected a name like exp1_num_4727.jpg")
    return int(number)


def _pieces_by_frame(frames: list[int]) -> dict[int, str]:
    """Frame → piece; a piece is named after its first frame."""
    pieces: dict[int, str] = {}
    before, first = None, 0
    for frame in sorted(set(frames)):
        same_run = before in _SAME_TILE_RUN and frame in _SAME_TILE_RUN
        if before is None or (frame - before > _SAME_TILE_FRAMES and not same_run):
            first = frame
        pieces[frame] = _SAME_TILE_FRAME.get(frame, f"tile-{first}")
        before = frame
    return pieces


def _magnetic_defect(intake: Intake, name: str, mask_file: Path, photo: Photo) -> Defect:
    drawn = cv2.imread(str(mask_file), cv2.IMREAD_GRAYSCALE)
    if drawn is None:
        raise ManifestError(f"{mask_file}: not a readable mask")
    intake.account.used.add(mask_file)
    # This set draws its masks in any grey but black.
    mask = np.asarray(drawn) > 0
    # Four masks of the published set are empty; those photos keep their class without a place.
    if not mask.any():
        return Defect(name=name)
    stem = Path(photo.file_name).stem
    return Defect(name=name, box=box_of(mask), mask=intake.keep_mask(mask, f"masks/{stem}.png", photo))


@dataclass(frozen=True)
class _Cell:
    file: str
    piece: str
    grade: int
    """1 to 4, for a defect probability of 0, 1/3, 2/3, 1."""
    kind: str
    where: str


def import_elpv(intake: Intake) -> Manifest:
    """Electroluminescence photos of solar cells, graded by experts.

    The four probabilities of a defect (0, 1/3, 2/3, 1: sound, sound but unsure, defective but unsure,
    defective) become the variance levels 1 to 4, so that the ordinal head is trained on them: in this set the
    level is that grade and says nothing of a hand. Above one half a cell is `defective`, as the paper
    evaluates it; an unsure label counts as much as a sure one here, while the paper's training weighs it
    less. A quarter is `test` in each grade of each kind of cell, by a stable hash of the piece; validation is
    15 % of the whole.

    A piece is a cell; fifty cells were photographed twice (2,624 photos: 2,574 pieces). Which cells share a
    module is not published, so cells of one module stand on both sides, as in the paper, and wafers that were
    cut next to each other look alike: `ubora data check` reports them.

    Source: Deitsch et al., "Automatic classification of defective photovoltaic module cells in
    electroluminescence images", Solar Energy 185, 2019; Buerhop-Lutz et al., EU PVSEC 2018.

    Raises:
        ManifestError: no labels.csv, or a line of it that is not file, probability, mono or poly.
    """
    labels = next((intake.root / name for name in _ELPV_LABELS if (intake.root / name).is_file()), None)
    if labels is None:
        raise ManifestError(
            f"{intake.root}: no {' or '.join(_ELPV_LABELS)}; expected the elpv-dataset folder"
        )
    card = DatasetCard(
        name="elpv",
        description="Electroluminescence photos of solar cells. The variance level is the experts' grade: "
        "1 sound, 2 sound but unsure, 3 defective but unsure, 4 defective. For measuring only.",
        licence="CC BY-NC-SA 4.0: measure only, no released model may be trained on it",
        source="github.com/zae-bayern/elpv-dataset; Deitsch et al., 2019",
        taxonomy=Taxonomy(defects=("defective",), materials=("mono", "poly"), categories=("cell",)),
    )
    intake.account.used.add(labels)
    cells = [_cell(line, f"{labels}:{number}") for number, line in _lines(labels)]
    splits = _stratified(cells)
    samples = []
    for cell in tqdm(cells, desc="elpv", disable=None):
        with at(cell.where):
            name = f"photos/{Path(cell.file).name}"
            place = str(labels.parent.relative_to(intake.root))
            photo = intake.take_photo(intake.find(cell.file, (place,)), name)
            sample = intake.sample(
                photo,
                {},
                piece_id=cell.piece,
                material=cell.kind,
                category="cell",
                defects=(Defect(name="defective"),) if _ELPV_GRADES[cell.grade - 1] > 0.5 else (),
                variance=cell.grade,
                split=splits[cell.piece],
                source="public",
            )
        samples.append(sample)
    return Manifest(intake.out, card, samples)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    text = path.read_text(encoding="utf-8", errors="replace")
    return ((number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip())


def _cell(line: str, where: str) -> _Cell:
    words = line.replace(",", " ").split()
    try:
        file, probability, kind = words[0], float(words[1]), words[2]
        grade = next(g for g, value in enumerate(_ELPV_GRADES, start=1) if abs(probability - value) < 0.01)
        if kind not in ("mono", "poly") or len(words) != 3:
            raise ValueError(kind)
    except (IndexError, ValueError, StopIteration):
        raise ManifestError(
            f"{where}: expected a file, 0, 1/3, 2/3 or 1, and mono or poly; found {line.strip()[:80]!r}"
        ) from None
    return _Cell(file, _cell_piece(Path(file).stem), grade, kind, where)


def _cell_piece(stem: str) -> str:
    """`cell0001` is its own piece, unless it is another photo of a cell before."""
    number = stem.removeprefix("cell")
    again = number.isdecimal() and int(number) in _ELPV_AGAIN
    return f"cell{int(number) - _ELPV_AGAIN_OFFSET:04}" if again else stem


def _stratified(cells: Iterable[_Cell]) -> dict[str, Split]:
    """Piece → split, with the same shares in every grade of every kind; a piece counts by its first photo."""
    first: dict[str, _Cell] = {}
    for cell in cells:
        first.setdefault(cell.piece, cell)
    strata: dict[tuple[int, str], list[str]] = defaultdict(list)
    for cell in first.values():
        strata[cell.grade, cell.kind].append(cell.piece)
    splits: dict[str, Split] = {}
    for pieces in strata.values():
        pieces.sort(key=lambda piece: hashlib.sha256(piece.encode()).digest())
        test, val = round(_ELPV_TEST * len(pieces)), round(_ELPV_VAL * len(pieces))
        for index, piece in enumerate(pieces):
            splits[piece] = "test" if index < test else "val" if index < test + val else "train"
    return splits
