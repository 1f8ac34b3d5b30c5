"""Beads, wire, nets, chains, rings, rivets, coins, buttons, other pieces."""

import numpy as np

from ubora.datasets.render.clutter.solids import lathe, painted, strand
from ubora.datasets.render.designs.catalogue import catalogue
from ubora.datasets.render.designs.hands import draw_hand
from ubora.datasets.render.noise import Floats, Random, linear, noise2, single, smoothstep
from ubora.datasets.render.pieces.build import build
from ubora.datasets.render.shapes import Part, ball, rod, turn

_METALS = (
    (0.85, 0.66, 0.3), (0.78, 0.6, 0.3), (0.8, 0.78, 0.75), (0.72, 0.43, 0.26), (0.5, 0.5, 0.5),
    (0.35, 0.28, 0.2),
)  # fmt: skip


def metal(rng: Random) -> tuple[Floats, float]:
    """Linear colour of brass, silver, copper, steel or old brass, and a roughness."""
    return single(_METALS[int(rng.integers(len(_METALS)))]) * rng.uniform(0.85, 1.05), rng.uniform(0.12, 0.45)


def dye(rng: Random) -> Floats:
    """A strong colour of glass, plastic or thread, linear."""
    hue, strong, bright = rng.uniform(0, 2 * np.pi), rng.beta(2.2, 2.0), rng.uniform(0.2, 0.95)
    wheel = 0.5 + 0.5 * np.cos(hue + np.array([0, 2.1, 4.2]))
    return single(linear(*(float(c) for c in np.clip(bright * (1 - strong + strong * wheel), 0.02, 0.97))))


def beads(rng: Random) -> list[Part]:
    """Loose beads of glass, clay, wood or metal: shiny, banded, pierced."""
    size, palette = rng.uniform(0.2, 0.75), [dye(rng) for _ in range(int(rng.integers(1, 4)))]
    kind, shiny, parts = int(rng.integers(4)), rng.uniform(0.05, 0.6), []
    place = rng.normal(0, 2.6 * size, 2)
    for _ in range(int(rng.integers(2, 11))):
        place = place + rng.normal(0, 2.2 * size, 2)
        colour = palette[int(rng.integers(len(palette)))] * rng.uniform(0.8, 1.15)
        long = size * (1.0, 1.35, 0.7, 1.0)[kind] * rng.uniform(0.92, 1.08)
        points = ball((size / 2, size / 2, long / 2), 18, 24, (2.0, 3.0, 2.6, 2.0)[kind])
        v = np.linspace(0, 1, 18)[:, None]
        hole = smoothstep(0.2, 0.12, single(np.minimum(v, 1 - v))) * np.ones((1, 24), np.float32)
        bands = 1 + 0.25 * np.cos(2 * np.pi * 3 * v) * (kind == 1) + 0.12 * noise2((18, 24), (5, 6), rng, 2)
        # Glass lights up on the side away from the lamp; without a lamp's place, a pale belly must do.
        glow = 0.35 * smoothstep(0.2, 0.9, v * np.ones((1, 24))) * (kind == 0)
        shade = colour * bands[..., None] + glow[..., None] * colour
        shade = shade * (1 - 0.85 * hole[..., None])
        spin = turn("z", rng.uniform(0, 360)) @ turn("x", rng.choice([90.0, 90.0, 0.0]) + rng.normal(0, 10))
        points = points @ spin.T
        points = points + np.array([*place, -float(points[..., 2].min())])
        metallic = float(kind == 3 and rng.random() < 0.4)
        parts.append(painted("bead", points, "ball", shade, shiny, metallic, 1.0 if kind == 0 else 0.0))
    return parts


