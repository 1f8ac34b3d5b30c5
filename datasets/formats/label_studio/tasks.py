"""The JSON of Label Studio as it is written: tasks, their annotations, and the results in these.

    path, tasks = read_tasks(Path("export.json"), account)
    tasks[0][1].answer()             # the annotation that counts, or None

Source: labelstud.io/guide/task_format.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict

from ubora.datasets.formats.intake.account import Account
from ubora.datasets.formats.intake.intake import Intake, read_json
from ubora.datasets.formats.intake.names import means_good
from ubora.datasets.formats.label_studio.writing import LOCAL_FILES
from ubora.datasets.manifest import ManifestError
from ubora.datasets.masks import PHOTO_SUFFIXES, Box

_UPLOADS = "/data/upload/"
_PLACES = ("", "images", "photos")
"""Where the photos of an export lie: as Label Studio puts them beside its own, and as we do."""


class Loose(BaseModel):
    """Label Studio adds fields with every version; those are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Result(Loose):
    """One entry of an annotation's `result`."""

    id: str | None = None
    from_name: str = ""
    type: str
    value: dict[str, Any] = {}
    original_width: int | None = None
    original_height: int | None = None
    image_rotation: float = 0


class Annotation(Loose):
    id: int | str | None = None
    result: tuple[Result, ...]
    was_cancelled: bool = False
    skipped: bool = False
    ground_truth: bool | None = False
    """Somebody said of this annotation that it is the right one."""
    completed_by: int | str | dict[str, Any] | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    lead_time: float | None = None

    def said(self) -> tuple[str, ...]:
        """Labels and choices without their places: two people never draw the same line."""
        words: list[str] = []
        for result in self.result:
            for values in (
                value for key, value in result.value.items() if key.endswith(("labels", "choices"))
            ):
                words += [f"{result.from_name}:{value}" for value in _list(values) if not _good(value)]
            if result.type == "rating":
                words.append(f"{result.from_name}:{result.value.get('rating')}")
        return tuple(sorted(words))

    def time(self) -> datetime:
        said = self.updated_at or self.created_at or datetime.min.replace(tzinfo=UTC)
        return said if said.tzinfo else said.replace(tzinfo=UTC)


class KnownDefect(Loose):
    """A defect as it was exported; further fields are a Defect's."""

    model_config = ConfigDict(extra="allow")

    order: int
    name: str
    box: Box | None = None
    mask: str | None = None
    pixels: str | None = None
    """Of its mask: `datasets.label_studio.pixels_of`."""


class Known(Loose):
    """A photo as it was exported; further fields are a Sample's."""

    model_config = ConfigDict(extra="allow")

    file_name: str | None = None
    piece_mask: str | None = None
    piece_is_empty: bool = False
    regions: dict[str, KnownDefect] = {}


class Data(Loose):
    """What a task shows, under names of the project's own; `ubora` is ours."""

    model_config = ConfigDict(extra="allow")

    ubora: Known | None = None


class Task(Loose):
    id: int | str | None = None
    data: Data
    annotations: tuple[Annotation, ...] = ()
    completions: tuple[Annotation, ...] = ()
    """What annotations were called before Label Studio 1.0."""

    def answers(self) -> list[Annotation]:
        """Annotations that were not cancelled."""
        return [a for a in (*self.annotations, *self.completions) if not (a.was_cancelled or a.skipped)]

    def answer(self) -> Annotation | None:
        """The annotation that counts: the ground truth, else the latest."""
        kept = self.answers()
        return max(kept, key=lambda a: (bool(a.ground_truth), a.time())) if kept else None

    def disagreement(self) -> bool:
        """Whether two annotations say different things of what there is to see."""
        return len({annotation.said() for annotation in self.answers()}) > 1

    def photo_address(self) -> str:
        """The address of the photo: `image`, else the only value that looks like one."""
        texts = {key: value for key, value in (self.data.model_extra or {}).items() if isinstance(value, str)}
        if "image" in texts:
            return texts["image"]
        photos = [text for text in texts.values() if _is_photo(text)]
        if len(photos) != 1:
            raise ManifestError(
                f"data: expected the photo under image, found {', '.join(texts) or 'nothing'}"
            )
        return photos[0]


def _good(value: Any) -> bool:
    return isinstance(value, str) and means_good(value)


def _list(values: Any) -> list[Any]:
    return values if isinstance(values, list) else [values]


def _is_photo(address: str) -> bool:
    try:
        path = urlsplit(address).path
    except ValueError:
        # A text that only looks like an address, as `http://[`.
        path = ""
    return any(part.lower().endswith(PHOTO_SUFFIXES) for part in (address, path))


def read_tasks(source: Path, account: Account) -> tuple[Path, list[tuple[str, Task]]]:
    """The file that was read, and each task with its place in it; tasks that are none are noted as faults.

    Args:
        source: the file, or a folder with a `tasks.json`.
        account: where faults are noted.

    Raises:
        ManifestError: no file, or not what Label Studio calls JSON.
    """
    path = source / "tasks.json" if source.is_dir() else source
    if not path.is_file():
        raise ManifestError(f"{path}: not found; expected a JSON export of Label Studio")
    records = read_json(path)
    if not isinstance(records, list):
        raise ManifestError(f"{path}: expected a list of tasks, found {type(records).__name__}")
    tasks: list[tuple[str, Task]] = []
    for index, record in enumerate(records):
        number = record.get("id") if isinstance(record, dict) else None
        where = f"{path}: task {index if number is None else number}"
        if isinstance(record, dict) and "data" not in record and "annotator" in record:
            raise ManifestError(f"{where}: this is JSON-MIN; expected the export called JSON")
        with account.each(where):
            tasks.append((where, Task.model_validate(record)))
    return path, tasks


def find_photo(intake: Intake, address: str) -> Path:
    """The photo of a task, by its path or the end of it: Label Studio's root may be any folder above ours.

    Raises:
        ManifestError: it lies elsewhere, or nowhere.
    """
    served = next((mark for mark in (LOCAL_FILES, _UPLOADS) if mark in address), None)
    if served is not None:
        # Only what Label Studio itself served has a name that it gave; its server may stand anywhere.
        address = unquote(address.split(served, 1)[1]).lstrip("/")
    elif "://" in address:
        raise ManifestError(f"{address}: expected a photo on disk; bring it here first")
    return intake.find(address, _PLACES)
