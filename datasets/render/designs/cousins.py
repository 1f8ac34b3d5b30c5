"""Cousins: designs that no hub has asked for yet, near those of the catalogue or far from them.

The catalogue's designs are soon known by heart, and what was learnt of them says less of the next one.
"""

from dataclasses import replace
from typing import Literal, get_args

from ubora.datasets.render.designs.catalogue import COUSIN, Design, catalogue, relief
from ubora.datasets.render.noise import Random
from ubora.datasets.render.pieces.ornaments import INLAYS

Kinship = Literal["near", "distant"]
KINSHIPS: tuple[Kinship, ...] = get_args(Kinship)

PLATES = ("round", "tear", "shield", "leaf", "heart", "fan", "hand", "hexagon", "diamond", "square", "bar")
MADE_ALIKE = (PLATES, ("flat", "dome", "knife", "channel"), ("round", "barrel", "tube", "heishi", "multi"))
"""Forms of one category whose stuffs, parts and ornament suit one another; other forms keep to their own."""
STRETCHES = {"pendant": 0.25, "drop": 0.25, "hoop": 0.25, "bangle": 0.1, "cuff": 0.12}
"""By how much a distant cousin may be longer one way; an oval ring is a bent one, and beads stay round."""
ACCENTS = ("horn", "bone", "ceramic", "wood")
SOLID_CM = 0.26
"""The least thickness of what is not brass."""
_FINISHES = ("polished", "satin", "hammered", "aged")
"""The last two are brass's alone."""
_NEEDS_ACCENT = {"stone", "layer", "beads"}


def cousin(design: Design, number: str, rng: Random, kinship: Kinship = "near") -> Design:
    """A design of the same form as another.

    Args:
        number: what tells it from other cousins.
        kinship: a near one has the same stuffs and joined parts, and its own measures, finish, tone and
            ornament; a distant one has stuffs, parts and ornament of others of its category, and may
            be stretched and lobed. Its name still begins with the book's, whatever it is made of.
    """
    near = _near(design, number, rng)
    return near if kinship == "near" else _distant(near, rng)


def _near(design: Design, number: str, rng: Random) -> Design:
    family = (design.category, design.form, design.material)
    kin = [d for d in catalogue() if (d.category, d.form, d.material) == family]
    finish = _finish(design.body, rng)
    radius, width, thick = (float(f) for f in rng.uniform((0.85, 0.75, 0.88), (1.18, 1.3, 1.2)))
    return replace(
        design,
        name=f"{design.name}{COUSIN}{number}",
        finish=finish,
        radius_cm=design.radius_cm * radius,
        width_cm=design.width_cm * width,
        thick_cm=design.thick_cm * thick,
        ornament=kin[int(rng.integers(len(kin)))].ornament,
        tone=float(rng.uniform(-0.8, 0.8)),
        relief_cm=relief(finish, rng),
        pitch_cm=design.pitch_cm * float(rng.uniform(0.75, 1.35)),
    )


def _distant(design: Design, rng: Random) -> Design:
    kin = [d for d in catalogue() if d.category == design.category and _made_alike(d.form, design.form)]
    own, ornament, extras = (kin[int(rng.integers(len(kin)))] for _ in range(3))
    stuffs = own.stuffs
    wants_accent = ornament.ornament in INLAYS or bool(_NEEDS_ACCENT & set(extras.extras))
    if wants_accent and len(set(stuffs)) == 1:
        others = ({d.accent for d in kin} | {"brass", "horn", "bone"}) - {own.body}
        stuffs = own.body, str(rng.choice(sorted(others)))
    elif len(stuffs) == 2 and own.body == "brass":
        stuffs = own.body, str(rng.choice(ACCENTS))
    finish = _finish(own.body, rng)
    thick = design.thick_cm
    if own.body != "brass":
        thick = max(thick, SOLID_CM)
    elif design.body != "brass":
        thick *= 0.65
    most = STRETCHES.get(design.category, 0.0)
    lobed = design.category in ("pendant", "drop") and design.form in PLATES and rng.random() < 0.5
    return replace(
        design,
        material=own.body if len(set(stuffs)) == 1 else "mixed",
        stuffs=stuffs,
        finish=finish,
        thick_cm=thick,
        ornament=ornament.ornament,
        extras=extras.extras,
        relief_cm=relief(finish, rng),
        stretch=(1 + float(rng.uniform(-most, most)), 1 + float(rng.uniform(-most, most))),
        lobes=(int(rng.integers(3, 13)), float(rng.uniform(0.02, 0.1))) if lobed else (0, 0.0),
    )


def _made_alike(form: str, other: str) -> bool:
    return form == other or any(form in forms and other in forms for forms in MADE_ALIKE)


def _finish(body: str, rng: Random) -> str:
    return str(rng.choice(_FINISHES if body == "brass" else _FINISHES[:2]))
