"""Promotion and rollback: what is verified, and held to its gates, before an alias moves.

    ubora model promote my-first                  ubora model rollback
    ubora train compare champion ubora-2026.12 datasets/rendered --json comparison.json
    ubora model promote ubora-2026.12 --comparison comparison.json

The first champion passes the gates of a bundle alone; each one after it is also held against the champion of
the day, by a comparison of just these two (`gates.py`). `--force --why REASON` promotes past the gates, and
the history keeps both. Nothing gets past hashes and golden outputs.
"""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ubora.models.bundle import BundleError, graph_bytes, read_bundle
from ubora.models.inference.inspector import Inspector
from ubora.models.record import BundleRecord
from ubora.models.registry.comparison import Comparison, Side, read_comparison
from ubora.models.registry.gates import Gate, GateError, gates_against, gates_alone
from ubora.models.registry.releases import ALIAS_FILE, Alias, Aliases, Change, read_aliases, release_folder
from ubora.models.signing import TrustedKeys


def promote(
    releases: Path,
    name: str,
    *,
    alias: Alias = "champion",
    why: str = "",
    comparison: Path | Comparison | None = None,
    force: bool = False,
    trusted: TrustedKeys | None = None,
) -> Aliases:
    """Point an alias at a release that has just been verified in full and passes its gates.

    Args and errors as `checked_promotion`.
    """
    checked = checked_promotion(
        releases, name, alias=alias, why=why, comparison=comparison, force=force, trusted=trusted
    )
    return checked.write()


def rollback(releases: Path, *, why: str = "", trusted: TrustedKeys | None = None) -> Aliases:
    """Make the champion before this one champion again; errors as `checked_rollback`."""
    return checked_rollback(releases, why=why, trusted=trusted).write()


def checked_promotion(
    releases: Path,
    name: str,
    *,
    alias: Alias = "champion",
    why: str = "",
    comparison: Path | Comparison | None = None,
    force: bool = False,
    trusted: TrustedKeys | None = None,
) -> "CheckedChange":
    """A promotion that may be made: verified, and held to its gates; nothing is written yet.

    Args:
        why: kept in the history; a forced promotion needs one.
        comparison: what `ubora train compare` wrote of the champion and this release, or the file that it is
            in; a champion that replaces another needs it.
        force: promote past failed gates and a missing comparison, and say so in the history. Not past
            hashes, golden outputs and signatures.
        trusted: one of them must have signed it; None takes any.

    Raises:
        GateError: it failed a gate, there is no comparison, or one is forced without a reason.
        BundleError: no such release, one that must not be served, or a comparison of others. The alias stays
            as it was.
    """
    if force and not why.strip():
        raise GateError("a forced promotion needs a reason, which the history keeps: --force --why REASON")
    folder = release_folder(releases, name)
    record = Inspector.load(folder, trusted=trusted).record
    before = read_aliases(releases)
    current = getattr(before, alias)
    if current == folder.name:
        raise BundleError(f"{folder.name} is the {alias} already")
    gates = gates_alone(record, graph_bytes(folder))
    if alias == "champion" and current is not None:
        gates += _gates_beside(releases, current, record, comparison)
    failed = tuple(gate.sentence() for gate in gates if not gate.passed)
    if failed and not force:
        raise GateError(
            f"{folder.name} may not be {alias}: {'; '.join(failed)}. Past this: --force --why REASON"
        )
    earlier = before.earlier_champions
    if alias == "champion" and current is not None:
        earlier = (*earlier, current)
    change = _change(before, alias, folder.name, why or "promoted", forced=force, failed=failed)
    return CheckedChange(releases, before, change, earlier)


def _gates_beside(
    releases: Path, champion: str, record: BundleRecord, comparison: Path | Comparison | None
) -> list[Gate]:
    """The gates against the champion; without a comparison a single one, which is failed."""
    if comparison is None:
        command = f"ubora train compare {champion} {record.name} DATASET --json FILE"
        return [
            Gate(
                "comparison",
                False,
                f"none with the champion {champion}",
                f"--comparison FILE, which `{command}` writes",
                "a champion is replaced by what was shown to be no worse",
            )
        ]
    compared = read_comparison(comparison) if isinstance(comparison, Path) else comparison
    where = str(comparison) if isinstance(comparison, Path) else "the comparison"
    _must_be_of(compared, where, read_bundle(release_folder(releases, champion)), record)
    return gates_against(compared)


def _must_be_of(compared: Comparison, file: str, champion: BundleRecord, record: BundleRecord) -> None:
    """Raise BundleError where a comparison is not of the champion (A) and this release (B)."""

    def is_of(side: Side, expected: BundleRecord) -> bool:
        return (side.name, side.record_sha256) == (expected.name, expected.record_sha256)

    for letter, side, expected in (("A", compared.a, champion), ("B", compared.b, record)):
        if not is_of(side, expected):
            found = f"{side.name} {(side.record_sha256 or 'a run')[:12]}"
            raise BundleError(
                f"{file}: {letter} is {found}, expected {expected.name} {expected.record_sha256[:12]}; "
                f"compare {champion.name} with {record.name} again"
            )


def checked_rollback(releases: Path, *, why: str = "", trusted: TrustedKeys | None = None) -> "CheckedChange":
    """The champion before this one, verified in full to be champion again; nothing is written yet.

    Raises:
        BundleError: there is none, or it must not be served.
    """
    before = read_aliases(releases)
    if not before.earlier_champions:
        raise BundleError(f"{releases}: no earlier champion to return to")
    target = before.earlier_champions[-1]
    Inspector.load(release_folder(releases, target), trusted=trusted)
    change = _change(before, "champion", target, why or "rolled back")
    return CheckedChange(releases, before, change, before.earlier_champions[:-1])


@dataclass(frozen=True)
class CheckedChange:
    """A change that may be made; `write` makes it."""

    releases: Path
    before: Aliases
    change: Change
    earlier_champions: tuple[str, ...]

    def write(self) -> Aliases:
        """Raises BundleError where the aliases were changed meanwhile: then nothing is written."""
        path = self.releases / ALIAS_FILE
        if read_aliases(self.releases) != self.before:
            raise BundleError(f"{path}: changed meanwhile; look at it again")
        changed = {self.change.alias: self.change.release, "earlier_champions": self.earlier_champions}
        history = (*self.before.history, self.change)
        after = self.before.model_copy(update=changed | {"history": history})
        partial = path.with_suffix(".partial")
        with partial.open("w", encoding="utf-8") as file:
            file.write(after.model_dump_json(indent=2) + "\n")
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        return after


def _change(
    before: Aliases,
    alias: Alias,
    release: str,
    why: str,
    *,
    forced: bool = False,
    failed: tuple[str, ...] = (),
) -> Change:
    return Change(
        at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        alias=alias,
        release=release,
        before=getattr(before, alias),
        why=why,
        forced=forced,
        failed_gates=failed,
    )
