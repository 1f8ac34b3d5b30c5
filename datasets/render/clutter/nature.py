"""Leaves, petals, succulents, pods, seeds, shells, twigs, pebbles, and a finger."""

import numpy as np

from ubora.datasets.render.clutter.solids import blade, grains, on_blade, painted
from ubora.datasets.render.noise import Floats, Random, linear, noise2, single, smoothstep
from ubora.datasets.render.shapes import Part, ball, rod, shut, turn


def _tinted(rng: Random, *colours: tuple[float, float, float]) -> Floats:
    pick = (
        np.array(colours[int(rng.integers(len(colours)))])
        * rng.uniform(0.8, 1.15)
        * rng.uniform(0.92, 1.08, 3)
    )
    return single(linear(*(float(c) for c in np.clip(pick, 0.02, 1))))


def leaves(rng: Random) -> list[Part]:
    """One to five leaves of one plant, green to dry, with veins, bites and spots."""
    kind = int(rng.integers(4))
    dry = rng.random() < 0.3
    base = _tinted(rng, *(((0.5, 0.36, 0.2), (0.62, 0.5, 0.28)) if dry else (
        (0.25, 0.42, 0.15), (0.16, 0.32, 0.14), (0.42, 0.52, 0.22), (0.36, 0.44, 0.3))))  # fmt: skip
    long = rng.uniform(1.5, 7.0)
    return [_leaf(rng, kind, long * rng.uniform(0.7, 1.1), base, dry) for _ in range(int(rng.integers(1, 5)))]


def _leaf(rng: Random, kind: int, long: float, base: Floats, dry: bool) -> Part:
    t = np.linspace(0, 1, 120)
    wide = [
        0.30 * np.sin(np.pi * t**0.8) ** 0.9,
        0.12 * np.sin(np.pi * t) ** 0.7,
        0.36 * np.sin(np.pi * t**0.55) * (1 - 0.25 * t),
        0.28 * np.sin(np.pi * t**0.8) * (1 + 0.16 * (2 * ((t * 9) % 1) - 1)),
    ][kind]
    points, s, w = blade(np.maximum(long * wide, 0.012 * long), long, 0.012 * long**0.5, 22, 72)
    bend = rng.uniform(-0.1, 0.25) + (0.15 if dry else 0)
    points[..., 2] += long * (bend * (s - 0.5) ** 2 + rng.uniform(0, 0.12) * w**2 * np.sin(np.pi * s))
    curl = on_blade(s, w, (3, 6), rng, 2)
    points[..., 2] += (0.06 if dry else 0.02) * long * curl * np.abs(w)
    ribs = np.abs(((s * rng.uniform(7, 13) - 0.9 * np.abs(w)) % 1) - 0.5) * 2
    vein = np.maximum(smoothstep(0.08, 0.02, single(np.abs(w))), 0.6 * smoothstep(0.2, 0.0, single(ribs)))
    blotch = smoothstep(0.35, 0.7, on_blade(s, w, (7, 12), rng, 3)) * rng.uniform(0, 1)
    bites = smoothstep(0.75, 0.8, on_blade(s, w, (9, 16), rng, 1)) * (rng.random() < 0.4)
    colour = base * (1 + 0.2 * on_blade(s, w, (10, 14), rng, 2))[..., None]
    colour = colour + (base * 1.6 + 0.02 - colour) * (0.7 * vein)[..., None]
    colour = colour + (single(linear(0.45, 0.33, 0.14)) - colour) * (0.8 * blotch)[..., None]
    colour = colour + (single((0.02, 0.015, 0.01)) - colour) * bites[..., None]
    points = shut(points, "ball") @ turn("z", rng.uniform(0, 360)).T + np.array(
        [*rng.normal(0, 0.35 * long, 2), 0]
    )
    return painted("leaf", points, "ball", colour, rng.uniform(0.35, 0.7))


