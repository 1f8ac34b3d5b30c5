"""Who agrees with whom: counted of second readings and known pieces, of whole days, and not of too few."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.parts.clocks import SteppedClock
from tests.parts.served import Town, serve
from tests.service.fairness.test_second import second
from tests.service.queue.asking import decide, flagged
from ubora.service.agreement.coefficients import gwet, ordinal_weights
from ubora.service.agreement.figures import LEAST
from ubora.service.ledger.clock import now
from ubora.service.ledger.tables import Answer, Inspection, KnownDeal, KnownPiece, Staff

DAY = timedelta(days=1)
NOTHING = {
    "n": 0,
    "agreed": 0,
    "share": None,
    "interval": None,
    "ac2": None,
    "ac2_interval": None,
    "variance_n": 0,
    "variance_kappa": None,
}


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def town(tmp_path: Path, releases: Path, clock: SteppedClock) -> Iterator[Town]:
    with serve(tmp_path, releases, clock=clock, second_review_share=1.0) as running:
        yield running


def agreement(client: httpx.Client, **asked: int) -> dict[str, Any]:
    answer = client.get("/v1/agreement", params=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def read_by_two(town: Town, *said: tuple[str, str], **body: Any) -> None:
    """Wanjiku decides first, Njeri second."""
    wanjiku, njeri = town.log_in("Wanjiku"), town.log_in("Njeri")
    for first, other in said:
        name = flagged(town)
        assert decide(wanjiku, name, first, **body).status_code == 201
        assert second(njeri, name, other, **body).status_code == 201


def answer_known(town: Town, *answers: tuple[str, str]) -> None:
    """Wanjiku's answers beside what is right, written into the ledger as dealing would have."""
    names = [flagged(town) for _ in answers]
    with town.state.ledger.write() as session:
        wanjiku = session.query(Staff).where(Staff.name == "Wanjiku").one().id
        at = now(session)
        for name, (said, right) in zip(names, answers, strict=True):
            row = session.get_one(Inspection, name)
            piece = {"disposition": right, "defects": [], "marked_by": "Omondi", "person": "o"}
            session.add(KnownPiece(inspection=name, marked_at=at, **piece))
            one = {"id": name, "inspection": name, "kind": "known", "fingerprint": "", "reviewer": "Wanjiku"}
            session.add(Answer(**one, disposition=said, phrases=[], note="", person=wanjiku, at=at))
            deal = {"person": wanjiku, "because": name, "share": 0.05, "outcome": "answered", "answer": name}
            session.add(KnownDeal(inspection=name, dealt_at=at, closed_at=at, change=row.change, **deal))


def test_two_who_read_the_same_pieces_are_compared_once_they_are_enough(
    town: Town, clock: SteppedClock
) -> None:
    # 14 agreed to accept, 4 to reject; one is a grade apart, one two.
    told = [("accept", "accept")] * 14 + [("reject", "reject")] * 4
    told += [("accept", "rework"), ("reject", "accept")]
    read_by_two(town, *told)
    assert agreement(town.log_in("Njeri"))["pairs"] == []
    clock.ahead = DAY
    (pair,) = agreement(town.log_in("Njeri"))["pairs"]
    figures = pair["figures"]
    assert (pair["names"], figures["n"], figures["agreed"], figures["share"]) == (
        ["Njeri", "Wanjiku"],
        20,
        18,
        0.9,
    )
    assert [round(end, 3) for end in figures["interval"]] == [0.699, 0.972]
    expected = gwet([[14, 1, 0], [0, 0, 0], [1, 0, 4]], ordinal_weights(3))
    assert expected is not None
    assert expected.interval is not None
    assert (figures["ac2"], figures["ac2_interval"]) == (expected.value, list(expected.interval))


def test_of_too_few_only_their_number_is_told(town: Town, clock: SteppedClock) -> None:
    read_by_two(town, ("accept", "reject"), ("accept", "accept"))
    clock.ahead = DAY
    found = agreement(town.log_in("Njeri"))
    assert (found["least"], found["all"]) == (LEAST, {**NOTHING, "n": 2, "agreed": 1})


def test_classes_and_levels_are_compared_where_both_said_them(town: Town, clock: SteppedClock) -> None:
    dent = {"defects": [{"defect": "dent"}]}
    read_by_two(town, *[("reject", "reject")] * LEAST, variance=4, **dent)
    read_by_two(town, ("reject", "reject"))  # neither said which defects there are, nor graded it
    read_by_two(town, ("accept", "accept"), variance=2)
    clock.ahead = DAY
    found = agreement(town.log_in("Njeri"))
    (one,) = found["classes"]
    assert (one["defect"], one["figures"]["n"], one["figures"]["agreed"]) == ("dent", LEAST + 1, LEAST + 1)
    assert (found["all"]["variance_n"], found["all"]["variance_kappa"]) == (LEAST + 1, 1.0)


def test_a_reviewer_sees_her_own_figures_and_how_they_were_before(town: Town, clock: SteppedClock) -> None:
    read_by_two(town, *[("accept", "accept")] * 3)
    clock.ahead = DAY
    read_by_two(town, ("accept", "reject"))
    answer_known(town, *[("reject", "reject")] * (LEAST - 1), ("accept", "reject"))
    clock.ahead = 2 * DAY
    found = agreement(town.log_in("Wanjiku"), window_days=1)
    assert (found["all"], found["pairs"], found["classes"]) == (None, [], [])
    (she,) = found["people"]
    assert (she["name"], she["mine"]) == ("Wanjiku", True)
    counted = [(part["n"], part["agreed"]) for part in (she["others"]["now"], she["others"]["before"])]
    assert counted == [(1, 0), (3, 3)]
    assert (she["known"]["now"]["n"], she["known"]["now"]["share"]) == (LEAST, (LEAST - 1) / LEAST)
    assert she["known"]["before"] == NOTHING
    everybody = agreement(town.log_in("Njeri"), window_days=1)
    assert [(one["name"], one["mine"]) for one in everybody["people"]] == [
        ("Njeri", True),
        ("Wanjiku", False),
    ]


def test_who_read_nothing_yet_has_figures_of_nothing(town: Town) -> None:
    (she,) = agreement(town.log_in("Wanjiku"))["people"]
    assert she["others"] == she["known"] == {"now": NOTHING, "before": NOTHING}
