"""The JSON of COCO instances as it is written, with what stands of ours under `ubora` in it.

content = File.model_validate(read_json(path))
annotation = Annotation.model_validate(content.annotations[0])

Source: cocodataset.org, "Data format".
"""

from typing import Any

from pydantic import BaseModel, ConfigDict

Id = int | str


class Loose(BaseModel):
    """Other tools add fields of their own; those are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class RunLengths(Loose):
    size: tuple[int, int]
    counts: str | list[int]


class KnownDefect(Loose):
    """What an annotation's `ubora` holds; further fields are a Defect's."""

    model_config = ConfigDict(extra="allow")

    order: int
    has_box: bool = True
    mask: str | None = None


class KnownPhoto(Loose):
    """What an image's `ubora` holds; further fields are a Sample's."""

    model_config = ConfigDict(extra="allow")

    defects: list[KnownDefect] | None = []
    """Those without a place; None where nobody looked."""
    piece_mask: str | None = None
    piece_mask_rle: RunLengths | None = None


class Image(Loose):
    id: Id
    file_name: str
    width: int
    height: int
    ubora: KnownPhoto | None = None


class Annotation(Loose):
    id: Id
    image_id: Id
    category_id: Id
    bbox: tuple[float, float, float, float] | None = None
    segmentation: RunLengths | list[list[float]] | None = None
    ubora: KnownDefect | None = None


class Category(Loose):
    id: Id
    name: str
    supercategory: Any = None


class File(Loose):
    info: dict[str, Any] = {}
    licenses: list[dict[str, Any]] = []
    images: list[Any]
    annotations: list[Any]
    """Images and annotations are held against their schema one by one: one that is bad is not all."""
    categories: list[Category]
