"""A disk that is full, or read-only, or gone: one answer for what is to be stored, and reading goes on."""

import errno
import shutil
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.parts.disks import mounting_fault
from tests.parts.served import Town, clean, tarnished
from tests.parts.uploading import step
from tests.torture.full_disk import on_a_small_disk, with_a_limit
from ubora.service.http.database_faults import LedgerError
from ubora.service.http.errors import storage_problem
from ubora.service.ledger.database import Ledger
from ubora.service.ledger.tables import Microfactory

Rows = list[tuple[str, str]]
OGG = b"OggS\x00\x02" + b"\0" * 22 + b"\x01\x13OpusHead" + b"\0" * 40


def is_told_to_wait(answer: httpx.Response) -> bool:
    return (
        answer.status_code == 503
        and answer.headers["content-type"] == "application/problem+json"
        and answer.json()["type"] == "/problems/storage"
        and int(answer.headers["retry-after"]) > 0
    )


def test_on_a_full_disk_every_writer_is_told_to_wait_and_nothing_acknowledged_is_lost(releases: Path) -> None:
    if (fault := mounting_fault()) is not None:
        pytest.skip(fault)
    rows: Rows = []
    held = on_a_small_disk(lambda *row: rows.append(row), 0.0, releases)
    assert (held, [row for row in rows if row[0] == "fault"]) == (True, [])


def test_where_no_file_may_grow_it_is_the_same(tmp_path: Path, releases: Path) -> None:
    rows: Rows = []
    held = with_a_limit(lambda *row: rows.append(row), 0.0, tmp_path / "var", releases)
    assert (held, [row for row in rows if row[0] == "fault"]) == (True, [])


@pytest.mark.parametrize(
    "error",
    [
        *(OSError(number, "") for number in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)),
        PermissionError(errno.EACCES, ""),
        FileNotFoundError(errno.ENOENT, ""),
        LedgerError("/srv/ledger.sqlite", "database or disk is full"),
    ],
)
def test_whoever_says_it_the_answer_is_one_and_names_no_path(error: Exception) -> None:
    problem = storage_problem(error)
    assert problem is not None
    assert (problem.status, problem.slug, problem.headers) == (503, "storage", {"Retry-After": "60"})
    assert "/srv" not in problem.detail


@pytest.mark.parametrize(
    "error",
    [ConnectionResetError(errno.ECONNRESET, ""), TimeoutError(), ValueError("x"), OSError("no photo")],
)
def test_what_no_disk_says_is_not_blamed_on_it(error: Exception) -> None:
    assert storage_problem(error) is None


def test_a_ledger_that_cannot_be_written_is_read_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "ledger.sqlite"
    Ledger.open(f"sqlite:///{path}").close()
    ledger = Ledger.open(f"sqlite:///file:{path}?mode=ro&uri=true")
    with ledger.read() as session:
        assert session.query(Microfactory).count() == 0
    with pytest.raises(LedgerError, match="attempt to write a readonly database") as raised:
        ledger.check_writable()
    with pytest.raises(LedgerError), ledger.write() as session:
        session.add(Microfactory(id="x", name="x", place="x"))
    ledger.close()
    # Its address is no folder of that name.
    assert [one.name for one in tmp_path.iterdir() if one.is_dir()] == []
    assert (problem := storage_problem(raised.value)) is not None
    assert problem.slug == "storage"


def _pictures(town: Town) -> dict[str, str]:
    """The URL of one file of every kind, by the folder that it lies in."""
    sent = town.send(tarnished()).json()["id"]
    contest: list[tuple[str, Any]] = [
        ("context", (None, "{}")),
        ("voice", ("voice", OGG)),
        ("photo", ("photo.jpg", clean(3))),
    ]
    path = f"/v1/inspections/{sent}/appeals/{uuid.uuid4()}"
    piece = town.client("artisan").put(path, files=contest).json()
    approved = town.client("admin").put("/v1/designs/disc/approved", files=[("photo", clean(7))]).json()
    (url,) = approved["approved_photos"]
    return {
        "photo": piece["photos"][0]["photo_url"],
        "heatmap": piece["photos"][0]["heatmap_url"],
        "voice": piece["appeal"]["voice_url"],
        "photo of an appeal": piece["appeal"]["photo_url"],
        "approved photo": url,
        "approved photo, small": f"{url}?width=320",
    }


def test_a_file_that_is_gone_is_404_and_a_folder_that_is_gone_503_until_it_is_back(town: Town) -> None:
    urls, artisan, data = _pictures(town), town.client("artisan"), town.settings.data
    assert {what: artisan.get(url).status_code for what, url in urls.items()} == dict.fromkeys(urls, 200)
    for kind, of_kind in {"photos": "photo", "heatmaps": "heatmap", "voices": "voice"}.items():
        shutil.move(data / kind, data / "away")
        ready = town.client(None).get("/health/ready")
        told = f"not writable: No such file or directory ({kind})"
        assert (ready.status_code, ready.json()["parts"][1]["detail"]) == (503, told)
        answers = {what: artisan.get(url) for what, url in urls.items()}
        shutil.move(data / "away", data / kind)
        gone = {what for what in urls if of_kind in what}
        assert {what for what, answer in answers.items() if is_told_to_wait(answer)} == gone
        assert {answers[what].status_code for what in urls.keys() - gone} == {200}
    for path in [path for kind in ("photos", "heatmaps", "voices") for path in (data / kind).rglob("*.*")]:
        path.unlink()
    lost = {what: artisan.get(url) for what, url in urls.items()}
    assert {(one.status_code, one.json()["type"]) for one in lost.values()} == {(404, "/problems/not-found")}
    assert town.client(None).get("/health/ready").status_code == 200


@pytest.mark.parametrize("kind", ["photos", "heatmaps", "partial", "arriving"])
def test_what_is_sent_while_a_folder_is_gone_waits_and_is_stored_when_it_is_back(
    town: Town, kind: str
) -> None:
    data, phone = town.settings.data, town.client("artisan")
    shutil.move(data / kind, data / "away")
    assert town.client(None).get("/health/ready").status_code == 503
    if kind == "arriving":
        upload = uuid.uuid4()
        assert is_told_to_wait(step(phone, upload, 0, b"1234", 8))
        shutil.move(data / "away", data / kind)
        assert step(phone, upload, 0, b"1234", 8).status_code == 204
    else:
        name = str(uuid.uuid4())
        assert is_told_to_wait(town.send(tarnished(), name=name))
        assert phone.get(f"/v1/inspections/{name}").status_code == 404
        shutil.move(data / "away", data / kind)
        assert town.send(tarnished(), name=name).status_code == 201
    assert town.client(None).get("/health/ready").status_code == 200
