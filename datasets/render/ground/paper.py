"""Paper grounds: exercise books, newspapers, plain and crumpled sheets, cardboard."""

import cv2
import numpy as np
from numpy.typing import NDArray

from ubora.datasets.render.ground.canvas import (
    SIZE,
    SQUARE,
    Sheet,
    blend,
    dusty,
    field,
    filled,
    scrawl,
    specks,
    splits,
    texels,
    tone,
    worn,
    write,
)
from ubora.datasets.render.noise import Floats, Random, linear, noise2, single, smoothstep

_WORDS = (
    "habari", "soko", "Nairobi", "leo", "mkutano", "bei", "kazi", "the", "county", "market", "price", "na",
    "wa", "Kenya", "shilling", "kwa", "work", "new", "said", "watu", "of", "and", "serikali", "maji",
)  # fmt: skip
_NOTES = ("bangili 12", "shaba", "pete 24", "KSh 450", "order", "10.5 cm", "pembe", "deni", "Jumla", "x 6")


def exercise(rng: Random, tile_cm: float) -> Sheet:
    """A page of a school book: lines or squares, a red margin, ballpoint writing."""
    paper = tone(rng, (0.95, 0.94, 0.9), (0.96, 0.93, 0.8), (0.9, 0.92, 0.95))
    picture = filled(paper * 0.95)
    gap = max(9.0, texels(rng.choice([0.5, 0.7, 0.85]), tile_cm))
    blue = linear(0.5, 0.65, 0.88) if rng.random() < 0.7 else linear(0.62, 0.62, 0.62)
    weight = max(1, round(texels(0.025, tile_cm)))
    squared = rng.random() < 0.35
    for at in np.arange(rng.uniform(0, gap), SIZE, gap):
        cv2.line(picture, (0, int(at)), (SIZE, int(at)), blue, weight, cv2.LINE_AA)
        if squared:
            cv2.line(picture, (int(at), 0), (int(at), SIZE), blue, weight, cv2.LINE_AA)
    if rng.random() < 0.5:
        at = int(rng.uniform(0, SIZE))
        cv2.line(picture, (at, 0), (at, SIZE), linear(0.85, 0.4, 0.45), weight, cv2.LINE_AA)
    if rng.random() < 0.75:
        _handwritten(picture, rng, gap, tile_cm)
    sheet = _creased(picture, rng, tile_cm)
    return Sheet(sheet.colour, sheet.height, 0.9, 0.02, softness=0.15)


def _handwritten(picture: Floats, rng: Random, gap: float, tile_cm: float) -> None:
    ink = linear(0.1, 0.15, 0.5) if rng.random() < 0.7 else linear(0.12, 0.12, 0.13)
    pen = max(1, round(texels(0.035, tile_cm)))
    for line in np.arange(gap, SIZE, gap):
        if rng.random() < 0.35:
            continue
        x = rng.uniform(0, 0.2) * SIZE
        while x < SIZE * rng.uniform(0.5, 1):
            long = rng.uniform(1, 5) * gap
            word = scrawl(rng, long, 0.42 * gap) + np.array([int(x), int(line)])
            cv2.polylines(picture, [word], False, ink, pen, cv2.LINE_AA)
            x += long + 0.5 * gap
    for _ in range(int(rng.integers(0, 4))):
        at = (int(rng.uniform(0, 0.8) * SIZE), int(rng.uniform(0.1, 1) * SIZE))
        write(picture, str(rng.choice(_NOTES)), at, 0.7 * gap, ink, cv2.FONT_HERSHEY_SCRIPT_SIMPLEX)


def newspaper(rng: Random, tile_cm: float) -> Sheet:
    """Columns of print, headlines, grey pictures, a fold; words that mean little."""
    layer = np.zeros(SQUARE, np.uint8)
    column = texels(rng.uniform(4.2, 6.0), tile_cm)
    tall = max(7.0, texels(rng.uniform(0.2, 0.26), tile_cm))
    for left in np.arange(rng.uniform(-column, 0), SIZE, column):
        _column(layer, int(left), int(column - 1.2 * tall), tall, rng)
    if rng.random() < 0.5:
        layer = np.ascontiguousarray(np.rot90(layer))
    paper = tone(rng, (0.82, 0.8, 0.75), (0.88, 0.86, 0.82), (0.85, 0.78, 0.64))
    sheet = _creased(filled(paper), rng, tile_cm)
    through = cv2.GaussianBlur(layer[:, ::-1], (0, 0), 0.12 * tall)
    colour = blend(sheet.colour, linear(0.5, 0.5, 0.5), 0.12 * single(through) / 255)
    colour = blend(colour, linear(0.15, 0.15, 0.16), 0.93 * single(layer) / 255)
    return Sheet(colour, sheet.height, 0.92, 0.02, softness=0.2)


