"""Is a page as fast with a million inspections as with ten thousand? All that it asks, asked of both in turn.

    python -m tests.at_scale                          SQLite, about five minutes
    python -m tests.at_scale --many 10000000          half an hour, 30 GB of disk
    python -m tests.at_scale --postgresql

Two real services with the champion, each with 2,500 workshops and 1,000 days behind it: the inspections of
one day were counted by the service's own rule, those of other days are copies. Prints milliseconds and their
ratio for each path; what no page asks of a ledger (files, pictures of photos) is left out.
"""

import argparse
import json
import re
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx
from tqdm import tqdm

from tests import ROOT
from tests.bench.server import Server
from tests.parts.ledgers.multiplied import multiply
from tests.parts.ledgers.postgresql import own_server
from ubora.datasets.manifest import read_manifest
from ubora.service.ledger.database import Ledger
from ubora.service.settings import Settings

DAYS = 1_000
TEMPLATES = 60
AUDITED = "0.5"
"""Of the templates: so that some of what passed is looked at. Few of the copies are copies of these."""
LEAST_MS = 2.0
"""A shorter answer is all of the way to it and back."""
_NOT_ASKED = re.compile(
    r"/(photos|heatmaps|voice|photo|archive|events|approved|label)\b|/health/|/openapi|/docs"
)
_BETTER_ASKED = {
    "/v1/numbers/rare-defects",
    "/v1/numbers/rare-defects/chart.svg",
    "/v1/queue/changes",
    "/v1/deliveries",
    "/v1/session",
}
"""They want more than their path, or a person."""


@dataclass(frozen=True)
class Asked:
    path: str
    few_ms: float
    many_ms: float
    ratio: float
    status: int


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--few", type=int, default=10_000, help="inspections (%(default)s)")
    parser.add_argument("--many", type=int, default=1_000_000, help="inspections (%(default)s)")
    parser.add_argument("--times", type=int, default=5, help="that each path is asked (%(default)s)")
    parser.add_argument("--postgresql", action="store_true", help="in place of SQLite")
    parser.add_argument("--folder", type=Path, help="where the ledgers are made; a temporary one")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    with ExitStack() as stack:
        folder = args.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        urls: dict[int, str | None] = dict.fromkeys((args.few, args.many))
        if args.postgresql:
            database = stack.enter_context(own_server(shared_buffers="1GB", autovacuum="on"))
            urls = {count: database.empty_database() for count in urls}
        both = [stack.enter_context(_served(folder / str(count), count, urls[count])) for count in urls]
        found = list(compare(both[0], both[1], args.times))
    if args.json:
        print(json.dumps([asdict(one) for one in found], indent=1))
        return
    print(f"{'':<74} {args.few:>10,} {args.many:>10,}  ratio")
    for one in sorted(found, key=lambda one: -one.ratio):
        bad = "" if one.status == 200 else f"  {one.status}"
        print(f"{one.path:<74.74} {one.few_ms:>7.1f} ms {one.many_ms:>7.1f} ms  {one.ratio:5.2f}{bad}")


