"""COCO instances files → samples: run lengths, compressed or not, polygons, several files as splits.

    ubora data import coco PATH/TO/annotations --out var/back

A folder's files are each a split by their name (instances_train2017.json). Labels that were exported come
back (`datasets.formats.coco`); in a file of somebody else's an image without annotations is clean. A category
that only groups others (Roboflow's root) is no class. All that is bad is named at once; a photo that loses
all its annotations by `--skip-bad` is not labelled.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from tqdm import tqdm

from ubora.datasets.formats.coco.schema import (
    Annotation,
    File,
    Id,
    Image,
    KnownDefect,
    KnownPhoto,
    RunLengths,
)
from ubora.datasets.formats.intake.boxes import fit_box
from ubora.datasets.formats.intake.intake import Intake, Photo, read_json, split_named
from ubora.datasets.formats.intake.names import Names, card_for, check_class, key_of
from ubora.datasets.formats.intake.places import at
from ubora.datasets.formats.intake.polygons import fill_polygons
from ubora.datasets.formats.intake.run_lengths import counts_from_text, mask_of_counts
from ubora.datasets.manifest import DatasetCard, Defect, Manifest, ManifestError, Sample
from ubora.datasets.masks import Mask, Size

_FILES = (
    "instances*.json",
    "annotations/instances*.json",
    "*/_annotations.coco.json",
    "annotations/*.json",
    "*.json",
)
"""Where a folder's files are looked for: ours, COCO's own layout, Roboflow's, any."""

_NO_CLASS = frozenset(("background", "ignore"))
"""Names that converters put before the classes, for pixels of none."""


def import_coco(intake: Intake) -> Manifest:
    """The photos and labels of one instances file or a folder of them.

    Raises:
        ManifestError: file, place in it, found and expected.
    """
    files = _files(intake.source)
    read: dict[Path, File] = {}
    for path in files:
        with at(str(path)):
            read[path] = File.model_validate(read_json(path))
    first = read[files[0]]
    card = None
    if "ubora" in first.info:
        with at(f"{files[0]}: info.ubora"):
            card = DatasetCard.model_validate(first.info["ubora"])
    for path, content in read.items():
        _check_ids(path, "categories", [category.id for category in content.categories])
    licence = ", ".join(str(licence.get("name", "")) for licence in first.licenses)
    classes = _class_names(intake, read.values(), exported=card is not None)
    with at(str(files[0])):
        names = Names(classes, card, intake.options.classes, intake.account)
    card = card_for(intake.out.name, card, names, intake.options.classes, licence)
    intake.taxonomy = card.taxonomy
    samples: list[Sample] = []
    for path, content in read.items():
        intake.account.used.add(path)
        samples += _Reading(intake, path, content, names).samples()
    return Manifest(intake.out, card, samples)


def _check_ids(path: Path, field: str, ids: Sequence[Any]) -> None:
    twice = next((found for found, times in Counter(map(repr, ids)).items() if times > 1), None)
    if twice is not None:
        raise ManifestError(f"{path}: {field}: an id stands twice, {twice}; expected each once")


def _class_names(intake: Intake, files: Iterable[File], *, exported: bool) -> list[str]:
    """Names of categories; in files of others without those that only group others."""
    contents = list(files)
    names = dict.fromkeys(category.name for content in contents for category in content.categories)
    if exported:
        return list(names)
    drawn: set[str] = set()
    for content in contents:
        used = {repr(a.get("category_id")) for a in content.annotations if isinstance(a, dict)}
        drawn |= {category.name for category in content.categories if repr(category.id) in used}
    above = {
        key_of(category.supercategory)
        for content in contents
        for category in content.categories
        if isinstance(category.supercategory, str) and key_of(category.supercategory) != key_of(category.name)
    }
    kept: list[str] = []
    for name in names:
        if name in drawn or key_of(name) not in above | _NO_CLASS:
            kept.append(name)
        else:
            why = "are the ground" if key_of(name) in _NO_CLASS else "only group others"
            intake.account.note(f"categories without annotations that {why}, left out", name)
    return kept


def _files(source: Path) -> list[Path]:
    if source.is_file():
        return [source]
    for pattern in _FILES:
        paths = sorted(path for path in source.glob(pattern) if path.is_file())
        if paths:
            return paths
    raise ManifestError(f"{source}: no {_FILES[0]}; expected a COCO instances file or a folder of them")


