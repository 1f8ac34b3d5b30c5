"""Bangles, cuffs, rings and hoops: bands swept around, twisted or coiled, and what sits on them."""

import numpy as np

from ubora.datasets.render.designs.catalogue import Design
from ubora.datasets.render.designs.hands import Hand
from ubora.datasets.render.noise import Floats, Random
from ubora.datasets.render.pieces.findings import basis, dangle, rivets, setting
from ubora.datasets.render.pieces.ornaments import Ground, ornamented
from ubora.datasets.render.pieces.strands import bead
from ubora.datasets.render.pieces.surfaces import brass_wire, material, wire_skin
from ubora.datasets.render.shapes import Closing, Part, ball, capped, normals, profile, rod, shut, sweep

SECTIONS = {"round": (2.0, 0.0), "flat": (6.0, 0.0), "dome": (2.3, 0.85), "knife": (1.45, 0.5),
            "channel": (6.0, 0.0)}  # fmt: skip
"""Of each form: power of its superellipse, and how flat its inner side is."""


def spacing(design: Design, grid: float) -> float:
    """About one pixel of a 384 px photo that the piece fills."""
    return 2 * design.radius_cm / 300 / grid


def hoop(design: Design, hand: Hand, rng: Random, grid: float) -> list[Part]:
    """A band around, the main part first."""
    if design.form in ("twist", "braid"):
        return _twisted(design, hand, rng, grid)
    if design.form == "coil":
        return _coiled(design, hand, rng, grid)
    main, angle = _band(design, hand, rng, grid)
    return _joined(design, hand, main, angle, rng)


def open_angle(design: Design, count: int, rng: Random) -> Floats:
    """Angles (count,) around the piece, with a gap at 0 where the category has one."""
    gap_deg = {"cuff": rng.uniform(48, 66), "wrap": rng.uniform(40, 60), "hoop": rng.uniform(14, 34)}.get(
        design.category, 0.0
    )
    if not gap_deg:
        return np.linspace(0, 2 * np.pi, count, endpoint=False)
    return np.radians(np.linspace(gap_deg / 2, 360 - gap_deg / 2, count))


def uneven_radius(design: Design, hand: Hand, angle: Floats, rng: Random) -> Floats:
    """The radius (U,) at each angle: smoothly out of round, never kinked."""
    stray = design.tolerance * hand.asymmetry
    lobes = sum(
        share * np.cos(count * angle + rng.uniform(0, 2 * np.pi))
        for count, share in ((2, 0.65), (3, 0.42), (4, 0.1))
    )
    return np.asarray(design.radius_cm * (1 + stray * lobes))


def ripple(design: Design, hand: Hand, angle: Floats, rng: Random) -> Floats:
    """How much wider or thinner (U,) the hand left the band along its way, relative."""
    stray = 2.6 * design.tolerance * hand.thickness
    waves = 0.3 + sum(
        share * np.cos(count * angle + rng.uniform(0, 6)) for count, share in ((1, 0.7), (2, 0.4), (4, 0.4))
    )
    return np.asarray(np.clip(stray * waves, -0.38, 0.5))


def circle(design: Design, hand: Hand, angle: Floats, rng: Random) -> tuple[Floats, Floats]:
    """The path (U, 3) of a nearly round piece in the plane z, its rim lifted a little, and the way out."""
    radius = uneven_radius(design, hand, angle, rng)
    out = np.stack([np.cos(angle), np.sin(angle), np.zeros_like(angle)], -1)
    path = radius[:, None] * out
    lift = 0.35 * design.tolerance * design.radius_cm * abs(hand.asymmetry)
    path[:, 2] = lift * np.sin(2 * angle + rng.uniform(0, 6))
    return path, out


