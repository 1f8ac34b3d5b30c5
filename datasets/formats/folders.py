"""A folder per class, as torchvision's ImageFolder and anomalib read it: `<split>/<class>/photo.jpg`.

    ubora data export folders datasets/sample --out var/folders
    ubora data import folders PATH/TO/mvtec/bottle --out var/bottle

Written: each photo in the folder of its worst defect (severity, then the order of the classes), in `good` or
`unlabelled`; `ground_truth/<class>/<name>_mask.png` with all its masks in one, as in MVTec AD; `labels.csv`
with every field of every photo, a cell being JSON unless it is plain text; `label_masks/` with each mask by
itself; `dataset.json`. With `labels.csv` nothing is lost; a photo that it does not list is read from its
folder alone.

Read without it: `<split>/<class>/` or `<class>/` alone; `good`, `clean` and `ok` are clean, `unlabelled` and
`unsplit` are what they say. Lost by tools that read folders alone: all defects but the worst, boxes,
severities, whatever is known of the piece. Source: pytorch.org, torchvision.datasets.ImageFolder; Bergmann et
al., MVTec AD, CVPR 2019.
"""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from tqdm import tqdm

from datasets.formats.intake import Intake, Photo, at, card_for, read_card, split_named, write_new
from datasets.formats.outgoing import copy_photo, defect_mask, write_json
from datasets.manifest import CARD, Defect, Manifest, ManifestError, Sample
from datasets.masks import PHOTO_SUFFIXES, box_of, png_of, read_mask
from datasets.taxonomy import SEVERITIES, Split, Taxonomy
from models.imaging.foreign import SUFFIXES as FOREIGN_SUFFIXES
from models.imaging.foreign import but

_LABELS = "labels.csv"
_GROUND_TRUTH, _LABEL_MASKS = "ground_truth", "label_masks"
_CLEAN, _UNLABELLED, _UNSPLIT = ("good", "clean", "ok"), "unlabelled", "unsplit"


# ---- out


def export_folders(manifest: Manifest, out: Path) -> None:
    """Photos by split and worst class, with masks and `labels.csv`.

    Raises:
        ManifestError: a class that is no folder's name, or a photo or mask that is not what the manifest
        says.
    """
    for name in manifest.card.taxonomy.defects:
        if name in (*_CLEAN, _UNLABELLED) or PurePosixPath(name).name != name or name.startswith("."):
            raise ManifestError(
                f"{manifest.root / CARD}: class {name!r} cannot be the name of a class folder"
            )
    rows: list[dict[str, str]] = []
    for sample in tqdm(manifest, desc="folders", disable=None):
        name = sample.file_name.removeprefix("photos/").replace("/", "-")
        folder = _folder_of(sample, manifest.card.taxonomy)
        place = f"{sample.split or _UNSPLIT}/{folder}/{name}"
        with at(sample.file_name):
            size = copy_photo(manifest, sample, out / place)
            masks = [defect_mask(manifest, defect, size) for defect in sample.defects or ()]
            drawn = [mask for mask in masks if mask is not None]
            if drawn:
                union = png_of(np.logical_or.reduce(drawn))
                write_new(out / _GROUND_TRUTH / folder / f"{PurePosixPath(name).stem}_mask.png", union)
        for file in dict.fromkeys(list(sample.files())[1:]):
            write_new(out / _LABEL_MASKS / file, manifest.path(file).read_bytes(), again=True)
        rows.append({"photo": place} | _cells(sample))
    write_new(out / _LABELS, _csv(rows).encode())
    write_json(out / CARD, manifest.card.model_dump(mode="json"))


def _folder_of(sample: Sample, taxonomy: Taxonomy) -> str:
    if sample.defects is None:
        return _UNLABELLED
    if not sample.defects:
        return _CLEAN[0]

    def badness(defect: Defect) -> tuple[int, int]:
        severity = -1 if defect.severity is None else SEVERITIES.index(defect.severity)
        return severity, -taxonomy.defects.index(defect.name)

    return max(sample.defects, key=badness).name


def _cells(sample: Sample) -> dict[str, str]:
    fields = sample.model_dump(mode="json", exclude_none=True)
    return {
        name: value if name in _TEXT_FIELDS else json.dumps(value, ensure_ascii=False)
        for name, value in fields.items()
    }


