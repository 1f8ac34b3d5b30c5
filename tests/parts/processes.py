"""`ubora serve` as a process of its own, for tests that kill it or start it twice.

with serving(tmp_path / "var", releases) as (process, url):
    process.kill()
"""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests import ROOT
from tests.parts.served import wait_until


@contextmanager
def serving(
    data: Path,
    releases: Path,
    *options: str,
    environment: Mapping[str, str] | None = None,
    program: Sequence[str] = (sys.executable, "-m", "ubora"),
    folder: Path = ROOT,
    name: str | None = None,
) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A real `ubora serve`, ready to answer; it tells people in <data>.log, and logs in <data>.err.

    Args:
        environment: beside this process's own.
        program: what `ubora` is.
        folder: where it runs.
        name: in place of that of the data folder, for several on one.
    """
    port = _free_port()
    told, log = (data.with_name(f"{name or data.stem}.{end}") for end in ("log", "err"))
    command = [*program, "serve", "--data", str(data), "--releases", str(releases)]
    with told.open("w") as out, log.open("w") as err:
        process = subprocess.Popen(
            [*command, "--port", str(port), *options],
            cwd=folder,
            stdout=out,
            stderr=err,
            text=True,
            env={**os.environ, **(environment or {})},
        )
    url = f"http://127.0.0.1:{port}"
    try:
        # A busy machine takes a minute to import what a quiet one does in two seconds.
        wait_until(lambda: _alive(url) or process.poll() is not None, 300)
        assert process.poll() is None, told.read_text() + log.read_text()
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
