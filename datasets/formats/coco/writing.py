"""COCO instances: one JSON a split, masks as run lengths, boxes and areas as they are.

    ubora data export coco datasets/sample --out var/coco
    ubora data import coco var/coco --out var/back

Written so that every mask comes back pixel for pixel, every box exactly. What COCO has no place for stands
under `ubora` in `info`, in each image and in each annotation, and comes back; other tools pass over it. Lost:
the order of photos (they are grouped by split), and grey levels of a mask (above 127 is defect).

Reading: `datasets.formats.coco.instances`. Source: cocodataset.org, "Data format".
"""

from collections import defaultdict
from itertools import count
from pathlib import Path
from typing import Any

from tqdm import tqdm

from ubora.datasets.formats.intake.outgoing import copy_photo, defect_mask, piece_mask, write_json
from ubora.datasets.formats.intake.run_lengths import counts_of, counts_to_text
from ubora.datasets.manifest import DatasetCard, Defect, Manifest, Sample
from ubora.datasets.masks import Mask, Size, box_of
from ubora.datasets.taxonomy import EVERY_SPLIT, Split, Taxonomy


def export_coco(manifest: Manifest, out: Path) -> None:
    """Photos, and `instances_<split>.json` for each split; `instances.json` for photos without one.

    Raises:
        ManifestError: a photo or mask that is not what the manifest says, or a mask without a pixel.
    """
    image_ids, annotation_ids = count(1), count(1)
    groups: dict[Split | None, list[Sample]] = defaultdict(list)
    for sample in manifest:
        groups[sample.split].append(sample)
    progress = tqdm(total=len(manifest), desc="coco", disable=None)
    for split in [split for split in (*EVERY_SPLIT, None) if groups[split]]:
        images: list[dict[str, Any]] = []
        annotations: list[dict[str, Any]] = []
        for sample in groups[split]:
            size = copy_photo(manifest, sample, out / sample.file_name)
            images.append(_image_of(manifest, sample, size, next(image_ids)))
            for order, defect in enumerate(sample.defects or ()):
                if defect.mask or defect.box:
                    mask = defect_mask(manifest, defect, size)
                    annotation = _annotation_of(defect, mask, order, manifest.card.taxonomy)
                    annotations.append(
                        {"id": next(annotation_ids), "image_id": images[-1]["id"]} | annotation
                    )
            progress.update()
        name = f"instances_{split}.json" if split else "instances.json"
        write_json(out / name, _head(manifest.card) | {"images": images, "annotations": annotations})
    progress.close()


def _head(card: DatasetCard) -> dict[str, Any]:
    return {
        "info": {"description": card.description, "ubora": card.model_dump(mode="json")},
        "licenses": [{"id": 1, "name": card.licence, "url": ""}],
        "categories": [
            {"id": number, "name": name, "supercategory": "defect"}
            for number, name in enumerate(card.taxonomy.defects, start=1)
        ],
    }


def _image_of(manifest: Manifest, sample: Sample, size: Size, number: int) -> dict[str, Any]:
    known = sample.model_dump(mode="json", exclude={"file_name", "defects"}, exclude_none=True)
    if sample.piece_mask is not None:
        known["piece_mask_rle"] = _run_lengths(piece_mask(manifest, sample, size))
    known["defects"] = None if sample.defects is None else [
        {"order": order} | defect.model_dump(mode="json")
        for order, defect in enumerate(sample.defects)
        if not (defect.mask or defect.box)
    ]  # fmt: skip
    return {
        "id": number,
        "file_name": sample.file_name,
        "width": size[1],
        "height": size[0],
        "license": 1,
        "ubora": known,
    }


def _annotation_of(defect: Defect, mask: Mask | None, order: int, taxonomy: Taxonomy) -> dict[str, Any]:
    if defect.box is not None:
        box = defect.box
    else:
        assert mask is not None
        box = box_of(mask)
    known = defect.model_dump(mode="json", exclude={"name", "box"}, exclude_none=True)
    return {
        "category_id": taxonomy.defects.index(defect.name) + 1,
        "bbox": list(box),
        "area": float(mask.sum()) if mask is not None else box[2] * box[3],
        "segmentation": [] if mask is None else _run_lengths(mask),
        "iscrowd": 0,
        "ubora": {"order": order, "has_box": defect.box is not None} | known,
    }


def _run_lengths(mask: Mask) -> dict[str, Any]:
    return {"size": list(mask.shape), "counts": counts_to_text(counts_of(mask))}
