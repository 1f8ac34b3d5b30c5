"""Grading by outline: what the head does not see, that it learns how even a shape is, and a taught run."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from tests.training.learning.ringed_discs import ringed_discs, started
from ubora.command import main
from ubora.datasets.outlines import SIDE_PX, Outlines, write_outlines
from ubora.models.registry.releases import RELEASES
from ubora.training.grade import agreement_on, taught
from ubora.training.loop.checkpoint import BEST, Checkpoint, Progress, read_checkpoint, write_checkpoint
from ubora.training.network import Network
from ubora.training.network.outline import ANGLES, OutlineHead
from ubora.training.network.transfer import read_outline_head


def _waved(number: int, side: int = 88) -> tuple[np.ndarray, int]:
    """A ring seen aslant whose radius strays by its level, in waves of no fixed place or count."""
    random = np.random.default_rng(number)
    level = 1 + number % 5
    angles = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    stray = sum(
        random.uniform(0.6, 1.0) * np.cos(k * angles + random.uniform(0, 2 * np.pi))
        for k in random.choice(range(2, 7), 2)
    )
    radius = side * 0.36 * (1 + 0.035 * (level - 1) * stray)
    lean, turn = random.uniform(0.5, 1), random.uniform(0, np.pi)
    points = np.stack([radius * np.cos(angles), lean * radius * np.sin(angles)], -1)
    swing = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    at = np.round((points @ swing + side / 2) * 16).astype(np.int32)
    drawn = np.zeros((side, side), np.uint8)
    cv2.polylines(drawn, [at], True, 255, max(2, side // 14), cv2.LINE_AA, 4)
    return drawn, level


def _rings(numbers: range, side: int = 88) -> Outlines:
    drawn = [_waved(number, side) for number in numbers]
    names = np.array([f"p{number}" for number in numbers])
    splits = np.array(["val" if number % 5 == number // 5 % 5 else "train" for number in numbers])
    return Outlines(
        np.stack([one for one, _ in drawn]), np.array([level for _, level in drawn]), names, names, splits
    )


def _seen(outline: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    with torch.no_grad():
        polar, roundness = OutlineHead().unrolled(torch.from_numpy(outline)[None].float() / 255)
    return polar[0], roundness


def _blurred_apart(one: torch.Tensor, other: torch.Tensor) -> float:
    return float((one - other).abs().mean())


def test_where_a_piece_lies_and_how_large_it_is_does_not_show() -> None:
    outline, _ = _waved(3)
    move = np.array([[0.7, 0, 20], [0, 0.7, 4]], np.float32)
    moved = cv2.warpAffine(outline, move, outline.shape, flags=cv2.INTER_AREA)
    (polar, roundness), (again, roundness_again) = _seen(outline), _seen(moved)
    assert _blurred_apart(polar, again) < 0.03 < _blurred_apart(polar, _seen(_waved(4)[0])[0])
    assert float(roundness) == pytest.approx(float(roundness_again), abs=0.02)


def test_a_turn_is_a_shift_and_a_mirror_image_the_reverse() -> None:
    outline, _ = _waved(3)
    polar, _ = _seen(outline)
    turned, _ = _seen(np.ascontiguousarray(np.rot90(outline)))
    assert _blurred_apart(polar.roll(-ANGLES // 4, 1), turned) < 0.01
    mirrored, _ = _seen(np.ascontiguousarray(outline[::-1]))
    assert _blurred_apart(polar.flip(1).roll(1, 1), mirrored) < 0.01


def test_a_circle_seen_aslant_is_a_circle_whose_roundness_is_told() -> None:
    flat, above = np.zeros((88, 88), np.uint8), np.zeros((88, 88), np.uint8)
    cv2.ellipse(above, (44, 44), (34, 34), 0, 0, 360, 255, -1, cv2.LINE_AA)
    cv2.ellipse(flat, (44, 44), (34, 17), 30, 0, 360, 255, -1, cv2.LINE_AA)
    (polar, round_), (again, aslant) = _seen(above), _seen(flat)
    assert _blurred_apart(polar, again) < 0.02
    assert float(round_) == pytest.approx(1, abs=0.02)
    assert float(aslant) == pytest.approx(0.5, abs=0.03)


def test_a_map_without_a_piece_has_a_grade_and_no_nan() -> None:
    head = OutlineHead().eval()
    assert torch.isfinite(head(torch.full((2, 22, 22), -9.0))).all()


def test_it_learns_how_even_outlines_are_that_it_never_saw() -> None:
    torch.manual_seed(0)
    head, rings = OutlineHead(), _rings(range(600))
    learn, check = rings.of("train"), rings.of("val")
    lines = list(taught(head, learn, len(learn), {"outlines": check}, 10, seed=0))
    assert lines[-1].startswith("10/10  loss ")
    kappa = agreement_on(head, check)
    assert kappa is not None
    assert kappa > 0.7


@pytest.fixture(scope="module")
def plain_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the discs as it stands before its first step, with a checkpoint."""
    drawn = ringed_discs(tmp_path_factory.mktemp("drawn"))
    folder = tmp_path_factory.mktemp("runs") / "plain"
    job, network = started(drawn, "--recipe", "tiny", "--out", folder)
    weights = network.state_dict()
    write_checkpoint(
        folder / BEST,
        Checkpoint(job.spec, job.recipe, job.fingerprint, Progress(1, 1, 0.5, 1), weights, {}, {"map": 0.5}),
    )
    return folder


