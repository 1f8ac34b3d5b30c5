"""How long a reviewer waits for the next piece: 50,000 wait, and twenty others take pieces beside her.

    python -m tests.deciding                       about five minutes, Chromium is driven
    python -m tests.deciding --waiting 5000 --decisions 30

A real service with the champion; a dozen real photos, each shared by thousands of pieces. Each piece is
decided by its key once its photo is painted. Prints milliseconds from the key to the next photo on the
screen.
"""

import argparse
import hashlib
import json
import tempfile
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from tests import ROOT
from tests.bench.server import Server
from tests.parts.browser import CHROMIUM, CHROMIUM_ARGUMENTS, LAPTOP
from ubora.datasets.manifest import read_manifest
from ubora.service.ledger.database import Ledger
from ubora.service.ledger.tables import (
    Inspection,
    LedgerClock,
    Photo,
    PieceState,
    Table,
    Waiting,
    WaitingDefect,
)
from ubora.service.settings import Settings

TEMPLATES = 12
SOME = 2_000
A_LOT = 50
TAKEN_EVERY_SECONDS = 3.0
# Noted at the key, and asked at every frame until another piece's photo is there; it is painted one later.
WATCH = """() => {
  window.took = [];
  const seen = () => {
    const image = document.querySelector("#stage-photo img.photo-seen");
    return image?.complete && image.naturalWidth ? image.src : null;
  };
  const row = () => document.querySelector(".waiting[aria-current=true]")?.dataset.id ?? null;
  window.addEventListener("keydown", ({ key }) => {
    if (key !== "a") return;
    const began = performance.now();
    const [src, id] = [seen(), row()];
    const look = () => {
      const now = seen();
      const next = now && now !== src && row() !== id;
      if (next) requestAnimationFrame(() => took.push(performance.now() - began));
      else requestAnimationFrame(look);
    };
    look();
  }, true);
}"""

ANSWERED = """() => performance.getEntriesByType("resource")
  .filter(({ name }) => name.includes("/reviews/")).map(({ duration }) => duration)"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--waiting", type=int, default=50_000, help="pieces (%(default)s)")
    parser.add_argument("--decisions", type=int, default=60, help="by key (%(default)s)")
    parser.add_argument("--others", type=int, default=20, help="who take pieces beside her (%(default)s)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        try:
            found = measure(server, Path(folder), args.waiting, args.decisions, args.others)
        finally:
            server.stop()
    print(json.dumps(found, indent=1))


def measure(server: Server, folder: Path, waiting: int, decisions: int, others: int) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {server.token}"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=60) as admin:
        names = templates(admin)
        multiply(folder, names, waiting)
        tokens = [
            admin.post("/v1/tokens", json={"role": "reviewer", "label": f"reviewer {one}"}).json()["token"]
            for one in range(others + 1)
        ]
        with beside(server.url, tokens[1:]) as taken:
            took, answered = decide(f"{server.url}/console/#token={tokens[0]}", decisions)
        left = admin.get("/v1/queue/counts").json()["waiting"]
    cuts = quantiles(took, n=20)
    return {
        "waiting": left,
        "decided": len(took),
        "median_ms": round(cuts[9]),
        "p95_ms": round(cuts[18]),
        "longest_ms": round(max(took)),
        "stored_p95_ms": round(quantiles(answered, n=20)[18]),
        "others_took": sum(taken),
    }


def templates(admin: httpx.Client) -> list[str]:
    """Inspections of real photos that the champion flags."""
    admin.put("/v1/microfactories/mf-1", json={"name": "One", "place": "Nairobi"})
    design = {"name": "Disc", "category": "pendant", "material": "brass", "stage": "raw"}
    admin.put("/v1/designs/disc", json=design | {"approved_low": 1, "approved_high": 5})
    manifest = read_manifest(ROOT / "datasets" / "rendered")
    names: list[str] = []
    for sample in manifest.samples:
        photo = manifest.path(sample.file_name).read_bytes()
        context = json.dumps({"microfactory": "mf-1", "design": "disc"})
        answer = admin.put(
            f"/v1/inspections/{uuid.uuid4()}",
            files=[("context", (None, context)), ("photo", ("photo.webp", photo))],
        ).json()
        if answer["status"] == "pending":
            names.append(answer["id"])
        if len(names) == TEMPLATES:
            return names
    raise RuntimeError(f"{len(names)} of {len(manifest.samples)} photos are flagged, expected {TEMPLATES}")


def multiply(folder: Path, names: Sequence[str], pieces: int) -> None:
    """Copies of these inspections that wait like them. Days' counts are not kept of the copies."""
    ledger = Ledger.open(Settings(data=folder).ledger_url())
    try:
        with ledger.write() as session:
            known = [_rows(session, name) for name in names]
            clock = session.get_one(LedgerClock, 1)
            number = clock.number
            for start in range(0, pieces, SOME):
                made: dict[type[Table], list[dict[str, Any]]] = {}
                for at in range(start, min(start + SOME, pieces)):
                    number += 1
                    for table, row in _copy(known[at % len(known)], number, at):
                        made.setdefault(table, []).append(row)
                for table in (Inspection, Photo, PieceState, Waiting, WaitingDefect):
                    if table in made:
                        session.execute(insert(table), made[table])
            session.execute(update(LedgerClock).values(number=number))
    finally:
        ledger.close()


