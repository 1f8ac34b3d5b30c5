"""Every hostile file that we know, at the size of the largest photo, against a real service.

held = run(print, seconds=120)
"""

import os
import tempfile
import time
import uuid
from collections import Counter
from pathlib import Path

import httpx
import numpy as np

from tests.imaging.hostile import KINDS
from tests.parts.photos import jpeg
from tests.parts.processes import serving
from tests.parts.served import context_of, parts, seed
from tests.torture import Report
from tests.torture.memory import MOST_MB, Watch, peak_mb
from ubora.models.registry.releases import RELEASES
from ubora.service.settings import Settings

SIZE = 15_000_000
MOST_WORK = 5.0
"""Of a file, in processor time of an honest photo of its size."""


def run(report: Report, seconds: float) -> bool:
    """One file after the other, as many as there is time for, and never less than three.

    Args:
        report: told what was tried, and what came out.
        seconds: files are begun for so long.
    """
    try:
        with tempfile.TemporaryDirectory() as folder:
            return _run(report, Path(folder), seconds)
    except Exception as error:  # the other trials go on
        report("hostile files", f"could not be tried: {error!r}")
        return False


def _run(report: Report, folder: Path, seconds: float) -> bool:
    settings = Settings(data=folder / "var", releases=RELEASES)
    token = seed(settings)["artisan"]
    answers: Counter[int] = Counter()
    spent: dict[str, float] = {}
    with (
        serving(settings.data, RELEASES) as (process, url),
        httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=600) as phone,
    ):
        honest = _honest()
        _send(phone, honest)  # what is loaded when first needed is loaded now
        before = processor_seconds(process.pid)
        _send(phone, honest)
        fair = processor_seconds(process.pid) - before
        watch, end = Watch(url), time.monotonic() + seconds
        for name, make in KINDS.items():
            if len(spent) >= 3 and time.monotonic() > end:
                break
            data = make(SIZE)
            before = processor_seconds(process.pid)
            answers[_send(phone, data)] += 1
            spent[name] = processor_seconds(process.pid) - before
        slowest, peak = watch.stop(), peak_mb(process.pid)
    worst = max(spent, key=spent.__getitem__)
    counted = ", ".join(f"{count} × {status}" for status, count in sorted(answers.items()))
    report(f"{len(spent)} of {len(KINDS)} hostile files of {SIZE / 1e6:.0f} MB", counted)
    report(
        f"most work: {worst}",
        f"{spent[worst]:.2f} s of a processor; an honest photo of that size takes {fair:.2f} s",
    )
    report("memory of the service at most", f"{peak:,.0f} MB of {MOST_MB}")
    report("slowest /health/live meanwhile", f"{slowest:.2f} s")
    return (
        set(answers) <= {201, 415, 422}
        and spent[worst] <= MOST_WORK * fair
        and peak < MOST_MB
        and slowest < float("inf")
    )


def processor_seconds(process: int) -> float:
    """What a process has used of all processors since it began."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _honest() -> bytes:
    noise = np.random.default_rng(0).integers(0, 255, (3_000, 4_000, 3)).astype(np.uint8)
    return jpeg(noise, quality=95)


def _send(phone: httpx.Client, data: bytes) -> int:
    files = parts(context_of(), data)
    return phone.put(f"/v1/inspections/{uuid.uuid4()}", files=files).status_code