def test_a_run_that_is_taught_to_grade_sees_defects_as_before(
    plain_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_outlines(tmp_path / "rings.npz", _rings(range(80), SIDE_PX))
    out = tmp_path / "graded"
    (plain_run / "calibration.json").write_text('{"epoch": 1, "level_cuts": [2.0, 2.5, 3.0, 4.0]}')
    words = ["train", "grade", str(plain_run), str(tmp_path), "--epochs", "1"]
    assert main([*words, "--out", str(out)]) == 0
    assert "drawn ones of 64 pieces" in capsys.readouterr().out
    before, after = read_checkpoint(plain_run / BEST), read_checkpoint(out / BEST)
    assert (after.spec.grade, after.spec.variance, after.recipe.grade) == ("outline", True, "outline")
    shared = before.weights.keys() & after.weights.keys()
    assert all(torch.equal(before.weights[name], after.weights[name]) for name in shared)
    assert {name.split(".")[1] for name in after.weights.keys() - shared} == {"outline"}
    assert after.progress == before.progress
    assert json.loads((out / "calibration.json").read_bytes()) == {"epoch": 1, "level_cuts": None}
    said = json.loads((out / "environment.json").read_bytes())
    assert (said["outlines"]["pieces"], said["graded_from"], said["dataset"]) == (64, "plain", "drawn")
    assert main([*words, "--out", str(out)]) == 1
    assert "exists already" in capsys.readouterr().err


def test_a_run_may_begin_with_the_head_that_a_release_grades_by(
    plain_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_outlines(tmp_path / "rings.npz", _rings(range(80), SIDE_PX))
    words = ["train", "grade", str(plain_run), str(tmp_path), "--epochs", "1", "--out"]
    assert main([*words, str(tmp_path / "anew")]) == 0
    assert main([*words, str(tmp_path / "on"), "--from", "champion"]) == 0
    released = read_outline_head("champion", RELEASES)
    anew, on = (read_checkpoint(tmp_path / name / BEST).weights for name in ("anew", "on"))

    def apart(weights: dict[str, torch.Tensor]) -> float:
        kernels = {k: v for k, v in released.items() if v.ndim > 1}
        return sum(float((weights[f"encoder.outline.{k}"] - v).abs().mean()) for k, v in kernels.items())

    # A handful of steps leads away from where it began, and hardly from anywhere else towards it.
    assert apart(on) < 0.5 * apart(anew)
    assert main([*words, str(tmp_path / "no"), "--from", "nothing"]) == 1
    assert "nothing" in capsys.readouterr().err


def test_what_a_run_learns_later_leaves_its_grades_alone(plain_run: Path) -> None:
    checkpoint = read_checkpoint(plain_run / BEST)
    spec = checkpoint.spec.model_copy(update={"grade": "outline", "variance": True})
    network = Network(spec)
    network.freeze("all")
    photos = torch.randint(0, 256, (2, spec.input_size, spec.input_size, 3), dtype=torch.uint8)
    seen = network.encode(network.maps(photos))
    assert seen.piece.requires_grad
    assert not seen.variance.requires_grad
    assert not network.encoder.outline.training


def test_a_run_that_knows_no_piece_is_refused(
    plain_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint = read_checkpoint(plain_run / BEST)
    spec = checkpoint.spec.model_copy(update={"piece": False})
    (tmp_path / "run").mkdir()
    write_checkpoint(tmp_path / "run" / BEST, replace(checkpoint, spec=spec))
    assert main(["train", "grade", str(tmp_path / "run"), str(tmp_path), "--out", str(tmp_path / "x")]) == 1
    assert "never learnt where the piece is" in capsys.readouterr().err
