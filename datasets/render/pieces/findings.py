"""Small things that are joined to a piece: rings, bails, ear hooks, rivets, settings, dangles, wire.

All of them are wanted. Those with a `group` can be lost together, which is the defect `missing`.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ubora.datasets.render.designs.catalogue import Design
from ubora.datasets.render.designs.hands import Hand
from ubora.datasets.render.noise import Floats, Random, noise3, smoothstep
from ubora.datasets.render.pieces.surfaces import brass_wire, material, wire_skin
from ubora.datasets.render.shapes import Part, ball, disc, normals, profile, rod, shut, sweep

GLUE = (0.20, 0.12, 0.045)
"""What is left in an empty pocket, linear."""


def basis(normal: Sequence[float] | Floats, spin_rad: float = 0.0) -> Floats:
    """A (3, 3) rotation that carries z to `normal`."""
    z = np.asarray(normal, float) / (np.linalg.norm(normal) + 1e-12)
    x = np.cross([0.0, 1.0, 0.0] if abs(z[1]) < 0.9 else [1.0, 0.0, 0.0], z)
    x /= np.linalg.norm(x)
    y = np.cross(z, x)
    c, s = np.cos(spin_rad), np.sin(spin_rad)
    return np.stack([c * x + s * y, c * y - s * x, z], 1)


def ring(
    name: str,
    at: Floats,
    normal: Sequence[float] | Floats,
    radius_cm: float,
    wire_cm: float,
    rng: Random,
    group: str = "",
) -> Part:
    """A closed jump ring around `normal`."""
    t = np.linspace(0, 2 * np.pi, 44, endpoint=False)
    path = radius_cm * np.stack([np.cos(t), np.sin(t), 0 * t], -1)
    points = rod(path, wire_cm, 10, (0, 0, 1), True) @ basis(normal, rng.uniform(0, 6)).T + at
    return Part(name, points, "ring", brass_wire((10, 44), rng), 2 * wire_cm, role="finding", group=group)


def hanger(design: Design, hand: Hand, at: Floats, rng: Random) -> list[Part]:
    """A bail (pendant) or an ear hook (drop) above `at` (3,), the upper edge of what hangs from it."""
    own = design.own
    wire = own.uniform(0.05, 0.07) if design.category == "pendant" else own.uniform(0.042, 0.055)
    size = own.uniform(0.17, 0.26) * (1 if design.category == "pendant" else 0.72)
    # A free hand sets the bail off the middle, and askew.
    slip = 0.03 * hand.asymmetry * design.radius_cm
    lean = 0.07 * hand.asymmetry
    at = at + np.array([0.6 * slip, 0, 0])
    up = np.array([np.sin(lean), np.cos(lean), 0])
    first = ring("hanger-ring", at + up * (size * 0.62), [0, 0.12, 1], size, wire, rng)
    top = at + up * size * 1.62
    if design.category == "pendant":
        return [first, _bail(design, top, lean, size, rng)]
    return [first, _hook(top, lean, wire, rng)]


def _bail(design: Design, top: Floats, lean: float, size: float, rng: Random) -> Part:
    """A folded strip or a second ring, standing across the first."""
    if design.own.random() < 0.5:
        return ring(
            "hanger-bail", top + np.array([0, 0.75 * size, 0]), [1, lean, 0.55], size * 0.9, 0.055, rng
        )
    t = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    drop = np.stack([0.05 * np.sin(t), 1.35 * size * np.cos(t), 0.62 * size * np.sin(t)], -1)
    out = np.stack([0 * t, np.cos(t), np.sin(t)], -1)
    broad = 0.9 + 0.55 * np.cos(t)
    points = sweep(drop, out, profile(0.26, 0.07, 4, 20), broad, np.ones(72), True)
    points = points @ basis(np.array([0.1, 0, 1]), lean).T + top + [0, 1.2 * size, 0]
    return Part("hanger-bail", points, "ring", brass_wire((20, 72), rng, 0.24), 0.07, role="finding")


def _hook(top: Floats, lean: float, wire: float, rng: Random) -> Part:
    """A fish hook lying on the ground beside its drop."""
    s = np.linspace(0, 1, 120)
    turn = np.pi * 1.28 * s
    x = 0.42 * (1 - np.cos(turn)) * 0.5 * (1 + 0.1 * s)
    y = 0.25 + 0.62 * np.sin(turn) * (1 - 0.1 * s) + 0.18 * s
    start = smoothstep(0, 0.12, s)
    path = np.stack([x * start + lean * y, y * start - 0.06 * (1 - start), 0.02 + 0 * s], -1) + top
    return Part("hanger-hook", rod(path, wire * 0.8, 12), "rod", brass_wire((12, 120), rng), wire,
                role="finding")  # fmt: skip


def rivets(
    design: Design, main: Part, spots: list[tuple[int, int]], hand: Hand, rng: Random
) -> tuple[Part, list[Part]]:
    """Domed rivets on grid places (v, u) of `main`, and `main` with the empty hole below each."""
    outward = normals(main.points, main.closing)
    size = float(np.clip(0.05 * design.radius_cm, 0.05, 0.12)) * design.own.uniform(0.9, 1.3)
    parts = []
    for number, (v, u) in enumerate(spots):
        at, normal = main.points[v, u], outward[v, u]
        wide = size * (1 + 0.05 * hand.rhythm * rng.uniform(-1, 1))
        main = pocketed(main, at, normal, 0.72 * wide, 0.5)
        points = ball((wide, wide, 0.5 * wide), 14, 24) @ basis(normal).T + at + 0.1 * wide * normal
        parts.append(
            Part(f"rivet{number}", points, "ball", brass_wire((14, 24), rng, 0.26), wide, role="finding",
                 group=f"rivet{number}")
        )  # fmt: skip
    return main, parts


def pocketed(main: Part, at: Floats, normal: Floats, radius_cm: float, deep: float) -> Part:
    """`main` with a pocket at `at`, `deep` × its wall: what is seen once the thing that sat there is lost."""
    away = main.points - at
    high = away @ normal
    flat = np.linalg.norm(away - high[..., None] * normal, axis=-1)
    near = (flat < radius_cm) & (np.abs(high) < radius_cm)
    if not near.any():
        return main
    facing = normals(main.points, main.closing) @ normal > 0.2
    share = smoothstep(1.0, 0.8, flat / radius_cm) * (near & facing)
    rest = np.zeros(share.shape, np.float32)
    rest[near] = 0.6 + 0.4 * noise3(main.points[near], 0.3 * radius_cm, np.random.default_rng(1), 1)
    colour = main.skin.colour * (1 - share[..., None]) + share[..., None] * (
        np.asarray(GLUE, np.float32) * np.clip(rest, 0.1, 1)[..., None]
    )
    skin = replace(
        main.skin,
        colour=np.clip(colour, 0, 1),
        metallic=main.skin.metallic * (1 - share),
        roughness=main.skin.roughness * (1 - share) + 0.5 * share,
    )
    depth = min(deep * main.wall_cm, 0.3 * radius_cm)
    points = shut(main.points - normal * (depth * share)[..., None], main.closing)
    return replace(main, skin=skin, points=points)


def setting(
    design: Design, hand: Hand, main: Part, at: Floats, normal: Floats, size_cm: float, rng: Random
) -> tuple[Part, list[Part]]:
    """A cabochon of the accent in a bezel on `main`, and `main` with the pocket below it."""
    long = float(design.own.choice([1.0, 1.3]))
    spin = 0.06 * hand.asymmetry
    turn = basis(normal, spin)
    main = pocketed(main, at, normal, 0.95 * size_cm, 0.2)
    stone = ball((size_cm, size_cm * long, 0.55 * size_cm), 40, 64)
    skin, height = material(design, hand, stone + 20 * rng.random(3), 1, rng, design.accent)
    stone = shut(stone + normals(stone, "ball") * height[..., None], "ball")
    t = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    rim = 1.04 * size_cm * np.stack([np.cos(t), long * np.sin(t), 0 * t], -1)
    out = np.stack([np.cos(t), np.sin(t), 0 * t], -1)
    ones = 1 + 0.05 * hand.thickness * 0.5 * np.sin(3 * t + rng.uniform(0, 6))
    bezel = sweep(rim, out, profile(0.42 * size_cm, 0.16 * size_cm, 3, 14), ones, ones, True)
    lift = at + 0.06 * size_cm * normal
    return main, [
        Part("bezel", bezel @ turn.T + lift, "ring", brass_wire((14, 90), rng, 0.22), 0.1 * size_cm,
             role="finding"),
        Part("stone", stone @ turn.T + lift, "ball", skin, 0.5 * size_cm, stuff=design.accent, role="inset",
             group="stone"),
    ]  # fmt: skip


def dangle(design: Design, hand: Hand, number: int, at: Floats, way: Floats, rng: Random) -> list[Part]:
    """A small bead, disc or leaf on a jump ring that hangs from `at` in the plane z, along `way` (3,)."""
    own = design.own
    size = float(np.clip(0.13 * design.radius_cm, 0.12, 0.3)) * (1 + 0.04 * hand.thickness * rng.normal())
    swing = 0.05 * hand.rhythm * rng.normal()
    way = np.array([way[0] - swing * way[1], way[1] + swing * way[0], 0.0])
    way = way / (np.linalg.norm(way) + 1e-12)
    loop, wire, group = 0.34 * size + 0.06, 0.032, f"dangle{number}"
    link = ring(f"{group}-ring", at + 0.5 * loop * way, [0.2, 0.1, 1], loop, wire, rng, group)
    middle = at + (1.4 * loop + size) * way
    kind, stuff = int(own.integers(3)), design.accent
    if kind == 0:
        points = ball((size * 0.85, size * 0.85, size), 24, 36) @ basis(way).T
        skin, _ = material(design, hand, points + 20 * rng.random(3), 1, rng, stuff)
    else:
        a = np.linspace(0, 2 * np.pi, 72, endpoint=False)
        long = size * np.stack([np.sin(a) * (1 if kind == 1 else 0.6), np.cos(a)], -1)
        turned = np.array([[way[1], way[0], 0], [-way[0], way[1], 0], [0, 0, 1.0]])
        points = disc(long, 0.09, 16) @ turned.T
        skin, _ = material(design, hand, points + 20 * rng.random(3), 1, rng, stuff)
    return [link, Part(group, points + middle, "ball", skin, 0.09, stuff=stuff, role="bead", group=group)]


def wound(
    name: str, path: Floats, out: Floats, radii_cm: tuple[float, float], turns: int, wire_cm: float,
    design: Design, hand: Hand, rng: Random, steps: int = 18, group: str = "",
) -> Part:  # fmt: skip
    """Wire wound `turns` times around a path (U, 3), at `radii_cm` along `out` (U, 3) and across it.

    A free hand spaces the turns unevenly.
    """
    t = np.linspace(0, 1, turns * steps)
    bunch = 0.05 * abs(hand.rhythm) / max(2, turns)
    s = t + bunch * np.sin(2 * np.pi * t) * np.sin(2 * np.pi * rng.uniform(1.5, 3.5) * t + rng.uniform(0, 6))
    at = np.linspace(0, 1, len(path))
    along = np.stack([np.interp(s, at, path[:, i]) for i in range(3)], -1)
    first = np.stack([np.interp(s, at, out[:, i]) for i in range(3)], -1)
    tangent = np.gradient(along, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-12
    second = np.cross(tangent, first)
    second /= np.linalg.norm(second, axis=1, keepdims=True) + 1e-12
    first = np.cross(second, tangent)
    angle = 2 * np.pi * turns * t
    away = np.cos(angle)[:, None] * first * radii_cm[0] + np.sin(angle)[:, None] * second * radii_cm[1]
    points = rod(along + away, wire_cm, 8, away)
    return Part(name, points, "rod", wire_skin(design, hand, points.shape[:2], rng), 2 * wire_cm,
                role="wire", group=group)  # fmt: skip
