"""Beads and what is strung of them: strands of one or several stuffs, beadwork of three strands."""

import numpy as np

from ubora.datasets.render.designs.catalogue import Design
from ubora.datasets.render.designs.hands import Hand
from ubora.datasets.render.noise import Bools, Floats, Random
from ubora.datasets.render.pieces.findings import basis, dangle
from ubora.datasets.render.pieces.surfaces import cord_skin, material, wire_skin
from ubora.datasets.render.shapes import Part, Skin, ball, normals, profile, rod, shut, sweep

LENGTHS = {"round": 1.0, "barrel": 1.25, "tube": 2.2, "heishi": 0.3, "spacer": 0.5, "multi": 0.8}
"""Half length of a bead along its hole, in radii."""
POWERS = {"barrel": 2.6, "tube": 5.0, "heishi": 4.0, "spacer": 2.4}
KINDS = 6
"""Beads made for each stuff of a strand; the strand repeats them, turned."""


def bead(
    design: Design, hand: Hand, form: str, half_cm: float, stuff: str, shape: tuple[int, int], rng: Random
) -> tuple[Floats, Skin]:
    """A bead (rows, cols, 3) with its hole along z, and its skin."""
    points = ball((half_cm, half_cm, half_cm * LENGTHS[form]), *shape, POWERS.get(form, 2.0))
    skin, height = material(design, hand, points + 10 * rng.random(3), 2, rng, stuff)
    return shut(points + normals(points, "ball") * height[..., None], "ball"), skin


def strand(design: Design, hand: Hand, rng: Random, grid: float) -> list[Part]:
    """A loop of beads; each is a part, so that one can be missing."""
    if design.form == "multi":
        lines = [
            (1 + 0.10 * (k - 1) + 0.02 * rng.normal(), 0.35 * (k % 2) * design.width_cm) for k in range(3)
        ]
    else:
        lines = [(1.0, 0.0)]
    parts: list[Part] = []
    for number, (stretch, lift) in enumerate(lines):
        parts += _line(design, hand, rng, grid, number, stretch, lift)
    if "dangle" in design.extras:
        beads = [p for p in parts if p.role == "bead"]
        low = min(beads, key=lambda p: float(p.points[..., 1].mean())).points
        at = np.array([low[..., 0].mean(), low[..., 1].min(), low[..., 2].mean()])
        parts += dangle(design, hand, 0, at, np.array([0.0, -1, 0]), rng)
    return parts


def _pattern(design: Design) -> list[tuple[str, float]]:
    """Stuff and relative size of the beads, as they repeat."""
    own = design.own
    if len(design.stuffs) == 1:
        return [(design.body, 1.0)] * int(own.integers(1, 3))
    run = [(design.body, 1.0)] * int(own.integers(2, 5))
    for stuff in design.stuffs[1:]:
        small = 0.66 if stuff == "brass" and design.form != "heishi" else 1.0
        run += [(stuff, small)] * int(own.integers(1, 3))
    return run


def _line(
    design: Design, hand: Hand, rng: Random, grid: float, number: int, stretch: float, lift: float
) -> list[Part]:
    radius, pattern = design.width_cm / 2, _pattern(design)
    long = LENGTHS[design.form]
    mean = 2 * radius * long * float(np.mean([size for _, size in pattern])) + 0.06 * radius
    count = int(2 * np.pi * design.radius_cm * stretch / mean)
    scales = np.array([pattern[i % len(pattern)][1] for i in range(count)])
    stray = 2.0 * design.tolerance * hand.thickness
    sizes = radius * scales * (1 + np.clip(stray * rng.normal(0, 1, count), -0.36, 0.3))
    loose = np.clip(np.abs(0.05 * hand.rhythm * rng.normal(0, 1, count)), 0, 0.55)
    step = 2 * sizes * long + (0.05 + loose * min(1.0, long)) * radius
    angle = np.cumsum(step) - step / 2
    angle = angle / (angle[-1] + step[-1] / 2) * 2 * np.pi + rng.uniform(0, 6)
    loop = float(step.sum()) / (2 * np.pi)
    phase = rng.uniform(0, 6)
    # There are many of the thin and of the small ones, and little is seen of each.
    fine = grid * (radius / 0.23) ** 0.7 * {"heishi": 0.62, "multi": 0.8}.get(design.form, 1.0)
    rows, cols = (int(np.clip(n * fine, 14, n * 1.3)) for n in (44, 66))
    kinds = {
        stuff: [bead(design, hand, design.form, radius, stuff, (rows, cols), rng) for _ in range(KINDS)]
        for stuff in dict.fromkeys(design.stuffs)
    }
    parts = []
    chunk = {"heishi": 4, "multi": 2}.get(design.form, 1)
    for i, (a, size) in enumerate(zip(angle, sizes, strict=True)):
        stuff = pattern[i % len(pattern)][0]
        points, skin = kinds[stuff][int(rng.integers(KINDS))]
        r = _loop_radius(design, hand, a, loop, phase)
        tangent = np.array([-np.sin(a), np.cos(a), 0.03 * hand.asymmetry * rng.normal()])
        turned = points * (size / radius) @ basis(tangent, rng.uniform(0, 6)).T
        rise = lift * (1 + np.sin(3 * a + 2 * number))
        centre = np.array([r * np.cos(a), r * np.sin(a), size - radius + rise])
        parts.append(
            Part(f"bead{number}-{i}", turned + centre, "ball", skin, size, stuff=stuff, role="bead",
                 group=f"bead{number}-{i // chunk}")
        )  # fmt: skip
    parts.append(_cord(design, hand, loop, phase, lift, number, radius))
    return [
        *parts,
        *_clasp(design, hand, loop, phase, float(angle[0] - step[0] / 2 / loop), number, radius, rng),
    ]


