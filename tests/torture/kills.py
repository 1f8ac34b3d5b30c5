"""kill -9 while phones send, the hub decides and releases change: nothing acknowledged is lost or doubled.

python -m tests.torture --seconds 600 kills      # a few kills are tests/service/running/test_serve.py

On SQLite, on PostgreSQL, and as four replicas on one PostgreSQL with photos in an S3 store. Each of the four
has a folder of its own, lost with it. While one is dead the others serve on, and a photo's parts come
to any of them.
"""

import random
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count as count_up
from itertools import cycle
from pathlib import Path

import httpx

from tests.parts.ledgers.postgresql import server
from tests.parts.objects import own_url
from tests.parts.processes import serving
from tests.parts.served import NO_TLS, seed, wait_until
from tests.parts.tiny_bundle import tiny_releases, write_tiny_bundle
from tests.torture.acknowledged import (
    Outcome,
    a_piece,
    attempt,
    compare,
    environment_of,
    send_the_rest,
    taken,
)
from ubora.models.registry.releases import promote
from ubora.service.settings import Settings

PHONES = 4
REVIEWERS = 2
REPLICAS = 4
LATEST_S = 1.5
"""After the next answer, at most, comes the kill."""
RELEASES = ("tiny-1", "tiny-2")


def run(report: Callable[[str, str], None], seconds: float) -> bool:
    """Kill until the time is over, a third of it each, then look for everything that was acknowledged."""
    held = True
    for name, replicas in (
        ("SQLite", 1),
        ("PostgreSQL", 1),
        ("four replicas on PostgreSQL and S3", REPLICAS),
    ):
        try:
            with tempfile.TemporaryDirectory() as folder:
                settings = _settings(Path(folder), name)
                deadline = time.monotonic() + seconds / 3
                over = _over_at(deadline)
                outcome = kill_under_load(settings, over, replicas=replicas)
        except Exception as error:
            report(f"{name}: the trial itself", f"{type(error).__name__}: {error}")
            return False
        report(
            f"{name}: kills under load of four phones, two reviewers, changing releases", str(outcome.kills)
        )
        told = f"{len(outcome.pieces)} pieces, {len(outcome.reviews)} decisions"
        report(f"{name}: acknowledged", told)
        for kind, found in outcome.wrong.items():
            report(f"{name}: {kind}", f"{len(found)}{f', as {found[0]}' if found else ''}")
        held = held and not any(outcome.wrong.values())
    return held


def kill_under_load(settings: Settings, enough: Callable[[int], bool], *, replicas: int = 1) -> Outcome:
    """Kill one and start it again until there were `enough` kills (at least one), and compare.

    Args:
        settings: its releases are `RELEASES`, which take turns as champion meanwhile.
    """
    tokens, outcome = seed(settings), Outcome()
    with _replicas(settings, replicas) as running, _people(running, tokens, settings, outcome):
        while outcome.kills == 0 or not enough(outcome.kills):
            before = outcome.acknowledged
            wait_until(lambda at=before: outcome.acknowledged > at, 300)
            time.sleep(random.uniform(0, LATEST_S))
            running.kill_one()
            outcome.kills += 1
    with _replicas(settings, 1) as running:
        url = running.urls[0]
        with _client(url, tokens["artisan"]) as phone, _client(url, tokens["reviewer"]) as page:
            send_the_rest(phone, page, outcome)
    compare(settings, outcome)
    return outcome


class _Running:
    """Replicas of one service."""

    def __init__(self, settings: Settings, count: int) -> None:
        self._settings = settings
        self._starts = count_up()
        self._stacks = [ExitStack() for _ in range(count)]
        self._processes = [self._start(at) for at in range(count)]
        self.urls = [url for _, url in self._processes]

    def kill_one(self) -> None:
        """Another one each time by chance; returns when it answers again."""
        at = random.randrange(len(self._stacks))
        self._processes[at][0].kill()
        self._stacks[at].close()
        self._processes[at] = self._start(at)
        self.urls[at] = self._processes[at][1]

    def close(self) -> None:
        for stack in self._stacks:
            stack.close()

    def _start(self, at: int) -> "tuple[subprocess.Popen[str], str]":
        settings, name = self._settings, f"replica-{at}"
        data = settings.data
        if settings.photos_url is not None:
            # They share no folder, and what was in one is lost with its replica.
            data = data.with_name(f"{name}-{next(self._starts)}")
        one = serving(data, settings.releases, environment=environment_of(settings), name=name)
        return self._stacks[at].enter_context(one)


@contextmanager
def _replicas(settings: Settings, count: int) -> "Iterator[_Running]":
    running = _Running(settings, count)
    try:
        yield running
    finally:
        running.close()


@contextmanager
def _people(
    running: _Running, tokens: dict[str, str], settings: Settings, outcome: Outcome
) -> Iterator[None]:
    """Phones, reviewers and an engineer, who work until the block ends, whichever replica answers."""
    over = threading.Event()

    def person(who: str) -> None:
        while not over.is_set():
            sent = taken(outcome.decisions) if who == "reviewer" else a_piece(outcome)
            if sent is None:
                over.wait(0.01)
                continue
            with ExitStack() as stack:
                urls = random.sample(running.urls, len(running.urls))
                client, *others = (stack.enter_context(_client(url, tokens[who])) for url in urls)
                if not attempt(client, sent, outcome, others):
                    over.wait(0.05)

    def engineer() -> None:
        for name in cycle(reversed(RELEASES)):
            if over.wait(random.uniform(0.2, 2)):
                return
            promote(settings.releases, name, why="it is its turn", force=True)

    work = [threading.Thread(target=person, args=("artisan",)) for _ in range(PHONES)]
    work += [threading.Thread(target=person, args=("reviewer",)) for _ in range(REVIEWERS)]
    work.append(threading.Thread(target=engineer))
    for one in work:
        one.start()
    try:
        yield
    finally:
        over.set()
        for one in work:
            one.join()


def two_releases(folder: Path) -> Path:
    """A releases folder with both of `RELEASES`."""
    releases = tiny_releases(folder)
    write_tiny_bundle(releases / RELEASES[1])
    return releases


def _settings(place: Path, name: str) -> Settings:
    settings = Settings(data=place / "var", releases=two_releases(place / "releases"))
    if name == "SQLite":
        return settings
    settings = settings.model_copy(update={"database_url": server().migrated_database()})
    return settings if name == "PostgreSQL" else settings.model_copy(update={"photos_url": own_url()})


def _over_at(deadline: float) -> Callable[[int], bool]:
    return lambda _: time.monotonic() > deadline


def _client(url: str, token: str) -> httpx.Client:
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60, verify=NO_TLS)
