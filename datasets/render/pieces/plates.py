"""Pendants and drops: flat plates of many outlines with a bail or an ear hook, and what sits on them."""

import numpy as np

from ubora.datasets.render.designs.catalogue import Design
from ubora.datasets.render.designs.hands import Hand
from ubora.datasets.render.noise import Floats, Random, noise3
from ubora.datasets.render.pieces.findings import basis, dangle, hanger, pocketed, rivets, setting
from ubora.datasets.render.pieces.hoops import ripple, spacing, uneven_radius
from ubora.datasets.render.pieces.ornaments import Ground, ornamented
from ubora.datasets.render.pieces.surfaces import cord_skin, material
from ubora.datasets.render.shapes import Closing, Part, capped, disc, normals, profile, rod, shut, sweep

CORNERS = {
    "diamond": ((0, 1), (0.62, 0.05), (0, -1), (-0.62, 0.05)),
    "square": ((0.86, 0.86), (0.86, -0.86), (-0.86, -0.86), (-0.86, 0.86)),
    "hexagon": tuple((float(np.sin(a)), float(np.cos(a))) for a in np.radians(np.arange(0, 360, 60))),
    "fan": ((0.16, 1), (0.5, 0.1), (0.88, -0.52), (0.5, -0.82), (0, -0.92), (-0.5, -0.82), (-0.88, -0.52),
            (-0.5, 0.1), (-0.16, 1)),
    "bar": ((0.2, 1), (0.26, -1), (-0.26, -1), (-0.2, 1)),
}  # fmt: skip
"""Outlines with corners, for a radius of 1, from the top clockwise; rounded a little."""


def flat(design: Design, hand: Hand, rng: Random, grid: float) -> list[Part]:
    """A pendant or drop lying on its back in the plane z, its top toward y."""
    if design.form in ("crescent", "tusk"):
        main, top = _tapered(design, hand, rng, grid)
        return [main, *hanger(design, hand, top, rng)]
    main, top = (_annulus if design.form == "open" else _plate)(design, hand, rng, grid)
    return _joined(design, hand, main, top, rng, grid)


def outline(form: str, radius_cm: float, count: int) -> Floats:
    """The edge (count, 2) of a plate, starting at its top, where the bail sits."""
    a = np.linspace(0, 2 * np.pi, count, endpoint=False)
    c, s = np.cos(a), np.sin(a)
    r: Floats
    if form == "tear":
        r = 0.72 + 0.28 * np.clip(c, 0, 1) ** 6 - 0.02 * c
    elif form == "leaf":
        r = 1 / (np.abs(c) ** 1.25 + (np.abs(s) / 0.48) ** 1.25) ** (1 / 1.25)
    elif form == "shield":
        r = 1 / ((np.abs(c) / 0.95) ** 3.2 + (np.abs(s) / 0.72) ** 3.2) ** (1 / 3.2)
        r = r * (1 - 0.16 * np.clip(-c, 0, 1) * np.abs(s))
    elif form == "heart":
        r = 0.72 + 0.16 * np.abs(np.sin(a)) - 0.2 * np.exp(-((np.minimum(a, 2 * np.pi - a) / 0.34) ** 2))
        r = r + 0.26 * np.clip(-c, 0, 1) ** 5 + 0.1 * np.clip(c, 0, 1)
    elif form == "hand":
        low = np.clip(np.cos((a - np.pi) / 1.25), 0, 1)
        r = 0.66 - 0.1 * np.clip(c, 0, 1) + low * (0.12 + 0.22 * np.abs(np.cos(2.5 * (a - np.pi))) ** 0.7)
    elif form in CORNERS:
        r = _cornered(np.array(CORNERS[form], float), a)
    else:
        r = np.ones_like(a)
    return radius_cm * np.stack([r * s, r * c], -1)


