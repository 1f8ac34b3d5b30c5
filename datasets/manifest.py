"""A dataset is a folder: `metadata.jsonl` (one Sample a line), photos, masks, and optionally `dataset.json`.

    manifest = read_manifest(Path("datasets/sample"))
    manifest.fingerprint()

`metadata.jsonl` follows the Hugging Face ImageFolder convention: `file_name` first, relative to the folder.
Bad lines are refused with file and line; nothing is repaired.

    ValueError
    └── ManifestError   what was found, what was expected, and where
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_serializer

from ubora.datasets.taxonomy import JEWELRY, PhotoFault, Severity, Source, Split, Stage, Taxonomy, View

METADATA = "metadata.jsonl"
CARD = "dataset.json"
TWIN = "-clean"
"""Ends the name of a photo that is another one of the same scene without its defects."""

LONGEST_NAME, LONGEST_PATH = 255, 2_000
"""Bytes of a file's name, which disks take, and of its path within the dataset folder."""


class ManifestError(ValueError):
    """A dataset folder is not what the contract says."""


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def inside(path: str) -> str:
    """The path of a file in a dataset folder, as it is.

    Raises:
        ValueError: it may lead out of the folder, names the folder itself, or no disk takes it.
    """
    parts = PurePosixPath(path)
    if not parts.parts or parts.is_absolute() or ".." in parts.parts or "\\" in path or "\0" in path:
        raise ValueError(f"expected a path inside the dataset folder, found {path!r}")
    if len(path.encode()) > LONGEST_PATH or any(len(part.encode()) > LONGEST_NAME for part in parts.parts):
        raise ValueError(f"expected names of at most {LONGEST_NAME} bytes, found {path[:80]!r}…")
    return path


