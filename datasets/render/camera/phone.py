"""How a cheap phone sees it: exposure, bloom, vignette, fringes, noise, tone curve, photo faults.

The same `Phone` applied to a piece and its clean twin gives the same noise: what differs is the defect.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ubora.datasets.render.noise import Floats, Random, noise2, single

Photo = NDArray[np.uint8]
WEBP_QUALITY = 85


@dataclass(frozen=True)
class Phone:
    """What one photo's camera does; drawn once, applied as often as needed. Lengths in pixels."""

    exposure: float
    """Where the bright parts of the picture go, 0–1 before the tone curve."""
    bloom: float
    vignette: float
    fringe_px: float
    noise: float
    contrast: float
    saturation: float
    balance: tuple[float, float, float]
    sharpen: float
    soften_px: float
    motion_px: float
    motion_deg: float
    glare: float
    smear: float
    """How much of the finest detail the phone's own noise filter wipes away, 0–1."""
    quality: int
    """JPEG quality."""
    seed: int


TIERS = {
    "good": (0.35, (0.003, 0.009), (0.0, 0.35), (0.0, 0.15), (84, 95)),
    "fair": (0.40, (0.006, 0.018), (0.0, 0.6), (0.1, 0.5), (76, 90)),
    "poor": (0.25, (0.014, 0.03), (0.3, 1.0), (0.4, 0.9), (64, 82)),
}
"""Of each kind of phone: its share, and the ranges of noise, softness in pixels, smear and JPEG quality."""


def draw_tier(rng: Random) -> str:
    """The phone of a workshop: good, fair or poor."""
    return str(rng.choice(list(TIERS), p=[tier[0] for tier in TIERS.values()]))


def draw_phone(rng: Random, tier: str, fault: str | None, size_px: int) -> Phone:
    """One camera; `fault` is a photo fault that this file can cause: blur, dark, glare, or None."""
    unit = size_px / 384
    _, noise, soft, smear, quality = TIERS[tier]
    warm = rng.normal(0, 0.05)
    blur = fault == "blur"
    motion = blur and rng.random() < 0.5
    exposure = rng.uniform(0.6, 1.05)
    return Phone(
        exposure=exposure * (rng.uniform(0.06, 0.13) if fault == "dark" else 1.0),
        bloom=rng.uniform(0.0, 0.12) + (0.2 if fault == "glare" else 0.0),
        vignette=rng.uniform(0.0, 0.35),
        fringe_px=rng.uniform(0.0, 0.9) * unit,
        noise=rng.uniform(*noise) * (2.2 if fault == "dark" else 1.0),
        contrast=rng.uniform(0.0, 0.5),
        saturation=rng.uniform(0.85, 1.25),
        balance=(1 + warm, 1.0, 1 - warm + rng.normal(0, 0.02)),
        sharpen=rng.uniform(0.0, 0.9),
        soften_px=unit * (rng.uniform(3.2, 6.0) if blur and not motion else rng.uniform(*soft)),
        motion_px=unit * rng.uniform(13, 28) if motion else 0.0,
        motion_deg=rng.uniform(0, 180),
        glare=rng.uniform(0.75, 1.2) if fault == "glare" else 0.0,
        smear=rng.uniform(*smear),
        quality=int(rng.integers(*quality)),
        seed=int(rng.integers(2**31)),
    )


def gain_for(radiance: Floats, piece: Floats, phone: Phone) -> float:
    """What to multiply linear radiance (H, W, 3) by; metered leaning to the piece (H, W, 0–1)."""
    luminance = radiance @ single([0.2126, 0.7152, 0.0722])
    weight = 0.35 + piece
    order = np.argsort(luminance, axis=None)
    share = np.cumsum(weight.ravel()[order])
    bright = float(luminance.ravel()[order][np.searchsorted(share, 0.86 * share[-1])])
    mean = float((luminance * weight).sum() / weight.sum())
    return phone.exposure * 0.62 / max(1e-4, 0.5 * bright + 0.8 * mean)


