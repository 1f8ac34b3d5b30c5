"""Uploads in parts, in a folder and in a store: kept, limited, read and swept alike, by several services."""

import os
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import select, update

from tests.parts.clocks import Hands
from tests.parts.ledgers.chosen import ledger_url
from tests.parts.objects import own_url
from ubora.service.ledger.database import Ledger
from ubora.service.ledger.tables import ArrivingPart, ArrivingUpload
from ubora.service.settings import Settings
from ubora.service.storage.arriving.in_folder import FolderUploads
from ubora.service.storage.arriving.in_store import StoredUploads
from ubora.service.storage.arriving.uploads import (
    Limits,
    OtherLength,
    Part,
    Progress,
    TooMuchArriving,
    Unfinished,
    Uploads,
    WrongOffset,
)
from ubora.service.storage.bucket import Bucket, bucket_of
from ubora.service.storage.stores import open_uploads
from ubora.service.storage.watch import LOOKED_AT_AGAIN_SECONDS, Watch

LIMITS = Limits(most_uploads=3, most_bytes=100)


@dataclass
class Services:
    """Two that share what they keep, and a way to make all of it old."""

    one: Uploads
    two: Uploads
    age: Callable[[float], None]


@dataclass
class Stored(Services):
    ledger: Ledger
    bucket: Bucket

    def objects(self) -> list[str]:
        return [key for key, _changed in self.bucket.listed("", "all")]


def _in_folder(folder: Path) -> Services:
    def age(hours: float) -> None:
        for path in folder.glob("*/*"):
            os.utime(path, (time.time() - 3600 * hours,) * 2)

    return Services(FolderUploads(folder, LIMITS), FolderUploads(folder, LIMITS), age)


def _in_store(folder: Path, stack: ExitStack) -> Stored:
    url = Settings(data=folder, database_url=ledger_url(folder)).ledger_url()
    first, second = Ledger.open(url), Ledger.open(url)
    for ledger in (first, second):
        stack.callback(ledger.close)
    bucket = bucket_of(own_url())

    def age(hours: float) -> None:
        with first.write() as session:
            before = first.clock() - timedelta(hours=hours)
            session.execute(update(ArrivingUpload).values(changed_at=before))

    one, two = (StoredUploads(ledger, bucket, LIMITS) for ledger in (first, second))
    return Stored(one, two, age, first, bucket)


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[Stored]:
    with ExitStack() as stack:
        yield _in_store(tmp_path, stack)


@pytest.fixture(params=["folder", "store"])
def services(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Services]:
    with ExitStack() as stack:
        yield _in_folder(tmp_path / "arriving") if request.param == "folder" else _in_store(tmp_path, stack)


def _send(uploads: Uploads, name: str, offset: int, data: bytes, length: int = 8, owner: str = "me") -> int:
    with uploads.open(owner, name, length, offset) as part:
        return _add(part, offset, data)


def _add(part: Part, offset: int, data: bytes) -> int:
    """Appended and kept; where it ends then."""
    end = part.append(offset, data)
    part.sync()
    return end


def _found(part: Part, offset: int, data: bytes) -> int:
    """Where the upload is, as who comes too late is told."""
    with pytest.raises(WrongOffset) as error:
        _add(part, offset, data)
    return error.value.offset


def _name() -> str:
    return str(uuid.uuid4())


def test_what_one_service_began_another_goes_on_with_and_a_third_time_the_first_reads(
    services: Services,
) -> None:
    name = _name()
    assert _send(services.one, name, 0, b"123") == 3
    assert services.two.progress("me", name) == Progress(3, 8)
    assert _send(services.two, name, 3, b"45678") == 8
    assert services.one.progress("me", name) == Progress(8, 8)
    assert (services.one.read("me", name), services.two.length("me", name)) == (b"12345678", 8)


def test_what_a_request_that_broke_off_brought_is_kept(services: Services) -> None:
    name = _name()
    with services.one.open("me", name, 8) as part:
        part.append(0, b"123")
    assert services.two.progress("me", name) == Progress(3, 8)


