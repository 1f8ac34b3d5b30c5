"""Speed and memory, each as a ratio to a bound measured in the same run.

    make bench            or: python -m tests.bench --seconds 10
    python -m tests.bench --litserve other/bin/python        another server with the same inspection beside it

Timings depend on the machine and are never asserted; the ratios are what to compare.
"""

import argparse
import json
import os
from pathlib import Path
from typing import Any

from tests.bench.photos import in_display_p3, many, phone_sized, twelve_megapixels
from tests.bench.service import bench_alone, bench_litserve, bench_service
from tests.bench.training import bench_training
from tests.bench.verdicts import bench_verdict

PHOTOS = 120


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=10, help="of load on the service (%(default)s)")
    parser.add_argument("--times", type=int, default=30, help="repeats of a single photo (%(default)s)")
    parser.add_argument("--litserve", type=Path, help="a Python that has litserve beside our requirements")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    photo = twelve_megapixels()
    small = phone_sized(photo)
    results: dict[str, Any] = {"cores": len(os.sched_getaffinity(0))}
    results["verdict_12mp"] = bench_verdict(photo, args.times)
    results["verdict_1280px"] = bench_verdict(small, args.times)
    results["verdict_1280px_p3"] = bench_verdict(in_display_p3(small), args.times)
    photos = many(PHOTOS)
    alone = results["alone"] = bench_alone(photos, args.seconds)
    found = results["service"] = bench_service(photos, args.seconds)
    found["share_of_alone"] = found["requests_per_s"] / alone["photos_per_s"]
    found["alone_of_cpu"] = alone["cpu_ms"] / found["cpu_ms"]
    if args.litserve is not None:
        other = results["litserve"] = bench_litserve(photos, args.seconds, args.litserve)
        found["of_litserve"] = found["requests_per_s"] / other["requests_per_s"]
    results["training"] = bench_training()
    if args.json:
        print(json.dumps(results, indent=2))
        return
    for title, figures in results.items():
        if isinstance(figures, dict):
            print(f"{title:<18}" + "  ".join(f"{key} {value:.4g}" for key, value in figures.items()))
        else:
            print(f"{title:<18}{figures}")


if __name__ == "__main__":
    main()
