"""Photos sent in parts: nothing acknowledged is lost, nothing is stored twice, nobody reaches another's."""

import hashlib
import os
import socket
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.settings import Settings
from service.staging import Staging
from service.sweeper import sweep
from tests.photos import jpeg
from tests.processes import serving
from tests.served import OTHER, OWN, Town, clean, context_of, drawn, parts, seed, serve, tarnished, wait_until

STEP = 20_000
KIND = "application/offset+octet-stream"


def step(client: httpx.Client, upload: Any, offset: int, data: bytes, length: int) -> httpx.Response:
    """PATCH some bytes of an upload."""
    headers = {"Upload-Offset": str(offset), "Upload-Length": str(length), "Content-Type": KIND}
    return client.patch(f"/v1/uploads/{upload}", content=data, headers=headers)


def send_all(client: httpx.Client, photo: bytes, size: int = STEP) -> str:
    """A whole upload in steps; its id."""
    upload = str(uuid.uuid4())
    for at in range(0, len(photo), size):
        answer = step(client, upload, at, photo[at : at + size], len(photo))
        assert answer.status_code == 204, answer.text
        assert int(answer.headers["upload-offset"]) == min(at + size, len(photo))
    return upload


def where(client: httpx.Client, upload: Any) -> int | None:
    answer = client.head(f"/v1/uploads/{upload}")
    return int(answer.headers["upload-offset"]) if answer.status_code == 200 else None


def finish(client: httpx.Client, name: Any, *uploads: Any, **context: Any) -> httpx.Response:
    body = {"context": context_of(**context), "uploads": [str(upload) for upload in uploads]}
    return client.put(f"/v1/inspections/{name}", json=body)


def arriving(town: Town) -> list[Path]:
    return [path for path in (town.settings.data / "arriving").rglob("*") if path.is_file()]


@pytest.fixture(scope="module")
def photo() -> bytes:
    """Large enough for several steps."""
    return jpeg(drawn((140, 10, 10), width=640, height=480))


@pytest.fixture
def phone(town: Town) -> httpx.Client:
    return town.client("artisan")


def half_sent(town: Town, upload: Any, offset: int, sent: bytes, length: int) -> socket.socket:
    """A connection that promised the rest of the photo and sent only this."""
    line = socket.create_connection(
        (town.url.rsplit("/", 1)[1].split(":")[0], int(town.url.rsplit(":", 1)[1]))
    )
    head = (
        f"PATCH /v1/uploads/{upload} HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: Bearer {town.tokens['artisan']}\r\n"
        f"Content-Type: {KIND}\r\nUpload-Offset: {offset}\r\nUpload-Length: {length}\r\n"
        f"Content-Length: {length - offset}\r\n\r\n"
    )
    line.sendall(head.encode() + sent)
    return line


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
    with serve(tmp_path, releases) as one, serve(tmp_path, releases) as two:
        header = {"Authorization": f"Bearer {one.tokens['artisan']}"}
        clients = [httpx.Client(base_url=town.url, headers=header, timeout=60) for town in (one, two)]
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
        for client in clients:
            client.close()


def test_nobody_sees_continues_finishes_or_drops_the_upload_of_another(town: Town, photo: bytes) -> None:
    own, other = town.client("artisan"), town.client("other")
    upload = uuid.uuid4()
    step(own, upload, 0, photo[:STEP], len(photo))
    assert where(other, upload) is None
    assert step(other, upload, STEP, b"x" * 10, len(photo)).headers["upload-offset"] == "0"
    assert step(other, upload, 0, b"theirs", 6).status_code == 204  # their own, by chance of the same UUID
    assert other.delete(f"/v1/uploads/{upload}").status_code == 204
    assert where(own, upload) == STEP
    step(own, upload, STEP, photo[STEP:], len(photo))
    stolen = finish(other, uuid.uuid4(), upload, microfactory=OTHER)
    assert (stolen.status_code, stolen.json()["type"]) == (409, "/problems/upload-unfinished")
    assert finish(own, uuid.uuid4(), upload, microfactory=OTHER).status_code == 404
    assert finish(own, uuid.uuid4(), upload).status_code == 201


