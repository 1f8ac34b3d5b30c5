"""A rendered set as a whole: what it is drawn from, its twins and cousins, killed and gone on with."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.parts.served import wait_until
from ubora.datasets.manifest import read_manifest
from ubora.datasets.masks import read_mask
from ubora.datasets.render.defects.apply import Spoiled
from ubora.datasets.render.designs.catalogue import catalogue
from ubora.datasets.render.designs.cousins import KINSHIPS, Kinship
from ubora.datasets.render.kept import PIECES, piece_id, split_for
from ubora.datasets.render.photograph import photograph
from ubora.datasets.render.piece import Made, drawn_design, make
from ubora.datasets.render.run import render_set
from ubora.datasets.render.scene.scene import Renderer
from ubora.datasets.render.settings import Settings, SettingsError


def test_options_out_of_range_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="--views: expected at least 1, found 0"):
        render_set(tmp_path, 1, Settings(1, views=0))


def test_a_set_may_be_drawn_from_some_categories_alone(tmp_path: Path) -> None:
    drawn = {drawn_design(3, number, ("chain", "beads")).category for number in range(40)}
    assert drawn == {"chain", "beads"}
    assert make(3, 4, 0.05, ("chain",)).design.category == "chain"
    with pytest.raises(SettingsError, match="no design is a crown; expected some of bangle, beads"):
        render_set(tmp_path, 1, Settings(1, only=("chain", "crown")))


def test_a_set_may_be_of_chosen_defects_alone(tmp_path: Path) -> None:
    settings = Settings(
        5, views=1, size_px=48, samples=1, approved_views=0, only=("ring",), defects=("bent",)
    )
    assert render_set(tmp_path, 2, settings).skipped == []
    drawn = [make(5, number, 0.05, ("ring",), only_defects=("bent",)).plans for number in range(2)]
    assert {plan.name for plans in drawn for plan in plans} == {"bent"}
    assert {name for sample in read_manifest(tmp_path) for name in sample.defect_names()} <= {"bent"}
    with pytest.raises(SettingsError, match="was begun with"):
        render_set(tmp_path, 2, Settings(5, views=1, size_px=48, samples=1, approved_views=0, only=("ring",)))
    with pytest.raises(SettingsError, match="no defect is a bend; did you mean 'bent'"):
        render_set(tmp_path, 1, Settings(1, defects=("bend",)))


@pytest.mark.slow
@pytest.mark.parametrize("kinship", KINSHIPS)
def test_each_piece_of_a_set_of_cousins_has_a_design_of_its_own_that_stands_where_its_kin_does(
    tmp_path: Path, kinship: Kinship
) -> None:
    settings = Settings(4, views=1, size_px=48, samples=1, approved_views=0, cousins=kinship)
    assert render_set(tmp_path, 3, settings).skipped == []
    samples = list(read_manifest(tmp_path))
    assert len({s.design for s in samples}) == len({s.piece_id for s in samples}) == 3
    book = {d.name for d in catalogue()}
    for sample in samples:
        of_book, _, _ = str(sample.design).partition("~")
        assert of_book in book
        assert sample.split == split_for(sample.piece_id, of_book)


@pytest.mark.slow
def test_several_pieces_of_a_cousin_stand_beside_its_approved_sample(tmp_path: Path) -> None:
    settings = Settings(
        4, views=1, size_px=48, samples=1, approved_views=2, cousins="distant", pieces_a_design=2
    )
    assert render_set(tmp_path, 3, settings).skipped == []
    samples = list(read_manifest(tmp_path))
    pieces = {s.piece_id: s.design for s in samples if not s.approved_sample}
    approved = {s.piece_id: s.design for s in samples if s.approved_sample}
    first, second, third = pieces.values()
    assert first == second != third
    assert list(approved.values()) == [first, third]
    assert [s.defects for s in samples if s.approved_sample] == [()] * 4
    assert {s.variance for s in samples if s.approved_sample} == {3}
    # The first of them is the piece that a set of one piece a design draws.
    assert first == drawn_design(4, 0, cousins="distant").name
    with pytest.raises(SettingsError, match="give --cousins"):
        render_set(tmp_path / "book", 3, Settings(4, pieces_a_design=2))


@pytest.mark.slow
def test_a_set_with_twins_holds_each_good_defective_photo_without_its_defects_too(tmp_path: Path) -> None:
    settings = Settings(2, views=2, size_px=96, samples=4, approved_views=0, twins=True)
    render_set(tmp_path / "a", 2, settings)
    photos = {Path(s.file_name).stem: s for s in read_manifest(tmp_path / "a")}
    clean = {name.removesuffix("-clean"): s for name, s in photos.items() if name.endswith("-clean")}
    assert set(clean) == {name for name, s in photos.items() if s.defects and not s.photo_faults}
    assert clean
    for name, twin in clean.items():
        spoiled = photos[name]
        own = {"file_name", "sample_id", "defects", "piece_mask"}
        assert twin.model_dump(exclude=own) == spoiled.model_dump(exclude=own)
        assert twin.defects == ()
        pair = [_pixels((tmp_path / "a" / s.file_name).read_bytes()) for s in (spoiled, twin)]
        masks = [read_mask(tmp_path / "a" / str(d.mask), (96, 96)) for d in spoiled.defects or ()]
        gap = np.abs(pair[0] - pair[1]).max(-1)
        assert gap[np.any(masks, axis=0)].max() > 25
        assert read_mask(tmp_path / "a" / str(twin.piece_mask), (96, 96)).any()
    with pytest.raises(SettingsError, match="was begun with"):
        render_set(tmp_path / "a", 2, replace(settings, twins=False))


@pytest.mark.slow
def test_a_rendered_set_is_valid_repeatable_resumable_and_its_masks_lie_where_the_twin_differs(
    tmp_path: Path,
) -> None:
    settings = Settings(2, views=2, size_px=96, samples=4, approved_views=0)
    report = render_set(tmp_path / "a", 2, settings)
    assert (report.pieces, report.photos, report.skipped) == (2, 4, [])
    first = read_manifest(tmp_path / "a")

    (tmp_path / "a" / "pieces" / f"{piece_id(2, 1)}.json").unlink()
    again = render_set(tmp_path / "a", 2, settings)
    assert again.photos_new == 2
    second = read_manifest(tmp_path / "a")
    kept = {"file_name", "piece_id", "design", "variance", "photo_faults", "split", "view", "microfactory"}
    assert [s.model_dump(include=kept) for s in first] == [s.model_dump(include=kept) for s in second]
    assert [s.defect_names() for s in first] == [s.defect_names() for s in second]

    with pytest.raises(SettingsError, match="was begun with"):
        render_set(tmp_path / "a", 2, Settings(3, views=2, size_px=96, samples=4, approved_views=0))

    # The same piece with its defects taken out, by the same light, camera and phone, is the twin.
    renderer = Renderer(96, 4)
    made = make(2, 1, 0.3)
    assert made.plans
    photos = photograph(made, 2, 2, renderer, [])
    labelled = [photo for photo in photos if photo.defects]
    assert labelled
    lie = {part.name: part.footprints for part in made.spoiled.parts}
    healed = Made(
        made.number, made.microfactory, made.design, made.hand, made.plans, made.clean,
        # Where a defect would lie is still known: without one, nothing there may be labelled.
        Spoiled(
            [replace(part, footprints=lie.get(part.name, {})) for part in made.clean],
            made.spoiled.centres, made.spoiled.facings, {},
        ),
    )  # fmt: skip
    twins = photograph(healed, 2, 2, renderer, [])
    asked = photograph(made, 2, 2, renderer, [], twins=True)
    assert [photo.file for photo in asked] == [photo.file for photo in photos]
    for photo, beside in zip(photos, asked, strict=True):
        assert photo.twin is None
        assert (beside.twin is not None) == bool(photo.defects and photo.fault is None)
    for photo, twin in zip(photos, twins, strict=True):
        assert twin.defects == ()
        gap = np.abs(_pixels(photo.file) - _pixels(twin.file)).max(-1)
        masks = np.any([np.zeros_like(photo.piece), *(seen.mask for seen in photo.defects)], axis=0)
        beyond = cv2.dilate(masks.astype(np.uint8), np.ones((9, 9), np.uint8)) == 0
        assert np.quantile(gap[beyond], 0.99) < 25
        for seen in photo.defects:
            assert gap[seen.mask].mean() > 3 * gap[beyond].mean()
            assert gap[seen.mask].max() > 25


@pytest.mark.slow
def test_a_run_that_was_killed_leaves_no_worker_behind_and_goes_on_where_it_was(tmp_path: Path) -> None:
    command = [
        sys.executable, "-m", "ubora", "data", "render", "--out", str(tmp_path), "--pieces", "4",
        "--seed", "6", "--views", "1", "--size", "64", "--samples", "2", "--workers", "2",
        "--approved-views", "0",
    ]  # fmt: skip
    run = subprocess.Popen(command)
    made = tmp_path / PIECES
    wait_until(lambda: len(list(made.glob("r6-*.json"))) >= 1, seconds=300)
    workers = _children(run.pid)
    assert workers
    run.kill()
    run.wait()
    wait_until(lambda: not any(_is_running(pid) for pid in workers), seconds=30)
    before = {path.name: path.stat().st_mtime_ns for path in made.glob("r6-*.json")}
    subprocess.run(command, check=True, timeout=300)
    manifest = read_manifest(tmp_path)
    assert len(manifest) == 4
    assert all((made / name).stat().st_mtime_ns == changed for name, changed in before.items())
    named = {name for sample in manifest for name in sample.files()}
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.glob("photos/*.jpg")} <= named


def _children(pid: int) -> list[int]:
    """Processes that a process started, from /proc."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [int(child) for child in found]


def _is_running(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False


def _pixels(jpeg: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture.astype(np.float64)
