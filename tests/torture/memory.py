"""Forty phones send 39 MB each at once: a few are taken, the others come again, and memory stays in bounds.

held = run(print, seconds=60)
"""

import http.client
import re
import tempfile
import threading
import time
import uuid
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from PIL import Image

from tests.parts.photos import jpeg
from tests.parts.processes import serving
from tests.parts.served import context_of, seed
from tests.torture import Report
from ubora.models.registry.releases import RELEASES
from ubora.service.settings import Settings

PHONES = 40
MOST_MB = 600
BOUNDARY = "----ubora"
_KIND = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def run(report: Report, seconds: float) -> bool:
    """The trial; about as long as asked for, and never less than one round.

    Args:
        report: told what was tried, and what came out.
        seconds: rounds are begun for so long.
    """
    try:
        with tempfile.TemporaryDirectory() as folder:
            return _run(report, Path(folder), seconds)
    except Exception as error:  # the other trials go on
        report("memory", f"could not be tried: {error!r}")
        return False


def peak_mb(process: int) -> float:
    """The most memory that a process ever had, in MB (10⁶ bytes)."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) * 1024 / 1e6


def _run(report: Report, folder: Path, seconds: float) -> bool:
    body = _body()
    settings = Settings(data=folder / "var", releases=RELEASES)
    token = seed(settings)["artisan"]
    with serving(settings.data, RELEASES) as (process, url):
        report("memory of the service when it has started", f"{peak_mb(process.pid):,.0f} MB")
        answers: Counter[int] = Counter()
        unsaid = [0]
        watch = Watch(url)
        end, rounds = time.monotonic() + seconds, 0
        while rounds == 0 or time.monotonic() < end:
            phones = [
                threading.Thread(target=_send, args=(url, token, body, answers, unsaid))
                for _ in range(PHONES)
            ]
            for phone in phones:
                phone.start()
            for phone in phones:
                phone.join()
            rounds += 1
        slowest = watch.stop()
        peak = peak_mb(process.pid)
    size = len(body) / 1e6
    counted = ", ".join(f"{count} × {status}" for status, count in sorted(answers.items()))
    report(f"{PHONES} phones send {size:.0f} MB each at once, {rounds} times", counted)
    report("memory of the service at most", f"{peak:,.0f} MB of {MOST_MB}")
    report("slowest /health/live meanwhile", f"{slowest:.2f} s")
    known = set(answers) <= {201, 503} and answers[201] > 0 and unsaid[0] == 0
    return known and peak < MOST_MB


def _body() -> bytes:
    """Three photos of 12 megapixels, 13 MB each: noise, which does not get smaller, and what a phone adds."""
    noise = np.random.default_rng(0).integers(0, 255, (3_000, 4_000, 3)).astype(np.uint8)
    tags = Image.Exif()
    tags[0x010F] = "a phone"
    sizes = (jpeg(noise, quality=quality, exif=tags) for quality in range(95, 60, -1))
    photo = next(data for data in sizes if len(data) < 13e6)
    photo += bytes(13_000_000 - len(photo))
    context = context_of(views=["front", "back", "detail"])
    parts = [("context", str(context).replace("'", '"').encode()), *[("photo", photo)] * 3]
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="%s"\r\n\r\n'
    return b"".join((head % name).encode() + data + b"\r\n" for name, data in parts) + (
        f"--{BOUNDARY}--\r\n".encode()
    )


def _send(url: str, token: str, body: bytes, answers: "Counter[int]", unsaid: list[int]) -> None:
    """One attempt; a connection that breaks counts as 0."""
    server = urlsplit(url)
    line = http.client.HTTPConnection(str(server.hostname), server.port, timeout=300)
    try:
        headers = {**_KIND, "Authorization": f"Bearer {token}"}
        line.request("PUT", f"/v1/inspections/{uuid.uuid4()}", body, headers)
        answer = line.getresponse()
        answer.read()
        answers[answer.status] += 1
        unsaid[0] += answer.status == 503 and "Retry-After" not in answer.headers
    except OSError:
        answers[0] += 1
    finally:
        line.close()


class Watch:
    """Asks whether the service lives, over and over."""

    def __init__(self, url: str) -> None:
        self._server = urlsplit(url)
        self._slowest = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()

    def stop(self) -> float:
        """The longest wait for an answer, in seconds."""
        self._over.set()
        self._thread.join()
        return self._slowest

    def _ask(self) -> None:
        while not self._over.wait(0.05):
            began = time.monotonic()
            line = http.client.HTTPConnection(str(self._server.hostname), self._server.port, timeout=300)
            try:
                line.request("GET", "/health/live")
                line.getresponse().read()
            except OSError:
                self._slowest = float("inf")
            finally:
                line.close()
            self._slowest = max(self._slowest, time.monotonic() - began)
