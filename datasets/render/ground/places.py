"""Where the piece lies: one sheet of ground in z = 0, endless, ending at a table's edge, or an island.

An island is a board, a plate, a page or a cloth of finite size with another ground beneath and around it, as
in most photos that sellers take.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from ubora.datasets.render.ground.every import GROUNDS, SIZE, SQUARE, Sheet
from ubora.datasets.render.noise import Floats, Random, noise2, single, smoothstep
from ubora.datasets.render.shapes import Part, Skin

FREE = 0.36
"""Share of a tile around the middle that stays flat and unbroken: there the piece lies."""
_BOARDS = ("wood", "driftwood", "slice", "painted", "stone", "marble", "tiles", "workbench")
_PAGES = ("paper", "print", "plain", "crumpled", "card", "cutting-mat", "foam", "glass", "polythene")
_CLOTHS = ("cloth", "denim", "knit", "towel", "felt", "velvet", "leather", "kitenge", "mat", "leaf")
_TABLES = ("wood", "painted", "workbench", "bench", "glass", "lacquer", "marble", "slice", "card", "plain")
_UNDER = ("wood", "painted", "cloth", "kitenge", "lacquer", "plain", "concrete", "mat", "tiles", "towel")


@dataclass(frozen=True)
class _Rim:
    """How an island ends: radius (share of its outline) and height in cm, from the flat part outward."""

    radius: Floats
    height_cm: Floats
    drop_cm: float
    """How far below the island's top the ground around it lies."""


def ground(name: str, tile_cm: float, rng: Random) -> Part:
    """The ground `name`, its highest points near the middle at z = 0; colour is as wide as a tile."""
    # A NumPy number would turn every picture that it touches into float64.
    tile_cm = float(tile_cm)
    sheet = GROUNDS[name](rng, tile_cm)
    if name == "plate" or (name in _BOARDS + _PAGES + _CLOTHS and rng.random() < 0.4):
        others = [n for n in _UNDER if n != name]
        under = GROUNDS[others[int(rng.integers(len(others)))]](rng, 1.85 * tile_cm)
        return _island(name, sheet, under, tile_cm, rng)
    return _endless(name, sheet, tile_cm, rng)


def height_at(ground: Part, x_cm: Floats, y_cm: Floats) -> Floats:
    """How high the ground lies at some points (N,), cm: the height of its nearest vertex.

    Where it stands in several layers, as under a plate's rim, that is the upper one.
    """
    cloud = ground.points.reshape(-1, 3)
    reach = float(max(np.abs(x_cm).max(), np.abs(y_cm).max())) + 1e-3
    near = cloud[np.abs(cloud[:, :2]).max(1) < 1.5 * reach]
    side = 160
    cell = np.clip(((near[:, :2] / (1.5 * reach) + 1) * side / 2).astype(int), 0, side - 1)
    top = np.full((side, side), -np.inf, np.float32)
    np.maximum.at(top, (cell[:, 1], cell[:, 0]), near[:, 2])
    while not np.isfinite(top).all():
        top = np.where(np.isfinite(top), top, cv2.dilate(top, np.ones((3, 3), np.uint8)))
    column, row = (np.clip((a / (1.5 * reach) + 1) * side / 2, 0, side - 1).astype(int) for a in (x_cm, y_cm))
    return np.asarray(top[row, column])


def _endless(name: str, sheet: Sheet, tile_cm: float, rng: Random) -> Part:
    """Ten tiles each way, mirrored beyond the middle one; tables may end in an edge."""
    inner = np.linspace(-0.5, 0.5, 320)
    outer = 0.5 * 20 ** np.linspace(0.05, 1, 16)
    axis = np.concatenate([-outer[::-1], inner, outer])
    x, y = np.meshgrid(axis, axis)
    z = _relief(sheet, x, y, tile_cm) + tile_cm * _folds(x, y, sheet.softness, rng)
    if name in _TABLES and rng.random() < 0.4:
        edge = rng.uniform(0.55, 1.4)
        beyond = np.maximum(x - edge, 0)
        points = np.stack([(x - 0.97 * beyond) * tile_cm, y * tile_cm, z - beyond * tile_cm], -1)
    else:
        points = np.stack([x * tile_cm, y * tile_cm, z], -1)
    return Part("ground", points, "open", _skin([sheet], rng), uv=np.stack([x + 0.5, y + 0.5], -1))


