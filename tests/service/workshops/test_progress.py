"""What a workshop reads of its progress: only what chance would seldom do, and nothing of too few pieces."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.parts.served import OTHER, OWN, Town
from tests.service.corrective.following import confirmed_piece, good_piece
from ubora.service.ledger.tables import DailyCount, Inspection, PieceState
from ubora.service.workshops.progress import LEAST, Window, better


def window(of: int, first: int, **classes: int) -> Window:
    return Window(of, Counter(classes), {}, (first, of))


def progress(town: Town) -> dict[str, Any]:
    found: dict[str, Any] = town.client("artisan").get(f"/v1/microfactories/{OWN}/progress").json()
    return found


def test_what_comes_clearly_less_and_passes_clearly_more_has_become_better() -> None:
    found = better(window(60, 30, dent=20, scratch=8), window(60, 52, dent=3, scratch=7))
    assert [(one.what, one.before.found, one.now.found) for one in found] == [
        ("dent", 20, 3),
        ("first_time", 30, 52),
    ]


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (window(30, 20, dent=6), window(30, 22, dent=4)),  # it may be chance
        (window(60, 52, dent=3), window(60, 30, dent=20)),  # it is worse: nothing is said
        (window(19, 0, dent=19), window(60, 60, dent=0)),  # too few before
        (window(60, 0, dent=60), window(19, 19, dent=0)),  # too few now
        (window(40, 39, dent=6), window(40, 39, dent=0, bent=1, chip=1, crack=1, pit=1)),  # of many asked
    ],
)
def test_nothing_is_said_of_chance_of_what_is_worse_or_of_too_few(before: Window, now: Window) -> None:
    assert better(before, now) == []


def test_a_workshop_with_few_pieces_is_told_that_they_are_few(town: Town) -> None:
    confirmed_piece(town, 1)
    found = progress(town)
    assert (found["decided"], found["least"], found["most"], found["first_time"], found["better"]) == (
        1,
        LEAST,
        None,
        None,
        [],
    )


def test_the_ledger_is_read_as_two_windows_of_its_own_pieces_and_its_orders(town: Town) -> None:
    lot = {"microfactory": OWN, "design": "disc", "pieces": 2, "views": ["front"]}
    for name in ("L-1", "L-2"):
        assert town.client("reviewer").put(f"/v1/lots/{name}", json=lot).status_code == 201
    for seed in range(LEAST - 2):
        confirmed_piece(town, seed)
    _let_pass(town, days=70)
    for seed in range(LEAST - 4):
        good_piece(town, 100 + seed)
    confirmed_piece(town, 200)
    confirmed_piece(town, 201, lot="L-2", piece="1")
    for piece in ("1", "2"):
        good_piece(town, 300 + int(piece), lot="L-1", piece=piece)
    good_piece(town, 400, microfactory=OTHER, who="other")
    found = progress(town)
    assert (found["decided"], found["decided_before"], found["orders_finished"]) == (LEAST, LEAST - 2, 1)
    assert (found["most"]["defect"], found["most"]["pieces"]["found"], found["most"]["materials"]) == (
        "tarnish",
        2,
        ["brass"],
    )
    assert (found["first_time"]["found"], found["first_time"]["of"], found["better"]) == (18, 20, [])


def _let_pass(town: Town, days: int) -> None:
    """As if all of it had come so long ago."""
    at = datetime.now(UTC) - timedelta(days=days)
    with town.state.ledger.write() as session:
        session.query(Inspection).update({"received_at": at})
        session.query(PieceState).update({"day": at.date().isoformat(), "first_day": at.date().isoformat()})
        session.query(DailyCount).update({"day": at.date().isoformat()})
