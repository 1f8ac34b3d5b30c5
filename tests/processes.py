"""`ubora serve` as a process of its own, for tests that kill it or start it twice.

with serving(tmp_path / "var", releases) as (process, url):
    process.kill()
"""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.served import wait_until

ROOT = Path(__file__).parent.parent


@contextmanager
def serving(
    data: Path, releases: Path, *options: str, environment: Mapping[str, str] | None = None
) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A real `ubora serve`, ready to answer; its output so far is read from <data>.log."""
    port = _free_port()
    log = data.with_suffix(".log")
    command = [sys.executable, "ubora.py", "serve", "--data", str(data), "--releases", str(releases)]
    with log.open("w") as out:
        process = subprocess.Popen(
            [*command, "--port", str(port), *options],
            cwd=ROOT,
            stdout=out,
            stderr=out,
            text=True,
            env={**os.environ, **(environment or {})},
        )
    url = f"http://127.0.0.1:{port}"
    try:
        # A busy machine takes a minute to import what a quiet one does in two seconds.
        wait_until(lambda: _alive(url) or process.poll() is not None, 300)
        assert process.poll() is None, log.read_text()
        yield process, url
    finally:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _alive(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/live").status_code == 200
    except httpx.TransportError:
        return False
