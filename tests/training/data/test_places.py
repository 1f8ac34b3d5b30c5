"""Where the piece lies on photos that nobody outlined."""

from collections.abc import Sequence
from pathlib import Path

from torch import Tensor, nn
from torch.nn import functional as F

from tests.parts.photos import drawn_dataset
from ubora.models.inference.preprocess import Place
from ubora.training.data.places import find_places, read_places, write_places
from ubora.training.network import Network, NetworkSpec


class _Brass(nn.Module):
    """A piece head that is right by construction: brass is more red than blue, the cloth is grey."""

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        return maps[0][:, 0] - maps[0][:, 2] - 60


class _Colours(Network):
    """A network whose backbone sees colours alone."""

    def maps(self, photos_nhwc: Tensor) -> tuple[Tensor, ...]:
        return (F.avg_pool2d(photos_nhwc.permute(0, 3, 1, 2).float(), 4),)


def _network(first_look: int) -> Network:
    network = _Colours(
        NetworkSpec(
            classes=("scratch",),
            piece=True,
            variance=True,
            input_size=96,
            first_look=first_look,
            backbone_width=0.25,
            piece_width=16,
            descriptor_size=24,
            comparison_width=16,
            embedding_size=16,
        )
    )
    network.encoder.piece_head = _Brass()  # type: ignore[assignment]
    return network


def test_a_piece_without_an_outline_is_found_and_an_outlined_one_is_left_to_its_mask(tmp_path: Path) -> None:
    manifest = drawn_dataset(tmp_path, pieces=2, size=160)
    bare = [manifest.samples[0].model_copy(update={"piece_mask": None}), *manifest.samples[1:]]
    found = find_places(_network(64), type(manifest)(manifest.root, manifest.card, bare))
    assert list(found) == [bare[0].sample_id]
    place = found[bare[0].sample_id]
    # A disc of radius 53 in the middle of 160; a cell of the first look is 10 px.
    assert abs(place.x + place.width / 2 - 80) <= 10
    assert 100 <= place.width <= 130


def test_a_network_that_looks_once_looks_for_nothing(tmp_path: Path) -> None:
    manifest = drawn_dataset(tmp_path, pieces=2, size=160)
    bare = [s.model_copy(update={"piece_mask": None}) for s in manifest]
    assert find_places(_network(0), type(manifest)(manifest.root, manifest.card, bare)) == {}


def test_a_run_keeps_its_places_for_the_day_it_goes_on(tmp_path: Path) -> None:
    places = {"a" * 64: Place(3, 4, 50, 60)}
    assert read_places(tmp_path) == {}
    write_places(tmp_path, places)
    assert read_places(tmp_path) == places
