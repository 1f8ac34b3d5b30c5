"""Corrective actions over HTTP: opened, told, answered, watched, closed; and what each side reads."""

import csv
import io
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.parts.served import OTHER, OWN, Town, serve
from tests.service.corrective.following import (
    ACTIONS,
    VOICE,
    confirmed_piece,
    good_piece,
    open_one,
    opened,
    say,
    seen_by,
    step,
    told,
)


def steps(action: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    return [(one["step"], one["side"], one["by"]) for one in action["steps"]]


def listed(town: Town, who: str, **how: str) -> list[str]:
    return [one["id"] for one in town.client(who).get(ACTIONS, params=how).json()["items"]]


def test_a_course_from_opening_to_its_end_stands_step_by_step_with_who_and_why(town: Town) -> None:
    action = told(town)
    assert say(town, action, phrases=["care"], note="in a dry box").status_code == 201
    assert step(town, action, "watched").json()["state"] == "watched"
    done = step(town, action, "effective", "none of five", who="admin").json()
    assert (done["state"], steps(done)) == (
        "closed",
        [
            ("opened", "hub", "reviewer"),
            ("told", "hub", "reviewer"),
            ("answered", "workshop", "artisan"),
            ("watched", "hub", "reviewer"),
            ("effective", "hub", "admin"),
        ],
    )
    notes = [one["note"] for one in done["steps"]]
    assert notes == ["three this week", "Keep finished pieces dry.", "in a dry box", "", "none of five"]


def test_a_workshop_hears_of_it_when_it_is_told_and_of_nobody_at_the_hub(town: Town) -> None:
    action = opened(town)
    path = f"{ACTIONS}/{action['id']}"
    assert (town.client("artisan").get(path).status_code, listed(town, "artisan")) == (404, [])
    assert step(town, action, "told", "Keep them dry.").status_code == 201
    hers = seen_by(town, "artisan", action)
    assert steps(hers) == [("opened", "hub", None), ("told", "hub", None)]
    assert [one["note"] for one in hers["steps"]] == ["", "Keep them dry."]
    assert (hers["may"], listed(town, "artisan")) == (["answered"], [action["id"]])
    assert (town.client("other").get(path).status_code, listed(town, "other")) == (404, [])
    assert town.client("other").get(ACTIONS, params={"microfactory": OWN}).status_code == 404
    # An engineer looks on.
    assert seen_by(town, "engineer", action)["may"] == []


def test_the_same_sent_twice_is_stored_once_and_another_under_its_uuid_is_refused(town: Town) -> None:
    name, answer, watched = (str(uuid.uuid4()) for _ in range(3))
    codes = [open_one(town, name=name, tell="dry").status_code for _ in range(2)]
    codes += [say(town, {"id": name}, name=answer, note="a box", voice=VOICE).status_code for _ in range(2)]
    after = seen_by(town, "reviewer", {"id": name})["last"]
    codes += [step(town, {"id": name}, "watched", name=watched, after=after).status_code for _ in range(2)]
    assert codes == [201, 200] * 3
    assert len(seen_by(town, "reviewer", {"id": name})["steps"]) == 4
    refused = [
        open_one(town, name=name, why="another"),
        say(town, {"id": name}, name=answer, note="a bag"),
        step(town, {"id": name}, "dropped", "no", name=watched),
    ]
    assert [(one.status_code, one.json()["type"]) for one in refused] == [(409, "/problems/conflict")] * 3


def test_a_step_that_may_not_follow_or_did_not_see_the_last_one_is_refused(town: Town) -> None:
    action = told(town)
    first = action["steps"][0]["id"]
    found = [
        step(town, action, "watched"),
        step(town, action, "effective", "early"),
        step(town, action, "dropped", "unseen", after=first),
        step(town, action, "dropped"),
    ]
    types = [(one.status_code, one.json()["type"].rsplit("/", 1)[1]) for one in found]
    assert types == [
        (409, "course-step"),
        (409, "course-step"),
        (409, "course-unseen"),
        (422, "corrective-action"),
    ]
    assert step(town, action, "dropped", "it was the light").status_code == 201
    late = say(town, action)
    assert (late.status_code, late.json()["type"]) == (409, "/problems/course-step")


def test_a_mistake_is_undone_by_another_step_and_stays_on_record(town: Town) -> None:
    action = told(town)
    say(town, action)
    step(town, action, "watched")
    step(town, action, "effective", "a slip of the hand")
    undone = step(town, action, "undone").json()
    assert (undone["state"], [one["undone"] for one in undone["steps"]]) == (
        "watched",
        [False, False, False, False, True, False],
    )
    assert step(town, action, "undone").json()["state"] == "answered"
    # What she said is not the hub's to undo.
    assert step(town, action, "undone").status_code == 409


def test_one_defect_of_a_workshop_is_followed_once_at_a_time(town: Town) -> None:
    action = opened(town)
    second = open_one(town)
    assert (second.status_code, second.json()["action"]) == (409, action["id"])
    assert open_one(town, defect="dent").status_code == 201
    assert open_one(town, microfactory=OTHER).status_code == 201
    step(town, action, "dropped", "by mistake")
    assert open_one(town).status_code == 201
    # The first one cannot come back beside it.
    assert [step(town, action, name, "again").status_code for name in ("reopened", "undone")] == [409, 409]


def test_it_is_not_opened_of_what_is_no_workshop_no_piece_of_it_or_with_no_reason(town: Town) -> None:
    foreign = good_piece(town, 1, microfactory=OTHER, who="other")
    found = [
        open_one(town, microfactory="mf-none"),
        open_one(town, inspection=foreign),
        open_one(town, why=""),
        open_one(town, watch=1),
        open_one(town, defect="Two words"),
    ]
    assert [one.status_code for one in found] == [422] * 5
    assert town.client("admin").delete(f"/v1/microfactories/{OWN}").status_code == 200
    assert open_one(town).status_code == 422


def test_an_answer_says_something_and_its_voice_is_heard_by_the_hub_and_her(town: Town) -> None:
    action = told(town)
    empty = say(town, action, note="  ")
    assert (empty.status_code, empty.json()["type"]) == (422, "/problems/empty-answer")
    assert say(town, action, phrases=["magic"]).status_code == 422
    assert say(town, action, voice=b"no sound at all").status_code == 415
    assert say(town, action, who="reviewer").status_code == 403
    assert say(town, action, note="", voice=VOICE).status_code == 201
    url = seen_by(town, "reviewer", action)["steps"][-1]["voice_url"]
    heard = {who: town.client(who).get(url) for who in ("reviewer", "artisan", "other")}
    assert {who: answer.status_code for who, answer in heard.items()} == {
        "reviewer": 200,
        "artisan": 200,
        "other": 404,
    }
    assert heard["reviewer"].content == VOICE


def test_what_was_said_by_word_of_mouth_is_noted_by_the_hub(town: Town) -> None:
    action = told(town)
    noted = step(town, action, "answered", "she uses a dry box now").json()
    assert (noted["state"], noted["steps"][-1]["side"], noted["effect"]["came"]) == ("answered", "hub", 0)


def test_the_effect_counts_pieces_that_were_made_after_her_answer(town: Town) -> None:
    for seed in range(3):
        confirmed_piece(town, seed, lot="L", piece=str(seed))
    good_piece(town, 0, lot="L", piece="0")  # mended; how it was made stays
    good_piece(town, 3)
    action = told(town)
    assert seen_by(town, "artisan", action)["effect"] is None
    say(town, action)
    good_piece(town, 1, lot="L", piece="1")  # made before, and mended now
    confirmed_piece(town, 10)
    for seed in (11, 12):
        good_piece(town, seed)
    effect = step(town, action, "watched").json()["effect"]
    counts = {name: (effect[name]["found"], effect[name]["of"]) for name in ("before", "after")}
    assert counts == {"before": (3, 4), "after": (1, 3)}
    assert (effect["came"], effect["by_people"], effect["whole"], effect["compared"]) == (
        3,
        1,
        False,
        "untold",
    )
    for seed in (13, 14, 15):
        good_piece(town, seed)
    effect = seen_by(town, "reviewer", action)["effect"]
    # Five are watched, and the sixth is not.
    assert (effect["after"]["found"], effect["after"]["of"], effect["whole"]) == (1, 5, True)


def test_her_own_pieces_are_shown_with_the_marks_that_count(town: Town) -> None:
    box = [10.0, 20.0, 30.0, 40.0]
    pieces = [confirmed_piece(town, seed) for seed in range(4)]
    corrected = [{"photo": 0, "defect": "tarnish", "box": box}, {"photo": 0, "defect": "dent", "box": box}]
    assert town.review(pieces[0], "reject", defects=corrected).status_code == 201
    action = told(town, inspection=pieces[0])
    hers = seen_by(town, "artisan", action)["examples"]
    assert [one["inspection"] for one in hers] == [pieces[3], pieces[2], pieces[1]]
    assert (len(hers[0]["marks"]), hers[0]["material"]) == (1, "brass")
    for piece in pieces[1:]:
        assert town.review(piece, "accept").status_code == 201
    (shown,) = seen_by(town, "artisan", action)["examples"]
    assert (shown["inspection"], shown["marks"]) == (pieces[0], [box])
    assert town.client("artisan").get(shown["photo_url"]).status_code == 200


@pytest.mark.parametrize(
    ("show", "expected"),
    [
        ("open", ["bent", "dent", "crack", "chip"]),
        ("hub", ["dent", "chip"]),
        ("waiting", ["crack"]),
        ("watched", ["bent"]),
        ("closed", ["rough"]),
    ],
)
def test_the_list_shows_what_is_asked_for_the_last_opened_first(
    shared_town: Town, show: str, expected: list[str]
) -> None:
    reviewer = shared_town.client("reviewer")
    if not listed(shared_town, "reviewer"):
        opened(shared_town, defect="chip")
        told(shared_town, defect="crack")
        say(shared_town, told(shared_town, defect="dent"))
        for defect, closed in (("bent", False), ("rough", True)):
            action = told(shared_town, defect=defect)
            say(shared_town, action)
            step(shared_town, action, "watched")
            assert not closed or step(shared_town, action, "dropped", "moved").status_code == 201
    items = reviewer.get(ACTIONS, params={"show": show}).json()["items"]
    assert [one["defect"] for one in items] == expected
    first = reviewer.get(ACTIONS, params={"show": show, "limit": 1}).json()
    assert [one["defect"] for one in first["items"]] == expected[:1]
    assert (first["next_cursor"] is None) == (len(expected) == 1)


def test_an_answer_that_is_late_is_said_until_it_comes_or_she_is_told_again(
    tmp_path: Path, releases: Path
) -> None:
    ahead = timedelta(0)
    with serve(tmp_path, releases, clock=lambda: datetime.now(UTC) + ahead) as town:
        action = told(town, days=2)
        assert seen_by(town, "artisan", action)["overdue"] is False
        ahead = timedelta(days=2, hours=1)
        assert seen_by(town, "reviewer", action)["overdue"] is True
        assert step(town, action, "told", "And now?").json()["overdue"] is False
        ahead = timedelta(days=5)
        say(town, action)
        assert seen_by(town, "reviewer", action)["overdue"] is False


def test_a_spreadsheet_gets_one_line_an_action_and_no_formula(town: Town) -> None:
    action = told(town)
    say(town, action)
    opened(town, defect="dent", why="=1+1")
    answer = town.client("reviewer").get(ACTIONS, params={"format": "csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["defect"], row["state"], row["opened_by"], row["decided"]) for row in rows] == [
        ("dent", "opened", "reviewer", ""),
        ("tarnish", "answered", "reviewer", "0"),
    ]