def test_bytes_for_elsewhere_are_refused_and_it_is_said_where_the_upload_is(services: Services) -> None:
    name = _name()
    with pytest.raises(WrongOffset) as unknown:
        services.one.open("me", name, 8, 3)
    _send(services.one, name, 0, b"123")
    with pytest.raises(OtherLength):
        services.two.open("me", name, 9, 3)
    with services.one.open("me", name, 8, 3) as late, services.two.open("me", name, 8, 3) as early:
        assert _add(early, 3, b"45") == 5
        assert _found(late, 3, b"45678") == 5
    assert unknown.value.offset == 0
    assert services.one.progress("me", name) == Progress(5, 8)


def test_of_the_same_bytes_at_both_at_once_one_whole_upload_comes(services: Services) -> None:
    name, start = _name(), Barrier(6)
    parts = [uploads.open("me", name, 8) for uploads in [services.one, services.two] * 3]

    def send(part: Part) -> str:
        start.wait()
        with part:
            try:
                return f"kept to {_add(part, 0, b'12345678')}"
            except WrongOffset as error:
                return f"there were {error.offset}"

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(send, parts)) == ["kept to 8"] + ["there were 8"] * 5
    assert services.two.read("me", name) == b"12345678"


def test_an_upload_that_is_not_whole_or_unknown_is_not_read(services: Services) -> None:
    name = _name()
    for offset, sent in ((0, False), (3, True)):
        if sent:
            _send(services.one, name, 0, b"123")
        with pytest.raises(Unfinished) as error:
            services.two.read("me", name)
        assert error.value.offset == offset


def test_nobody_finds_the_upload_of_another(services: Services) -> None:
    name = _name()
    _send(services.one, name, 0, b"123")
    assert (services.two.progress("other", name), services.two.length("other", name)) == (None, 0)
    _send(services.two, name, 0, b"theirs", 6, "other")
    services.two.drop("other", name)
    assert services.one.progress("me", name) == Progress(3, 8)


def test_the_limits_are_those_of_both_services_together(services: Services) -> None:
    names, start = [_name() for _ in range(6)], Barrier(6)

    def begin(at: int) -> bool:
        start.wait()
        try:
            _send([services.one, services.two][at % 2], names[at], 0, b"1")
        except TooMuchArriving:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        begun = list(pool.map(begin, range(6)))
    assert sorted(begun) == [False] * 3 + [True] * 3
    services.one.drop("me", names[begun.index(True)])
    with pytest.raises(TooMuchArriving, match="2 unfinished uploads of 16 bytes"):
        services.two.open("me", _name(), 85)
    assert _send(services.two, _name(), 0, b"1", 84) == 1
    assert _send(services.two, _name(), 0, b"1", 84, "other") == 1


def test_what_is_dropped_is_gone_at_both(services: Services) -> None:
    names = [_name() for _ in range(3)]
    for name in names:
        _send(services.one, name, 0, b"123")
    services.two.drop("me", names[0])
    services.two.drop("me", names[0])
    assert services.one.progress("me", names[0]) is None
    assert [services.one.drop_all("me"), services.two.drop_all("me")] == [2, 0]
    assert services.two.progress("me", names[1]) is None


def test_a_part_held_open_adds_nothing_to_what_was_dropped_or_begun_again(services: Services) -> None:
    name = _name()
    with services.one.open("me", name, 8) as part:
        _add(part, 0, b"1234")
        services.two.drop("me", name)
        assert _found(part, 4, b"5678") == 0
    assert services.one.progress("me", name) is None
    with services.one.open("me", name, 8) as old:
        services.two.drop("me", name)
        _send(services.two, name, 0, b"abcd")
        assert _found(old, 4, b"5678") == 0
    assert services.one.progress("me", name) == Progress(4, 8)


def test_a_part_that_was_given_up_takes_nothing_more(services: Services) -> None:
    name = _name()
    part = services.one.open("me", name, 8)
    part.close()
    with pytest.raises(ValueError, match="closed"):
        part.append(0, b"1234")
    assert services.one.progress("me", name) == Progress(0, 8)


def test_what_nobody_finishes_is_swept_by_one_of_both_and_what_goes_on_stays(services: Services) -> None:
    old, young = _name(), _name()
    for name in (old, young):
        _send(services.one, name, 0, b"12")
    services.age(49)
    steady = Hands(0.0)
    watches = [Watch(steady=steady), Watch(steady=steady)]
    both = [partial(uploads.sweep, 48) for uploads in (services.one, services.two)]
    # Nothing goes at first sight.
    assert [sweep(watch) for sweep, watch in zip(both, watches, strict=True)] == [0, 0]
    _send(services.two, young, 2, b"34")
    steady.at += LOOKED_AT_AGAIN_SECONDS
    with ThreadPoolExecutor(2) as pool:
        removed = list(pool.map(lambda at: both[at](watches[at]), range(2)))
    assert sorted(removed) == [0, 1]
    assert (services.one.progress("me", old), services.one.progress("me", young)) == (None, Progress(4, 8))


