"""What became of all that an import met: files used, files left out and why, faults, and what was decided.

account = Account()
with account.each("export.json: task 7"):
    ...                          # a ManifestError in here is noted, and the import goes on to the next
account.settle(skip_bad=False)   # all faults at once, as one ManifestError
print(account.summary(root, out))
"""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ubora.datasets.formats.intake.places import at
from ubora.datasets.manifest import ManifestError
from ubora.datasets.masks import PHOTO_SUFFIXES

_SYSTEM_NAMES = ("thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "@eadir", "$recycle.bin")
_SHOWN = 5
"""Names of files that are shown for one reason; the count says how many more there are."""


@dataclass
class Account:
    """Kept while a source is read; printed at the end."""

    used: set[Path] = field(default_factory=set)
    """Files of the source whose content went into the dataset."""
    left_out: dict[Path, str] = field(default_factory=dict)
    """File → why; a file with no word here is told by its kind."""
    faults: list[str] = field(default_factory=list)
    """Each with its place: left out where bad things are skipped, else a reason to refuse all."""
    notes: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """What was decided → where."""

    @contextmanager
    def each(self, where: str) -> Iterator[None]:
        """Note the fault of one of many, with its place, and go on."""
        try:
            with at(where):
                yield
        except ManifestError as error:
            self.faults.append(str(error))

    def note(self, what: str, where: str) -> None:
        """Something that was decided for the reader, who may have meant otherwise."""
        if where not in self.notes[what]:
            self.notes[what].append(where)

    def settle(self, *, skip_bad: bool, left: int) -> None:
        """Raise what is wrong, all of it in one message.

        Args:
            skip_bad: go on without what is bad.
            left: photos that came through.

        Raises:
            ManifestError: a fault that is not to be skipped, or nothing left.
        """
        if not self.faults or (skip_bad and left):
            return
        if len(self.faults) == 1 and not skip_bad:
            raise ManifestError(f"{self.faults[0]} (--skip-bad goes on without it)")
        asked = "no photo is left without them" if skip_bad else "--skip-bad goes on without them"
        count = f"{len(self.faults)} fault{'s' if len(self.faults) > 1 else ''}"
        raise ManifestError(f"{count}, expected none ({asked}):\n" + _list(self.faults))

    def summary(self, root: Path, out: Path) -> str:
        """How many files lie below `root`, which were used and which not, and why; what was decided."""
        seen = set(_files_below(root, out)) | self.used
        reasons: dict[str, list[Path]] = defaultdict(list)
        for path in sorted(seen - self.used):
            reasons[self.left_out.get(path) or _kind_of_file(path, root)].append(path)
        left = len(seen) - len(self.used)
        lines = [f"{len(seen)} files seen, {len(self.used)} used, {left} left out"]
        for reason, paths in reasons.items():
            lines.append(f"  left out, {reason}: {len(paths)} ({_shown(_named(paths, root))})")
        lines += [f"  {what}: {len(places)} ({_shown(places)})" for what, places in self.notes.items()]
        if self.faults:
            lines.append(f"  left out as bad: {len(self.faults)}\n" + _list(self.faults))
        return "\n".join(lines)


def _list(faults: Iterable[str]) -> str:
    return "\n".join(f"    {fault}" for fault in faults)


def _named(paths: list[Path], root: Path) -> list[str]:
    return [str(path.relative_to(root)) if path.is_relative_to(root) else str(path) for path in paths]


def _shown(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _files_below(root: Path, out: Path) -> Iterator[Path]:
    """All files, but those of the dataset that is being written, which may lie there too."""
    own = out.resolve()
    for folder, below, names in os.walk(root):
        below[:] = [name for name in below if (Path(folder) / name).resolve() != own]
        yield from (Path(folder) / name for name in names)


def of_the_system(path: Path, root: Path) -> bool:
    """A file that a desktop made for itself, or a hidden one."""
    parts = path.relative_to(root).parts
    return any(part.startswith(".") or part.lower() in _SYSTEM_NAMES for part in parts)


def _kind_of_file(path: Path, root: Path) -> str:
    if of_the_system(path, root):
        return "hidden or of the system"
    if path.suffix.lower() in PHOTO_SUFFIXES:
        return "photos or masks that no label names"
    if path.suffix.lower() in (".json", ".csv"):
        return "label files that were not asked for"
    return "neither photo nor label"