def _column(layer: NDArray[np.uint8], left: int, wide: int, tall: float, rng: Random) -> None:
    y = rng.uniform(-12, 4) * tall
    weight = max(1, round(0.09 * tall))
    while y < SIZE + 3 * tall:
        kind = rng.random()
        if kind < 0.06:
            big = tall * rng.uniform(2, 4.5)
            words = " ".join(rng.choice(_WORDS, 3)).upper()
            cv2.putText(
                layer, words[: max(2, int(wide / big / 0.95))], (left, int(y + big)),
                cv2.FONT_HERSHEY_TRIPLEX, big / 22, 235, max(1, round(0.14 * big)), cv2.LINE_AA,
            )  # fmt: skip
            y += 1.6 * big
        elif kind < 0.085:
            high = int(min(SIZE, wide * rng.uniform(0.5, 0.9)))
            _halftone(layer, left, int(y), wide, high, rng)
            y += high + 1.8 * tall
        else:
            line = " ".join(rng.choice(_WORDS, 9))[: max(2, int(wide / (0.8 * tall)))]
            cv2.putText(
                layer, line, (left, int(y)), cv2.FONT_HERSHEY_COMPLEX, tall / 30, 215, weight, cv2.LINE_AA
            )
            y += 1.55 * tall


def _halftone(layer: NDArray[np.uint8], left: int, top: int, wide: int, high: int, rng: Random) -> None:
    grey = np.clip(120 + 110 * noise2((high, max(2, wide)), (5, 5), rng, 4), 20, 235)
    rows, columns = np.s_[max(0, top) : max(0, top + high)], np.s_[max(0, left) : max(0, left + wide)]
    view = layer[rows, columns]
    view[:] = grey[max(0, -top) :, max(0, -left) :][: view.shape[0], : view.shape[1]].astype(np.uint8)


def _creased(picture: Floats, rng: Random, tile_cm: float) -> Sheet:
    """Paper that has been folded: straight lines, soft waves, grubby where hands were."""
    bend = noise2(SQUARE, (3, 3), rng, 2)
    line = np.zeros(SQUARE, np.float32)
    for axis in range(int(rng.integers(0, 3))):
        at = int(rng.uniform(0.1, 0.9) * SIZE)
        view = line if axis else line.T
        view[at : at + max(1, round(texels(0.03, tile_cm)))] = 1
    near = single(cv2.GaussianBlur(line, (0, 0), texels(0.12, tile_cm) + 0.5))
    shade = 1 + 0.03 * bend + 0.01 * field(rng, tile_cm, 0.04, octaves=1)
    colour = picture * (shade - 0.25 * line - 0.6 * near)[..., None]
    grubby = 0.25 * rng.random() * worn(rng, tile_cm, 0.4)
    colour = blend(colour, colour * single([0.7, 0.6, 0.45]), grubby)
    return Sheet(colour, np.clip(0.6 + 0.3 * bend - 0.6 * line, 0, 1), 0.9)


def plain(rng: Random, tile_cm: float) -> Sheet:
    """White or coloured paper, mostly white: what most sellers photograph on."""
    white = ((0.96, 0.96, 0.95), (0.93, 0.92, 0.9), (0.95, 0.93, 0.88))
    coloured = (
        (0.1, 0.1, 0.1), (0.75, 0.2, 0.2), (0.2, 0.4, 0.7), (0.9, 0.8, 0.4), (0.5, 0.7, 0.55),
        (0.85, 0.65, 0.65), (0.45, 0.44, 0.42), (0.76, 0.62, 0.46), (0.55, 0.5, 0.68),
    )  # fmt: skip
    picture = filled(tone(rng, *(white if rng.random() < 0.55 else coloured)))
    fibre = field(rng, tile_cm, 0.03, 0.06, 2)
    colour = picture * (1 + 0.02 * fibre + 0.04 * noise2(SQUARE, (3, 3), rng, 2))[..., None]
    dust = specks(rng, int(rng.integers(0, 60)), texels(0.04, tile_cm))
    colour = blend(colour, tone(rng, (0.3, 0.26, 0.22), (0.6, 0.5, 0.4)), 0.6 * dust)
    return Sheet(colour, 0.5 + 0.3 * fibre, rng.uniform(0.5, 0.95), 0.006, softness=0.1)