@contextmanager
def _served(folder: Path, count: int, url: str | None) -> Iterator[httpx.Client]:
    """A service with so many inspections, asked as an admin; made where the folder has no ledger yet."""
    environment = {} if url is None else {"UBORA_DATABASE_URL": url}
    if not (folder / "made").exists():
        server = Server(folder, environment | {"UBORA_AUDIT_SHARE": AUDITED})
        try:
            with _admin(server) as admin:
                names = templates(admin)
        finally:
            server.stop()
        ledger = Ledger.open(url or Settings(data=folder).ledger_url())
        with tqdm(total=DAYS, desc=f"{count:,}", unit="day", disable=not sys.stderr.isatty()) as bar:
            multiply(ledger, names, count // DAYS, DAYS, lambda days: bar.update(days - bar.n))
        ledger.close()
        (folder / "made").touch()
    server = Server(folder, environment)
    try:
        with _admin(server) as admin:
            yield admin
    finally:
        server.stop()


def _admin(server: Server) -> httpx.Client:
    headers = {"Authorization": f"Bearer {server.token}", "Accept": "*/*"}
    return httpx.Client(base_url=server.url, headers=headers, timeout=600)


def templates(admin: httpx.Client) -> list[str]:
    """Inspections of real photos, all decided: what the champion flags, or was drawn, by a person."""
    admin.put("/v1/microfactories/templates", json={"name": "Templates", "place": "Nairobi"})
    looks = {"name": "Disc", "category": "pendant", "material": "brass", "stage": "raw"}
    admin.put("/v1/designs/disc", json=looks | {"approved_low": 1, "approved_high": 5})
    manifest = read_manifest(ROOT / "datasets" / "rendered")
    names: list[str] = []
    for sample in manifest.samples[:TEMPLATES]:
        photo = manifest.path(sample.file_name).read_bytes()
        context = json.dumps({"microfactory": "templates", "design": "disc"})
        files: list[tuple[str, Any]] = [("context", (None, context)), ("photo", ("photo.webp", photo))]
        name = str(uuid.uuid4())
        admin.put(f"/v1/inspections/{name}", files=files).raise_for_status()
        names.append(name)
    waiting = [one["inspection"]["id"] for one in _pages(admin, "/v1/queue", limit=100)]
    for at, name in enumerate(waiting):
        body = {"disposition": ("accept", "rework", "accept", "reject")[at % 4]}
        admin.put(f"/v1/inspections/{name}/reviews/{uuid.uuid4()}", json=body).raise_for_status()
    return names


def _pages(client: httpx.Client, path: str, **asked: Any) -> Iterator[dict[str, Any]]:
    cursor = None
    while True:
        page = (
            client.get(path, params=asked | ({"cursor": cursor} if cursor else {})).raise_for_status().json()
        )
        yield from page["items"]
        cursor = page.get("next")
        if cursor is None:
            return


def compare(few: httpx.Client, many: httpx.Client, times: int) -> Iterator[Asked]:
    """Each path of both in turn."""
    paths = [list(asked(client)) for client in (few, many)]
    for one, other in tqdm(zip(*paths, strict=True), total=len(paths[0]), disable=not sys.stderr.isatty()):
        took: tuple[list[float], list[float]] = ([], [])
        statuses = set()
        for _ in range(times):
            for client, path, spent in zip((few, many), (one, other), took, strict=True):
                start = time.perf_counter()
                statuses.add(client.get(path).status_code)
                spent.append((time.perf_counter() - start) * 1e3)
        first, second = (statistics.median(spent) for spent in took)
        ratio = max(second, LEAST_MS) / max(first, LEAST_MS)
        yield Asked(other, first, second, ratio, max(statuses))


def asked(client: httpx.Client) -> Iterator[str]:
    """All that is read of a ledger by a path of the service; and lists as pages narrow them."""
    pieces = client.get("/v1/inspections", params={"microfactory": "mf-0000", "limit": 1})
    piece = pieces.raise_for_status().json()["items"][0]
    lots = client.get("/v1/lots", params={"microfactory": "mf-0000", "limit": 1})
    lot = lots.raise_for_status().json()["items"][0]["id"]
    names = {
        "inspection_id": piece["id"],
        "microfactory_id": "mf-0000",
        "design_id": "design-00",
        "lot_id": lot,
        "release": piece["release"],
        "name": piece["release"],
        "month": piece["received_at"][:7],
    }
    for path, methods in client.get("/openapi.json").json()["paths"].items():
        if path in _BETTER_ASKED or "get" not in methods or _NOT_ASKED.search(path):
            continue
        if all(one in names for one in re.findall(r"{(\w+)}", path)):
            yield path.format(**names)
    day = piece["received_at"][:10]
    last = int(day[:4]) - 1
    year = f"since={last}{day[4:]}&until={day}"
    moments = f"since={last}{day[4:]}T00:00:00Z&until={day}T00:00:00Z"
    yield from (
        "/v1/inspections?status=rework",
        "/v1/inspections?design=design-00&verdict=flag",
        "/v1/inspections?microfactory=mf-0000&status=accepted",
        f"/v1/inspections?counted=true&{year}&material=brass",
        f"/v1/inspections?counted=true&{year}&defect=scratch",
        "/v1/pieces?code=1",
        f"/v1/pieces?lot={lot}",
        f"/v1/pieces?microfactory=mf-0000&{moments}",
        "/v1/pieces?status=rejected&order=oldest",
        "/v1/lots?microfactory=mf-0000",
        "/v1/numbers/rare-defects?defect=crack",
        "/v1/numbers/rare-defects/chart.svg?defect=crack",
        "/v1/queue/changes?after=0",
        f"/v1/numbers/pass-rates?by=week&{year}",
        *(f"/v1/numbers/{one}?{year}" for one in ("funnel", "over-time", "defects", "bias", "score-drift")),
        f"/v1/numbers/escape-rate?{year}",
        f"/v1/numbers/rare-defects?defect=crack&{year}",
    )


if __name__ == "__main__":
    main()
