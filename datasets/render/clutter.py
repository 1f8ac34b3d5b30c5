"""What lies around the piece: beads, coins, tools, wire coils, leaves, cord, other pieces. Never a defect."""

import numpy as np

from datasets.render.designs import catalogue, draw_hand
from datasets.render.noise import Random, linear, noise2
from datasets.render.pieces import build
from datasets.render.shapes import Part, Skin, ball, disc, plain_skin, rod, turn

KINDS = ("beads", "coin", "tool", "coil", "leaf", "cord", "block", "piece", "petal", "chain")


def clutter(reach_cm: float, rng: Random) -> list[Part]:
    """A few things around a piece of radius `reach_cm` that lies at the origin, on the ground z = 0."""
    parts: list[Part] = []
    count = int(rng.choice([0, 1, 2, 3, 4, 6], p=[0.15, 0.2, 0.25, 0.2, 0.12, 0.08]))
    for number in range(count):
        kind = str(rng.choice(KINDS))
        things = _thing(kind, reach_cm, rng)
        everything = np.concatenate([p.points.reshape(-1, 3) for p in things])
        size = float(np.linalg.norm(np.ptp(everything[:, :2], axis=0))) / 2
        away = reach_cm * rng.uniform(1.08, 1.5) + size * rng.uniform(0.75, 1.05)
        azimuth = rng.uniform(0, 2 * np.pi)
        spin = turn("z", rng.uniform(0, 360))
        middle = everything.mean(0)
        at = np.array([away * np.cos(azimuth), away * np.sin(azimuth), 0]) - spin @ np.array(
            [middle[0], middle[1], 0]
        )
        at[2] = -float(everything[:, 2].min())
        parts += [
            Part(f"clutter{number}-{i}", p.points @ spin.T + at, p.closing, p.skin)
            for i, p in enumerate(things)
        ]
    return parts


def _paint(rng: Random) -> tuple[float, float, float]:
    return linear(*(float(c) for c in rng.uniform(0.05, 0.95, 3)))


def _thing(kind: str, reach: float, rng: Random) -> list[Part]:
    scale = float(np.clip(reach / 3, 0.4, 1.2))
    if kind == "beads":
        colour, size = _paint(rng), rng.uniform(0.15, 0.4) * scale
        skin = plain_skin((14, 20), colour, rng.uniform(0.1, 0.6))
        spread = rng.normal(0, 1.5 * scale, (int(rng.integers(2, 9)), 2))
        return [
            Part("bead", ball((size, size, size * 0.9), 14, 20) + np.array([x, y, size]), "ball", skin)
            for x, y in spread
        ]
    if kind == "coin":
        a = np.linspace(0, 2 * np.pi, 60, endpoint=False)
        edge = scale * rng.uniform(0.9, 1.4) * np.stack([np.cos(a), np.sin(a)], -1)
        points = disc(edge, 0.15 * scale, 24)
        metal = (0.8, 0.77, 0.72) if rng.random() < 0.5 else (0.7, 0.42, 0.22)
        points[:24, :, 2] += (
            0.02
            * scale
            * np.clip(noise2((24, 60), (5, 7), rng, 2), -1, 1)
            * np.sin(np.linspace(0, np.pi, 24))[:, None]
        )
        return [Part("coin", points, "ball", plain_skin(points.shape[:2], metal, 0.3, 1.0))]
    if kind == "tool":
        return _tool(scale, rng)
    if kind in ("coil", "cord"):
        t = np.linspace(0, 1, 260)
        if kind == "coil":
            a = 2 * np.pi * rng.integers(3, 7) * t
            path = scale * np.stack(
                [
                    (1.2 + 0.1 * np.sin(3.1 * a)) * np.cos(a),
                    (1.2 + 0.1 * np.cos(2.3 * a)) * np.sin(a),
                    0.5 * t,
                ],
                -1,
            )
            return [
                Part(
                    "coil",
                    rod(path, 0.06 * scale, 8),
                    "rod",
                    plain_skin(
                        (8, 260), (0.85, 0.5, 0.3) if rng.random() < 0.5 else (0.8, 0.66, 0.36), 0.25, 1.0
                    ),
                )
            ]
        path = np.stack(
            [8 * scale * t, np.cumsum(np.cumsum(rng.normal(0, 0.004, 260))) * scale, 0 * t + 0.1], -1
        )
        return [
            Part(
                "cord",
                rod(path, rng.uniform(0.05, 0.14) * scale, 8),
                "rod",
                plain_skin((8, 260), _paint(rng), 0.9),
            )
        ]
    if kind == "chain":
        colour = (0.85, 0.68, 0.35) if rng.random() < 0.6 else (0.75, 0.75, 0.75)
        link = 0.16 * scale
        s = np.linspace(0, 2 * np.pi, 26)
        bend = np.cumsum(rng.normal(0, 0.12, 40))
        at = np.cumsum(np.stack([np.cos(bend), np.sin(bend)], -1) * link * 1.35, 0)
        parts = []
        for i in range(40):
            lift = 0.5 if i % 2 else 0.08
            oval = np.stack(
                [
                    link * np.cos(s),
                    0.6 * link * np.sin(s) * (1 - lift),
                    lift * 0.6 * link * np.sin(s) + 0.3 * link,
                ],
                -1,
            )
            points = rod(oval @ turn("z", np.degrees(bend[i])).T + [*at[i], 0], 0.035 * scale, 6)
            parts.append(Part("link", points, "rod", plain_skin((6, 26), colour, 0.25, 1.0)))
        return parts
    if kind in ("leaf", "petal"):
        return [_leaf(kind, scale, rng) for _ in range(int(rng.integers(1, 4)))]
    if kind == "piece":
        designs = [d for d in catalogue() if d.radius_cm < 1.5 * reach + 0.5 and d.category != "beads"]
        return build(designs[int(rng.integers(len(designs)))], draw_hand(rng), rng, 0.3)
    edges = scale * rng.uniform(0.5, 2.2, 3)
    points = ball((float(edges[0]), float(edges[1]), float(edges[2]) * 0.5), 30, 40, 8)
    return [Part("block", points, "ball", plain_skin((30, 40), _paint(rng), rng.uniform(0.2, 0.9)))]


