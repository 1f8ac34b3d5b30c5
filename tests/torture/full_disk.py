"""The disk fills up while the service runs, is made free again, and the service is started on a full one.

    python -c "from tests.torture.full_disk import run; run(print, 20)"

What is written is either stored or answered 503 with Retry-After, reading goes on, and nothing that was
acknowledged is missing afterwards. On a small file system of its own; without root by a limit on files.
"""

import sqlite3
import subprocess
import sys
import time
import traceback
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from tests import ROOT
from tests.parts.disks import mounting_fault, no_file_grows, small_disk
from tests.parts.processes import serving
from tests.parts.served import DESIGN, OWN, PASSWORD, clean, context_of, parts, seed, tarnished
from tests.parts.tiny_bundle import tiny_releases
from tests.parts.uploading import step
from tests.torture import Report
from ubora.service.settings import Settings

Full = Callable[[int], AbstractContextManager[None]]
"""For a process id: the disk takes nothing from it until the block ends."""
Asks = dict[str, Callable[[], httpx.Response]]


def run(report: Report, seconds: float) -> bool:
    """Ask for `seconds` while the disk is full; tell what was answered then and after."""
    try:
        with TemporaryDirectory() as folder:
            releases = tiny_releases(Path(folder) / "releases")
            if (fault := mounting_fault()) is None:
                return on_a_small_disk(report, seconds, releases)
            report("a limit on files instead of a full disk", fault)
            return with_a_limit(report, seconds, Path(folder) / "var", releases)
    except Exception:
        report("full disk", traceback.format_exc(limit=-3))
        return False


def on_a_small_disk(report: Report, seconds: float, releases: Path) -> bool:
    with small_disk() as disk:

        @contextmanager
        def full(_process: int) -> Iterator[None]:
            disk.fill()
            yield
            disk.free()

        held = _run(report, seconds, disk.folder / "var", releases, full)
        disk.fill()
        return _start(report, disk.folder / "var", releases) and held


def with_a_limit(report: Report, seconds: float, data: Path, releases: Path) -> bool:
    return _run(report, seconds, data, releases, no_file_grows)


def _run(report: Report, seconds: float, data: Path, releases: Path, full: Full) -> bool:
    settings = Settings(data=data, releases=releases)
    tokens = seed(settings)
    faults: list[str] = []
    acknowledged: set[str] = set()
    with serving(data, releases) as (process, url):
        admin, artisan = (_client(url, tokens[who]) for who in ("admin", "artisan"))
        piece = _put(artisan, acknowledged).json()
        reads, writes = _reads(url, artisan, piece), _writes(url, admin, artisan, piece["id"], acknowledged)
        counts: dict[str, Counter[str]] = {}
        with full(process.pid):
            until = time.monotonic() + seconds
            while True:
                for what, ask in {**reads, **writes}.items():
                    found = _kind(ask(), what in writes)
                    counts.setdefault(what, Counter())[found] += 1
                    if found not in ({"stored", "told to wait"} if what in writes else {"answered"}):
                        faults.append(f"{what}: {found}")
                if time.monotonic() > until:
                    break
            ready = httpx.get(f"{url}/health/ready")
            if ready.status_code != 503:
                faults.append("ready, on a full disk")
        after = {what: _kind(ask(), True) for what, ask in writes.items()}
        faults += [f"{what}, when there was room again: {it}" for what, it in after.items() if it != "stored"]
        admin.close()
        artisan.close()
    for what, kinds in counts.items():
        report(f"full: {what}", ", ".join(f"{count} {kind}" for kind, count in kinds.items()))
    lost, integrity = _lost(data, acknowledged)
    report("pieces acknowledged, and lost", f"{len(acknowledged)}, {len(lost)}; integrity {integrity}")
    for fault in faults[:10]:
        report("fault", fault)
    return not faults and not lost and integrity == "ok"


def _reads(url: str, artisan: httpx.Client, piece: dict[str, list[dict[str, str]]]) -> Asks:
    photo = piece["photos"][0]
    return {
        "live": lambda: httpx.get(f"{url}/health/live"),
        "list": lambda: artisan.get("/v1/inspections"),
        "photo": lambda: artisan.get(photo["photo_url"]),
        "heatmap": lambda: artisan.get(photo["heatmap_url"]),
    }


def _writes(url: str, admin: httpx.Client, artisan: httpx.Client, piece: str, acknowledged: set[str]) -> Asks:
    log_in = {"name": "Wanjiku", "password": PASSWORD}
    body = {"disposition": "rework"}
    upload = uuid.uuid4()  # the same again, as a phone does: of others it may have begun 32
    return {
        "piece": lambda: _put(artisan, acknowledged),
        "bytes of an upload": lambda: step(artisan, upload, 0, bytes(5000), 5000),
        "review": lambda: admin.put(f"/v1/inspections/{piece}/reviews/{uuid.uuid4()}", json=body),
        "approved photo": lambda: admin.put("/v1/designs/disc/approved", files=[("photo", clean(7))]),
        "design": lambda: admin.put(f"/v1/designs/{uuid.uuid4()}", json=DESIGN.model_dump()),
        "invitation": lambda: admin.post("/v1/enrolments", json={"microfactory": OWN, "label": "p" * 100}),
        "log-in": lambda: httpx.post(f"{url}/v1/session", json=log_in),
    }


def _put(phone: httpx.Client, acknowledged: set[str]) -> httpx.Response:
    name = str(uuid.uuid4())
    photo = tarnished(uuid.UUID(name).int % 10**6)
    answer = phone.put(f"/v1/inspections/{name}", files=parts(context_of(), photo))
    if answer.status_code in (200, 201):
        acknowledged.add(name)
    return answer


def _kind(answer: httpx.Response, writes: bool) -> str:
    if answer.status_code < 300:
        return "stored" if writes else "answered"
    if (
        answer.status_code == 503
        and answer.headers["content-type"] == "application/problem+json"
        and "retry-after" in answer.headers
        and answer.json()["type"] == "/problems/storage"
    ):
        return "told to wait"
    return f"{answer.status_code} {answer.text[:150]}"


def _start(report: Report, data: Path, releases: Path) -> bool:
    """One line, no token, and not a byte of a trace."""
    command = [sys.executable, "-m", "ubora", "serve", "--data", str(data), "--releases", str(releases)]
    done = subprocess.run([*command, "--port", "0"], cwd=ROOT, capture_output=True, text=True, timeout=300)
    said = done.stderr.splitlines() or ["nothing"]
    report("started on a full disk", f"exit {done.returncode}, {len(said)} lines: {said[-1]}")
    return (done.returncode, done.stdout, len(said)) == (1, "", 1)


def _lost(data: Path, acknowledged: set[str]) -> tuple[set[str], str]:
    """Pieces of which the row or the photo is gone, and what SQLite says of the whole."""
    ledger = sqlite3.connect(data / "ledger.sqlite")
    integrity = str(ledger.execute("PRAGMA integrity_check").fetchone()[0])
    rows = dict(ledger.execute("SELECT inspection, stored_sha256 FROM photos").fetchall())
    ledger.close()
    kept = {
        name
        for name, sha256 in rows.items()
        if (data / "photos" / sha256[:2] / f"{sha256[2:]}.jpg").stat().st_size
    }
    return acknowledged - kept, integrity


def _client(url: str, token: str) -> httpx.Client:
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60)
