"""Harvests of the console: made in the background, kept within bounds, gone with what they must not hold."""

import io
import threading
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.parts.served import OWN, Town, clean, serve, tarnished, wait_until
from tests.service.queue.asking import kind
from ubora.datasets.manifest import read_manifest
from ubora.service.harvests.harvest import harvest, summary
from ubora.service.harvests.kept import Job, KeptHarvests
from ubora.service.harvests.making import make_next, sweep_harvests


@pytest.fixture
def town(tmp_path: Path, releases: Path) -> Iterator[Town]:
    """With two decided pieces, and room for two harvests."""
    with serve(tmp_path, releases, harvests=2) as running:
        for seed in (1, 2):
            running.review(running.send(tarnished(seed), piece=str(seed)).json()["id"], "reject")
        yield running


def ask(town: Town, name: str = "first", **chosen: Any) -> httpx.Response:
    body = {"name": name, "chosen": chosen}
    return town.client("engineer").put(f"/v1/harvests/{uuid.uuid4()}", json=body)


def made(town: Town, name: str = "first", **chosen: Any) -> dict[str, Any]:
    """A harvest, once it is there."""
    path = f"/v1/harvests/{ask(town, name, **chosen).json()['id']}"
    client = town.client("engineer")
    wait_until(lambda: client.get(path).json()["state"] not in ("waiting", "running"))
    job: dict[str, Any] = client.get(path).json()
    return job


def archive(town: Town, job: dict[str, Any]) -> httpx.Response:
    return town.client("engineer").get(f"/v1/harvests/{job['id']}/archive")


def test_what_is_downloaded_is_the_dataset_that_the_command_writes(town: Town, tmp_path: Path) -> None:
    seen = town.client("engineer").post("/v1/harvest-previews", json={}).json()
    job = made(town)
    assert (job["state"], job["photos"], job["left_out"]) == ("done", 2, seen["left_out"])
    answer = archive(town, job)
    assert answer.headers["content-disposition"] == 'attachment; filename="first.zip"'
    zipfile.ZipFile(io.BytesIO(answer.content)).extractall(tmp_path / "unpacked")
    by_page = read_manifest(tmp_path / "unpacked" / "first")
    by_command = harvest(town.settings, tmp_path / "command" / "first").manifest
    assert by_page.fingerprint() == by_command.fingerprint() == job["counts"]["fingerprint"]
    assert summary(by_command) == job["counts"]
    assert {name: job["counts"][name] for name in seen["counts"]} == seen["counts"]


def test_asked_for_and_downloaded_and_deleted_stands_in_the_record(town: Town) -> None:
    job = made(town, decision=["reject"])
    archive(town, job)
    assert town.client("engineer").delete(f"/v1/harvests/{job['id']}").status_code == 204
    lines = town.client("admin").get("/v1/audit").json()["items"][:3]
    assert [(line["actor"], line["action"], line["subject"]) for line in lines] == [
        ("engineer", "harvest-deleted", "first"),
        ("engineer", "harvest-taken", "first"),
        ("engineer", "harvest-made", "first"),
    ]
    assert lines[2]["facts"] == {"decision": "reject"}
    assert list((town.settings.data / "harvests").glob("*.zip")) == []


def test_no_more_are_kept_than_may_and_nothing_is_dropped_for_another(town: Town) -> None:
    jobs = [made(town, name) for name in ("first", "second")]
    assert kind(ask(town, "third")) == (409, "no-room")
    town.client("engineer").delete(f"/v1/harvests/{jobs[0]['id']}")
    assert ask(town, "third").status_code == 201
    room = town.client("engineer").get("/v1/harvests").json()["room"]
    assert (room["kept"], room["most"]) == (2, 2)


def test_the_same_again_is_one_and_what_fits_nothing_is_refused(town: Town) -> None:
    client, path = town.client("engineer"), f"/v1/harvests/{uuid.uuid4()}"
    first, again = (client.put(path, json={"name": "first"}) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert kind(client.put(path, json={"name": "other"})) == (409, "conflict")
    nothing = ask(town, "none", until="2000-01-01")
    assert (kind(nothing), nothing.json()["left_out"]["pieces_not_asked_for"]) == ((422, "nothing"), 2)


def test_an_archive_goes_with_a_photo_that_is_deleted(town: Town) -> None:
    job = made(town)
    (first, *_) = town.client("admin").get("/v1/inspections").json()["items"]
    town.client("admin").post("/v1/deletions", json={"reason": "asked for", "inspection": first["id"]})
    assert sweep_harvests(town.state) == 1
    assert list((town.settings.data / "harvests").glob("*.zip")) == []
    assert kind(archive(town, job)) == (410, "not-kept")


def test_an_archive_goes_with_the_consent_of_a_workshop_before_anybody_takes_it(town: Town) -> None:
    job = made(town)
    no = {"photos": False, "voices": False, "words": "1", "language": "en"}
    town.client("artisan").put(f"/v1/microfactories/{OWN}/consents/{uuid.uuid4()}", json=no)
    assert kind(archive(town, job)) == (410, "not-kept")
    assert town.client("engineer").get(f"/v1/harvests/{job['id']}").json()["state"] == "gone"


def test_a_photo_that_was_altered_fails_it_and_says_so(town: Town) -> None:
    for path in (town.settings.data / "photos").rglob("*.jpg"):
        path.write_bytes(b"other")
    job = made(town)
    assert (job["state"], "altered" in job["fault"]) == ("failed", True)
    assert kind(archive(town, job)) == (409, "not-made")


def test_what_a_process_was_making_when_it_ended_is_begun_anew(town: Town, tmp_path: Path) -> None:
    job = made(town)
    # As a process leaves it that was killed while it copied photos, in a folder that no service looks at.
    kept = KeptHarvests(tmp_path / "elsewhere")
    (kept.workplace(job["id"]) / ".first.partial").mkdir(parents=True)
    kept.put(Job.model_validate(job | {"state": "running", "photos": 1, "sha256": None}))
    assert make_next(town.state, kept, threading.Event()) is True
    again = kept.get(job["id"])
    assert again is not None
    assert (again.state, again.counts) == ("done", job["counts"])
    assert not kept.workplace(job["id"]).exists()


def test_one_that_is_removed_while_it_is_made_ends_and_leaves_nothing(town: Town, tmp_path: Path) -> None:
    kept, stop = KeptHarvests(tmp_path / "elsewhere"), threading.Event()
    kept.put(Job.model_validate(made(town) | {"state": "waiting"}))
    stop.set()
    assert make_next(town.state, kept, stop) is False
    (waiting,) = kept.all()
    assert waiting.state == "waiting"
    kept.remove(waiting.id)
    assert [path.name for path in kept.folder.iterdir()] == ["lock"]


def test_a_dataset_of_clean_pieces_has_no_defect(town: Town) -> None:
    town.review(town.send(clean(3), piece="3").json()["id"], "accept")
    job = made(town, decision=["accept"])
    assert (job["counts"]["pieces"], job["counts"]["defects"], job["counts"]["clean"]) == (1, {}, 1)