def _band(design: Design, hand: Hand, rng: Random, grid: float) -> tuple[Part, Floats]:
    step = spacing(design, grid)
    columns = int(np.clip(2 * np.pi * design.radius_cm / step, 160, 960))
    angle = open_angle(design, columns, rng)
    gap = design.category in ("cuff", "hoop")
    path, out = circle(design, hand, angle, rng)
    power, dome = SECTIONS[design.form]
    rows = int(np.clip(2 * (design.width_cm + design.thick_cm) / step, 40, 220))
    section = profile(design.width_cm, design.thick_cm, power, rows, dome)
    if design.form == "channel":
        # Two raised rims with a hollow between, as if rolled.
        upper = section[:, 1] > 0
        hollow = 0.3 * design.thick_cm * np.clip(1 - (section[:, 0] / (0.42 * design.width_cm)) ** 4, 0, 1)
        section[:, 1] -= np.where(upper, hollow, 0)
    wide = 1 + 0.75 * ripple(design, hand, angle, rng)
    thick = 1 + 0.6 * ripple(design, hand, angle, rng)
    if design.category == "cuff":
        wide = wide * (1 - 0.25 * np.abs(np.cos(angle / 2)) ** 4)
    if design.category == "ring" and design.own.random() < 0.35:
        wide = wide * (1.18 - 0.3 * (1 + np.cos(angle)) / 2)
    if gap:
        share = design.width_cm / 2 / (columns * step) * (1.0 if design.form == "flat" else 0.6)
        cap = capped(columns, min(0.2, max(share * 0.7, 3 / columns)))
        wide, thick = wide * cap, thick * np.sqrt(cap)
        wide[[0, -1]], thick[[0, -1]] = 0, 0
    points = sweep(path, out, section, wide, thick, not gap)
    length = 2 * np.pi * design.radius_cm
    along = np.broadcast_to((angle * design.radius_cm)[None], points.shape[:2])
    across = points[..., 2] - path[None, :, 2]
    outer = section[:, 1] > 0.2 * section[:, 1].max()
    if design.form == "channel":
        outer = (section[:, 1] > 0) & (np.abs(section[:, 0]) < 0.4 * design.width_cm)
    facing = np.broadcast_to(outer[:, None].astype(np.float32), points.shape[:2])
    closing: Closing = "rod" if gap else "ring"
    skin, height = material(design, hand, points, 0 if design.category != "ring" else 2, rng)
    ground = Ground(along, across, facing, length)
    skin, height, inlay = ornamented(design, hand, points, skin, height, ground, rng)
    limit = 0.35 * design.thick_cm * (0.6 if design.form == "channel" else 1)
    pushed = points + normals(points, closing) * np.clip(height, -limit, None)[..., None]
    main = Part(
        "main", shut(pushed, closing), closing, skin,
        design.thick_cm * (0.7 if design.form == "channel" else 1), stuff=design.body, inlay=inlay,
    )  # fmt: skip
    return main, angle


def _twisted(design: Design, hand: Hand, rng: Random, grid: float) -> list[Part]:
    """Two wires twisted, or three braided; the hand's rhythm bunches the turns."""
    count = 3 if design.form == "braid" else 2
    wire = design.thick_cm / 2 * (0.75 if count == 3 else 0.8)
    columns = int(np.clip(900 * grid, 200, 900))
    angle = open_angle(design, columns, rng)
    path, out = circle(design, hand, angle, rng)
    turns = max(5, round(2 * np.pi * design.radius_cm / (5.2 * design.thick_cm)))
    phase = turns * angle + 0.05 * turns**0.5 * hand.rhythm * (
        np.sin(2 * angle + rng.uniform(0, 6)) + 0.6 * np.sin(5 * angle + rng.uniform(0, 6))
    )
    swell = 1 + 0.8 * ripple(design, hand, angle, rng)
    up = np.array([0.0, 0.0, 1.0])
    gap = design.category in ("cuff", "hoop")
    around = int(np.clip(26 * grid, 12, 26))
    parts = []
    for number in range(count):
        own = phase + 2 * np.pi * number / count
        if count == 3:
            side, high = 0.33 * design.width_cm * np.sin(own), 0.75 * wire * np.sin(2 * own)
        else:
            side, high = wire * np.cos(own), wire * np.sin(own)
        line = path + (swell * high)[:, None] * out + (swell * side)[:, None] * up
        points = rod(line, wire, around, out, not gap)
        middle = line[None]
        points = middle + (points - middle) * swell[None, :, None]
        skin, height = material(design, hand, points, 0, rng)
        closing: Closing = "rod" if gap else "ring"
        points = shut(points + normals(points, closing) * height[..., None], closing)
        parts.append(Part("main" if number == 0 else f"strand{number}", points, closing, skin, 2 * wire))
    return [*parts, *(_balls(design, hand, path, 1.25 * design.thick_cm, rng) if gap else [])]


def _coiled(design: Design, hand: Hand, rng: Random, grid: float) -> list[Part]:
    """One wire that goes three times around, its ends curled on top."""
    turns = 3.15
    t = np.linspace(0, 1, int(np.clip(960 * grid, 240, 960)))
    angle = 2 * np.pi * turns * t
    radius = uneven_radius(design, hand, angle, rng)
    drift = 0.06 * hand.rhythm * np.sin(angle / turns * 2 + rng.uniform(0, 6))
    path = np.stack([radius * np.cos(angle), radius * np.sin(angle), 0 * t], -1)
    path[:, 2] = design.thick_cm * 1.06 * (turns * (t - 0.5) + drift)
    out = np.stack([np.cos(angle), np.sin(angle), 0 * t], -1)
    points = rod(path, design.thick_cm / 2, 24, out)
    skin, height = material(design, hand, points, 0, rng)
    points = shut(points + normals(points, "rod") * height[..., None], "rod")
    return [Part("main", points, "rod", skin, design.thick_cm)]