def petals(rng: Random) -> list[Part]:
    """Fallen or dried petals: curled, wrinkled, coloured from base to tip."""
    base = _tinted(
        rng, (0.42, 0.34, 0.6), (0.85, 0.82, 0.62), (0.8, 0.3, 0.4), (0.9, 0.75, 0.78), (0.9, 0.6, 0.2),
        (0.75, 0.12, 0.15), (0.93, 0.92, 0.88), (0.55, 0.3, 0.5),
    )  # fmt: skip
    foot = _tinted(rng, (0.9, 0.88, 0.75), (0.35, 0.2, 0.4), (0.9, 0.8, 0.4))
    long, parts = rng.uniform(1.0, 3.8), []
    for _ in range(int(rng.integers(2, 8))):
        t = np.linspace(0, 1, 80)
        wide = long * rng.uniform(0.25, 0.5) * np.sin(np.pi * t ** rng.uniform(1.1, 1.8)) ** 0.7 + 0.01
        points, s, w = blade(wide, long, 0.012 * long, 18, 56)
        wrinkle = on_blade(s, w, (14, 4), rng, 2)
        points[..., 2] += long * (
            rng.uniform(0.05, 0.45) * w**2 * s + rng.uniform(-0.1, 0.3) * s**2 + 0.045 * wrinkle * np.abs(w)
        )
        streak = 0.5 + 0.5 * np.cos(w * rng.uniform(14, 26) + 2 * wrinkle)
        share = smoothstep(0.75, 0.05, single(s))[..., None]
        colour = (base + (foot - base) * share) * (0.75 + 0.25 * streak + 0.15 * wrinkle)[..., None]
        spin = turn("z", rng.uniform(0, 360)) @ turn("x", rng.normal(0, 12))
        points = shut(points, "ball") @ spin.T + np.array([*rng.normal(0, 0.7 * long, 2), 0])
        points[..., 2] -= points[..., 2].min()
        parts.append(painted("petal", points, "ball", colour, rng.uniform(0.55, 0.85)))
    return parts


def succulent(rng: Random) -> list[Part]:
    """A rosette of fleshy leaves, or a clump of long ones."""
    base = _tinted(
        rng, (0.35, 0.5, 0.28), (0.45, 0.55, 0.42), (0.4, 0.34, 0.45), (0.5, 0.58, 0.25), (0.25, 0.42, 0.3)
    )
    tip = _tinted(rng, (0.6, 0.3, 0.3), (0.55, 0.6, 0.3), (0.5, 0.4, 0.55))
    size, parts = rng.uniform(0.9, 2.6), []
    fingers = rng.random() < 0.35
    for number in range(int(rng.integers(14, 26))):
        share = (number / 25) ** 0.5
        tilt, azimuth = 78 - 68 * share, np.radians(137.5 * number)
        long = size * (0.45 + 0.55 * share) * (1.6 if fingers else 1)
        t = np.linspace(0, 1, 16)
        if fingers:
            path = np.stack([long * t, 0 * t, 0.25 * long * np.sin(2 * t)], -1)
            points = rod(path, 0.11 * size, 10)
            closing, along = "rod", np.broadcast_to(t[None], points.shape[:2])
        else:
            points = ball((0.3 * long, 0.13 * long, 0.5 * long), 14, 14) @ turn("y", 90).T
            reach = points[..., 0] / long + 0.5
            points = points * np.stack([np.ones_like(reach), 0.55 + 0.65 * reach, 0.6 + 0.4 * reach], -1)
            points[..., 0] += 0.55 * long
            points = points[..., [0, 2, 1]] * [1, 1, 1]
            closing, along = "ball", np.clip(reach, 0, 1)
        spin = turn("z", np.degrees(azimuth)) @ turn("y", -tilt)
        colour = base + (tip - base) * smoothstep(0.7, 1.0, single(along))[..., None]
        bloom = (1 + 0.2 * noise2(along.shape, (5, 5), rng, 2))[..., None]
        parts.append(
            painted("succulent", points @ spin.T + [0, 0, 0.18 * size], closing, colour * bloom, 0.45)
        )
    return parts