class _Reading:
    """One instances file being read."""

    def __init__(self, intake: Intake, path: Path, content: File, names: Names) -> None:
        self.intake, self.path, self.content, self.names = intake, path, content, names
        word = (
            path.parent.name if path.name.startswith("_") else path.stem.removeprefix("instances").strip("_-")
        )
        self.split = split_named(word)
        inside = str(path.parent.relative_to(intake.root))
        self.places = ("", inside, word, "images", f"images/{word}", f"{inside}/images", "photos")
        self.categories = {category.id: category.name for category in content.categories}
        self.bad: set[Id] = set()
        """Images of which an annotation was bad."""
        self.lost: set[Id] = set()
        """Images that are bad themselves."""

    def samples(self) -> Iterator[Sample]:
        account = self.intake.account
        images: list[tuple[str, Image]] = []
        for index, record in enumerate(self.content.images):
            where = self._where("images", index, record)
            image_id = record.get("id") if isinstance(record, dict) else None
            if isinstance(image_id, int | str):
                self.lost.add(image_id)
            with account.each(where):
                images.append((where, Image.model_validate(record)))
                self.lost.discard(images[-1][1].id)
        _check_ids(self.path, "images", [image.id for _, image in images])
        of_image: dict[Id, list[tuple[str, Annotation]]] = {image.id: [] for _, image in images}
        for index, record in enumerate(self.content.annotations):
            where = self._where("annotations", index, record)
            with account.each(where):
                self._sort_in(where, record, of_image)
        for where, image in tqdm(images, desc=self.path.name, disable=None):
            # Each annotation names its own place; the image's would only stand in the way.
            with account.each(where):
                photo = self._photo(image)
                defects: list[tuple[int, Defect]] = []
                for place, (its_where, annotation) in enumerate(of_image[image.id]):
                    before = len(account.faults)
                    with account.each(its_where):
                        defects += self._defect(photo, place, annotation)
                    if len(account.faults) > before:
                        self.bad.add(image.id)
                yield self._sample(photo, image, defects)

    def _where(self, field: str, index: int, record: Any) -> str:
        number = record.get("id") if isinstance(record, dict) else None
        return f"{self.path}: {field}[{index}]" + ("" if number is None else f" (id {number})")

    def _sort_in(self, where: str, record: Any, of_image: dict[Id, list[tuple[str, Annotation]]]) -> None:
        image_id = record.get("image_id") if isinstance(record, dict) else None
        if isinstance(image_id, int | str) and image_id in self.lost:
            raise ManifestError(f"its image, {image_id!r}, is bad")
        try:
            annotation = Annotation.model_validate(record)
        except ValidationError:
            # An image is not clean because its annotation cannot be read.
            if isinstance(image_id, int | str):
                self.bad.add(image_id)
            raise
        if annotation.image_id not in of_image:
            raise ManifestError(f"image_id {annotation.image_id!r} is no image of this file")
        of_image[annotation.image_id].append((where, annotation))

    def _photo(self, image: Image) -> Photo:
        path = self.intake.find(image.file_name, self.places)
        photo = self.intake.take_photo(path, image.file_name if image.ubora is not None else None)
        if photo.size != (image.height, image.width):
            raise ManifestError(
                f"{image.file_name} is {photo.size[1]} × {photo.size[0]} pixels upright; "
                f"expected {image.width} × {image.height}"
            )
        return photo

    def _sample(self, photo: Photo, image: Image, found: Sequence[tuple[int, Defect]]) -> Sample:
        before = image.ubora or KnownPhoto()
        known = before.model_dump(exclude={"defects", "piece_mask_rle"})
        lost = image.id in self.bad
        if image.ubora is None and not found and not lost:
            self.intake.account.note("photos without annotations, read as clean", image.file_name)
        unplaced = [(record.order, _defect_of(record)) for record in before.defects or ()]
        drawn = [*found, *unplaced]
        labelled = bool(drawn) or (before.defects is not None and not lost)
        if before.piece_mask_rle is not None:
            name = before.piece_mask or self.intake.mask_name(photo, "piece")
            mask = _mask_of(before.piece_mask_rle, photo.size)
            known["piece_mask"] = self.intake.keep_mask(mask, name, photo)
        defects = tuple(defect for _, defect in sorted(drawn, key=lambda item: item[0])) if labelled else None
        if image.ubora is None and self.split is not None:
            known["split"] = self.split
        sample = self.intake.sample(photo, known, defects=defects)
        self.intake.check_files(sample)
        return sample

    def _defect(self, photo: Photo, place: int, annotation: Annotation) -> list[tuple[int, Defect]]:
        """The defect of an annotation and its order; none where its category says that nothing is wrong."""
        if annotation.category_id not in self.categories:
            known = ", ".join(f"{number} {name}" for number, name in self.categories.items())
            raise ManifestError(f"category_id {annotation.category_id!r}; expected one of {known}")
        name = self.names.read(self.categories[annotation.category_id])
        if name is None:
            return []
        if self.intake.taxonomy is not None:
            check_class(name, self.intake.taxonomy)
        before = annotation.ubora or KnownDefect(order=place)
        box = annotation.bbox if before.has_box else None
        if box is not None:
            box = fit_box(box, photo.size)
        mask_file = None
        if annotation.segmentation:
            mask = _mask_of(annotation.segmentation, photo.size)
            if not mask.any():
                raise ManifestError("mask without a pixel; expected at least one")
            mask_file = before.mask or self.intake.mask_name(photo, place, name)
            self.intake.keep_mask(mask, mask_file, photo)
        return [(before.order, _defect_of(before, name=name, box=box, mask=mask_file))]


def _defect_of(before: KnownDefect, **found: Any) -> Defect:
    return Defect.model_validate(before.model_dump(exclude={"order", "has_box"}) | found)


def _mask_of(segmentation: RunLengths | Sequence[Sequence[float]], size: Size) -> Mask:
    if not isinstance(segmentation, RunLengths):
        return fill_polygons(segmentation, size)
    if segmentation.size != size:
        found = f"{segmentation.size[1]} × {segmentation.size[0]}"
        raise ManifestError(f"mask of {found} pixels; expected {size[1]} × {size[0]} as in its photo")
    counts = segmentation.counts
    return mask_of_counts(counts_from_text(counts) if isinstance(counts, str) else counts, size)
