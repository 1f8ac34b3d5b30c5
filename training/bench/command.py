"""Proof on real photographs: public sets with published figures, photos of sold pieces, painted defects.

    ubora train bench magnetic-tile var/magnetic-tile --out runs/tiles --anomalib ANOMALIB_VENV/bin/python
    ubora train bench elpv var/elpv --out runs/elpv
    ubora train bench phone-photos PHOTOS --judged champion --sheet sheet.html
    ubora train bench painted PHOTOS --judged champion --sheet painted.html
    ubora train bench beside datasets/rendered --judged champion
    ubora train bench accepted datasets/rendered --judged champion
    ubora train bench workshop PHOTOS --from champion --rehearsal datasets/rendered --work var/workshop
    ubora train bench curve var/magnetic-tile --from champion --work runs/tile-curve
    ubora train bench folder DIR --references 4
    ubora train bench seen-before datasets/rendered

Each prints a table and, with --json, writes every figure. Public sets are trained on by their recipe, or a
finished run or bundle is judged (--judged). What each bench measures, and what it cannot say, stands in its
own file under training/bench/.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from ubora.datasets.manifest import write_whole
from ubora.models.registry.releases import releases_option
from ubora.training.bench import seen_before
from ubora.training.bench.approved import accepted, beside, curve, folder
from ubora.training.bench.painted import measure as painted
from ubora.training.bench.phone import photos as phone_photos
from ubora.training.bench.phone import workshop
from ubora.training.bench.public import elpv, magnetic_tile
from ubora.training.loop.job import TrainingError

BENCHES = {
    "magnetic-tile": magnetic_tile,
    "elpv": elpv,
    "phone-photos": phone_photos,
    "painted": painted,
    "beside": beside,
    "accepted": accepted,
    "workshop": workshop,
    "folder": folder,
    "curve": curve,
    "seen-before": seen_before,
}
"""Each offers `configure(parser)`, `measure(args) -> figures` and `lines(figures) -> table`."""


def configure(parser: argparse.ArgumentParser) -> None:
    benches = parser.add_subparsers(dest="bench", required=True, metavar="BENCH")
    for name, bench in BENCHES.items():
        own = benches.add_parser(
            name, description=bench.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        own.add_argument(
            "--json", type=Path, metavar="FILE", help="also write every figure here; - prints them"
        )
        releases_option(own)
        bench.configure(own)


def run(args: argparse.Namespace) -> int:
    for name in ("json", "sheet"):
        file = getattr(args, name, None)
        # Said before an hour of training, not after it.
        if file is not None and not file.resolve().parent.is_dir():
            raise TrainingError(f"{file}: its folder does not exist")
    bench = BENCHES[args.bench]
    figures: dict[str, Any] = {"bench": args.bench, **bench.measure(args)}
    written = json.dumps(figures, indent=2)
    if args.json is not None and str(args.json) == "-":
        print(written)
        return 0
    if args.json is not None:
        write_whole(args.json, (written + "\n").encode())
    print("\n".join(bench.lines(figures)))
    return 0
