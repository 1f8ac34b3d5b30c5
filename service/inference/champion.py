"""The champion that serves, and what it sees in the photos that stand for designs.

A release that must not be served is refused and logged, shown by /health/ready and /metrics, and the one
before keeps serving.
"""

from collections.abc import Sequence
from pathlib import Path

from ubora.models.inference.inspector import Inspector
from ubora.models.signing import TrustedKeys
from ubora.service.http.errors import Problem
from ubora.service.http.observe import Metrics
from ubora.service.inference.aliased import AliasedRelease
from ubora.service.inference.assess import ApprovedPhotos
from ubora.service.inference.standing_seen import ApprovedFile, StandingSeen


class Champion(AliasedRelease):
    """The release that answers: a request sees one from start to end, and it is never left without one."""

    def __init__(self, releases: Path, metrics: Metrics, trusted: TrustedKeys | None = None) -> None:
        super().__init__(releases, "champion", trusted)
        self._metrics = metrics
        self._standing = StandingSeen()

    def serving(self) -> Inspector:
        """The champion.

        Raises:
            Problem: 503, there is none.
        """
        inspector = self.inspector
        if inspector is None:
            detail = "no released network is loaded; try again later"
            raise Problem(503, "no-champion", "No network yet", detail, headers={"Retry-After": "30"})
        return inspector

    def approved(self, inspector: Inspector, photos: Sequence[ApprovedFile], view: str) -> ApprovedPhotos:
        """What `inspector` sees in the photos that a photo of `view` is compared with: `StandingSeen`."""
        return self._standing.approved(inspector, photos, view)

    def _let_go(self) -> bool:
        return False

    def _loaded(self, before: str | None, name: str) -> None:
        if before is not None:
            self._metrics.release.remove(before)
        self._metrics.release.labels(name).set(1)

    def _refused(self) -> None:
        self._metrics.releases_refused.inc()
