"""Photos sent in parts: nothing acknowledged is lost, nothing is stored twice, nobody reaches another's."""

import hashlib
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.parts.photos import jpeg
from tests.parts.processes import serving
from tests.parts.served import OWN, Town, clean, context_of, drawn, parts, seed, serve, tarnished, wait_until
from tests.parts.sweeping import sweep_twice
from tests.parts.uploading import (
    STEP,
    age_uploads,
    arriving,
    finish,
    half_sent,
    large_photo,
    send_all,
    step,
    where,
)
from ubora.service.settings import Settings


@pytest.fixture(scope="module")
def photo() -> bytes:
    return large_photo()


@pytest.fixture
def phone(town: Town) -> httpx.Client:
    return town.client("artisan")


def test_a_photo_in_parts_is_the_same_inspection_as_the_photo_in_one(town: Town, phone: httpx.Client) -> None:
    photo, name = tarnished(), uuid.uuid4()
    in_parts = finish(phone, name, send_all(phone, photo, 3_000), lot="L", piece="7")
    in_one = phone.put(f"/v1/inspections/{name}", files=parts(context_of(lot="L", piece="7"), photo))
    assert (in_parts.status_code, in_one.status_code) == (201, 200)
    assert in_parts.json() == in_one.json()
    assert in_parts.json()["photos"][0]["sha256"] == hashlib.sha256(photo).hexdigest()
    assert arriving(town) == []


def test_what_was_sent_in_one_may_be_repeated_in_parts(town: Town, phone: httpx.Client) -> None:
    name = town.send(clean(), tarnished(), views=["front", "back"]).json()["id"]
    uploads = [send_all(phone, photo) for photo in (clean(), tarnished())]
    again = finish(phone, name, *uploads, views=["front", "back"])
    assert (again.status_code, arriving(town)) == (200, [])


def test_the_order_of_the_uploads_is_the_order_of_the_photos(town: Town, phone: httpx.Client) -> None:
    name, photos = uuid.uuid4(), (clean(), tarnished())
    uploads = [send_all(phone, photo) for photo in photos]
    answer = finish(phone, name, *uploads, views=["front", "detail"]).json()
    assert [photo["sha256"] for photo in answer["photos"]] == [
        hashlib.sha256(one).hexdigest() for one in photos
    ]
    assert finish(phone, name, *reversed(uploads), views=["front", "detail"]).status_code == 409


def test_an_offset_that_is_not_the_servers_is_409_and_says_where_the_server_is(
    phone: httpx.Client, photo: bytes
) -> None:
    upload = uuid.uuid4()
    early = step(phone, upload, STEP, photo[STEP : 2 * STEP], len(photo))
    begun = step(phone, upload, 0, photo[:STEP], len(photo))
    twice = step(phone, upload, 0, photo[:STEP], len(photo))
    ahead = step(phone, upload, 2 * STEP, photo[2 * STEP : 3 * STEP], len(photo))
    assert [one.status_code for one in (early, begun, twice, ahead)] == [409, 204, 409, 409]
    assert [one.headers["upload-offset"] for one in (early, begun, twice, ahead)] == ["0", *[str(STEP)] * 3]
    assert (twice.json()["type"], twice.json()["offset"]) == ("/problems/upload-offset", STEP)
    asked = phone.head(f"/v1/uploads/{upload}")
    assert (asked.status_code, asked.headers["upload-offset"]) == (200, str(STEP))
    assert asked.headers["upload-length"] == str(len(photo))


def test_the_answer_to_the_last_part_may_be_lost(phone: httpx.Client, photo: bytes) -> None:
    upload = send_all(phone, photo)
    assert where(phone, upload) == len(photo)
    assert step(phone, upload, len(photo), b"", len(photo)).status_code == 204
    assert finish(phone, uuid.uuid4(), upload).status_code == 201


