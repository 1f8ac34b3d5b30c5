"""Whatever is in a sample or a mask comes back from its file as it was, and what is no line is refused."""

from datetime import timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from tests.parts.mutations import mutated_bytes
from ubora.datasets.formats.intake.polygons import fill_polygons
from ubora.datasets.formats.intake.run_lengths import (
    brush_of,
    counts_from_text,
    counts_of,
    counts_to_text,
    mask_of_brush,
    mask_of_counts,
)
from ubora.datasets.manifest import (
    METADATA,
    Camera,
    Defect,
    ManifestError,
    Sample,
    line_of,
    read_manifest,
)
from ubora.datasets.masks import Mask
from ubora.datasets.taxonomy import JEWELRY


def _zone(ahead: timedelta) -> timezone:
    return timezone(timedelta(minutes=ahead // timedelta(minutes=1)))


MASKS = arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, max_side=40))
_DAY = timedelta(days=1)
_ZONES = st.timedeltas(_DAY * -0.9, _DAY * 0.9).map(_zone)
_FINITE = st.floats(allow_nan=False, allow_infinity=False)
_LONG = st.floats(0, 1e300, exclude_min=True)
_TEXT = st.none() | st.text(max_size=20)
_DEFECTS = st.builds(
    Defect,
    name=st.sampled_from(JEWELRY.defects),
    box=st.none() | st.tuples(st.floats(0, 1e300), st.floats(0, 1e300), _LONG, _LONG),
    mask=st.none(),
)
SAMPLES = st.builds(
    Sample,
    file_name=st.just("a.jpg"),
    sample_id=st.text("0123456789abcdef", min_size=64, max_size=64),
    piece_id=st.text(min_size=1, max_size=20),
    microfactory=_TEXT,
    design=_TEXT,
    material=st.none() | st.sampled_from(JEWELRY.materials),
    category=st.none() | st.sampled_from(JEWELRY.categories),
    defects=st.none() | st.lists(_DEFECTS, max_size=3).map(tuple),
    piece_mask=st.none(),
    reviewed_by=_TEXT,
    captured_at=st.none() | st.datetimes(timezones=st.none() | _ZONES),
    light=_TEXT,
    camera=st.none()
    | st.builds(
        Camera,
        phone=st.text(),
        azimuth_deg=_FINITE,
        elevation_deg=_FINITE,
        distance_cm=_FINITE,
        field_deg=_FINITE,
    ),
    seed=st.none() | st.integers(),
)


@given(sample=SAMPLES)
def test_a_sample_comes_back_from_its_line(sample: Sample) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "a.jpg").touch()
        (root / METADATA).write_bytes(line_of(sample))
        assert read_manifest(root).samples == (sample,)


_LINE = Sample(
    file_name="a.jpg",
    sample_id="0" * 64,
    piece_id="p",
    source="rendered",
    defects=(Defect(name="dent", box=(1, 2, 3, 4), mask="m.png"),),
    camera=Camera(phone="good", azimuth_deg=0, elevation_deg=60, distance_cm=20, field_deg=30),
)


@given(data=mutated_bytes(f"{_LINE.model_dump_json()}\n".encode()))
def test_an_altered_line_is_a_sample_or_refused(data: bytes) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        for name in ("a.jpg", "m.png"):
            (root / name).touch()
        (root / METADATA).write_bytes(data)
        try:
            read = read_manifest(root)
        except ManifestError:
            return
        (root / METADATA).write_bytes(b"".join(map(line_of, read)))
        assert read_manifest(root).samples == read.samples


@given(mask=MASKS)
def test_a_mask_comes_back_from_every_form_of_run_lengths(mask: Mask) -> None:
    counts = counts_of(mask)
    assert counts_from_text(counts_to_text(counts)) == counts
    assert np.array_equal(mask_of_counts(counts, mask.shape), mask)
    assert np.array_equal(mask_of_brush(brush_of(mask), mask.shape), mask)


@given(counts=st.lists(st.integers(0, 2**31)))
def test_counts_come_back_from_their_text(counts: list[int]) -> None:
    assert counts_from_text(counts_to_text(counts)) == counts


@given(text=st.text() | st.text("".join(map(chr, range(48, 112)))), height=st.integers(1, 9))
def test_any_text_is_a_mask_or_refused(text: str, height: int) -> None:
    try:
        mask = mask_of_counts(counts_from_text(text), (height, 7))
    except ManifestError:
        return
    assert mask.shape == (height, 7)


@given(
    brush=mutated_bytes(bytes(brush_of(np.eye(3, 7, dtype=np.bool_)))).map(list)
    | st.lists(st.integers(-1, 256))
)
def test_any_brush_is_a_mask_or_refused(brush: list[int]) -> None:
    try:
        mask = mask_of_brush(brush, (3, 7))
    except ManifestError:
        return
    assert mask.shape == (3, 7)


@given(left=st.integers(0, 30), top=st.integers(0, 30), width=st.integers(1, 30), height=st.integers(1, 30))
def test_a_rectangle_of_whole_pixels_is_just_these(left: int, top: int, width: int, height: int) -> None:
    right, bottom = left + width, top + height
    expected = np.zeros((60, 60), np.bool_)
    expected[top:bottom, left:right] = True
    polygon = [left, top, right, top, right, bottom, left, bottom]
    assert np.array_equal(fill_polygons([[float(number) for number in polygon]], (60, 60)), expected)


@given(polygons=st.lists(st.lists(_FINITE | st.floats(-50, 50) | st.floats(), max_size=10), max_size=3))
def test_any_polygon_is_a_mask_or_refused(polygons: list[list[float]]) -> None:
    try:
        mask = fill_polygons(polygons, (20, 30))
    except ManifestError:
        return
    assert (mask.shape, bool(mask.any())) == ((20, 30), True)
