"""Wire-wrapped bracelets: coiled cores, woven rails, bundles, strung beads, a stone held by wire."""

from dataclasses import replace
from itertools import pairwise

import numpy as np

from ubora.datasets.render.designs.catalogue import Design
from ubora.datasets.render.designs.hands import Hand
from ubora.datasets.render.noise import Floats, Random
from ubora.datasets.render.pieces.findings import basis, wound
from ubora.datasets.render.pieces.hoops import circle, hoop, open_angle
from ubora.datasets.render.pieces.strands import bead, ladder
from ubora.datasets.render.pieces.surfaces import wire_skin
from ubora.datasets.render.shapes import Part, ball, rod


def wrap(design: Design, hand: Hand, rng: Random, grid: float) -> list[Part]:
    """A wrapped bracelet, the main part first."""
    if design.form == "ladder":
        return ladder(design, hand, rng, grid)
    if design.form == "band":
        return hoop(replace(design, category="cuff", form="flat", extras=("wire",)), hand, rng, grid)
    angle = open_angle(design, 480, rng)
    path, out = circle(design, hand, angle, rng)
    make = {"coiled": _coiled, "weave": _weave, "bundle": _bundle, "stone": _stone, "strung": _strung}
    return make[design.form](design, hand, path, out, rng, grid)


def _rails(
    design: Design, hand: Hand, path: Floats, out: Floats, heights: list[float], wire: float, rng: Random
) -> list[Part]:
    """Parallel core wires along the path at `heights` (cm along z), their ends curled in."""
    t = np.linspace(0, 1, len(path))
    parts = []
    for number, high in enumerate(heights):
        sway = 1 + 0.05 * hand.thickness * np.sin(2 * np.pi * 1.5 * t + rng.uniform(0, 6))
        line = path + (high * sway)[:, None] * [0, 0, 1.0]
        points = rod(line, wire, 14, out)
        skin = wire_skin(design, hand, points.shape[:2], rng)
        parts.append(Part(f"rail{number}", points, "rod", skin, 2 * wire, role="wire"))
        for k, end in enumerate((line[0], line[-1])):
            tip = ball((1.5 * wire, 1.5 * wire, 1.5 * wire), 16, 24) + end
            parts.append(Part(f"tip{number}{k}", tip, "ball", wire_skin(design, hand, (16, 24), rng), wire,
                              role="finding"))  # fmt: skip
    return parts


def _stretch(path: Floats, start: float, end: float) -> Floats:
    at = np.linspace(start, end, 200) * (len(path) - 1)
    index = np.arange(len(path))
    return np.stack([np.interp(at, index, path[:, i]) for i in range(3)], -1)


def _length(path: Floats) -> float:
    return float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum())


def _coils(
    design: Design, hand: Hand, path: Floats, out: Floats, spans: list[tuple[float, float]], high: float,
    wire: float, rng: Random,
) -> list[Part]:  # fmt: skip
    """Tight coils around the whole bundle over some spans (shares) of its way."""
    parts = []
    for number, (start, end) in enumerate(spans):
        piece, away = _stretch(path, start, end), _stretch(out, start, end)
        turns = int(np.clip(_length(piece) / (2.15 * wire), 3, 55))
        radii = (0.11 + wire, high + wire)
        parts.append(wound(f"coil{number}", piece, away, radii, turns, wire, design, hand, rng))
    return parts


def _coiled(design: Design, hand: Hand, path: Floats, out: Floats, rng: Random, grid: float) -> list[Part]:
    """Three or four core wires, bound by coils."""
    count = int(design.own.integers(3, 5))
    half = 0.4 * design.width_cm
    rails = _rails(design, hand, path, out, list(np.linspace(-half, half, count)), design.thick_cm / 2, rng)
    groups = int(design.own.integers(3, 6))
    width = 0.5 / groups * design.own.uniform(0.5, 0.9)
    middles = (np.arange(groups) + 0.5) / groups + 0.008 * hand.rhythm * rng.normal(size=groups)
    spans = [(float(max(0.01, m - width / 2)), float(min(0.99, m + width / 2))) for m in middles]
    high = half + design.thick_cm / 2
    return [*rails, *_coils(design, hand, path, out, spans, high, 0.055, rng)]


def _weave(design: Design, hand: Hand, path: Floats, out: Floats, rng: Random, grid: float) -> list[Part]:
    """Thin wire in figures of eight around rails."""
    half, wire = 0.38 * design.width_cm, 0.042
    heights = [-half, half] if design.own.random() < 0.5 else [-half, 0.0, half]
    rails = _rails(design, hand, path, out, heights, design.thick_cm / 2, rng)
    parts = []
    sections = 6
    for number in range(sections):
        start, end = (0.02 + 0.96 * (number + k) / sections for k in (0, 1))
        piece, away = _stretch(path, start, end), _stretch(out, start, end)
        turns = int(np.clip(_length(piece) / (3.0 * wire), 5, 34))
        t = np.linspace(0, 1, turns * 28)
        at = np.linspace(0, 1, 200)
        bunch = t + 0.004 * hand.rhythm * np.sin(6 * np.pi * t + rng.uniform(0, 6))
        line = np.stack([np.interp(bunch, at, piece[:, i]) for i in range(3)], -1)
        side = np.stack([np.interp(bunch, at, away[:, i]) for i in range(3)], -1)
        turn = 2 * np.pi * turns * t
        reach = design.thick_cm / 2 + wire
        line = line + ((half + reach) * np.sin(turn))[:, None] * [0, 0, 1.0]
        line = line + (reach * np.sin(2 * turn))[:, None] * side
        points = rod(line, wire, 8, side)
        parts.append(Part(f"weave{number}", points, "rod", wire_skin(design, hand, points.shape[:2], rng),
                          2 * wire, role="wire"))  # fmt: skip
    return [*rails, *parts]


