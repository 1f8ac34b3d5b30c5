"""Many questions asked at once: which answers stand when chance has had as many tries.

holm([0.001, 0.04, 0.03])    # (0.003, 0.06, 0.06)

Holm's step-down keeps the chance of any false answer below the level, however the questions hang together.
Source: Holm, Scandinavian Journal of Statistics 6 (1979), 65–70.
"""

from collections.abc import Sequence


def holm(chances: Sequence[float]) -> tuple[float, ...]:
    """Chances, each as of one question alone → adjusted ones, in the same order: those below a level stand.

    Raises:
        ValueError: a chance outside 0 to 1.
    """
    if wrong := [one for one in chances if not 0 <= one <= 1]:
        raise ValueError(f"chance {wrong[0]}, expected 0 to 1")
    adjusted, least = [0.0] * len(chances), 0.0
    for step, at in enumerate(sorted(range(len(chances)), key=lambda one: chances[one])):
        least = max(least, min(1.0, (len(chances) - step) * chances[at]))
        adjusted[at] = least
    return tuple(adjusted)