def _island(name: str, sheet: Sheet, under: Sheet, tile_cm: float, rng: Random) -> Part:
    """Rings round the middle: the island's top, its rim, and the other ground out to ten tiles."""
    angle = np.linspace(0, 2 * np.pi, 361)
    edge = _outline(name, angle, rng)
    rim = _rim(name, tile_cm, rng)
    top = np.linspace(1e-4, 1, 130) * rim.radius[0]
    radius = np.concatenate([top[:, None] * edge, rim.radius[1:, None] * edge])
    x, y = radius * np.cos(angle), radius * np.sin(angle)
    z = _relief(sheet, x, y, tile_cm) + tile_cm * _folds(x, y, 0.4 * sheet.softness, rng)
    z = z + np.concatenate([np.zeros(len(top)), rim.height_cm[1:]])[:, None]
    near_uv = np.stack([np.clip(x, -0.5, 0.5) + 0.5, (np.clip(y, -0.5, 0.5) + 0.5) / 2], -1)
    start = radius[-1] * 0.999
    away = start * (11 / start) ** np.linspace(0, 1, 44)[:, None]
    far_x, far_y = away * np.cos(angle), away * np.sin(angle)
    far_z = np.full(far_x.shape, -rim.drop_cm)
    far_uv = np.stack([_repeated(far_x), 0.5 + _repeated(far_y) / 2], -1)
    points = np.concatenate(
        [np.stack([x * tile_cm, y * tile_cm, z], -1), np.stack([far_x * tile_cm, far_y * tile_cm, far_z], -1)]
    )
    return Part("ground", points, "open", _skin([sheet, under], rng), uv=np.concatenate([near_uv, far_uv]))


def _repeated(tiles: Floats) -> Floats:
    """Texture coordinate 0–1 of a place on the outer ground: to and fro without a kink, coarser far away."""
    return single(0.5 + 0.48 * np.sin(np.pi / 2.2 * 1.5 * np.arcsinh(tiles / 1.5)))


def _outline(name: str, angle: Floats, rng: Random) -> Floats:
    """Distance of an island's edge from its middle at each angle, in tiles; never beyond its texture."""
    c, s = np.abs(np.cos(angle)), np.abs(np.sin(angle))
    if name == "plate" or (name in ("slice", "mat") and rng.random() < 0.6):
        return np.full(angle.shape, rng.uniform(0.44, 0.49))
    half = rng.uniform(0.41, 0.485, 2)
    box = np.minimum(half[0] / np.maximum(c, 1e-6), half[1] / np.maximum(s, 1e-6))
    rough = {"driftwood": 0.05, "slice": 0.03, "stone": 0.04, "leather": 0.03}.get(name, 0.002)
    waves = sum(
        rng.normal(0, 1 / k) * np.cos(k * angle + rng.uniform(0, 2 * np.pi)) for k in (2, 3, 5, 9, 17, 31)
    )
    return np.asarray(np.minimum(np.maximum(box * (1 + 0.6 * rough * waves), 0.4), 0.492 / np.maximum(c, s)))