def _csv(rows: list[dict[str, str]]) -> str:
    text = io.StringIO()
    table = csv.DictWriter(text, ["photo", *Sample.model_fields], lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return text.getvalue()


def _is_text(schema: dict[str, Any]) -> bool:
    kinds = schema.get("anyOf", [schema])
    return all(kind.get("type") in ("string", "null") for kind in kinds)


_TEXT_FIELDS = frozenset(
    name for name, schema in Sample.model_json_schema()["properties"].items() if _is_text(schema)
)
"""Fields of a Sample that a cell holds as they are; the others are JSON."""


# ---- in


def import_folders(intake: Intake) -> Manifest:
    """Every photo below the source, labelled by `labels.csv` where that lists it, else by its folder.

    Raises:
        ManifestError: a photo that lies elsewhere than in a class folder, one of a kind that is not read, a
            line of `labels.csv` that is no sample, a mask that is not its photo's size.
    """
    photos = list(_photos(intake.root))
    if not photos:
        raise ManifestError(
            f"{intake.root}: no photos; expected <split>/<class>/photo.jpg or <class>/photo.jpg"
        )
    rows = _rows(intake.root / _LABELS)
    found = {str(path) for path in photos}
    missing = next((place for place in rows if place not in found), None)
    if missing is not None:
        raise ManifestError(f"{rows[missing][0]}: {missing} not found in {intake.root}")
    unlisted = [path for path in photos if str(path) not in rows]
    names = sorted({name for path in unlisted if (name := path.parent.name) not in (*_CLEAN, _UNLABELLED)})
    card = card_for(intake.out.name, read_card(intake.root), names, intake.options)
    intake.taxonomy = card.taxonomy
    ground_truth = _ground_truth(intake.root, photos)
    samples: list[Sample] = []
    for path in tqdm(photos, desc="folders", disable=None):
        if str(path) in rows:
            where, cells = rows[str(path)]
            with at(where):
                samples.append(_listed(intake, path, cells))
        else:
            with at(str(intake.root / path)):
                samples.append(_unlisted(intake, path, ground_truth.get(path)))
    return Manifest(intake.out, card, samples)


def _photos(root: Path) -> Iterator[PurePosixPath]:
    """Paths of photos relative to the root, in order."""
    for path in sorted(root.rglob("*")):
        inside = PurePosixPath(path.relative_to(root))
        if inside.parts[0] in (_GROUND_TRUTH, _LABEL_MASKS) or inside.name.startswith(".") or path.is_dir():
            continue
        if path.suffix.lower() in FOREIGN_SUFFIXES:
            raise ManifestError(f"{path}: not a photo{but(path.read_bytes())}; expected JPEG, PNG or WebP")
        if path.suffix.lower() in PHOTO_SUFFIXES:
            _place(inside, root)
            yield inside


def _place(path: PurePosixPath, root: Path) -> tuple[Split | None, str]:
    """The split and class that a photo's folder says."""
    *above, folder, _ = path.parts if len(path.parts) > 1 else ("", "", "")
    split = split_named(above[0]) if len(above) == 1 else None
    if above and split is None and above != [_UNSPLIT]:
        raise ManifestError(f"{root / path}: expected <split>/<class>/photo or <class>/photo")
    return split, folder


def _rows(path: Path) -> dict[str, tuple[str, dict[str, str]]]:
    """Photo → where its line stands, and its cells that hold something."""
    if not path.is_file():
        return {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file)
            lines = [(f"{path}:{table.line_num}", row) for row in table]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ManifestError(f"{path}: expected CSV in UTF-8, found {error}") from None
    if "photo" not in (table.fieldnames or ()):
        raise ManifestError(f"{path}:1: no column photo; expected photo, {', '.join(Sample.model_fields)}")
    rows: dict[str, tuple[str, dict[str, str]]] = {}
    for where, row in lines:
        place = row["photo"]
        if place in rows:
            raise ManifestError(f"{where}: {place} stands already in {rows[place][0]}")
        # What lies beyond the header's columns is under None.
        cells = {name or "a cell too many": str(cell) for name, cell in row.items() if cell}
        rows[place] = (where, cells)
    return rows


def _listed(intake: Intake, place: PurePosixPath, cells: dict[str, str]) -> Sample:
    known: dict[str, Any] = {}
    for name, cell in cells.items():
        try:
            known[name] = (
                cell if name in _TEXT_FIELDS or name not in Sample.model_fields else json.loads(cell)
            )
        except ValueError:
            raise ManifestError(f"{name}: expected JSON, found {cell[:80]!r}") from None
    del known["photo"]
    file_name = known.get("file_name")
    photo = intake.take_photo(intake.root / place, None if file_name is None else str(file_name))
    sample = intake.sample(photo, known)
    for file in dict.fromkeys(list(sample.files())[1:]):
        path = intake.find(file, (_LABEL_MASKS,))
        read_mask(path, photo.size)
        intake.keep_bytes(path.read_bytes(), file)
    return sample


def _ground_truth(root: Path, photos: list[PurePosixPath]) -> dict[PurePosixPath, Path]:
    """Photo → its mask. MVTec AD numbers photos anew in each split; its masks are those of `test`."""
    found: dict[PurePosixPath, Path] = {}
    owners: dict[Path, PurePosixPath] = {}
    for path in sorted(photos, key=lambda path: path.parts[0] == "test"):
        mask = root / _GROUND_TRUTH / path.parent.name / f"{path.stem}_mask.png"
        if mask.is_file():
            before = owners.get(mask)
            if before is not None:
                if path.parts[0] != "test":
                    raise ManifestError(
                        f"{mask}: is it of {before} or of {path}? expected one photo of this name"
                    )
                del found[before]
            owners[mask], found[path] = path, mask
    return found


def _unlisted(intake: Intake, path: PurePosixPath, mask_file: Path | None) -> Sample:
    split, folder = _place(path, intake.root)
    photo = intake.take_photo(intake.root / path)
    if folder == _UNLABELLED:
        return intake.sample(photo, {}, split=split)
    if folder in _CLEAN:
        return intake.sample(photo, {}, split=split, defects=())
    return intake.sample(photo, {}, split=split, defects=(_drawn(intake, folder, mask_file, photo),))


def _drawn(intake: Intake, name: str, mask_file: Path | None, photo: Photo) -> Defect:
    if mask_file is None:
        return Defect(name=name)
    mask = read_mask(mask_file, photo.size)
    if not mask.any():
        raise ManifestError(f"{mask_file}: no pixel above 127")
    kept = intake.keep_mask(mask, intake.mask_name(photo, name), photo)
    return Defect(name=name, box=box_of(mask), mask=kept)
