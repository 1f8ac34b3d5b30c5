"""Harvests that the console asked for, made one after the other in the background.

    made = make_next(state, kept, stop)          # for a worker thread; whether there was one
    asyncio.create_task(follow(state))           # for as long as the service runs

One process at a time makes them, whoever holds the folder's lock. What a process that ended was making is
begun anew by the next.
"""

import asyncio
import fcntl
import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.orm import Session

from ubora.models.bundle import file_digest
from ubora.service.harvests.harvest import HarvestError, summary, write_harvest
from ubora.service.harvests.kept import Contents, Job, KeptHarvests
from ubora.service.http.database_faults import LedgerError
from ubora.service.http.observe import log_event
from ubora.service.ledger.references import referenced
from ubora.service.ownership.consents import last_consents
from ubora.service.ownership.zipped import Zipped
from ubora.service.state import AppState

TOLD_EVERY_SECONDS = 1.0
PAUSE_SECONDS = 0.05
AT_ONCE = 500


class StoppedError(Exception):
    """The job was removed, or the service ends."""


def kept_harvests(state: AppState) -> KeptHarvests:
    return KeptHarvests(state.settings.data / "harvests")


async def follow(state: AppState) -> None:
    """Make what is asked for, until it is cancelled; what is being made then is begun anew later."""
    kept, stop = kept_harvests(state), threading.Event()
    try:
        while True:
            await asyncio.sleep(state.settings.release_poll_seconds)
            try:
                while await asyncio.to_thread(make_next, state, kept, stop):
                    pass
            except (OSError, LedgerError) as error:  # a full disk or a busy ledger now is no reason to stop
                log_event("harvest-failed", level=logging.WARNING, fault=str(error))
    finally:
        stop.set()


def make_next(state: AppState, kept: KeptHarvests, stop: threading.Event) -> bool:
    """Make the one that was asked for first; whether there was one, and nobody else was at it."""
    if not any(job.state in ("waiting", "running") for job in kept.all()):
        return False
    with _alone(kept.folder) as alone:
        if not alone:
            return False
        todo = [job for job in kept.all() if job.state in ("waiting", "running")]
        if not todo:
            return False
        job = todo[-1]
        try:
            kept.put(_made(state, kept, job, stop))
        except StoppedError:
            shutil.rmtree(kept.workplace(job.id), ignore_errors=True)
            return False
        except (HarvestError, OSError) as error:
            shutil.rmtree(kept.workplace(job.id), ignore_errors=True)
            kept.archive(job.id).unlink(missing_ok=True)
            log_event("harvest-failed", level=logging.WARNING, harvest=job.id, fault=str(error))
            if kept.get(job.id) is not None:
                fault = (
                    str(error).replace(str(state.settings.data.resolve()), "").replace(str(kept.folder), "")
                )
                failed = {"state": "failed", "fault": fault, "bytes": 0}
                kept.put(job.model_copy(update=failed))
        return True


def stale(session: Session, contents: Contents | None) -> bool:
    """Whether something in an archive was deleted since, is too old to be kept, or its workshop says no."""
    if contents is None:
        return True
    said = last_consents(session)
    if not all(code in said and said[code].photos for code in contents.microfactories):
        return True
    for start in range(0, len(contents.photos), AT_ONCE):
        some = list(contents.photos[start : start + AT_ONCE])
        if referenced(session, "photos", some) != set(some):
            return True
    return False


def sweep_harvests(state: AppState) -> int:
    """Archives that hold what they must not any more go, and what belongs to none; how many."""
    kept = kept_harvests(state)
    removed = 0
    for job in kept.all():
        if job.state == "done":
            with state.ledger.read() as session:
                gone = stale(session, kept.contents(job.id))
            if gone:
                kept.forget_archive(job)
                removed += 1
    if not kept.folder.is_dir():
        return removed
    with _alone(kept.folder) as alone:
        for path in kept.left_over() if alone else ():
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
            removed += 1
    return removed


def _made(state: AppState, kept: KeptHarvests, job: Job, stop: threading.Event) -> Job:
    """
    Raises:
        StoppedError: it was removed meanwhile, or the service ends.
        HarvestError: as `write_harvest`, or there is too little room on the disk.
        OSError: it cannot be written.
    """
    place = kept.workplace(job.id)
    shutil.rmtree(place, ignore_errors=True)
    free = shutil.disk_usage(kept.folder).free
    if free < 2 * job.bytes:
        raise HarvestError(f"{_mb(free)} free on the disk, expected {_mb(2 * job.bytes)} to make it")
    place.mkdir(parents=True)
    heard = [0.0]

    def told(at: int, of: int) -> None:
        if not state.workers.idle():
            time.sleep(PAUSE_SECONDS)  # phones first
        if time.monotonic() - heard[0] < TOLD_EVERY_SECONDS:
            return
        heard[0] = time.monotonic()
        if stop.is_set() or kept.get(job.id) is None:
            raise StoppedError
        kept.put(job.model_copy(update={"state": "running", "photos": at, "of": of}))

    done = write_harvest(state.ledger, state.store, place / job.name, job.chosen, told)
    samples = done.manifest.samples
    counts = summary(done.manifest)  # reads the masks
    archive = kept.archive(job.id)
    _zip(place / job.name, place / "archive", job, lambda: told(len(samples), len(samples)))
    workshops = {sample.microfactory for sample in samples if sample.microfactory}
    contents = Contents(
        photos=tuple(sample.sample_id for sample in samples), microfactories=tuple(sorted(workshops))
    )
    kept.put_contents(job.id, contents)
    (place / "archive").replace(archive)
    shutil.rmtree(place, ignore_errors=True)
    log_event("harvest", id=job.id, photos=len(samples))
    return job.model_copy(
        update={
            "state": "done",
            "photos": len(samples),
            "of": len(samples),
            "bytes": archive.stat().st_size,
            "sha256": file_digest(archive),
            "counts": counts,
            "left_out": done.left_out.as_json(),
        }
    )


def _zip(dataset: Path, to: Path, job: Job, told: Callable[[], None]) -> None:
    """The dataset folder as one file, its entries in order, so that the same dataset is the same file."""
    put = Zipped(job.made_at)
    with to.open("xb") as file:
        for path in sorted(path for path in dataset.rglob("*") if path.is_file()):
            told()
            for chunk in put.file(f"{dataset.name}/{path.relative_to(dataset).as_posix()}", path.open("rb")):
                file.write(chunk)
        file.write(put.end())


def _mb(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Whether no other process makes harvests here, until the block ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
