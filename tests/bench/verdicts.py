"""One photo from bytes to verdict, beside a bound of the same run."""

import statistics
import time
from collections.abc import Callable

import cv2
import numpy as np

from ubora.models.inference.inspector import Inspector
from ubora.models.inference.preprocess import Letterbox
from ubora.models.registry.releases import RELEASES, release_folder
from ubora.models.verdict import decide


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
