"""Sources as others write them, small, and what an import makes of them."""

import json
from pathlib import Path
from typing import Any

from tests.parts.photos import drawn_piece, jpeg
from ubora.datasets.formats.command import import_dataset
from ubora.datasets.formats.intake.intake import Options
from ubora.datasets.manifest import Manifest, Sample


def put_photo(path: Path, number: int = 0) -> None:
    """A JPEG of 100 × 100, whatever the file is called."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(jpeg(drawn_piece(number, size=100)[0]))


def read_in(form: str, source: Path, out: Path, **options: Any) -> tuple[dict[str, Sample], str, Manifest]:
    """Photos by name, what the import said, and the whole."""
    said: list[str] = []
    manifest = import_dataset(form, source, out, Options(**options), said.append)
    return {sample.file_name: sample for sample in manifest}, said[0], manifest


def coco_of(root: Path, annotations: list[dict[str, Any]], **changes: Any) -> Path:
    for number in range(2):
        put_photo(root / f"{number}.jpg", number)
    images = [{"id": n, "file_name": f"{n}.jpg", "width": 100, "height": 100} for n in range(2)]
    content = {
        "images": images,
        "categories": [{"id": 1, "name": "crack"}, {"id": 2, "name": "dent"}],
        "annotations": [
            {"id": n, "image_id": 0, "category_id": 1} | annotation
            for n, annotation in enumerate(annotations)
        ],
    } | changes
    (root / "instances.json").write_text(json.dumps(content))
    return root
