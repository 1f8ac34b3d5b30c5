"""A good piece whose photo does not come out is never stuck: after the second retake a person decides it."""

import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.parts.photos import jpeg
from tests.parts.served import OTHER, OWN, Town, dark, drawn, tarnished
from tests.service.inspections.test_appeals import WEBM, contest, rate
from ubora.service.harvests.harvest import HarvestError, harvest

OF_PIECE = {"lot": "L", "piece": "1"}


def retake(town: Town, seed: int, **context: Any) -> dict[str, Any]:
    answer: dict[str, Any] = town.send(dark(seed), **{**OF_PIECE, **context}).json()
    assert answer["status"] == "retake"
    return answer


def twice(town: Town, **context: Any) -> dict[str, Any]:
    retake(town, 1, **context)
    return retake(town, 2, **context)


def kind(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


def audited(town: Town) -> list[tuple[str, str, str]]:
    lines = town.client("admin").get("/v1/audit").json()["items"]
    return [
        (one["action"], one["actor"], one["subject"]) for one in lines if one["action"].startswith("retake-")
    ]


def test_after_the_second_retake_a_piece_goes_to_a_person_who_sees_why_and_accepts_it(town: Town) -> None:
    first = retake(town, 1)
    assert (first["retakes"], first["may_go_to_person"]) == (1, False)
    assert kind(contest(town, first["id"], note="no")) == (409, "not-contestable")
    second = retake(town, 2)
    assert (second["retakes"], second["may_go_to_person"]) == (2, True)
    sent = contest(town, second["id"], note="It is always dark here", voice=WEBM)
    assert sent.status_code == 201
    (waiting,) = town.client("reviewer").get("/v1/inspections?status=pending&appeal=waiting").json()["items"]
    assert (waiting["id"], waiting["verdict"], waiting["retakes"]) == (second["id"], "retake", 2)
    assert "dark" in waiting["photos"][0]["faults"]
    assert rate(town) == (0, 0, 1, 0)
    assert town.review(second["id"], "accept", appeal=waiting["appeal"]["id"]).status_code == 201
    after = town.client("artisan").get(f"/v1/inspections/{second['id']}").json()
    assert (after["status"], after["appeal"]["outcome"]) == ("accepted", "overturned")
    assert rate(town) == (1, 1, 0, 1)
    assert audited(town) == [
        ("retake-decided", "reviewer", second["id"]),
        ("retake-to-person", "artisan", second["id"]),
    ]


@pytest.mark.parametrize(("disposition", "status"), [("rework", "rework"), ("reject", "rejected")])
def test_a_person_may_send_it_back_and_the_tries_begin_anew(
    town: Town, disposition: str, status: str
) -> None:
    piece = twice(town)["id"]
    contest(town, piece, note="look")
    assert town.review(piece, disposition).json()["status"] == status
    again = retake(town, 3)
    assert again["retakes"] == 1
    assert kind(contest(town, again["id"], note="look")) == (409, "not-contestable")
    assert contest(town, retake(town, 4)["id"], note="look").status_code == 201


def test_other_pieces_and_a_good_photo_between_are_no_second_try(town: Town) -> None:
    retake(town, 1)
    assert retake(town, 2, piece="2")["retakes"] == 1
    assert retake(town, 3, lot="M")["retakes"] == 1
    assert retake(town, 4, piece=None)["retakes"] == retake(town, 5, piece=None)["retakes"] == 1
    assert town.send(tarnished(), **OF_PIECE).json()["retakes"] == 0
    assert retake(town, 6)["retakes"] == 1


def test_an_older_photo_of_it_and_another_workshop_are_refused(town: Town) -> None:
    second, third = twice(town)["id"], retake(town, 3)
    assert third["retakes"] == 3
    assert kind(contest(town, second, note="look")) == (409, "superseded")
    assert kind(contest(town, third["id"], note="look", who="other")) == (404, "not-found")
    assert contest(town, third["id"], note="look").status_code == 201


def test_new_photos_give_no_fresh_tries_and_no_second_place_in_the_queue(town: Town) -> None:
    contest(town, twice(town)["id"], note="look")
    waiting = twice(town)
    assert kind(contest(town, waiting["id"], note="look")) == (409, "appeal-waiting")
    (first,) = town.client("reviewer").get("/v1/inspections?appeal=waiting").json()["items"]
    town.review(first["id"], "rework")
    assert contest(town, waiting["id"], note="look").status_code == 201
    town.review(waiting["id"], "rework")
    third = twice(town)["id"]
    assert contest(town, third, note="look").status_code == 201
    town.review(third, "rework")
    assert kind(contest(town, twice(town)["id"], note="look")) == (409, "appealed-enough")
    # What was decided on a photo that is not good enough is no way round it either.
    assert kind(contest(town, third, note="look")) == (409, "appealed-enough")


def test_a_retake_that_nobody_sent_is_not_reviewed_and_the_same_again_is_harmless(town: Town) -> None:
    piece, name = twice(town)["id"], uuid.uuid4()
    assert kind(town.review(piece, "accept")) == (409, "retake")
    assert [contest(town, piece, name=name, note="look").status_code for _ in range(2)] == [201, 200]
    assert len(audited(town)) == 1


def test_one_poor_photo_among_good_ones_is_enough_and_teaches_nothing(town: Town, tmp_path: Path) -> None:
    views: dict[str, Any] = {"views": ["front", "side"], **OF_PIECE}
    for seed in (1, 2):
        answer = town.send(jpeg(drawn(seed=seed)), dark(seed), **views).json()
    assert (answer["status"], answer["retakes"]) == ("retake", 2)
    contest(town, answer["id"], note="look")
    town.review(answer["id"], "accept")
    taught = harvest(town.settings, tmp_path / "harvest").manifest
    assert [sample.view for sample in taught] == ["front"]
    flagged = town.client("artisan").get(f"/v1/microfactories/{OWN}/summary").json()["flagged"]
    assert flagged == []
    other = {"who": "other", "microfactory": OTHER, **OF_PIECE}
    assert town.send(dark(9), **other).json()["retakes"] == 1


def test_a_harvest_of_poor_photos_alone_is_none(town: Town, tmp_path: Path) -> None:
    piece = twice(town)["id"]
    contest(town, piece, note="look")
    town.review(piece, "accept")
    with pytest.raises(HarvestError):
        harvest(town.settings, tmp_path / "harvest")
