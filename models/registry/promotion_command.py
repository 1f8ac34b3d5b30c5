"""The verbs that change which release is champion, challenger or shadow.

ubora model promote ubora-2026.12 --comparison comparison.json
ubora model rollback --why "it flags too much"
"""

import argparse
from pathlib import Path

from ubora.models.registry.promotion import promote, rollback
from ubora.models.registry.releases import ALIASES, releases_option
from ubora.models.signing import trusted_keys, trusted_option


def configure_promote(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("release", help="its name, as `ubora model list` shows it")
    parser.add_argument("--alias", choices=ALIASES, default="champion", help="what it becomes (%(default)s)")
    parser.add_argument(
        "--comparison",
        type=Path,
        metavar="FILE",
        help="what `ubora train compare CHAMPION RELEASE DATASET --json FILE` wrote",
    )
    parser.add_argument("--force", action="store_true", help="past failed gates; needs --why")
    parser.add_argument("--why", default="", metavar="REASON", help="kept in the history")
    releases_option(parser)
    trusted_option(parser)


def run_promote(args: argparse.Namespace) -> int:
    after = promote(
        args.releases,
        args.release,
        alias=args.alias,
        why=args.why,
        comparison=args.comparison,
        force=args.force,
        trusted=trusted_keys(args.release_keys),
    )
    print(f"{args.alias} is now {getattr(after, args.alias)}")
    for sentence in after.history[-1].failed_gates:
        print(f"  forced past {sentence}")
    return 0


def configure_rollback(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--why", default="", help="kept in the history")
    releases_option(parser)
    trusted_option(parser)


def run_rollback(args: argparse.Namespace) -> int:
    after = rollback(args.releases, why=args.why, trusted=trusted_keys(args.release_keys))
    print(f"champion is now {after.champion}")
    return 0
