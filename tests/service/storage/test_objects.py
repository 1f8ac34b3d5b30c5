"""Photos in an S3 store: there before anything is acknowledged, fetched and swept as from a folder."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parts.clocks import Hands
from tests.parts.objects import own_url
from tests.parts.served import Town, clean, serve, tarnished
from ubora.service.settings import Settings, SettingsError
from ubora.service.storage.bucket import bucket_of
from ubora.service.storage.objects import ObjectStore
from ubora.service.storage.photos import PhotoStore
from ubora.service.storage.stores import open_store
from ubora.service.storage.watch import LOOKED_AT_AGAIN_SECONDS, Watch

DATA = b"a photo, as far as a store minds"
NAME = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def url() -> str:
    return own_url()


def _store(folder: Path, url: str, cache_bytes: int = 1_000_000) -> ObjectStore:
    return ObjectStore(folder, bucket_of(url), cache_bytes)


def test_what_one_service_stored_another_reads(tmp_path: Path, url: str) -> None:
    assert _store(tmp_path / "a", url).put_photo(DATA) == NAME
    other = _store(tmp_path / "b", url)
    assert other.photo_path(NAME).read_bytes() == DATA
    assert [sha256 for sha256, _ in other.files("photos")] == [NAME]
    assert (other.fault("photos", NAME), list(other.files("voices"))) == (None, [])


def test_what_is_not_there_is_a_path_without_a_file(tmp_path: Path, url: str) -> None:
    store = _store(tmp_path, url)
    assert not store.photo_path(NAME).exists()
    assert (store.fault("photos", NAME) or "").endswith("missing")
    assert store.remove("photos", NAME) is False


def test_what_was_removed_or_altered_is_seen_whatever_is_copied_here(tmp_path: Path, url: str) -> None:
    store, bucket = _store(tmp_path, url), bucket_of(url)
    store.put_photo(DATA)
    key = f"{bucket.prefix}photos/{NAME[:2]}/{NAME[2:]}.jpg"
    bucket.client.put_object(Bucket=bucket.name, Key=key, Body=b"something else")
    assert store.photo_path(NAME).read_bytes() == DATA
    assert (store.fault("photos", NAME) or "").endswith(f"{NAME[2:]}.jpg: altered")
    assert store.remove("photos", NAME) is True
    assert not store.photo_path(NAME).exists()


def test_a_photo_that_a_deletion_took_meanwhile_is_put_again(tmp_path: Path, url: str) -> None:
    store = _store(tmp_path, url)
    store.put_photo(DATA)
    store.remove("photos", NAME)
    store.keep("photos", NAME, DATA)
    assert store.fault("photos", NAME) is None


def test_orphans_go_with_the_second_sweep_and_what_is_young_or_referred_to_stays(
    tmp_path: Path, url: str
) -> None:
    store = _store(tmp_path, url)
    kept = store.put_photo(b"referred to")
    store.put_photo(DATA)
    wall, steady = Hands(4_000_000_000.0), Hands(0.0)  # long after they were stored
    watch = Watch(wall, steady)
    steady.at = wall.at = 4_000_000_000.0 + 100 * 3600
    assert store.sweep_orphans(24, {"photos": lambda _names: {kept}}, watch) == 0
    steady.at += LOOKED_AT_AGAIN_SECONDS
    assert store.sweep_orphans(24, {"photos": lambda _names: {kept}}, watch) == 1
    assert [store.fault("photos", name) is None for name in (kept, NAME)] == [True, False]
    store.put_photo(b"young")
    assert store.sweep_orphans(24, {"photos": lambda _names: set()}, Watch()) == 0


def test_copies_of_what_another_service_deleted_leave_and_so_do_those_that_are_too_many(
    tmp_path: Path, url: str
) -> None:
    here, other = _store(tmp_path / "a", url, cache_bytes=10), _store(tmp_path / "b", url)
    copy, kept = here.photo_path(here.put_photo(DATA)), here.put_photo(b"twelve bytes")
    other.remove("photos", NAME)
    here.sweep_orphans(24, {"photos": lambda _names: {kept}}, Watch())
    assert not copy.exists()
    # Ten bytes may lie here, and it comes back when it is asked for.
    assert list(PhotoStore(tmp_path / "a").files("photos")) == []
    assert here.photo_path(kept).read_bytes() == b"twelve bytes"


@pytest.mark.parametrize("url", ["s3://", "http://photos/hub", "s3://photos?zone=eu"])
def test_a_url_of_no_bucket_is_refused_in_one_line(url: str) -> None:
    with pytest.raises(SettingsError, match="UBORA_PHOTOS_URL"):
        open_store(Settings.from_environment({"UBORA_PHOTOS_URL": url}))


@pytest.fixture
def shared(tmp_path: Path, releases: Path, url: str) -> Iterator[Town]:
    with serve(tmp_path, releases, photos_url=url) as town:
        yield town


def test_a_service_answers_from_the_bucket_when_its_folder_was_lost(shared: Town) -> None:
    sent = shared.send(tarnished(1)).json()
    path = f"/v1/inspections/{sent['id']}"
    before = [shared.client("artisan").get(f"{path}/{what}/0").content for what in ("photos", "heatmaps")]
    for kind in ("photos", "heatmaps"):
        for _, copy in PhotoStore(shared.settings.data).files(kind):
            copy.unlink()
    after = [shared.client("artisan").get(f"{path}/{what}/0").content for what in ("photos", "heatmaps")]
    assert after == before
    assert hashlib.sha256(after[0]).hexdigest() == next(
        sha256 for sha256, _ in open_store(shared.settings).files("photos")
    )


def test_without_an_answer_of_the_store_nothing_is_acknowledged(
    tmp_path: Path, releases: Path, url: str
) -> None:
    nobody = "s3://photos/hub?endpoint=http://127.0.0.1:9&region=us-east-1"
    with serve(tmp_path, releases, photos_url=nobody) as town:
        answer = town.send(clean())
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/storage")
        assert "Retry-After" in answer.headers
        ready = town.client(None).get("/health/ready")
        assert ready.status_code == 503
        assert [part["ready"] for part in ready.json()["parts"]] == [True, False, True]
        assert town.client("admin").get("/v1/inspections").json()["items"] == []
