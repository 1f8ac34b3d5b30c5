"""Inspections over HTTP: verdicts, sending twice, conflicts, pages."""

import json
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.parts.photos import jpeg
from tests.parts.served import OTHER, OWN, Town, clean, context_of, dark, drawn, parts, serve, tarnished


def test_a_clean_piece_passes_without_reasons(town: Town) -> None:
    answer = town.send(clean(), lot="A", piece="1", taken_at="2026-11-23T17:00:00+03:00").json()
    assert (answer["verdict"], answer["status"], answer["reasons"]) == ("pass", "passed", [])
    assert answer["taken_at"] == "2026-11-23T14:00:00Z"
    assert answer["variance"]["level"] == 3
    assert answer["release"] == "tiny-1"


def test_a_defect_is_flagged_with_its_place_in_the_photo(town: Town) -> None:
    response = town.send(tarnished())
    answer = response.json()
    assert (response.status_code, answer["verdict"], answer["status"]) == (201, "flag", "pending")
    (defect,) = answer["photos"][0]["defects"]
    assert defect["defect"] == "tarnish"
    x, y, width, height = defect["box"]
    # The mark is drawn at 80, 60 with a side of 53; the tiny network's cells are 20 pixels wide.
    assert (abs(x - 80) <= 20, abs(y - 60) <= 20, width <= 80, height <= 80) == (True, True, True, True)


def test_a_dark_photo_is_a_retake_with_one_instruction(town: Town) -> None:
    answer = town.send(dark()).json()
    assert (answer["verdict"], answer["status"]) == ("retake", "retake")
    assert answer["instruction"] == answer["reasons"][0]
    assert "dark" in answer["photos"][0]["faults"]


def test_a_close_view_of_a_part_may_leave_the_rest_of_the_piece_outside(town: Town) -> None:
    close = jpeg(drawn()[60:180, 70:250])
    front, detail = (town.send(close, views=[view]).json() for view in ("front", "detail"))
    assert (front["verdict"], front["photos"][0]["faults"]) == ("retake", ["cut_off"])
    assert (detail["verdict"], detail["photos"][0]["faults"]) == ("pass", [])


def test_variance_outside_the_designs_range_is_flagged_and_is_no_defect(town: Town) -> None:
    answer = town.send(clean(), design="free-disc").json()
    assert (answer["verdict"], answer["variance"]["in_range"]) == ("flag", False)
    assert answer["photos"][0]["defects"] == []
    assert answer["reasons"] == ["variance level 3, the design approves 4 to 5; not a defect"]


def test_of_several_photos_a_retake_comes_before_a_flag_and_a_flag_before_a_pass(town: Town) -> None:
    flagged = town.send(clean(), tarnished(), views=["front", "back"]).json()
    again = town.send(tarnished(), dark()).json()
    assert (flagged["verdict"], again["verdict"]) == ("flag", "retake")
    assert flagged["reasons"][0].startswith("photo 2: ")
    assert [photo["view"] for photo in flagged["photos"]] == ["front", "back"]


def test_photo_and_heatmap_are_served_in_the_photos_shape(town: Town) -> None:
    answer = town.send(tarnished()).json()
    photo = town.client("artisan").get(answer["photos"][0]["photo_url"])
    heatmap = town.client("artisan").get(answer["photos"][0]["heatmap_url"])
    assert (photo.headers["content-type"], heatmap.headers["content-type"]) == ("image/jpeg", "image/png")
    width, height = (int.from_bytes(heatmap.content[at : at + 4], "big") for at in (16, 20))
    assert abs(width / height - 320 / 240) < 0.05
    assert town.client("artisan").get(answer["photos"][0]["photo_url"][:-1] + "7").status_code == 404


def test_the_same_sent_again_is_answered_200_with_the_stored_answer(town: Town) -> None:
    name = str(uuid.uuid4())
    first = town.send(clean(), name=name, taken_at="2026-11-23T17:00:00+03:00")
    # Another spelling of the same context is the same.
    again = town.send(clean(), name=name, views=["front"], taken_at="2026-11-23T14:00:00Z")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()


def test_the_same_uuid_with_another_photo_or_context_is_a_conflict(town: Town) -> None:
    name = str(uuid.uuid4())
    first = town.send(clean(), name=name)
    other_photo, other_context = town.send(clean(1), name=name), town.send(clean(), name=name, piece="2")
    assert [other_photo.status_code, other_context.status_code] == [409, 409]
    assert other_photo.json()["type"] == "/problems/conflict"
    assert town.client("artisan").get(f"/v1/inspections/{name}").json() == first.json()


def test_the_same_sent_many_times_at_once_is_stored_once_and_always_acknowledged(town: Town) -> None:
    name, start = str(uuid.uuid4()), threading.Barrier(8)

    def send(_: int) -> httpx.Response:
        start.wait()
        return town.send(tarnished(), name=name, lot="A", piece="1")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.text for answer in answers}) == 1
    assert len(town.client("artisan").get("/v1/inspections").json()["items"]) == 1