def _tool(scale: float, rng: Random) -> list[Part]:
    """Pliers, a file or a pencil: two or one long rods with a coloured grip."""
    t = np.linspace(0, 1, 90)
    steel = plain_skin((14, 90), (0.5, 0.5, 0.52), 0.3, 1.0)
    grip = plain_skin((14, 90), _paint(rng), 0.45)
    if rng.random() < 0.5:
        thin = rng.uniform(0.25, 0.5) * scale
        return [
            Part("shaft", rod(np.stack([7 * scale * t, 0 * t, 0 * t], -1), thin * 0.6, 14), "rod", steel),
            Part("handle", rod(np.stack([-6 * scale * t, 0 * t, 0 * t], -1), thin, 14), "rod", grip),
        ]
    parts = []
    for side in (-1, 1):
        jaw = np.stack([3 * scale * t, side * 0.25 * scale * (1 - t * 0.7), 0 * t], -1)
        handle = np.stack([-6 * scale * t, side * scale * (0.25 + 0.9 * np.sin(1.7 * t)), 0 * t], -1)
        parts += [
            Part("jaw", rod(jaw, 0.3 * scale, 14), "rod", steel),
            Part("grip", rod(handle, 0.34 * scale, 14), "rod", grip),
        ]
    return parts


def _leaf(kind: str, scale: float, rng: Random) -> Part:
    a = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    size = scale * rng.uniform(0.8, 2.2)
    r = 1 / (np.abs(np.cos(a)) + np.abs(np.sin(a)) / rng.uniform(0.3, 0.6))
    points = disc(size * np.stack([r * np.cos(a), r * np.sin(a)], -1), 0.03 * scale, 16)
    points[..., 2] += 0.15 * size * np.cos(rng.uniform(1, 3) * points[..., 1] / size + rng.uniform(0, 6))
    points = points @ turn("z", rng.uniform(0, 360)).T + [*rng.normal(0, size, 2), 0]
    colour = (
        linear(0.25, 0.42, 0.15) if kind == "leaf" else linear(*(float(c) for c in rng.uniform(0.4, 0.9, 3)))
    )
    skin = plain_skin(points.shape[:2], colour, 0.55)
    vein = 1 + 0.25 * noise2(points.shape[:2], (16, 14), rng, 2)
    return Part(
        kind,
        points,
        "ball",
        Skin(np.clip(skin.colour * vein[..., None], 0, 1), skin.roughness, skin.metallic),
    )
