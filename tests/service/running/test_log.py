"""The log: whoever writes on standard error, one JSON object comes out a line; and nobody waits for it."""

import json
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import ROOT
from tests.parts.processes import serving
from tests.parts.served import OWN, context_of, parts, seed, tarnished
from ubora.service.http.stderr import LONGEST_BYTES, LineCutter
from ubora.service.settings import Settings


def logged(text: str) -> list[dict[str, Any]]:
    """Every line as the object that it is; a line that is none fails the test with its text."""
    found = []
    for line in text.splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            pytest.fail(f"no JSON: {line!r}")
    return found


def corrupt() -> bytes:
    """A JPEG whose picture breaks off, and that ends as if it did not: of such libjpeg warns on its own."""
    whole = tarnished()
    return whole[: len(whole) // 2].rstrip(b"\xff") + b"\xff\xd9"


def test_the_log_of_a_service_is_json_alone_from_its_start_to_its_end(tmp_path: Path, releases: Path) -> None:
    settings = Settings(data=tmp_path / "var", releases=releases)
    header = {"Authorization": f"Bearer {seed(settings)['admin']}"}
    ledger = settings.data / "ledger.sqlite"
    with (
        serving(settings.data, releases) as (process, url),
        httpx.Client(base_url=url, headers=header) as client,
    ):
        photo = client.put("/v1/inspections/" + "1" * 32, files=parts(context_of(), corrupt()))
        assert photo.status_code == 422
        lot = {"microfactory": OWN, "design": "disc", "pieces": 5, "views": ["front"]}
        assert client.put("/v1/lots/PO-1", json=lot).status_code == 201
        with sqlite3.connect(ledger) as database:  # nothing that we write: whoever reads it finds a bug
            database.execute("UPDATE lots SET views = '[\"front'")
        database.close()
        assert client.get("/v1/lots").status_code == 500
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    lines = logged(settings.data.with_suffix(".err").read_text())
    (bug,) = (line for line in lines if line["event"] == "bug")
    assert (bug["path"], "Traceback" in bug["trace"]) == ("/v1/lots", True)
    assert {"Started server process", "Application startup complete.", "Shutting down"} <= {
        line["event"].split(" [")[0] for line in lines
    }
    told = settings.data.with_suffix(".log").read_text()
    assert [line.split()[0] for line in told.splitlines()] == ["network", "phone", "console", "data"]


def test_a_service_that_is_interrupted_at_the_keyboard_logs_no_trace(tmp_path: Path, releases: Path) -> None:
    data = tmp_path / "var"
    with serving(data, releases) as (process, _):
        process.send_signal(signal.SIGINT)
        process.wait(60)
    assert [line for line in logged(data.with_suffix(".err").read_text()) if "trace" in line] == []


EVERYBODY = """
import asyncio, ctypes, logging, os, sys, threading, warnings
from ubora.service.http.stderr import json_stderr

class Dies:
    def __del__(self):
        raise ValueError("in vain")

async def forgotten():
    task = asyncio.ensure_future(failing())
    await asyncio.sleep(0.01)

async def failing():
    raise ValueError("nobody asked")

with json_stderr():
    libc = ctypes.CDLL(None)
    stderr = ctypes.c_void_p.in_dll(libc, "stderr")
    libc.fputs(b"libjpeg: two\\nlines\\n", stderr)
    libc.fflush(None)
    os.write(2, b"\\xff no UTF-8\\n" + 9000 * b"x" + b"\\n")
    warnings.warn("old way", DeprecationWarning)
    logging.getLogger("somebody.elses").error("told\\nin two lines", exc_info=ValueError("with a trace"))
    print("half a ", end="", file=sys.stderr)
    print("line", file=sys.stderr)
    thread = threading.Thread(target=lambda: 1 / 0, name="worker")
    thread.start()
    thread.join()
    del thread
    Dies()
    asyncio.run(forgotten())
    print("unended", end="", file=sys.stderr)
print("plain again", file=sys.stderr)
"""


def run(code: str, **options: Any) -> "subprocess.CompletedProcess[str]":
    given: dict[str, Any] = {"stderr": subprocess.PIPE, **options}
    command = [sys.executable, "-W", "always", "-c", code]
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=300, **given)


def test_whoever_writes_on_standard_error_comes_out_as_one_object_a_line() -> None:
    done = run(EVERYBODY)
    *lines, last = done.stderr.splitlines()
    found = logged("\n".join(lines))
    texts = [line["text"] for line in found if line["event"] == "stderr"]
    assert {"libjpeg: two", "lines", "\ufffd no UTF-8", "half a line", "unended"} <= set(texts)
    assert sorted(map(len, texts))[-1] == LONGEST_BYTES
    events = [line["event"] for line in found]
    assert [event for event in events if "DeprecationWarning: old way" in event]
    assert "told\nin two lines" in events
    bugs = [line["trace"].splitlines()[-1] for line in found if line["event"] == "bug"]
    assert sorted(bugs) == ["ValueError: in vain", "ZeroDivisionError: division by zero"]
    assert [line for line in found if "ValueError: nobody asked" in line.get("trace", "")]
    assert (last, done.returncode) == ("plain again", 0)


def test_a_library_that_floods_while_it_holds_the_interpreter_is_not_waited_for() -> None:
    code = """
import ctypes
from ubora.service.http.stderr import json_stderr
holding = ctypes.PyDLL(None)  # keeps the interpreter's lock, so nobody can read meanwhile
line = 1000 * b"x" + b"\\n"
with json_stderr():
    for _ in range(20_000):
        holding.write(2, line, len(line))
print("done")
"""
    done = run(code)
    assert (done.stdout, done.returncode) == ("done\n", 0)
    assert len(logged(done.stderr)) > 100


def test_a_crash_in_native_code_still_tells_where() -> None:
    code = """
import faulthandler
from ubora.service.http.stderr import json_stderr
with json_stderr():
    faulthandler._sigsegv()
"""
    done = run(code)
    assert done.returncode == -signal.SIGSEGV
    assert done.stderr.startswith("Fatal Python error: Segmentation fault")


def test_a_log_that_cannot_be_written_stops_nobody() -> None:
    code = """
import logging, os, sys
from ubora.service.http.stderr import json_stderr
with json_stderr():
    for _ in range(1000):
        logging.getLogger("anybody").error("no room")
        print("neither here", file=sys.stderr)
        os.write(2, b"nor here\\n")
    print("done")
"""
    with Path("/dev/full").open("w") as full:
        done = run(code, stderr=full)
    assert (done.stdout, done.returncode) == ("done\n", 0)


def test_lines_are_cut_where_they_end_however_they_come() -> None:
    found: list[str] = []
    lines = LineCutter(found.append)
    for part in (b"on", b"e\ntwo\n\nth", b"ree" + 2 * LONGEST_BYTES * b"x", b"\nfour"):
        lines.take(part)
    lines.end()
    assert found == ["one", "two", ("three" + LONGEST_BYTES * "x")[:LONGEST_BYTES], "four"]
