"""What a frozen backbone sees, kept on disk: as if asked, asked once, refused where it is spoiled."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.training.learning.ringed_discs import CARD, ringed_discs
from ubora.datasets.manifest import Manifest, read_manifest
from ubora.training.augment.phone import Augmenter
from ubora.training.data.batch import collate
from ubora.training.data.features import DONE, FeatureError, Features, FeatureStore, Preparation
from ubora.training.data.loader import PhotoLoader
from ubora.training.data.photos import PhotoDataset
from ubora.training.knobs import Augment
from ubora.training.network import Network, NetworkSpec
from ubora.training.recipe import read_recipe

SPEC = NetworkSpec.of(
    read_recipe("tiny", ["first_look=32", "input_size=96"]),
    CARD.taxonomy.defects,
    piece=True,
    variance=True,
)
LIMIT_MB = 100
STRENGTH = Augment(ground=0.5, shadow=0.5)


class _Counting(Network):
    """A network that counts the photos its backbone was asked about."""

    asked = 0

    def maps(self, photos_nhwc: Tensor) -> tuple[Tensor, ...]:
        self.asked += len(photos_nhwc)
        return super().maps(photos_nhwc)


def _network(seed: int = 0, spec: NetworkSpec = SPEC) -> _Counting:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return _Counting(spec).eval()


@pytest.fixture(scope="module")
def discs(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """Twenty-four photos: one chunk and a half."""
    return read_manifest(ringed_discs(tmp_path_factory.mktemp("discs"))).split("train")


def _photos(manifest: Manifest, augment: Augment | None = STRENGTH, seed: int = 0) -> PhotoDataset:
    return PhotoDataset(manifest, SPEC, augmenter=None if augment is None else Augmenter(augment), seed=seed)


def _kept(folder: Path, photos: PhotoDataset, network: Network, versions: int = 2) -> Features:
    return Preparation(photos, network, FeatureStore(folder, LIMIT_MB), versions).finish()


def _bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.npy")}


def test_features_are_what_the_network_sees_of_the_same_photos(discs: Manifest, tmp_path: Path) -> None:
    photos, network = _photos(discs), _network()
    features = _kept(tmp_path, photos, network)
    assert len(features) == len(photos)
    for epoch, index in ((0, 0), (1, 5), (1, 23)):
        kept, seen = features[epoch, index], photos[(epoch + photos.scene(index)) % 2, index]
        for name in seen.keys() - {"photos", "whole"}:
            assert np.array_equal(kept[name], seen[name]), name
        batch = collate([kept])
        assert batch.photos.numel() == batch.whole.numel() == 0
        for look, maps in (("photos", batch.maps), ("whole", batch.whole_maps)):
            with torch.no_grad():
                expected = network.maps(torch.from_numpy(seen[look])[None])
            for ours, theirs in zip(maps, expected, strict=True):
                assert torch.allclose(ours, theirs, rtol=2e-3, atol=2e-3)


def test_an_epoch_learns_from_one_of_the_versions_in_turn(discs: Manifest, tmp_path: Path) -> None:
    features = _kept(tmp_path, _photos(discs), _network())
    assert features.versions() == 2
    first, second, third = (features[epoch, 3]["photos_map0"] for epoch in range(3))
    assert not np.array_equal(first, second)
    assert np.array_equal(first, third)


def test_an_epoch_holds_some_photos_of_each_version_and_twins_of_the_same(
    discs: Manifest, tmp_path: Path
) -> None:
    photos = _photos(discs)
    features = _kept(tmp_path, photos, _network())
    version = {
        index: next(
            v for v in (0, 1) if np.array_equal(features[5, index]["piece"], photos[v, index]["piece"])
        )
        for index in range(len(discs))
    }
    assert set(version.values()) == {0, 1}
    for one in version:
        twins = [other for other in version if photos.scene(other) == photos.scene(one)]
        assert {version[twin] for twin in twins} == {version[one]}


def test_features_stand_in_batches_as_photos_do(discs: Manifest, tmp_path: Path) -> None:
    photos, network = _photos(discs), _network()
    features = _kept(tmp_path, photos, network)
    splits = (PhotoLoader(s, 6, seed=0, shuffled=True, workers=0, paired=True) for s in (photos, features))
    for plain, kept in zip(*(split.epoch(1) for split in splits), strict=True):
        assert plain.index.tolist() == kept.index.tolist()
        assert plain.design.tolist() == kept.design.tolist()
        versions = [(1 + photos.scene(index)) % 2 for index in plain.index.tolist()]
        seen = [photos[v, i]["cells"] for v, i in zip(versions, plain.index.tolist(), strict=True)]
        assert np.array_equal(kept.cells, np.stack(seen))


def test_a_second_run_reads_them_and_asks_the_backbone_about_no_photo(
    discs: Manifest, tmp_path: Path
) -> None:
    network = _network()
    _kept(tmp_path, _photos(discs), network)
    # One more, to see how large they are.
    assert network.asked == 2 * (2 * len(discs) + 1)
    written = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npy")}
    again = _network()
    preparation = Preparation(_photos(discs), again, FeatureStore(tmp_path, LIMIT_MB), 2)
    assert (preparation.missing(), preparation.total) == (0, 2 * len(discs))
    features = preparation.finish()
    features[0, 0]
    assert again.asked == 2
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npy")} == written


def test_a_pass_that_was_stopped_goes_on_where_it_was(discs: Manifest, tmp_path: Path) -> None:
    whole = _kept(tmp_path / "whole", _photos(discs), _network())
    stopped = Preparation(_photos(discs), _network(), FeatureStore(tmp_path / "parts", LIMIT_MB), 2)
    steps = stopped.steps()
    assert [next(steps), next(steps)] == [0, 16]
    network = _network()
    again = Preparation(_photos(discs), network, FeatureStore(tmp_path / "parts", LIMIT_MB), 2)
    assert again.missing() == 2 * len(discs) - 16
    assert sum(again.steps()) == 2 * len(discs)
    assert network.asked == 2 * (2 * len(discs) - 16 + 1)
    assert _bytes_of(again.finish().folder) == _bytes_of(whole.folder)


def test_a_file_that_was_cut_short_is_refused(discs: Manifest, tmp_path: Path) -> None:
    features = _kept(tmp_path, _photos(discs), _network())
    file = features.folder / "v1" / "photos_map1.npy"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(FeatureError, match=r"v1/photos_map1\.npy: cut short .*delete .*v1"):
        _kept(tmp_path, _photos(discs), _network())


def test_a_file_that_was_cut_short_while_a_pass_was_stopped_is_refused(
    discs: Manifest, tmp_path: Path
) -> None:
    stopped = Preparation(_photos(discs), _network(), FeatureStore(tmp_path, LIMIT_MB), 1)
    steps = stopped.steps()
    assert [next(steps), next(steps)] == [0, 16]
    file = stopped.folder / "v0" / "photos_map1.npy"
    # Of those that are done.
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(FeatureError, match=r"v0/photos_map1\.npy: cut short .*delete .*v0"):
        _kept(tmp_path, _photos(discs), _network(), versions=1)
    assert file.stat().st_size == 1000


def test_a_file_of_something_else_is_refused_with_what_it_holds(discs: Manifest, tmp_path: Path) -> None:
    features = _kept(tmp_path, _photos(discs), _network())
    np.save(features.folder / "v0" / "piece.npy", np.zeros((len(discs), 3), np.float32))
    with pytest.raises(
        FeatureError, match=r"piece\.npy: found float32 of \(24, 3\), expected uint8 of \(24,"
    ):
        _kept(tmp_path, _photos(discs), _network())


def test_a_version_whose_count_cannot_be_read_is_computed_again(discs: Manifest, tmp_path: Path) -> None:
    features = _kept(tmp_path, _photos(discs), _network())
    before = _bytes_of(features.folder)
    (features.folder / "v1" / DONE).write_text("sixteen")
    again = Preparation(_photos(discs), _network(), FeatureStore(tmp_path, LIMIT_MB), 2)
    assert again.missing() == len(discs)
    assert _bytes_of(again.finish().folder) == before


def test_whatever_would_change_a_feature_makes_another_folder(discs: Manifest, tmp_path: Path) -> None:
    store = FeatureStore(tmp_path, LIMIT_MB)

    def folder(photos: PhotoDataset, network: Network) -> Path:
        return Preparation(photos, network, store, 1).folder

    fewer = Manifest(discs.root, discs.card, discs.samples[1:])
    closer = PhotoDataset(discs, SPEC.model_copy(update={"margin": 0.2}), augmenter=Augmenter(STRENGTH))
    plain = folder(_photos(discs), _network())
    others = [
        folder(_photos(discs, Augment(ground=0.6, shadow=0.5)), _network()),
        folder(_photos(discs, None), _network()),
        folder(_photos(discs, seed=1), _network()),
        folder(PhotoDataset(discs, SPEC, augmenter=Augmenter(STRENGTH), plain_first=True), _network()),
        folder(_photos(fewer), _network()),
        folder(closer, _network(spec=closer.spec)),
        folder(_photos(discs), _network(seed=1)),
    ]
    assert len({plain, *others}) == 1 + len(others)
    # What only the heads are made of changes nothing that a backbone sees.
    heads = SPEC.model_copy(update={"comparison_width": 24})
    network = _network(spec=heads)
    network.encoder.backbone.load_state_dict(_network().encoder.backbone.state_dict())
    assert folder(_photos(discs), network) == plain


def test_a_room_that_holds_not_one_version_is_refused_with_what_to_do(
    discs: Manifest, tmp_path: Path
) -> None:
    with pytest.raises(FeatureError, match=r"features of 24 photos take .*features_mb = 0.*give --features"):
        Preparation(_photos(discs), _network(), FeatureStore(tmp_path, 0), 1)
    assert not list(tmp_path.iterdir())


def test_fewer_versions_are_kept_where_more_do_not_fit(discs: Manifest, tmp_path: Path) -> None:
    preparation = Preparation(_photos(discs), _network(), FeatureStore(tmp_path, 1), 64)
    features = preparation.finish()
    held = [
        sum(file.stat().st_size for file in folder.glob("*.npy"))
        for folder in sorted(features.folder.glob("v*"))
    ]
    assert 1 <= features.versions() == len(held) < 64
    headers = 200 * len(list(features.folder.glob("v0/*.npy")))
    assert sum(held) - headers * len(held) <= 1_000_000 < sum(held) + held[0]
    # They fit the next time as well.
    assert Preparation(_photos(discs), _network(), FeatureStore(tmp_path, 1), 64).missing() == 0
