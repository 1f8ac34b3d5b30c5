"""Which defects a piece gets: what can befall a design, how often, how large, where, and how severe that is.

Severity is size × place against two bounds of its class. For what spoils the look, the face counts most; for
what weakens or cuts, the edge and the ends do. A break or a lost part is never minor.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from ubora.datasets.render.designs.catalogue import Design, catalogue
from ubora.datasets.render.noise import Random
from ubora.datasets.render.pieces.ornaments import INLAYS
from ubora.datasets.taxonomy import Severity

Place = Literal["face", "edge", "end", "inner"]

SUITS = {
    "scratch": ("brass", "horn", "bone", "wood"),
    "crack": ("brass", "horn", "bone", "wood", "ceramic"),
    "dent": ("brass",),
    "chip": ("horn", "bone", "wood", "ceramic"),
    "pit": ("brass", "horn", "bone", "ceramic"),
    "tarnish": ("brass", "horn", "bone", "wood"),
    "solder": ("brass", "horn", "bone", "wood", "ceramic"),
    "rough": ("brass", "horn", "bone", "wood"),
}
"""The stuffs that each mark can befall; bent and missing depend on form instead."""
WIRY = ("cable", "curb", "clip", "figaro", "bar", "coiled", "weave", "bundle")
"""Forms all of thin wire: a scratch or a pore on them would be smaller than a pixel."""
BOUNDS = {
    "scratch": (1.1, 1.75), "crack": (0.0, 0.95), "dent": (1.0, 1.6), "chip": (0.0, 1.2),
    "pit": (1.1, 1.7), "tarnish": (1.05, 1.75), "solder": (1.0, 1.6), "rough": (0.95, 1.55),
    "missing": (0.0, 0.85), "bent": (0.75, 1.2),
}  # fmt: skip
"""Size × place from which a defect is major, and from which it is critical."""
LOOKS = {"face": 1.12, "edge": 1.0, "end": 0.95, "inner": 0.8}
STRENGTH = {"face": 1.0, "edge": 1.15, "end": 1.25, "inner": 0.95}
"""How much a place adds to what spoils the look, and to what weakens the piece or cuts the wearer."""
WEAKENING = ("crack", "chip", "rough", "bent", "missing")
WANTED = {"dent": 1.2, "scratch": 1.2, "pit": 1.1, "rough": 1.05}
"""Relative frequency over a set, 1 unless given; more of what is often too faint to be labelled."""
CLEAN_SHARE = 0.46
SIZES = (0.65, 1.9)


@dataclass(frozen=True)
class Plan:
    """One defect to make."""

    name: str
    severity: Severity
    size: float
    """1 is ordinary; SIZES are its bounds."""
    seed: int
    place: Place = "face"


def kinds(design: Design) -> tuple[str, ...]:
    """The classes that can befall a design."""
    wiry = design.form in WIRY
    fits = [name for name, stuffs in SUITS.items() if set(stuffs) & set(design.stuffs)]
    if wiry:
        fits = [name for name in fits if name in ("tarnish", "solder", "rough")]
    if design.category == "beads" or design.form in ("rosary", "strung", "ladder", "stack"):
        fits = [name for name in fits if name != "rough"]
    if bends(design):
        fits.append("bent")
    if loses(design):
        fits.append("missing")
    return tuple(fits)


def bends(design: Design) -> bool:
    """Whether it is of metal that gives way: a brass body, or the hook of a drop."""
    if design.category == "beads" or design.form in ("ladder", "rosary"):
        return False
    return design.body == "brass" or design.category == "drop"


def loses(design: Design) -> bool:
    """Whether it has a part that can be missing: bead, link, rivet, stone, dangle, layer, inlaid tile."""
    joined = {"rivets", "stone", "dangle", "beads", "layer"} & set(design.extras)
    strung = design.category in ("beads", "chain") or design.form in ("stack", "strung", "ladder", "stone")
    return bool(joined) or strung or design.ornament in INLAYS


def severity(name: str, size: float, place: Place) -> Severity:
    """From size and place, as the module's docstring says."""
    weight = size * (STRENGTH if name in WEAKENING else LOOKS)[place]
    major, critical = BOUNDS[name]
    return "critical" if weight >= critical else "major" if weight >= major else "minor"


def draw_plans(design: Design, rng: Random, only: Sequence[str] = ()) -> tuple[Plan, ...]:
    """No defect for about half of the pieces, else one to three different ones.

    Args:
        only: classes to draw from, for each piece whose design some of them can befall.
    """
    names = kinds(design)
    wanted = tuple(name for name in names if name in only)
    if rng.random() < CLEAN_SHARE and not wanted:
        return ()
    names = wanted or names
    weights = _weights()
    shares = np.array([weights[name] for name in names])
    count = min(len(names), int(rng.choice([1, 2, 3], p=[0.58, 0.31, 0.11])))
    chosen = rng.choice(len(names), count, replace=False, p=shares / shares.sum())
    plans = []
    for index in chosen:
        name, place = names[int(index)], _place(design, rng)
        if name in ("bent", "missing"):
            place = "face"
        elif name == "chip" and place != "end":
            place = "edge"
        size = float(np.exp(rng.uniform(*np.log(SIZES))))
        plans.append(Plan(name, severity(name, size, place), size, int(rng.integers(2**31)), place))
    # A bend comes alone: nobody could say which of the changes on it is whose.
    return tuple([plan for plan in plans if plan.name == "bent"] or plans)


def _place(design: Design, rng: Random) -> Place:
    odds: dict[Place, float] = {"face": 0.6}
    band = design.category in ("bangle", "cuff", "ring") and design.form not in ("twist", "braid", "coil")
    if (band and design.form != "round") or design.category in ("pendant", "drop"):
        odds["edge"] = 0.2
    if design.category in ("cuff", "hoop"):
        odds["end"] = 0.16
    if band and design.width_cm > 0.8:
        odds["inner"] = 0.1
    shares = np.array(list(odds.values()))
    return list(odds)[int(rng.choice(len(odds), p=shares / shares.sum()))]


@cache
def _weights() -> dict[str, float]:
    """Weights that make every class about as frequent over the catalogue as WANTED says.

    Chips befall few designs and scratches nearly all; with equal weights a network would hardly see chips.
    """
    allowed = [kinds(design) for design in catalogue()]
    weight = dict.fromkeys(BOUNDS, 1.0)
    for _ in range(60):
        weights = dict.fromkeys(BOUNDS, 0.0)
        for names in allowed:
            total = sum(weight[name] for name in names)
            for name in names:
                weights[name] += weight[name] / total
        mean = sum(weights.values()) / len(weights)
        for name in weight:
            weight[name] *= (WANTED.get(name, 1.0) * mean / weights[name]) ** 0.7
    return weight
