"""Label Studio: tasks with what is labelled already, and the labelling configuration for the dataset's
classes.

    ubora data export label-studio datasets/sample --out var/to-label
    ubora data import label-studio var/to-label --out var/labelled

`tasks.json` is Label Studio's own JSON; its photos are served from disk (`/data/local-files/?d=<folder>/…`),
so Label Studio is started with the folder above as its document root. Masks are brush strokes, boxes
rectangles, a defect without a place a choice; severity is a choice of its region; the condition of the piece,
the faults of the photo and the variance level (a rating) are of the photo. Whatever else is known of a photo
stands in the task's `data.ubora` and comes back. Lost: grey levels of a mask (above 127 is defect). Source:
labelstud.io/guide/task_format, labelstud.io/tags; run lengths: `datasets.masks`.
"""

import hashlib
from pathlib import Path
from typing import Any, get_args
from urllib.parse import quote
from xml.etree import ElementTree

import numpy as np
from tqdm import tqdm

from ubora.datasets.formats.intake.intake import write_new
from ubora.datasets.formats.intake.outgoing import copy_photo, defect_mask, piece_mask, write_json
from ubora.datasets.formats.intake.places import at
from ubora.datasets.formats.intake.run_lengths import brush_of
from ubora.datasets.manifest import CARD, Defect, Manifest, Sample
from ubora.datasets.masks import Box, Mask, Size
from ubora.datasets.taxonomy import SEVERITIES, PhotoFault, Taxonomy

PHOTO = "photo"
BRUSH, RECTANGLES, POLYGONS, PIECE = "defects", "boxes", "outlines", "piece"
SEVERITY, CONDITION, UNPLACED, FAULTS, VARIANCE = (
    "severity",
    "condition",
    "unplaced",
    "photo_faults",
    "variance",
)
"""Names of the controls in the configuration; `from_name` in an answer."""
CLEAN, DEFECTIVE, UNLABELLED = "clean", "defective", "unlabelled"
USABLE = "usable"
"""The choice that says: looked at, no fault in the photo."""
LOCAL_FILES = "/data/local-files/?d="
LABEL_FIELDS = ("defects", "piece_mask", "photo_faults", "variance")
"""Fields of a Sample that people decide in Label Studio; the others travel in `data.ubora`."""

# Far apart in hue, so that two strokes over each other are told apart.
_COLOURS = (
    "#e6194b", "#3cb44b", "#4363d8", "#f58231", "#911eb4", "#46c7c7",
    "#f032e6", "#9a6324", "#808000", "#008080", "#800000", "#000075",
)  # fmt: skip


def export_label_studio(manifest: Manifest, out: Path) -> None:
    """`tasks.json`, `label-config.xml`, `dataset.json` (the card) and the photos.

    Raises:
        ManifestError: a photo or mask that is not what the manifest says, or a mask without a pixel.
    """
    tasks: list[dict[str, Any]] = []
    for sample in tqdm(manifest, desc="label-studio", disable=None):
        with at(sample.file_name):
            size = copy_photo(manifest, sample, out / sample.file_name)
            tasks.append(_task(manifest, sample, size, out.resolve().name, len(tasks) + 1))
    write_json(out / "tasks.json", tasks)
    write_json(out / CARD, manifest.card.model_dump(mode="json"))
    write_new(out / "label-config.xml", label_config(manifest.card.taxonomy).encode())


def label_config(taxonomy: Taxonomy) -> str:
    """The labelling configuration, to be pasted into a project's settings."""
    view = ElementTree.Element("View")
    ElementTree.SubElement(view, "Image", name=PHOTO, value="$image", zoom="true", zoomControl="true")
    for tag, name, more in (
        ("BrushLabels", BRUSH, {}),
        ("RectangleLabels", RECTANGLES, {"canRotate": "false"}),
        ("PolygonLabels", POLYGONS, {}),
    ):
        labels = ElementTree.SubElement(view, tag, {"name": name, "toName": PHOTO, **more})
        for index, defect in enumerate(taxonomy.defects):
            ElementTree.SubElement(labels, "Label", value=defect, background=_COLOURS[index % len(_COLOURS)])
    piece = ElementTree.SubElement(view, "BrushLabels", name=PIECE, toName=PHOTO)
    ElementTree.SubElement(piece, "Label", value=PIECE, background="#bbbbbb")
    _choices(view, SEVERITY, SEVERITIES, "single", perRegion="true", visibleWhen="region-selected")
    conditions = (CLEAN, DEFECTIVE, UNLABELLED)
    _choices(view, CONDITION, conditions, "single", required="true", requiredMessage="Is the piece clean?")
    _choices(view, UNPLACED, taxonomy.defects, "multiple")
    _choices(view, FAULTS, (USABLE, *get_args(PhotoFault)), "multiple")
    ElementTree.SubElement(view, "Rating", name=VARIANCE, toName=PHOTO, maxRating="5")
    ElementTree.indent(view)
    return ElementTree.tostring(view, encoding="unicode") + "\n"


