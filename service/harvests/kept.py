"""Harvests that were asked for on the console, as files: what was asked, how far each is, and its archive.

    kept = KeptHarvests(settings.data / "harvests")
    kept.put(job)                       # HARVEST.json
    kept.archive(job.id)                # HARVEST.zip, there once the job is done

Nothing of it is in the ledger: an archive may be made anew from what that says, and may be lost.
"""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from ubora.service.agreement.chosen import Chosen
from ubora.service.http.schemas import Code, UtcMoment, Wire

State = Literal["waiting", "running", "done", "failed", "gone"]


class Job(Wire):
    """A harvest that was asked for."""

    id: str
    name: Code
    chosen: Chosen
    made_by: str
    made_at: UtcMoment
    state: State = "waiting"
    """gone: something in it was deleted, or is no longer allowed, since it was made; make it anew."""
    photos: int = 0
    """Copied so far."""
    of: int = 0
    """That it will have."""
    bytes: int = 0
    """Of the archive; while it is made, about what it will take."""
    sha256: str | None = None
    """Of the archive."""
    counts: dict[str, Any] | None = None
    """As `ubora harvest --json` tells them, with the dataset's fingerprint."""
    left_out: dict[str, Any] | None = None
    fault: str | None = None
    """Why it failed."""


class Contents(Wire):
    """What an archive holds of whom, so that it goes where that is not allowed any more."""

    photos: tuple[str, ...]
    microfactories: tuple[str, ...]


class KeptHarvests:
    """A folder of them. Shared by threads and by processes: each file is written in one step."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self) -> list[Job]:
        """The latest first."""
        jobs = [job for path in self.folder.glob("*.json") if (job := self._read(path)) is not None]
        return sorted(jobs, key=lambda job: job.made_at, reverse=True)

    def get(self, name: str) -> Job | None:
        return self._read(self._job(name))

    def put(self, job: Job) -> None:
        self._write(self._job(job.id), job.model_dump_json())

    def remove(self, name: str) -> bool:
        """Whether it was there. One that is being made ends when it finds that out."""
        there = self._job(name).exists()
        for path in (self._job(name), self.archive(name), self._contents(name)):
            path.unlink(missing_ok=True)
        shutil.rmtree(self.workplace(name), ignore_errors=True)
        return there

    def forget_archive(self, job: Job) -> None:
        """It holds what it must not any more; that it was made stays told."""
        self.archive(job.id).unlink(missing_ok=True)
        self._contents(job.id).unlink(missing_ok=True)
        self.put(job.model_copy(update={"state": "gone", "bytes": 0}))

    def archive(self, name: str) -> Path:
        return self.folder / f"{name}.zip"

    def workplace(self, name: str) -> Path:
        """Where it is put together."""
        return self.folder / f"{name}.partial"

    def put_contents(self, name: str, contents: Contents) -> None:
        self._write(self._contents(name), contents.model_dump_json())

    def contents(self, name: str) -> Contents | None:
        with suppress(OSError, ValidationError):
            return Contents.model_validate_json(self._contents(name).read_bytes())
        return None

    def left_over(self) -> Iterator[Path]:
        """What belongs to no job, as of one that was removed while it was made."""
        known = {job.id for job in self.all()}
        for path in self.folder.glob("*"):
            if path.name != "lock" and path.name.partition(".")[0] not in known:
                yield path

    def _job(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    def _contents(self, name: str) -> Path:
        return self.folder / f"{name}.contents"

    def _read(self, path: Path) -> Job | None:
        with suppress(OSError, ValidationError):
            return Job.model_validate_json(path.read_bytes())
        return None

    def _write(self, path: Path, text: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = self.folder / f"{path.name.partition('.')[0]}.{uuid.uuid4()}.writing"
        partial.write_text(text, "utf-8")
        partial.replace(path)
