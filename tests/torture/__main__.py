"""Everything that a bad day does to the service, in one go, with a table of what came out.

    make torture                                      all of it, about a quarter of an hour
    python -m tests.torture --seconds 600 kills       ten minutes of kill -9
    python -m tests.torture --again                   from the start, whatever was done before

Each trial starts a real `ubora serve` in a folder of its own. What a finished trial found is kept in
`var/torture.json`; a run that was stopped goes on with the trials that are left. Exit code 1 where one
did not hold. The short form of each is in `make test`.
"""

import argparse
import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any

TRIALS = {
    "hostile_files": "hostile files",
    "slow_clients": "slow clients",
    "memory": "memory",
    "locked_ledger": "locked ledger",
    "full_disk": "full disk",
    "clock_steps": "clock steps",
    "kills": "kill -9",
    "faults": "a network that cuts, delays and repeats",
    "backups": "backup under load",
    "soak": "as many photos as the machine bears, for long",
}
"""Module of this package, with `run(report, seconds) -> bool` → what it tries."""
KEPT = Path("var/torture.json")


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.torture",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("trials", nargs="*", metavar="TRIAL", help=f"some of {', '.join(TRIALS)} (all)")
    parser.add_argument("--seconds", type=float, default=60.0, help="for each trial, about (60)")
    parser.add_argument("--again", action="store_true", help="forget what was done before")
    args = parser.parse_args()
    unknown = [name for name in args.trials if name not in TRIALS]
    if unknown:
        parser.error(f"no trial {unknown[0]!r}; expected some of {', '.join(TRIALS)}")
    kept: dict[str, Any] = {} if args.again or not KEPT.is_file() else json.loads(KEPT.read_text())
    for name in args.trials or TRIALS:
        if name not in kept or args.trials:
            kept[name] = _tried(name, args.seconds)
            KEPT.parent.mkdir(exist_ok=True)
            KEPT.write_text(json.dumps(kept, indent=1))
    _print_table({name: kept[name] for name in args.trials or TRIALS})
    failed = [name for name in args.trials or TRIALS if not kept[name]["held"]]
    if not failed and not args.trials:
        # All of it held: the next run is a new one.
        KEPT.unlink(missing_ok=True)
    return 1 if failed else 0


def _tried(name: str, seconds: float) -> dict[str, Any]:
    rows: list[tuple[str, str]] = []

    def report(what: str, came_out: str) -> None:
        rows.append((what, came_out))
        print(f"{TRIALS[name]}: {what}: {came_out}", file=sys.stderr, flush=True)

    started = time.monotonic()
    held = importlib.import_module(f"tests.torture.{name}").run(report, seconds)
    return {"held": held, "seconds": round(time.monotonic() - started), "rows": rows}


def _print_table(kept: dict[str, Any]) -> None:
    print("| trial | what | what came out | held |\n| --- | --- | --- | --- |")
    for name, outcome in kept.items():
        for number, (what, came_out) in enumerate(outcome["rows"]):
            title = f"{TRIALS[name]}, {outcome['seconds']} s" if number == 0 else ""
            held = ("yes" if outcome["held"] else "**no**") if number == 0 else ""
            print(f"| {title} | {what} | {came_out} | {held} |")


if __name__ == "__main__":
    sys.exit(main())