def test_a_connection_that_breaks_keeps_what_came(town: Town, phone: httpx.Client, photo: bytes) -> None:
    upload = uuid.uuid4()
    with half_sent(town, upload, 0, photo[:30_000], len(photo)):
        wait_until(lambda: where(phone, upload) == 30_000)
    assert step(phone, upload, 30_000, photo[30_000:], len(photo)).status_code == 204
    answer = finish(phone, uuid.uuid4(), upload).json()
    assert answer["photos"][0]["sha256"] == hashlib.sha256(photo).hexdigest()


def test_a_connection_that_hangs_does_not_stand_in_the_way_of_the_next(
    town: Town, phone: httpx.Client, photo: bytes
) -> None:
    upload = uuid.uuid4()
    with half_sent(town, upload, 0, photo[:10_000], len(photo)) as hanging:
        wait_until(lambda: where(phone, upload) == 10_000)
        assert step(phone, upload, 10_000, photo[10_000:40_000], len(photo)).status_code == 204
        hanging.sendall(photo[10_000:20_000])  # it comes back to life, and is too late
        assert b" 409 " in hanging.recv(4096).split(b"\r\n")[0]
    assert step(phone, upload, 40_000, photo[40_000:], len(photo)).status_code == 204
    answer = finish(phone, uuid.uuid4(), upload).json()
    assert answer["photos"][0]["sha256"] == hashlib.sha256(photo).hexdigest()


def test_a_connection_that_sends_nothing_more_is_let_go_and_keeps_what_came(
    tmp_path: Path, releases: Path, photo: bytes
) -> None:
    with serve(tmp_path, releases, upload_seconds=0.5) as town:
        upload = uuid.uuid4()
        with half_sent(town, upload, 0, photo[:10_000], len(photo)) as hanging:
            assert b" 408 " in hanging.recv(4096).split(b"\r\n")[0]
        assert where(town.client("artisan"), upload) == 10_000


def test_an_upload_that_is_not_whole_is_no_inspection_yet(
    town: Town, phone: httpx.Client, photo: bytes
) -> None:
    begun, unknown, name = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    step(phone, begun, 0, photo[:STEP], len(photo))
    for upload, offset in ((begun, STEP), (unknown, 0)):
        answer = finish(phone, name, upload)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/upload-unfinished")
        assert (answer.json()["upload"], answer.json()["offset"]) == (str(upload), offset)
    assert phone.get(f"/v1/inspections/{name}").status_code == 404
    step(phone, begun, STEP, photo[STEP:], len(photo))
    assert finish(phone, name, begun).status_code == 201


def test_finishing_again_after_the_answer_was_lost_needs_no_byte_again(
    town: Town, phone: httpx.Client
) -> None:
    upload, name = send_all(phone, tarnished()), uuid.uuid4()
    first = finish(phone, name, upload)
    assert where(phone, upload) is None
    again, elsewhere = finish(phone, name, upload), finish(phone, name, upload, lot="other")
    assert [one.status_code for one in (first, again, elsewhere)] == [201, 200, 409]
    assert again.json() == first.json()


def test_a_refused_photo_keeps_its_upload_until_somebody_drops_it(town: Town, phone: httpx.Client) -> None:
    upload = send_all(phone, b"no photo at all" * 100)
    refused = finish(phone, uuid.uuid4(), upload)
    assert (refused.status_code, refused.json()["type"]) == (415, "/problems/not-a-photo")
    assert where(phone, upload) == 1500
    assert [phone.delete(f"/v1/uploads/{upload}").status_code for _ in range(2)] == [204, 204]
    assert (where(phone, upload), arriving(town)) == (None, [])


def test_finishing_many_times_at_once_is_one_inspection(town: Town, phone: httpx.Client) -> None:
    upload, name, start = send_all(phone, tarnished()), uuid.uuid4(), threading.Barrier(6)

    def put(_: int) -> int:
        start.wait()
        return finish(town.client("artisan"), name, upload).status_code

    with ThreadPoolExecutor(6) as pool:
        statuses = sorted(pool.map(put, range(6)))
    assert statuses == [200] * 5 + [201]
    assert (len(phone.get("/v1/inspections").json()["items"]), arriving(town)) == (1, [])