class Defect(Frozen):
    """One defect that can be seen in this photo."""

    name: str
    severity: Severity | None = None
    box: tuple[float, float, float, float] | None = None
    """x, y, width, height in pixels of the upright photo, as in COCO."""
    mask: str | None = None
    """A single-channel PNG of the upright photo's size; above 127 is defect."""
    shown: Annotated[float, Field(ge=0)] | None = None
    """How much of it shows beside the same photo without it, where that is known: see `datasets.shown`."""

    @field_validator("mask")
    @classmethod
    def _mask_is_inside(cls, value: str | None) -> str | None:
        return None if value is None else inside(value)

    @field_validator("box")
    @classmethod
    def _box_has_area(
        cls, value: tuple[float, float, float, float] | None
    ) -> tuple[float, float, float, float] | None:
        if value is not None and (value[0] < 0 or value[1] < 0 or value[2] <= 0 or value[3] <= 0):
            raise ValueError(f"expected x, y ≥ 0 and width, height > 0, found {value}")
        return value

    @model_serializer(mode="wrap")
    def _as_before(self, write: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        """Without `shown` where it is not known: fingerprints of sets of before stay what they are."""
        written = write(self)
        if self.shown is None:
            written.pop("shown", None)
        return written


class Camera(Frozen):
    """Where a rendered photo was taken from, and with how good a phone."""

    phone: str
    """good, fair or poor."""
    azimuth_deg: float
    """Around the piece, counted from the x axis of its bench."""
    elevation_deg: float
    """Above the bench: 90 looks straight down."""
    distance_cm: float
    field_deg: float


class Sample(Frozen):
    """One photo of one piece, and what is known of it. `None` means nobody said, which is not "none"."""

    file_name: str
    sample_id: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """SHA-256 of the photo file's bytes."""
    piece_id: Annotated[str, Field(min_length=1)]
    microfactory: str | None = None
    design: str | None = None
    material: str | None = None
    category: str | None = None
    stage: Stage | None = None
    view: View | None = None
    defects: tuple[Defect, ...] | None = None
    """`()`: looked at and clean. `None`: not labelled for defects."""
    piece_mask: str | None = None
    variance: Annotated[int, Field(ge=1, le=5)] | None = None
    photo_faults: tuple[PhotoFault, ...] | None = None
    split: Split | None = None
    source: Source
    reviewed_by: str | None = None
    captured_at: datetime | None = None
    approved_sample: bool | None = None
    """A counter-sample: a clean piece that the hub shows for its design."""
    light: str | None = None
    """What shone on a rendered piece: window, lamp, noon, the name of a probe, …"""
    camera: Camera | None = None
    seed: int | None = None
    """What a rendered photo is a function of."""

    @field_validator("file_name", "piece_mask")
    @classmethod
    def _files_are_inside(cls, value: str | None) -> str | None:
        return None if value is None else inside(value)

    def defect_names(self) -> frozenset[str]:
        return frozenset(defect.name for defect in self.defects or ())

    def files(self) -> Iterator[str]:
        """Every file this sample refers to, the photo first."""
        yield self.file_name
        if self.piece_mask:
            yield self.piece_mask
        yield from (defect.mask for defect in self.defects or () if defect.mask)


class DatasetCard(Frozen):
    """`dataset.json`: whose photos these are, and the lists their labels are drawn from."""

    name: str
    description: str = ""
    licence: str = ""
    source: str = ""
    taxonomy: Taxonomy = JEWELRY


class Manifest:
    """The samples of one folder, in file order, with the card that explains them."""

    def __init__(self, root: Path, card: DatasetCard, samples: Sequence[Sample]) -> None:
        self.root = root
        self.card = card
        self.samples = tuple(samples)

    def __len__(self) -> int:
        return len(self.samples)

    def __iter__(self) -> Iterator[Sample]:
        return iter(self.samples)

    def path(self, name: str) -> Path:
        return self.root / name

    def split(self, split: Split) -> "Manifest":
        return Manifest(self.root, self.card, [s for s in self.samples if s.split == split])

    def fingerprint(self) -> str:
        """SHA-256 over the taxonomy and every sample, independent of line order.

        It covers photo bytes through `sample_id` and mask bytes through their files.
        """
        digest = hashlib.sha256(self.card.taxonomy.model_dump_json().encode())
        for sample in sorted(self.samples, key=lambda s: (s.sample_id, s.file_name)):
            digest.update(sample.model_dump_json().encode())
            for name in list(sample.files())[1:]:
                digest.update(hashlib.sha256(self.path(name).read_bytes()).digest())
        return digest.hexdigest()


def read_manifest(root: Path) -> Manifest:
    """Read and validate a dataset folder.

    Raises:
        ManifestError: no metadata, a line that is not a Sample, an unknown class, a missing file, a photo
            listed twice. The message starts with `file:line:`.
    """
    card = _read_card(root)
    metadata = root / METADATA
    if not metadata.is_file():
        raise ManifestError(f"{metadata}: not found; a dataset folder needs a {METADATA}")
    samples: list[Sample] = []
    seen: dict[str, int] = {}
    # As bytes: a line that is not UTF-8 is refused by its number, as any other.
    with metadata.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            where = f"{metadata}:{number}"
            sample = _read_line(line, where)
            _check_against(sample, card.taxonomy, root, where)
            if sample.file_name in seen:
                raise ManifestError(
                    f"{where}: {sample.file_name} is listed already on line {seen[sample.file_name]}"
                )
            seen[sample.file_name] = number
            samples.append(sample)
    if not samples:
        raise ManifestError(f"{metadata}: no samples in it")
    return Manifest(root, card, samples)


def write_manifest(manifest: Manifest) -> None:
    """Write `dataset.json` and `metadata.jsonl`, each by an atomic replace."""
    manifest.root.mkdir(parents=True, exist_ok=True)
    write_whole(manifest.root / CARD, f"{manifest.card.model_dump_json(indent=2)}\n".encode())
    write_whole(manifest.root / METADATA, b"".join(map(line_of, manifest.samples)))


def line_of(sample: Sample) -> bytes:
    """The line of `metadata.jsonl`: UTF-8, with its end."""
    return f"{sample.model_dump_json(exclude_none=True)}\n".encode()


def write_whole(path: Path, data: bytes) -> None:
    """A file that is there with all of its bytes, on the disk, or as it was before."""
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def sample_id(data: bytes) -> str:
    """The identity of a photo: SHA-256 of its bytes, lower-case hex."""
    return hashlib.sha256(data).hexdigest()


def _read_card(root: Path) -> DatasetCard:
    path = root / CARD
    if not path.is_file():
        return DatasetCard(name=root.name)
    try:
        return DatasetCard.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise ManifestError(f"{path}: {_first(error)}") from None


def _read_line(line: bytes, where: str) -> Sample:
    try:
        return Sample.model_validate_json(line)
    except ValidationError as error:
        raise ManifestError(f"{where}: {_first(error)}") from None


def _check_against(sample: Sample, taxonomy: Taxonomy, root: Path, where: str) -> None:
    for defect in sample.defects or ():
        if defect.name not in taxonomy.defects:
            known = ", ".join(taxonomy.defects)
            raise ManifestError(f"{where}: unknown defect {defect.name!r}; expected one of {known}")
    for field, known_names in (("material", taxonomy.materials), ("category", taxonomy.categories)):
        value = getattr(sample, field)
        if value is not None and value not in known_names:
            raise ManifestError(
                f"{where}: unknown {field} {value!r}; expected one of {', '.join(known_names)}"
            )
    for name in sample.files():
        if not (root / name).is_file():
            raise ManifestError(f"{where}: {name} does not exist in {root}")


def _first(error: ValidationError) -> str:
    """One line for the first fault of a validation error, naming the field."""
    fault = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in fault["loc"]) or "line"
    if fault["type"] == "extra_forbidden":
        return f"unknown field {field!r}"
    message = fault["msg"].removeprefix("Value error, ")
    found = (
        ""
        if fault["type"] in ("missing", "json_invalid")
        else f", found {json.dumps(fault['input'], default=str)[:80]}"
    )
    return f"{field}: {message}{found}"
