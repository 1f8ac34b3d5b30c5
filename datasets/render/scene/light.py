"""What shines on the piece and is mirrored in it: HDR probes, drawn lights, the photographer, the flash.

An environment is an array (HEIGHT, WIDTH, 3) float32 of linear radiance, equirectangular, z up.
"""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from ubora.datasets.render.noise import Floats, Random, single, smoothstep
from ubora.datasets.render.scene import rooms
from ubora.datasets.render.scene.rooms import HEIGHT, THETA, WIDTH

__all__ = [
    "HEIGHT",
    "LIGHTS",
    "WIDTH",
    "ProbeError",
    "draw",
    "find_probes",
    "read_probe",
    "with_photographer",
]

Probe = tuple[str, Floats]
LIGHTS = {
    "window": (rooms.window, 0.34), "lamp": (rooms.lamp, 0.15), "shade": (rooms.tin_roof, 0.1),
    "noon": (rooms.noon, 0.14), "overcast": (rooms.overcast, 0.12), "bulb": (rooms.bulb, 0.06),
    "tube": (rooms.tube, 0.09),
}  # fmt: skip
"""Each drawn light, and how often it is drawn."""


class ProbeError(ValueError):
    """A folder of light probes that holds none, or a probe that cannot be read."""


def find_probes(folder: Path) -> tuple[Path, ...]:
    """The .hdr files of a folder, by name.

    Raises:
        ProbeError: not a folder, or no .hdr file in it.
    """
    if not folder.is_dir():
        raise ProbeError(f"{folder}: not a folder; --environments takes a folder of .hdr light probes")
    probes = tuple(sorted(folder.glob("*.hdr")))
    if not probes:
        raise ProbeError(f"{folder}: no .hdr light probe in it")
    return probes


def read_probe(path: Path) -> Probe:
    """A probe's name and radiance (HEIGHT, WIDTH, 3), scaled so that its mean luminance is 1."""
    data = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if data is None or data.ndim != 3:
        raise ProbeError(f"{path}: not a readable Radiance HDR picture")
    small = cv2.resize(data[..., ::-1].astype(np.float32), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return path.stem, single(np.minimum(small / max(1e-6, float(small.mean())), 300.0))


def draw(probes: Sequence[Probe], rng: Random) -> tuple[str, Floats]:
    """One light and its name: a probe (every other time, when there are any) or of LIGHTS; tinted, turned."""
    if len(probes) and rng.random() < 0.5:
        name, light = probes[int(rng.integers(len(probes)))]
        light = _turned(light, rng)
    else:
        shares = np.array([share for _, share in LIGHTS.values()])
        name = list(LIGHTS)[int(rng.choice(len(LIGHTS), p=shares / shares.sum()))]
        light = LIGHTS[name][0](rng)
    # A phone balances most of the light's tint away; what stays is its error.
    tint = light.mean((0, 1)) / max(1e-6, float(light.mean()))
    light = light / np.maximum(tint, 0.05) ** rng.uniform(0.6, 1.0)
    warmth = rng.normal(0, 0.08)
    light = np.maximum(light * single([1 + warmth, 1, 1 - warmth]), 0.0)
    return name, np.ascontiguousarray(light * (3.0 / max(1e-6, rooms.downward(light))), np.float32)


def _turned(probe: Floats, rng: Random) -> Floats:
    light = np.roll(probe, int(rng.integers(WIDTH)), 1)
    light = 0.9 * (light[:, ::-1] if rng.random() < 0.3 else light) + 0.1
    if rng.random() < 0.3:
        light = light + rooms.window(rng) * 0.5
    return single(light)


def with_photographer(light: Floats, azimuth: float, elevation: float, rng: Random) -> Floats:
    """The light with the photographer behind the camera (directions in radians): head, arms, phone.

    Now and then the phone's flash is on.
    """
    away = rooms.beside(azimuth) * np.maximum(np.sin(THETA), 0.2)
    up = np.pi / 2 - THETA - elevation
    size = rng.uniform(0.7, 1.3)
    lean = rng.uniform(-0.15, 0.15)
    head = np.hypot((away + lean) / (0.22 * size), (up - 0.1) / (0.28 * size))
    body = np.hypot(away / (0.5 * size), (up + 0.55 * size) / (0.45 * size))
    arms = np.maximum(np.abs(away - 0.3 * size - 0.35 * up) / 0.09, np.abs(up + 0.3) / 0.4)
    shade = smoothstep(1.15, 0.85, np.minimum(np.minimum(head, body), arms)) * rng.uniform(0.5, 0.95)
    shirt = single(rng.uniform(0.02, 0.25) * rng.uniform(0.4, 1.1, 3)) * float(light.mean())
    skin = single(rng.uniform(0.03, 0.15) * np.array([1, 0.72, 0.58])) * float(light.mean())
    person = np.where((head < 1)[..., None], skin, shirt)
    lit = light * (1 - shade[..., None]) + person * shade[..., None]
    held = smoothstep(1.1, 0.9, np.maximum(away / 0.06, np.abs(up) / 0.1)) * 0.95
    lit = lit * (1 - held[..., None]) + 0.02 * held[..., None]
    if rng.random() < 0.06:
        phi, theta = azimuth + rng.normal(0, 0.03), np.pi / 2 - elevation + 0.03
        flash = smoothstep(0.04, 0.025, rooms.turned_from(float(theta), float(phi)))[..., None]
        lit = rooms.weighed(flash * rooms.white(5800), single(lit), rng.uniform(0.6, 2.5))
    return np.ascontiguousarray(lit, np.float32)
