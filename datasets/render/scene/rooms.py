"""Lights that are drawn: a room or a yard, and in it a window, a lamp, a bulb, a tube, a tin roof, the sun.

Every map is equirectangular (HEIGHT, WIDTH, 3), linear, z up. How hard the shadows are is set by how much
more light the source sends down than all the rest, so the two are drawn apart and weighed.
"""

import numpy as np

from ubora.datasets.render.noise import Floats, Random, noise2, single, smoothstep

HEIGHT, WIDTH = 192, 384
THETA = np.broadcast_to(((np.arange(HEIGHT) + 0.5) / HEIGHT * np.pi)[:, None], (HEIGHT, WIDTH))
"""Polar angle of each texel from the zenith."""
PHI = np.broadcast_to(((np.arange(WIDTH) + 0.5) / WIDTH * 2 * np.pi)[None], (HEIGHT, WIDTH))
"""Azimuth of each texel."""

_KELVIN = (2500, 2900, 3500, 4500, 5500, 6500, 9000, 13000)
_WHITES = (
    (1.0, 0.57, 0.2), (1.0, 0.66, 0.32), (1.0, 0.76, 0.5), (1.0, 0.87, 0.72), (1.0, 0.95, 0.89),
    (0.98, 0.97, 1.0), (0.83, 0.9, 1.1), (0.74, 0.84, 1.2),
)  # fmt: skip


def white(kelvin: float) -> Floats:
    """Linear colour (3,) of a light of this colour temperature."""
    return single([np.interp(kelvin, _KELVIN, [w[i] for w in _WHITES]) for i in range(3)])


def downward(light: Floats) -> float:
    """What a level bench receives from a map (HEIGHT, WIDTH, 3), a mean of the colours."""
    weight = np.maximum(np.cos(THETA), 0) * np.sin(THETA) * (np.pi / HEIGHT) * (2 * np.pi / WIDTH)
    return float((light.mean(-1) * weight).sum())


def weighed(source: Floats, rest: Floats, ratio: float) -> Floats:
    """Both maps together, the source sending `ratio` times as much down as the rest."""
    return single(rest + source * (ratio * downward(rest) / max(1e-6, downward(source))))


def turned_from(theta: float, phi: float) -> Floats:
    """Angle of each texel from a direction."""
    cosine = np.cos(THETA) * np.cos(theta) + np.sin(THETA) * np.sin(theta) * np.cos(PHI - phi)
    return single(np.arccos(np.clip(cosine, -1, 1)))


def beside(phi: float) -> Floats:
    """How far each texel's azimuth is from `phi`, radians."""
    return single(np.abs((PHI - phi + np.pi) % (2 * np.pi) - np.pi))


def _glow(theta: float, phi: float, radius: float, edge: float = 0.4) -> Floats:
    """A round source, 0–1 (HEIGHT, WIDTH, 1)."""
    return smoothstep(radius, radius * (1 - edge), turned_from(theta, phi))[..., None]


def room(rng: Random) -> Floats:
    """Walls, ceiling, floor and what stands before the walls, as dim shapes."""
    wall, ceiling, floor = (single(rng.uniform(low, high) * rng.uniform(0.75, 1.1, 3)) for low, high in
                            ((0.2, 0.9), (0.2, 1.1), (0.05, 0.4)))  # fmt: skip
    cornice, skirting = rng.uniform(0.5, 1.1), rng.uniform(1.65, 2.2)
    sway = 0.12 * np.cos(2 * (PHI - rng.uniform(0, 6))) + 0.08 * np.cos(4 * (PHI - rng.uniform(0, 6)))
    up = smoothstep(cornice + 0.06, cornice - 0.06, single(THETA + sway))[..., None]
    down = smoothstep(skirting - 0.1, skirting + 0.1, single(THETA))[..., None]
    light = wall * (1 - up) * (1 - down) + ceiling * up + floor * down
    for _ in range(int(rng.integers(3, 11))):
        tall, wide = rng.uniform(0.1, 0.7), rng.uniform(0.08, 0.5)
        box = smoothstep(wide, wide - 0.04, beside(rng.uniform(0, 2 * np.pi)))
        box = box * smoothstep(tall, tall - 0.04, single(np.abs(THETA - rng.uniform(0.9, 2.2))))
        thing = single(rng.uniform(0.03, 0.9) * rng.uniform(0.5, 1.1, 3))
        light = light + (thing - light) * (0.85 * box)[..., None]
    return single(light * (1 + 0.25 * noise2((HEIGHT, WIDTH), (6, 11), rng, 3))[..., None])


