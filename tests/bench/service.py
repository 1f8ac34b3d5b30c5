"""The whole service under load, beside the same network that inspects alone, and beside another server.

    bench_service(photos, seconds=10)                       # durable, over HTTP, eight clients
    bench_alone(photos, seconds=10)                         # `Inspector.inspect` on every core
    bench_litserve(photos, 10, Path("other/bin/python"))    # LitServe with our inspection, keeping nothing

Clients share the cores with what they ask, in both.
"""

import json
import os
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path

import cv2
import httpx

from tests import ROOT
from tests.bench.server import Server
from ubora.models.inference.inspector import Inspector
from ubora.models.registry.releases import RELEASES, release_folder
from ubora.models.verdict import decide

CLIENTS = 8
APP = Path(__file__).parent / "litserve_app.py"
Ask = Callable[[httpx.Client, bytes], httpx.Response]


def bench_alone(photos: Sequence[bytes], seconds: float) -> dict[str, float]:
    """Photos a second, and milliseconds of processor time a photo."""
    cv2.setNumThreads(1)
    inspector = Inspector.load(release_folder(RELEASES, "champion"))
    until, cores = time.perf_counter() + seconds, len(os.sched_getaffinity(0))

    def work(first: int) -> int:
        done = 0
        while time.perf_counter() < until:
            decide(inspector.inspect(photos[(first + done) % len(photos)]), inspector.record)
            done += 1
        return done

    start, cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(cores) as pool:
        done = sum(pool.map(work, range(cores)))
    spent = time.process_time() - cpu
    return {"photos_per_s": done / (time.perf_counter() - start), "cpu_ms": 1e3 * spent / done}


def bench_service(photos: Sequence[bytes], seconds: float) -> dict[str, float]:
    """Inspections a second, durable; processor time of the service and of its clients, a photo."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        try:
            headers = {"Authorization": f"Bearer {server.token}"}
            with httpx.Client(base_url=server.url, headers=headers, timeout=60) as client:
                client.put("/v1/microfactories/mf-bench", json={"name": "Bench", "place": "Nairobi"})
                design = {"name": "Disc", "category": "pendant", "material": "brass", "stage": "raw"}
                client.put("/v1/designs/bench", json=design | {"approved_low": 1, "approved_high": 5})
                idle = server.peak_megabytes()
                _load(client, photos, 2, inspect)
                before, own = server.cpu_ms(), time.process_time()
                found = _load(client, photos, seconds, inspect)
                done = found.pop("done")
                return found | {
                    "cpu_ms": (server.cpu_ms() - before) / done,
                    "client_cpu_ms": 1e3 * (time.process_time() - own) / done,
                    "idle_peak_mb": idle,
                    "loaded_peak_mb": server.peak_megabytes(),
                }
        finally:
            server.stop()


def bench_litserve(photos: Sequence[bytes], seconds: float, python: Path) -> dict[str, float]:
    """The same clients at LitServe with a worker a core.

    Args:
        python: of an environment with litserve and what the service needs.
    """
    port = 8_765
    with subprocess.Popen(
        [python, APP, str(port)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # its workers go with it
    ) as process:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
                _wait(client, process)
                _load(client, photos, 2, predict)
                found = _load(client, photos, seconds, predict)
                del found["done"]
                return found
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def inspect(client: httpx.Client, photo: bytes) -> httpx.Response:
    context = {"microfactory": "mf-bench", "design": "bench", "lot": None, "piece": None, "views": ["front"]}
    return client.put(
        f"/v1/inspections/{uuid.uuid4()}",
        data={"context": json.dumps(context | {"taken_at": None})},
        files={"photo": ("photo.jpg", photo, "image/jpeg")},
    )


def predict(client: httpx.Client, photo: bytes) -> httpx.Response:
    return client.post("/predict", files={"photo": ("photo.jpg", photo, "image/jpeg")})


def _load(client: httpx.Client, photos: Sequence[bytes], seconds: float, ask: Ask) -> dict[str, float]:
    start = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        spent = pool.map(
            lambda first: _send(client, photos[first:] or photos, start + seconds, ask), range(CLIENTS)
        )
        took = sorted(value for part in spent for value in part)
    return {
        "done": len(took),
        "requests_per_s": len(took) / (time.perf_counter() - start),
        "median_ms": took[len(took) // 2] * 1e3,
        "p95_ms": took[int(len(took) * 0.95)] * 1e3,
        "p99_ms": took[int(len(took) * 0.99)] * 1e3,
    }


def _send(client: httpx.Client, photos: Sequence[bytes], until: float, ask: Ask) -> list[float]:
    took = []
    for photo in cycle(photos):
        start = time.perf_counter()
        if start >= until:
            break
        answer = ask(client, photo)
        if answer.status_code == 503:
            time.sleep(float(answer.headers["Retry-After"]))
            continue
        assert answer.status_code in (200, 201), answer.text
        took.append(time.perf_counter() - start)
    return took


def _wait(client: httpx.Client, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        assert process.poll() is None, "it ended; expected LitServe in that environment"
        try:
            client.get("/health")
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("LitServe does not answer")
