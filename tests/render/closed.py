"""Whether a rendered part is whole: light must not fall into it."""

import numpy as np

from ubora.datasets.render.noise import Floats
from ubora.datasets.render.shapes import Closing


def is_closed(points: Floats, closing: Closing) -> bool:
    """Whether the surface has no hole: its ends meet in single points."""
    if closing == "ring":
        return True
    ends = (points[:, 0], points[:, -1]) if closing == "rod" else (points[0], points[-1])
    return closing != "open" and all(float(np.ptp(end, axis=0).max()) < 1e-6 for end in ends)