def seed_string(rng: Random) -> list[Part]:
    """A string or two of seed beads in a loose curve, of several colours."""
    parts = []
    palette = single([dye(rng) for _ in range(int(rng.integers(1, 5)))])
    for _ in range(int(rng.integers(1, 4))):
        count, size = 100, rng.uniform(0.16, 0.3)
        t = np.linspace(0, count, count * 9)
        bend = np.cumsum(np.interp(t, np.arange(0, count + 9, 8), rng.normal(0, 0.012, count // 8 + 2)))
        bend += rng.uniform(0, 6)
        path = np.cumsum(np.stack([np.cos(bend), np.sin(bend), 0 * bend], -1), 0) * (0.62 * size / 9)
        share = t % 1
        # Beads sit on a thread, so between them a little is left.
        radius = 0.5 * size * np.maximum(0.12, np.abs(np.sin(np.pi * share)) ** 0.5)
        points = strand((path - path.mean(0) + [0, 0, 0.5 * size])[None], radius[None], 10)
        pattern = rng.integers(0, len(palette), int(rng.integers(2, 9)))
        colour = palette[pattern[(t.astype(int) // int(rng.integers(1, 6))) % len(pattern)]]
        parts.append(painted("seed-beads", points, "rod", colour[None], rng.uniform(0.1, 0.4)))
    return parts


def coil(rng: Random) -> list[Part]:
    """A coil of wire, tidy or sprung open."""
    colour, rough = metal(rng)
    turns, wide, thick = int(rng.integers(3, 9)), rng.uniform(0.8, 2.4), rng.uniform(0.03, 0.1)
    t = np.linspace(0, 1, 110 * turns)
    a = 2 * np.pi * turns * t
    loose = rng.uniform(0.02, 0.15)
    sway = 1 + loose * np.sin(0.37 * a + rng.uniform(0, 6)) + loose * (t - 0.5)
    path = wide * np.stack([sway * np.cos(a), sway * np.sin(a) * rng.uniform(0.8, 1), 0 * a], -1)
    path[:, :2] += 0.1 * wide * np.stack([np.sin(0.21 * a), np.cos(0.17 * a)], -1)
    path[:, 2] = thick + 2 * thick * turns * t * rng.uniform(0.3, 0.9) + 0.05 * (1 + np.sin(0.4 * a))
    tail = np.linspace(0, 1, 60)[:, None] * [rng.uniform(0.5, 3), rng.uniform(0.3, 2), 0]
    path = np.concatenate([path, path[-1] + tail * [1, 1, 0]])[:1000]
    return [painted("coil", rod(path, thick, 7), "rod", colour, rough, 1.0)]


def net(rng: Random) -> list[Part]:
    """Wire mesh or a crocheted wire band: many strands looped into each other, perhaps with beads in it."""
    colour, rough = metal(rng)
    strands, step, thick = int(rng.integers(5, 13)), rng.uniform(0.25, 0.7), rng.uniform(0.015, 0.04)
    t = np.linspace(0, rng.uniform(5, 9), 80)
    paths = np.stack(
        [
            np.stack(
                [
                    step * t + 0.12 * step * np.sin(4 * np.pi * t),
                    step * (i * 0.8 + 0.5 * np.sin(2 * np.pi * t + np.pi * (i % 2)))
                    + rng.normal(0, 0.03, 80),
                    2 * thick + thick * np.cos(4 * np.pi * t + np.pi * i),
                ],
                -1,
            )
            for i in range(strands)
        ]
    )
    paths[..., 2] += 0.12 * (1 + np.sin(paths[..., 0] + paths[..., 1]))
    paths -= [paths[..., 0].mean(), paths[..., 1].mean(), 0]
    parts = [
        painted("net", strand(paths[i : i + 12], thick, 5), "rod", colour, rough, 1.0)
        for i in (0, 12)
        if i < strands
    ]
    if rng.random() < 0.5:
        tint = dye(rng)
        for _ in range(int(rng.integers(3, 12))):
            at = paths[int(rng.integers(strands)), int(rng.integers(80))]
            r = rng.uniform(0.1, 0.22)
            parts.append(
                painted(
                    "bead",
                    ball((r, r, 0.8 * r), 12, 16) + at + [0, 0, 0.1],
                    "ball",
                    tint * rng.uniform(0.7, 1.2),
                    0.1,
                )
            )
    return parts


def chain(rng: Random) -> list[Part]:
    """A fine or coarse chain: stretched out, or dropped in a heap."""
    colour, rough = metal(rng)
    link, count = rng.uniform(0.1, 0.45), int(rng.integers(35, 70))
    heap = rng.random() < 0.45
    bend = np.cumsum(rng.normal(0, 0.5 if heap else 0.13, count)) + rng.uniform(0, 6)
    at = np.cumsum(np.stack([np.cos(bend), np.sin(bend)], -1) * link * 1.3, 0)
    at = at - at.mean(0)
    high = (0.4 + 1.5 * np.abs(np.convolve(rng.normal(0, 1, count), np.ones(5) / 5, "same")) * heap) * link
    s = np.linspace(0, 2 * np.pi, 15)
    flat = np.arange(count) % 2 == 0
    long, side = link * np.cos(s), 0.55 * link * np.sin(s)
    x = (
        at[:, 0, None]
        + np.cos(bend)[:, None] * long
        - np.sin(bend)[:, None] * side * np.where(flat, 1, 0.3)[:, None]
    )
    y = (
        at[:, 1, None]
        + np.sin(bend)[:, None] * long
        + np.cos(bend)[:, None] * side * np.where(flat, 1, 0.3)[:, None]
    )
    z = high[:, None] + np.where(flat, 0.15, 0.95)[:, None] * side
    paths = np.stack([x, y, z], -1)
    points = strand(paths, 0.13 * link, 6)
    points[..., 2] = np.maximum(points[..., 2], 0)
    half = points.shape[1] // 2 // 15 * 15
    return [painted("chain", p, "rod", colour, rough, 1.0) for p in (points[:, :half], points[:, half:])]


def jump_rings(rng: Random) -> list[Part]:
    """Jump rings or split rings, strewn; and a hook or two."""
    colour, rough = metal(rng)
    size, count = rng.uniform(0.25, 0.9), int(rng.integers(3, 14))
    turns = 2.0 if rng.random() < 0.3 else 0.98
    s = np.linspace(0, 2 * np.pi * turns, 44)
    paths = []
    for _ in range(count):
        ring = 0.5 * size * np.stack([np.cos(s), np.sin(s), 0 * s], -1) + np.outer(s, [0, 0, 0.012])
        lean = turn("z", rng.uniform(0, 360)) @ turn("x", rng.normal(0, 14))
        ring = ring @ lean.T
        ring = ring + np.array([*rng.normal(0, 1.6 * size, 2), 0.05 - float(ring[:, 2].min())])
        paths.append(ring)
    if rng.random() < 0.4:
        t = np.linspace(0, 1, 44)
        angle = np.pi * np.clip(1.6 * t - 0.6, 0, 1)
        straight = 1.4 * np.minimum(t / 0.375, 1)
        hook = np.stack([0.35 - 0.35 * np.cos(angle), straight + 0.35 * np.sin(angle), 0 * t + 0.06], -1)
        paths.append(hook + np.array([*rng.normal(0, 1.6 * size, 2), 0]))
    thick = rng.uniform(0.04, 0.085) * size
    return [painted("jump-rings", strand(np.stack(paths), thick, 6), "rod", colour, rough, 1.0)]


def rivets(rng: Random) -> list[Part]:
    """Rivets, nails, pins or screws."""
    colour, rough = metal(rng)
    long, thick = rng.uniform(0.5, 2.6), rng.uniform(0.04, 0.14)
    screw = rng.random() < 0.4
    parts = []
    for _ in range(int(rng.integers(1, 8))):
        x = np.concatenate(
            [[0, 0, 0.25 * thick, 0.8 * thick, thick, thick], np.linspace(1.3 * thick, long, 90), [long]]
        )
        head = [0, 1.2 * thick, 1.9 * thick, 2.1 * thick, 1.7 * thick, thick]
        radius = np.concatenate(
            [head, np.interp(np.linspace(0, 1, 90), [0, 0.75, 1], [1, 1, 0.25]) * thick, [0]]
        )
        shape = None
        if screw:
            a = np.linspace(0, 2 * np.pi, 14, endpoint=False)[:, None]
            shape = 1 + np.where(x > 2 * thick, 0.2, 0) * np.sin(a + 2 * np.pi * x / (0.9 * thick))
        points = lathe(x, radius, 14, shape) - [long / 2, 0, -thick]
        points = points @ turn("z", rng.uniform(0, 360)).T + np.array([*rng.normal(0, 0.7 * long, 2), 0])
        parts.append(painted("rivet", points, "rod", colour, rough, 1.0))
    return parts


def coins(rng: Random) -> list[Part]:
    """One to three coins: rim, inscription, a head or a shield, worn."""
    parts = []
    for _ in range(int(rng.integers(1, 4))):
        r, thick = rng.uniform(0.95, 1.45), 0.18
        share = np.concatenate([np.linspace(0, 1, 44), np.ones(4), np.linspace(1, 0, 8)])
        z = np.concatenate([np.full(44, thick), np.linspace(thick, 0, 4), np.zeros(8)])
        a = np.linspace(0, 2 * np.pi, 96, endpoint=False)
        letters = np.repeat(rng.uniform(0, 1, 48) > 0.45, 2)[:, None] * smoothstep(
            0.04, 0.02, single(np.abs(share - 0.82))
        )
        face = smoothstep(0.62, 0.5, single(share + 0.12 * np.cos(3 * a)[:, None])) * (
            0.5 + 0.5 * noise2((96, 56), (9, 7), rng, 2)
        )
        rim = smoothstep(0.91, 0.94, single(share)) * np.ones((96, 1))
        relief = np.where(np.arange(56) < 43, np.maximum(np.maximum(letters, face), rim), 0)
        relief[:, 0] = relief[:, 0].mean()
        points = np.stack(
            [r * share * np.cos(a)[:, None], r * share * np.sin(a)[:, None], z + 0.035 * relief], -1
        )
        points[:, 0], points[:, -1] = points[:, 0].mean(0), points[:, -1].mean(0)
        colour, rough = metal(rng)
        dirt = (0.45 + 0.55 * smoothstep(0.0, 0.5, single(relief)))[..., None] * (
            1 + 0.15 * noise2((96, 56), (6, 6), rng, 3)
        )[..., None]
        points = points @ turn("x", rng.choice([0.0, 0.0, 4.0])).T + np.array([*rng.normal(0, 1.6, 2), 0])
        points[..., 2] -= points[..., 2].min()
        parts.append(painted("coin", points, "rod", colour * dirt, rough, 1.0))
    return parts


def cord(rng: Random) -> list[Part]:
    """Woven or twisted cord, or thread, in loose bends."""
    t = np.linspace(0, 1, 420)
    thick, tint = rng.uniform(0.03, 0.16), dye(rng) if rng.random() < 0.6 else single((0.06, 0.04, 0.03))
    bend = np.cumsum(np.convolve(rng.normal(0, 0.06, 420), np.ones(25) / 25, "same")) * 2.5 + rng.uniform(
        0, 6
    )
    path = np.cumsum(np.stack([np.cos(bend), np.sin(bend), 0 * bend], -1), 0) * (rng.uniform(6, 16) / 420)
    path = path - path.mean(0) + np.array([0, 0, thick])
    points = rod(path, thick, 10)
    a = np.linspace(0, 2 * np.pi, 10, endpoint=False)[:, None]
    twist = 0.5 + 0.5 * np.cos(2 * a + 2 * np.pi * t * 420 / rng.uniform(7, 14))
    other = tint if rng.random() < 0.6 else dye(rng)
    colour = tint * twist[..., None] * 0.9 + other * (1 - twist[..., None]) * 0.6
    return [painted("cord", points, "rod", colour, 0.85)]


def button(rng: Random) -> list[Part]:
    """Buttons or bottle caps, face up or down."""
    parts = []
    for _ in range(int(rng.integers(1, 4))):
        cap = rng.random() < 0.5
        r = 1.45 if cap else rng.uniform(0.5, 1.2)
        high = 0.6 if cap else 0.22
        x = np.array([0, 0, 0.5, 0.8, 1, 1, 1, 0.85, 0.75, 0.75]) * high
        radius = np.array([0, 1, 1.0, 0.98, 0.85, 0.6, 0.58, 0.55, 0.5, 0]) * r
        a = np.linspace(0, 2 * np.pi, 84, endpoint=False)[:, None]
        shape = 1 + 0.05 * np.cos(21 * a) * np.where(x < 0.7 * high, 1, 0.2) if cap else None
        points = lathe(x, radius, 84, shape) @ turn("y", -90).T
        points = points + np.array([*rng.normal(0, 1.7, 2), 0])
        points[..., 2] -= points[..., 2].min()
        colour = np.where((np.arange(10) > 5)[None, :, None], dye(rng), dye(rng) * 0.8)
        parts.append(
            painted(
                "button", points, "rod", colour, rng.uniform(0.15, 0.5), float(cap and rng.random() < 0.4)
            )
        )
    return parts


def other_pieces(rng: Random) -> list[Part]:
    """Another piece of jewelry from the catalogue, lying flat."""
    designs = [d for d in catalogue() if d.radius_cm < 3.6]
    parts = build(designs[int(rng.integers(len(designs)))], draw_hand(rng), rng, 0.3)
    return [Part(f"other-{p.name}", p.points, p.closing, p.skin) for p in parts]