def _bundle(design: Design, hand: Hand, path: Floats, out: Floats, rng: Random, grid: float) -> list[Part]:
    """Several wires that cross over one another on their way, bound in three places."""
    t = np.linspace(0, 1, len(path))
    parts = []
    for number in range(6):
        slow, phase = design.own.uniform(1.5, 3.5), design.own.uniform(0, 6)
        phase = phase + 0.12 * hand.rhythm * rng.normal()
        high = 0.42 * design.width_cm * np.sin(2 * np.pi * slow * t + phase)
        deep = 0.14 * np.cos(2 * np.pi * slow * t + phase) * (1 + 0.3 * rng.normal())
        high = high * (1 - 0.75 * np.abs(2 * t - 1) ** 8)
        line = path + high[:, None] * [0, 0, 1.0] + deep[:, None] * out
        points = rod(line, design.thick_cm / 2, 12, out)
        parts.append(Part(f"rail{number}", points, "rod", wire_skin(design, hand, points.shape[:2], rng),
                          design.thick_cm, role="wire"))  # fmt: skip
    ends = _coils(design, hand, path, out, [(0.003, 0.05), (0.95, 0.997)], 0.22, 0.05, rng)
    return [*parts, *ends]


def _stone(design: Design, hand: Hand, path: Floats, out: Floats, rng: Random, grid: float) -> list[Part]:
    """A big bead in the middle of a coiled cuff, held by wire that crosses over it."""
    half = 0.36 * design.width_cm
    rails = _rails(design, hand, path, out, [-half, 0.0, half], design.thick_cm / 2, rng)
    slip = 0.004 * hand.rhythm * rng.normal()
    spans = [(0.30 + slip, 0.38 + slip), (0.62 + slip, 0.70 + slip)]
    coils = _coils(design, hand, path, out, spans, half + design.thick_cm / 2, 0.05, rng)
    middle = len(path) // 2
    outward = out[middle]
    size = design.width_cm * design.own.uniform(0.62, 0.8)
    at = path[middle] + (0.4 * size + design.thick_cm / 2) * outward
    points, skin = bead(design, hand, "round", size, design.accent, (70, 100), rng)
    squat = points * [0.62, 1.0, 1.25 if design.own.random() < 0.5 else 1.0]
    turned = squat @ _upright(outward).T
    stone = Part(
        "stone", turned + at, "ball", skin, 0.6 * size, stuff=design.accent, role="inset", group="stone"
    )
    holds = []
    for number in range(2):
        t = np.linspace(0, 2 * np.pi, 140, endpoint=False)
        lean = (0.5 if number else -0.5) + 0.07 * hand.asymmetry
        loop = np.stack([0.66 * size * np.cos(t), 1.05 * size * np.sin(t), lean * size * np.sin(t)], -1)
        line = loop @ _upright(outward).T + at
        away = (line - at) / np.linalg.norm(line - at, axis=1, keepdims=True)
        hold = rod(line, 0.045, 10, away, True)
        holds.append(
            Part(f"hold{number}", hold, "ring", wire_skin(design, hand, (10, 140), rng), 0.09, role="wire")
        )
    return [*rails, stone, *holds, *coils]


def _upright(outward: Floats) -> Floats:
    """A (3, 3) that carries x outward and z up."""
    up = np.array([0.0, 0, 1])
    return np.stack([outward, np.cross(up, outward), up], 1)


def _strung(design: Design, hand: Hand, path: Floats, out: Floats, rng: Random, grid: float) -> list[Part]:
    """Beads on one core wire, with a coil between each and the next."""
    core = _rails(design, hand, path, out, [0.0], 0.05, rng)
    half = design.width_cm / 2
    whole = _length(path)
    pitch = 2 * half + 0.42
    count = int(0.8 * whole / pitch)
    wobble = 0.035 * hand.rhythm * rng.normal(size=count) * half / whole
    middles = 0.5 + (np.arange(count) - (count - 1) / 2) * pitch / whole + wobble
    shape = (int(np.clip(40 * grid, 14, 44)), int(np.clip(60 * grid, 20, 66)))
    kinds = [bead(design, hand, "round", half, design.accent, shape, rng) for _ in range(5)]
    parts = []
    for number, share in enumerate(middles):
        points, skin = kinds[int(rng.integers(5))]
        size = 1 + np.clip(2.0 * design.tolerance * hand.thickness * rng.normal(), -0.3, 0.25)
        u = int(share * (len(path) - 1))
        turned = points * size @ basis(path[u + 1] - path[u - 1], rng.uniform(0, 6)).T
        name = f"bead{number}"
        parts.append(
            Part(name, turned + path[u], "ball", skin, half, stuff=design.accent, role="bead", group=name)
        )
    gaps = [(a + half / whole, b - half / whole) for a, b in pairwise(middles)]
    for number, (start, end) in enumerate(gaps):
        piece, away = _stretch(path, start, end), _stretch(out, start, end)
        turns = int(np.clip(_length(piece) / 0.085, 2, 12))
        parts.append(wound(f"coil{number}", piece, away, (0.095, 0.095), turns, 0.04, design, hand, rng))
    return [parts[count // 2], *core, *parts[: count // 2], *parts[count // 2 + 1 :]]
