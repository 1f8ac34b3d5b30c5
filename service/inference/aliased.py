"""The release that an alias points at: noticed when it changes, verified before use, swapped in running.

shadow = AliasedRelease(releases, "shadow")
shadow.refresh()                # now and then, off the event loop
inspector = shadow.inspector    # one release from start to end; None while there is none
"""

import logging
import threading
from pathlib import Path

from ubora.models.bundle import BundleError
from ubora.models.inference.inspector import Inspector
from ubora.models.record import RECORD
from ubora.models.registry.releases import ALIAS_FILE, Alias, no_champion, read_aliases, release_folder
from ubora.models.signing import SIGNATURE, TrustedKeys
from ubora.service.http.observe import log_event

Stamp = tuple[tuple[int, int, int], ...]


class AliasedRelease:
    """Holds one Inspector; reading it is atomic. A release that must not be used is refused and logged."""

    def __init__(self, releases: Path, alias: Alias, trusted: TrustedKeys | None = None) -> None:
        self.inspector: Inspector | None = None
        self.fault: str | None = None
        self._releases = releases
        self._alias = alias
        self._trusted = trusted
        self._seen: Stamp | None = None
        self._loading = threading.Lock()

    def refresh(self) -> bool:
        """Load the release if the alias, its record or its signatures changed. Blocks: not on the event loop.

        Returns:
            whether another release is held now.
        """
        with self._loading:
            name, stamp = self._look()
            if stamp == self._seen:
                return False
            self._seen = stamp
            if name is None:
                self.fault = self.fault or no_champion(self._releases, self._alias)
                return self._let_go()
            return self._load(name)

    def _load(self, name: str) -> bool:
        before = self.inspector
        try:
            inspector = Inspector.load(release_folder(self._releases, name), trusted=self._trusted)
        except Exception as error:  # whatever is wrong with a release, what was there before goes on
            self.fault = f"{name} was refused: {error}"
            log_event(
                "release-refused",
                level=logging.ERROR,
                alias=self._alias,
                release=name,
                fault=str(error),
            )
            self._refused()
            return False
        self.inspector, self.fault = inspector, None
        earlier = before.record.name if before else None
        log_event("release-loaded", alias=self._alias, release=name, before=earlier)
        self._loaded(earlier, name)
        return True

    def _let_go(self) -> bool:
        """Nothing is named any more: it is used no longer."""
        had, self.inspector = self.inspector is not None, None
        return had

    def _loaded(self, before: str | None, name: str) -> None:
        """Another release is held."""

    def _refused(self) -> None:
        """A release was not taken."""

    def _look(self) -> tuple[str | None, Stamp]:
        """What the alias names, and what its files look like from outside."""
        alias_stamp = _stamp(self._releases / ALIAS_FILE)
        try:
            name: str | None = getattr(read_aliases(self._releases), self._alias)
        except (BundleError, OSError) as error:
            self.fault = str(error)
            return None, (alias_stamp,)
        if name is None:
            return None, (alias_stamp,)
        folder = self._releases / name
        return name, (alias_stamp, _stamp(folder / RECORD), _stamp(folder / SIGNATURE))


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        stat = path.stat()
    except OSError:
        return (0, 0, 0)
    return (stat.st_mtime_ns, stat.st_size, stat.st_ino)
