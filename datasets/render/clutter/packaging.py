"""Price tags, paper boxes, pouches, ribbon, cards, scraps of printed cloth: packaging beside a piece."""

import cv2
import numpy as np

from ubora.datasets.render.clutter.findings import dye
from ubora.datasets.render.clutter.solids import on_slab, painted, slab
from ubora.datasets.render.ground.canvas import scrawl, write
from ubora.datasets.render.noise import Floats, Random, linear, noise2, single, smoothstep
from ubora.datasets.render.shapes import Part, ball, rod, turn

_PAPERS = ((0.95, 0.94, 0.9), (0.75, 0.6, 0.44), (0.9, 0.84, 0.7), (0.2, 0.2, 0.2), (0.86, 0.7, 0.68))


def _paper(rng: Random, rows: int, columns: int) -> Floats:
    base = single(linear(*_PAPERS[int(rng.integers(len(_PAPERS)))]))
    return np.ascontiguousarray(
        base * (1 + 0.05 * noise2((rows, columns), (20, 30), rng, 2)[..., None]), np.float32
    )


def _lettered(picture: Floats, rng: Random, lines: tuple[str, ...]) -> None:
    """Printed or handwritten lines on a card; `picture` is written on."""
    rows, columns = picture.shape[:2]
    ink = linear(0.1, 0.1, 0.12) if picture.mean() > 0.2 else linear(0.9, 0.8, 0.5)
    if picture.mean() > 0.2 and rng.random() < 0.5:
        ink = linear(0.1, 0.16, 0.5)
    step = rows / (len(lines) + 1)
    for number, text in enumerate(lines):
        y = int(step * (number + 1.1))
        if rng.random() < 0.4:
            word = scrawl(rng, columns * rng.uniform(0.4, 0.7), 0.5 * step) + np.array([columns // 5, y])
            cv2.polylines(picture, [word], False, ink, 1, cv2.LINE_AA)
        else:
            font = int(rng.choice([0, 2, 3, 6]))
            write(picture, text, (columns // 6, y), 0.55 * step, ink, font)


def price_tag(rng: Random) -> list[Part]:
    """A small tag with a price, a hole and a string."""
    long, wide = rng.uniform(2.2, 4.2), rng.uniform(1.2, 2.0)
    columns, rows = 130, 64
    picture = _paper(rng, rows, columns)
    _lettered(
        picture,
        rng,
        (f"KSh {int(rng.integers(3, 60)) * 50}", str(rng.choice(["shaba", "handmade", "pembe", "Ubora"]))),
    )
    cv2.circle(picture, (10, rows // 2), 4, (0.02, 0.02, 0.02), -1, cv2.LINE_AA)
    points = slab(long, wide, 0.03, columns, rows)
    points[..., 2] += 0.06 * (points[..., 0] / long + 0.5) ** 2
    t = np.linspace(0, 1, 140)
    hole = np.array([-long / 2 + 10 / columns * long, 0, 0.06])
    swing = np.stack(
        [-3.2 * np.sin(np.pi * t), rng.uniform(0.4, 1.6) * np.sin(2 * np.pi * t), 0.02 * np.sin(9 * t)], -1
    )
    tag = painted("tag", points, "rod", on_slab(picture, picture[0, 0]), 0.85)
    return [tag, painted("string", rod(hole + swing, 0.035, 6), "rod", dye(rng), 0.9)]


def card(rng: Random) -> list[Part]:
    """A business card, a banknote-like slip or a folded note, lettered or patterned."""
    long, wide = rng.uniform(6, 9.5), rng.uniform(4.0, 6.0)
    columns, rows = 170, 100
    picture = _paper(rng, rows, columns)
    if rng.random() < 0.4:
        y, x = np.indices((rows, columns), np.float32)
        lines = np.cos(0.35 * x + 4 * np.sin(0.06 * y)) + np.cos(0.3 * y + 5 * np.sin(0.04 * x))
        picture = picture + (dye(rng) - picture) * (0.6 * smoothstep(0.2, 0.9, single(lines)))[..., None]
        picture = np.ascontiguousarray(single(picture))
    _lettered(
        picture,
        rng,
        ("UBORA CRAFTS", "Nairobi, Kenya", "0700 000 000", "asante sana")[: int(rng.integers(1, 5))],
    )
    points = slab(long, wide, 0.04, columns, rows)
    points[..., 2] += rng.uniform(0, 0.5) * (points[..., 0] / long) ** 2 * 2
    return [painted("card", points, "rod", on_slab(picture, picture[0, 0]), rng.uniform(0.35, 0.9))]


def box(rng: Random) -> list[Part]:
    """A gift box, a matchbox or a jewelry case with a printed lid."""
    long, wide, high = rng.uniform(3.5, 9), rng.uniform(3, 6), rng.uniform(1, 3.5)
    columns, rows = 110, 70
    picture = _paper(rng, rows, columns)
    if rng.random() < 0.5:
        picture[:] = dye(rng)
    _lettered(picture, rng, (str(rng.choice(["LION MATCH", "Jewelry", "KARIBU", "with love"])),))
    if rng.random() < 0.4:
        at = int(rng.uniform(0.3, 0.7) * columns)
        picture[:, at - 5 : at + 5] = dye(rng)
    points = slab(long, wide, high, columns, rows)
    return [painted("box", points, "rod", on_slab(picture, picture[0, 0] * 0.9), rng.uniform(0.3, 0.9))]


def pouch(rng: Random) -> list[Part]:
    """A small cloth bag tied with a cord, or a crumpled clear or foil bag."""
    foil = rng.random() < 0.35
    points = ball((rng.uniform(1.8, 3), rng.uniform(1.4, 2.4), 0.8), 46, 64, 2.6)
    crease = noise2((46, 64), (6, 9), rng, 3)
    points = points * (1 + 0.14 * crease[..., None])
    points[0], points[-1] = points[0].mean(0), points[-1].mean(0)
    neck = smoothstep(1.2, 2.0, single(points[..., 0]))
    points[..., 1] *= 1 - 0.6 * neck
    points[..., 2] -= points[..., 2].min()
    tint = single((0.75, 0.76, 0.78)) if foil else dye(rng)
    weave = 1 + 0.12 * noise2((46, 64), (40, 60), rng, 1) + 0.2 * crease
    return [painted("pouch", points, "ball", tint * weave[..., None], 0.2 if foil else 0.85, 0.8 * foil)]


def ribbon(rng: Random) -> list[Part]:
    """A satin or printed ribbon that twists once or twice."""
    t = np.linspace(0, 1, 300)
    bend = np.cumsum(np.convolve(rng.normal(0, 0.05, 300), np.ones(31) / 31, "same")) * 3
    path = np.cumsum(np.stack([np.cos(bend), np.sin(bend)], -1), 0) * (rng.uniform(7, 15) / 300)
    path = path - path.mean(0)
    side = np.stack([-np.sin(bend), np.cos(bend)], -1)
    wide, roll = rng.uniform(0.5, 1.6), np.pi * rng.uniform(-1.2, 1.2) * np.sin(2.2 * np.pi * t)
    v = np.concatenate([np.linspace(-1, 1, 12), np.linspace(1, -1, 12)])[:, None]
    skin = np.concatenate([np.full(12, 0.012), np.full(12, -0.012)])[:, None]
    shut = np.ones(300)
    shut[0] = shut[-1] = 0
    across = (0.5 * wide * v * np.cos(roll) - skin * np.sin(roll)) * shut
    lift = (0.5 * wide * v * np.sin(roll) + skin * np.cos(roll)) * shut
    xy = path[None] + across[..., None] * side[None]
    z = lift + 0.5 * wide * np.abs(np.sin(roll)) + 0.03
    points = np.concatenate([xy, z[..., None]], -1)
    tint, stripe = dye(rng), dye(rng)
    edge = smoothstep(0.7, 0.8, single(np.abs(v)))[..., None] * (rng.random() < 0.4)
    colour = tint + (stripe - tint) * edge
    return [painted("ribbon", points, "rod", colour * np.ones((1, 300, 1)), rng.uniform(0.25, 0.6))]


def cloth_scrap(rng: Random) -> list[Part]:
    """A polishing rag or a scrap of printed cloth, rumpled."""
    columns, rows = 120, 120
    picture = np.empty((rows, columns, 3), np.float32)
    picture[:] = dye(rng)
    if rng.random() < 0.6:
        gap, inks = int(rng.integers(12, 34)), [dye(rng), dye(rng)]
        for y in range(0, rows, gap):
            for x in range(-(y // gap % 2) * gap // 2, columns, gap):
                cv2.circle(picture, (x, y), gap // 3, tuple(map(float, inks[y // gap % 2])), -1, cv2.LINE_AA)
    side = rng.uniform(3, 7)
    points = slab(side, side * rng.uniform(0.6, 1), 0.06, columns, rows)
    bump = np.abs(noise2((rows, columns + 4), (3, 4), rng, 2)) * 0.13 * side
    full = np.concatenate([bump, np.repeat(bump[-1:], 2, 0), bump[::-1], np.repeat(bump[:1], 2, 0)])
    full[:, 0], full[:, -1] = full[:, 0].mean(), full[:, -1].mean()
    points[..., 2] += full
    weave = 1 + 0.12 * noise2((rows, columns), (80, 80), rng, 1)[..., None]
    return [painted("cloth", points, "rod", on_slab(picture * weave, picture[0, 0]), 0.9)]


def sponge(rng: Random) -> list[Part]:
    """A wax block, a soap, a sponge or a sanding block: rounded, pitted."""
    edges = (rng.uniform(1, 3), rng.uniform(0.8, 2), rng.uniform(0.4, 1))
    points = ball(edges, 40, 56, 5)
    pits = smoothstep(0.3, 0.7, noise2((40, 56), (20, 26), rng, 2)) * rng.uniform(0, 1)
    points = points @ turn("z", rng.uniform(0, 360)).T + np.array([0, 0, edges[2]])
    return [painted("block", points, "ball", dye(rng) * (1 - 0.6 * pits)[..., None], rng.uniform(0.3, 0.95))]