def yard(rng: Random, clear: float) -> Floats:
    """Sky, a skyline of walls and trees, earth; `clear` 0 is overcast, 1 deep blue."""
    high = np.clip(np.cos(THETA), 0, 1)[..., None]
    grey, blue = single((1.0, 1.0, 1.02)), white(13000) * single([0.6, 0.85, 1.2])
    sky = (grey * (1 - clear) * (0.6 + 0.6 * high) + blue * clear * (1.15 - 0.6 * high)) * single(1.0)
    cloud = smoothstep(0.0, 0.7, noise2((HEIGHT, WIDTH), (9, 9), rng, 4))[..., None]
    sky = sky + (grey * 1.2 - sky) * cloud * rng.uniform(0, 0.8)
    steps = np.repeat(rng.uniform(-0.15, 0.3, 24), WIDTH // 24)
    line = np.pi / 2 - rng.uniform(0, 0.25) - steps[None] - 0.05 * noise2((1, WIDTH), (1, 40), rng, 3)
    below = smoothstep(0.0, 0.04, single(THETA - line))[..., None]
    things = single(rng.uniform(0.06, 0.5, 3) * rng.uniform(0.4, 1)) * (
        1 + 0.5 * noise2((HEIGHT, WIDTH), (14, 24), rng, 3)[..., None]
    )
    earth = single(rng.uniform(0.12, 0.4) * np.array([1.1, 0.9, 0.75]))
    ground = smoothstep(1.6, 1.75, single(THETA))[..., None]
    things = things + (earth - things) * ground
    return single(np.maximum(sky + (things - sky) * below, 0.01))


def window(rng: Random) -> Floats:
    """One to three windows or a door: soft light from the side, with bars, panes or a curtain."""
    source = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    first = rng.uniform(0, 2 * np.pi)
    for number in range(int(rng.choice([1, 2, 3], p=[0.6, 0.28, 0.12]))):
        centre = first + number * rng.uniform(0.7, 1.8)
        wide, tall, middle = rng.uniform(0.15, 0.6), rng.uniform(0.15, 0.42), rng.uniform(0.6, 1.25)
        x, y = beside(centre), single(np.abs(THETA - middle))
        soft = rng.uniform(0.02, 0.12)
        pane = smoothstep(wide, wide - soft, x) * smoothstep(tall, tall - soft, y)
        if rng.random() < 0.6:
            bars = single(np.minimum(np.abs(x % (wide * 0.66) - wide * 0.33), y))
            pane = pane * (0.1 + 0.9 * smoothstep(0.012, 0.03, bars))
        if rng.random() < 0.3:
            pane = pane * single(0.5 + 0.5 * np.cos(rng.uniform(20, 50) * x) ** 2)
        view = 1 + 0.5 * noise2((HEIGHT, WIDTH), (20, 30), rng, 3)
        green = smoothstep(middle, middle + tall, single(THETA))[..., None] * single([0.5, 0.35, 0.6])
        source += (pane * np.maximum(view, 0.2))[..., None] * white(rng.uniform(5500, 9500)) * (1 - green)
    return weighed(source, room(rng), rng.uniform(0.8, 5.0))


def lamp(rng: Random) -> Floats:
    """A desk lamp or ring light over the bench, in a room with some daylight."""
    rest = room(rng)
    kelvin = rng.choice([2900, 3500, 4500, 6000]) * rng.uniform(0.95, 1.05)
    theta, phi, size = rng.uniform(0.15, 1.1), rng.uniform(0, 2 * np.pi), rng.uniform(0.07, 0.25)
    glow = _glow(theta, phi, size, rng.uniform(0.1, 0.6))
    if rng.random() < 0.25:  # a ring light
        glow = glow * (1 - _glow(theta, phi, 0.65 * size, 0.2))
    return weighed(glow * white(float(kelvin)), rest, rng.uniform(1.0, 5.0))


def bulb(rng: Random) -> Floats:
    """An evening: one or two bare warm bulbs, the rest nearly dark."""
    source = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    for _ in range(int(rng.integers(1, 3))):
        glow = _glow(rng.uniform(0.1, 0.9), rng.uniform(0, 2 * np.pi), rng.uniform(0.035, 0.07))
        source = source + glow * rng.uniform(0.4, 1)
    return weighed(source * white(rng.uniform(2500, 3300)), room(rng) * white(3500), rng.uniform(2, 7))


def tube(rng: Random) -> Floats:
    """Fluorescent tubes or LED strips under a ceiling: long thin highlights."""
    flat = np.tan(np.minimum(THETA, 1.5))
    turn = rng.uniform(0, 2 * np.pi)
    x, y = flat * np.cos(PHI - turn), flat * np.sin(PHI - turn)
    source = np.zeros((HEIGHT, WIDTH), np.float32)
    at, apart = rng.uniform(-0.8, 0.8), rng.uniform(0.4, 1.2)
    for number in range(int(rng.integers(1, 4))):
        near = np.abs(x - at - number * apart)
        source += smoothstep(0.06, 0.03, near) * smoothstep(0.75, 0.7, np.abs(y - rng.uniform(-0.6, 0.6)))
    source = np.where(THETA < 1.45, source, 0)[..., None] + single(0)
    return weighed(source * white(rng.uniform(4000, 7000)), room(rng), rng.uniform(0.8, 3.0))


def tin_roof(rng: Random) -> Floats:
    """Shade under corrugated sheets: bluish slits and nail holes above, a bright open side."""
    flat = np.tan(np.minimum(THETA, 1.45))
    turn = rng.uniform(0, 2 * np.pi)
    x, y = flat * np.cos(PHI - turn), flat * np.sin(PHI - turn)
    above = smoothstep(1.4, 1.25, single(THETA))
    slits = smoothstep(0.985, 1.0, single(np.cos(np.pi * x / rng.uniform(0.15, 0.5) + rng.uniform(0, 6))))
    slits = slits * smoothstep(0.0, 0.5, noise2((HEIGHT, WIDTH), (4, 6), rng, 2))
    holes = np.zeros((HEIGHT, WIDTH), np.float32)
    for _ in range(int(rng.integers(0, 7))):
        hx, hy = rng.uniform(-1.5, 1.5, 2)
        holes += smoothstep(0.04, 0.015, single(np.hypot(x - hx, y - hy)))
    corrugated = 0.8 + 0.2 * np.cos(2 * np.pi * x / 0.12)
    roof = single(rng.uniform(0.05, 0.2) * np.array([1.0, 1.0, 1.05])) * (above * corrugated)[..., None]
    side, wide = rng.uniform(0, 2 * np.pi), rng.uniform(0.4, 1.3)
    open_side = smoothstep(wide, wide - 0.15, beside(side)) * smoothstep(1.05, 1.2, single(THETA))
    outside = yard(rng, rng.uniform(0, 0.6)) * (open_side * smoothstep(1.9, 1.6, single(THETA)))[..., None]
    rest = room(rng) * (1 - above)[..., None] * 0.25 + roof
    lit = weighed(outside, rest, rng.uniform(0.8, 3.0))
    through = (slits * above + 3 * holes)[..., None] * white(9000)
    return weighed(through, lit, rng.uniform(0.15, 1.0))


def noon(rng: Random) -> Floats:
    """Sun from a clear or hazy sky: a small disc, hard shadows."""
    theta = rng.uniform(0.08, 0.75) if rng.random() < 0.7 else rng.uniform(0.75, 1.2)
    disc = _glow(theta, rng.uniform(0, 2 * np.pi), rng.uniform(0.022, 0.045), 0.5)
    kelvin = 5600 if theta < 0.75 else rng.uniform(3600, 5200)
    return weighed(disc * white(kelvin), yard(rng, rng.uniform(0.3, 1.0)), rng.uniform(2.0, 7.0))


def overcast(rng: Random) -> Floats:
    """A yard or veranda under a bright grey sky; a wall or an eave hides a part of it."""
    light = yard(rng, rng.uniform(0, 0.35))
    if rng.random() < 0.6:
        side = smoothstep(1.9, 1.3, beside(rng.uniform(0, 2 * np.pi)))
        light = light * (1 - rng.uniform(0.4, 0.9) * side)[..., None] + 0.02
    return single(light)