def pixels_of(mask: Mask) -> str:
    """The identity of a mask's pixels; tells whether somebody drew on it."""
    return hashlib.sha256(np.packbits(mask).tobytes()).hexdigest()


def percent_of(box: Box, size: Size) -> tuple[float, float, float, float]:
    """x, y, width, height in percent of the photo."""
    height, width = size
    return (box[0] / width * 100, box[1] / height * 100, box[2] / width * 100, box[3] / height * 100)


def _choices(view: ElementTree.Element, name: str, values: tuple[str, ...], choice: str, **more: str) -> None:
    choices = ElementTree.SubElement(
        view, "Choices", {"name": name, "toName": PHOTO, "choice": choice, "showInline": "true", **more}
    )
    for value in values:
        ElementTree.SubElement(choices, "Choice", value=value)


def _task(manifest: Manifest, sample: Sample, size: Size, folder: str, number: int) -> dict[str, Any]:
    known = sample.model_dump(mode="json", exclude=set(LABEL_FIELDS), exclude_none=True)
    regions: dict[str, Any] = {}
    results = _Results(size)
    for order, defect in enumerate(sample.defects or ()):
        region = f"d{order}"
        regions[region] = {"order": order} | defect.model_dump(mode="json", exclude_none=True)
        mask = defect_mask(manifest, defect, size)
        if mask is not None:
            regions[region]["pixels"] = pixels_of(mask)
        results.add_defect(region, defect, mask)
    if sample.piece_mask is not None:
        mask = piece_mask(manifest, sample, size)
        known["piece_mask"] = sample.piece_mask
        # A stroke without a pixel cannot be drawn; that there is none is known all the same.
        known["piece_is_empty"] = not mask.any()
        if mask.any():
            results.add(
                PIECE, "brushlabels", {"format": "rle", "rle": brush_of(mask), "brushlabels": [PIECE]}, PIECE
            )
    results.add_answers(sample)
    known["regions"] = regions
    data = {"image": LOCAL_FILES + quote(f"{folder}/{sample.file_name}"), "ubora": known}
    # A photo of which nothing is known is work to be done, not an answer.
    annotations = [{"result": results.found}] if results.found else []
    return {"id": number, "data": data, "annotations": annotations}


class _Results:
    """The `result` list of one annotation."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self.found: list[dict[str, Any]] = []
        self.unplaced: list[str] = []

    def add(self, control: str, kind: str, value: dict[str, Any], region: str) -> None:
        self.found.append(
            {
                "id": region,
                "from_name": control,
                "to_name": PHOTO,
                "type": kind,
                "original_width": self.size[1],
                "original_height": self.size[0],
                "image_rotation": 0,
                "value": value,
            }
        )

    def add_defect(self, region: str, defect: Defect, mask: Mask | None) -> None:
        place: dict[str, Any]
        if mask is not None:
            place = {"format": "rle", "rle": brush_of(mask)}
            self.add(BRUSH, "brushlabels", place | {"brushlabels": [defect.name]}, region)
        elif defect.box is not None:
            place = dict(zip(("x", "y", "width", "height"), percent_of(defect.box, self.size), strict=True))
            place |= {"rotation": 0}
            self.add(RECTANGLES, "rectanglelabels", place | {"rectanglelabels": [defect.name]}, region)
        else:
            self.unplaced.append(defect.name)
            return
        if defect.severity is not None:
            self.add(SEVERITY, "choices", place | {"choices": [defect.severity]}, region)

    def add_answers(self, sample: Sample) -> None:
        if sample.defects is not None:
            condition = DEFECTIVE if sample.defects else CLEAN
            self.add(CONDITION, "choices", {"choices": [condition]}, CONDITION)
        if self.unplaced:
            self.add(UNPLACED, "choices", {"choices": list(dict.fromkeys(self.unplaced))}, UNPLACED)
        if sample.photo_faults is not None:
            self.add(FAULTS, "choices", {"choices": list(sample.photo_faults) or [USABLE]}, FAULTS)
        if sample.variance is not None:
            self.add(VARIANCE, "rating", {"rating": sample.variance}, VARIANCE)
        if self.found and sample.defects is None:
            self.add(CONDITION, "choices", {"choices": [UNLABELLED]}, CONDITION)
