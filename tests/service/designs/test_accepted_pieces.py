"""An accepted piece stands for its design beside the approved photos, and the next piece is judged by it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from tests.parts.browser import Open, in_a_browser
from tests.parts.served import OTHER, OWN, Town, clean, serve, tarnished
from tests.parts.standing import (
    ACCEPTED,
    accepted_by_two,
    comparing_releases,
    green,
    judge,
    listed,
    put,
    show,
)
from tests.parts.sweeping import sweep_twice
from ubora.datasets.manifest import read_manifest
from ubora.models.inference.inspector import Inspector
from ubora.service.harvests.harvest import harvest
from ubora.service.inference.assess import ApprovedPhotos
from ubora.service.ledger.tables import Photo


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return comparing_releases(tmp_path_factory.mktemp("comparing"))


@pytest.fixture
def town(tmp_path: Path, releases: Path) -> Iterator[Town]:
    with serve(tmp_path, releases) as running:
        show(running, clean(1))
        yield running


def sha256s(town: Town, piece: str) -> list[str]:
    """Of the stored photos of an inspection."""
    with town.state.ledger.read() as session:
        return list(
            session.scalars(
                select(Photo.stored_sha256).where(Photo.inspection == piece).order_by(Photo.index)
            )
        )


def test_the_next_piece_is_compared_with_an_accepted_one_until_it_is_taken_away(town: Town) -> None:
    piece = accepted_by_two(town, green(2), lot="L", piece="1")
    assert put(town, piece).status_code == 201
    with_it = town.send(green(3)).json()
    assert (with_it["verdict"], with_it["beside_approved"]["version"]) == ("pass", 2)
    delete = town.client("admin").delete
    assert [delete(f"{ACCEPTED}/{piece}").status_code for _ in range(2)] == [204, 204]
    without = town.send(green(4)).json()
    assert (without["verdict"], without["beside_approved"]["version"]) == ("flag", 3)
    again = put(town, piece)
    assert (again.status_code, again.json()["removed"]) == (201, None)
    newest, oldest = listed(town)["items"]
    assert newest == again.json()
    assert (oldest["inspection"], oldest["microfactory"], oldest["views"]) == (piece, OWN, ["front"])
    (url,) = oldest["photos"]
    assert town.client("reviewer").get(url).headers["content-type"] == "image/jpeg"
    assert (oldest["added"]["by"], oldest["added"]["version"]) == ("engineer", 2)
    removed = oldest["removed"]
    assert (removed["by"], removed["version"], removed["why"]) == ("admin", 3, "taken-away")
    lines = town.client("admin").get("/v1/audit").json()["items"]
    facts = {"name": "Disc", "inspection": piece}
    told = [(line["actor"], line["facts"]) for line in lines if line["action"].startswith("design-piece")]
    added = {**facts, "microfactory": OWN}
    assert told == [
        ("engineer", {**added, "version": "4"}),
        ("admin", {**facts, "why": "taken-away", "version": "3"}),
        ("engineer", {**added, "version": "2"}),
    ]


def test_the_same_again_is_answered_with_what_stands(town: Town) -> None:
    piece = accepted_by_two(town, green(2))
    first, again = put(town, piece), put(town, piece, who="admin")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert listed(town)["version"] == 2


def test_who_adds_it_twice_at_once_adds_it_once(town: Town) -> None:
    piece = accepted_by_two(town, green(2))
    with ThreadPoolExecutor(8) as pool:
        found = sorted(pool.map(lambda _: put(town, piece).status_code, range(8)))
    assert found == [200] * 7 + [201]
    now = listed(town)
    assert (len(now["items"]), now["version"]) == (1, 2)


def test_verdicts_made_with_it_are_those_of_its_versions(town: Town) -> None:
    piece = accepted_by_two(town, green(2))
    put(town, piece)
    made = [town.send(clean(seed)).json()["id"] for seed in range(3, 6)]
    show(town, clean(1), clean(2))  # approved photos are replaced, and the piece stays
    made.append(town.send(clean(6)).json()["id"])
    town.client("admin").delete(f"{ACCEPTED}/{piece}")
    town.send(clean(7))
    assert listed(town)["items"][0]["verdicts"] == {"count": 4, "latest": made[::-1]}
    path = f"{ACCEPTED}/{piece}/verdicts"
    first = town.client("reviewer").get(f"{path}?limit=3").json()
    second = town.client("reviewer").get(f"{path}?limit=3&cursor={first['next_cursor']}").json()
    assert (first["items"] + second["items"], second["next_cursor"]) == (made[::-1], None)
    put(town, piece)
    later = town.send(clean(8)).json()["id"]
    assert town.client("reviewer").get(path).json()["items"] == [later, *made[::-1]]
    assert [one["verdicts"]["count"] for one in listed(town)["items"]] == [1, 4]


def test_a_verdict_in_the_making_counts_for_what_it_was_compared_with(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    piece = accepted_by_two(town, green(2))
    put(town, piece)
    ask = town.state.champion.approved

    def slow(inspector: Inspector, photos: Any, view: str) -> ApprovedPhotos:
        # Its photos were read; it is taken away before the verdict is stored.
        assert town.client("admin").delete(f"{ACCEPTED}/{piece}").status_code == 204
        return ask(inspector, photos, view)

    monkeypatch.setattr(town.state.champion, "approved", slow)
    answer = town.send(green(3)).json()
    assert (answer["verdict"], answer["beside_approved"]["version"]) == ("pass", 2)
    assert listed(town)["items"][0]["verdicts"] == {"count": 1, "latest": [answer["id"]]}
    assert listed(town)["version"] == 3


def test_every_change_of_what_stands_is_a_version_and_the_same_again_is_none(town: Town) -> None:
    def version() -> int:
        return int(listed(town)["version"])

    assert version() == 1
    show(town, clean(1))
    assert version() == 1
    show(town, clean(2))
    assert version() == 2
    piece = accepted_by_two(town, clean(3))
    put(town, piece)
    town.client("admin").delete(f"{ACCEPTED}/{piece}")
    assert version() == 4
    assert town.client("engineer").put("/v1/designs/disc", json=_disc(town)).status_code == 200
    assert version() == 4


def test_the_list_comes_in_pages(town: Town) -> None:
    pieces = [accepted_by_two(town, clean(seed)) for seed in (2, 3, 4)]
    for piece in pieces:
        put(town, piece)
    client = town.client("reviewer")
    first = client.get(f"{ACCEPTED}?limit=2").json()
    second = client.get(f"{ACCEPTED}?limit=2&cursor={first['next_cursor']}").json()
    found = [item["inspection"] for item in (*first["items"], *second["items"])]
    assert (found, second["next_cursor"]) == (pieces[::-1], None)


def test_another_workshop_sees_the_photo_and_not_whose_it_is(town: Town) -> None:
    show(town, green(1), views=["back"])
    piece = accepted_by_two(town, clean(2), views=["front"])
    put(town, piece)
    (stored,) = sha256s(town, piece)
    sent = town.send(green(3), who="other", microfactory=OTHER, views=["front"])
    answer = sent.json()
    (defect,) = answer["photos"][0]["defects"]
    assert defect["compared_with"]["approved_sha256"] == stored
    assert answer["beside_approved"]["same_view"] is True
    url, other = f"/v1/designs/disc/approved/{stored}", town.client("other")
    found = [other.get(path) for path in (url, f"{url}?width=320")]
    assert [one.headers["content-type"] for one in found] == ["image/jpeg"] * 2
    told = [sent, other.get("/v1/designs"), *found]
    assert [one for one in told if OWN in one.text or piece in one.text or OWN in str(one.headers)] == []
    assert other.get(ACCEPTED).status_code == other.get(f"{ACCEPTED}/{piece}").status_code == 403
    assert other.get(f"/v1/inspections/{piece}/photos/0").status_code == 404
    # What a phone shows as the sample is the approved one, as before.
    assert stored not in other.get("/v1/designs").text
    town.client("admin").delete(f"{ACCEPTED}/{piece}")
    assert other.get(url).status_code == 404


def test_what_stands_is_kept_by_the_sweeper(town: Town) -> None:
    piece = accepted_by_two(town, clean(2))
    put(town, piece)
    sweep_twice(town.state)
    assert town.state.store.photo_path(sha256s(town, piece)[0]).is_file()


def test_a_harvest_takes_what_stands_as_approved_samples_each_photo_once(town: Town, tmp_path: Path) -> None:
    piece = accepted_by_two(town, clean(2), clean(3), views=["front", "back"], lot="L", piece="7")
    taken_away = accepted_by_two(town, clean(4))
    for one in (piece, taken_away):
        put(town, one)
    town.client("admin").delete(f"{ACCEPTED}/{taken_away}")
    judge(town, town.send(tarnished(5)).json()["id"], "reviewer", "reject")
    manifest = harvest(town.settings, tmp_path / "out").manifest
    found = read_manifest(tmp_path / "out").samples
    assert found == tuple(manifest.samples)
    assert len(found) == len({sample.sample_id for sample in found}) == 5
    approved = {sample.sample_id: sample for sample in found if sample.approved_sample}
    own = [approved[sha256] for sha256 in sha256s(town, piece)]
    assert len(approved) == 3
    assert [(one.view, one.defects, one.microfactory) for one in own] == [
        ("front", (), OWN),
        ("back", (), OWN),
    ]
    assert {one.piece_id for one in own} == {f"{OWN}/disc/L/7"}


@in_a_browser
def test_the_console_lets_a_piece_stand_and_takes_it_away(town: Town, open_page: Open) -> None:
    piece = town.send(green(2), lot="L", piece="1").json()["id"]
    page = open_page("console", "admin")
    page.click("#decisions button[data-disposition=accept]")
    let_it, away = (
        page.get_by_role("button", name=name) for name in ("Let it stand for the design", "take away")
    )
    # One person is not enough.
    with page.expect_response(f"**{ACCEPTED}/{piece}"):
        page.get_by_role("button", name="Open it again").click()
    expect(page.locator("#panel-body .facts")).to_contain_text("piece 1")
    expect(let_it).to_have_count(0)
    judge(town, piece, "reviewer")
    page.get_by_role("button", name="Open it again").click()
    let_it.click()
    expect(page.locator("#panel-body .stands")).to_have_text("Stands for the design · take away")
    assert [item["inspection"] for item in listed(town)["items"]] == [piece]
    away.click()
    expect(let_it).to_be_visible()
    assert listed(town)["items"][0]["removed"]["why"] == "taken-away"


@in_a_browser
def test_a_phone_of_another_workshop_shows_the_place_on_an_accepted_piece(
    town: Town, open_page: Open
) -> None:
    show(town, green(1), views=["back"])
    put(town, accepted_by_two(town, clean(2), views=["front"]))
    town.send(green(3), who="other", microfactory=OTHER, views=["front"], lot="PO-8", piece="1")
    phone = open_page("phone", "other")
    phone.click("#pieces .piece")
    expect(phone.locator(".findings .patches svg.patch")).to_have_count(2)
    console = open_page("console", "reviewer")
    expect(console.locator("#panel-body .patches svg.patch")).to_have_count(2)


def _disc(town: Town) -> dict[str, Any]:
    design = next(
        one for one in town.client("admin").get("/v1/designs").json()["items"] if one["id"] == "disc"
    )
    told = ("id", "approved_photos", "approved_views")
    return {name: value for name, value in design.items() if name not in told}
