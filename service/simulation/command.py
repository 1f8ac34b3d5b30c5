"""A network whose truth is known, played for a year: what its numbers say of it, and whom they would wrong.

    ubora simulate                                        # 2,500 workshops, 52 weeks: a table
    ubora simulate --workshops 200 --weeks 13 --data var/simulated     # also into a ledger, to be looked at
    ubora serve --data var/simulated

All that is assumed is an option. What is played into a ledger goes through the same counts as what phones
send; photos are not made, and their rows say so.
"""

import argparse
import json
import sys
from dataclasses import asdict, fields
from pathlib import Path

from tqdm import tqdm

from ubora.service.settings import Settings
from ubora.service.simulation.lines import WIDTH
from ubora.service.simulation.playing import play
from ubora.service.simulation.trial import lines
from ubora.service.simulation.world import World, made

_HELP = {
    "workshops": "how many",
    "weeks": "how long",
    "pieces_a_week": "of the median workshop",
    "spread": "of how many pieces they make, as the deviation of its logarithm",
    "good": "mean chance of a piece to be good",
    "strength": "how alike workshops are; more is more alike",
    "worsens": "share of workshops that get worse",
    "by": "of their chance to be good",
    "improves": "share of workshops that begin worse by as much and get better",
    "missed": "defective pieces that the machine passes",
    "false_flags": "good pieces that it flags",
    "audited": "passed pieces that are looked at",
}


def configure(parser: argparse.ArgumentParser) -> None:
    for one in fields(World):
        name, default = one.name.replace("_", "-"), getattr(World, one.name)
        parser.add_argument(
            f"--{name}", type=type(default), default=default, help=f"{_HELP[one.name]} (%(default)s)"
        )
    parser.add_argument("--seed", type=int, default=7, help="another one is another year (%(default)s)")
    parser.add_argument("--data", type=Path, help="a folder without a ledger, into which the year is played")
    parser.add_argument("--json", action="store_true", help="the table as JSON")


def run(args: argparse.Namespace) -> int:
    world = World(**{one.name: getattr(args, one.name) for one in fields(World)})
    _check(world)
    year = made(world, args.seed)
    if args.data is not None:
        bar = tqdm(total=world.weeks, desc="play", unit="week", disable=not sys.stderr.isatty())
        with bar:
            count = play(year, Settings(data=args.data), args.seed, lambda: bar.update())
        print(f"{count} pieces played into {args.data}: ubora serve --data {args.data}", file=sys.stderr)
    table = list(lines(year))
    if args.json:
        print(
            json.dumps({"world": asdict(world), "seed": args.seed, "lines": [asdict(line) for line in table]})
        )
        return 0
    print(f"{'':<{WIDTH}} {'found':>8} {'of':>7}  expected")
    for line in table:
        print(line.text().rstrip())
    return 0


class SimulationError(ValueError):
    """A world that cannot be: which assumption, and what was expected."""


def _check(world: World) -> None:
    for name in ("good", "worsens", "by", "improves", "missed", "false_flags", "audited"):
        value = getattr(world, name)
        if not 0 <= value <= 1:
            raise SimulationError(f"--{name.replace('_', '-')} {value}; expected 0 to 1")
    if not 0 < world.good < 1:
        raise SimulationError(f"--good {world.good}; expected above 0 and below 1")
    for name, least in (("workshops", 10), ("weeks", 8)):
        if getattr(world, name) < least:
            raise SimulationError(f"--{name} {getattr(world, name)}; expected at least {least}")
    if world.pieces_a_week <= 0 or world.strength <= 0 or world.spread < 0:
        raise SimulationError("--pieces-a-week and --strength above 0, --spread at least 0")
