"""Bad days, played at length with a real `ubora serve`: each module offers `run(report, seconds) -> bool`.

`report` is told what was tried and what came out, row by row; the answer is whether all held. Nothing is
raised. `make torture` runs all of them.
"""

from collections.abc import Callable

Report = Callable[[str, str], None]
"""Told what was tried, and what came out."""
