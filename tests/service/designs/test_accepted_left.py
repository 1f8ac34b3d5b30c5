"""How an accepted piece leaves what stands for its design by itself, and why is told."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.parts.served import DESIGN, OTHER, Town, clean, serve, tarnished
from tests.parts.standing import (
    DENT,
    DISC,
    accepted_by_two,
    change,
    comparing_releases,
    contest,
    green,
    judge,
    listed,
    put,
    show,
)

PIECE = {"lot": "L", "piece": "9"}


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return comparing_releases(tmp_path_factory.mktemp("comparing"))


@pytest.fixture
def town(tmp_path: Path, releases: Path) -> Iterator[Town]:
    with serve(tmp_path, releases) as running:
        show(running, clean(1))
        yield running


def sent_back(town: Town, piece: str) -> None:
    judge(town, piece, town.log_in("Wanjiku"), "rework")


def accepted_with_a_defect(town: Town, piece: str) -> None:
    judge(town, piece, town.log_in("Wanjiku"), "accept", defects=DENT)


def photographed_again_and_rejected(town: Town, piece: str) -> None:
    again = town.send(tarnished(), **PIECE).json()["id"]
    assert listed(town)["items"][0]["removed"] is None
    judge(town, again, town.log_in("Wanjiku"), "reject")


def photographed_again_and_contested(town: Town, piece: str) -> None:
    contest(town, town.send(tarnished(), **PIECE).json()["id"])


def contested_itself(town: Town, piece: str) -> None:
    # What is accepted cannot be contested now; should that change, it leaves.
    change(town, "UPDATE inspections SET status = 'pending' WHERE id = :piece", piece)
    contest(town, piece)


def outside_a_narrower_range(town: Town, piece: str) -> None:
    body = DESIGN.model_copy(update={"approved_low": 4}).model_dump()
    assert town.client("engineer").put(DISC, json=body).status_code == 200


@pytest.mark.parametrize(
    ("happens", "why", "by"),
    [
        (sent_back, "said-otherwise", "Wanjiku"),
        (accepted_with_a_defect, "corrected", "Wanjiku"),
        (photographed_again_and_rejected, "said-otherwise", "Wanjiku"),
        (photographed_again_and_contested, "contested", "artisan"),
        (contested_itself, "contested", "artisan"),
        (outside_a_narrower_range, "variance", "engineer"),
    ],
)
def test_a_piece_leaves_when_it_would_not_be_let_in_any_more(
    town: Town, happens: Callable[[Town, str], None], why: str, by: str
) -> None:
    piece = accepted_by_two(town, green(2), **PIECE)
    stays = accepted_by_two(town, clean(3), who="other", microfactory=OTHER)
    for one in (piece, stays) if why != "variance" else (piece,):
        put(town, one)
    before = listed(town)["version"]
    happens(town, piece)
    now = listed(town)
    left: dict[str, Any] = next(one for one in now["items"] if one["inspection"] == piece)
    removed = left["removed"]
    assert now["version"] == removed["version"] == before + 1
    assert (removed["why"], removed["by"]) == (why, by)
    assert removed["detail"].startswith("found ")
    assert [one["inspection"] for one in now["items"] if one["removed"] is None] == (
        [stays] if why != "variance" else []
    )
    lines = town.client("admin").get("/v1/audit").json()["items"]
    line = next(line for line in lines if line["action"] == "design-piece-removed")
    assert (line["actor"], line["facts"]["why"], line["facts"]["detail"]) == (by, why, removed["detail"])
    # The next piece with such a mark is compared without it.
    assert town.send(green(4)).json()["photos"][0]["defects"] != []


def test_a_clean_accept_more_changes_nothing(town: Town) -> None:
    piece = accepted_by_two(town, clean(2))
    put(town, piece)
    judge(town, piece, town.log_in("Wanjiku"), "accept", defects=[], variance=3)
    show(town, clean(4), clean(5))
    assert listed(town)["items"][0]["removed"] is None


def test_who_left_may_not_come_back_as_long_as_somebody_said_otherwise(town: Town) -> None:
    piece = accepted_by_two(town, clean(2))
    put(town, piece)
    judge(town, piece, "reviewer", "rework")
    judge(town, piece, "reviewer")
    assert [one["condition"] for one in put(town, piece).json()["unmet"]] == ["said-otherwise"]
    assert len(listed(town)["items"]) == 1
