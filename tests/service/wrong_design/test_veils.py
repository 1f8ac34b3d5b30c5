"""Who is to say hers first learns nothing of what others said of a design, and may say so herself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.parts.served import Town, serve
from tests.service.fairness.test_known import SHARE, dealt
from tests.service.fairness.test_second import outcome
from tests.service.queue.asking import claim, decide, flagged, ids, kind, listed
from tests.service.wrong_design.saying import counted_anew, design, say


@pytest.fixture
def town(tmp_path: Path, releases: Path) -> Iterator[Town]:
    """Everything that is decided goes to a second person."""
    with serve(tmp_path, releases, second_review_share=1.0) as running:
        yield running


@pytest.fixture
def of_known(tmp_path: Path, releases: Path) -> Iterator[Town]:
    """Known pieces are dealt among those that wait."""
    with serve(tmp_path, releases, known_share=SHARE) as running:
        yield running


def as_told(client: httpx.Client, piece: str) -> dict[str, Any]:
    shown = client.get(f"/v1/inspections/{piece}").json()
    return {name: shown[name] for name in ("design", "sent_as", "judged_as", "design_unknown", "status")}


def test_a_blind_second_reader_sees_a_piece_of_that_design_like_any_other(town: Town) -> None:
    piece, ring = flagged(town), design(town)
    wanjiku, njeri = town.log_in("Wanjiku"), town.log_in("Njeri")
    say(wanjiku, piece, ring, reason="No disc.")
    decide(wanjiku, piece)
    (hers,) = claim(njeri)
    assert (hers["inspection"]["id"], hers["kinds"]) == (piece, ["second"])
    assert as_told(njeri, piece) == {
        "design": ring,
        "sent_as": None,
        "judged_as": None,
        "design_unknown": False,
        "status": "pending",
    }
    assert kind(njeri.get(f"/v1/inspections/{piece}/designs")) == (409, "veiled")
    assert kind(njeri.put(f"/v1/inspections/{piece}/looks/{piece}")) == (409, "veiled")


def test_a_blind_second_reader_who_says_so_makes_it_wait_for_all_and_no_second_reading_is_counted(
    town: Town,
) -> None:
    piece, ring = flagged(town), design(town)
    wanjiku, njeri = town.log_in("Wanjiku"), town.log_in("Njeri")
    decide(wanjiku, piece)
    assert kind(say(njeri, piece, ring)) == (409, "claim-first")
    claim(njeri)
    said = say(njeri, piece, ring).json()
    assert (said["design"], said["status"], outcome(town, piece)) == (ring, "pending", "void")
    assert ids(listed(wanjiku)) == [piece]
    assert counted_anew(town) == []


def test_what_is_said_of_a_known_piece_by_whom_it_was_dealt_to_moves_nothing(of_known: Town) -> None:
    piece, _, wanjiku = dealt(of_known)
    ring = design(of_known)
    assert say(wanjiku, piece, ring, reason="No disc.").status_code == 201
    assert as_told(wanjiku, piece) == {
        "design": ring,
        "sent_as": "disc",
        "judged_as": "disc",
        "design_unknown": False,
        "status": "pending",
    }
    (said,) = wanjiku.get(f"/v1/inspections/{piece}/designs").json()["said"]
    assert (said["by"], said["design"]) == ("Wanjiku", ring)
    look = wanjiku.put(f"/v1/inspections/{piece}/looks/{piece}").json()
    assert wanjiku.get(f"/v1/inspections/{piece}/designs").json()["looks"] == [look]
    assert say(wanjiku, piece, "disc").json()["sent_as"] is None
    engineer = of_known.client("engineer")
    assert engineer.get(f"/v1/inspections/{piece}").json()["design"] == "disc"
    assert engineer.get(f"/v1/inspections/{piece}/designs").json()["said"] == []
    assert counted_anew(of_known) == []
