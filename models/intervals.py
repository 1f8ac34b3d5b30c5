"""What a share that was counted says of the true one: its interval. Stands below all rooms; needs no package.

wilson(9, 10)       # (0.596, 0.982)
"""

import math

Interval = tuple[float, float]
"""Lower and upper end."""
_Z_95 = 1.959963984540054


def wilson(found: int, of: int) -> Interval | None:
    """The 95 % score interval of a share, within 0–1; None of nothing.

    Source: Wilson, JASA 22 (1927).

    Raises:
        ValueError: more were found than there are, or less than none.
    """
    if not 0 <= found <= of:
        raise ValueError(f"found {found} of {of}, expected 0 to {of}")
    if of == 0:
        return None
    share, spread = found / of, _Z_95**2 / of
    middle = (share + spread / 2) / (1 + spread)
    reach = _Z_95 / (1 + spread) * math.sqrt(share * (1 - share) / of + spread / (4 * of))
    # At 0 of n and n of n the bound is exact; rounding must not leave it a hair off.
    return (0.0 if found == 0 else middle - reach, 1.0 if found == of else middle + reach)
