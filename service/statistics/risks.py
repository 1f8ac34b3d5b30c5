"""What a sampling plan lets through: its operating curve, and the risks of those who make and who buy.

    acceptance(20, 1, 0.05)                       # chance that a lot with 5 % defective is accepted
    acceptance_of_lot(20, 1, lot_size=100, defective=5)
    quality_at(20, 1, 0.95), quality_at(20, 1, 0.10)      # accepted 95 times in 100, and 10 in 100
    for_limiting_quality(100, 0.10, accept=0)     # a lot alone, of no series: the sample for a stated risk

A series of lots of one process follows the binomial, one lot alone the hypergeometric distribution. For a lot
alone ISO 2859-2 has tables; here the sample is searched for that keeps the same promise.
Source: Montgomery, Introduction to Statistical Quality Control, chapter 15.
"""

import math

from ubora.service.statistics.distributions import beta_quantile, binomial_up_to, hypergeometric_up_to


def acceptance(pieces: int, accept: int, share: float) -> float:
    """Chance that a lot of a process with that share of defective pieces, 0–1, is accepted."""
    _check(pieces, accept)
    return binomial_up_to(accept, pieces, share)


def acceptance_of_lot(pieces: int, accept: int, lot_size: int, defective: int) -> float:
    """Chance that this one lot is accepted.

    Raises:
        ValueError: more pieces or defective ones than the lot has.
    """
    _check(pieces, accept)
    if not (pieces <= lot_size and 0 <= defective <= lot_size):
        raise ValueError(
            f"{pieces} of a lot of {lot_size} with {defective} defective, expected no more than it has"
        )
    return hypergeometric_up_to(accept, lot_size, defective, pieces)


def quality_at(pieces: int, accept: int, chance: float) -> float:
    """The share of defective pieces, 0–1, at which a lot is accepted with that chance."""
    _check(pieces, accept)
    if accept == pieces:
        return 1.0
    return beta_quantile(1 - chance, accept + 1, pieces - accept)


def plan_through(good: tuple[float, float], bad: tuple[float, float]) -> tuple[int, int]:
    """The smallest sample, with its number to accept, that keeps two promises.

    Args:
        good: a share of defective pieces, and the chance with which it is accepted at least.
        bad: a greater share, and the chance with which it is accepted at most.

    Raises:
        ValueError: the shares or chances are not in that order.
    """
    if not (0 < good[0] < bad[0] < 1 and 0 < bad[1] < good[1] < 1):
        raise ValueError(f"{good} and {bad}, expected a smaller share and a greater chance first")
    accept = 0
    while True:
        pieces = _least(accept, bad)
        if acceptance(pieces, accept, good[0]) >= good[1]:
            return pieces, accept
        accept += 1


def for_limiting_quality(lot_size: int, limiting: float, accept: int = 0, risk: float = 0.10) -> int:
    """For a lot alone: the smallest sample with which one of the limiting quality is seldom accepted.

    Args:
        limiting: share of defective pieces that must not be accepted often, above 0 and below 1.
        accept: defective pieces that the sample may have.
        risk: the chance that such a lot is accepted, at most.

    Returns:
        pieces; the whole lot where no smaller sample keeps the promise.

    Raises:
        ValueError: a share or risk that is none, a lot of no pieces.
    """
    if not (0 < limiting < 1 and 0 < risk < 1 and lot_size >= 1 and accept >= 0):
        raise ValueError(
            f"limiting quality {limiting}, risk {risk}, lot of {lot_size}: expected shares and pieces"
        )
    defective = math.ceil(limiting * lot_size - 1e-9)
    low, high = min(accept + 1, lot_size), lot_size
    # The chance falls with each further piece, so that it may be halved.
    while low < high:
        middle = (low + high) // 2
        if acceptance_of_lot(middle, min(accept, middle), lot_size, defective) <= risk:
            high = middle
        else:
            low = middle + 1
    return low


def _least(accept: int, bad: tuple[float, float]) -> int:
    low, high = accept + 1, accept + 2
    while acceptance(high, accept, bad[0]) > bad[1]:
        low, high = high, 2 * high
    while low < high:
        middle = (low + high) // 2
        if acceptance(middle, accept, bad[0]) <= bad[1]:
            high = middle
        else:
            low = middle + 1
    return low


def _check(pieces: int, accept: int) -> None:
    if not 0 <= accept <= pieces or pieces < 1:
        raise ValueError(f"accept {accept} of {pieces} pieces, expected 0 to that many")
