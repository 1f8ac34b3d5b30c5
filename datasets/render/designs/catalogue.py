"""What the hub asked for: the catalogue of designs."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from ubora.datasets.render.designs.hands import ASPECTS
from ubora.datasets.render.designs.patterns import TABLE

COUSIN = "~"
"""Between the name of a design and what tells its cousin from others."""


@dataclass(frozen=True)
class Design:
    """An approved design: form in cm, finish, ornament, and what one unit of strain means."""

    name: str
    category: str
    material: str
    finish: str
    form: str
    radius_cm: float
    width_cm: float
    thick_cm: float
    ornament: str
    tone: float
    """-1 dark … 1 light, within what the material allows."""
    relief_cm: float
    """Hammer depth or grain height."""
    pitch_cm: float
    """Distance from one hammer mark or bead to the next."""
    tolerance: float
    """Relative deviation that one unit of strain means; 0.02 is 2 % of the radius."""
    stuffs: tuple[str, ...] = ("brass",)
    """What it is made of, the body first; more than one makes its material mixed."""
    extras: tuple[str, ...] = ()
    """What is joined to it: rivets, stone, dangle, wire, balls, beads, cord, layer; `pair` makes two."""
    stretch: tuple[float, float] = (1.0, 1.0)
    """How much longer it is along x and y than the pattern book has it."""
    lobes: tuple[int, float] = (0, 0.0)
    """How many lobes the outline of a plate has, and how far they stand out, as a share of its radius."""

    @property
    def of_book(self) -> str:
        """The name of the design in the catalogue, its own or that of the one it is a cousin of."""
        return self.name.partition(COUSIN)[0]

    @property
    def body(self) -> str:
        """The stuff of the main part."""
        return self.stuffs[0]

    @property
    def accent(self) -> str:
        """The stuff of inlays, settings and every other bead."""
        return self.stuffs[-1]

    @property
    def aspects(self) -> tuple[str, ...]:
        """The aspects of the hand that a photo of this design can show."""
        repeats = self.category in ("beads", "chain", "wrap") or self.form in ("twist", "braid", "coil")
        drawn = self.ornament != "none" or self.finish == "hammered"
        shown = {
            "asymmetry": True,
            "thickness": self.category not in ("pendant", "drop") or self.form == "open",
            "relief": drawn,
            "rhythm": drawn or repeats,
            "tone": True,
        }
        return tuple(aspect for aspect in ASPECTS if shown[aspect])

    @property
    def own(self) -> np.random.Generator:
        """A random stream of the design itself: what it draws is alike on every piece."""
        return np.random.default_rng([ord(c) for c in self.name])


@cache
def catalogue() -> tuple[Design, ...]:
    """Every design there is, in a fixed order."""
    designs: list[Design] = []
    count: dict[str, int] = {}
    for line in TABLE.split("\n"):
        if not line.strip():
            continue
        stuff, category, finish, form, radius, width, thick, ornament, *extras = line.split()
        stuffs = tuple(stuff.split("+"))
        material = stuffs[0] if len(set(stuffs)) == 1 else "mixed"
        stem = f"{material}-{category}-{finish}"
        count[stem] = count.get(stem, 0) + 1
        rng = np.random.default_rng(len(designs))
        pitch = float(rng.uniform(0.22, 0.4))
        designs.append(
            Design(
                name=f"{stem}-{count[stem]:02d}",
                category=category,
                material=material,
                finish=finish,
                form=form,
                radius_cm=float(radius),
                width_cm=float(width),
                thick_cm=float(thick),
                ornament=ornament,
                tone=float(rng.uniform(-0.7, 0.7)),
                relief_cm=relief(finish, rng),
                pitch_cm=pitch * min(1.0, max(0.45, float(radius) / 2.6)),
                tolerance=0.024,
                stuffs=stuffs,
                extras=tuple(extras),
            )
        )
    return tuple(designs)


def relief(finish: str, rng: np.random.Generator) -> float:
    """How deep the hammer went (or 0), in cm."""
    return float(rng.uniform(0.011, 0.018)) if finish == "hammered" else 0.0
