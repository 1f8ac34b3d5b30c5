"""Sweeps as they follow one another in a process, without the time in between.

removed = sweep_twice(town.state)
"""

from tests.parts.clocks import Hands
from ubora.service.ownership.sweeper import sweep
from ubora.service.state import AppState
from ubora.service.storage.watch import LOOKED_AT_AGAIN_SECONDS, Watch


def sweep_twice(state: AppState) -> int:
    """How many files go with the second sweep; none goes at first sight."""
    steady = Hands(0.0)
    watch = Watch(steady=steady)
    assert sweep(state, watch) == 0
    steady.at += LOOKED_AT_AGAIN_SECONDS
    return sweep(state, watch)
