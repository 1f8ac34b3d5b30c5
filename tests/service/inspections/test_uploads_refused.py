"""Uploads that are refused: of others, of what cannot be, of what would fill the disk."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.parts.served import OTHER, Town, context_of, serve
from tests.parts.uploading import KIND, STEP, finish, large_photo, step, where


def test_nobody_sees_continues_finishes_or_drops_the_upload_of_another(town: Town) -> None:
    photo = large_photo()
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


def test_an_upload_keeps_the_length_that_it_was_begun_with(town: Town) -> None:
    phone = town.client("artisan")
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
