"""A piece beside its design's approved photos: in the command, and through the whole service."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from tests.parts.browser import Open, in_a_browser, verdict
from tests.parts.photos import jpeg
from tests.parts.served import OWN, Town, clean, dark, drawn, parts, serve, tarnished
from tests.parts.sweeping import sweep_twice
from tests.parts.tiny_bundle import write_tiny_bundle
from ubora.command import main
from ubora.datasets.manifest import read_manifest
from ubora.models.record import ApprovedLimits
from ubora.models.registry.promotion import promote
from ubora.service.harvests.harvest import harvest
from ubora.service.http.observe import Metrics
from ubora.service.inference.champion import Champion
from ubora.service.inference.standing_seen import ApprovedFile

LIMITS = ApprovedLimits(
    max_distance=0.005,
    quantile=0.98,
    pieces=40,
    wrong_caught=0.9,
    grade_beside=True,
    kappa_alone=0.1,
    kappa_beside=0.2,
)
"""The tiny network's embedding is the mean colour."""
APPROVED = "/v1/designs/disc/approved"


def unlike(seed: int = 0) -> bytes:
    """The plate in another metal, without a defect."""
    return jpeg(drawn(seed=seed)[:, :, ::-1].copy())


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A releases folder whose champion compares with approved photos, and one more."""
    folder = tmp_path_factory.mktemp("limited")
    for name in ("tiny-1", "tiny-2"):
        write_tiny_bundle(folder / name, approved=LIMITS)
    promote(folder, "tiny-1")
    return folder


@pytest.fixture
def town(tmp_path: Path, limited: Path) -> Iterator[Town]:
    with serve(tmp_path, limited) as running:
        yield running


def show(town: Town, *photos: bytes, who: str = "engineer", path: str = APPROVED) -> httpx.Response:
    return town.client(who).put(path, files=[("photo", ("photo.jpg", photo)) for photo in photos])


def test_a_piece_unlike_the_approved_photo_waits_for_a_person_and_counts_against_nobody(town: Town) -> None:
    assert show(town, clean(1)).status_code == 200
    alike, other = town.send(clean(2)).json(), town.send(unlike(3)).json()
    assert (alike["verdict"], alike["beside_approved"]["in_doubt"]) == ("pass", False)
    assert alike["beside_approved"]["distance"] < LIMITS.max_distance
    assert (other["verdict"], other["status"], other["beside_approved"]["in_doubt"]) == (
        "flag",
        "pending",
        True,
    )
    assert [photo["defects"] for photo in other["photos"]] == [[]]
    assert "is it this design? not a defect" in other["reasons"][0]
    stored = town.client("reviewer").get(f"/v1/inspections/{other['id']}").json()
    assert stored == other
    rate = town.client("artisan").get(f"/v1/microfactories/{OWN}/pass-rate").json()
    assert (rate["pieces_decided"], rate["pass_rate"], rate["pieces_pending"]) == (1, 1.0, 1)


def test_a_design_without_approved_photos_is_compared_with_none(town: Town) -> None:
    assert town.send(unlike()).json()["beside_approved"] is None
    assert town.client("artisan").get("/v1/designs").json()["items"][0]["approved_photos"] == []


def test_new_approved_photos_replace_all_and_every_workshop_may_see_them(town: Town) -> None:
    first = show(town, clean(1), unlike(1)).json()["approved_photos"]
    assert [town.send(photo).json()["verdict"] for photo in (clean(2), unlike(2))] == ["pass", "pass"]
    (now,) = show(town, clean(4)).json()["approved_photos"]
    listed = {
        item["id"]: item["approved_photos"]
        for item in town.client("other").get("/v1/designs").json()["items"]
    }
    assert listed == {"disc": [now], "free-disc": []}
    photo = town.client("other").get(now)
    assert (photo.status_code, photo.headers["content-type"]) == (200, "image/jpeg")
    assert {town.client("admin").get(url).status_code for url in first} == {404}
    hashes = [url.rsplit("/", 1)[1] for url in (*first, now)]
    # The sweeper takes what was replaced, once it is old, and never what stands for a design.
    paths = [town.state.store.photo_path(sha256) for sha256 in hashes]
    for path in paths:
        os.utime(path, (0, 0))
    sweep_twice(town.state)
    assert [path.exists() for path in paths] == [False, False, True]
    # A changed range leaves the photos where they are.
    body = town.client("admin").get("/v1/designs").json()["items"][0]
    told = ("id", "approved_photos", "approved_views")
    changed = {name: value for name, value in body.items() if name not in told}
    assert town.client("admin").put("/v1/designs/disc", json=changed).json()["approved_photos"] == [now]


def test_a_photo_that_can_stand_for_nothing_is_refused_and_the_one_before_stays(town: Town) -> None:
    kept = show(town, clean()).json()["approved_photos"]
    refused = [
        show(town, clean(1), dark()),
        show(town, b"text"),
        show(town),
        show(town, *[clean()] * 7),
        show(town, clean(), path="/v1/designs/nobody/approved"),
        town.client("engineer").put(APPROVED, files=parts({"design": "disc"}, clean())),
    ]
    assert [answer.status_code for answer in refused] == [422, 415, 415, 422, 404, 422]
    assert (refused[0].json()["type"], refused[0].json()["photo"]) == ("/problems/retake", 1)
    assert town.client("admin").get("/v1/designs").json()["items"][0]["approved_photos"] == kept


def test_approved_photos_are_looked_at_once_a_release(town: Town, limited: Path) -> None:
    stored = show(town, clean()).json()["approved_photos"][0].rsplit("/", 1)[1]
    photos = [ApprovedFile(stored, None, town.state.store.photo_path(stored))]
    champion = Champion(limited, Metrics())
    champion.refresh()
    inspector = champion.serving()
    first = champion.approved(inspector, photos, "front")
    assert champion.approved(inspector, photos, "back").seen[0] is first.seen[0]
    other = type(inspector).load(limited / "tiny-2")
    assert champion.approved(other, photos, "front").seen[0] is not first.seen[0]


def test_a_harvest_takes_approved_photos_along_as_clean_pieces_of_level_three(
    town: Town, tmp_path: Path
) -> None:
    show(town, clean(1), clean(2))
    town.review(town.send(tarnished()).json()["id"], "reject")
    harvest(town.settings, tmp_path / "out")
    approved = [sample for sample in read_manifest(tmp_path / "out") if sample.approved_sample]
    assert {(s.piece_id, s.design, s.defects, s.variance) for s in approved} == {
        ("approved/disc", "disc", (), 3)
    }
    assert len(approved) == 2
    assert all((tmp_path / "out" / sample.file_name).is_file() for sample in approved)


def test_the_command_compares_without_a_server(
    limited: Path, releases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {"approved": clean(1), "alike": clean(2), "unlike": unlike(3), "text": b"text"}
    paths = {name: str(tmp_path / f"{name}.jpg") for name in files}
    for name, data in files.items():
        Path(paths[name]).write_bytes(data)

    def inspect(folder: Path, sample: str) -> int:
        words = [paths["alike"], paths["unlike"], "--approved-sample", paths[sample], "--json"]
        return main(["inspect", *words, "--releases", str(folder)])

    assert inspect(limited, "approved") == 0
    said: list[dict[str, Any]] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["outcome"], one["design_in_doubt"]) for one in said] == [("pass", False), ("flag", True)]
    assert said[0]["approved_distance"] < LIMITS.max_distance < said[1]["approved_distance"]
    assert inspect(releases, "approved") == 0
    told = capsys.readouterr()
    assert "tiny-1 has no limits for approved samples" in told.err
    assert [json.loads(line)["outcome"] for line in told.out.splitlines()] == ["pass", "pass"]
    assert inspect(limited, "text") == 1
    assert f"--approved-sample {paths['text']}" in capsys.readouterr().err


@pytest.mark.slow
@in_a_browser
def test_the_pages_show_the_approved_photo_and_why_a_person_is_asked(town: Town, open_page: Open) -> None:
    show(town, clean(1))
    town.send(unlike(2))
    page = open_page("console", "reviewer")
    expect(page.locator(".waiting")).to_contain_text("this design?")
    expect(page.locator("#panel-body .reasons")).to_contain_text("is it this design? not a defect")
    picture = page.locator("#panel-body .approved-photos img")
    expect(picture).to_have_js_property("naturalWidth", 320)
    expect(page.locator("#panel-body .approved")).to_contain_text("unlike it")
    phone = open_page("phone", "artisan")
    phone.click("#pieces .piece")
    expect(verdict(phone, "pending")).to_contain_text("It looks unlike this design")