def _rim(name: str, tile_cm: float, rng: Random) -> _Rim:
    if name == "plate":
        rise, foot = rng.uniform(0.03, 0.12) * tile_cm, rng.uniform(0.02, 0.06) * tile_cm
        t = np.linspace(0, 1, 26)
        inside = 0.84 + 0.15 * t
        lip = np.linspace(0, np.pi, 9)[1:]
        wall = 0.012 * tile_cm
        radius = np.concatenate([inside, 0.995 - 0.005 * np.cos(lip), [0.97, 0.8]])
        height = np.concatenate([rise * t**2.2, rise + wall * np.sin(lip), [0.5 * rise - wall, -foot]])
        return _Rim(radius, height, foot)
    if name in _BOARDS or name == "foam":
        thick, soft = rng.uniform(0.03, 0.16) * tile_cm, 0.006
    elif name in _CLOTHS:
        thick, soft = min(0.12, 0.012 * tile_cm), 0.004
    else:
        thick, soft = rng.choice([0.012, 0.012, 0.25, 0.8]) * min(1.0, tile_cm / 12), 0.001
    turn = np.linspace(0, np.pi / 2, 6)
    bevel = min(soft * tile_cm, thick)
    radius = np.concatenate([1 - soft + soft * np.sin(turn), [1.0005, 1.001]])
    height = np.concatenate([bevel * (np.cos(turn) - 1), [-0.6 * thick - 0.4 * bevel, -thick]])
    return _Rim(radius, height, thick)


def _relief(sheet: Sheet, x: Floats, y: Floats, tile_cm: float) -> Floats:
    """Height of a sheet at places in tiles, cm, 0 at its highest; what the mesh cannot hold is averaged."""
    small = cv2.resize(single(sheet.height)[::-1], (400, 400), interpolation=cv2.INTER_AREA)
    folded = [1 - np.abs((np.abs(a + 0.5) % 2) - 1) for a in (x, y)]
    at = [single(a * 399) for a in folded]
    relief_cm = sheet.relief_cm * min(1.0, tile_cm / 9)
    return relief_cm * (np.asarray(cv2.remap(small, at[0], at[1], cv2.INTER_LINEAR)) - 1)


def _folds(x: Floats, y: Floats, softness: float, rng: Random) -> Floats:
    """Folds of a cloth, in tiles: ridges along bent lines outside the free middle, faint valleys inside."""
    if softness * rng.random() < 0.15:
        return np.zeros(x.shape)
    z = np.zeros(x.shape)
    for _ in range(int(rng.integers(1, 6))):
        a = rng.uniform(0, 2 * np.pi)
        across, along = x * np.cos(a) + y * np.sin(a), y * np.cos(a) - x * np.sin(a)
        bent = across - rng.uniform(-0.7, 0.7) - 0.06 * np.sin(rng.uniform(2, 7) * along + rng.uniform(0, 6))
        wide = rng.uniform(0.02, 0.07)
        steep = np.where(bent > 0, wide, wide * rng.uniform(0.5, 2))
        fade = 0.6 + 0.4 * np.sin(rng.uniform(1, 4) * along + rng.uniform(0, 6))
        z += rng.uniform(0.7, 1.6) * wide * np.exp(-((bent / steep) ** 2)) * fade
    outside = smoothstep(FREE - 0.08, FREE + 0.12, np.hypot(x, y))
    return softness * z * outside - 0.12 * softness * np.abs(z) * (1 - outside)


def _skin(sheets: list[Sheet], rng: Random) -> Skin:
    """Sheets stacked, the first one lowest in v. Rows of a picture run down, v runs up."""
    cloud = cv2.merge([1 + 0.1 * noise2(SQUARE, (3, 3), rng, 2)] * 3)
    colour = np.concatenate([(single(s.colour) * cloud)[::-1] for s in sheets])
    rough = np.concatenate([_halved(s.roughness) for s in sheets])
    rough += 0.05 * np.tile(noise2((SIZE // 2, SIZE // 2), (8, 8), rng, 2), (len(sheets), 1))
    metal = np.concatenate([_halved(s.metallic) for s in sheets])
    return Skin(np.clip(colour, 0.002, 0.95, out=colour), np.clip(rough, 0.05, 1), np.clip(metal, 0, 1))


def _halved(values: Floats | float) -> Floats:
    """A map of half as many texels, which is enough for how a ground shines, turned as textures are."""
    small = (SIZE // 2, SIZE // 2)
    if np.ndim(values) == 0:
        return np.full(small, values, np.float32)
    return single(cv2.resize(single(values), small, interpolation=cv2.INTER_AREA)[::-1])