def _cornered(corners: Floats, angle: Floats) -> Floats:
    """The distance (N,) from the centre to a polygon at each angle from the top, its corners rounded."""
    ends = np.roll(corners, -1, 0)
    t = np.linspace(0, 1, 60, endpoint=False)
    edge = (corners[:, None] + t[None, :, None] * (ends - corners)[:, None]).reshape(-1, 2)
    turn = np.arctan2(edge[:, 0], edge[:, 1]) % (2 * np.pi)
    order = np.argsort(turn)
    r = np.interp(angle, turn[order], np.hypot(edge[:, 0], edge[:, 1])[order], period=2 * np.pi)
    wide = max(3, len(angle) // 60)
    kernel = np.hanning(wide + 2)[1:-1]
    return np.asarray(
        np.convolve(np.concatenate([r[-wide:], r, r[:wide]]), kernel / kernel.sum(), "same")[wide:-wide]
    )


def _plate(design: Design, hand: Hand, rng: Random, grid: float) -> tuple[Part, Floats]:
    step = spacing(design, grid)
    columns = int(np.clip(2 * np.pi * design.radius_cm / step, 160, 820))
    edge = outline(design.form, design.radius_cm, columns)
    angle = np.arctan2(edge[:, 0], edge[:, 1])
    count, share = design.lobes
    # Lowest at the top, where the bail sits.
    edge = edge * (1 - share * np.cos(count * angle))[:, None]
    edge = edge * (uneven_radius(design, hand, angle, rng) / design.radius_cm)[:, None]
    edge[:, 0] *= 1 + 0.9 * design.tolerance * hand.asymmetry * np.sign(edge[:, 0])
    thick = design.thick_cm
    dome = design.own.uniform(0, 0.12) * design.radius_cm
    points = disc(edge, thick, int(np.clip(design.radius_cm / step, 40, 112)), dome)
    warp = 0.3 * design.tolerance * design.radius_cm * abs(hand.asymmetry)
    points[..., 2] += warp * noise3(points * [1, 1, 0], 1.5 * design.radius_cm, rng, 1)
    main = finished(design, hand, points, "ball", _ground(design, points), rng)
    return main, np.array([0, float(edge[:, 1].max()) if design.form != "heart" else edge[0, 1], 0])


def _ground(design: Design, points: Floats) -> Ground:
    """Where a plate's ornament lies: around, or straight across for letters, weaves and stamps in rows."""
    x, y = points[..., 0], points[..., 1]
    size = design.radius_cm
    upper = np.zeros(points.shape[:2], bool)
    upper[: points.shape[0] // 2 - 8] = True
    if design.ornament in ("letters", "woven", "chevrons", "veins", "zigzag") or design.form == "bar":
        reach = -0.72 if design.ornament == "letters" else 0.8
        upright = design.ornament in ("veins", "zigzag", "chevrons") or design.form == "bar"
        along, across = (y, x) if upright else (x - reach * size, y)
        share = np.linspace(0, 1, upper.sum(0).max())[: points.shape[0] // 2]
        inside = np.zeros(points.shape[:2], bool)
        inside[: len(share)] = (share < 0.86)[:, None]
        band = np.abs(across) < (0.36 if design.ornament == "letters" else 0.8) * size
        return Ground(along, across, (inside & band & upper).astype(np.float32), 0.0)
    along = (np.arctan2(x, y) % (2 * np.pi)) * size * 0.7
    # By share of the way out, so that a border follows the outline.
    reach_rows = np.hypot(x, y) / (np.hypot(x, y).max(0, keepdims=True) + 1e-9)
    across = (reach_rows - 0.62) * size
    inside = np.abs(across) < 0.27 * size
    return Ground(along, across, (inside & upper).astype(np.float32), 2 * np.pi * size * 0.7)


def _annulus(design: Design, hand: Hand, rng: Random, grid: float) -> tuple[Part, Floats]:
    """An open ring, square in its section."""
    step = spacing(design, grid)
    columns = int(np.clip(2 * np.pi * design.radius_cm / step, 160, 820))
    angle = np.linspace(0, 2 * np.pi, columns, endpoint=False)
    radius = uneven_radius(design, hand, angle, rng) - design.width_cm / 2
    out = np.stack([np.sin(angle), np.cos(angle), 0 * angle], -1)
    rows = int(np.clip(2 * (design.width_cm + design.thick_cm) / step, 40, 200))
    section = profile(design.thick_cm, design.width_cm, 4.0, rows)
    swell = 1 + ripple(design, hand, angle, rng)
    if design.own.random() < 0.5:
        swell = swell * (1 - 0.4 * np.cos(angle))
        radius = radius - 0.2 * design.width_cm * (swell - 1)
    points = sweep(radius[:, None] * out, out, section, np.ones(columns), swell, True)
    along = np.broadcast_to((angle * design.radius_cm)[None], points.shape[:2])
    across = np.broadcast_to(section[:, 1, None], points.shape[:2])
    upper = np.broadcast_to(np.abs(section[:, 0, None]) > 0.4 * design.thick_cm, points.shape[:2])
    ground = Ground(
        along, across, (upper & (points[..., 2] > 0)).astype(np.float32), 2 * np.pi * design.radius_cm
    )
    main = finished(design, hand, points, "ring", ground, rng)
    return main, np.array([0, float(points[..., 1].max()), 0])


def _tapered(design: Design, hand: Hand, rng: Random, grid: float) -> tuple[Part, Floats]:
    """A crescent with thin tips, or a tusk: a curved rod that tapers."""
    columns = int(np.clip(520 * grid, 140, 520))
    t = np.linspace(0, 1, columns)
    crescent = design.form == "crescent"
    sweep_rad, size = (np.radians(235), 0.72) if crescent else (np.radians(70), 1.7)
    # Both hang from their middle or their thick end, at the top.
    angle = (t - 0.5) * sweep_rad if crescent else t * sweep_rad + np.radians(8)
    radius = size * uneven_radius(design, hand, angle, rng)
    out = np.stack([np.sin(angle), np.cos(angle), 0 * t], -1)
    path = radius[:, None] * out
    if crescent:
        broad = 0.5 * design.radius_cm * np.sin(np.pi * np.clip(t, 0.0, 1)) ** 0.9 + 0.02
    else:
        path = (path - path[0]) @ np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1.0]])
        broad = 0.3 * design.radius_cm * (1 - 0.86 * t) * (0.7 + 0.3 * capped(columns, 0.1))
        out = out @ np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1.0]])
    broad = broad * (1 + ripple(design, hand, 2 * np.pi * t, rng)) * capped(columns, 0.04)
    thick = design.thick_cm * (np.clip(broad / broad.max(), 0, 1) ** (0.4 if crescent else 1))
    if not crescent:
        thick = 0.85 * broad
    rows = int(np.clip(130 * grid, 40, 112))
    section = profile(1.0, 1.0, 2.6, rows)
    points = sweep(path, out, section, thick, broad)
    empty = np.zeros(points.shape[:2], np.float32)
    main = finished(design, hand, shut(points, "rod"), "rod", Ground(empty, empty, empty, 0.0), rng)
    top = path[columns // 2] + [0, broad[columns // 2] / 2, 0] if crescent else path[columns // 24]
    return main, np.asarray(top)


def finished(
    design: Design, hand: Hand, points: Floats, closing: Closing, ground: Ground, rng: Random
) -> Part:
    """The main part from its bare form: material, ornament, relief."""
    skin, height = material(design, hand, points, int(design.own.integers(2)), rng)
    skin, height, inlay = ornamented(design, hand, points, skin, height, ground, rng)
    pushed = points + normals(points, closing) * np.clip(height, -0.35 * design.thick_cm, None)[..., None]
    return Part("main", shut(pushed, closing), closing, skin, design.thick_cm, stuff=design.body, inlay=inlay)


def _upper(main: Part, x: float, y: float) -> tuple[int, int]:
    """The grid place (v, u) of the upper face nearest to x, y."""
    half = main.points.shape[0] // 2 if main.closing == "ball" else main.points.shape[0]
    face = main.points[:half]
    gap = np.hypot(face[..., 0] - x, face[..., 1] - y) - 10 * (
        face[..., 2] > 0 if main.closing == "ring" else 0
    )
    v, u = np.unravel_index(int(np.argmin(gap)), gap.shape)
    return int(v), int(u)


def _joined(design: Design, hand: Hand, main: Part, top: Floats, rng: Random, grid: float) -> list[Part]:
    size, parts = design.radius_cm, []
    if "layer" in design.extras:
        main, more = _layer(design, hand, main, rng, grid)
        parts += more
    if "rivets" in design.extras:
        count = int(design.own.integers(3, 6))
        angle = 2 * np.pi * (np.arange(count) + 0.5) / count + 0.02 * hand.rhythm * rng.normal(size=count)
        reach = (0.74 + 0.012 * hand.rhythm * rng.normal(size=count)) * size
        spots = [_upper(main, r * np.sin(a), r * np.cos(a)) for a, r in zip(angle, reach, strict=True)]
        main, more = rivets(design, main, spots, hand, rng)
        parts += more
    if "stone" in design.extras:
        slip = 0.02 * size * hand.asymmetry
        v, u = _upper(main, slip, (-0.16 if design.form == "tear" else 0.0) * size)
        at = main.points[v, u]
        main, more = setting(design, hand, main, at, np.array([0, 0, 1.0]), 0.3 * size, rng)
        parts += more
    if "dangle" in design.extras:
        parts += _dangles(design, hand, main, rng)
    parts += hanger(design, hand, top, rng)
    if "cord" in design.extras:
        parts.append(_cord(design, top, rng))
    return [main, *parts]


def _layer(design: Design, hand: Hand, main: Part, rng: Random, grid: float) -> tuple[Part, list[Part]]:
    """A smaller plate of the accent, riveted on top; glue rests show where it is lost."""
    own = design.own
    form = str(own.choice(["round", "leaf", "diamond", "hexagon"]))
    size = design.radius_cm * (0.46 if form == "round" else 0.56)
    edge = outline(form, size, int(np.clip(360 * grid, 90, 360)))
    edge = edge * (1 + 0.022 * hand.asymmetry * np.cos(2 * np.arctan2(edge[:, 0], edge[:, 1]) + 1))[:, None]
    v, u = _upper(main, 0, -0.08 * design.radius_cm)
    at = main.points[v, u]
    main = pocketed(main, at, np.array([0, 0, 1.0]), 0.4 * size, 0.15)
    points = disc(edge, 0.1, int(np.clip(50 * grid, 16, 50)), 0.05)
    skin, height = material(design, hand, points + 20 * rng.random(3), 0, rng, design.accent)
    points = shut(points + normals(points, "ball") * height[..., None], "ball")
    points = points @ basis(np.array([0, 0, 1.0]), 0.05 * hand.asymmetry).T + at + [0, 0, 0.03]
    plate = Part("layer", points, "ball", skin, 0.1, stuff=design.accent, role="inset", group="layer")
    top = [_upper(plate, at[0] + dx, at[1]) for dx in (-0.22 * size, 0.22 * size)]
    plate, pins = rivets(design, plate, top, hand, rng)
    pins = [Part(f"pin{i}", p.points, p.closing, p.skin, p.wall_cm, role="finding", group="layer")
            for i, p in enumerate(pins)]  # fmt: skip
    return main, [plate, *pins]


def _dangles(design: Design, hand: Hand, main: Part, rng: Random) -> list[Part]:
    count, parts = int(design.own.choice([1, 3, 5])), []
    x, y = main.points[..., 0].ravel(), main.points[..., 1].ravel()
    turn, reach = np.arctan2(x, -y), np.hypot(x, y)
    for number in range(count):
        angle = np.radians(15 if count == 5 else 21) * (number - (count - 1) / 2)
        angle += 0.008 * hand.rhythm * rng.normal()
        near = np.abs(turn - angle) < 0.04
        far = float(reach[near].max()) - 0.06
        at = np.array([far * np.sin(angle), -far * np.cos(angle), 0])
        # They hang down, a little fanned.
        way = np.array([0.5 * np.sin(angle), -1, 0])
        parts += dangle(design, hand, number, at, way, rng)
    return parts


def _cord(design: Design, top: Floats, rng: Random) -> Part:
    """A bit of the cord that it is worn on."""
    t = np.linspace(-1, 1, 160)
    size = design.radius_cm
    path = np.stack(
        [1.1 * size * np.sign(t) * np.abs(t) ** 1.6, 0.55 + 1.0 * size * np.abs(t) ** 0.75, 0 * t + 0.05], -1
    )
    path[:, 1] += 0.08 * size * np.sin(4 * t + rng.uniform(0, 6))
    points = rod(path + top, 0.075, 12)
    skin = cord_skin((12, 160), np.random.default_rng(design.own))
    return Part("cord", points, "rod", skin, 0.05, stuff="cord", role="cord")
