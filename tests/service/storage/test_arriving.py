"""Uploads in parts, in a folder and in a store: kept, limited and swept alike, by several services."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from threading import Barrier

import pytest

from tests.parts.clocks import Hands
from tests.service.storage.two_services import Services, a_name, add, found_at, in_folder, in_store, send
from ubora.service.storage.arriving.uploads import (
    OtherLength,
    Part,
    Progress,
    TooMuchArriving,
    Unfinished,
    WrongOffset,
)
from ubora.service.storage.watch import LOOKED_AT_AGAIN_SECONDS, Watch


@pytest.fixture(params=["folder", "store"])
def services(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Services]:
    with ExitStack() as stack:
        yield in_folder(tmp_path / "arriving") if request.param == "folder" else in_store(tmp_path, stack)


def test_what_one_service_began_another_goes_on_with_and_a_third_time_the_first_reads(
    services: Services,
) -> None:
    name = a_name()
    assert send(services.one, name, 0, b"123") == 3
    assert services.two.progress("me", name) == Progress(3, 8)
    assert send(services.two, name, 3, b"45678") == 8
    assert services.one.progress("me", name) == Progress(8, 8)
    assert (services.one.read("me", name), services.two.length("me", name)) == (b"12345678", 8)


def test_what_a_request_that_broke_off_brought_is_kept(services: Services) -> None:
    name = a_name()
    with services.one.open("me", name, 8) as part:
        part.append(0, b"123")
    assert services.two.progress("me", name) == Progress(3, 8)


def test_bytes_for_elsewhere_are_refused_and_it_is_said_where_the_upload_is(services: Services) -> None:
    name = a_name()
    with pytest.raises(WrongOffset) as unknown:
        services.one.open("me", name, 8, 3)
    send(services.one, name, 0, b"123")
    with pytest.raises(OtherLength):
        services.two.open("me", name, 9, 3)
    with services.one.open("me", name, 8, 3) as late, services.two.open("me", name, 8, 3) as early:
        assert add(early, 3, b"45") == 5
        assert found_at(late, 3, b"45678") == 5
    assert unknown.value.offset == 0
    assert services.one.progress("me", name) == Progress(5, 8)


def test_of_the_same_bytes_at_both_at_once_one_whole_upload_comes(services: Services) -> None:
    name, start = a_name(), Barrier(6)
    parts = [uploads.open("me", name, 8) for uploads in [services.one, services.two] * 3]

    def send(part: Part) -> str:
        start.wait()
        with part:
            try:
                return f"kept to {add(part, 0, b'12345678')}"
            except WrongOffset as error:
                return f"there were {error.offset}"

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(send, parts)) == ["kept to 8"] + ["there were 8"] * 5
    assert services.two.read("me", name) == b"12345678"


def test_an_upload_that_is_not_whole_or_unknown_is_not_read(services: Services) -> None:
    name = a_name()
    for offset, sent in ((0, False), (3, True)):
        if sent:
            send(services.one, name, 0, b"123")
        with pytest.raises(Unfinished) as error:
            services.two.read("me", name)
        assert error.value.offset == offset


def test_nobody_finds_the_upload_of_another(services: Services) -> None:
    name = a_name()
    send(services.one, name, 0, b"123")
    assert (services.two.progress("other", name), services.two.length("other", name)) == (None, 0)
    send(services.two, name, 0, b"theirs", 6, "other")
    services.two.drop("other", name)
    assert services.one.progress("me", name) == Progress(3, 8)


def test_the_limits_are_those_of_both_services_together(services: Services) -> None:
    names, start = [a_name() for _ in range(6)], Barrier(6)

    def begin(at: int) -> bool:
        start.wait()
        try:
            send([services.one, services.two][at % 2], names[at], 0, b"1")
        except TooMuchArriving:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        begun = list(pool.map(begin, range(6)))
    assert sorted(begun) == [False] * 3 + [True] * 3
    services.one.drop("me", names[begun.index(True)])
    with pytest.raises(TooMuchArriving, match="2 unfinished uploads of 16 bytes"):
        services.two.open("me", a_name(), 85)
    assert send(services.two, a_name(), 0, b"1", 84) == 1
    assert send(services.two, a_name(), 0, b"1", 84, "other") == 1


def test_what_is_dropped_is_gone_at_both(services: Services) -> None:
    names = [a_name() for _ in range(3)]
    for name in names:
        send(services.one, name, 0, b"123")
    services.two.drop("me", names[0])
    services.two.drop("me", names[0])
    assert services.one.progress("me", names[0]) is None
    assert [services.one.drop_all("me"), services.two.drop_all("me")] == [2, 0]
    assert services.two.progress("me", names[1]) is None


def test_a_part_held_open_adds_nothing_to_what_was_dropped_or_begun_again(services: Services) -> None:
    name = a_name()
    with services.one.open("me", name, 8) as part:
        add(part, 0, b"1234")
        services.two.drop("me", name)
        assert found_at(part, 4, b"5678") == 0
    assert services.one.progress("me", name) is None
    with services.one.open("me", name, 8) as old:
        services.two.drop("me", name)
        send(services.two, name, 0, b"abcd")
        assert found_at(old, 4, b"5678") == 0
    assert services.one.progress("me", name) == Progress(4, 8)


def test_a_part_that_was_given_up_takes_nothing_more(services: Services) -> None:
    name = a_name()
    part = services.one.open("me", name, 8)
    part.close()
    with pytest.raises(ValueError, match="closed"):
        part.append(0, b"1234")
    assert services.one.progress("me", name) == Progress(0, 8)


def test_what_nobody_finishes_is_swept_by_one_of_both_and_what_goes_on_stays(services: Services) -> None:
    old, young = a_name(), a_name()
    for name in (old, young):
        send(services.one, name, 0, b"12")
    services.age(49)
    steady = Hands(0.0)
    watches = [Watch(steady=steady), Watch(steady=steady)]
    both = [partial(uploads.sweep, 48) for uploads in (services.one, services.two)]
    # Nothing goes at first sight.
    assert [sweep(watch) for sweep, watch in zip(both, watches, strict=True)] == [0, 0]
    send(services.two, young, 2, b"34")
    steady.at += LOOKED_AT_AGAIN_SECONDS
    with ThreadPoolExecutor(2) as pool:
        removed = list(pool.map(lambda at: both[at](watches[at]), range(2)))
    assert sorted(removed) == [0, 1]
    assert (services.one.progress("me", old), services.one.progress("me", young)) == (None, Progress(4, 8))


def test_a_clock_that_jumps_a_year_ahead_takes_nothing_that_was_acknowledged(services: Services) -> None:
    wall, steady = Hands(time.time()), Hands(0.0)
    watch = Watch(wall, steady)
    wall.at += 365 * 24 * 3600
    name = a_name()
    send(services.one, name, 0, b"1234")
    for _ in range(2):
        assert services.two.sweep(48, watch) == 0
        wall.at += LOOKED_AT_AGAIN_SECONDS
        steady.at += LOOKED_AT_AGAIN_SECONDS
    assert services.one.progress("me", name) == Progress(4, 8)
