"""The photo check on the phone, in a real Chromium: beside the truth, and beside the service's gate."""

import base64
import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, CDPSession, Page

from tests import ROOT
from tests.parts.browser import in_a_browser
from tests.parts.photos import jpeg
from tests.parts.served import Town
from ubora.datasets.manifest import Manifest, Sample, read_manifest
from ubora.models.inference.photo_faults import measure_photo, photo_faults
from ubora.models.inference.preprocess import Letterbox, PhotoArray
from ubora.models.record import PhotoGate

DATASETS = ROOT / "datasets"
JUDGED = ("too_far", "dark", "glare", "blur")
FOUND_AT_LEAST = {"too_far": 0.5, "dark": 0.9, "glare": 0.8, "blur": 0.6}
"""Shares of the faulty photos of datasets/rendered; found are 10 of 17, 14 of 14, 17 of 19 and 15 of 24."""
SLOW_PHONE = 6
GATE = PhotoGate(
    min_sharpness=56.9, min_brightness=86.0, max_glare=0.146,
    min_piece_share=0.02, no_piece_below=0.005, max_border_share=0.12,
)  # fmt: skip
"""What calibration made of it for ubora-2026.11.4."""
JUDGE = """async photos => {
  const { judge } = await import("/phone/check.js");
  const said = [];
  for (const { photo, type } of photos) {
    const bytes = Uint8Array.from(atob(photo), (letter) => letter.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes], { type }));
    const began = performance.now();
    said.push({ ...(await judge(picture)), ms: performance.now() - began });
  }
  return said;
}"""


@dataclass(frozen=True)
class Said:
    faults: tuple[str, ...]
    measures: dict[str, float]
    ms: float


@pytest.fixture
def phone(town: Town, chromium: Browser) -> Any:
    with chromium.new_context() as context:
        page = context.new_page()
        page.goto(f"{town.url}/phone/")
        yield page


def judge(page: Page, photos: Sequence[bytes]) -> list[Said]:
    """What the phone says of encoded photos."""
    said = []
    for at in range(0, len(photos), 20):
        batch = [
            {
                "photo": base64.b64encode(data).decode(),
                "type": "image/jpeg" if data[:2] == b"\xff\xd8" else "image/webp",
            }
            for data in photos[at : at + 20]
        ]
        said += [
            Said(tuple(one["faults"]), one["measures"], one["ms"]) for one in page.evaluate(JUDGE, batch)
        ]
    return said