def pods(rng: Random) -> list[Part]:
    """Seeds, beans, nuts or pods with ridges and a seam."""
    base = _tinted(
        rng, (0.35, 0.22, 0.13), (0.55, 0.4, 0.24), (0.6, 0.12, 0.1), (0.2, 0.15, 0.12), (0.72, 0.62, 0.45)
    )
    size, ridges = rng.uniform(0.25, 1.3), int(rng.integers(0, 9))
    parts = []
    for _ in range(int(rng.integers(1, 9 if size < 0.6 else 4))):
        r = size * rng.uniform(0.8, 1.2)
        points = ball((r * 0.62, r * 0.5, r), 26, 32)
        a = np.linspace(0, 2 * np.pi, 32, endpoint=False)
        swell = (
            1
            + 0.07 * np.cos(ridges * a)[None, :, None]
            - 0.18 * np.exp(-((a - np.pi) ** 2) / 0.03)[None, :, None]
        )
        points = shut(points * swell, "ball") @ turn("y", 90).T @ turn("z", rng.uniform(0, 360)).T
        mottle = 1 + 0.35 * noise2((26, 32), (9, 12), rng, 3)
        points = points + np.array([*rng.normal(0, 1.4 * size, 2), 0.5 * r])
        parts.append(painted("pod", points, "ball", base * mottle[..., None], rng.uniform(0.3, 0.8)))
    return parts


def twigs(rng: Random) -> list[Part]:
    """A few thin sticks with bark."""
    base, parts = _tinted(rng, (0.4, 0.3, 0.22), (0.55, 0.45, 0.36), (0.25, 0.2, 0.17)), []
    for _ in range(int(rng.integers(1, 4))):
        t = np.linspace(0, 1, 120)
        long, thick = rng.uniform(2, 9), rng.uniform(0.06, 0.3)
        sway = np.cumsum(np.cumsum(rng.normal(0, 0.0016, (120, 1)), 0), 0)
        path = np.concatenate([long * (t[:, None] - 0.5), long * sway, np.full((120, 1), thick)], 1)
        points = rod(path, thick, 10)
        points[:, 1:-1] *= 1 + 0.02 * noise2((10, 118), (5, 40), rng, 2)[..., None]
        bark = 1 + 0.4 * noise2((10, 120), (8, 30), rng, 3)
        points = points @ turn("z", rng.uniform(0, 360)).T + np.array([*rng.normal(0, 1, 2), 0])
        parts.append(painted("twig", points, "rod", base * bark[..., None], 0.85))
    return parts


def pebbles(rng: Random) -> list[Part]:
    """Pebbles or shells in a heap or strewn."""
    count, base = (
        int(rng.integers(2, 9)),
        _tinted(rng, (0.6, 0.57, 0.52), (0.82, 0.79, 0.73), (0.35, 0.34, 0.34)),
    )
    parts = []
    for _ in range(count):
        r = rng.uniform(0.25, 1.0)
        points = ball((r, r * rng.uniform(0.6, 1), r * rng.uniform(0.35, 0.7)), 22, 28)
        points = points * (1 + 0.08 * noise2((22, 28), (3, 4), rng, 1)[..., None])
        points = shut(points, "ball") @ turn("z", rng.uniform(0, 360)).T
        speck = 1 + 0.25 * noise2((22, 28), (12, 14), rng, 2)
        points = points + np.array([*rng.normal(0, 1.3, 2), -float(points[..., 2].min())])
        tint = base * rng.uniform(0.7, 1.2) * rng.uniform(0.93, 1.07, 3)
        parts.append(painted("pebble", points, "ball", tint * speck[..., None], rng.uniform(0.4, 0.9)))
    return parts


def crumbs(rng: Random) -> list[Part]:
    """Sawdust, filings, soot or sand in a small drift: many grains, one surface."""
    count, spread = 110, rng.uniform(0.5, 2.5)
    kind = int(rng.integers(4))
    colour = [
        _tinted(rng, (0.75, 0.6, 0.4)), single((0.72, 0.5, 0.2)), single((0.03, 0.028, 0.026)),
        _tinted(rng, (0.6, 0.55, 0.5)),
    ][kind]  # fmt: skip
    parts = []
    for _ in range(int(rng.integers(1, 4))):
        size = np.abs(rng.normal(0, 0.035, (count, 3))) * [2.2, 1, 0.6] + 0.012
        at = np.concatenate([rng.normal(0, spread, (count, 2)) * [1, 0.5], size[:, 2:]], 1)
        shade = np.repeat(rng.uniform(0.6, 1.3, count), 8)
        points = grains(at, size, rng)
        parts.append(
            painted(
                "crumbs",
                points,
                "rod",
                colour * shade[None, :, None],
                0.5 if kind == 1 else 0.9,
                float(kind == 1),
            )
        )
    return parts


