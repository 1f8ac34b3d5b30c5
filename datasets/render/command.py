"""Renders photographs of handmade jewelry with exact labels, as a function of a seed.

    ubora data render --out datasets/rendered --pieces 400 --seed 1

A run that was stopped goes on where it was. Needs the `render` extra (Mitsuba, Open Image Denoise) and, for
speed, LLVM 19 (Debian: libllvm19).

    ValueError
    ├── SettingsError        wrong or contradicting options
    ├── light.ProbeError     a folder of light probes that is of no use
    └── scene.SceneError     a scene that does not render to a picture
"""

import argparse
import sys
from pathlib import Path

from ubora.datasets.render.designs.cousins import KINSHIPS
from ubora.datasets.render.run import render_set
from ubora.datasets.render.settings import Settings


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this verb's options."""
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the dataset folder to write")
    parser.add_argument("--pieces", type=int, required=True, metavar="N", help="how many pieces")
    parser.add_argument("--seed", type=int, required=True, metavar="S", help="what the set is a function of")
    parser.add_argument(
        "--views",
        type=int,
        default=3,
        help="photos a piece: front, side, detail, back, and again (default 3)",
    )
    parser.add_argument("--size", type=int, default=512, help="pixels along each side (default 512)")
    parser.add_argument(
        "--samples", type=int, default=10, help="rays a pixel of the piece before denoising (default 10)"
    )
    parser.add_argument(
        "--approved-views", type=int, default=2, metavar="V",
        help="photos of the approved sample of each design (default 2)",
    )  # fmt: skip
    parser.add_argument(
        "--workers", type=int, default=1, help="processes; one uses every core already (default 1)"
    )
    parser.add_argument(
        "--format",
        choices=("jpg", "webp"),
        default="jpg",
        help="of the photos; webp takes half the space (jpg)",
    )
    parser.add_argument(
        "--twins", action="store_true", help="also keep each defective photo without its defects"
    )
    parser.add_argument(
        "--only", nargs="+", default=(), metavar="CATEGORY", help="draw pieces of these categories alone"
    )
    parser.add_argument(
        "--cousins",
        nargs="?",
        const="near",
        choices=KINSHIPS,
        help="designs of the set's own, each near one of the catalogue (the default) or, of its form alone, "
        "distant",
    )
    parser.add_argument(
        "--pieces-a-design", type=int, default=1, metavar="N",
        help="pieces made of each cousin, beside its approved sample (default 1)",
    )  # fmt: skip
    parser.add_argument(
        "--defects", nargs="+", default=(), metavar="CLASS",
        help="every piece has one of these, where its design can; otherwise half have none",
    )  # fmt: skip
    parser.add_argument(
        "--environments", type=Path, metavar="FOLDER", help="light probes (.hdr) beside the drawn rooms"
    )


def run(args: argparse.Namespace) -> int:
    """Render, write the manifest, print what was made. 1 where a piece was skipped."""
    settings = Settings(
        args.seed, args.views, args.size, args.samples, args.environments, args.approved_views, args.format,
        args.twins, tuple(args.only), args.cousins, args.pieces_a_design, tuple(args.defects),
    )  # fmt: skip
    report = render_set(args.out, args.pieces, settings, args.workers)
    for name, reason in report.skipped:
        print(f"skipped {name}: {reason}", file=sys.stderr)
    print(
        f"{args.out}: {report.photos} photos of {report.pieces} pieces, "
        f"{report.photos_defective} with defects; {report.photos_new} new "
        f"at {report.photos_a_minute:.1f} images a minute; {len(report.skipped)} pieces skipped"
    )
    return 1 if report.skipped or not report.photos else 0
