"""From a design and a hand to the closed surfaces of one clean piece, lying as made (axis z), in cm."""

import numpy as np

from datasets.render.designs import Design, Hand
from datasets.render.noise import Floats, Random, noise3
from datasets.render.ornaments import ornamented
from datasets.render.shapes import Closing, Part, ball, capped, disc, normals, plain_skin, profile, rod, sweep
from datasets.render.surfaces import brass_wire, material

FLAT = ("pendant", "drop")


def build(design: Design, hand: Hand, rng: Random, grid: float = 1.0) -> list[Part]:
    """The parts of one piece, the main one first; `grid` below 1 makes them coarser (clutter, tests)."""
    if design.category == "beads":
        return _beads(design, hand, rng, grid)
    if design.form == "spiral":
        return _spiral(design, hand, rng, grid)
    if design.category in FLAT:
        return _flat(design, hand, rng, grid)
    return _hoop(design, hand, rng, grid)


def _spacing(design: Design, grid: float) -> float:
    """About one pixel of a 384 px photo that the piece fills."""
    return 2 * design.radius_cm / 300 / grid


def _hoop(design: Design, hand: Hand, rng: Random, grid: float) -> list[Part]:
    """Bangles, cuffs, rings and hoops: a section swept around a nearly round path."""
    gap_deg = {"cuff": rng.uniform(50, 75), "hoop": rng.uniform(14, 40)}.get(design.category, 0.0)
    step = _spacing(design, grid)
    columns = int(np.clip(2 * np.pi * design.radius_cm * (1 - gap_deg / 360) / step, 160, 1000))
    angle = np.linspace(0, 2 * np.pi, columns, endpoint=False)
    if gap_deg:
        angle = np.radians(np.linspace(gap_deg / 2, 360 - gap_deg / 2, columns))
    radius = _uneven_radius(design, hand, angle, rng)
    out = np.stack([np.cos(angle), np.sin(angle), np.zeros_like(angle)], -1)
    path = radius[:, None] * out
    # A hand also lifts the rim a little.
    path[:, 2] = (
        0.35
        * design.tolerance
        * design.radius_cm
        * abs(hand.asymmetry)
        * np.sin(2 * angle + rng.uniform(0, 6))
    )
    sides = {"round": (2.0, 0.0), "flat": (5.0, 0.0), "dome": (2.3, 0.85)}[design.form]
    rows = int(np.clip(2 * (design.width_cm + design.thick_cm) / step, 40, 300))
    section = profile(design.width_cm, design.thick_cm, sides[0], rows, sides[1])
    ripple = _ripple(design, hand, angle, rng)
    wide, thick = 1 + 0.6 * ripple, 1 + ripple
    if design.category == "cuff":
        wide = wide * (1 - 0.25 * np.abs(np.cos(angle / 2)) ** 4)
    if gap_deg:
        share = design.width_cm / 2 / (columns * step) * (1.0 if design.form == "flat" else 0.6)
        cap = capped(columns, min(0.2, max(share * 0.7, 3 / columns)))
        wide, thick = wide * cap, thick * np.sqrt(cap)
        wide[[0, -1]], thick[[0, -1]] = 0, 0
    points = sweep(path, out, section, wide, thick)
    along = np.broadcast_to((angle * design.radius_cm)[None], points.shape[:2])
    across = points[..., 2]
    outer = np.broadcast_to((section[:, 1] > 0.2 * section[:, 1].max())[:, None], points.shape[:2]).astype(
        np.float32
    )
    closing: Closing = "rod" if gap_deg else "ring"
    main = _finished(design, hand, points, closing, 0, along, across, outer, design.thick_cm, rng)
    return [main, *(_wrapped_wire(design, main, rng) if design.ornament == "wire" else [])]


def _uneven_radius(design: Design, hand: Hand, angle: Floats, rng: Random) -> Floats:
    stray = design.tolerance * hand.asymmetry
    lobes = sum(
        share * np.cos(count * angle + rng.uniform(0, 2 * np.pi))
        for count, share in ((2, 0.8), (3, 0.35), (5, 0.15))
    )
    return np.asarray(design.radius_cm * (1 + stray * lobes))


def _ripple(design: Design, hand: Hand, angle: Floats, rng: Random) -> Floats:
    stray = 3.0 * design.tolerance * hand.thickness
    return np.asarray(
        stray
        * (
            0.6
            + 0.6 * np.cos(angle + rng.uniform(0, 6))
            + 0.4 * np.cos(3 * angle + rng.uniform(0, 6))
            + 0.3 * np.cos(7 * angle + rng.uniform(0, 6))
        )
    )


def _finished(
    design: Design, hand: Hand, points: Floats, closing: Closing, streak: int,
    along: Floats, across: Floats, outer: Floats, wall_cm: float, rng: Random,
) -> Part:  # fmt: skip
    skin, height = material(design, hand, points, streak, rng)
    skin, height = ornamented(design, skin, height, along, across, outer, rng)
    pushed = points + normals(points, closing) * np.clip(height, -0.35 * wall_cm, None)[..., None]
    return Part("main", _shut(pushed, closing), closing, skin, wall_cm)


