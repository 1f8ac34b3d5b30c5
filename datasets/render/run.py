"""A whole set: piece after piece, resumable, and its manifest.

A finished piece is its files and, written last, `pieces/<piece>.json` with its samples; a piece that has that
file is not rendered again.
"""

import contextlib
import json
import multiprocessing
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tqdm import tqdm

from ubora.datasets.manifest import DatasetCard, Manifest, Sample, write_manifest, write_whole
from ubora.datasets.render.designs.catalogue import catalogue
from ubora.datasets.render.kept import PIECES, keep, piece_id
from ubora.datasets.render.photograph import photograph
from ubora.datasets.render.piece import APPROVED, drawn_design, make
from ubora.datasets.render.scene import light
from ubora.datasets.render.scene.scene import Renderer
from ubora.datasets.render.settings import Settings, SettingsError, check

SETTINGS = "settings.json"
RENEWED_AFTER = 100
"""Pieces that a process renders before another takes its place."""


@dataclass
class Report:
    """What a run did."""

    pieces: int = 0
    photos: int = 0
    photos_defective: int = 0
    photos_new: int = 0
    photos_a_minute: float = 0.0
    skipped: list[tuple[str, str]] = field(default_factory=list)


def render_set(out: Path, piece_count: int, settings: Settings, workers: int = 1) -> Report:
    """Render `piece_count` pieces into `out` and write its manifest.

    Raises:
        SettingsError: an option out of range, or other options than the folder was begun with.
        light.ProbeError: the environments folder is of no use.
    """
    check(settings, piece_count, workers)
    _begin(out, settings)
    report = Report()
    numbers = _numbers(piece_count, settings)
    todo = [n for n in numbers if not (out / PIECES / f"{piece_id(settings.seed, n)}.json").is_file()]
    started = time.monotonic()
    # None lets tqdm decide: it stays silent where there is no terminal.
    with tqdm(total=sum(_views(n, settings) for n in todo), unit="photo", disable=None) as bar:
        for number, reason in _outcomes(todo, out, settings, workers):
            bar.update(_views(number, settings))
            if reason:
                report.skipped.append((piece_id(settings.seed, number), reason))
            else:
                report.photos_new += _views(number, settings)
            report.photos_a_minute = report.photos_new * 60 / max(1e-9, time.monotonic() - started)
            bar.set_postfix_str(f"{report.photos_a_minute:.1f} images a minute")
    samples = _collected(out, numbers, settings.seed)
    report.pieces, report.photos = len({s.piece_id for s in samples}), len(samples)
    report.photos_defective = sum(bool(s.defects) for s in samples)
    if samples:
        write_manifest(Manifest(out, _card(settings), samples))
    return report


