"""From where a piece is photographed: front, side, detail, back, and framing faults."""

from dataclasses import dataclass

import numpy as np

from ubora.datasets.manifest import Camera as CameraRecord
from ubora.datasets.render.camera.lens import Camera
from ubora.datasets.render.noise import Floats, Random
from ubora.datasets.taxonomy import PhotoFault, View

ORDER: tuple[View, ...] = ("front", "side", "detail", "back")
FAULTS: tuple[PhotoFault, ...] = ("blur", "dark", "glare", "too_far", "cut_off", "two_pieces", "no_piece")
FAULT_SHARES = (0.26, 0.14, 0.14, 0.14, 0.14, 0.1, 0.08)
FAULT_RATE = 0.1


@dataclass(frozen=True)
class Shot:
    """One planned photo."""

    view: View
    fault: PhotoFault | None
    camera: Camera
    azimuth: float
    """Where the camera stands, radians as the environment counts them."""
    elevation: float


def draw_fault(rng: Random) -> PhotoFault | None:
    """Mostly none; else one photo fault, rendered on purpose."""
    return FAULTS[int(rng.choice(len(FAULTS), p=FAULT_SHARES))] if rng.random() < FAULT_RATE else None


def plan(
    view: View, fault: PhotoFault | None, middle: Floats, radius_cm: float,
    spot: tuple[Floats, Floats] | None, rng: Random,
) -> Shot:  # fmt: skip
    """A shot of a piece around `middle` (3,) of `radius_cm`; `spot` is a place to look at and its facing."""
    if fault in ("cut_off", "two_pieces") and view == "detail":
        view = "front"
    aims = spot is not None and (view == "detail" or rng.random() < 0.75)
    azimuth = rng.uniform(0, 2 * np.pi)
    elevation = np.radians(
        {"front": rng.uniform(48, 82), "side": rng.uniform(24, 48), "detail": rng.uniform(32, 78)}.get(
            view, rng.uniform(35, 75)
        )
    )
    if aims and spot is not None:
        facing = spot[1]
        if np.hypot(facing[0], facing[1]) > 0.3:
            azimuth = float(np.arctan2(facing[1], facing[0])) + rng.normal(0, 0.45)
        if facing[2] < 0.4:
            elevation = min(elevation, np.radians(rng.uniform(25, 50)))
    field = rng.uniform(24, 34)
    fill = rng.uniform(0.58, 0.98)
    distance = radius_cm / np.sin(np.radians(field / 2)) / fill
    target = middle + rng.normal(0, 0.05, 3) * radius_cm
    if view == "detail":
        at = spot[0] if aims and spot is not None else middle + rng.normal(0, 0.3, 3) * radius_cm * [1, 1, 0]
        target = middle + (at - middle) * rng.uniform(0.7, 1.0)
        distance *= rng.uniform(0.48, 0.75)
    if fault == "too_far":
        distance *= rng.uniform(2.8, 4.2)
    toward = np.array(
        [np.cos(azimuth) * np.cos(elevation), np.sin(azimuth) * np.cos(elevation), np.sin(elevation)]
    )
    up, right = _frame(toward, rng)
    if fault == "cut_off":
        slide = np.cos(rng.uniform(0, 2 * np.pi) + np.array([0, np.pi / 2]))
        half_view = distance * np.tan(np.radians(field / 2))
        target = target + (right * slide[0] + up * slide[1]) * half_view * rng.uniform(0.75, 1.05)
    eye = target + toward * distance
    eye[2] = max(eye[2], 0.35 * radius_cm)
    camera = Camera(
        tuple(float(x) for x in eye),  # type: ignore[arg-type]
        tuple(float(x) for x in target),  # type: ignore[arg-type]
        tuple(float(x) for x in up),  # type: ignore[arg-type]
        float(field),
        float(distance * rng.uniform(0.0005, 0.006)),
    )
    return Shot(view, fault, camera, float(np.arctan2(toward[0], toward[1])), float(elevation))


def record(shot: Shot, phone: str) -> CameraRecord:
    """The shot as the manifest keeps it."""
    toward = np.subtract(shot.camera.eye, shot.camera.target)
    return CameraRecord(
        phone=phone,
        azimuth_deg=round(float(np.degrees(np.arctan2(toward[1], toward[0]))), 1),
        elevation_deg=round(float(np.degrees(np.arcsin(toward[2] / np.linalg.norm(toward)))), 1),
        distance_cm=round(shot.camera.distance_cm, 1),
        field_deg=round(shot.camera.field_deg, 1),
    )


def _frame(toward: Floats, rng: Random) -> tuple[Floats, Floats]:
    """Up and right of a hand-held phone: mostly level, sometimes turned by a quarter."""
    level = np.cross(np.cross(toward, [0.0, 0, 1]), toward)
    level /= np.linalg.norm(level) + 1e-9
    side = np.cross(level, toward)
    roll = np.radians(rng.normal(0, 10) + 90 * rng.choice(4, p=(0.7, 0.12, 0.06, 0.12)))
    up = -(np.cos(roll) * -level + np.sin(roll) * side)
    return up, np.cross(up, toward)