def test_two_servers_on_one_folder_take_turns(tmp_path: Path, releases: Path, photo: bytes) -> None:
    """Every byte is sent to both at once; each is written once, and one inspection comes of it."""
    with ExitStack() as open_clients, serve(tmp_path, releases) as one, serve(tmp_path, releases) as two:
        header = {"Authorization": f"Bearer {one.tokens['artisan']}"}
        clients = [
            open_clients.enter_context(httpx.Client(base_url=town.url, headers=header, timeout=60))
            for town in (one, two)
        ]
        upload, name = uuid.uuid4(), uuid.uuid4()
        with ThreadPoolExecutor(2) as pool:
            for at in range(0, len(photo), STEP):
                some = photo[at : at + STEP]
                sent = [pool.submit(step, client, upload, at, some, len(photo)) for client in clients]
                assert sorted(one.result().status_code for one in sent) in ([204, 204], [204, 409])
            done = [pool.submit(finish, client, name, upload) for client in clients]
            assert sorted(one.result().status_code for one in done) == [200, 201]
        answer = clients[0].get(f"/v1/inspections/{name}").json()
        assert answer["photos"][0]["sha256"] == hashlib.sha256(photo).hexdigest()
        assert arriving(one) == []


def test_what_nobody_finishes_is_swept_and_what_goes_on_stays(town: Town, phone: httpx.Client) -> None:
    old, young = uuid.uuid4(), uuid.uuid4()
    for upload in (old, young):
        step(phone, upload, 0, b"12", 8)
    age_uploads(town, 49)
    step(phone, young, 2, b"34", 8)
    assert sweep_twice(town.state) == 1
    assert (where(phone, old), where(phone, young)) == (None, 4)
    # The phone hears of it as of any other offset, and begins again.
    gone = step(phone, old, 2, b"34", 8)
    assert (gone.status_code, gone.headers["upload-offset"]) == (409, "0")


@pytest.mark.slow
def test_killed_in_the_middle_it_has_every_byte_that_it_acknowledged(tmp_path: Path, releases: Path) -> None:
    data = tmp_path / "var"
    tokens = seed(Settings(data=data, releases=releases))
    header = {"Authorization": f"Bearer {tokens['artisan']}"}
    photos = [jpeg(drawn(width=640, height=480, seed=number)) for number in range(3)]
    uploads = [uuid.uuid4() for _ in photos]
    acknowledged = [0] * len(photos)
    for round_number in range(4):
        with (
            serving(data, releases) as (process, url),
            httpx.Client(base_url=url, headers=header, timeout=30) as client,
        ):
            killer = threading.Timer(0.25 + 0.1 * round_number, process.kill)
            found = [where(client, upload) or 0 for upload in uploads]
            assert [now >= before for now, before in zip(found, acknowledged, strict=True)] == [True] * 3
            killer.start()
            try:
                while True:
                    for at, (upload, photo) in enumerate(zip(uploads, photos, strict=True)):
                        some = photo[found[at] : found[at] + 700]
                        answer = step(client, upload, found[at], some, len(photo))
                        found[at] = acknowledged[at] = int(answer.headers["upload-offset"])
            except httpx.TransportError:
                pass
            finally:
                killer.join()
    assert min(acknowledged) > 0
    with (
        serving(data, releases) as (_, url),
        httpx.Client(base_url=url, headers=header, timeout=60) as client,
    ):
        for upload, photo in zip(uploads, photos, strict=True):
            offset = where(client, upload)
            assert offset is not None
            assert step(client, upload, offset, photo[offset:], len(photo)).status_code == 204
        answer = finish(client, uuid.uuid4(), *uploads, microfactory=OWN).json()
        assert [photo["sha256"] for photo in answer["photos"]] == [
            hashlib.sha256(photo).hexdigest() for photo in photos
        ]
