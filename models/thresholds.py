"""Thresholds that people set anew, over those that a release came with.

    record = amended(record, {"scratch": 0.1})      # the same release, stricter or less so for one class
    flagged_from(record, 2)                         # class → threshold beside two approved photos

A threshold that is set is the plain one, which a release names for the usual number of approved photos. Those
for other numbers move with it, as far in log-odds: what a release knows of how they differ is kept.

    ValueError
    └── ThresholdError     a class or a number that cannot be set: what was found, what was expected
"""

import math
from collections.abc import Mapping

from ubora.models.naming import did_you_mean
from ubora.models.record import BundleRecord, DefectClass

OFF = 1.0
"""The threshold of a class that is switched off."""
LEAST = 1e-6
"""Lower ones flag every photo."""


class ThresholdError(ValueError):
    """A threshold that cannot be set."""


def plain(record: BundleRecord) -> dict[str, float]:
    """Class → its plain threshold, in the order of the graph's outputs."""
    return {defect.name: defect.threshold for defect in record.judged()}


def flagged_from(record: BundleRecord, approved_photos: int | None = None) -> dict[str, float]:
    """Class → the threshold beside so many approved photos; None: the plain one."""
    if approved_photos is None:
        return plain(record)
    return {defect.name: defect.threshold for defect in record.deciding(approved_photos)[0]}


def amended(record: BundleRecord, changed: Mapping[str, float]) -> BundleRecord:
    """The record with other plain thresholds; its name, hashes and promises stay those of the release.

    Args:
        changed: class → threshold, above 0 and up to 1; what is left out stays.

    Raises:
        ThresholdError: no such class, no such threshold, or a class that the release has switched off.
    """
    before = plain(record)
    for name, threshold in changed.items():
        _check(record.name, before, name, threshold)
    moved = {name: value for name, value in changed.items() if value != before[name]}
    if not moved:
        return record

    def renewed(defect: DefectClass) -> DefectClass:
        if defect.name not in moved:
            return defect
        return defect.model_copy(update={"threshold": moved[defect.name]})

    entries = tuple(
        entry.model_copy(
            update={
                "thresholds": {
                    name: value if name not in moved else _moved(value, before[name], moved[name])
                    for name, value in entry.thresholds.items()
                }
            }
        )
        for entry in record.by_approved
    )
    changes = {
        "defects": tuple(renewed(defect) for defect in record.defects),
        "any_defect": None if record.any_defect is None else renewed(record.any_defect),
        "by_approved": entries,
    }
    return record.model_copy(update=changes)


def _check(release: str, before: Mapping[str, float], name: str, threshold: float) -> None:
    if name not in before:
        known = ", ".join(before)
        raise ThresholdError(f"{release} has no class {name!r}{did_you_mean(name, before)}; it has {known}")
    if not LEAST <= threshold <= OFF:
        raise ThresholdError(f"{name}: {threshold:g}, expected {LEAST:g} to {OFF:g}; at {OFF:g} it is off")
    if before[name] >= OFF and threshold < OFF:
        raise ThresholdError(f"{name}: {release} has not learnt it and switched it off; it stays off")


def _moved(value: float, before: float, after: float) -> float:
    """As far as `before` → `after`, in log-odds."""
    if after >= OFF or value >= OFF:
        return OFF
    odds = _odds(value) * _odds(after) / _odds(before)
    return odds / (1 + odds)


def _odds(share: float) -> float:
    # A threshold of 0 flags everything; its odds must still be multiplied.
    return math.exp(math.log(max(share, LEAST)) - math.log1p(-share))
