"""Chances and quantiles of the binomial, hypergeometric and beta distributions.

They stand on `scipy.special` alone: `scipy.stats` has the same, and would make every service start much later
and larger. Tests hold them against it.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr, bdtrik, betainc, betaincinv, gammaln, xlog1py, xlogy


def binomial_chance(count: int, of: int, share: float) -> float:
    """Of exactly that many."""
    ways = gammaln(of + 1) - gammaln(count + 1) - gammaln(of - count + 1)
    return float(np.exp(ways + xlogy(count, share) + xlog1py(of - count, -share)))


def binomial_up_to(count: int, of: int, share: float) -> float:
    """Of that many or fewer."""
    return float(bdtr(count, of, share)) if count < of else 1.0


def binomial_quantile(tail: float, of: int, share: float) -> int:
    """The least count that is reached or not exceeded with that chance."""
    count = max(0, int(np.ceil(bdtrik(tail, of, share))))
    return count - 1 if count and binomial_up_to(count - 1, of, share) >= tail else count


def hypergeometric_log_chance(
    found: ArrayLike, of: ArrayLike, marked: ArrayLike, drawn: ArrayLike
) -> NDArray[np.float64]:
    """Logarithm of the chance that a draw has exactly so many marked ones; -inf where it cannot.

    Args:
        found: marked ones in the draw.
        of: how many there are in all.
        marked: how many of these are marked.
        drawn: how many are drawn.
    """
    found, of, marked, drawn = (np.asarray(one, dtype=float) for one in (found, of, marked, drawn))
    can = (found >= 0) & (found <= marked) & (drawn - found >= 0) & (drawn - found <= of - marked)
    inside = np.where(can, found, 0), np.where(can, drawn - found, 0)
    said = _ways(marked, inside[0]) + _ways(of - marked, inside[1]) - _ways(of, drawn)
    return np.where(can, said, -np.inf)


def hypergeometric_up_to(found: int, of: int, marked: int, drawn: int) -> float:
    """The chance that a draw has that many marked ones or fewer."""
    chances = np.exp(hypergeometric_log_chance(np.arange(found + 1), of, marked, drawn))
    return float(min(1.0, chances.sum()))


def beta_quantile(tail: float, alpha: float, beta: float) -> float:
    return float(betaincinv(alpha, beta, tail))


def beta_up_to(value: float, alpha: float, beta: float) -> float:
    return float(betainc(alpha, beta, value))


def _ways(of: NDArray[np.float64], chosen: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logarithm of how many ways there are to choose."""
    return np.asarray(gammaln(of + 1) - gammaln(chosen + 1) - gammaln(of - chosen + 1))