def _shut(points: Floats, closing: Closing) -> Floats:
    """The grid with its ends drawn together again after displacement, so that nothing opens."""
    points = points.copy()
    if closing == "rod":
        points[:, 0], points[:, -1] = points[:, 0].mean(0), points[:, -1].mean(0)
    if closing == "ball":
        points[0], points[-1] = points[0].mean(0), points[-1].mean(0)
    return points


def outline(form: str, radius_cm: float, count: int) -> Floats:
    """The edge (count, 2) of a plate, starting at its top, where the bail sits."""
    a = np.linspace(0, 2 * np.pi, count, endpoint=False)
    # Distance from the centre as a function of the angle from the top.
    c = np.cos(a)
    if form == "tear":
        r = 0.72 + 0.28 * np.clip(c, 0, 1) ** 6 - 0.02 * c
    elif form == "leaf":
        r = 1 / (np.abs(np.cos(a)) ** 1.25 + (np.abs(np.sin(a)) / 0.48) ** 1.25) ** (1 / 1.25)
    elif form == "shield":
        r = 1 / ((np.abs(np.cos(a)) / 0.95) ** 3.2 + (np.abs(np.sin(a)) / 0.72) ** 3.2) ** (1 / 3.2)
        r = r * (1 - 0.16 * np.clip(-c, 0, 1) * np.abs(np.sin(a)))
    else:
        r = np.ones_like(a)
    return radius_cm * np.stack([r * np.sin(a), r * np.cos(a)], -1)


