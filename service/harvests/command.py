"""Reviewed photos → a dataset folder that training reads, with its counts and what is not in it.

    ubora harvest --out datasets/harvest-2026-11
    ubora harvest --out FOLDER --since 2026-11-01 --design bangle-mara --agreement adjudicated --json
    ubora harvest --out FOLDER --strongest-first --most 500

How far people agree, the strongest first: in_hand (the piece itself), adjudicated (a third person, after two
differed or the workshop contested), seconded (two said the same), single.
"""

import argparse
import json
import os
import sys
from datetime import date
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError
from tqdm import tqdm

from ubora.service.agreement.chosen import AGREEMENTS, Chosen
from ubora.service.harvests.harvest import HarvestError, harvest, summary
from ubora.service.inspections.said import Disposition
from ubora.service.settings import Settings


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, help="the dataset folder; new or empty")
    parser.add_argument("--data", type=Path, help="the service's data folder (var)")
    parser.add_argument("--database-url", help="as for `ubora serve`")
    day = date.fromisoformat
    parser.add_argument("--since", type=day, help="only reviews of that day or later, as 2026-11-01")
    parser.add_argument("--until", type=day, help="only reviews of that day or earlier")
    parser.add_argument("--release", help="only what this release inspected")
    several: dict[str, Any] = {"action": "append", "default": []}
    parser.add_argument("--microfactory", **several, help="only of this workshop; may be given again")
    parser.add_argument("--design", **several, help="only of this design; may be given again")
    decisions, agreements = get_args(Disposition), AGREEMENTS
    parser.add_argument("--decision", **several, choices=decisions, help="only what was decided so")
    parser.add_argument("--agreement", **several, choices=agreements, help="only what is agreed on so far")
    parser.add_argument(
        "--strongest-first", action="store_true", help="what more people agree on comes first"
    )
    parser.add_argument("--most", type=int, help="so many pieces, the first")
    parser.add_argument(
        "--faces", action="store_true", help="also pieces with a person in a photo, as a reviewer said"
    )
    parser.add_argument("--json", action="store_true", help="the summary as one JSON object")


def run(args: argparse.Namespace) -> int:
    settings = Settings.from_environment(os.environ, data=args.data, database_url=args.database_url)
    bar = tqdm(desc="harvest", unit="photo", disable=not sys.stderr.isatty())

    def told(at: int, of: int) -> None:
        bar.total = of
        bar.update(at + 1 - bar.n)

    with bar:
        done = harvest(settings, args.out, chosen_of(args), told)
    counts = summary(done.manifest) | {"left_out": done.left_out.as_json()}
    if args.json:
        print(json.dumps(counts))
        return 0
    print(f"{counts['photos']} photos of {counts['pieces']} pieces in {args.out}")
    for name, count in counts["defects"].items():
        print(f"  {name:<12} {count:>6}")
    print(f"  {'clean':<12} {counts['clean']:>6}\n  {'not labelled':<12} {counts['unlabelled']:>6}")
    for line in done.left_out.told():
        print(line)
    return 0


def chosen_of(args: argparse.Namespace) -> Chosen:
    """
    Raises:
        HarvestError: what is asked for fits nothing, as an end before its beginning.
    """
    try:
        return Chosen(**{name: getattr(args, name) for name in Chosen.model_fields})
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = f"--{str(fault['loc'][0]).replace('_', '-')}: " if fault["loc"] else ""
        raise HarvestError(f"{where}{fault['msg'].removeprefix('Value error, ')}") from None
