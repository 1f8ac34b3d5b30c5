"""A dataset on its way out to another format: each photo byte for byte, each mask checked.

    size = copy_photo(manifest, sample, out / sample.file_name)
    mask = defect_mask(manifest, defect, size)

All errors are ManifestError: what stands in the manifest is not what lies in the folder.
"""

import json
from pathlib import Path
from typing import Any

from ubora.datasets.formats.intake.intake import write_new
from ubora.datasets.manifest import Defect, Manifest, ManifestError, Sample, sample_id
from ubora.datasets.masks import Mask, Size, read_mask, upright_size


def copy_photo(manifest: Manifest, sample: Sample, target: Path) -> Size:
    """Copy a photo and return its upright height and width.

    Raises:
        ManifestError: unreadable, or other bytes than the manifest says, or a second photo of this name.
    """
    path = manifest.path(sample.file_name)
    size = upright_size(path)
    data = path.read_bytes()
    if sample_id(data) != sample.sample_id:
        raise ManifestError(
            f"{path}: sha256 {sample_id(data)[:12]}…; expected {sample.sample_id[:12]}… as in the manifest"
        )
    write_new(target, data)
    return size


def defect_mask(manifest: Manifest, defect: Defect, size: Size) -> Mask | None:
    """(height, width) bool with at least one pixel, or None where the defect has no mask."""
    if defect.mask is None:
        return None
    mask = read_mask(manifest.path(defect.mask), size)
    if not mask.any():
        raise ManifestError(
            f"{manifest.path(defect.mask)}: no pixel above 127 (`ubora data check` lists all)"
        )
    return mask


def piece_mask(manifest: Manifest, sample: Sample, size: Size) -> Mask:
    """(height, width) bool, perhaps without a pixel; the sample must have one."""
    assert sample.piece_mask is not None
    return read_mask(manifest.path(sample.piece_mask), size)


def write_json(path: Path, content: Any) -> None:
    """Write JSON where no file is."""
    write_new(path, json.dumps(content, ensure_ascii=False).encode())
