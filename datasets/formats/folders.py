"""A folder per class, as torchvision's ImageFolder and anomalib read it: `<split>/<class>/photo.jpg`.

    ubora data export folders datasets/sample --out var/folders
    ubora data import folders PATH/TO/mvtec/bottle --out var/bottle

Written: each photo in the folder of its worst defect (severity, then the order of the classes), in `good` or
`unlabelled`; `ground_truth/<class>/<name>_mask.png` with all its masks in one, as in MVTec AD; `labels.csv`
with every field of every photo, a cell being JSON unless it is plain text; `label_masks/` with each mask by
itself; `dataset.json`. With `labels.csv` nothing is lost; a photo that it does not list is read from its
folder alone.

Read without it: `<split>/<class>/` or `<class>/` alone; what a name means stands in `datasets.formats.names`,
what photos and masks are in `datasets.formats.folder_layout`. Lost by tools that read folders alone: all
defects but the worst, boxes, severities, whatever is known of the piece. Source: pytorch.org,
torchvision.datasets.ImageFolder; Bergmann et al., MVTec AD, CVPR 2019.
"""

import csv
import io
import json
from pathlib import Path, PurePosixPath
from typing import Any, get_args

import numpy as np
from tqdm import tqdm

from ubora.datasets.formats.folder_layout import (
    GROUND_TRUTH,
    LABEL_MASKS,
    LABELS,
    UNSPLIT,
    Place,
    read_layout,
)
from ubora.datasets.formats.intake.intake import Intake, Photo, read_card, write_new
from ubora.datasets.formats.intake.names import Names, card_for, check_class, means_good, means_unlabelled
from ubora.datasets.formats.intake.outgoing import copy_photo, defect_mask, write_json
from ubora.datasets.formats.intake.places import at
from ubora.datasets.manifest import CARD, Defect, Manifest, ManifestError, Sample
from ubora.datasets.masks import box_of, png_of, read_mask
from ubora.datasets.taxonomy import SEVERITIES, Taxonomy

_CLEAN, _UNLABELLED = "good", "unlabelled"


# ---- out


def export_folders(manifest: Manifest, out: Path) -> None:
    """Photos by split and worst class, with masks and `labels.csv`.

    Raises:
        ManifestError: a class that is no folder's name, or a photo or mask that is not what the manifest
        says.
    """
    for name in manifest.card.taxonomy.defects:
        if (
            means_good(name)
            or means_unlabelled(name)
            or PurePosixPath(name).name != name
            or name.startswith(".")
        ):
            raise ManifestError(
                f"{manifest.root / CARD}: class {name!r} cannot be the name of a class folder"
            )
    rows: list[dict[str, str]] = []
    for sample in tqdm(manifest, desc="folders", disable=None):
        name = sample.file_name.removeprefix("photos/").replace("/", "-")
        folder = _folder_of(sample, manifest.card.taxonomy)
        place = f"{sample.split or UNSPLIT}/{folder}/{name}"
        with at(sample.file_name):
            size = copy_photo(manifest, sample, out / place)
            masks = [defect_mask(manifest, defect, size) for defect in sample.defects or ()]
            drawn = [mask for mask in masks if mask is not None]
            if drawn:
                union = png_of(np.logical_or.reduce(drawn))
                write_new(out / GROUND_TRUTH / folder / f"{PurePosixPath(name).stem}_mask.png", union)
        for file in dict.fromkeys(list(sample.files())[1:]):
            write_new(out / LABEL_MASKS / file, manifest.path(file).read_bytes(), again=True)
        rows.append({"photo": place} | _cells(sample))
    write_new(out / LABELS, _csv(rows).encode())
    write_json(out / CARD, manifest.card.model_dump(mode="json"))


def _folder_of(sample: Sample, taxonomy: Taxonomy) -> str:
    if sample.defects is None:
        return _UNLABELLED
    if not sample.defects:
        return _CLEAN

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
_TRUTH_FIELDS = frozenset(
    name
    for name, info in Sample.model_fields.items()
    if info.annotation is bool or bool in get_args(info.annotation)
)


# ---- in


