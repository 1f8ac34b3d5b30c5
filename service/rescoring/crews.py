"""Who judges an archive: processes of this machine, or of a Ray cluster. Each holds the release once.

    for task, said in local(folder, settings, workers=2)(tasks): …     # in the order in which they end

A process that dies takes nothing with it that was stored; on a cluster its task is done again elsewhere.
"""

import importlib
import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from pathlib import Path
from typing import Any

from ubora.models.inference.inspector import Inspector
from ubora.models.signing import trusted_keys
from ubora.service.http.errors import Problem
from ubora.service.inference.standing_seen import StandingSeen
from ubora.service.rescoring.judging import PhotoGoneError, Said, Task, judge
from ubora.service.settings import Settings
from ubora.service.storage.photos import PhotoStore
from ubora.service.storage.stores import open_store

AHEAD = 4
"""Tasks a worker that are handed out at once: enough that none waits, few enough that memory stays small."""
Judged = tuple[Task, Said | str]
"""A task, and what was said of it, or why it could not be judged."""
Crew = Callable[[Iterator[Task]], Iterator[Judged]]


class CrewError(RuntimeError):
    """Those who judge cannot go on: what happened, and what to do."""


def local(folder: Path, settings: Settings, workers: int) -> Crew:
    """Processes of this machine.

    Args:
        folder: the release's.
        settings: say where the photos are.
    """

    def judged(tasks: Iterator[Task]) -> Iterator[Judged]:
        # Spawned: a forked child would hold the parent's connections and threads.
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            running: dict[Future[Said | str], Task] = {}
            try:
                for task in tasks:
                    running[pool.submit(judge_here, folder, settings, task)] = task
                    if len(running) >= AHEAD * workers:
                        yield from _ended(running)
                while running:
                    yield from _ended(running)
            except BrokenProcessPool:
                raise CrewError(
                    "a worker process ended, as when memory runs out; what was judged is kept: run it again "
                    "to go on, with fewer --workers"
                ) from None

    return judged


def cluster(folder: Path, settings: Settings, address: str) -> Crew:
    """A Ray cluster, whose machines see the photos and the release under the same paths.

    Args:
        address: as `ray.init` takes it.

    Raises:
        CrewError: Ray is not installed, or nobody answers there.
    """
    try:
        # By name, for its types: it is there for few.
        ray: Any = importlib.import_module("ray")
    except ImportError:
        raise CrewError("Ray is not installed; expected `pip install 'ubora[cluster]'`") from None
    try:
        ray.init(address=address, log_to_driver=False)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise CrewError(f"no Ray cluster at {address}: {error}") from None
    # Tasks, not actors: what a machine that dies was doing is done again where there is room.
    remote: Any = ray.remote(num_cpus=1, max_retries=-1)(judge_here)

    def judged(tasks: Iterator[Task]) -> Iterator[Judged]:
        running: dict[Any, Task] = {}
        try:
            for task in tasks:
                running[remote.remote(folder, settings, task)] = task
                if len(running) >= AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1))):
                    yield from _fetched(ray, running)
            while running:
                yield from _fetched(ray, running)
        finally:
            ray.shutdown()

    return judged


def judge_here(folder: Path, settings: Settings, task: Task) -> Said | str:
    """In whichever process this is: what the release says, or why it cannot."""
    inspector, seen, store = _held(folder, settings)
    try:
        return judge(inspector, seen, store, task)
    except PhotoGoneError as error:
        return str(error)
    except Problem as problem:
        return problem.detail or problem.title
    except OSError as error:
        return f"a photo cannot be read: {error}"


@lru_cache(maxsize=1)
def _held(folder: Path, settings: Settings) -> tuple[Inspector, StandingSeen, PhotoStore]:
    trusted = trusted_keys(settings.release_keys)
    return Inspector.load(folder, trusted=trusted), StandingSeen(), open_store(settings)


def _ended(running: "dict[Future[Said | str], Task]") -> Iterator[Judged]:
    for future in wait(running, return_when=FIRST_COMPLETED).done:
        yield running.pop(future), future.result()


def _fetched(ray: Any, running: dict[Any, Task]) -> Iterator[Judged]:
    done, _ = ray.wait(list(running), num_returns=1)
    for one in done:
        yield running.pop(one), ray.get(one)


def cores() -> int:
    return os.cpu_count() or 1
