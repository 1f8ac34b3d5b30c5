"""Where a simulated year plays: its workshops, what each makes, who looks at it, and what judged it.

scene = plain(2500)                                   # workshops of which nothing but a number is known
scene = nairobi(60, seed=7, designs=DESIGNS)          # a network with names, phones and orders

Every workshop's code begins with PLAYED and every name ends with MARK, so that nobody takes one for real.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np

from ubora.datasets.taxonomy import JEWELRY
from ubora.models.thresholds import flagged_from
from ubora.service.designs.designs import DesignBody
from ubora.service.inference.champion import Champion

PLAYED = "played-"
"""What the code of every played workshop begins with."""
MARK = "(played)"
RELEASE = "played"
PEOPLE = tuple(f"{name} {MARK}" for name in ("Njeri", "Kamau", "Achieng"))
_PLACES = (
    "Mathare",
    "Kawangware",
    "Dandora",
    "Kayole",
    "Korogocho",
    "Umoja",
    "Embakasi",
    "Eastleigh",
    "Ngara",
    "Githurai",
    "Kangemi",
    "Dagoretti",
)
_CRAFTS = {
    "brass": ("Brass", "Metal Arts"),
    "horn": ("Horn", "Horn Carvers"),
    "bone": ("Bone", "Bone Works"),
    "mixed": ("Jewelers", "Beads & Brass"),
}
_PHONES = ("TECNO KG5k", "Infinix X6525", "SM-A057F", "itel A665L", "220733SG", "SM-A125F")
_SHARES = (0.3, 0.2, 0.18, 0.14, 0.1, 0.08)
"""Of workshops with each phone."""


@dataclass(frozen=True)
class Workshop:
    code: str
    name: str
    place: str
    designs: tuple[str, ...]
    """Codes of what it makes, the first most often."""
    phone: str | None = None
    brightness: float = 170.0
    """Of the light at its table, as `PhotoMeasures` has it."""
    warmth: float = 0.0


@dataclass(frozen=True)
class Scene:
    workshops: tuple[Workshop, ...]
    designs: Mapping[str, DesignBody]
    people: Mapping[str, str | None]
    """Name → a person's id, or None of one who may not log in."""
    release: str = RELEASE
    thresholds: Mapping[str, float] = field(default_factory=lambda: dict.fromkeys(JEWELRY.defects, 0.5))
    retakes: float = 0.0
    """Photos that are to be taken again, beside each piece."""
    orders: bool = False
    """Pieces are made for lots."""


def plain(workshops: int) -> Scene:
    """Workshops of equal kind, three designs, and people who may not log in."""
    materials = ("brass", "horn", "bone")
    designs = {f"{PLAYED}{one}": _design(f"Simulated {one} {MARK}", "pendant", one) for one in materials}
    codes = tuple(designs)
    made = tuple(
        Workshop(f"{PLAYED}{number:04d}", f"Workshop {number:04d} {MARK}", "simulated", (codes[number % 3],))
        for number in range(workshops)
    )
    return Scene(made, designs, dict.fromkeys(PEOPLE))


def nairobi(workshops: int, seed: int, designs: Mapping[str, DesignBody]) -> Scene:
    """
    Args:
        designs: that the hub has already; a few more are added, so that every material is made.

    Raises:
        ValueError: more workshops than there are names.
    """
    everything = dict(designs) | _MORE
    named = list(product(range(2), _CRAFTS, _PLACES))
    if workshops > len(named):
        raise ValueError(f"{workshops} workshops; expected {len(named)} at most")
    draw = np.random.default_rng([seed, 3])
    # Materials take turns, so that fewer workshops are of every material, too.
    order = sorted(range(len(named)), key=lambda at: (at % len(_PLACES), at))
    made = [_workshop(named[at], everything, draw) for at in order[:workshops]]
    return Scene(tuple(made), everything, dict.fromkeys(PEOPLE), retakes=0.06, orders=True)


def judged_by(scene: Scene, champion: Champion) -> Scene:
    """As if the champion had judged: scores stand beside its thresholds. Without one it stays as it is."""
    inspector = champion.inspector
    if inspector is None:
        return scene
    limits = dict(scene.thresholds) | flagged_from(inspector.record)
    return replace(scene, release=inspector.record.name, thresholds=limits)


def is_played(microfactory: str) -> bool:
    return microfactory.startswith(PLAYED)


def _workshop(
    named: tuple[int, str, str], designs: Mapping[str, DesignBody], draw: np.random.Generator
) -> Workshop:
    which, material, place = named
    codes = [code for code, design in designs.items() if design.material == material]
    made = draw.permutation(codes)[:2].tolist()
    return Workshop(
        code=f"{PLAYED}{place.lower()}-{material}-{which + 1}",
        name=f"{place} {_CRAFTS[material][which]} {MARK}",
        place=place,
        designs=tuple(made),
        phone=str(draw.choice(_PHONES, p=_SHARES)),
        brightness=float(draw.normal(165, 35)),
        warmth=float(draw.normal(0.05, 0.25)),
    )


def _design(name: str, category: str, material: str) -> DesignBody:
    return DesignBody(
        name=name, category=category, material=material, stage="raw", approved_low=1, approved_high=5
    )


_MORE = {
    f"{PLAYED}cuff-naivasha": _design(f"Naivasha cuff {MARK}", "cuff", "horn"),
    f"{PLAYED}hoop-samburu": _design(f"Samburu hoop {MARK}", "hoop", "horn"),
    f"{PLAYED}chain-malindi": _design(f"Malindi chain {MARK}", "chain", "brass"),
}
