"""Wanted marks that a network must not take for defects: engraving, stamping, file texture, weave, inlay.

A drawing is the design's own and alike on every piece; how it wanders, and how deep it is cut, is the hand's.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ubora.datasets.render.designs.catalogue import Design
from ubora.datasets.render.designs.hands import Hand
from ubora.datasets.render.noise import Floats, Random, blend, noise3, smoothstep
from ubora.datasets.render.pieces.surfaces import material
from ubora.datasets.render.shapes import Skin

WORDS = (
    "UPENDO", "JAMBO", "ASANTE", "NAIROBI", "IMANI", "TUMAINI", "925", "KENYA", "AMANI", "HERI", "M&K",
    "UHURU", "BARAKA", "KARIBU", "RAFIKI",
)  # fmt: skip
INLAYS = ("band", "tiles", "diamonds", "coins")


@dataclass(frozen=True)
class Ground:
    """Where an ornament may lie: `along` and `across` (V, U) in cm, `outer` (V, U) 1 on the side to adorn."""

    along: Floats
    across: Floats
    outer: Floats
    length_cm: float
    """Of the whole way along; 0 where it does not close on itself."""

    @property
    def half_cm(self) -> float:
        """Half of the adorned width."""
        return max(1e-3, float(np.max(np.abs(self.across) * (self.outer > 0.5))))


def ornamented(
    design: Design, hand: Hand, points: Floats, skin: Skin, height: Floats, ground: Ground, rng: Random
) -> tuple[Skin, Floats, NDArray[np.int16] | None]:
    """The surface with its design's ornament, and the number of the inlaid tile at each texel if any."""
    if design.ornament == "none":
        return skin, height, None
    half = ground.half_cm
    pixel = max(0.012, 2 * design.radius_cm / 320)
    if design.ornament in INLAYS:
        return _inlaid(design, hand, points, skin, height, _wandering(hand, ground, half, rng), pixel, rng)
    lines = _drawing(design, _wandering(hand, ground, half, rng), half, pixel) * ground.outer
    depth, dark = rng.uniform(0.007, 0.012), float(np.clip(design.own.uniform(0.3, 0.9), 0, 1))
    # A free hand cuts here deep and there hardly at all.
    uneven = 0.24 * abs(hand.relief) * noise3(points, 0.8 + 0.2 * half, rng, 1)
    cut = np.clip(1 + 0.05 * hand.relief + uneven, 0.15, 2.0)
    return *engraved(skin, height, lines, depth * cut, dark * np.clip(cut, 0.3, 1.2)), None


def engraved(
    skin: Skin, height: Floats, lines: Floats, depth_cm: Floats | float, dark: Floats | float
) -> tuple[Skin, Floats]:
    """Wanted lines cut `depth_cm` deep where `lines` (V, U) is 1; `dark` 0–1 is the dirt in them."""
    colour = blend(skin.colour, skin.colour * 0.18, np.clip(lines * dark, 0, 1))
    roughness = np.clip(skin.roughness + 0.25 * lines, 0, 1)
    return replace(skin, colour=colour, roughness=roughness), height - depth_cm * lines


def _wandering(hand: Hand, ground: Ground, half: float, rng: Random) -> Ground:
    """The ground as an unsteady hand sees it: lines drift and bunch, smoothly."""
    # On a band all rows are alike, so one is enough.
    one = ground.along[:1] if ground.along.strides[0] == 0 else ground.along
    turn = 2 * np.pi * one / (ground.length_cm or 2 * np.pi)
    sway, bunch, tilt = (np.zeros_like(one) for _ in range(3))
    for lobes in (2, 3, 5, 8):
        sway = sway + np.sin(lobes * turn + rng.uniform(0, 6)) / lobes**0.5
        bunch = bunch + np.sin(lobes * turn + rng.uniform(0, 6)) / lobes
        tilt = tilt + np.sin(lobes * turn + rng.uniform(0, 6)) / lobes
    stray = hand.rhythm * half
    across = (ground.across + 0.022 * stray * sway) * (1 + 0.035 * hand.rhythm * tilt)
    along = ground.along + 0.06 * stray * bunch + 0.03 * hand.rhythm * tilt * ground.across
    return replace(ground, along=along, across=across)


