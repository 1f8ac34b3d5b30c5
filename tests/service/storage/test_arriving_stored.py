"""Uploads in parts whose bytes lie in a store: nothing is left there, and nothing lost there is promised."""

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.parts.clocks import Hands
from tests.parts.objects import own_url
from tests.service.storage.two_services import (
    LIMITS,
    Stored,
    a_name,
    found_at,
    in_store,
    send,
)
from ubora.service.ledger.tables import ArrivingPart
from ubora.service.settings import Settings
from ubora.service.storage.arriving.in_folder import FolderUploads
from ubora.service.storage.arriving.in_store import StoredUploads
from ubora.service.storage.arriving.uploads import (
    Progress,
    Unfinished,
    Uploads,
)
from ubora.service.storage.bucket import bucket_of
from ubora.service.storage.stores import open_uploads
from ubora.service.storage.watch import LOOKED_AT_AGAIN_SECONDS, Watch


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[Stored]:
    with ExitStack() as stack:
        yield in_store(tmp_path, stack)


def test_nothing_is_left_in_the_store_of_what_was_taken_refused_or_swept(stored: Stored) -> None:
    name = a_name()
    with stored.one.open("me", name, 8) as late:
        send(stored.two, name, 0, b"12345678")
        assert found_at(late, 0, b"12345678") == 8
    assert len(stored.objects()) == 1
    stored.one.drop("me", name)
    assert stored.objects() == []


def test_an_object_that_a_killed_service_left_without_a_row_is_swept_and_the_others_stay(
    stored: Stored,
) -> None:
    send(stored.one, a_name(), 0, b"12")
    (kept,) = stored.objects()
    stored.bucket.put(f"arriving/{uuid.uuid4()}/{uuid.uuid4()}", b"34", "a part")
    wall, steady = Hands(4_000_000_000.0), Hands(0.0)  # long after they were stored
    watch = Watch(wall, steady)
    steady.at = wall.at = 4_000_000_000.0
    assert stored.one.sweep(1e6, watch) == 0
    steady.at += LOOKED_AT_AGAIN_SECONDS
    assert (stored.one.sweep(1e6, watch), stored.objects()) == (1, [kept])


def test_an_upload_whose_bytes_the_store_lost_begins_anew(stored: Stored) -> None:
    name = a_name()
    send(stored.one, name, 0, b"12345678")
    stored.bucket.remove(stored.objects()[0], "a part")
    with pytest.raises(Unfinished) as error:
        stored.two.read("me", name)
    assert (error.value.offset, stored.one.progress("me", name)) == (0, None)
    assert send(stored.one, name, 0, b"12345678") == 8
    assert stored.two.read("me", name) == b"12345678"


def test_without_an_answer_of_the_store_nothing_is_kept_and_the_offset_stays(stored: Stored) -> None:
    nobody = bucket_of("s3://photos/hub?endpoint=http://127.0.0.1:9&region=us-east-1")
    cut_off = StoredUploads(stored.ledger, nobody, LIMITS)
    name = a_name()
    send(stored.one, name, 0, b"12")
    with cut_off.open("me", name, 8, 2) as part:
        part.append(2, b"34")
        with pytest.raises(OSError, match="cannot be stored"):
            part.sync()
    assert stored.one.progress("me", name) == Progress(2, 8)
    # What cannot be removed now is taken later; the upload is gone all the same.
    cut_off.drop("me", name)
    assert (stored.one.progress("me", name), len(stored.objects())) == (None, 1)


def test_each_part_is_one_object_with_its_place_in_the_ledger(stored: Stored) -> None:
    name = a_name()
    with stored.one.open("me", name, 8) as part:
        for at in range(4):
            part.append(at, b"x")
        part.sync()
    send(stored.two, name, 4, b"yyyy")
    with stored.ledger.read() as session:
        rows = session.scalars(select(ArrivingPart).order_by(ArrivingPart.start)).all()
    assert [(row.start, row.size) for row in rows] == [(0, 4), (4, 4)]
    assert sorted(stored.objects()) == sorted(f"arriving/{row.upload}/{row.name}" for row in rows)


def test_only_beside_postgresql_and_an_s3_store_does_no_folder_hold_uploads(
    tmp_path: Path, stored: Stored
) -> None:
    def kind(**told: str) -> type[Uploads]:
        return type(open_uploads(Settings(data=tmp_path / "var", **told), stored.ledger))

    photos, database = own_url(), "postgresql://db/ubora"
    assert kind() is FolderUploads
    assert kind(photos_url=photos) is FolderUploads
    assert kind(photos_url=photos, database_url="sqlite:///var/ledger.sqlite") is FolderUploads
    assert kind(database_url=database) is FolderUploads
    assert kind(photos_url=photos, database_url=database) is StoredUploads


def test_what_a_service_of_before_left_in_a_folder_is_swept_and_deleted_with_its_phone(
    tmp_path: Path, stored: Stored
) -> None:
    left = FolderUploads(tmp_path / "arriving", LIMITS)
    uploads = StoredUploads(stored.ledger, stored.bucket, LIMITS, left)
    name, other = a_name(), a_name()
    send(left, name, 0, b"12")
    assert uploads.progress("me", name) is None
    assert uploads.drop_all("me") == 1
    send(left, other, 0, b"12")
    for path in left.folder.glob("*/*"):
        os.utime(path, (time.time() - 49 * 3600,) * 2)
    steady = Hands(0.0)
    watch = Watch(steady=steady)
    assert uploads.sweep(48, watch) == 0
    steady.at += LOOKED_AT_AGAIN_SECONDS
    assert uploads.sweep(48, watch) == 1