def _cord(
    design: Design, hand: Hand, loop: float, phase: float, lift: float, number: int, radius: float
) -> Part:
    t = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    r = _loop_radius(design, hand, t, loop, phase)
    out = np.stack([np.cos(t), np.sin(t), 0 * t], -1)
    path = r[:, None] * out
    path[:, 2] = lift * (1 + np.sin(3 * t + 2 * number))
    ones = np.ones_like(t)
    thick = min(0.11, 0.5 * radius)
    cord = sweep(path, out, profile(thick, thick, 2, 12), ones, ones, True)
    # Its own stream, so that all strands hang on the same thread.
    return Part(f"cord{number}", cord, "ring", cord_skin((12, 400), design.own), 0.05,
                stuff="cord", role="cord")  # fmt: skip


def _clasp(
    design: Design, hand: Hand, loop: float, phase: float, at: float, number: int, radius: float, rng: Random
) -> list[Part]:
    """A brass sleeve where the thread was tied, on about half of the designs."""
    if design.own.random() < 0.5 or design.form == "multi":
        return []
    size = 0.5 * radius
    r = _loop_radius(design, hand, at, loop, phase)
    points = ball((size, size, 0.7 * size), 20, 30, 4.0) @ basis([-np.sin(at), np.cos(at), 0]).T
    points = points + np.array([r * np.cos(at), r * np.sin(at), 0])
    return [Part(f"sleeve{number}", points, "ball", wire_skin(design, hand, (20, 30), rng), size,
                 role="finding")]  # fmt: skip


def _loop_radius(design: Design, hand: Hand, angle: Floats | float, loop_cm: float, phase: float) -> Floats:
    a = np.asarray(angle)
    stray = 0.9 * design.tolerance * hand.asymmetry
    lobes = (0.03 + stray) * np.cos(2 * a + phase) + (0.01 + 0.6 * stray) * np.cos(3 * a + 2 * phase)
    return np.asarray(loop_cm * (1 + lobes))


def ladder(design: Design, hand: Hand, rng: Random, grid: float) -> list[Part]:
    """Beads sewn between two cords, each held by crossing thread: a wrap bracelet as it lies closed."""
    half = design.width_cm / 2
    t = np.linspace(0, 2 * np.pi, 480, endpoint=False)
    out = np.stack([np.cos(t), np.sin(t), 0 * t], -1)
    phase = rng.uniform(0, 6)
    path = _loop_radius(design, hand, t, design.radius_cm, phase)[:, None] * out
    skin = cord_skin((14, 480), design.own)
    parts, rails = [], (half + design.thick_cm / 2) * (1 + 0.02 * hand.thickness * np.sin(2 * t + phase))
    for number, side in enumerate((-1.0, 1.0)):
        line = path + (side * rails)[:, None] * [0, 0, 1.0]
        points = rod(line, design.thick_cm / 2, 14, out, True)
        parts.append(Part(f"rail{number}", points, "ring", skin, design.thick_cm, stuff="cord", role="cord"))
    count = int(2 * np.pi * design.radius_cm / (2.12 * half))
    loose = 0.03 * hand.rhythm * rng.normal(0, 1, count)
    angles = (np.arange(count) + 0.5 + np.clip(loose, -0.14, 0.14)) / count * 2 * np.pi
    keep: Bools = np.abs(angles - 2 * np.pi) > 0.1
    shape = (int(np.clip(34 * grid, 14, 40)), int(np.clip(50 * grid, 20, 60)))
    stuffs = [design.accent, design.accent, "brass"] if design.own.random() < 0.5 else [design.accent]
    kinds = {
        s: [bead(design, hand, "round", half, s, shape, rng) for _ in range(4)] for s in dict.fromkeys(stuffs)
    }
    for i, a in enumerate(angles[keep]):
        stuff = stuffs[i % len(stuffs)]
        points, own = kinds[stuff][int(rng.integers(4))]
        scale = 1 + np.clip(1.4 * design.tolerance * hand.thickness * rng.normal(), -0.2, 0.08)
        here = float(_loop_radius(design, hand, a, design.radius_cm, phase))
        centre = np.array([here * np.cos(a), here * np.sin(a), 0])
        group = f"bead{i}"
        parts.append(Part(group, points * scale + centre, "ball", own, half, stuff=stuff, role="bead",
                          group=group))  # fmt: skip
    # The thread crosses outside and inside between the beads.
    turn = np.linspace(0, 2 * np.pi, 960, endpoint=False)
    r = _loop_radius(design, hand, turn, design.radius_cm, phase)
    around = np.stack([np.cos(turn), np.sin(turn), 0 * turn], -1)
    cross = count * turn
    line = (r + 0.6 * half * np.sin(cross))[:, None] * around
    line[:, 2] = (half + design.thick_cm) * np.sin(cross / 2 if count % 2 == 0 else cross)
    thread = rod(line, 0.022, 6, around, True)
    parts.append(Part("thread", thread, "ring", cord_skin((6, 960), rng), 0.04, stuff="cord", role="cord"))
    # The main part first: a bead, since nobody judges the cord.
    parts.sort(key=lambda p: p.role != "bead")
    return parts
