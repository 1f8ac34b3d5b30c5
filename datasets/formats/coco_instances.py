"""COCO instances files → samples: run lengths, compressed or not, polygons, several files as splits.

    ubora data import coco PATH/TO/annotations --out var/back

A folder's files are each a split by their name (instances_train2017.json). Labels that were exported come
back (`datasets.coco`); in a file of somebody else's an image without annotations is clean.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict
from tqdm import tqdm

from datasets.formats.intake import Intake, Photo, at, card_for, check_class, read_json, split_named
from datasets.formats.polygons import fill_polygons
from datasets.formats.run_lengths import counts_from_text, mask_of_counts
from datasets.manifest import DatasetCard, Defect, Manifest, ManifestError, Sample
from datasets.masks import Mask, Size
from datasets.taxonomy import Taxonomy

_FILES = (
    "instances*.json",
    "annotations/instances*.json",
    "*/_annotations.coco.json",
    "annotations/*.json",
    "*.json",
)
"""Where a folder's files are looked for: ours, COCO's own layout, Roboflow's, any."""

Id = int | str


class _Loose(BaseModel):
    """Other tools add fields of their own; those are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class _RunLengths(_Loose):
    size: tuple[int, int]
    counts: str | list[int]


class _KnownDefect(_Loose):
    """What an annotation's `ubora` holds; further fields are a Defect's."""

    model_config = ConfigDict(extra="allow")

    order: int
    has_box: bool = True
    mask: str | None = None


class _KnownPhoto(_Loose):
    """What an image's `ubora` holds; further fields are a Sample's."""

    model_config = ConfigDict(extra="allow")

    defects: list[_KnownDefect] | None = []
    """Those without a place; None where nobody looked."""
    piece_mask: str | None = None
    piece_mask_rle: _RunLengths | None = None


class _Image(_Loose):
    id: Id
    file_name: str
    width: int
    height: int
    ubora: _KnownPhoto | None = None


class _Annotation(_Loose):
    id: Id
    image_id: Id
    category_id: Id
    bbox: tuple[float, float, float, float] | None = None
    segmentation: _RunLengths | list[list[float]] | None = None
    ubora: _KnownDefect | None = None


class _Category(_Loose):
    id: Id
    name: str


class _File(_Loose):
    info: dict[str, Any] = {}
    licenses: list[dict[str, Any]] = []
    images: list[_Image]
    annotations: list[_Annotation]
    categories: list[_Category]


def import_coco(intake: Intake) -> Manifest:
    """The photos and labels of one instances file or a folder of them.

    Raises:
        ManifestError: file, place in it, found and expected.
    """
    files = _files(intake.source)
    read: dict[Path, _File] = {}
    for path in files:
        with at(str(path)):
            read[path] = _File.model_validate(read_json(path))
    first = read[files[0]]
    card = None
    if "ubora" in first.info:
        with at(f"{files[0]}: info.ubora"):
            card = DatasetCard.model_validate(first.info["ubora"])
    names = [category.name for content in read.values() for category in content.categories]
    licence = ", ".join(str(licence.get("name", "")) for licence in first.licenses)
    card = card_for(intake.out.name, card, names, intake.options, licence)
    intake.taxonomy = card.taxonomy
    samples: list[Sample] = []
    for path, content in read.items():
        samples += _Reading(intake, path, content, card.taxonomy).samples()
    return Manifest(intake.out, card, samples)


def _files(source: Path) -> list[Path]:
    if source.is_file():
        return [source]
    for pattern in _FILES:
        found = sorted(path for path in source.glob(pattern) if path.is_file())
        if found:
            return found
    raise ManifestError(f"{source}: no {_FILES[0]}; expected a COCO instances file or a folder of them")


class _Reading:
    """One instances file being read."""

    def __init__(self, intake: Intake, path: Path, content: _File, taxonomy: Taxonomy) -> None:
        self.intake, self.path, self.content, self.taxonomy = intake, path, content, taxonomy
        word = (
            path.parent.name if path.name.startswith("_") else path.stem.removeprefix("instances").strip("_-")
        )
        self.split = split_named(word)
        inside = str(path.parent.relative_to(intake.root))
        self.places = ("", inside, word, "images", f"images/{word}", "photos")
        self.names = {category.id: category.name for category in content.categories}

    def samples(self) -> Iterator[Sample]:
        of_image: dict[Id, list[tuple[str, _Annotation]]] = {image.id: [] for image in self.content.images}
        if len(of_image) < len(self.content.images):
            raise ManifestError(f"{self.path}: images: an id stands twice; expected each once")
        for index, annotation in enumerate(self.content.annotations):
            where = f"{self.path}: annotations[{index}] (id {annotation.id})"
            if annotation.image_id not in of_image:
                raise ManifestError(f"{where}: image_id {annotation.image_id!r} is no image of this file")
            of_image[annotation.image_id].append((where, annotation))
        progress = tqdm(self.content.images, desc=self.path.name, disable=None)
        for index, image in enumerate(progress):
            with at(f"{self.path}: images[{index}] (id {image.id})"):
                photo = self._photo(image)
            # Each annotation names its own place; the image's would only stand in the way.
            found = [self._defect(photo, place, *item) for place, item in enumerate(of_image[image.id])]
            with at(f"{self.path}: images[{index}] (id {image.id})"):
                yield self._sample(photo, image, found)

    def _photo(self, image: _Image) -> Photo:
        path = self.intake.find(image.file_name, self.places)
        photo = self.intake.take_photo(path, image.file_name if image.ubora is not None else None)
        if photo.size != (image.height, image.width):
            raise ManifestError(
                f"{image.file_name} is {photo.size[1]} × {photo.size[0]} pixels upright; "
                f"expected {image.width} × {image.height}"
            )
        return photo

    def _sample(self, photo: Photo, image: _Image, found: Iterable[tuple[int, Defect]]) -> Sample:
        before = image.ubora or _KnownPhoto()
        known = before.model_dump(exclude={"defects", "piece_mask_rle"})
        unplaced = [(record.order, _defect_of(record)) for record in before.defects or ()]
        drawn = [*found, *unplaced]
        labelled = before.defects is not None or bool(drawn)
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

    def _defect(self, photo: Photo, place: int, where: str, annotation: _Annotation) -> tuple[int, Defect]:
        with at(where):
            if annotation.category_id not in self.names:
                known = ", ".join(f"{number} {name}" for number, name in self.names.items())
                raise ManifestError(f"category_id {annotation.category_id!r}; expected one of {known}")
            name = check_class(self.names[annotation.category_id], self.taxonomy)
            before = annotation.ubora or _KnownDefect(order=place)
            mask_file = None
            if annotation.segmentation:
                mask = _mask_of(annotation.segmentation, photo.size)
                if not mask.any():
                    raise ManifestError("mask without a pixel; expected at least one")
                mask_file = before.mask or self.intake.mask_name(photo, place, name)
                self.intake.keep_mask(mask, mask_file, photo)
            box = annotation.bbox if before.has_box else None
            return before.order, _defect_of(before, name=name, box=box, mask=mask_file)


def _defect_of(before: _KnownDefect, **found: Any) -> Defect:
    return Defect.model_validate(before.model_dump(exclude={"order", "has_box"}) | found)


def _mask_of(segmentation: _RunLengths | Sequence[Sequence[float]], size: Size) -> Mask:
    if not isinstance(segmentation, _RunLengths):
        return fill_polygons(segmentation, size)
    if segmentation.size != size:
        found = f"{segmentation.size[1]} × {segmentation.size[0]}"
        raise ManifestError(f"mask of {found} pixels; expected {size[1]} × {size[0]} as in its photo")
    counts = segmentation.counts
    return mask_of_counts(counts_from_text(counts) if isinstance(counts, str) else counts, size)
