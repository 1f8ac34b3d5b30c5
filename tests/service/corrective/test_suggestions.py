"""Where the hub is asked whether to follow a defect: clearly more than elsewhere, and never by rank."""

import pytest

from tests.parts.served import OTHER, OWN, Town
from tests.service.corrective.following import confirmed_piece, good_piece, opened, step
from ubora.service.corrective.suggestions import LAST, Made, suggest


def made(count: int, dented: int, clean_since: int = 0) -> Made:
    """The dented ones are the newest but for so many."""
    numbers = list(range(count, 0, -1))
    return Made(count, numbers[:LAST], {"dent": numbers[clean_since:][:dented]} if dented else {})


def told(pieces: dict[str, Made], **how: object) -> list[tuple[str, str]]:
    since = how.get("since", {})
    assert isinstance(since, dict)
    return [(one.microfactory, one.defect) for one in suggest(pieces, since)[1]]


def test_a_class_that_comes_clearly_more_than_elsewhere_is_suggested() -> None:
    pieces = {"a": made(60, 12), "b": made(200, 4), "c": made(200, 6)}
    asked, (found,) = suggest(pieces, {})
    assert (asked, found.microfactory, found.defect) == (3, "a", "dent")
    assert (found.here.found, found.here.of) == (12, LAST)
    assert (found.elsewhere.found, found.elsewhere.of) == (10, 400)
    assert 0 <= found.chance < 0.001


@pytest.mark.parametrize(
    "pieces",
    [
        {"a": made(50, 3), "b": made(2000, 0)},  # fewer than four are no habit
        {"a": made(50, 5), "b": made(50, 4)},  # as often as elsewhere
        {"a": made(50, 5)},  # nobody to hold it against
        {"a": made(110, 60, clean_since=50), "b": made(500, 5)},  # it was so, and is no more
    ],
)
def test_what_is_rare_usual_alone_or_past_is_not(pieces: dict[str, Made]) -> None:
    assert told(pieces) == []


def test_the_more_is_asked_the_more_it_takes() -> None:
    few = {"a": made(50, 6), "b": made(100, 2)}
    assert told(few) == [("a", "dent")]
    many = few | {f"w{at}": made(1, 0) for at in range(40)}
    assert told(many) == []


def test_what_is_followed_or_was_closed_lately_is_not_asked_again() -> None:
    pieces = {"a": made(60, 12), "b": made(400, 10)}
    assert told(pieces, since={("a", "dent"): None}) == []
    assert told(pieces, since={("a", "dent"): 58}) == []
    assert told(pieces, since={("a", "dent"): 30}) == [("a", "dent")]


def test_a_workshop_that_is_closed_is_held_against_and_not_asked() -> None:
    pieces = {"a": made(60, 12), "b": made(400, 10)}
    assert suggest(pieces, {}, frozenset({"a"}))[1] == []


def test_pieces_in_the_ledger_lead_to_it_until_it_is_opened(town: Town) -> None:
    for seed in range(5):
        confirmed_piece(town, seed)
    for seed in range(12):
        good_piece(town, seed, microfactory=OTHER, who="other")
    path = "/v1/corrective-suggestions"
    (found,) = town.client("engineer").get(path).json()["items"]
    assert (found["microfactory"], found["defect"], found["here"]["found"]) == (OWN, "tarnish", 5)
    assert (found["elsewhere"]["found"], found["elsewhere"]["of"]) == (0, 12)
    action = opened(town)
    assert town.client("reviewer").get(path).json()["items"] == []
    step(town, action, "dropped", "it was one tin of polish")
    assert town.client("reviewer").get(path).json()["items"] == []
