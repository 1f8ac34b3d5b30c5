"""What shines on the piece and is mirrored in it: HDR probes, drawn windows and lamps, the photographer.

An environment is an array (HEIGHT, WIDTH, 3) float32 of linear radiance, equirectangular, z up.
"""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from datasets.render.noise import Floats, Random, noise2, single, smoothstep

HEIGHT, WIDTH = 192, 384


class ProbeError(ValueError):
    """A folder of light probes that holds none, or a probe that cannot be read."""


def find_probes(folder: Path) -> tuple[Path, ...]:
    """The .hdr files of a folder, by name.

    Raises:
        ProbeError: not a folder, or no .hdr file in it.
    """
    if not folder.is_dir():
        raise ProbeError(f"{folder}: not a folder; --environments takes a folder of .hdr light probes")
    found = tuple(sorted(folder.glob("*.hdr")))
    if not found:
        raise ProbeError(f"{folder}: no .hdr light probe in it")
    return found


def read_probe(path: Path) -> Floats:
    """A probe as (HEIGHT, WIDTH, 3), scaled so that its mean luminance is 1."""
    data = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if data is None or data.ndim != 3:
        raise ProbeError(f"{path}: not a readable Radiance HDR picture")
    small = cv2.resize(data[..., ::-1].astype(np.float32), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return single(np.minimum(small / max(1e-6, float(small.mean())), 300.0))


def environment(probes: Sequence[Floats], rng: Random) -> Floats:
    """One light: a probe (when there are any, mostly) or a drawn room, tinted, turned."""
    if len(probes) and rng.random() < 0.6:
        light = np.roll(probes[int(rng.integers(len(probes)))], int(rng.integers(WIDTH)), 1).copy()
        if rng.random() < 0.3:
            light = light[:, ::-1]
        light = 0.9 * light + 0.1
        if rng.random() < 0.4:
            light = light + _room(rng) * 0.7
    else:
        light = _room(rng)
    # A phone balances most of the light's tint away; what stays is its error.
    tint = light.mean((0, 1)) / max(1e-6, float(light.mean()))
    light = light / np.maximum(tint, 0.05) ** rng.uniform(0.6, 1.0)
    warmth = rng.normal(0, 0.12)
    light = light * single([1 + warmth, 1, 1 - warmth])
    return np.ascontiguousarray(np.maximum(light, 0.0), np.float32)


def with_photographer(light: Floats, azimuth: float, elevation: float, rng: Random) -> Floats:
    """The light with a head-and-shoulders shape darkened behind the camera (directions in radians)."""
    theta, phi = _angles()
    away = np.abs((phi - azimuth + np.pi) % (2 * np.pi) - np.pi) * np.maximum(np.sin(theta), 0.2)
    up = np.pi / 2 - theta - elevation
    size = rng.uniform(0.7, 1.3)
    head = np.hypot(away / (0.22 * size), up / (0.28 * size))
    body = np.hypot(away / (0.5 * size), (up + 0.55 * size) / (0.45 * size))
    shade = smoothstep(1.15, 0.85, np.minimum(head, body)) * rng.uniform(0.5, 0.95)
    skin = single(rng.uniform(0.03, 0.2) * np.array([1, 0.8, 0.7])) * float(light.mean())
    return np.ascontiguousarray(light * (1 - shade[..., None]) + skin * shade[..., None], np.float32)


def _angles() -> tuple[Floats, Floats]:
    """Polar angle from the zenith and azimuth of each texel."""
    theta = (np.arange(HEIGHT) + 0.5) / HEIGHT * np.pi
    phi = (np.arange(WIDTH) + 0.5) / WIDTH * 2 * np.pi
    return np.broadcast_to(theta[:, None], (HEIGHT, WIDTH)), np.broadcast_to(phi[None], (HEIGHT, WIDTH))


def _room(rng: Random) -> Floats:
    theta, phi = _angles()
    high = np.cos(theta)
    wall = single(rng.uniform(0.3, 1.0, 3) * 0.2 + 0.15) * rng.uniform(0.5, 1.5)
    light = np.broadcast_to(wall, (HEIGHT, WIDTH, 3)) * (0.7 + 0.5 * high[..., None])
    light = light * (1 + 0.35 * noise2((HEIGHT, WIDTH), (5, 9), rng, 3)[..., None])
    light = np.maximum(light, 0.02)
    if rng.random() < 0.25:  # under an open sky or a shade cloth
        light = light + smoothstep(-0.05, 0.5, single(high))[..., None] * single(
            [0.8, 0.95, 1.15]
        ) * rng.uniform(0.6, 1.6)
    for _ in range(int(rng.integers(1, 4))):
        light = light + _window(theta, phi, rng)
    for _ in range(int(rng.integers(0, 3))):
        light = light + _lamp(theta, phi, rng)
    # The bench and whatever stands on it, seen in the piece's flanks.
    below = smoothstep(0.02, -0.25, single(high))[..., None]
    return single(light * (1 - 0.75 * below))


def _window(theta: Floats, phi: Floats, rng: Random) -> Floats:
    centre, wide = rng.uniform(0, 2 * np.pi), rng.uniform(0.15, 0.6)
    middle, tall = rng.uniform(0.35, 1.25), rng.uniform(0.15, 0.4)
    x = np.abs((phi - centre + np.pi) % (2 * np.pi) - np.pi)
    y = np.abs(theta - middle)
    soft = rng.uniform(0.02, 0.2)
    pane = smoothstep(wide, wide - soft, x) * smoothstep(tall, tall - soft, y)
    if rng.random() < 0.5:
        bars = np.minimum(np.abs(x % (wide * 0.66) - wide * 0.33), y)
        pane = pane * (0.2 + 0.8 * smoothstep(0.012, 0.03, bars))
    colour = single([1, 1, 1]) + single([-0.12, 0.0, 0.18]) * rng.uniform(-0.5, 1)
    return pane[..., None] * colour * single(rng.uniform(4, 18))


def _lamp(theta: Floats, phi: Floats, rng: Random) -> Floats:
    at_theta, at_phi = rng.uniform(0.05, 1.2), rng.uniform(0, 2 * np.pi)
    cosine = np.cos(theta) * np.cos(at_theta) + np.sin(theta) * np.sin(at_theta) * np.cos(phi - at_phi)
    size = rng.uniform(0.04, 0.14)
    glow = smoothstep(size, size * 0.5, np.arccos(np.clip(cosine, -1, 1)).astype(np.float32))
    return glow[..., None] * single([1.15, 0.95, 0.65]) * single(rng.uniform(20, 90))