def _joined(design: Design, hand: Hand, main: Part, angle: Floats, rng: Random) -> list[Part]:
    """The band with everything that its design joins to it."""
    path, parts = main.points.mean(0), []
    columns = main.points.shape[1]
    top = int(np.argmax(np.sum((main.points - path)[:, columns // 2] * path[columns // 2], -1)))
    if "rivets" in design.extras:
        count = int(design.own.integers(3, 7))
        even = (np.arange(count) + 0.5) / count
        even = 0.5 + 0.75 * (even - 0.5) if design.category != "bangle" else even
        even = even + 0.007 * hand.rhythm * rng.normal(size=count)
        spots = [(top, int(np.clip(e, 0.03, 0.97) * columns)) for e in even]
        main, more = rivets(design, main, spots, hand, rng)
        parts += more
    if "stone" in design.extras:
        at, normal = main.points[top, columns // 2], normals(main.points, main.closing)[top, columns // 2]
        size = 0.42 * design.width_cm + 0.3 if design.category == "ring" else 0.42 * design.width_cm
        main, more = setting(design, hand, main, at, normal, size, rng)
        parts += more
    if "wire" in design.extras:
        parts += _wrapped_wire(design, hand, main, rng)
    if "balls" in design.extras:
        parts += _balls(design, hand, path, 0.36, rng)
    if "beads" in design.extras:
        parts += _threaded(design, hand, path, angle, rng)
    if "dangle" in design.extras:
        count = int(design.own.integers(3, 6))
        for number in range(count):
            share = 0.5 + 0.09 * (number - (count - 1) / 2) + 0.004 * hand.rhythm * rng.normal()
            u = int(share * columns)
            way = path[u] / np.linalg.norm(path[u])
            at = main.points[:, u] @ way
            # Lying flat: the ring goes around the band's lower rim.
            edge = way * float(at.max()) + [0, 0, float(main.points[:, u, 2].min()) + 0.05]
            parts += dangle(design, hand, number, edge, way, rng)
    return [main, *parts]


def _balls(design: Design, hand: Hand, path: Floats, size_cm: float, rng: Random) -> list[Part]:
    """A ball at each open end."""
    parts = []
    for number, at in enumerate((path[1], path[-2])):
        size = size_cm * (1 + 0.03 * hand.thickness * rng.normal())
        points = ball((size, size, size), 36, 54) + at
        skin = wire_skin(design, hand, (36, 54), rng)
        parts.append(Part(f"ball{number}", points, "ball", skin, size, role="finding"))
    return parts


def _threaded(design: Design, hand: Hand, path: Floats, angle: Floats, rng: Random) -> list[Part]:
    """Beads on a thin hoop, symmetric about its lowest place."""
    own, parts = design.own, []
    count, size = int(2 * own.integers(1, 4) + 1), design.thick_cm * own.uniform(1.2, 1.7)
    for number in range(count):
        off = number - (count - 1) / 2
        middle = abs(off) < 0.6
        half = size * (1.25 if middle else 0.8) * (1 + 0.035 * hand.thickness * rng.normal())
        turn = np.pi + (2.15 * size * off + 0.2 * size * np.sign(off)) / design.radius_cm
        turn += 0.012 * hand.rhythm * rng.normal() * size
        u = int(np.argmin(np.abs(angle - turn)))
        tangent = path[u + 1] - path[u - 1]
        stuff = design.accent if middle or number % 2 == 0 else "brass"
        points, skin = bead(design, hand, "round", half, stuff, (40, 60), rng)
        parts.append(
            Part(f"bead{number}", points @ basis(tangent).T + path[u], "ball", skin, half, stuff=stuff,
                 role="bead", group=f"bead{number}")
        )  # fmt: skip
    return parts


def _wrapped_wire(design: Design, hand: Hand, main: Part, rng: Random) -> list[Part]:
    """Wanted wire wound a few turns around a band, following its skin."""
    rows, columns = main.points.shape[:2]
    parts = []
    for number, middle in enumerate((0.3, 0.5, 0.7) if design.own.random() < 0.5 else (0.5,)):
        wraps, wire = int(design.own.integers(5, 10)), 0.05
        span = wraps * 2.3 * wire / (2 * np.pi * design.radius_cm)
        t = np.linspace(0, 1, wraps * 40)
        loose = 0.02 * hand.rhythm * np.sin(2 * np.pi * t + rng.uniform(0, 6))
        u = np.clip(((middle + span * (t - 0.5 + loose)) * columns), 2, columns - 3).astype(int)
        v = (t * wraps * rows).astype(int) % rows
        normal = normals(main.points, main.closing)[v, u]
        path = main.points[v, u] + (wire * 0.8) * normal
        kernel = np.ones(5) / 5
        path = np.stack([np.convolve(np.pad(path[:, i], 2, "edge"), kernel, "valid") for i in range(3)], -1)
        points = rod(path, wire, 10, normal)
        skin = brass_wire((10, len(path)), rng, 0.25)
        parts.append(Part(f"wire{number}", points, "rod", skin, wire, role="wire"))
    return parts
