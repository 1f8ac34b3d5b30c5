"""Backups while four phones send: what was acknowledged before one began comes back out of it."""

import sqlite3
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx

from tests.parts.processes import serving
from tests.parts.served import context_of, parts, seed, tarnished, wait_until
from tests.parts.tiny_bundle import tiny_releases
from ubora.service.settings import Settings
from ubora.service.storage.backup import back_up, restore
from ubora.service.storage.copies import check_files, ledger_faults, references
from ubora.service.storage.photos import PhotoStore

PHONES = 4


def run(report: Callable[[str, str], None], seconds: float) -> bool:
    """Back up again and again beside the load, then put the last one back and look for every piece."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        settings = Settings(data=place / "var", releases=tiny_releases(place / "releases"))
        again = Settings(data=place / "again", releases=settings.releases)
        acknowledged: set[str] = set()
        backups = 0
        token = seed(settings)["artisan"]
        with serving(settings.data, settings.releases) as (_, url):
            stop = threading.Event()
            phones = [
                threading.Thread(target=_send, args=(url, token, number, acknowledged, stop))
                for number in range(PHONES)
            ]
            for phone in phones:
                phone.start()
            wait_until(lambda: bool(acknowledged), 300)
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                before = set(acknowledged)
                record, _ = back_up(settings, place / "backup")
                backups += 1
            stop.set()
            for phone in phones:
                phone.join()
        _, faults = restore(place / "backup", again, again.data / "releases")
        ledger = again.data / "ledger.sqlite"
        with closing(sqlite3.connect(ledger)) as reader:
            kept = {str(row[0]) for row in reader.execute("SELECT inspection FROM photos")}
        faults += [
            *ledger_faults(ledger),
            *check_files(PhotoStore(again.data), references(ledger)).faults,
            *record.faults,
        ]
        lost = len(before - kept)
        report("backups beside the load", f"{backups}, the last of {record.inspections} inspections")
        report("acknowledged before the last began, and lost", f"{lost} of {len(before)}")
        report("files missing or altered, faults of the ledger", str(len(faults)))
        return lost == 0 and not faults and len(before) > 0


def _send(url: str, token: str, number: int, acknowledged: set[str], stop: threading.Event) -> None:
    count = 0
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        while not stop.is_set():
            name, photo = str(uuid.uuid4()), tarnished(number * 100_000 + count)
            answer = client.put(f"/v1/inspections/{name}", files=parts(context_of(), photo))
            if answer.status_code == 201:
                acknowledged.add(name)
            count += 1