def import_folders(intake: Intake) -> Manifest:
    """Every photo below the source, labelled by `labels.csv` where that lists it, else by its folder.

    Raises:
        ManifestError: a photo that lies elsewhere than in a class folder or of a kind that is not read, a
            mask that is not one photo's or not its size, a line of `labels.csv` that is no sample, a name of
            a folder that may mean several things.
    """
    account = intake.account
    rows = _rows(intake.root / LABELS)
    layout = read_layout(intake.root, rows, account)
    if not layout.photos and not account.faults:
        raise ManifestError(
            f"{intake.root}: no photos; expected <split>/<class>/photo.jpg or <class>/photo.jpg"
        )
    if rows:
        account.used.add(intake.root / LABELS)
    photos = {str(path) for path in layout.photos}
    for place, (where, _) in rows.items():
        if place not in photos:
            with account.each(where):
                raise ManifestError(f"{place} not found among the photos in {intake.root}")
    unlisted = {place.folder for path, place in layout.photos.items() if str(path) not in rows}
    written = sorted(name for name in unlisted if not means_unlabelled(name))
    card = read_card(intake.root)
    if card is not None:
        account.used.add(intake.root / CARD)
    with at(str(intake.root)):
        names = Names(written, card, intake.options.classes, account)
    card = card_for(intake.out.name, card, names, intake.options.classes)
    intake.taxonomy = card.taxonomy
    samples: list[Sample] = []
    for path, folder in tqdm(layout.photos.items(), desc="folders", disable=None):
        where, cells = rows.get(str(path), (str(intake.root / path), None))
        with account.each(where):
            mask = layout.masks.get(path)
            if cells is not None:
                samples.append(_listed(intake, path, cells))
                if mask is not None:
                    # The same pixels as its masks of `label_masks`, in one.
                    account.used.add(mask)
            else:
                samples.append(_Unlisted(intake, names, path, folder).sample(mask))
    return Manifest(intake.out, card, samples)


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


def _json_of(name: str, cell: str) -> Any:
    # A spreadsheet writes true as TRUE when it saves the table.
    if name in _TRUTH_FIELDS and cell.strip().lower() in ("true", "false"):
        return cell.strip().lower() == "true"
    return json.loads(cell)


def _listed(intake: Intake, place: PurePosixPath, cells: dict[str, str]) -> Sample:
    known: dict[str, Any] = {}
    for name, cell in cells.items():
        try:
            known[name] = (
                cell if name in _TEXT_FIELDS or name not in Sample.model_fields else _json_of(name, cell)
            )
        except ValueError:
            raise ManifestError(f"{name}: expected JSON, found {cell[:80]!r}") from None
    del known["photo"]
    file_name = known.get("file_name")
    photo = intake.take_photo(intake.root / place, None if file_name is None else str(file_name))
    sample = intake.sample(photo, known)
    for file in dict.fromkeys(list(sample.files())[1:]):
        path = intake.find(file, (LABEL_MASKS,))
        read_mask(path, photo.size)
        intake.keep_bytes(path.read_bytes(), file)
        intake.account.used.add(path)
    return sample


class _Unlisted:
    """A photo of which its folder and its mask are all that is known."""

    def __init__(self, intake: Intake, names: Names, path: PurePosixPath, place: Place) -> None:
        self.intake, self.path, self.place = intake, path, place
        self.unlabelled = means_unlabelled(place.folder)
        self.name = None if self.unlabelled else names.read(place.folder)

    def sample(self, mask_file: Path | None) -> Sample:
        photo = self.intake.take_photo(self.intake.root / self.path)
        defect: Defect | None = None
        if self.name is not None:
            assert self.intake.taxonomy is not None
            defect = Defect(name=check_class(self.name, self.intake.taxonomy))
        if mask_file is not None:
            self.intake.account.left_out[mask_file] = "bad"
            with self.intake.account.each(str(mask_file)):
                defect = self._drawn(defect, mask_file, photo)
                self.intake.account.used.add(mask_file)
        if self.unlabelled:
            return self.intake.sample(photo, {}, split=self.place.split)
        defects = () if defect is None else (defect,)
        return self.intake.sample(photo, {}, split=self.place.split, defects=defects)

    def _drawn(self, defect: Defect | None, mask_file: Path, photo: Photo) -> Defect | None:
        """The defect in its place; a mask of a good photo has to be empty."""
        mask = read_mask(mask_file, photo.size)
        if defect is None:
            if mask.any():
                raise ManifestError(f"{self.path} has no defect by its folder; expected an empty mask")
            return None
        if not mask.any():
            raise ManifestError("no pixel above 127; expected the defect in white")
        kept = self.intake.keep_mask(mask, self.intake.mask_name(photo, defect.name), photo)
        return Defect(name=defect.name, box=box_of(mask), mask=kept)
