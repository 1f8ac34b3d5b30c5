"""Thresholds over HTTP: the effect is shown, an admin sets them, the next photo is judged by them."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.parts.served import Town, clean, serve, tarnished
from tests.parts.tiny_bundle import write_tiny_bundle
from tests.service.thresholds.test_promise import CERTIFIED, EVIDENCE
from ubora.models.registry.promotion import promote


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Releases whose champion keeps the scores that its thresholds were chosen on."""
    folder = tmp_path_factory.mktemp("releases")
    write_tiny_bundle(folder / "kept-1", evidence=EVIDENCE, calibration=CERTIFIED)
    promote(folder, "kept-1", why="the first", force=True)
    return folder


@pytest.fixture
def hub(tmp_path: Path, own: Path) -> Iterator[Town]:
    with serve(tmp_path, own) as town:
        yield town


def put(town: Town, seen: int | None = None, who: str = "admin", **body: Any) -> httpx.Response:
    sent = {
        "release": "kept-1",
        "seen": seen,
        "thresholds": {"tarnish": 0.52},
        "why": "fewer of these",
        **body,
    }
    return town.client(who).post("/v1/threshold-policies", json=sent)


def score(answer: httpx.Response) -> float:
    return float(answer.json()["photos"][0]["defects"][0]["score"])


def test_the_next_photo_is_judged_by_what_was_set_and_says_so(hub: Town) -> None:
    before = hub.send(tarnished())
    assert (before.json()["verdict"], before.json()["policy"]) == ("flag", None)
    made = put(hub, thresholds={"tarnish": 1.0}, force=True).json()
    assert made["thresholds"] == {"tarnish": 1.0}
    after = hub.send(tarnished(1)).json()
    assert (after["verdict"], after["policy"]) == ("pass", made["number"])
    # What was judged stays as it was judged.
    kept = hub.client("reviewer").get(f"/v1/inspections/{before.json()['id']}").json()
    assert (kept["verdict"], kept["policy"]) == ("flag", None)
    release = hub.client("artisan").get("/v1/release").json()
    assert (release["policy"], release["thresholds"]) == (made["number"], [1.0, 0.5])


def test_another_replica_on_the_same_ledger_judges_by_it_at_once(hub: Town, own: Path) -> None:
    put(hub, thresholds={"tarnish": 1.0}, force=True)
    with serve(hub.settings.data.parent, own, **_same_ledger(hub)) as other:
        assert other.send(tarnished(2)).json()["verdict"] == "pass"
        undone = other.client("admin").post("/v1/threshold-policies/1/undo", json={"why": "it was a try"})
        assert undone.status_code == 201
    assert hub.send(tarnished(3)).json()["verdict"] == "flag"


def _same_ledger(town: Town) -> dict[str, Any]:
    return {"database_url": town.settings.database_url, "photos_url": town.settings.photos_url}


def test_a_promise_is_broken_knowingly_or_not_at_all(hub: Town) -> None:
    refused = put(hub, thresholds={"tarnish": 0.6})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/promise")
    assert "at most 5% missed was promised; with 50 of 60 missed" in refused.json()["detail"]
    assert refused.json()["promise"]["lines"][0]["missed"] == 50
    assert hub.client("reviewer").get("/v1/threshold-policies").json()["policy"] is None
    forced = put(hub, thresholds={"tarnish": 0.6}, force=True).json()
    assert (forced["held"], forced["forced"]) == (False, True)
    now = hub.client("reviewer").get("/v1/threshold-policies").json()
    assert (now["policy"], now["promise"]["holds"]) == (forced["number"], False)
    shown = hub.client("reviewer").get("/v1/releases/kept-1").json()["thresholds_set"]
    assert (shown["number"], shown["holds"], shown["why"]) == (forced["number"], False, "fewer of these")
    line = hub.client("admin").get("/v1/audit").json()["items"][0]
    assert (line["action"], line["subject"], line["actor"]) == ("thresholds-set", "kept-1", "admin")
    assert line["facts"]["tarnish_was"] == "0.5"
    assert "was promised" in line["facts"]["forced_past"]


def test_undoing_is_another_event_and_only_of_what_is_in_force(hub: Town) -> None:
    first = put(hub).json()["number"]
    second = put(hub, first, thresholds={"tarnish": 0.53}).json()["number"]
    path = f"/v1/threshold-policies/{first}/undo"
    assert (
        hub.client("admin").post(path, json={"why": "too late"}).json()["type"] == "/problems/policy-unseen"
    )
    path = f"/v1/threshold-policies/{second}/undo"
    undone = hub.client("admin").post(path, json={"why": "as it was"}).json()
    assert (undone["undoes"], undone["thresholds"]) == (second, {"tarnish": 0.52})
    history = hub.client("engineer").get("/v1/threshold-policies").json()["history"]
    assert [one["number"] for one in history] == [undone["number"], second, first]
    assert (
        hub.client("admin").post("/v1/threshold-policies/999/undo", json={"why": "none"}).status_code == 404
    )


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({"seen": 7}, 409, "policy-unseen"),
        ({"release": "tiny-9"}, 409, "release-unseen"),
        ({"thresholds": {"dent": 0.5}}, 422, "invalid"),
        ({"thresholds": {"tarnish": 0.0}}, 422, "invalid"),
        ({"thresholds": {}}, 422, "invalid"),
        ({"why": "x"}, 422, "invalid"),
    ],
)
def test_what_cannot_be_set_is_refused(hub: Town, body: dict[str, Any], status: int, kind: str) -> None:
    answer = put(hub, **body)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{kind}")


def test_the_effect_is_shown_on_the_pieces_of_the_last_weeks(hub: Town) -> None:
    found = score(hub.send(tarnished(), piece="1"))
    flagged = [hub.send(tarnished(seed), piece=str(seed)).json()["id"] for seed in (2, 3)]
    hub.send(clean(4), piece="4")
    hub.review(flagged[0], "reject")
    hub.review(flagged[1], "accept")
    body = {"release": "kept-1", "thresholds": {"tarnish": min(1.0, found + 0.2)}, "weeks": 4}
    shown = hub.client("engineer").post("/v1/threshold-effects", json=body).json()
    assert (shown["pieces"], shown["flagged_before"], shown["flagged_after"]) == (4, 3, 0)
    removed = shown["removed"]
    assert (removed["pieces"], removed["decided"], removed["defective"]) == (3, 2, 1)
    assert removed["defective_expected"] == 1.5
    assert removed["defective_interval"][0] < 1.5 < removed["defective_interval"][1]
    assert (shown["reviews_a_week_before"], shown["reviews_a_week_after"]) == (0.75, 0.0)
    assert shown["added"]["defective_expected"] is None
    # Nothing was changed by it.
    assert hub.client("engineer").get("/v1/threshold-policies").json()["policy"] is None


def test_another_release_begins_with_its_own_thresholds(tmp_path: Path, own: Path) -> None:
    folder = Path(shutil.copytree(own, tmp_path / "releases"))
    write_tiny_bundle(folder / "kept-2", evidence=EVIDENCE, calibration=CERTIFIED)
    with serve(tmp_path, folder) as town:
        put(town, thresholds={"tarnish": 1.0}, force=True)
        promote(folder, "kept-2", why="the next", force=True)
        town.state.champion.refresh()
        answer = town.send(tarnished()).json()
        assert (answer["release"], answer["verdict"], answer["policy"]) == ("kept-2", "flag", None)