def test_two_processes_that_store_the_same_inspection_both_find_one_row(
    tmp_path: Path, releases: Path
) -> None:
    # The second has the same data folder, and tokens of its own.
    with (
        serve(tmp_path, releases) as one,
        serve(tmp_path, releases) as two,
        ThreadPoolExecutor(2) as pool,
    ):
        for _ in range(5):
            name = str(uuid.uuid4())
            answers = list(pool.map(lambda town, name=name: town.send(clean(), name=name), (one, two)))
            assert sorted(answer.status_code for answer in answers) == [200, 201]
            assert answers[0].text == answers[1].text


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"design": "no-such"}, "context.design"),
        ({"microfactory": "no such"}, "context.microfactory"),
        ({"views": ["front", "back"]}, "context.views"),
        ({"views": ["top"]}, "context.views.0"),
        ({"taken_at": "2026-11-23T14:00:00"}, "context.taken_at"),
        ({"taken_at": "0001-01-01T00:00:00+14:00"}, "context.taken_at"),
        ({"piece": "x" * 65}, "context.piece"),
        ({"colour": "gold"}, "context.colour"),
    ],
)
def test_a_wrong_context_is_refused_by_name_and_nothing_is_stored(
    town: Town, changed: dict[str, Any], named: str
) -> None:
    response = town.send(clean(), **changed)
    assert response.status_code == 422
    assert named in response.json()["detail"]
    assert list((town.settings.data / "photos").iterdir()) == []
    assert town.client("admin").get("/v1/inspections").json()["items"] == []


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ([("context", (None, json.dumps(context_of())))], 422),
        ([("photo", ("a.jpg", b"x"))], 422),
        (parts(context_of(), *[b"x"] * 7), 422),
        ([*parts(context_of(), b"x"), ("extra", (None, "1"))], 422),
        ([("context", (None, "{")), ("photo", ("a.jpg", b"x"))], 422),
        ([("context", (None, '{"design": "\\ud800"}')), ("photo", ("a.jpg", b"x"))], 422),
    ],
)
def test_parts_that_are_not_expected_are_refused(
    shared_town: Town, files: list[tuple[str, object]], status: int
) -> None:
    response = shared_town.client("artisan").put(f"/v1/inspections/{uuid.uuid4()}", files=files)  # type: ignore[arg-type]
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"


def test_a_body_that_is_no_multipart_or_is_cut_off_is_refused(shared_town: Town) -> None:
    client, path = shared_town.client("artisan"), f"/v1/inspections/{uuid.uuid4()}"
    as_text = client.put(path, content=b"{}", headers={"content-type": "text/plain"})
    kind = {"content-type": "multipart/form-data; boundary=abc"}
    cut = client.put(
        path, content=b'--abc\r\nContent-Disposition: form-data; name="photo"\r\n\r\nxy', headers=kind
    )
    garbage = client.put(path, content=b"garbage", headers=kind)
    assert [as_text.status_code, cut.status_code, garbage.status_code] == [415, 400, 400]


def test_pages_are_complete_and_without_repeats_while_new_ones_arrive(town: Town) -> None:
    before = [town.send(clean(number)).json()["id"] for number in range(7)]
    client = town.client("reviewer")
    seen: list[str] = []
    cursor: str | None = None
    for number in range(100, 110):
        page = client.get("/v1/inspections", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))
        seen += [item["id"] for item in page.json()["items"]]
        cursor = page.json()["next_cursor"]
        if cursor is None:
            break
        town.send(clean(number))
    assert seen == before[::-1]


def test_the_list_is_filtered_by_what_is_asked_for(town: Town) -> None:
    town.send(clean(), lot="A", piece="1")
    flagged = town.send(tarnished(), lot="B", piece="2").json()["id"]
    other = town.send(clean(1), who="other", microfactory=OTHER, lot="B").json()["id"]
    client = town.client("reviewer")

    def ids(**query: str) -> list[str]:
        return [item["id"] for item in client.get("/v1/inspections", params=query).json()["items"]]

    assert ids(status="pending") == ids(verdict="flag") == [flagged]
    assert ids(lot="B") == [other, flagged]
    assert ids(lot="B", microfactory=OWN) == [flagged]
    assert ids(design="free-disc") == []


@pytest.mark.parametrize(
    "cursor", ["x", "AAAA", "////", "MjAyNi0xMS0yMwphYmM", "MDAwMS0wMS0wMVQwMDowMDowMCsxNDowMApi", "é"]
)
def test_a_cursor_of_somebodys_own_making_is_refused(shared_town: Town, cursor: str) -> None:
    response = shared_town.client("reviewer").get("/v1/inspections", params={"cursor": cursor})
    assert (response.status_code, response.json()["type"]) == (422, "/problems/bad-cursor")


def test_a_full_queue_answers_503_with_retry_after_and_nothing_is_lost(
    tmp_path: Path, releases: Path
) -> None:
    with serve(tmp_path, releases, workers=1, queue_limit=1) as town, ThreadPoolExecutor(16) as pool:
        names = [str(uuid.uuid4()) for _ in range(32)]
        answers = list(pool.map(lambda name: town.send(tarnished(), name=name), names))
        refused = [answer for answer in answers if answer.status_code == 503]
        assert {answer.status_code for answer in answers} == {201, 503}
        assert {answer.headers["retry-after"] for answer in refused} == {"3"}
        stored = town.client("reviewer").get("/v1/inspections", params={"limit": 200}).json()["items"]
        assert len(stored) == len(answers) - len(refused)
