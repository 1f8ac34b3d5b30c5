"""A shadow judges what comes after the champion has answered, and nobody but staff learns of it."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.parts.served import Town, clean, dark, serve, tarnished, wait_until
from tests.parts.tiny_bundle import write_tiny_bundle
from ubora.models.registry.promotion import promote
from ubora.models.registry.releases import ALIAS_FILE, read_aliases
from ubora.service.ledger.tables import Rescore


@pytest.fixture
def own_releases(tmp_path: Path, releases: Path) -> Path:
    folder = Path(shutil.copytree(releases, tmp_path / "releases"))
    # It finds nothing.
    write_tiny_bundle(folder / "blind", threshold=0.9999)
    return folder


@pytest.fixture
def own_town(tmp_path: Path, own_releases: Path) -> Iterator[Town]:
    with serve(tmp_path, own_releases) as town:
        yield town


def _summary(town: Town, release: str = "blind") -> dict[str, Any]:
    found: dict[str, Any] = town.client("reviewer").get(f"/v1/releases/{release}/rescores").json()
    return found


def _judged(town: Town, count: int) -> None:
    wait_until(lambda: _summary(town)["inspections"] == count)


def test_what_comes_after_it_was_set_is_judged_and_what_came_before_is_not(
    own_town: Town, own_releases: Path
) -> None:
    own_town.send(tarnished(1))
    promote(own_releases, "blind", alias="shadow", why="to compare")
    later = [own_town.send(photo).json() for photo in (tarnished(2), clean(3), dark(4))]
    _judged(own_town, 3)
    with own_town.state.ledger.read() as session:
        said = {one.inspection: (one.verdict, one.beside) for one in session.scalars(select(Rescore))}
    assert said == {
        later[0]["id"]: ("pass", "tiny-1"),
        later[1]["id"]: ("pass", "tiny-1"),
        later[2]["id"]: ("retake", "tiny-1"),
    }


def test_nothing_of_an_inspection_changes_and_no_artisan_sees_it(own_town: Town, own_releases: Path) -> None:
    promote(own_releases, "blind", alias="shadow", why="to compare")
    sent = own_town.send(tarnished(1)).json()
    own_town.review(sent["id"], "reject")
    before = own_town.client("artisan").get(f"/v1/inspections/{sent['id']}").json()
    _judged(own_town, 1)
    after = own_town.client("artisan").get(f"/v1/inspections/{sent['id']}").json()
    assert after == before
    assert (after["verdict"], after["status"], after["release"]) == ("flag", "rejected", "tiny-1")
    for path in ("rescores", "rescores/inspections"):
        assert own_town.client("artisan").get(f"/v1/releases/blind/{path}").status_code == 403


def test_where_they_differ_is_shown_beside_what_people_decided(own_town: Town, own_releases: Path) -> None:
    promote(own_releases, "blind", alias="shadow", why="to compare")
    rejected, accepted, waiting, good = (
        own_town.send(photo).json()["id"] for photo in (tarnished(1), tarnished(2), tarnished(3), clean(4))
    )
    own_town.review(rejected, "reject")
    own_town.review(accepted, "accept")
    _judged(own_town, 4)
    summary = _summary(own_town)
    assert (summary["inspections"], summary["agrees"], summary["share"]) == (4, 1, 0.25)
    assert summary["pairs"] == [
        {"answered": "pass", "verdict": "pass", "inspections": 1, "accepted": 0, "not_accepted": 0},
        {"answered": "flag", "verdict": "pass", "inspections": 3, "accepted": 1, "not_accepted": 1},
    ]
    path = "/v1/releases/blind/rescores/inspections"
    client = own_town.client("reviewer")
    first = client.get(path, params={"agrees": False, "limit": 2}).json()
    rest = client.get(path, params={"agrees": False, "limit": 2, "cursor": first["next_cursor"]}).json()
    # The newest first, each once.
    assert [item["inspection"] for item in (*first["items"], *rest["items"])] == [waiting, accepted, rejected]
    assert rest["next_cursor"] is None
    item = rest["items"][0]
    assert (item["answered"], item["verdict"], item["status"]) == ("flag", "pass", "rejected")
    assert (item["box"], len(item["answered_box"]), item["photo_kept"]) == (None, 4, True)
    agreed = client.get(path, params={"verdict": "pass", "agrees": True}).json()["items"]
    assert [one["inspection"] for one in agreed] == [good]
    assert client.get(path, params={"answered": "retake"}).json()["items"] == []


def test_a_shadow_that_is_taken_away_judges_no_more_and_a_new_one_begins_anew(
    own_town: Town, own_releases: Path
) -> None:
    promote(own_releases, "blind", alias="shadow", why="to compare")
    own_town.send(tarnished(1))
    _judged(own_town, 1)
    alone = read_aliases(own_releases).model_copy(update={"shadow": None})
    (own_releases / ALIAS_FILE).write_text(alone.model_dump_json())
    write_tiny_bundle(own_releases / "other", threshold=0.9)
    promote(own_releases, "other", alias="shadow", why="to compare")
    own_town.send(tarnished(2))
    wait_until(lambda: _summary(own_town, "other")["inspections"] == 1)
    assert _summary(own_town)["inspections"] == 1


def test_a_photo_that_is_gone_holds_up_no_other(own_town: Town, own_releases: Path) -> None:
    store = own_town.state.store
    promote(own_releases, "blind", alias="shadow", why="to compare")
    _judged(own_town, 0)
    broken = own_town.send(tarnished(1)).json()["id"]
    _judged(own_town, 1)
    # As if it were looked at for the first time, without its photo.
    with own_town.state.ledger.write() as session:
        row = session.scalars(select(Rescore)).one()
        session.delete(row)
    for sha256, _path in list(store.files("photos")):
        store.remove("photos", sha256)
    write_tiny_bundle(own_releases / "other", threshold=0.9)
    promote(own_releases, "other", alias="shadow", why="to compare")
    whole = own_town.send(tarnished(2)).json()["id"]
    wait_until(lambda: _summary(own_town, "other")["inspections"] == 1)
    with own_town.state.ledger.read() as session:
        judged = session.scalars(select(Rescore.inspection)).all()
    assert (judged, broken in judged) == ([whole], False)


def test_a_deleted_piece_takes_it_along(own_town: Town, own_releases: Path) -> None:
    promote(own_releases, "blind", alias="shadow", why="to compare")
    sent = own_town.send(tarnished(1), piece="P1", lot="L").json()
    _judged(own_town, 1)
    body = {"inspection": sent["id"], "reason": "asked for"}
    answer = own_town.client("admin").post("/v1/deletions", json=body)
    assert answer.status_code == 200, answer.text
    assert _summary(own_town)["inspections"] == 0
