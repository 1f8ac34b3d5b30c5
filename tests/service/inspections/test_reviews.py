"""Reviews: append-only, idempotent, the last one counts, none is replaced unseen, a correction must fit."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.parts.served import Town, clean, dark, tarnished


@pytest.fixture(scope="module")
def flagged(shared_town: Town) -> str:
    return str(shared_town.send(tarnished()).json()["id"])


def test_a_review_decides_and_is_shown_with_its_reviewer(town: Town) -> None:
    inspection = town.send(tarnished()).json()["id"]
    correction = {"photo": 0, "defect": "dent", "severity": "major", "box": [10, 20, 30, 40]}
    response = town.review(inspection, "rework", defects=[correction], variance=2, note="polish it")
    answer = response.json()
    assert (response.status_code, answer["status"], answer["verdict"]) == (201, "rework", "flag")
    review = answer["review"]
    assert (review["reviewer"], review["note"], review["variance"]) == ("reviewer", "polish it", 2)
    assert review["defects"] == [correction | {"mask": None}]
    assert town.client("artisan").get(f"/v1/inspections/{inspection}").json() == answer


def test_the_last_review_counts_and_the_earlier_ones_stay_in_the_ledger(town: Town) -> None:
    inspection = town.send(tarnished()).json()["id"]
    town.review(inspection, "reject")
    last = town.review(inspection, "accept", defects=[]).json()
    assert (last["status"], last["review"]["defects"]) == ("accepted", [])
    with town.state.ledger.read() as session:
        rows = session.connection().exec_driver_sql("SELECT disposition FROM reviews ORDER BY number").all()
    assert [row[0] for row in rows] == ["reject", "accept"]


def test_the_same_review_sent_again_is_200_and_another_under_its_uuid_is_409(town: Town) -> None:
    inspection, other = town.send(tarnished()).json()["id"], town.send(clean()).json()["id"]
    name = uuid.uuid4()
    client, path = town.client("reviewer"), f"/v1/inspections/{inspection}/reviews/{name}"
    body = {"disposition": "rework", "note": "x"}
    statuses = [
        client.put(path, json=body).status_code,
        client.put(path, json=body | {"defects": None}).status_code,
        client.put(path, json=body | {"note": "y"}).status_code,
        client.put(path, json=body | {"defects": []}).status_code,
        client.put(f"/v1/inspections/{other}/reviews/{name}", json=body).status_code,
    ]
    assert statuses == [201, 200, 409, 409, 409]
    # What was seen is not what is said: the repeat of a page that looked again meanwhile is a repeat.
    assert client.put(path, json=body | {"after": str(name)}).status_code == 200


def test_the_same_review_many_times_at_once_is_stored_once(town: Town) -> None:
    inspection, name = town.send(tarnished()).json()["id"], uuid.uuid4()
    start = threading.Barrier(6)

    def put(_: int) -> httpx.Response:
        start.wait()
        path = f"/v1/inspections/{inspection}/reviews/{name}"
        return town.client("reviewer").put(path, json={"disposition": "accept"})

    with ThreadPoolExecutor(6) as pool:
        statuses = sorted(answer.status_code for answer in pool.map(put, range(6)))
    assert statuses == [200] * 5 + [201]


def test_a_second_decision_that_does_not_name_the_first_is_refused_and_told_of_it(town: Town) -> None:
    inspection = town.send(tarnished()).json()["id"]
    wanjiku, njeri = town.log_in("Wanjiku"), town.log_in("Njeri")
    path = f"/v1/inspections/{inspection}"
    # Both have it open as it came; the first rejects it, the second accepts it a moment later.
    rejected = wanjiku.put(
        f"{path}/reviews/{uuid.uuid4()}", json={"disposition": "reject", "note": "A stain."}
    )
    first = rejected.json()["review"]
    for unseen in ({}, {"after": None}, {"after": str(uuid.uuid4())}):
        stale = njeri.put(f"{path}/reviews/{uuid.uuid4()}", json={"disposition": "accept", **unseen})
        problem = stale.json()
        assert (stale.status_code, problem["type"]) == (409, "/problems/review-unseen")
        assert problem["review"] == first
        assert problem["detail"].startswith("Wanjiku rejected it at ")
    assert njeri.get(path).json()["status"] == "rejected"
    knowingly = {"disposition": "accept", "after": first["id"]}
    assert njeri.put(f"{path}/reviews/{uuid.uuid4()}", json=knowingly).json()["status"] == "accepted"
    # What the first saw is not what counts any more, and her own repeat is still a repeat.
    again = wanjiku.put(
        f"{path}/reviews/{uuid.uuid4()}", json={"disposition": "reject", "after": first["id"]}
    )
    assert (again.status_code, again.json()["review"]["reviewer"]) == (409, "Njeri")
    repeat = wanjiku.put(f"{path}/reviews/{first['id']}", json={"disposition": "reject", "note": "A stain."})
    assert (repeat.status_code, repeat.json()["review"]["reviewer"]) == (200, "Njeri")


def test_a_review_after_one_that_never_was_is_refused(town: Town) -> None:
    inspection = town.send(tarnished()).json()["id"]
    response = town.review(inspection, "accept", after=str(uuid.uuid4()))
    assert (response.status_code, response.json()["review"]) == (409, None)


def test_of_many_who_saw_the_same_and_decide_at_once_one_decides_and_the_others_hear_of_it(
    town: Town,
) -> None:
    inspection = town.send(tarnished()).json()["id"]
    start = threading.Barrier(6)

    def put(number: int) -> httpx.Response:
        client, name = town.client("reviewer"), uuid.uuid4()
        body = {"disposition": ("accept", "rework", "reject")[number % 3]}
        start.wait()
        return client.put(f"/v1/inspections/{inspection}/reviews/{name}", json=body)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(put, range(6)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    (decided,) = (answer.json()["review"] for answer in answers if answer.status_code == 201)
    assert [one.json()["review"] for one in answers if one.status_code == 409] == [decided] * 5


def test_a_passed_piece_may_be_reviewed_as_an_audit(town: Town) -> None:
    inspection = town.send(clean()).json()["id"]
    assert town.review(inspection, "reject").json()["status"] == "rejected"


def test_a_photo_to_be_taken_again_is_not_reviewed(town: Town) -> None:
    inspection = town.send(dark()).json()["id"]
    response = town.review(inspection, "reject")
    assert (response.status_code, response.json()["type"]) == (409, "/problems/retake")


def test_a_review_of_no_inspection_is_404(shared_town: Town) -> None:
    assert shared_town.review(str(uuid.uuid4()), "accept").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"disposition": "pass"},
        {"disposition": "accept", "variance": 6},
        {"disposition": "accept", "colour": "gold"},
        {"disposition": "rework", "defects": [{"photo": 0, "defect": "ugly"}]},
        {"disposition": "rework", "defects": [{"photo": 1, "defect": "dent"}]},
        {"disposition": "rework", "defects": [{"defect": "dent", "severity": "tiny"}]},
        {"disposition": "rework", "defects": [{"defect": "dent", "box": [0, 0, 0, 5]}]},
        {"disposition": "rework", "defects": [{"defect": "dent", "box": [300, 0, 50, 5]}]},
        {"disposition": "rework", "defects": [{"defect": "dent", "box": [0, 0, 5]}]},
        {"disposition": "rework", "note": "x" * 2001},
    ],
)
def test_a_review_that_does_not_fit_is_refused_and_changes_nothing(
    shared_town: Town, flagged: str, body: dict[str, object]
) -> None:
    path = f"/v1/inspections/{flagged}"
    response = shared_town.client("reviewer").put(f"{path}/reviews/{uuid.uuid4()}", json=body)
    assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")
    assert shared_town.client("reviewer").get(path).json()["status"] == "pending"
