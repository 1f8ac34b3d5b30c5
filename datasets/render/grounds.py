"""Pictures of grounds: wood, cloth, kitenge, stone, paper, newsprint, steel, leather, card, plain."""

from collections.abc import Callable

import cv2
import numpy as np

from datasets.render.noise import Floats, Random, blend, linear, noise2, single, smoothstep

SIZE = 768
"""Texels across one tile of ground."""
Ground = tuple[Floats, Floats, float]
"""Linear colour (SIZE, SIZE, 3), height 0–1 (SIZE, SIZE), roughness."""

SQUARE = (SIZE, SIZE)


def _tone(rng: Random, colours: tuple[tuple[float, float, float], ...]) -> Floats:
    pick = (
        np.array(colours[int(rng.integers(len(colours)))])
        * rng.uniform(0.88, 1.06)
        * rng.uniform(0.96, 1.03, 3)
    )
    return single(linear(*(float(c) for c in np.clip(pick, 0.02, 1))))


def _wood(rng: Random) -> Ground:
    base = _tone(
        rng, ((0.72, 0.55, 0.36), (0.50, 0.33, 0.2), (0.85, 0.73, 0.55), (0.33, 0.2, 0.13), (0.6, 0.56, 0.5))
    )
    warp = noise2(SQUARE, (2, 4), rng, 2) * rng.uniform(0.2, 0.9)
    y = np.linspace(0, rng.uniform(5, 14), SIZE)[:, None] + warp
    rings = np.sin(2 * np.pi * (y + 0.25 * noise2(SQUARE, (4, 2), rng, 2)))
    fibre = noise2(SQUARE, (160, 5), rng, 2)
    dark = np.clip(0.3 + 0.25 * rings + 0.3 * fibre, 0, 1)
    planks = int(rng.integers(0, 5))
    joint = np.zeros(SQUARE, np.float32)
    for at in np.linspace(0, SIZE, planks + 1)[1:-1].astype(int):
        joint[at - 2 : at + 2] = 1
        dark[at:] = np.roll(dark[at:], int(rng.integers(SIZE)), 1)
    cracks = _cracks(rng, int(rng.integers(0, 6)), 1) if rng.random() < 0.5 else joint * 0
    hole = np.maximum(joint, cracks)
    colour = base * (1 - 0.62 * dark[..., None] * rng.uniform(0.5, 1.0))
    colour = blend(colour, (0.02, 0.014, 0.01), 0.85 * hole)
    return colour, 0.7 + 0.2 * fibre - 0.7 * hole, rng.uniform(0.35, 0.8)


def _cracks(rng: Random, count: int, axis: int) -> Floats:
    """Dark wandering splits (SIZE, SIZE) 0–1: on the ground they are no defect."""
    picture = np.zeros(SQUARE, np.uint8)
    for _ in range(count):
        steps = np.convolve(np.cumsum(rng.normal(0, 6, 66)), np.ones(7) / 7, "valid")
        x = (rng.uniform(-0.2, 0.8) + np.linspace(0, rng.uniform(0.25, 0.9), 60)) * SIZE
        y = rng.uniform(0, SIZE) + steps
        line = np.stack([x, y] if axis else [y, x], -1).astype(np.int32)
        cv2.polylines(picture, [line], False, 255, int(rng.integers(1, 6)), cv2.LINE_AA)
    return single(picture) / 255


def _cloth(rng: Random) -> Ground:
    base = _tone(
        rng,
        (
            (0.75, 0.7, 0.6),
            (0.2, 0.25, 0.4),
            (0.45, 0.08, 0.08),
            (0.12, 0.12, 0.13),
            (0.5, 0.52, 0.5),
            (0.8, 0.78, 0.75),
        ),
    )
    count = int(rng.integers(50, 110))
    x, y = np.meshgrid(np.arange(SIZE), np.arange(SIZE))
    px, py = x * count / SIZE, y * count / SIZE
    if rng.random() < 0.5:
        over = (np.floor(px) + np.floor(py)) % 2
    else:
        over = ((np.floor(px) + np.floor(py)) % 4 < 2).astype(float)
    warp, weft = np.abs(np.sin(np.pi * px)), np.abs(np.sin(np.pi * py))
    height = np.where(over > 0, warp, weft) * 0.8 + 0.2 * noise2(SQUARE, (80, 80), rng, 1)
    slub = 1 + 0.18 * np.where(
        over > 0, noise2(SQUARE, (3, count), rng, 1), noise2(SQUARE, (count, 3), rng, 1)
    )
    colour = base * (0.45 + 0.6 * np.clip(height, 0, 1) * slub)[..., None]
    return colour, np.clip(height, 0, 1), 0.95