@functools.cache
def known() -> tuple[Manifest, list[Sample]]:
    """Photos with one fault, of those that the phone judges, and as many good ones from all over the set."""
    manifest = read_manifest(DATASETS / "rendered")
    faulty = [s for s in manifest.samples if s.photo_faults in {(fault,) for fault in JUDGED}]
    good = [s for s in manifest.samples if s.photo_faults == ()]
    return manifest, faulty + good[:: len(good) // len(faulty)]


def gate_says(root: Path, sample: Sample) -> tuple[str, ...]:
    """The service's gate, told by the truth where the piece is."""
    photo = rgb(root / sample.file_name)
    assert sample.piece_mask is not None
    mask = cv2.imread(str(root / sample.piece_mask), cv2.IMREAD_GRAYSCALE)
    assert mask is not None
    frame = Letterbox.around(photo.shape[1], photo.shape[0], 352)
    piece = np.divide(frame.apply_mask(np.asarray(mask, np.uint8)), 255, dtype=np.float32)
    measures = measure_photo(frame.apply(photo), piece, frame, whole_hw=piece, whole=frame)
    return photo_faults(measures, GATE, detail=sample.view == "detail")


def rgb(path: Path) -> PhotoArray:
    photo = cv2.imread(str(path))
    assert photo is not None
    return np.ascontiguousarray(photo[..., ::-1]).astype(np.uint8)


@pytest.mark.slow
@in_a_browser
def test_the_phone_finds_bad_photos_and_leaves_good_ones_alone(phone: Page) -> None:
    manifest, samples = known()
    said = judge(phone, [(manifest.root / sample.file_name).read_bytes() for sample in samples])
    pairs = list(zip(samples, said, strict=True))
    found = {
        fault: [fault in one.faults for sample, one in pairs if sample.photo_faults == (fault,)]
        for fault in JUDGED
    }
    print({fault: f"{sum(hits)} of {len(hits)}" for fault, hits in found.items()})
    few = {fault: hits for fault, hits in found.items() if np.mean(hits) < FOUND_AT_LEAST[fault]}
    assert few == {}
    false = [sample.file_name for sample, one in pairs if not sample.photo_faults and one.faults]
    print(f"called bad: {len(false)} of {sum(not sample.photo_faults for sample in samples)} good ones")
    assert len(false) <= 0.1 * sum(not sample.photo_faults for sample in samples)


@pytest.mark.slow
@in_a_browser
def test_the_phone_agrees_with_the_gate_of_the_service_on_the_sample_photos(phone: Page) -> None:
    manifest = read_manifest(DATASETS / "sample")
    said = judge(phone, [(manifest.root / sample.file_name).read_bytes() for sample in manifest.samples])
    agreed, odd = dict.fromkeys(JUDGED, 0), []
    for sample, one in zip(manifest.samples, said, strict=True):
        gate = gate_says(manifest.root, sample)
        for fault in JUDGED:
            agreed[fault] += (fault in gate) == (fault in one.faults)
            if fault in gate and fault in (sample.photo_faults or ()) and not one.faults:
                odd.append((sample.file_name, fault))
    print(json.dumps({fault: f"{times} of {len(said)}" for fault, times in agreed.items()}))
    assert min(agreed.values()) >= 0.9 * len(said)
    assert odd == []  # what the service would send back for good reason is not called good on the phone


@pytest.mark.slow
@in_a_browser
def test_a_photo_is_judged_the_same_in_every_size_and_however_it_was_turned(phone: Page) -> None:
    photo = rgb(DATASETS / "sample/photos/r11-00171-0front.webp")
    large = cv2.resize(photo, (1280, 1280), interpolation=cv2.INTER_CUBIC)
    said = judge(phone, [jpeg(photo), jpeg(large), jpeg(np.rot90(photo))])
    assert [one.faults for one in said] == [(), (), ()]
    lights = [one.measures["light"] for one in said]
    assert max(lights) - min(lights) < 2


@pytest.mark.slow
@in_a_browser
def test_a_good_photo_that_is_spoilt_is_called_so(phone: Page) -> None:
    good = rgb(DATASETS / "sample/photos/r11-00171-0front.webp")
    spoilt = {
        "dark": good // 5,
        "blur": cv2.GaussianBlur(good, (0, 0), 9),
        "glare": blown_out(good),
        "too_far": far_away(good),
    }
    before, *after = judge(phone, [jpeg(photo) for photo in (good, *spoilt.values())])
    assert before.faults == ()
    assert [one.faults[0] for one in after] == list(spoilt)


def blown_out(photo: PhotoArray) -> PhotoArray:
    """A lamp's reflection over the middle."""
    height, width = photo.shape[:2]
    light = np.zeros((height, width, 1), np.float32)
    cv2.circle(light, (width // 2, height // 2), width // 6, 255, -1)
    return np.asarray(np.clip(photo + light, 0, 255), np.uint8)


def far_away(photo: PhotoArray) -> PhotoArray:
    """The piece at a tenth of the width, on a plain bench."""
    height, width = photo.shape[:2]
    bench = np.random.default_rng(0).normal((150, 120, 90), 4, photo.shape).clip(0, 255).astype(np.uint8)
    small = cv2.resize(photo[80:300, 60:330], (width // 8, height // 8), interpolation=cv2.INTER_AREA)
    top, left = height // 2 - small.shape[0] // 2, width // 2 - small.shape[1] // 2
    bench[top : top + small.shape[0], left : left + small.shape[1]] = small
    return bench


@pytest.mark.slow
@in_a_browser
def test_a_slow_phone_judges_a_photo_in_well_under_a_second(phone: Page) -> None:
    large = cv2.resize(rgb(DATASETS / "sample/photos/r11-00171-0front.webp"), (1280, 960))
    judge(phone, [jpeg(large)])
    session: CDPSession = phone.context.new_cdp_session(phone)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOW_PHONE})
    times = sorted(one.ms for one in judge(phone, [jpeg(large)] * 5))
    print(f"at a sixth of the speed: {times[0]:.0f} to {times[-1]:.0f} ms")
    # Others work on this machine too; the fastest of five says what the work itself costs.
    assert times[0] < 500
