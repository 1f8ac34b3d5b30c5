"""What releases there are, and what each of them is.

ubora model list                              ubora model show champion
ubora model verify champion                   ubora model sign my-first --key release.pem
"""

import argparse
import json
from pathlib import Path
from typing import Any

from ubora.models.bundle import BundleError, read_bundle
from ubora.models.inference.inspector import Inspector
from ubora.models.record import RECORD, BundleRecord
from ubora.models.registry.release_table import shown
from ubora.models.registry.releases import (
    ALIASES,
    no_champion,
    read_aliases,
    release_folder,
    release_names,
    releases_option,
)
from ubora.models.signing import SIGNATURE, sign, trusted_keys, trusted_option


def configure_list(parser: argparse.ArgumentParser) -> None:
    releases_option(parser)
    parser.add_argument("--json", action="store_true", help="the same as JSON, for programs")


def run_list(args: argparse.Namespace) -> int:
    aliases = read_aliases(args.releases)
    rows: list[dict[str, Any]] = []
    for name in release_names(args.releases):
        pointing = [alias for alias in ALIASES if getattr(aliases, alias) == name]
        try:
            record: BundleRecord | None = read_bundle(args.releases / name)
            fault = ""
        except BundleError as error:
            record, fault = None, str(error)
        rows.append(
            {
                "release": name,
                "aliases": pointing,
                "created_at": record.created_at if record else None,
                "fault": fault,
            }
        )
    if args.json:
        print(json.dumps(rows, indent=2))
        return 0
    for row in rows:
        held = " ".join(row["aliases"]) or "-"
        print(f"{row['release']:<32} {held:<12} {row['created_at'] or row['fault']}")
    if not rows:
        print(no_champion(args.releases))
    return 0


def configure_show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("release", help="a release or an alias")
    releases_option(parser)
    parser.add_argument("--json", action="store_true", help="the whole record, every figure of it")


def run_show(args: argparse.Namespace) -> int:
    record = read_bundle(release_folder(args.releases, args.release))
    if args.json:
        print(record.model_dump_json(indent=2))
        return 0
    print("\n".join(shown(record)))
    return 0


def configure_verify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("release", help="a release, an alias, or a bundle folder")
    releases_option(parser)
    trusted_option(parser)


def run_verify(args: argparse.Namespace) -> int:
    folder = _bundle(args)
    trusted = trusted_keys(args.release_keys)
    record = Inspector.load(folder, trusted=trusted).record
    signed = "" if trusted is None else f", signed by {trusted.check(record, folder)}"
    print(f"{record.name}: {len(record.files)} files and {len(record.golden)} golden outputs agree{signed}")
    return 0


def configure_sign(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("release", help="a release, an alias, or a bundle folder")
    parser.add_argument(
        "--key",
        type=Path,
        required=True,
        metavar="FILE",
        help="an Ed25519 private key, PEM, without a password",
    )
    releases_option(parser)


def run_sign(args: argparse.Namespace) -> int:
    folder = _bundle(args)
    record = Inspector.load(folder).record
    print(f"{record.name}: signed by {sign(record, folder, args.key)} in {folder / SIGNATURE}")
    return 0


def _bundle(args: argparse.Namespace) -> Path:
    given = Path(args.release)
    return given if (given / RECORD).is_file() else release_folder(args.releases, args.release)