def _flat(design: Design, hand: Hand, rng: Random, grid: float) -> list[Part]:
    step = _spacing(design, grid)
    edge = outline(design.form, design.radius_cm, int(np.clip(2 * np.pi * design.radius_cm / step, 160, 900)))
    angle = np.arctan2(edge[:, 0], edge[:, 1])
    edge = edge * (_uneven_radius(design, hand, angle, rng) / design.radius_cm)[:, None]
    edge[:, 0] *= 1 + design.tolerance * hand.asymmetry
    thick = design.thick_cm * (1 + 3 * design.tolerance * hand.thickness)
    points = disc(
        edge, thick, int(np.clip(design.radius_cm / step, 40, 150)), rng.uniform(0, 0.12) * design.radius_cm
    )
    warp = design.tolerance * design.radius_cm * abs(hand.asymmetry) * 0.6
    points[..., 2] += warp * noise3(points * [1, 1, 0], design.radius_cm, rng, 1)
    along: Floats = np.arctan2(points[..., 1], points[..., 0]) * design.radius_cm * 0.7
    across: Floats = np.hypot(points[..., 0], points[..., 1]) - 0.55 * design.radius_cm
    if design.ornament == "letters":
        along, across = points[..., 0] - 0.8 * design.radius_cm, points[..., 1]
    inside = np.abs(across) < 0.33 * design.radius_cm
    upper = np.zeros(points.shape[:2], bool)
    upper[: points.shape[0] // 2] = True
    outer = (inside & upper).astype(np.float32)
    main = _finished(design, hand, points, "ball", int(rng.integers(2)), along, across, outer, thick, rng)
    top = float(edge[:, 1].max())
    return [main, *_hanger(design, top, thick, rng)]


def _hanger(design: Design, top_cm: float, thick_cm: float, rng: Random) -> list[Part]:
    """A bail (pendant) or an ear hook (drop) of wire at the top of a plate, fixed by a collar."""
    wire = rng.uniform(0.045, 0.07)
    size = rng.uniform(0.24, 0.36)
    t = np.linspace(0, 2 * np.pi, 100)
    lean = rng.uniform(-0.3, 0.3)
    loop = np.stack(
        [
            size * 0.7 * np.sin(t) + lean * size * np.cos(t),
            top_cm + size * 0.75 - size * np.cos(t) * 1.05,
            0.02 * np.sin(t),
        ],
        -1,
    )
    paths = [loop]
    if design.category == "drop":
        s = np.linspace(0, 1, 140)
        hook = np.stack(
            [
                0.5 * np.sin(np.pi * s) * (1 - 0.3 * s),
                top_cm + 1.4 * size + 1.1 * np.sin(np.pi * 0.8 * s),
                0.05 + 0 * s,
            ],
            -1,
        )
        paths.append(hook)
    parts = []
    for number, path in enumerate(paths):
        points = rod(path, wire, 14, (0, 0, 1))
        parts.append(Part(f"hanger{number}", points, "rod", brass_wire((14, len(path)), rng), wire))
    return parts


def _spiral(design: Design, hand: Hand, rng: Random, grid: float) -> list[Part]:
    """Wire coiled flat, with an ear hook or a loop."""
    turns = 3.2 + 0.6 * (sum(map(ord, design.name)) % 3)
    columns = int(1000 * grid)
    t = np.linspace(0, 1, columns)
    angle = 2 * np.pi * turns * t
    radius = design.radius_cm * (0.12 + 0.88 * t)
    radius = radius * (_uneven_radius(design, hand, angle, rng) / design.radius_cm)
    turn_start = np.pi / 2 - 2 * np.pi * turns
    path = np.stack([radius * np.cos(angle + turn_start), radius * np.sin(angle + turn_start), 0 * t], -1)
    around = 26
    section = profile(design.width_cm, design.thick_cm, 2, around)
    out = np.broadcast_to([0.0, 0.0, 1.0], path.shape)
    cap = capped(columns, 3 / columns * 2)
    points = sweep(path, out, section, (1 + _ripple(design, hand, angle / turns, rng)) * cap, cap)
    zero = np.zeros(points.shape[:2], np.float32)
    main = _finished(design, hand, points, "rod", 0, zero, zero, zero, design.thick_cm, rng)
    return [main, *_hanger(design, design.radius_cm, design.thick_cm, rng)]


def _beads(design: Design, hand: Hand, rng: Random, grid: float) -> list[Part]:
    """A strand: beads on a cord around a loop. Each bead is a part, so one can be missing."""
    radius = design.width_cm / 2
    even = 2 * np.pi * design.radius_cm / (2 * radius * 1.06)
    count = int(even)
    slack = 2 * design.tolerance
    sizes = radius * (1 + np.clip(slack * hand.thickness * rng.normal(0, 1.2, count), -0.3, 0.25))
    gaps = np.abs(1 + 8 * design.tolerance * hand.rhythm * rng.normal(0, 1.0, count)) * 0.08 * radius
    step = 2 * sizes * (1.18 if design.form == "barrel" else 1.0) + gaps
    angle = np.cumsum(step) - step / 2
    angle = angle / (angle[-1] + step[-1] / 2) * 2 * np.pi
    loop = design.radius_cm * float(step.sum()) / (2 * np.pi * design.radius_cm)
    parts = []
    rows, cols = (int(np.clip(70 * grid, 16, 70)), int(np.clip(100 * grid, 20, 100)))
    for number, (a, size) in enumerate(zip(angle, sizes, strict=True)):
        r = _loop_radius(design, hand, a, loop)
        long = size * (1.25 if design.form == "barrel" else rng.uniform(0.93, 1.0))
        points = ball((size, size, long), rows, cols, 2.6 if design.form == "barrel" else 2.0)
        skin, height = material(design, hand, points + 10 * rng.random(3), 2, rng)
        points = _shut(points + normals(points, "ball") * height[..., None], "ball")
        tilt = np.array([[0, -np.sin(a), np.cos(a)], [0, np.cos(a), np.sin(a)], [-1, 0, 0]], float)
        centre = np.array([r * np.cos(a), r * np.sin(a), size - radius])
        parts.append(Part(f"bead{number}", points @ tilt.T + centre, "ball", skin, size))
    t = np.linspace(0, 2 * np.pi, 500, endpoint=False)
    r = _loop_radius(design, hand, t, loop)
    out = np.stack([np.cos(t), np.sin(t), 0 * t], -1)
    ones = np.ones_like(t)
    cord = sweep(r[:, None] * out, out, profile(0.11, 0.11, 2, 12), ones, ones)
    red, green, blue = (float(c) for c in rng.uniform(0.02, 0.25) * rng.uniform(0.5, 1.0, 3))
    parts.append(Part("cord", cord, "ring", plain_skin((12, 500), (red, green, blue), 0.8), 0.05))
    return parts


def _loop_radius(design: Design, hand: Hand, angle: Floats, loop_cm: float) -> Floats:
    squash = 0.05 + design.tolerance * hand.asymmetry
    return np.asarray(
        loop_cm * (1 + squash * np.cos(2 * np.asarray(angle) + 0.6) + 0.02 * np.cos(3 * np.asarray(angle)))
    )


def _wrapped_wire(design: Design, main: Part, rng: Random) -> list[Part]:
    """Wanted wire wound a few turns around a cuff or hoop."""
    rows, columns = main.points.shape[:2]
    middle, span = rng.uniform(0.3, 0.7), rng.uniform(0.05, 0.09)
    wraps = int(rng.integers(5, 10))
    t = np.linspace(0, 1, wraps * 40)
    u = np.clip(((middle + span * (t - 0.5)) * columns).astype(int), 2, columns - 3)
    v = (t * wraps * rows).astype(int) % rows
    wire = 0.05
    path = main.points[v, u] + (wire * 0.8) * normals(main.points, main.closing)[v, u]
    kernel = np.ones(5) / 5
    path = np.stack([np.convolve(np.pad(path[:, i], 2, "edge"), kernel, "valid") for i in range(3)], -1)
    return [
        Part("wire", rod(path, wire, 10, (0.3, 0.2, 1)), "rod", brass_wire((10, len(path)), rng, 0.25), wire)
    ]
