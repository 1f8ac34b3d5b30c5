"""Which accepted pieces may stand for a design, and how many."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.parts.served import DESIGN, OTHER, OWN, Town, clean, serve, tarnished
from tests.parts.standing import (
    ACCEPTED,
    DENT,
    accepted_by_two,
    change,
    comparing_releases,
    contest,
    judge,
    put,
    show,
)
from ubora.models.inference.bank import MOST_PHOTOS
from ubora.service.designs.standing import MOST_OF_A_WORKSHOP


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return comparing_releases(tmp_path_factory.mktemp("comparing"))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, releases: Path) -> Iterator[Town]:
    """For pieces that may not stand, and so change nothing for one another."""
    with serve(tmp_path_factory.mktemp("town"), releases) as running:
        yield running


@pytest.fixture
def town(tmp_path: Path, releases: Path) -> Iterator[Town]:
    with serve(tmp_path, releases) as running:
        show(running, clean(1))
        yield running


# Each makes a piece that lacks one thing, and says what is found.


def of_another_design(town: Town) -> tuple[str, str]:
    town.client("engineer").put("/v1/designs/ring", json=DESIGN.model_dump())
    show(town, clean(1), design="ring")
    return accepted_by_two(town, clean(), design="ring"), "a piece of ring"


def accepted_twice_by_one(town: Town) -> tuple[str, str]:
    piece = str(town.send(clean()).json()["id"])
    for _ in range(2):
        judge(town, piece, town.log_in("Wanjiku"))
    return piece, "Wanjiku"


def accepted_by_one_with_a_token_of_her_own(town: Town) -> tuple[str, str]:
    piece = str(town.send(clean()).json()["id"])
    made = town.client("admin").post("/v1/tokens", json={"role": "reviewer", "label": "wanjiku"}).json()
    by_token = town.client(None)
    by_token.headers["Authorization"] = f"Bearer {made['token']}"
    for client in (town.log_in("Wanjiku"), by_token):
        judge(town, piece, client)
    return piece, "Wanjiku, wanjiku"


def judged_otherwise_by_one(town: Town) -> tuple[str, str]:
    piece = str(town.send(clean()).json()["id"])
    judge(town, piece, town.log_in("Wanjiku"), "rework")
    for who in ("reviewer", "admin"):
        judge(town, piece, who)
    return piece, "rework by Wanjiku"


def rejected_as_another_photo_showed_it(town: Town) -> tuple[str, str]:
    judge(town, town.send(clean(), lot="L", piece="r").json()["id"], "reviewer", "reject")
    return accepted_by_two(town, clean(1), lot="L", piece="r"), "reject by reviewer"


def contested(town: Town) -> tuple[str, str]:
    piece = str(town.send(tarnished()).json()["id"])
    contest(town, piece)
    for who in ("reviewer", "admin"):
        judge(town, piece, who)
    return piece, "1 of them"


def corrected(town: Town) -> tuple[str, str]:
    piece = str(town.send(clean()).json()["id"])
    judge(town, piece, "reviewer", defects=DENT)
    judge(town, piece, "admin", defects=[])
    return piece, "dent"


def flagged_for_its_level(town: Town) -> tuple[str, str]:
    body = DESIGN.model_copy(update={"approved_low": 4}).model_dump()
    town.client("engineer").put("/v1/designs/strict", json=body)
    show(town, clean(1), design="strict")
    return accepted_by_two(town, clean(), design="strict"), "level 3, where the design approves 4 to 5"


def graded_outside_by_a_person(town: Town) -> tuple[str, str]:
    body = DESIGN.model_copy(update={"approved_high": 4}).model_dump()
    town.client("engineer").put("/v1/designs/even", json=body)
    show(town, clean(1), design="even")
    piece = str(town.send(clean(), design="even").json()["id"])
    judge(town, piece, "reviewer", variance=5)
    judge(town, piece, "admin")
    return piece, "level 5, where the design approves 1 to 4"


def flagged_before_the_range_was_wider(town: Town) -> tuple[str, str]:
    piece = accepted_by_two(town, clean())
    change(town, "UPDATE inspections SET variance_in_range = false WHERE id = :piece", piece)
    return piece, "a flag for its level 3"


def in_doubt(town: Town) -> tuple[str, str]:
    piece = accepted_by_two(town, clean())
    change(town, "UPDATE inspections SET design_in_doubt = true WHERE id = :piece", piece)
    return piece, "one in doubt"


def judged_beside_nothing(town: Town) -> tuple[str, str]:
    town.client("engineer").put("/v1/designs/young", json=DESIGN.model_dump())
    return accepted_by_two(
        town, clean(), design="young"
    ), "one that was judged before its design had approved photos"


def with_a_bad_photo(town: Town) -> tuple[str, str]:
    piece = accepted_by_two(town, clean(), clean(1))
    change(
        town,
        """UPDATE photos SET faults = '["blurry"]' WHERE inspection = :piece AND photo_index = 1""",
        piece,
    )
    return piece, "blurry"


@pytest.mark.parametrize(
    ("make", "condition", "design"),
    [
        (of_another_design, "design", "disc"),
        (accepted_twice_by_one, "two-people", "disc"),
        (accepted_by_one_with_a_token_of_her_own, "two-people", "disc"),
        (judged_otherwise_by_one, "said-otherwise", "disc"),
        (rejected_as_another_photo_showed_it, "said-otherwise", "disc"),
        (contested, "contested", "disc"),
        (corrected, "corrected", "disc"),
        (flagged_for_its_level, "variance", "strict"),
        (graded_outside_by_a_person, "variance", "even"),
        (flagged_before_the_range_was_wider, "variance", "disc"),
        (in_doubt, "design-in-doubt", "disc"),
        (judged_beside_nothing, "design-in-doubt", "young"),
        (with_a_bad_photo, "photo-fault", "disc"),
    ],
)
def test_a_piece_that_lacks_one_thing_may_not_stand_and_is_told_which(
    shared: Town, make: Callable[[Town], tuple[str, str]], condition: str, design: str
) -> None:
    show(shared, clean(1))
    piece, found = make(shared)
    refused = put(shared, piece, design=design)
    body = refused.json()
    assert (refused.status_code, body["type"]) == (409, "/problems/not-eligible"), body
    assert [(one["condition"], one["found"]) for one in body["unmet"]] == [(condition, found)]
    assert body["detail"] == f"{condition}: found {found}, expected {body['unmet'][0]['expected']}"
    state = shared.client("reviewer").get(f"/v1/designs/{design}/accepted/{piece}").json()
    assert state == {"piece": None, "stands": False, "unmet": body["unmet"]}


def test_what_is_not_accepted_may_not_stand(shared: Town) -> None:
    show(shared, clean(1))
    piece = str(shared.send(clean()).json()["id"])
    conditions = [one["condition"] for one in put(shared, piece).json()["unmet"]]
    assert conditions == ["status", "two-people"]
    judge(shared, piece, "reviewer")
    conditions = [one["condition"] for one in put(shared, piece).json()["unmet"]]
    assert conditions == ["two-people"]


def test_two_people_are_two_by_log_in_too(town: Town) -> None:
    piece = str(town.send(tarnished()).json()["id"])
    for name in ("Wanjiku", "Njeri"):
        judge(town, piece, town.log_in(name))
    assert put(town, piece).status_code == 201


def test_what_there_is_not_is_not_found(town: Town) -> None:
    piece, nothing = accepted_by_two(town, clean()), str(uuid.uuid4())
    client = town.client("admin")
    assert {put(town, nothing).status_code, put(town, piece, design="none").status_code} == {404}
    assert {
        client.get(f"{path}").status_code
        for path in (f"{ACCEPTED}/{nothing}", f"{ACCEPTED}/{piece}/verdicts")
    } == {404}
    assert client.delete(f"{ACCEPTED}/{piece}").status_code == 404
    assert client.get(f"{ACCEPTED}/{piece}").json() == {"piece": None, "stands": False, "unmet": []}


def test_a_workshop_has_a_few_pieces_in_a_design_and_no_more(town: Town) -> None:
    pieces = [accepted_by_two(town, clean(seed)) for seed in range(2, 3 + MOST_OF_A_WORKSHOP)]
    found = [put(town, piece) for piece in pieces]
    assert [one.status_code for one in found] == [201] * MOST_OF_A_WORKSHOP + [409]
    refused = found[-1].json()
    assert (refused["type"], refused["found"]) == ("/problems/enough-of-a-workshop", f"3 of {OWN}")
    assert refused["expected"] == "at most 3 of a workshop"
    # Others may, and who makes room may.
    others = accepted_by_two(town, clean(9), who="other", microfactory=OTHER)
    assert put(town, others).status_code == 201
    town.client("admin").delete(f"{ACCEPTED}/{pieces[0]}")
    assert put(town, pieces[-1]).status_code == 201


def test_a_design_has_so_many_photos_and_no_more(town: Town) -> None:
    show(town, *[clean(seed) for seed in range(6)])
    workshops = [("artisan", OWN)] * 3 + [("other", OTHER)]
    for number, (who, workshop) in enumerate(workshops, start=1):
        photos = [clean(10 * number + seed) for seed in range(6)]
        piece = accepted_by_two(town, *photos, who=who, microfactory=workshop)
        assert put(town, piece).status_code == 201
    refused = put(town, accepted_by_two(town, clean(99), who="other", microfactory=OTHER))
    body = refused.json()
    assert (refused.status_code, body["type"]) == (409, "/problems/enough-photos")
    assert body["found"] == f"{MOST_PHOTOS}, approved ones among them, and 1 more"
    assert body["expected"] == f"at most {MOST_PHOTOS} photos for a design"