def _drawing(design: Design, g: Ground, half: float, pixel: float) -> Floats:
    """Lines (V, U) 0–1 of a design's ornament."""
    own, along, across = design.own, g.along, g.across
    whole = g.length_cm or 2 * half
    if design.ornament == "lines":
        at = half * np.array([-0.72, -0.56, 0.56, 0.72] if own.random() < 0.5 else [-0.34, 0.0, 0.34])
        return _line(np.min(np.abs(across[..., None] - at), axis=-1), pixel)
    if design.ornament == "zigzag":
        period = whole / max(3, round(whole / (half * own.uniform(0.8, 1.5))))
        wave = 0.55 * half * (4 * np.abs((along / period) % 1 - 0.5) - 1)
        return _line(np.minimum(np.abs(across - wave), np.abs(np.abs(across) - 0.75 * half)), pixel)
    if design.ornament == "waves":
        period = whole / max(3, round(whole / (1.6 * half)))
        wave = 0.3 * half * np.sin(2 * np.pi * along / period)
        gaps = [np.abs(across - wave - shift * half) for shift in (-0.45, 0.0, 0.45)]
        return _line(np.min(gaps, axis=0), pixel)
    if design.ornament == "dots":
        return _dots(own, along, across, half, whole, pixel)
    if design.ornament in ("chevrons", "filed", "woven"):
        return _texture(design.ornament, own, along, across, half, pixel)
    if design.ornament == "sun":
        turn = 2 * np.pi * along / whole
        rays = np.abs(np.sin(own.integers(6, 13) * turn)) * 0.3 * half
        band = (across > -0.1 * half) & (across < 0.85 * half)
        circle = np.minimum(np.abs(across + 0.2 * half), np.abs(across - 0.9 * half))
        return np.maximum(_line(rays, 1.2 * pixel) * band, _line(circle, pixel))
    if design.ornament == "veins":
        ribs = np.abs((along - 0.8 * np.abs(across)) / (0.28 * half) % 1 - 0.5) * 0.28 * half
        return np.maximum(_line(np.abs(across), pixel), _line(ribs, pixel) * (np.abs(across) < 0.8 * half))
    if design.ornament == "letters":
        return _letters(along, across, half, own, 0.0 if g.length_cm else 4 * half)
    return _stamps(own, along, across, half, whole)


def _dots(own: Random, along: Floats, across: Floats, half: float, whole: float, pixel: float) -> Floats:
    period = whole / max(4, round(whole / max(0.14, half * own.uniform(0.4, 0.65))))
    rows = period * np.round(across / period)
    gap = np.hypot((along + 0.5 * rows) % period - period / 2, across - rows)
    ring = np.abs(gap - 0.26 * period)
    dots = _line(ring if own.random() < 0.5 else np.maximum(gap - 0.16 * period, 0), pixel)
    return dots * (np.abs(across) < 0.85 * half)


def _texture(kind: str, own: Random, along: Floats, across: Floats, half: float, pixel: float) -> Floats:
    if kind == "filed":
        # A texture by design: even, all over, in one direction, unlike the marks of a coarse file.
        way = own.uniform(-0.8, 0.8)
        pitch = max(5 * pixel, 0.1)
        return smoothstep(0.1, 0.8, np.sin(2 * np.pi * (along * np.cos(way) + across * np.sin(way)) / pitch))
    if kind == "chevrons":
        pitch = max(0.36 * half, 7 * pixel)
        gap = np.abs(((along + 0.9 * np.abs(across)) / pitch) % 1 - 0.5) * pitch
        return _line(gap, pixel) * (np.abs(across) < 0.8 * half)
    cell = max(0.3 * half, 10 * pixel)
    over = (np.floor(along / cell) + np.floor(across / cell)) % 2 > 0
    strand = np.where(over, along, across) / (cell / 3)
    edge = np.minimum(np.abs(along / cell % 1 - 0.5), np.abs(across / cell % 1 - 0.5))
    weave = np.maximum(smoothstep(0.3, 0.5, np.abs(strand % 1 - 0.5)), smoothstep(0.42, 0.5, edge))
    return weave * (np.abs(across) < 0.9 * half)


def _line(gap_cm: Floats, pixel_cm: float) -> Floats:
    return 1 - smoothstep(0.7 * pixel_cm, 1.8 * pixel_cm, gap_cm)


def _letters(along: Floats, across: Floats, half: float, own: Random, span_cm: float) -> Floats:
    """Stamped capitals (V, U) that repeat along a band, or one word over the `span_cm` of a plate."""
    text = str(own.choice(WORDS)) + ("" if span_cm else "  ")
    picture = np.zeros((64, 40 * len(text)), np.uint8)
    cv2.putText(picture, text, (6, 46), cv2.FONT_HERSHEY_DUPLEX, 1.3, 255, 3, cv2.LINE_AA)
    if span_cm:
        (wide_px, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, 1.3, 3)
        picture = picture[:, : wide_px + 14]
        tall = min(1.5 * half, span_cm * 64 / picture.shape[1])
        start = along - (span_cm - tall * picture.shape[1] / 64) / 2
        inside = (start > 0) & (start < tall * picture.shape[1] / 64)
        return _pressed(picture, start, across, tall, tall * picture.shape[1] / 64) * inside
    tall = 1.1 * half
    return _pressed(picture, along, across, tall, tall * picture.shape[1] / 64)


