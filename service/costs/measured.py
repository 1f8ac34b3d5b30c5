"""The few settings whose cost a release of before tells of: it keeps no scores, but figures of test photos.

    for point in measured(record.metrics): point.flagged, point.missed, point.missed_between

Each is a share of good photos that is flagged, and the share of defective ones that is missed at it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ubora.models.intervals import Interval


@dataclass(frozen=True)
class Measured:
    flagged: float
    """Share of good photos that is flagged."""
    missed: float
    """Share of defective photos that passes."""
    missed_between: Interval | None
    """95 %."""
    is_now: bool
    """At the release's own thresholds; else thresholds would have to be looked for."""


def measured(metrics: Mapping[str, Any]) -> list[Measured]:
    """By share of good photos flagged; empty where the release tells of none."""
    settings = [
        Measured(float(share), 1 - told["value"], _turned(told.get("interval")), False)
        for share, told in _recalls(metrics).items()
        if told and told.get("value") is not None
    ]
    decisions = metrics.get("decisions") or {}
    escape, false_flag = (decisions.get(name) or {} for name in ("escape", "false_flag"))
    if escape.get("value") is not None and false_flag.get("value") is not None:
        ends = escape.get("interval")
        between = None if not ends else (float(ends[0]), float(ends[1]))
        settings.append(Measured(false_flag["value"], escape["value"], between, True))
    return sorted(settings, key=lambda one: (one.flagged, one.missed))


def _recalls(metrics: Mapping[str, Any]) -> Mapping[str, Any]:
    recalls = (metrics.get("any_defect") or {}).get("recall_at_false_flags")
    return recalls if isinstance(recalls, Mapping) else {}


def _turned(interval: Any) -> Interval | None:
    """Of what is missed, from that of what is found."""
    return None if not interval else (1 - float(interval[1]), 1 - float(interval[0]))
