"""A photo of a piece is compared with the approved photos of its own view, and the answer says where not."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from tests.parts.browser import Open, in_a_browser
from tests.parts.photos import jpeg
from tests.parts.served import Town, clean, drawn, parts, serve, tarnished
from tests.parts.tiny_comparing import write_comparing_bundle
from ubora.datasets.manifest import DatasetCard, Manifest, Sample, read_manifest, sample_id
from ubora.datasets.taxonomy import View
from ubora.models.inference.approved import APPROVED_LEVEL
from ubora.models.inference.inspector import Inspector
from ubora.models.registry.promotion import promote
from ubora.service.demo_orders import seed_approved
from ubora.service.harvests.harvest import harvest
from ubora.service.http.observe import Metrics
from ubora.service.inference.champion import Champion
from ubora.service.inference.standing_seen import ApprovedFile

APPROVED = "/v1/designs/disc/approved"


def green(seed: int = 0) -> bytes:
    """With a mark of no class that the tiny network knows."""
    return jpeg(drawn((40, 150, 60), seed=seed))


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("comparing")
    for name in ("comparing-1", "comparing-2"):
        write_comparing_bundle(folder / name)
    promote(folder, "comparing-1")
    return folder


@pytest.fixture
def town(tmp_path: Path, releases: Path) -> Iterator[Town]:
    with serve(tmp_path, releases) as running:
        yield running


def show(town: Town, *photos: bytes, **context: Any) -> httpx.Response:
    return town.client("engineer").put(APPROVED, files=parts(context, *photos))


def hashes(shown: httpx.Response) -> list[str]:
    return [url.rsplit("/", 1)[1] for url in shown.json()["approved_photos"]]


def test_a_photo_is_compared_with_the_approved_photos_of_its_view(town: Town) -> None:
    shown = show(town, green(1), clean(1), views=["front", "back"])
    assert shown.json()["approved_views"] == ["front", "back"]
    front, back = (town.send(green(2), views=[view]).json() for view in ("front", "back"))
    assert (front["verdict"], back["verdict"]) == ("pass", "flag")
    (defect,) = back["photos"][0]["defects"]
    assert defect["compared_with"]["approved_sha256"] == hashes(shown)[1]
    assert [one["beside_approved"]["same_view"] for one in (front, back)] == [True, True]
    # The distance is to the same photos as the places.
    assert front["beside_approved"]["distance"] < back["beside_approved"]["distance"]
    both = town.send(green(3), green(4), views=["back", "front"]).json()
    assert [len(photo["defects"]) for photo in both["photos"]] == [1, 0]


def test_a_view_without_an_approved_photo_is_compared_with_all_and_the_answer_says_so(town: Town) -> None:
    show(town, clean(1), green(1), views=["front", "back"])
    answer = town.send(green(2), views=["side"]).json()
    assert (answer["verdict"], answer["beside_approved"]["same_view"]) == ("pass", False)
    both = town.send(clean(2), clean(3), views=["front", "detail"]).json()
    assert both["beside_approved"]["same_view"] is False
    assert town.client("reviewer").get(f"/v1/inspections/{answer['id']}").json() == answer


def test_an_approved_photo_of_which_nobody_said_the_view_counts_for_every_view(town: Town) -> None:
    shown = show(town, clean(1), green(1), views=["front", None])
    assert shown.json()["approved_views"] == ["front", None]
    answers = [town.send(green(2), views=[view]).json() for view in ("front", "side")]
    assert [(one["verdict"], one["beside_approved"]["same_view"]) for one in answers] == [("pass", True)] * 2
    # Beside the front's own photos a clean one is as it should be; beside the one of no view it is not.
    clean_ones = [town.send(clean(2), views=[view]).json()["beside_approved"] for view in ("front", "side")]
    assert clean_ones[0]["distance"] < clean_ones[1]["distance"]


def test_nobody_need_say_a_view(town: Town) -> None:
    files = [("photo", ("photo.jpg", photo)) for photo in (clean(1), green(1))]
    silent = town.client("engineer").put(APPROVED, files=files)
    assert (silent.status_code, silent.json()["approved_views"]) == (200, [None, None])
    assert show(town, clean(1), green(1)).json() == silent.json()
    listed = town.client("artisan").get("/v1/designs").json()["items"]
    assert {item["id"]: item["approved_views"] for item in listed} == {"disc": [None, None], "free-disc": []}
    answer = town.send(green(2), views=["back"]).json()
    assert (answer["verdict"], answer["beside_approved"]["same_view"]) == ("pass", True)


def test_wrong_views_are_refused_in_words_and_what_was_there_stays(town: Town) -> None:
    kept = show(town, clean(1), views=["side"]).json()
    refused = [
        show(town, clean(2), views=["top"]),
        show(town, clean(2), views=["front", "back"]),
        show(town, clean(2), view="front"),
        town.send(clean(2), views=["top"]),
        town.send(clean(2), views=["front", "back"]),
    ]
    assert {(answer.status_code, answer.json()["type"]) for answer in refused} == {(422, "/problems/context")}
    top = "context.views.0: Value error, expected front, back, side or detail, found 'top'"
    two = "context.views: expected one a photo (1), found 2"
    unknown = "context.view: Extra inputs are not permitted"
    assert [answer.json()["detail"] for answer in refused] == [top, two, unknown, top, two]
    assert town.client("engineer").get("/v1/designs").json()["items"][0] == kept


def test_the_audit_names_views_where_somebody_said_them(town: Town) -> None:
    first = show(town, clean(1), clean(2)).json()["approved_views"]
    show(town, clean(1), clean(2), views=["front", None])
    show(town, clean(1), clean(2), views=["front", None])
    lines = town.client("admin").get("/v1/audit").json()["items"]
    facts = [line["facts"] for line in lines if line["action"] == "design-photos"]
    assert first == [None, None]
    assert facts[0] == {"name": "Disc", "views": "front, not said", "views_was": ""}
    assert len(facts) == 2
    assert "views" not in facts[1]


def test_a_detail_may_leave_the_border_of_the_piece_outside(town: Town) -> None:
    whole = drawn(width=480, height=360)
    close = jpeg(whole[90:270, 110:370].copy())
    refused, shown = show(town, close, views=["front"]), show(town, close, views=["detail"])
    assert (refused.status_code, shown.status_code) == (422, 200)


def test_every_set_of_photos_has_one_bank_a_release(releases: Path, tmp_path: Path) -> None:
    files = []
    for name, view, data in (("a", "front", clean(1)), ("b", "back", green(1)), ("c", None, clean(2))):
        path = tmp_path / f"{name}.jpg"
        path.write_bytes(data)
        files.append(ApprovedFile(name, view, path))
    champion = Champion(releases, Metrics())
    champion.refresh()
    inspector = champion.serving()
    front, back, side, detail = (
        champion.approved(inspector, files, view) for view in ("front", "back", "side", "detail")
    )
    assert [one.sha256s for one in (front, back, side)] == [("a", "c"), ("b", "c"), ("c",)]
    assert [len(one.seen) for one in (front, back, side)] == [2, 2, 1]
    assert front.seen[1] is back.seen[1]
    banks = [one.bank for one in (front, back, side, detail)]
    assert [bank and bank.photos for bank in banks] == [2, 2, 1, 1]
    assert banks[2] is banks[3]
    assert champion.approved(inspector, files, "front").bank is banks[0]
    fallen_back = champion.approved(inspector, files[:2], "side")
    assert (fallen_back.sha256s, fallen_back.same_view) == (("a", "b"), False)
    other = Inspector.load(releases / "comparing-2")
    renewed = champion.approved(other, files, "front").bank
    assert renewed is not None
    assert renewed.release == "comparing-2"
    assert champion.approved(inspector, [], "front").same_view


def test_a_harvest_takes_the_views_along(town: Town, tmp_path: Path) -> None:
    show(town, clean(1), clean(2), views=["side", None])
    town.review(town.send(tarnished()).json()["id"], "reject")
    harvest(town.settings, tmp_path / "out")
    views = [sample.view for sample in read_manifest(tmp_path / "out") if sample.approved_sample]
    assert sorted(map(str, views)) == ["None", "side"]


@in_a_browser
def test_the_console_shows_the_view_of_an_approved_photo_where_it_is_known(
    town: Town, open_page: Open
) -> None:
    show(town, clean(1), clean(2), views=["side", None])
    town.send(tarnished())
    page = open_page("console", "reviewer")
    shown = page.locator("#panel-body .approved-photos")
    expect(shown.locator("img")).to_have_count(2)
    expect(shown.locator("figcaption")).to_have_text(["side"])


def test_the_demonstration_gives_its_approved_photos_their_own_views(town: Town, tmp_path: Path) -> None:
    views: tuple[View | None, ...] = ("side", "front", None, "back")
    files = {f"{number}.jpg": clean(number) for number, _ in enumerate(views)}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    samples = [
        Sample(
            file_name=name,
            sample_id=sample_id(data),
            piece_id="one" if view else "two",
            design="another-disc" if view == "back" else "drawn-disc",
            material="brass",
            category="pendant",
            view=view,
            defects=(),
            variance=APPROVED_LEVEL,
            source="rendered",
            approved_sample=view is not None,
        )
        for (name, data), view in zip(files.items(), views, strict=True)
    ]
    card = DatasetCard(name="drawn", description="drawn", source="a test")
    seed_approved(town.state, Manifest(tmp_path, card, samples), {"drawn-disc": "disc"})
    shown = town.client("artisan").get("/v1/designs").json()["items"][0]
    assert shown["approved_views"] == ["side", "front"]
