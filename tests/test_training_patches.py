"""Patches beside approved photos: what lies there too is ordinary however it is turned, a new mark is not."""

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tests.photos import drawn_piece
from training.bench.lossless import png
from training.network import Network, NetworkSpec
from training.patches import HOTTEST, Memory, PatchError, Sight, score, see
from training.scoring import Trained

SIZE = 128
SPEC = NetworkSpec(
    classes=("scratch",),
    piece=False,
    variance=False,
    input_size=SIZE,
    backbone_width=0.25,
    pyramid_width=16,
    embedding_size=16,
)


@pytest.fixture(scope="module")
def judge() -> Trained:
    """Never trained: chance filters tell patches apart well enough."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Trained(Network(SPEC), "chance")


def ringed(seed: int) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """A disc with an engraved cross, which is no defect of it."""
    photo, piece, _ = drawn_piece(seed, size=SIZE)
    cv2.line(photo, (44, 64), (84, 64), (60, 45, 20), 3)
    cv2.line(photo, (64, 44), (64, 84), (60, 45, 20), 3)
    return photo, piece > 0


def seen(judge: Trained, photo: NDArray[np.uint8], piece: NDArray[np.bool_]) -> Sight:
    return see(judge, png(photo), piece)


def test_an_approved_photo_is_ordinary_beside_itself_in_any_turn(judge: Trained) -> None:
    photo, piece = ringed(1)
    memory = Memory.of({"cross": [seen(judge, photo, piece)]}, judge)
    for turn in range(4):
        turned = seen(judge, np.ascontiguousarray(np.rot90(photo, turn)), np.rot90(piece, turn))
        assert score(memory.strangeness(turned, "cross")) < 0.05


def test_the_strangest_patch_is_a_mark_that_no_approved_photo_has(judge: Trained) -> None:
    approved = [seen(judge, *ringed(number)) for number in (1, 2)]
    memory = Memory.of({"cross": approved}, judge)
    photo, piece = ringed(3)
    ordinary = memory.strangeness(seen(judge, photo, piece), "cross")
    cv2.circle(photo, (80, 48), 6, (30, 90, 200), -1)
    sight = seen(judge, photo, piece)
    strange = memory.strangeness(sight, "cross")
    assert score(strange) > 1.5 * score(ordinary)
    mark = np.zeros((SIZE, SIZE), np.bool_)
    mark[44:53, 76:85] = True
    near = sight.near(mark)
    assert near.flat[int(strange.argmax())]
    assert 0 < near.mean() < 0.2


def test_only_the_outlined_piece_is_compared_and_looked_at(judge: Trained) -> None:
    photo, piece = ringed(1)
    sight = seen(judge, photo, piece)
    assert sight.prediction.place.width < SIZE == sight.prediction.width
    memory = Memory.of({"cross": [sight]}, judge)
    photo[~piece] = (200, 30, 30)
    strange = memory.strangeness(seen(judge, photo, piece), "cross")
    assert strange[~sight.cells_hw].max() == 0.0
    assert 0.5 < sight.cells_hw.mean() < 0.7  # a disc in its square, with a margin


def test_a_photo_without_a_piece_is_not_strange_and_no_piece_at_all_is_refused(judge: Trained) -> None:
    sight = seen(judge, *ringed(1))
    nothing = Sight(
        sight.prediction, sight.network_input_hwc, sight.frame, np.zeros_like(sight.cells_hw), sight.heat_hw
    )
    memory = Memory.of({"cross": [sight], "bare": [nothing]}, judge)
    assert ("cross" in memory, "bare" in memory) == (True, False)
    assert score(memory.strangeness(nothing, "cross")) == 0.0
    with pytest.raises(KeyError):
        memory.strangeness(sight, "bare")
    with pytest.raises(PatchError, match="no piece was found on any approved photo"):
        Memory.of({"bare": [nothing]}, judge)


def test_a_photo_is_as_strange_as_its_few_strangest_patches() -> None:
    strange = np.zeros((8, 8), np.float32)
    strange.flat[: HOTTEST + 2] = np.arange(HOTTEST + 2)
    assert score(strange) == pytest.approx(np.arange(2, HOTTEST + 2).mean())


def test_the_judge_finds_the_piece_where_no_outline_is_given(judge: Trained) -> None:
    photo, _ = ringed(1)
    sight = see(judge, png(photo))
    # A network that was never shown a piece looks everywhere.
    assert sight.cells_hw.all()
    assert sight.prediction.place.width == SIZE
