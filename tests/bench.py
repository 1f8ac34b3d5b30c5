"""Speed and memory, each as a ratio to a bound measured in the same run.

    make bench            or: python -m tests.bench --seconds 10

Timings depend on the machine and are never asserted; the ratios are what to compare.
"""

import argparse
import io
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
from PIL import Image

from tests import ROOT
from tests.imaging.odd_photos import DISPLAY_P3, as_if, profile_of, saved
from ubora.datasets.manifest import read_manifest
from ubora.models.inference.bank import MOST_CELLS
from ubora.models.inference.inspector import Inspector
from ubora.models.inference.preprocess import Letterbox
from ubora.models.registry.releases import RELEASES, release_folder
from ubora.models.verdict import decide

SAMPLE = ROOT / "datasets" / "sample"


def twelve_megapixels() -> bytes:
    """A photo of the sample enlarged to 4000 × 3000 with sensor-like noise, as a phone's JPEG."""
    manifest = read_manifest(SAMPLE)
    photo = cv2.imread(str(manifest.path(manifest.samples[0].file_name)))
    assert photo is not None
    large = np.asarray(cv2.resize(photo, (4000, 3000), interpolation=cv2.INTER_CUBIC), np.float32)
    noisy = np.clip(large + np.random.default_rng(0).normal(0, 4, large.shape), 0, 255).astype(np.uint8)
    encoded = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 90])[1]
    return encoded.tobytes()


def paired_ms(first: Callable[[], object], second: Callable[[], object], times: int) -> tuple[float, float]:
    """Median milliseconds of two callables, run alternately so that both see the same machine."""
    first(), second()
    took: tuple[list[float], list[float]] = ([], [])
    for _ in range(times):
        for call, spent in zip((first, second), took, strict=True):
            start = time.perf_counter()
            call()
            spent.append((time.perf_counter() - start) * 1e3)
    return statistics.median(took[0]), statistics.median(took[1])


def bench_verdict(photo: bytes, times: int) -> dict[str, float]:
    """One photo from bytes to verdict, against a reduced decode and the bare graphs."""
    inspector = Inspector.load(release_folder(RELEASES, "champion"))
    size = inspector.record.input.size
    buffer = np.frombuffer(photo, np.uint8)
    blank = Letterbox.around(size, size, size).apply(np.zeros((size, size, 3), np.uint8))[None]

    def bound() -> None:
        cv2.imdecode(buffer, cv2.IMREAD_REDUCED_COLOR_4)
        inspector.run(None, blank)

    whole, floor = paired_ms(lambda: decide(inspector.inspect(photo), inspector.record), bound, times)
    return {"verdict_ms": whole, "bound_ms": floor, "ratio": whole / floor}