def crumpled(rng: Random, tile_cm: float) -> Sheet:
    """Wrapping or tissue paper that was a ball: facets with sharp ridges."""
    height = np.zeros(SQUARE, np.float32)
    for octave in range(3):
        slope = noise2(SQUARE, (4 * 2**octave, 4 * 2**octave), rng, 1)
        height += np.abs(slope) / 2**octave
    height = single(1 - np.clip(height / 1.6, 0, 1))
    paper = tone(rng, (0.72, 0.58, 0.42), (0.94, 0.93, 0.9), (0.85, 0.8, 0.72), (0.8, 0.55, 0.55))
    small = cv2.GaussianBlur(height, (0, 0), 3)
    light = rng.uniform(0, 2 * np.pi)
    slope = np.cos(light) * np.gradient(small, axis=0) + np.sin(light) * np.gradient(small, axis=1)
    colour = paper * (0.9 + np.clip(6 * slope, -0.25, 0.2) + 0.03 * field(rng, tile_cm, 0.05))[..., None]
    return Sheet(single(colour), height, rng.uniform(0.5, 0.9), 0.12, softness=0.3)


def cardboard(rng: Random, tile_cm: float) -> Sheet:
    """A box: ribs that show through, printed words, tape, scuffs, oil."""
    base = tone(rng, (0.72, 0.58, 0.42), (0.65, 0.5, 0.36), (0.78, 0.66, 0.5))
    y = np.indices(SQUARE, np.float32)[0] * (tile_cm / SIZE)
    ribs = 0.5 + 0.5 * np.sin(2 * np.pi * y / rng.uniform(0.4, 0.8) + 0.4 * noise2(SQUARE, (3, 3), rng, 1))
    fibre = field(rng, tile_cm, 0.04, 0.25, 2)
    flecks = specks(rng, 300, texels(0.08, tile_cm))
    colour = base * (0.95 + 0.04 * ribs + 0.07 * fibre)[..., None]
    colour = np.ascontiguousarray(blend(colour, base * 0.55, 0.35 * flecks))
    if rng.random() < 0.5:
        words = str(rng.choice(["FRAGILE", "JUU", "MADE IN KENYA", "24 PCS", "KEEP DRY", "NAIROBI"]))
        tall = texels(rng.uniform(0.8, 3.0), tile_cm)
        at = (int(rng.uniform(-0.2, 0.4) * SIZE), int(rng.uniform(0.3, 1) * SIZE))
        write(colour, words, at, tall, linear(0.16, 0.12, 0.12), cv2.FONT_HERSHEY_SIMPLEX, 0.16)
    shine = np.zeros(SQUARE, np.float32)
    if rng.random() < 0.35:
        left = int(rng.uniform(0, 0.8) * SIZE)
        shine[:, left : left + int(texels(4.8, tile_cm))] = 1
        colour = blend(colour, base * single([1.0, 0.85, 0.55]), 0.5 * shine)
    oil = worn(rng, tile_cm, 0.3) * rng.uniform(0, 0.6)
    colour = blend(colour, base * 0.5, oil)
    dents = splits(rng, int(rng.integers(0, 5)), (1, texels(0.06, tile_cm) + 1), 5)
    colour = dusty(blend(colour, base * 0.6, 0.5 * dents), rng, tile_cm, rng.uniform(0, 0.6))
    height = np.clip(0.7 + 0.25 * ribs - 0.5 * dents, 0, 1)
    rough = 0.9 - 0.55 * smoothstep(0.5, 0.6, shine)
    return Sheet(colour, height, single(rough), 0.015)