@pytest.mark.parametrize(
    ("changed", "body", "status"),
    [
        ({"Content-Type": "application/json"}, b"x", 415),
        ({"Upload-Offset": "-1"}, b"x", 422),
        ({"Upload-Offset": "one"}, b"x", 422),
        ({"Upload-Length": "0"}, b"x", 422),
        ({"Upload-Length": "9" * 30}, b"x", 413),
        ({"Upload-Length": "16000001"}, b"x", 413),
        ({"Upload-Offset": "9"}, b"", 422),
        ({}, b"x" * 9, 413),
        ({"Upload-Length": "300000"}, b"x" * 262_145, 413),
    ],
)
def test_a_part_that_cannot_be_is_refused(
    shared_town: Town, changed: dict[str, str], body: bytes, status: int
) -> None:
    headers = {"Upload-Offset": "0", "Upload-Length": "8", "Content-Type": KIND} | changed
    client = shared_town.client("artisan")
    answer = client.patch(f"/v1/uploads/{uuid.uuid4()}", content=body, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_a_request_that_hides_its_size_ends_at_the_limit(shared_town: Town) -> None:
    upload, client = uuid.uuid4(), shared_town.client("artisan")
    headers = {"Upload-Offset": "0", "Upload-Length": "8000000", "Content-Type": KIND}
    answer = client.patch(f"/v1/uploads/{upload}", content=iter([b"x" * 100_000] * 40), headers=headers)
    assert answer.status_code == 413
    assert (where(client, upload) or 0) <= 262_144
    client.delete(f"/v1/uploads/{upload}")


def test_an_upload_keeps_the_length_that_it_was_begun_with(phone: httpx.Client) -> None:
    upload = uuid.uuid4()
    statuses = [step(phone, upload, at, b"12", length).status_code for at, length in ((0, 8), (2, 9), (2, 8))]
    assert statuses == [204, 422, 204]


@pytest.mark.parametrize(
    "name", ["..", "%2e%2e%2fx", "a.5", "x" * 300, "*", "%00", "..%2f..%2fledger.sqlite"]
)
def test_a_name_that_is_no_uuid_reaches_no_file(town: Town, name: str) -> None:
    before = sorted(town.settings.data.rglob("*"))
    client = town.client("artisan")
    headers = {"Upload-Offset": "0", "Upload-Length": "8", "Content-Type": KIND}
    for answer in (
        client.request("PATCH", f"/v1/uploads/{name}", content=b"x", headers=headers),
        client.head(f"/v1/uploads/{name}"),
        client.delete(f"/v1/uploads/{name}"),
    ):
        assert answer.status_code in (404, 405, 422)
    assert sorted(town.settings.data.rglob("*")) == before
    body = {"context": context_of(), "uploads": [name]}
    assert client.put(f"/v1/inspections/{uuid.uuid4()}", json=body).status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'{"context": {}, "uploads": []}',
        b'{"context": {"microfactory": "mf-own", "design": "disc"}, "uploads": []}',
        b'{"context": {"microfactory": "mf-own", "design": "disc"}, "uploads": ["%s", "%s"]}'
        % ((b"6a1f3a9e-0000-4000-8000-000000000000",) * 2),
        b'{"context": {"microfactory": "mf-own", "design": "disc", "lot": "\\ud800"}, "uploads": ["x"]}',
    ],
)
def test_what_names_no_uploads_is_refused_in_words(shared_town: Town, body: bytes) -> None:
    kind = {"Content-Type": "application/json; charset=utf-8"}
    client = shared_town.client("artisan")
    answer = client.put(f"/v1/inspections/{uuid.uuid4()}", content=body, headers=kind)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/context")


def test_a_long_text_instead_of_uploads_is_refused_while_it_comes(shared_town: Town) -> None:
    client, kind = shared_town.client("artisan"), {"Content-Type": "application/json"}
    path = f"/v1/inspections/{uuid.uuid4()}"
    assert client.put(path, content=b" " * 20_000, headers=kind).status_code == 413