def test_a_clock_that_jumps_a_year_ahead_takes_nothing_that_was_acknowledged(services: Services) -> None:
    wall, steady = Hands(time.time()), Hands(0.0)
    watch = Watch(wall, steady)
    wall.at += 365 * 24 * 3600
    name = _name()
    _send(services.one, name, 0, b"1234")
    for _ in range(2):
        assert services.two.sweep(48, watch) == 0
        wall.at += LOOKED_AT_AGAIN_SECONDS
        steady.at += LOOKED_AT_AGAIN_SECONDS
    assert services.one.progress("me", name) == Progress(4, 8)


def test_nothing_is_left_in_the_store_of_what_was_taken_refused_or_swept(stored: Stored) -> None:
    name = _name()
    with stored.one.open("me", name, 8) as late:
        _send(stored.two, name, 0, b"12345678")
        assert _found(late, 0, b"12345678") == 8
    assert len(stored.objects()) == 1
    stored.one.drop("me", name)
    assert stored.objects() == []


def test_an_object_that_a_killed_service_left_without_a_row_is_swept_and_the_others_stay(
    stored: Stored,
) -> None:
    _send(stored.one, _name(), 0, b"12")
    (kept,) = stored.objects()
    stored.bucket.put(f"arriving/{uuid.uuid4()}/{uuid.uuid4()}", b"34", "a part")
    wall, steady = Hands(4_000_000_000.0), Hands(0.0)  # long after they were stored
    watch = Watch(wall, steady)
    steady.at = wall.at = 4_000_000_000.0
    assert stored.one.sweep(1e6, watch) == 0
    steady.at += LOOKED_AT_AGAIN_SECONDS
    assert (stored.one.sweep(1e6, watch), stored.objects()) == (1, [kept])


def test_an_upload_whose_bytes_the_store_lost_begins_anew(stored: Stored) -> None:
    name = _name()
    _send(stored.one, name, 0, b"12345678")
    stored.bucket.remove(stored.objects()[0], "a part")
    with pytest.raises(Unfinished) as error:
        stored.two.read("me", name)
    assert (error.value.offset, stored.one.progress("me", name)) == (0, None)
    assert _send(stored.one, name, 0, b"12345678") == 8
    assert stored.two.read("me", name) == b"12345678"


def test_without_an_answer_of_the_store_nothing_is_kept_and_the_offset_stays(stored: Stored) -> None:
    nobody = bucket_of("s3://photos/hub?endpoint=http://127.0.0.1:9&region=us-east-1")
    cut_off = StoredUploads(stored.ledger, nobody, LIMITS)
    name = _name()
    _send(stored.one, name, 0, b"12")
    with cut_off.open("me", name, 8, 2) as part:
        part.append(2, b"34")
        with pytest.raises(OSError, match="cannot be stored"):
            part.sync()
    assert stored.one.progress("me", name) == Progress(2, 8)
    # What cannot be removed now is taken later; the upload is gone all the same.
    cut_off.drop("me", name)
    assert (stored.one.progress("me", name), len(stored.objects())) == (None, 1)


def test_each_part_is_one_object_with_its_place_in_the_ledger(stored: Stored) -> None:
    name = _name()
    with stored.one.open("me", name, 8) as part:
        for at in range(4):
            part.append(at, b"x")
        part.sync()
    _send(stored.two, name, 4, b"yyyy")
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
    name, other = _name(), _name()
    _send(left, name, 0, b"12")
    assert uploads.progress("me", name) is None
    assert uploads.drop_all("me") == 1
    _send(left, other, 0, b"12")
    for path in left.folder.glob("*/*"):
        os.utime(path, (time.time() - 49 * 3600,) * 2)
    steady = Hands(0.0)
    watch = Watch(steady=steady)
    assert uploads.sweep(48, watch) == 0
    steady.at += LOOKED_AT_AGAIN_SECONDS
    assert uploads.sweep(48, watch) == 1
