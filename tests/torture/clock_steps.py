"""The server's clock jumps a year ahead and back, and back by hours, while phones and the hub go on.

    python -c "from tests.torture.clock_steps import run; run(print, 60)"

The clock of the service alone is stepped, by libfaketime (Debian's package `faketime`). Nobody waits longer
than a window, the piece that came last is the newest, news leave out nothing, and no byte that was
acknowledged is swept.
"""

import time
import traceback
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from tests.parts.processes import serving
from tests.parts.served import PASSWORD, clean, context_of, parts, seed, tarnished
from tests.parts.tiny_bundle import tiny_releases
from tests.parts.uploading import step, where
from tests.torture import Report
from ubora.service.settings import Settings

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
RIGHT, YEAR_AHEAD = "+0", "+365d"
STEPS = (("+365d", "+0"), ("+90m", "+0"), ("+0", "-5h"), ("+0", "-3000d"))
"""From where to where the clock jumps, beside the right time."""
LONGEST_WAIT_S = 15 * 60 + 1


@dataclass
class Trial:
    """A running service whose clock is in a file, and what did not hold."""

    url: str
    clock: Path
    tokens: dict[str, str]
    faults: list[str] = field(default_factory=list)

    def set_clock(self, to: str) -> None:
        partial = self.clock.with_suffix(".new")
        partial.write_text(to + "\n")
        partial.replace(self.clock)

    def client(self, who: str) -> httpx.Client:
        header = {"Authorization": f"Bearer {self.tokens[who]}"}
        return httpx.Client(base_url=self.url, headers=header, timeout=60)

    def expect(self, what: str, found: object, expected: object) -> None:
        if found != expected:
            self.faults.append(f"{what}: {found!r}, expected {expected!r}")


def fault() -> str | None:
    """Why there can be no trial here; None where there can."""
    return None if LIBRARY is not None else "no libfaketime here (apt install faketime)"


def run(report: Report, seconds: float) -> bool:
    """Step the clock to and fro for `seconds`, at least once each way; tell what came out."""
    if (why := fault()) is not None:
        report("clock steps", f"skipped: {why}")
        return True
    try:
        with TemporaryDirectory() as folder:
            return _run(report, seconds, Path(folder))
    except Exception:
        report("clock steps", traceback.format_exc(limit=-3))
        return False


def _run(report: Report, seconds: float, folder: Path) -> bool:
    clock = folder / "clock"
    settings = Settings(data=folder / "var", releases=tiny_releases(folder / "releases"))
    tokens = seed(settings)
    faked = {
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }
    trial = Trial("", clock, tokens)
    trial.set_clock(RIGHT)
    upload = uuid.uuid4()
    until = time.monotonic() + seconds
    rounds = 0
    with serving(settings.data, settings.releases, environment=faked) as (_, trial.url):
        with trial.client("artisan") as phone:
            step(phone, upload, 0, b"1234", 8)
        while rounds < len(STEPS) or time.monotonic() < until:
            before, after = STEPS[rounds % len(STEPS)]
            _step(trial, before, after, rounds)
            rounds += 1
            report(f"{rounds}: clock from {before} to {after}", f"{len(trial.faults)} faults")
    trial.set_clock(YEAR_AHEAD)
    # It sweeps as it starts: all that is there looks a year old.
    with (
        serving(settings.data, settings.releases, environment=faked) as (_, trial.url),
        trial.client("artisan") as phone,
    ):
        time.sleep(2)
        trial.expect("bytes of an upload after a start a year ahead", where(phone, upload), 4)
        items = phone.get("/v1/inspections?limit=200").json()["items"]
        shown = {phone.get(item["photos"][0]["photo_url"]).status_code for item in items}
        trial.expect("photos", shown, {200})
    report("acknowledged bytes after a start a year ahead", "kept" if not trial.faults else "see below")
    for told in trial.faults[:10]:
        report("fault", told)
    return not trial.faults


def _step(trial: Trial, before: str, after: str, number: int) -> None:
    """One jump, with everything that goes on around it."""
    with trial.client("artisan") as phone, trial.client("reviewer") as hub:
        old = _send(phone, f"old-{number}", tarnished(2 * number))
        trial.set_clock(before)
        for guess in range(11):
            _log_in(trial, f"guess {guess}")
        first = _send(phone, f"piece-{number}", tarnished(2 * number + 1))
        trial.set_clock(after)
        _check_waits(trial, before, after)
        second = _send(phone, f"piece-{number}", clean(number))
        review = hub.put(
            f"/v1/inspections/{old['id']}/reviews/{uuid.uuid4()}", json={"disposition": "rework"}
        ).json()
        newest = phone.get("/v1/inspections?limit=2").json()["items"]
        trial.expect("the newest", [item["id"] for item in newest], [second["id"], first["id"]])
        note = [("context", (None, '{"note": "no"}'))]
        contest = phone.put(f"/v1/inspections/{first['id']}/appeals/{uuid.uuid4()}", files=note)
        trial.expect("contesting what is not the newest", contest.status_code, 409)
        for asked in ({"changed_after": first["change"]}, {"changed_since": first["changed_at"]}):
            news = [item["id"] for item in phone.get("/v1/inspections", params=asked).json()["items"]]
            trial.expect(f"news by {next(iter(asked))}", {second["id"], old["id"]} <= set(news), True)
        in_order = _time(review["received_at"]) <= _time(review["review"]["at"])
        trial.expect("a review after its inspection", in_order, True)
        trial.set_clock(RIGHT)


def _check_waits(trial: Trial, before: str, after: str) -> None:
    """The name was guessed at before the jump: it is free again, or for a window at most."""
    answer = _log_in(trial, PASSWORD)
    wait = int(answer.headers.get("retry-after", 0))
    trial.expect(f"{answer.status_code} and a wait within the window", 0 <= wait <= LONGEST_WAIT_S, True)
    if before == YEAR_AHEAD:
        trial.expect("log-in after the clock was set right", answer.status_code, 200)


def _log_in(trial: Trial, password: str) -> httpx.Response:
    body = {"name": "Wanjiku", "password": password}
    return httpx.post(f"{trial.url}/v1/session", json=body, timeout=60)


def _send(phone: httpx.Client, piece: str, photo: bytes) -> dict[str, Any]:
    files = parts(context_of(lot="L", piece=piece), photo)
    found: dict[str, Any] = phone.put(f"/v1/inspections/{uuid.uuid4()}", files=files).json()
    return found


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
