"""What another release says of the photos in the archive: before it is promoted, or to look again.

    ubora rescore challenger                      # all photos that are kept, on every core
    ubora rescore my-first --since 2026-11-01 --limit 500 --json
    ubora rescore my-first --ray auto             # on a Ray cluster, whose machines see the same folders

Each photo once a release: what is stopped, by Ctrl-C or worse, goes on where it was. No verdict and no
decision changes; the console's releases page shows where the two releases differ. Exit code 1: a photo could
not be judged.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sqlalchemy import ColumnElement, func, select
from tqdm import tqdm

from ubora.models.registry.releases import release_folder, releases_option
from ubora.service.ledger.database import Ledger
from ubora.service.ledger.tables import Inspection
from ubora.service.rescoring.crews import Crew, cluster, cores, local
from ubora.service.rescoring.judging import Said, Task, store_said, tasks_after, waits_for
from ubora.service.settings import Settings

BATCH = 20
"""Stored together: a crash costs as many looks, not one commit a photo."""
PAGE = 200


@dataclass
class Done:
    """What a run came to."""

    judged: int = 0
    agrees: int = 0
    not_judged: list[tuple[str, str]] = field(default_factory=list)
    """Inspection, and why."""
    seconds: float = 0.0


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("release", help="a release or an alias")
    parser.add_argument("--data", type=Path, help="the service's data folder (var)")
    parser.add_argument("--database-url", help="as for `ubora serve`")
    parser.add_argument("--since", type=_day, help="only what came on that day or later, as 2026-11-01")
    parser.add_argument("--limit", type=int, help="inspections at most")
    parser.add_argument("--workers", type=int, default=cores(), help="processes (%(default)s)")
    parser.add_argument(
        "--ray", metavar="ADDRESS", help="a Ray cluster in place of processes here; auto finds it"
    )
    parser.add_argument("--json", action="store_true", help="the summary as one JSON object")
    releases_option(parser)


def run(args: argparse.Namespace) -> int:
    settings = Settings.from_environment(os.environ, data=args.data, database_url=args.database_url)
    folder = release_folder(args.releases, args.release).resolve()
    ledger = Ledger.open(settings.ledger_url(), as_it_is=True)
    try:
        settings = settings.model_copy(update={"data": settings.data.resolve()})
        workers = max(1, args.workers)
        crew = cluster(folder, settings, args.ray) if args.ray else local(folder, settings, workers)
        only = [] if args.since is None else [Inspection.received_at >= ledger.days().begin(args.since)]
        # Ray tells on the output what happens on its machines, which a program reads here.
        with redirect_stdout(sys.stderr):
            done = rescore(ledger, folder.name, crew, only, args.limit)
    finally:
        ledger.close()
    _tell(folder.name, done, as_json=args.json)
    return 1 if done.not_judged else 0


def rescore(
    ledger: Ledger,
    release: str,
    crew: Crew,
    only: list[ColumnElement[bool]],
    limit: int | None = None,
) -> Done:
    """Judge all that waits for a release, and store it as it comes.

    Raises:
        CrewError: those who judge cannot go on; what was stored is kept.
        LedgerError: the ledger cannot be read or written.
    """
    done, batch = Done(), list[Said]()
    began = time.monotonic()
    with ledger.read() as session:
        count = session.scalar(select(func.count()).where(waits_for(release), *only)) or 0
    count = count if limit is None else min(count, limit)
    bar = tqdm(total=count, desc="rescore", unit="inspection", disable=not sys.stderr.isatty())
    try:
        for task, said in crew(_tasks(ledger, release, only, limit)):
            bar.update()
            if isinstance(said, str):
                done.not_judged.append((task.inspection, said))
                continue
            batch.append(said)
            if len(batch) >= BATCH:
                _keep(ledger, batch, done)
    finally:
        # Also what was judged before it was stopped.
        _keep(ledger, batch, done)
        bar.close()
        done.seconds = time.monotonic() - began
    return done


def _keep(ledger: Ledger, batch: list[Said], done: Done) -> None:
    done.judged += store_said(ledger, batch)
    done.agrees += sum(said.agrees for said in batch)
    batch.clear()


def _tasks(
    ledger: Ledger, release: str, only: list[ColumnElement[bool]], limit: int | None
) -> Iterator[Task]:
    after, left = 0, limit
    while left is None or left > 0:
        page = PAGE if left is None else min(PAGE, left)
        with ledger.read() as session:
            batch = tasks_after(session, release, after=after, limit=page, only=only)
        if batch.last is None:
            return
        yield from batch.tasks
        after, left = batch.last, None if left is None else left - len(batch.tasks)


def _tell(release: str, done: Done, *, as_json: bool) -> None:
    if as_json:
        failed = [{"inspection": inspection, "why": why} for inspection, why in done.not_judged]
        counts = {"release": release, "judged": done.judged, "agrees": done.agrees, "not_judged": failed}
        print(json.dumps(counts | {"seconds": round(done.seconds, 1)}))
        return
    each = f", {done.judged / done.seconds:.1f} a second" if done.judged and done.seconds else ""
    print(f"{release} judged {done.judged} inspections{each}; {done.agrees} as the release that answered")
    for inspection, why in done.not_judged:
        print(f"  not judged: {inspection}: {why}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}; expected a day as 2026-11-01") from None