def develop(radiance: Floats, gain: float, phone: Phone, glare_at: tuple[float, float]) -> Photo:
    """Linear radiance (H, W, 3) to an RGB photo (H, W, 3) uint8; `glare_at` is x, y in pixels."""
    height, width = radiance.shape[:2]
    rng = np.random.default_rng(phone.seed)
    light = np.minimum(single(radiance) * gain * single(phone.balance), 12.0)
    if phone.glare:
        light = light + _glare(height, width, glare_at, rng)[..., None] * phone.glare
    if phone.motion_px >= 2:
        light = _moved(light, phone.motion_px, phone.motion_deg)
    if phone.soften_px > 0.2:
        light = cv2.GaussianBlur(light, (0, 0), phone.soften_px)
    halo = cv2.GaussianBlur(np.maximum(light - 0.9, 0), (0, 0), width / 40)
    light = light + phone.bloom * halo
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    cx, cy = (x - width / 2) / (width / 2), (y - height / 2) / (height / 2)
    far = cx * cx + cy * cy
    light = light * (1 - phone.vignette * 0.5 * far)[..., None]
    if phone.fringe_px > 0.15:
        for channel, sign in ((0, 1), (2, -1)):
            shift = sign * phone.fringe_px
            light[..., channel] = cv2.remap(
                np.ascontiguousarray(light[..., channel]), x + shift * cx, y + shift * cy, cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REFLECT,
            )  # fmt: skip
    field = rng.normal(size=(height, width, 3)).astype(np.float32)
    field = 0.6 * field + 0.8 * cv2.GaussianBlur(field, (0, 0), 0.8)
    light = light + phone.noise * np.sqrt(np.maximum(light, 0.003)) * field
    return _toned(np.maximum(light, 0), phone)


def encode(photo: Photo, phone: Phone, photo_format: str = "jpg") -> bytes:
    """The photo as the phone's JPEG bytes, or as WebP of what that JPEG shows: 0.55 times the size."""
    data = _encoded(".jpg", photo[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, phone.quality])
    if photo_format == "jpg":
        return data
    shown = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if shown is None:
        raise OSError("OpenCV could not read its own JPEG")
    return _encoded(".webp", np.asarray(shown, np.uint8), [cv2.IMWRITE_WEBP_QUALITY, WEBP_QUALITY])


def _encoded(suffix: str, photo_bgr: Photo, options: list[int]) -> bytes:
    done, data = cv2.imencode(suffix, photo_bgr, options)
    if not done:
        raise OSError(f"OpenCV could not encode a photo as {suffix}")
    return data.tobytes()


def _toned(light: Floats, phone: Phone) -> Photo:
    # A shoulder keeps highlights of polished brass from clipping flat, as phones do.
    curve = light * (1 + light / 9) / (1 + 0.75 * light)
    curve = np.clip(curve * 1.3, 0, 1)
    seen = np.where(curve <= 0.0031308, 12.92 * curve, 1.055 * np.maximum(curve, 1e-6) ** (1 / 2.4) - 0.055)
    bent = seen * seen * (3 - 2 * seen)
    seen = seen * (1 - phone.contrast) + bent * phone.contrast
    grey = seen.mean(-1, keepdims=True)
    seen = single(grey + (seen - grey) * phone.saturation)
    if phone.smear > 0.1:
        # A cheap phone's noise filter keeps edges and paints over what is fainter, colour more than light.
        flat = cv2.bilateralFilter(seen, 5, 0.07, 1.6)
        seen = seen + phone.smear * (flat - seen)
    if phone.sharpen > 0.1:
        seen = seen + phone.sharpen * (seen - cv2.GaussianBlur(seen, (0, 0), 1.1))
    return np.asarray(np.clip(seen * 255 + 0.5, 0, 255), np.uint8)


def _moved(light: Floats, length_px: float, degrees: float) -> Floats:
    size = int(length_px) | 1
    kernel = np.zeros((size, size), np.float32)
    half = size // 2
    step = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))]) * half
    cv2.line(
        kernel,
        (round(half - step[0]), round(half - step[1])),
        (round(half + step[0]), round(half + step[1])),
        1.0,
    )
    return np.asarray(cv2.filter2D(light, -1, kernel / kernel.sum()))


def _glare(height: int, width: int, at: tuple[float, float], rng: Random) -> Floats:
    """A burnt-out patch over the piece, streaks and a soft veil around it (H, W), 0 to about 4."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = (x - at[0]) / width, (y - at[1]) / height
    turn = rng.uniform(0, np.pi)
    along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    size, squeeze = rng.uniform(0.07, 0.14), rng.uniform(1.2, 3.0)
    wobble = 1 + 0.3 * noise2((height, width), (5, 5), rng, 3)
    away = np.hypot(along, across * squeeze) * wobble
    core = 4 * np.exp(-((away / size) ** 2))
    streak = 0.5 * np.exp(-np.abs(across) / 0.012 - np.abs(along) / (3 * size))
    veil = 0.9 * np.exp(-away / (2.5 * size)) + 0.12
    return single(core + streak + veil)