def fingers(rng: Random) -> list[Part]:
    """One to three fingertips that reach in from +x, nails up."""
    skin = _tinted(
        rng, (0.36, 0.22, 0.16), (0.46, 0.3, 0.21), (0.28, 0.17, 0.13), (0.62, 0.44, 0.33), (0.78, 0.58, 0.47)
    )
    parts: list[Part] = []
    for number in range(int(rng.choice([1, 2, 3], p=[0.5, 0.3, 0.2]))):
        parts += _finger(rng, skin, number, rng.uniform(0.0, 0.7) * (number > 0))
    return parts


def _finger(rng: Random, skin: Floats, number: int, back_cm: float) -> list[Part]:
    t = np.linspace(0, 1, 150)
    x = 9.5 * t
    knuckle = 0.06 * np.exp(-(((x - 2.6) / 0.5) ** 2)) + 0.09 * np.exp(-(((x - 5.2) / 0.7) ** 2))
    radius = (0.72 + 0.02 * x + knuckle) * np.sqrt(np.clip(1 - np.clip(1 - x / 0.85, 0, 1) ** 2.3, 0, 1))
    radius[-1] = 0
    a = np.linspace(0, 2 * np.pi, 36, endpoint=False)[:, None]
    lift = 0.62 + 0.9 * (t**1.6) * rng.uniform(0.6, 1.6)
    y = radius * np.cos(a) * 1.04
    z = radius * np.sin(a) * (0.86 + 0.1 * np.sin(a))
    creases = sum(
        np.exp(-(((x - at + 0.06 * np.sin(3 * a + at)) / 0.035) ** 2))
        for at in (2.35, 2.55, 2.72, 4.8, 5.05, 5.3, 5.5)
    )
    z = z - 0.03 * creases * np.maximum(np.sin(a), 0)
    points = np.stack([np.broadcast_to(x[None], y.shape), y, z + lift], -1)
    mottle = noise2(y.shape, (12, 40), rng, 3)
    pale = smoothstep(0.1, -0.7, single(np.sin(a) + 0 * x))
    colour = skin * (1 + 0.1 * mottle - 0.35 * np.clip(creases, 0, 1) * (np.sin(a) > -0.3))[..., None]
    colour = colour + (skin * 1.4 + single((0.06, 0.02, 0.015)) - colour) * (0.4 * pale)[..., None]
    nail, s, w = blade(0.4 * np.sin(np.linspace(0.3, np.pi - 0.35, 40)) ** 0.3, 1.1, 0.03, 16, 48)
    nail[..., 0] += 0.1
    below = np.interp(nail[..., 0], x, radius)
    top = 0.96 * np.sqrt(np.clip(below**2 - nail[..., 1] ** 2, 0.05, None))
    flat = 0.94 * 0.72 - 0.3 * nail[..., 1] ** 2 - 0.06 * (1 - s)
    nail[..., 2] += np.interp(nail[..., 0], x, lift) + np.maximum(0.97 * top, flat) + 0.005
    white = smoothstep(0.14, 0.1, single(s - 0.03 * (1 - w**2)))[..., None]
    pink = skin * 1.3 + single((0.1, 0.05, 0.045))
    nail_colour = pink + (single((0.6, 0.54, 0.46)) - pink) * white
    shift = turn("z", rng.normal(0, 4)).T
    offset = np.array([back_cm, 1.75 * (number + 1) // 2 * (-1) ** number, 0])
    return [
        painted("finger", points @ shift + offset, "rod", colour, 0.5),
        painted("nail", shut(nail, "ball") @ shift + offset, "ball", nail_colour, 0.25),
    ]
