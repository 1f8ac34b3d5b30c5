"""Where releases lie, and which of them is champion.

A release is a bundle under `models/releases/`. `aliases.json` beside them points champion, challenger and
shadow at releases and keeps the champions before, so that a rollback needs no memory. It is replaced
atomically; a running service sees the change and loads the new champion without a restart. `promotion.py`
changes it.
"""

import argparse
import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from ubora.models.bundle import BundleError
from ubora.models.naming import did_you_mean
from ubora.models.record import RECORD

Alias = Literal["champion", "challenger", "shadow"]
ALIASES: tuple[Alias, ...] = ("champion", "challenger", "shadow")
ALIAS_FILE = "aliases.json"
RELEASES = Path(__file__).resolve().parent.parent / "releases"


class Change(BaseModel):
    """One promotion or rollback."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: str
    alias: Alias
    release: str
    before: str | None
    why: str
    forced: bool = False
    """Promoted although it failed gates, or was held to none."""
    failed_gates: tuple[str, ...] = ()
    """What was found and expected, a sentence each; kept for a forced promotion."""


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
            raise BundleError(no_champion(releases, name))
        if not (releases / target / RECORD).is_file():
            raise BundleError(f"{releases}: {name} is {target}, which is not there; {where_to_get_one()}")
        name = target
    folder = releases / name
    if Path(name).name != name or not (folder / RECORD).is_file():
        known = release_names(releases)
        if not known:
            raise BundleError(f"{releases}: no release {name!r}, nor any other; {where_to_get_one()}")
        meant = did_you_mean(name, (*known, *ALIASES))
        raise BundleError(f"{releases}: no release {name!r}{meant}; there are: {', '.join(known)}")
    return folder


def no_champion(releases: Path, alias: str = "champion") -> str:
    """What is said where an alias points at no release: what to promote, or where to get one."""
    known = release_names(releases)
    if known:
        return f"{releases}: no {alias} yet; `ubora model promote NAME` makes one of: {', '.join(known)}"
    return f"{releases}: no {alias}, and no releases; {where_to_get_one()}"


def where_to_get_one() -> str:
    """A wheel carries none, and nor does a checkout without its large files: they stand beside the code."""
    return (
        "an installed package carries none. Take the folder models/releases of a whole checkout of Ubora: "
        "--releases FOLDER (or UBORA_RELEASES); or make one: `ubora train run`, "
        "`ubora train export RUN --name NAME`, `ubora model promote NAME`"
    )


def release_names(releases: Path) -> list[str]:
    if not releases.is_dir():
        return []
    return sorted(p.name for p in releases.iterdir() if (p / RECORD).is_file() and p.name[0] != ".")


def releases_option(parser: argparse.ArgumentParser, what: str = "the folder of releases") -> None:
    """`--releases FOLDER`; where it is not given UBORA_RELEASES says it, else it is beside this code."""
    default = os.environ.get("UBORA_RELEASES") or RELEASES
    parser.add_argument(
        "--releases", type=Path, default=default, help=f"{what}; UBORA_RELEASES says it too (%(default)s)"
    )