def _numbers(piece_count: int, settings: Settings) -> list[int]:
    """The pieces of a set, and beside the first piece of each design its approved sample."""
    numbers: list[int] = []
    if settings.cousins:
        each = settings.pieces_a_design
        for first in range(0, piece_count, each):
            if settings.approved_views:
                numbers.append(APPROVED + first // each)
            numbers.extend(range(first, min(first + each, piece_count)))
        return numbers
    index = {design.name: number for number, design in enumerate(catalogue())}
    shown: set[str] = set()
    for number in range(piece_count):
        numbers.append(number)
        if not settings.approved_views:
            continue
        design = drawn_design(settings.seed, number, settings.only).name
        if design not in shown:
            shown.add(design)
            numbers.append(APPROVED + index[design])
    return numbers


def _views(number: int, settings: Settings) -> int:
    return settings.approved_views if number >= APPROVED else settings.views


def _begin(out: Path, settings: Settings) -> None:
    for folder in (PIECES, "photos", "masks"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    remembered = out / PIECES / SETTINGS
    wanted = settings.as_json()
    if not remembered.is_file():
        write_whole(remembered, wanted.encode())
    elif remembered.read_text(encoding="utf-8") != wanted:
        found = remembered.read_text(encoding="utf-8")
        raise SettingsError(
            f"{remembered}: this folder was begun with {found}, expected {wanted}; choose another --out"
        )


def _outcomes(todo: list[int], out: Path, settings: Settings, workers: int) -> Iterator[tuple[int, str]]:
    """(number, why it was skipped or "") of each piece, as they finish."""
    if not todo:
        return
    if workers == 1:
        renderer = Renderer(settings.size_px, settings.samples)
        probes = _probes(settings)
        for number in todo:
            yield number, _one(number, out, settings, renderer, probes)
        return
    while todo:
        # New processes now and then, because kernels and memory pile up. The pool's own max_tasks_per_child
        # makes Python 3.11 wait for ever.
        chunk, todo = todo[: RENEWED_AFTER * workers], todo[RENEWED_AFTER * workers :]
        lost = []
        for number, reason in _side_by_side(chunk, out, settings, workers):
            if reason is None:
                lost.append(number)
            else:
                yield number, reason
        # A process that died took its neighbours' pieces along: each once more, alone.
        for number in lost:
            for _, reason in _side_by_side([number], out, settings, 1):
                yield number, "its process died" if reason is None else reason


def _side_by_side(
    numbers: list[int], out: Path, settings: Settings, workers: int
) -> Iterator[tuple[int, str | None]]:
    """(number, why it was skipped or "", None where the process died) of each piece, as they finish."""
    # Spawned, because LLVM and Embree do not survive a fork.
    context = multiprocessing.get_context("spawn")
    threads = max(1, (os.cpu_count() or 1) // workers)
    with ProcessPoolExecutor(workers, context, _leave_with_parent) as pool:
        jobs = {
            pool.submit(partial(_one_elsewhere, number, out, settings, threads)): number for number in numbers
        }
        for job in as_completed(jobs):
            error = job.exception()
            if isinstance(error, BrokenProcessPool):
                yield jobs[job], None
            else:
                yield jobs[job], job.result() if error is None else f"{type(error).__name__}: {error}"


_here: dict[Settings, tuple[Renderer, list[light.Probe]]] = {}
"""A worker process's renderer, made by its first piece."""


def _leave_with_parent() -> None:
    """Let a worker end with a run that was killed; waiting for its next piece it would not notice."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _one_elsewhere(number: int, out: Path, settings: Settings, threads: int) -> str:
    if settings not in _here:
        _here[settings] = (Renderer(settings.size_px, settings.samples, threads), _probes(settings))
    return _one(number, out, settings, *_here[settings])


def _probes(settings: Settings) -> list[light.Probe]:
    return (
        [light.read_probe(path) for path in light.find_probes(settings.environments)]
        if settings.environments
        else []
    )


def _one(number: int, out: Path, settings: Settings, renderer: Renderer, probes: list[light.Probe]) -> str:
    # A broken scene costs one piece, not the night's run: whatever it raised is named at the end.
    try:
        grid = min(1.35, max(0.3, settings.size_px / 384))
        made = make(
            settings.seed, number, grid, settings.only,
            cousins=settings.cousins, pieces_a_design=settings.pieces_a_design,
            only_defects=settings.defects,
        )  # fmt: skip
        photos = photograph(
            made, settings.seed, _views(number, settings), renderer, probes,
            faults=number < APPROVED, photo_format=settings.photo_format, twins=settings.twins,
        )  # fmt: skip
        keep(out, settings.seed, made, photos, settings.photo_format)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _collected(out: Path, numbers: list[int], seed: int) -> list[Sample]:
    samples = []
    for number in numbers:
        with contextlib.suppress(FileNotFoundError):
            text = (out / PIECES / f"{piece_id(seed, number)}.json").read_text(encoding="utf-8")
            samples += [Sample.model_validate(line) for line in json.loads(text)]
    return samples


def _card(settings: Settings) -> DatasetCard:
    return DatasetCard(
        name=f"ubora-rendered-{settings.seed}",
        description=f"Rendered photographs of brass, horn and bone jewelry. Settings: {settings.as_json()}",
        licence="CC0-1.0",
        source="rendered",
    )
