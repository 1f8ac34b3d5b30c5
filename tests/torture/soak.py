"""As many photos as the machine bears, for long, with a hub that reads and decides beside: memory stays.

    python -m tests.torture --seconds 1800 soak

Eight phones send photos that differ, as fast as they are answered; two reviewers take what waits, decide it
and read the figures' pages. No answer is a fault of the service (5xx but 503, which asks to come again), and
what the process holds at the end is within 5 % of what it held when a fifth of the time was over.
"""

import itertools
import re
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.bench.photos import many
from tests.bench.service import inspect
from tests.parts.processes import serving
from tests.parts.served import seed
from tests.torture import Report
from ubora.models.registry.releases import RELEASES
from ubora.service.settings import Settings

PHONES, REVIEWERS = 8, 2
GROWTH = 0.05
WARM = 0.2
"""Of the time: until then caches fill."""
PAGES = (
    "/v1/queue",
    "/v1/inspections",
    "/v1/numbers/pass-rates",
    "/v1/network",
    "/v1/numbers/over-time/chart.svg",
)
Turn = Callable[[httpx.Client], int]


def run(report: Report, seconds: float) -> bool:
    """The trial; about as long as asked for."""
    photos = many(240)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder) / "var", releases=RELEASES)
        tokens = seed(settings)
        answers: Counter[str] = Counter()
        with serving(settings.data, RELEASES) as (process, url):
            _designs(url, tokens["admin"])
            start = time.monotonic()
            with _everybody(url, tokens, photos, answers):
                _sleep_until(start + WARM * seconds)
                warm, before = held_mb(process.pid), answers["phone 201"]
                _sleep_until(start + seconds)
                end, after = held_mb(process.pid), answers["phone 201"]
    rate = (after - before) / ((1 - WARM) * seconds)
    report("soak: pieces, and a second", f"{answers['phone 201']:,}; {rate:.1f}")
    report("soak: other answers", ", ".join(f"{count} × {kind}" for kind, count in sorted(answers.items())))
    report("soak: memory after a fifth of the time, and at the end", f"{warm:,.0f} MB, {end:,.0f} MB")
    faults = sum(count for kind, count in answers.items() if re.search(r" 5(?!03)\d\d$| lost$", kind))
    report("soak: faults of the service", str(faults))
    return faults == 0 and end <= warm * (1 + GROWTH)


def held_mb(process: int) -> float:
    """Memory that a process holds now, in MB (10⁶ bytes)."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) * 1024 / 1e6


@contextmanager
def _everybody(
    url: str, tokens: dict[str, str], photos: Sequence[bytes], answers: Counter[str]
) -> Iterator[None]:
    over = threading.Event()

    def go_on(who: str, token: str, turn: Turn, pause: float) -> None:
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
            while not over.wait(pause):
                try:
                    status = str(turn(client))
                except httpx.TransportError:
                    status = "lost"
                answers[f"{who} {status}"] += 1

    sent = itertools.cycle(photos)
    threads = [
        *(
            threading.Thread(
                target=go_on,
                args=("phone", tokens["admin"], lambda client: inspect(client, next(sent)).status_code, 0.0),
            )
            for _ in range(PHONES)
        ),
        *(
            threading.Thread(target=go_on, args=("hub", tokens["reviewer"], _at_the_hub(at), 0.5))
            for at in range(REVIEWERS)
        ),
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _at_the_hub(number: int) -> Turn:
    """One reads the pages in turn, another decides what waits."""
    pages = itertools.cycle(PAGES)

    def turn(client: httpx.Client) -> int:
        if number % 2:
            return client.get(next(pages)).status_code
        taken = client.post("/v1/queue/claims", json={"count": 1})
        items = taken.json().get("items", []) if taken.status_code == 200 else []
        if not items:
            return taken.status_code
        path = f"/v1/inspections/{items[0]['inspection']['id']}/reviews/{uuid.uuid4()}"
        return client.put(path, json={"disposition": "accept", "anyway": True}).status_code

    return turn


def _designs(url: str, token: str) -> None:
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as admin:
        admin.put(
            "/v1/microfactories/mf-bench", json={"name": "Bench", "place": "Nairobi"}
        ).raise_for_status()
        looks = {"name": "Disc", "category": "pendant", "material": "brass", "stage": "raw"}
        admin.put(
            "/v1/designs/bench", json=looks | {"approved_low": 1, "approved_high": 5}
        ).raise_for_status()


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))