def _kitenge(rng: Random) -> Ground:
    """Printed cotton: rings, petals and stripes in strong colours."""
    colours = [
        linear(
            *(
                float(c)
                for c in np.clip(
                    rng.uniform(0, 1, 3) * rng.uniform(0.4, 0.75) + rng.uniform(0.0, 0.25), 0.03, 0.95
                )
            )
        )
        for _ in range(4)
    ]
    colours.insert(0, linear(0.05, 0.05, 0.1) if rng.random() < 0.4 else linear(0.9, 0.85, 0.7))
    picture = np.empty((*SQUARE, 3), np.float32)
    picture[:] = colours[0]
    cell = int(rng.integers(60, 240))
    kind = int(rng.integers(3))
    for row, cy in enumerate(range(0, SIZE + cell, cell)):
        for cx in range(-(row % 2) * cell // 2, SIZE + cell, cell):
            if kind == 0:
                for ring, share in enumerate((0.48, 0.36, 0.24, 0.1)):
                    cv2.circle(picture, (cx, cy), int(share * cell), colours[1 + ring % 4], -1, cv2.LINE_AA)
            elif kind == 1:
                for petal in range(8):
                    a = petal * 45.0
                    at = (
                        int(cx + 0.25 * cell * np.cos(np.radians(a))),
                        int(cy + 0.25 * cell * np.sin(np.radians(a))),
                    )
                    cv2.ellipse(
                        picture,
                        at,
                        (cell // 5, cell // 13),
                        a,
                        0,
                        360,
                        colours[1 + petal % 2],
                        -1,
                        cv2.LINE_AA,
                    )
                cv2.circle(picture, (cx, cy), cell // 9, colours[3], -1, cv2.LINE_AA)
            else:
                zig = np.array([[cx, cy], [cx + cell // 2, cy + cell // 2], [cx + cell, cy]], np.int32)
                cv2.polylines(picture, [zig], False, colours[1], cell // 6, cv2.LINE_AA)
                cv2.polylines(
                    picture,
                    [zig + np.array([0, cell // 3], np.int32)],
                    False,
                    colours[2],
                    cell // 12,
                    cv2.LINE_AA,
                )
    weave = noise2(SQUARE, (200, 200), rng, 1)
    return picture * (0.85 + 0.12 * weave[..., None]), 0.7 + 0.3 * weave, 0.9


def _stone(rng: Random) -> Ground:
    base = _tone(
        rng, ((0.55, 0.54, 0.52), (0.72, 0.68, 0.6), (0.3, 0.3, 0.32), (0.85, 0.84, 0.82), (0.55, 0.35, 0.25))
    )
    cloud, grain = noise2(SQUARE, (6, 6), rng, 4), noise2(SQUARE, (150, 150), rng, 2)
    speck = smoothstep(0.45, 0.8, noise2(SQUARE, (120, 120), rng, 1)) * rng.uniform(0, 0.8)
    vein = smoothstep(0.06, 0.0, np.abs(noise2(SQUARE, (4, 4), rng, 3))) * rng.uniform(0, 0.6)
    colour = base * (1 + 0.25 * cloud + 0.12 * grain)[..., None]
    colour = blend(blend(colour, base * 0.25, speck), base * 1.5, vein)
    return colour, 0.6 + 0.25 * grain + 0.15 * cloud, rng.uniform(0.25, 0.85)


def _paper(rng: Random) -> Ground:
    base = _tone(rng, ((0.95, 0.94, 0.9), (0.96, 0.92, 0.75), (0.9, 0.92, 0.95)))
    picture = np.empty((*SQUARE, 3), np.float32)
    picture[:] = base
    gap = int(rng.integers(26, 60))
    ink = linear(0.45, 0.6, 0.85) if rng.random() < 0.7 else linear(0.6, 0.6, 0.6)
    for at in range(gap, SIZE, gap):
        cv2.line(picture, (0, at), (SIZE, at), ink, 1, cv2.LINE_AA)
        if gap < 36:
            cv2.line(picture, (at, 0), (at, SIZE), ink, 1, cv2.LINE_AA)
    for _ in range(int(rng.integers(0, 9))):
        text = "".join(rng.choice(list("abcdefghijklmnopqrstuvwxyz 0123456789"), 18))
        corner = (int(rng.integers(-50, SIZE // 2)), int(rng.integers(SIZE)))
        _write(picture, text, corner, rng.uniform(0.7, 1.4), linear(0.1, 0.15, 0.5), 2, True)
    creases = noise2(SQUARE, (3, 3), rng, 3)
    return picture * (1 + 0.03 * creases[..., None]), 0.5 + 0.4 * creases, 0.9


def _write(
    picture: Floats,
    text: str,
    at: tuple[int, int],
    size: float,
    ink: tuple[float, float, float],
    weight: int,
    script: bool,
) -> None:
    layer = np.zeros(picture.shape[:2], np.uint8)
    font = cv2.FONT_HERSHEY_SCRIPT_SIMPLEX if script else cv2.FONT_HERSHEY_COMPLEX
    cv2.putText(layer, text, at, font, size, 255, weight, cv2.LINE_AA)
    picture[:] = blend(picture, ink, single(layer) / 255)


def _print(rng: Random) -> Ground:
    """A newspaper: columns of text, headlines, grey pictures."""
    picture = np.empty((*SQUARE, 3), np.float32)
    picture[:] = _tone(rng, ((0.82, 0.8, 0.75), (0.9, 0.88, 0.84)))
    words = [
        "habari", "soko", "Nairobi", "leo", "mkutano", "bei", "kazi",
        "the", "county", "market", "price", "na", "wa",
    ]  # fmt: skip
    layer = np.zeros(SQUARE, np.uint8)
    column = int(rng.integers(170, 260))
    size = float(rng.uniform(0.38, 0.6))
    for left in range(8, SIZE, column):
        y = int(rng.integers(0, 80))
        while y < SIZE + 20:
            kind = rng.random()
            if kind < 0.05:
                cv2.putText(
                    layer,
                    str(rng.choice(words)).upper(),
                    (left, y + 30),
                    cv2.FONT_HERSHEY_TRIPLEX,
                    1.3,
                    230,
                    2,
                    cv2.LINE_AA,
                )
                y += 52
            elif kind < 0.08:
                tall = int(rng.integers(60, 150))
                grey = 110 + 110 * noise2((tall, column - 14), (5, 5), rng, 3)
                patch = np.asarray(np.clip(grey, 0, 255), np.uint8)
                view = layer[y : y + tall, left : left + column - 14]
                view[:] = patch[: view.shape[0], : view.shape[1]]
                y += tall + 16
            else:
                line = " ".join(rng.choice(words, 7))[: int(column / (17 * size))]
                cv2.putText(layer, line, (left, y), cv2.FONT_HERSHEY_COMPLEX, size, 210, 1, cv2.LINE_AA)
                y += int(30 * size) + 4
    picture = blend(picture, linear(0.14, 0.14, 0.15), single(layer) / 255)
    if rng.random() < 0.5:
        picture = np.ascontiguousarray(np.rot90(picture))
    creases = noise2(SQUARE, (3, 3), rng, 2)
    return picture, 0.5 + 0.4 * creases, 0.9


def _bench(rng: Random) -> Ground:
    """Worn steel: scratches here belong to the bench."""
    brushed = noise2(SQUARE, (400, 3), rng, 1)
    scratches = _cracks(rng, 14, int(rng.integers(2))) * 0.6
    stain = smoothstep(0.2, 0.8, noise2(SQUARE, (5, 5), rng, 4)) * rng.uniform(0, 0.8)
    colour = (
        single((0.55, 0.55, 0.56)) * rng.uniform(0.5, 1) * (1 + 0.15 * brushed + 0.4 * scratches)[..., None]
    )
    return (
        blend(colour, linear(0.35, 0.25, 0.2), stain),
        0.5 + 0.3 * brushed - 0.3 * scratches,
        rng.uniform(0.4, 0.6),
    )


def _leather(rng: Random) -> Ground:
    base = _tone(rng, ((0.4, 0.25, 0.15), (0.15, 0.1, 0.08), (0.62, 0.42, 0.25), (0.3, 0.1, 0.08)))
    cell = np.abs(noise2(SQUARE, (60, 60), rng, 2))
    grain = smoothstep(0.0, 0.35, cell)
    wear = noise2(SQUARE, (4, 4), rng, 4)
    return base * (0.75 + 0.3 * grain + 0.2 * wear)[..., None], grain, rng.uniform(0.35, 0.7)


def _card(rng: Random) -> Ground:
    base = _tone(rng, ((0.72, 0.58, 0.42), (0.65, 0.5, 0.36), (0.8, 0.7, 0.55)))
    ribs = 0.5 + 0.5 * np.sin(np.linspace(0, 2 * np.pi * rng.uniform(30, 70), SIZE))[:, None] * np.ones(SIZE)
    fibre = noise2(SQUARE, (200, 60), rng, 2)
    colour = base * (0.95 + 0.05 * ribs + 0.1 * fibre)[..., None]
    if rng.random() < 0.4:
        colour = np.ascontiguousarray(colour.astype(np.float32))
        _write(
            colour,
            str(rng.choice(["FRAGILE", "JUU", "MADE IN KENYA", "24 PCS"])),
            (60, 420),
            3.0,
            linear(0.15, 0.1, 0.1),
            8,
            False,
        )
    return colour, 0.6 + 0.3 * ribs, 0.85


def _plain(rng: Random) -> Ground:
    base = _tone(
        rng,
        (
            (0.95, 0.95, 0.95),
            (0.1, 0.1, 0.1),
            (0.75, 0.2, 0.2),
            (0.2, 0.4, 0.7),
            (0.85, 0.8, 0.3),
            (0.5, 0.7, 0.55),
            (0.76, 0.55, 0.43),
        ),
    )
    soft = noise2(SQUARE, (5, 5), rng, 4)
    return base * (1 + 0.08 * soft)[..., None], 0.5 + 0.3 * soft, rng.uniform(0.3, 0.9)


GROUNDS: dict[str, Callable[[Random], Ground]] = {
    "wood": _wood, "cloth": _cloth, "kitenge": _kitenge, "stone": _stone, "paper": _paper,
    "print": _print, "bench": _bench, "leather": _leather, "card": _card, "plain": _plain,
}  # fmt: skip