def _stamps(own: Random, along: Floats, across: Floats, half: float, whole: float) -> Floats:
    """One punch struck again and again: a star, a flower, a sun, a crescent, a square cross (V, U)."""
    picture = np.zeros((96, 96), np.uint8)
    kind = int(own.integers(5))
    turns = [(np.cos(a), np.sin(a)) for a in np.linspace(0, 2 * np.pi, 9)[:-1]]
    if kind in (0, 1):
        for x, y in turns[:: 2 - kind]:
            tip = (int(48 + 38 * x), int(48 + 38 * y))
            cv2.line(picture, (48, 48), tip, 255, 7, cv2.LINE_AA)
    if kind in (1, 2):
        cv2.circle(picture, (48, 48), 22, 255, 7, cv2.LINE_AA)
    if kind == 2:
        for x, y in turns:
            cv2.circle(picture, (int(48 + 34 * x), int(48 + 34 * y)), 6, 255, -1, cv2.LINE_AA)
    if kind == 3:
        cv2.ellipse(picture, (48, 48), (34, 34), 0, 40, 320, 255, 8, cv2.LINE_AA)
    if kind == 4:
        cv2.rectangle(picture, (16, 16), (80, 80), 255, 6, cv2.LINE_AA)
        cv2.circle(picture, (48, 48), 10, 255, -1, cv2.LINE_AA)
    tall = 1.25 * half
    step = whole / max(3, round(whole / (1.15 * tall)))
    return _pressed(picture, along, across, tall, step)


def _pressed(picture: NDArray[np.uint8], along: Floats, across: Floats, tall: float, wide: float) -> Floats:
    x = ((along % wide) / wide * (picture.shape[1] - 1)).astype(np.float32)
    y = np.clip((0.5 - across / tall) * (picture.shape[0] - 1), 0, picture.shape[0] - 1).astype(np.float32)
    return np.asarray(cv2.remap(picture, x, y, cv2.INTER_LINEAR), np.float32) / 255


def _inlaid(
    design: Design, hand: Hand, points: Floats, skin: Skin, height: Floats, g: Ground, pixel: float,
    rng: Random,
) -> tuple[Skin, Floats, NDArray[np.int16]]:  # fmt: skip
    """Another stuff let in flush, tile by tile, with a fine seam around each."""
    half = g.half_cm
    whole = g.length_cm or 2 * half
    aspect = {"band": 2.4, "tiles": 1.1, "diamonds": 1.5, "coins": 1.4}[design.ornament]
    count = max(4, round(whole / (aspect * half)))
    period = whole / count
    x = (g.along / period) % 1 - 0.5
    if design.ornament == "band":
        inside = 0.36 * half - np.abs(g.across)
    elif design.ornament == "tiles":
        inside = np.minimum(0.5 * half - np.abs(g.across), (0.42 - np.abs(x)) * period)
    elif design.ornament == "diamonds":
        inside = 0.55 * half * (1 - np.abs(g.across) / (0.66 * half) - np.abs(x) / 0.46)
    else:
        inside = 0.46 * half - np.hypot(g.across, x * period)
    where = smoothstep(-pixel, pixel, inside) * g.outer
    seam = np.clip(4 * where * (1 - where), 0, 1)
    other, _ = material(design, hand, points, 0, rng, design.accent)
    share = where[..., None]
    colour = blend(skin.colour * (1 - share) + other.colour * share, (0.02, 0.016, 0.012), 0.7 * seam)
    mixed = replace(
        skin,
        colour=np.clip(colour, 0, 1),
        roughness=skin.roughness * (1 - where) + other.roughness * where,
        metallic=np.clip(skin.metallic * (1 - where) + other.metallic * where, 0, 1),
        clearcoat=max(skin.clearcoat, other.clearcoat) if design.body != "brass" else 0.2,
    )
    tile = np.floor(g.along / period).astype(np.int64) % max(1, count) + 1
    return mixed, height * (1 - where) - 0.004 * seam, np.where(where > 0.5, tile, 0).astype(np.int16)
