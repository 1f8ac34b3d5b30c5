"""Where releases lie, and which of them is champion.

    ubora model list                              ubora model show champion
    ubora model verify champion                   ubora model promote ubora-2026.11
    ubora model rollback

A release is a bundle under `models/releases/`. `aliases.json` beside them points champion, challenger and
shadow at releases and keeps the champions before, so that a rollback needs no memory. It is replaced
atomically; a running service sees the change and loads the new champion without a restart.
"""

import argparse
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from models.bundle import RECORD, BundleError, BundleRecord, read_bundle
from models.inspector import Inspector

Alias = Literal["champion", "challenger", "shadow"]
ALIASES: tuple[Alias, ...] = ("champion", "challenger", "shadow")
ALIAS_FILE = "aliases.json"
RELEASES = Path(__file__).parent / "releases"


class Change(BaseModel):
    """One promotion or rollback."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: str
    alias: Alias
    release: str
    before: str | None
    why: str


class Aliases(BaseModel):
    """`aliases.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    champion: str | None = None
    challenger: str | None = None
    shadow: str | None = None
    earlier_champions: tuple[str, ...] = ()
    """The last is what a rollback returns to."""
    history: tuple[Change, ...] = ()


def read_aliases(releases: Path) -> Aliases:
    """The aliases of a releases folder; none where the file does not exist yet.

    Raises:
        BundleError: the file is not an alias file.
    """
    path = releases / ALIAS_FILE
    try:
        return Aliases.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Aliases()
    except ValidationError as error:
        raise BundleError(f"{path}: {error.errors(include_url=False)[0]['msg']}") from None


def release_folder(releases: Path, name: str) -> Path:
    """The folder of a release or alias.

    Raises:
        BundleError: no such release, or an alias that points at none.
    """
    if name in ALIASES:
        target = getattr(read_aliases(releases), name)
        if target is None:
            raise BundleError(f"{releases}: no {name} yet; `ubora model promote NAME` makes one")
        name = target
    folder = releases / name
    if Path(name).name != name or not (folder / RECORD).is_file():
        known = ", ".join(release_names(releases)) or "none"
        raise BundleError(f"{releases}: no release {name!r}; there are: {known}")
    return folder


def release_names(releases: Path) -> list[str]:
    if not releases.is_dir():
        return []
    return sorted(p.name for p in releases.iterdir() if (p / RECORD).is_file() and p.name[0] != ".")


def promote(releases: Path, name: str, *, alias: Alias = "champion", why: str = "") -> Aliases:
    """Point an alias at a release that has just been verified in full.

    Raises:
        BundleError: no such release, or one that must not be served; the alias stays as it was.
    """
    folder = release_folder(releases, name)
    Inspector.load(folder)
    before = read_aliases(releases)
    current = getattr(before, alias)
    if current == folder.name:
        raise BundleError(f"{folder.name} is the {alias} already")
    earlier = before.earlier_champions
    if alias == "champion" and current is not None:
        earlier = (*earlier, current)
    return _write(releases, before, alias, folder.name, earlier, why or "promoted")


def rollback(releases: Path, *, why: str = "") -> Aliases:
    """Make the champion before this one champion again, verified in full.

    Raises:
        BundleError: there is none, or it must not be served.
    """
    before = read_aliases(releases)
    if not before.earlier_champions:
        raise BundleError(f"{releases}: no earlier champion to return to")
    target = before.earlier_champions[-1]
    Inspector.load(release_folder(releases, target))
    return _write(releases, before, "champion", target, before.earlier_champions[:-1], why or "rolled back")


def _write(
    releases: Path, before: Aliases, alias: Alias, release: str, earlier: tuple[str, ...], why: str
) -> Aliases:
    change = Change(
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        alias=alias,
        release=release,
        before=getattr(before, alias),
        why=why,
    )
    after = before.model_copy(
        update={alias: release, "earlier_champions": earlier, "history": (*before.history, change)}
    )
    path = releases / ALIAS_FILE
    partial = path.with_suffix(".partial")
    with partial.open("w", encoding="utf-8") as file:
        file.write(after.model_dump_json(indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    return after


def _releases_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--releases", type=Path, default=RELEASES, help="the folder of releases (%(default)s)"
    )


def configure_list(parser: argparse.ArgumentParser) -> None:
    _releases_option(parser)
    parser.add_argument("--json", action="store_true")


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
        print(f"no releases in {args.releases}")
    return 0


def configure_show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("release", help="a release or an alias")
    _releases_option(parser)
    parser.add_argument("--json", action="store_true", help="the whole record")


def run_show(args: argparse.Namespace) -> int:
    record = read_bundle(release_folder(args.releases, args.release))
    if args.json:
        print(record.model_dump_json(indent=2))
        return 0
    print(f"{record.name}  version {record.version}  made {record.created_at}")
    print(f"input    {record.input.size} × {record.input.size} {record.input.colour} {record.input.dtype}")
    print(f"data     {record.dataset.name}: {record.dataset.photos} photos of {record.dataset.pieces} pieces")
    print(f"promise  {record.calibration.sentence}")
    for defect in record.defects:
        print(f"  {defect.name:<12} {defect.severity:<9} flagged from score {defect.threshold:.3f}")
    print(json.dumps(record.metrics, indent=2))
    return 0


def configure_verify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("release", help="a release, an alias, or a bundle folder")
    _releases_option(parser)


def run_verify(args: argparse.Namespace) -> int:
    given = Path(args.release)
    folder = given if (given / RECORD).is_file() else release_folder(args.releases, args.release)
    record = Inspector.load(folder).record
    print(f"{record.name}: {len(record.files)} files and {len(record.golden)} golden outputs agree")
    return 0


def configure_promote(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("release")
    parser.add_argument("--alias", choices=ALIASES, default="champion")
    parser.add_argument("--why", default="", help="kept in the history")
    _releases_option(parser)


def run_promote(args: argparse.Namespace) -> int:
    after = promote(args.releases, args.release, alias=args.alias, why=args.why)
    print(f"{args.alias} is now {getattr(after, args.alias)}")
    return 0


def configure_rollback(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--why", default="", help="kept in the history")
    _releases_option(parser)


def run_rollback(args: argparse.Namespace) -> int:
    print(f"champion is now {rollback(args.releases, why=args.why).champion}")
    return 0