def test_unfinished_uploads_cannot_fill_the_disk(tmp_path: Path, releases: Path) -> None:
    with serve(tmp_path, releases, unfinished_uploads=3, max_request_bytes=5_000) as town:
        phone, other = town.client("artisan"), town.client("other")
        uploads = [uuid.uuid4() for _ in range(3)]
        assert [step(phone, one, 0, b"x", 1_000).status_code for one in uploads] == [204] * 3
        refused = step(phone, uuid.uuid4(), 0, b"x", 1_000)
        assert (refused.status_code, refused.json()["type"]) == (429, "/problems/uploads-unfinished")
        assert refused.headers["retry-after"] == "600"
        assert step(phone, uploads[0], 1, b"x", 1_000).status_code == 204  # what was begun goes on
        assert step(other, uuid.uuid4(), 0, b"x", 1_000).status_code == 204  # nobody else's concern
        phone.delete(f"/v1/uploads/{uploads[0]}")
        assert step(phone, uuid.uuid4(), 0, b"x", 3_001).status_code == 429  # too large together
        assert step(phone, uuid.uuid4(), 0, b"x", 3_000).status_code == 204


def test_the_limit_holds_when_many_are_begun_at_once(tmp_path: Path, releases: Path) -> None:
    with serve(tmp_path, releases, unfinished_uploads=3) as town, ThreadPoolExecutor(12) as pool:
        begun = pool.map(lambda _: step(town.client("artisan"), uuid.uuid4(), 0, b"x", 9), range(12))
        assert sorted(answer.status_code for answer in begun) == [204] * 3 + [429] * 9


def test_what_nobody_finishes_is_swept_and_what_goes_on_stays(town: Town, phone: httpx.Client) -> None:
    old, young = uuid.uuid4(), uuid.uuid4()
    for upload in (old, young):
        step(phone, upload, 0, b"12", 8)
    for path in arriving(town):
        os.utime(path, (time.time() - 49 * 3600,) * 2)
    step(phone, young, 2, b"34", 8)
    assert sweep(town.house) == 1
    assert (where(phone, old), where(phone, young)) == (None, 4)
    # The phone hears of it as of any other offset, and begins again.
    gone = step(phone, old, 2, b"34", 8)
    assert (gone.status_code, gone.headers["upload-offset"]) == (409, "0")


def test_a_part_held_open_writes_nothing_into_a_file_that_was_swept(tmp_path: Path) -> None:
    staging = Staging(tmp_path, most_uploads=3, most_bytes=100)
    name = str(uuid.uuid4())
    with staging.open("me", name, 8) as part:
        part.append(0, b"1234")
        staging.drop("me", name)
        with pytest.raises(Exception, match="has 0 bytes"):
            part.append(4, b"5678")
    assert staging.progress("me", name) is None


def test_a_part_that_was_given_up_writes_into_nobody_elses_file(tmp_path: Path) -> None:
    staging = Staging(tmp_path, most_uploads=3, most_bytes=100)
    part = staging.open("me", str(uuid.uuid4()), 8)
    part.close()
    with (tmp_path / "next").open("w+b") as other:  # takes the number of the handle that was closed
        with pytest.raises(ValueError, match="closed"):
            part.append(0, b"1234")
        assert other.read() == b""


@pytest.mark.slow
def test_killed_in_the_middle_it_has_every_byte_that_it_acknowledged(tmp_path: Path, releases: Path) -> None:
    data = tmp_path / "var"
    tokens = seed(Settings(data=data, releases=releases))
    header = {"Authorization": f"Bearer {tokens['artisan']}"}
    photos = [jpeg(drawn(width=640, height=480, seed=number)) for number in range(3)]
    uploads = [uuid.uuid4() for _ in photos]
    acknowledged = [0] * len(photos)
    for round_number in range(4):
        with serving(data, releases) as (process, url):
            killer = threading.Timer(0.25 + 0.1 * round_number, process.kill)
            client = httpx.Client(base_url=url, headers=header, timeout=30)
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
                client.close()
    assert min(acknowledged) > 0
    with serving(data, releases) as (_, url):
        client = httpx.Client(base_url=url, headers=header, timeout=60)
        for upload, photo in zip(uploads, photos, strict=True):
            offset = where(client, upload)
            assert offset is not None
            assert step(client, upload, offset, photo[offset:], len(photo)).status_code == 204
        answer = finish(client, uuid.uuid4(), *uploads, microfactory=OWN).json()
        assert [photo["sha256"] for photo in answer["photos"]] == [
            hashlib.sha256(photo).hexdigest() for photo in photos
        ]
        client.close()
