"""Bad days in their long form, each against a real `ubora serve`: hostile files, slow clients, full memory.

run(report, seconds) of each module tells what came out row by row, and whether all of it held.
"""

from collections.abc import Callable

Report = Callable[[str, str], None]
"""Told what was tried, and what came out."""