class Server:
    """A real `ubora serve` process on a folder of its own."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "ubora", "serve", "--data", str(folder), "--port", str(port)]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | dict(environment or {}),
        )
        self._wait()
        self.token = (folder / "admin-token").read_text().strip()

    def _wait(self) -> None:
        for _ in range(300):
            try:
                with urllib.request.urlopen(self.url + "/health/ready", timeout=1):
                    return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"no answer from {self.url}")

    def peak_megabytes(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)


def bench_service(photo: bytes, clients: int, seconds: float, bound_ms: float) -> dict[str, float]:
    """Inspections a second over HTTP with concurrent clients, durable, against the bound on every core."""
    cores = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        try:
            headers = {"Authorization": f"Bearer {server.token}"}
            with httpx.Client(base_url=server.url, headers=headers, timeout=60) as client:
                client.put("/v1/microfactories/mf-bench", json={"name": "Bench", "place": "Nairobi"})
                design = {"name": "Disc", "category": "pendant", "material": "brass", "stage": "raw"}
                client.put("/v1/designs/bench", json=design | {"approved_low": 1, "approved_high": 5})
                idle = server.peak_megabytes()
                until = time.perf_counter() + seconds
                start = time.perf_counter()
                with ThreadPoolExecutor(clients) as pool:
                    spent = list(pool.map(lambda _: _send_until(client, photo, until), range(clients)))
                elapsed = time.perf_counter() - start
            took = sorted(value for part in spent for value in part)
            rate = len(took) / elapsed
            return {
                "requests_per_s": rate,
                "bound_per_s": cores * 1e3 / bound_ms,
                "share_of_bound": rate / (cores * 1e3 / bound_ms),
                "median_ms": took[len(took) // 2] * 1e3,
                "p95_ms": took[int(len(took) * 0.95)] * 1e3,
                "idle_peak_mb": idle,
                "loaded_peak_mb": server.peak_megabytes(),
            }
        finally:
            server.stop()


def _send_until(client: httpx.Client, photo: bytes, until: float) -> list[float]:
    context = {"microfactory": "mf-bench", "design": "bench", "lot": None, "piece": None, "views": ["front"]}
    took = []
    while time.perf_counter() < until:
        start = time.perf_counter()
        answer = client.put(
            f"/v1/inspections/{uuid.uuid4()}",
            data={"context": json.dumps(context | {"taken_at": None})},
            files={"photo": ("photo.jpg", photo, "image/jpeg")},
        )
        if answer.status_code == 503:
            time.sleep(float(answer.headers["Retry-After"]))
            continue
        assert answer.status_code == 201, answer.text
        took.append(time.perf_counter() - start)
    return took


def phone_sized(photo: bytes) -> bytes:
    """What the phone sends: 1280 px on the longer side."""
    decoded = cv2.imdecode(np.frombuffer(photo, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    small = cv2.resize(decoded, (1280, 960), interpolation=cv2.INTER_AREA)
    return cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes()


def in_display_p3(photo: bytes) -> bytes:
    """The same colours as an iPhone writes them, with its profile: the bound reads them as sRGB."""
    profile = profile_of(DISPLAY_P3)
    with Image.open(io.BytesIO(photo)) as opened:
        return saved(as_if(np.asarray(opened), profile), quality=85, icc_profile=profile)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=10, help="of load on the service (%(default)s)")
    parser.add_argument("--times", type=int, default=30, help="repeats of a single photo (%(default)s)")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    photo = twelve_megapixels()
    small = phone_sized(photo)
    results: dict[str, Any] = {"cores": len(os.sched_getaffinity(0))}
    results["verdict_12mp"] = bench_verdict(photo, args.times)
    results["verdict_1280px"] = bench_verdict(small, args.times)
    results["verdict_1280px_p3"] = bench_verdict(in_display_p3(small), args.times)
    for name, data in (("service_12mp", photo), ("service_1280px", small)):
        bound = results[name.replace("service", "verdict")]["bound_ms"]
        results[name] = bench_service(data, 8, args.seconds, bound)
    results["training"] = bench_training()
    if args.json:
        print(json.dumps(results, indent=2))
        return
    for title, figures in results.items():
        if isinstance(figures, dict):
            print(f"{title:<16}" + "  ".join(f"{key} {value:.4g}" for key, value in figures.items()))
        else:
            print(f"{title:<16}{figures}")


def bench_training(rounds: int = 3, steps: int = 4) -> dict[str, float]:
    """Images a second of the real loop (decode cache, augmentation, targets) against one repeated batch."""
    # Imported here: everything above runs where torch is not installed.
    import torch

    from ubora.training.augment.phone import Augmenter
    from ubora.training.data.loader import PhotoLoader
    from ubora.training.data.photos import PhotoDataset
    from ubora.training.loop.losses import batch_losses, look
    from ubora.training.loop.memory import keep_freed_memory
    from ubora.training.network import Network, NetworkSpec
    from ubora.training.recipe import read_recipe

    keep_freed_memory()  # for both loops, as `ubora train run` does
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    cv2.setNumThreads(1)
    manifest, recipe = read_manifest(SAMPLE), read_recipe("jewelry")
    spec = NetworkSpec.of(recipe, manifest.card.taxonomy.defects, piece=True, variance=True)
    network = Network(spec).to(memory_format=torch.channels_last)
    network.freeze("norms")  # a frozen backbone is asked once, and no photo is decoded in its loop
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-5)
    photos = PhotoDataset(
        manifest.split("train"), spec, cache_mb=recipe.cache_mb, augmenter=Augmenter(recipe.augment)
    )
    for _ in photos.prepare():
        pass
    batches = PhotoLoader(photos, recipe.batch, 0, shuffled=True, workers=recipe.workers)
    bank = 0.1 * torch.randn(MOST_CELLS, spec.descriptor_size)

    def step(batch: Any) -> None:
        looked = look(network, batch, [bank] * len(batch.labels))
        losses = batch_losses(looked, batch, recipe.loss, spec)
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(losses["total"])
        torch.nn.utils.clip_grad_norm_(network.parameters(), recipe.clip_norm)
        optimizer.step()

    fixed = next(iter(batches.epoch(0)))
    step(fixed)
    bare, real = 0.0, 0.0
    for epoch in range(1, rounds + 1):
        coming = batches.epoch(epoch)
        next(coming)  # the workers' start is not the loop's speed
        start = time.perf_counter()
        for _ in range(steps):
            step(next(coming))
        real += time.perf_counter() - start
        for _ in coming:  # so that no worker runs beside the bare loop
            pass
        start = time.perf_counter()
        for _ in range(steps):
            step(fixed)
        bare += time.perf_counter() - start
    seen = rounds * steps * len(fixed.photos)
    return {"images_per_s": seen / real, "bare_per_s": seen / bare, "share_of_bare": bare / real}


if __name__ == "__main__":
    main()
