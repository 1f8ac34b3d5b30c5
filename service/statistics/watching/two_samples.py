"""Are these values like those were? Kolmogorov–Smirnov of two samples, the stability index, many at once.

    far = kolmogorov_smirnov(reference, now)         # far.distance, far.p
    stability_index(reference, now)                  # 0 the same; 0.1 a little; above 0.25 much, as banks say
    benjamini_hochberg([0.001, 0.2, 0.03])           # q values, in the same order

Sources: Stephens, Journal of the Royal Statistical Society B 32 (1970), 115–122, for a finite number of
values; Siddiqi, Credit Risk Scorecards (2006), for the index; Benjamini and Hochberg, ibid. 57 (1995).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import kolmogorov

PARTS = 10
_ALSO = 0.5
"""Of a value in each part: an empty one would make the index infinite."""


@dataclass(frozen=True)
class Far:
    distance: float
    """The largest difference of both shares below a value, 0–1."""
    p: float
    """The chance of it, or more, if both are drawn alike and each value by itself."""


def kolmogorov_smirnov(reference: ArrayLike, now: ArrayLike) -> Far:
    """
    Raises:
        ValueError: no values, or some that are no numbers.
    """
    first, second = np.sort(_values(reference)), np.sort(_values(now))
    every = np.concatenate([first, second])
    below = [np.searchsorted(one, every, side="right") / len(one) for one in (first, second)]
    distance = float(np.abs(below[0] - below[1]).max())
    root = float(np.sqrt(len(first) * len(second) / (len(first) + len(second))))
    return Far(distance, float(kolmogorov((root + 0.12 + 0.11 / root) * distance)))


def stability_index(reference: ArrayLike, now: ArrayLike, parts: int = PARTS) -> float:
    """Σ (now − then)·ln(now ÷ then) over parts that held as many reference values each; 0 or more.

    Raises:
        ValueError: no values, or some that are no numbers.
    """
    first, second = _values(reference), _values(now)
    edges = np.unique(np.quantile(first, np.linspace(0, 1, parts + 1)[1:-1]))
    shares = [_shares(one, edges) for one in (first, second)]
    return float(np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0])))


def benjamini_hochberg(chances: Sequence[float]) -> list[float]:
    """q values: naming all with a q of at most x names falsely a share x of those named, on average at most.

    Raises:
        ValueError: a chance that is none.
    """
    p = np.array(chances, dtype=float)
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"chances {list(chances)[:5]}, expected 0 to 1")
    order = np.argsort(p)[::-1]
    ranks = np.arange(len(p), 0, -1)
    q = np.empty_like(p)
    q[order] = np.minimum.accumulate(p[order] * len(p) / ranks) if len(p) else p
    return [float(one) for one in np.minimum(q, 1)]


def _values(values: ArrayLike) -> NDArray[np.float64]:
    flat = np.asarray(values, dtype=float).ravel()
    if flat.size == 0 or not np.isfinite(flat).all():
        raise ValueError(f"{flat.size} values, expected one or more, all of them numbers")
    return flat


def _shares(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    parts = len(edges) + 1
    counts = np.bincount(np.searchsorted(edges, values, side="left"), minlength=parts) + _ALSO
    return np.asarray(counts / counts.sum())
