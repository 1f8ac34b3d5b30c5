"""What a release must show before it is promoted: alone, and against the champion that it would replace.

    gates = [*gates_alone(record, graph_bytes), *gates_against(comparison)]
    failed = [gate for gate in gates if not gate.passed]

`ubora train compare` prints the second kind, `ubora model promote` holds a release to both. The limits stand
here and nowhere else.

    ValueError
    └── BundleError
        └── GateError   a release that may not be promoted: which gates it failed, and what to do
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ubora.models.bundle import BundleError
from ubora.models.record import BundleRecord
from ubora.models.registry.comparison import AND, Comparison, Difference

MAX_GRAPH_BYTES = 16_000_000
MAX_PARITY_LOGIT = 1e-3
MIN_SAME_VERDICTS = 0.99
MARGIN = 0.05
"""Escapes, false flags and retakes must be shown to be at most this much worse: the interval is below it."""
ENOUGH_PHOTOS = 59
"""Defective, and clean: fewer show no five points even where nothing changes (0 of 59 is below 5 %)."""
ENOUGH_OF_A_CLASS = 10
MAX_CLASS_LOSS = 0.10
MAX_KAPPA_LOSS = 0.10
MAX_SLOWER = 1.5
_SEEN = ("train", "val", "all")


class GateError(BundleError):
    """A release that may not be promoted."""


@dataclass(frozen=True)
class Gate:
    """One requirement, what was found, and why it is asked."""

    name: str
    passed: bool
    found: str
    limit: str
    reason: str

    def sentence(self) -> str:
        return f"{self.name}: {self.found}, expected {self.limit}"


def gates_alone(record: BundleRecord, graph_bytes: int) -> list[Gate]:
    """What a bundle's own record must say. Hashes and golden outputs are held by `Inspector.load`."""
    parity = record.parity
    return [
        Gate(
            "parity",
            parity.max_abs_logit <= MAX_PARITY_LOGIT,
            f"{parity.max_abs_logit:.1e}",
            f"at most {MAX_PARITY_LOGIT:.0e}",
            "what is served must be what was trained",
        ),
        Gate(
            "same verdicts",
            parity.same_verdicts >= MIN_SAME_VERDICTS,
            f"{parity.same_verdicts:.1%} of {parity.photos} photos",
            f"at least {MIN_SAME_VERDICTS:.0%}",
            "figures of the network must hold for the graph",
        ),
        _size(graph_bytes),
    ]


def gates_against(comparison: Comparison) -> list[Gate]:
    """What B must show beside A."""
    differences = comparison.differences
    a, b = comparison.a, comparison.b
    slower = b.latency_ms / a.latency_ms
    return [
        *([_size(b.graph_bytes)] if b.graph_bytes is not None else []),
        _unseen(comparison),
        Gate(
            "enough photos",
            min(comparison.defective, comparison.clean) >= ENOUGH_PHOTOS,
            f"{comparison.defective} defective, {comparison.clean} clean",
            f"at least {ENOUGH_PHOTOS} of each",
            f"fewer cannot show a margin of {MARGIN:.0%}",
        ),
        _not_worse("escape", differences["escape"], "a defective piece that passes reaches a customer"),
        _not_worse("false flag", differences["false_flag"], "a wrong flag costs an artisan income"),
        # Without it, whoever asks for every photo again would miss nothing and flag nothing.
        _not_worse("retake", differences["retake"], "a good photo sent back costs an artisan time and data"),
        _no_class_lost(comparison),
        Gate(
            "grade",
            not _surely_lost(differences["kappa"], MAX_KAPPA_LOSS),
            _words(differences["kappa"]),
            f"not surely below −{MAX_KAPPA_LOSS:.2f}",
            "designs approve ranges of variance by it",
        ),
        Gate(
            "time",
            slower <= MAX_SLOWER,
            f"{b.latency_ms:.0f} ms against {a.latency_ms:.0f} ms",
            f"at most {MAX_SLOWER:g} times",
            "the service is sized for the champion",
        ),
    ]


def _size(graph_bytes: int) -> Gate:
    return Gate(
        "size",
        graph_bytes < MAX_GRAPH_BYTES,
        f"{graph_bytes / 1e6:.1f} MB",
        f"below {MAX_GRAPH_BYTES / 1e6:.0f} MB",
        "small hosts load it, and hold the one before beside it",
    )


def _unseen(comparison: Comparison) -> Gate:
    own = comparison.fingerprint in (*comparison.a.trained_on, *comparison.b.trained_on)
    return Gate(
        "unseen photos",
        not (own and any(split in _SEEN for split in comparison.split.split(AND))),
        f"{comparison.split}, of a dataset that {'one of them' if own else 'neither'} learnt from",
        "photos that neither has seen",
        "photos known by heart say nothing",
    )


def _not_worse(name: str, found: Difference, reason: str) -> Gate:
    passed = found.interval is not None and found.interval[1] <= MARGIN
    return Gate(name, passed, _words(found), f"interval below +{MARGIN:.2f}", reason)


def _no_class_lost(comparison: Comparison) -> Gate:
    counted = {n: d for n, d in comparison.classes.items() if d.photos >= ENOUGH_OF_A_CLASS}
    lost = [n for n, d in counted.items() if _surely_lost(d, MAX_CLASS_LOSS)]
    found = ", ".join(f"{n} {_words(counted[n])}" for n in lost) or f"none of {len(counted)} lost"
    return Gate(
        "classes",
        not lost,
        found,
        f"no class of {ENOUGH_OF_A_CLASS} photos surely below −{MAX_CLASS_LOSS:.2f} AP",
        "a mean hides a class that is no longer seen",
    )


def _surely_lost(found: Difference, limit: float) -> bool:
    """Whether all of the interval lies below −limit, or B cannot say what A can."""
    if found.a is not None and found.b is None:
        return True
    return found.interval is not None and found.interval[1] < -limit


def _words(found: Difference) -> str:
    if found.difference is None:
        return "undefined"
    interval = f" [{found.interval[0]:+.2f}, {found.interval[1]:+.2f}]" if found.interval else ""
    return f"{found.difference:+.2f}{interval}"


def verdict_sentence(comparison: Comparison, gates: Sequence[Gate]) -> str:
    """Whether B may replace A, in one sentence that names the gates it failed."""
    failed = [gate.name for gate in gates if not gate.passed]
    names = f"{comparison.b.name} {{}} replace {comparison.a.name}"
    if not failed:
        return f"{names.format('may')}: it passes all {len(gates)} gates"
    return f"{names.format('may not')}: it fails {', '.join(failed)}"