def _rows(session: Session, name: str) -> list[tuple[type[Table], dict[str, Any]]]:
    """All that an inspection that waits is made of."""
    found: list[tuple[type[Table], dict[str, Any]]] = []
    for table, column in (
        (Inspection, Inspection.id),
        (Photo, Photo.inspection),
        (PieceState, PieceState.inspection),
        (Waiting, Waiting.inspection),
        (WaitingDefect, WaitingDefect.inspection),
    ):
        for row in session.scalars(select(table).where(column == name)):
            names = [one.key for one in table.__mapper__.column_attrs]
            found.append((table, {key: getattr(row, key) for key in names}))
    return found


def _copy(
    rows: list[tuple[type[Table], dict[str, Any]]], number: int, at: int
) -> Iterator[tuple[type[Table], dict[str, Any]]]:
    name = str(uuid.UUID(int=number))
    lot, piece = f"PO-{at // A_LOT}", str(at % A_LOT + 1)
    own = {
        "id": name,
        "inspection": name,
        "number": number,
        "change": number,
        "lot": lot,
        "lot_sought": lot.lower(),
        "lot_since": number - at % A_LOT,
        "piece": piece,
        "piece_sought": piece,
        "piece_key": hashlib.sha256(name.encode()).hexdigest(),
        "received_at": datetime.now(UTC),
        "changed_at": datetime.now(UTC),
    }
    for table, row in rows:
        yield table, row | {key: value for key, value in own.items() if key in row}


@contextmanager
def beside(url: str, tokens: Sequence[str]) -> Iterator[list[int]]:
    """Others who take three pieces now and then, and ask what changed, until the block ends."""
    over = threading.Event()
    taken: list[int] = []

    def take(token: str) -> None:
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
            change, count = client.get("/v1/queue?limit=50").json()["change"], 0
            while not over.wait(TAKEN_EVERY_SECONDS):
                answer = client.post("/v1/queue/claims", json={"count": 3})
                count += len(answer.json()["items"]) if answer.status_code == 200 else 0
                change = client.get("/v1/queue/changes", params={"after": change}).json()["change"]
        taken.append(count)

    threads = [threading.Thread(target=take, args=(token,)) for token in tokens]
    for thread in threads:
        thread.start()
    try:
        yield taken
    finally:
        over.set()
        for thread in threads:
            thread.join()


def decide(address: str, times: int) -> tuple[list[float], list[float]]:
    """Milliseconds from each key to the next piece's photo, painted; and until each decision was stored."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        try:
            page = browser.new_page(viewport={"width": LAPTOP["width"], "height": LAPTOP["height"]})
            page.set_default_timeout(60_000)
            page.goto(address)
            page.wait_for_selector("#stage-photo img.photo-seen")
            page.evaluate(WATCH)
            return _decided(page, times)
        finally:
            browser.close()


def _decided(page: Page, times: int) -> tuple[list[float], list[float]]:
    for count in range(1, times + 1):
        page.wait_for_timeout(1_500)  # she looks
        page.wait_for_selector("#decisions button:enabled")
        page.keyboard.press("a")
        # Held by another: she decides it all the same, and that is timed from her key too.
        page.wait_for_function(
            "count => document.querySelector('#anyway')?.click() || took.length >= count",
            arg=count,
            polling=50,
        )
    page.wait_for_selector("#decisions button:enabled")
    took: list[float] = page.evaluate("took")
    answered: list[float] = page.evaluate(ANSWERED)
    return took, answered


if __name__ == "__main__":
    main()
