"""The workshop's own summary: plain counts, and what was flagged most, without what was overturned."""

from typing import Any

from tests.parts.served import OTHER, OWN, Town, clean, dark, tarnished
from ubora.models.intervals import wilson


def summary(town: Town, who: str = "artisan", microfactory: str = OWN) -> dict[str, Any]:
    found: dict[str, Any] = town.client(who).get(f"/v1/microfactories/{microfactory}/summary").json()
    return found


def test_a_workshop_that_sent_nothing_has_a_summary_without_shares(town: Town) -> None:
    found = summary(town)
    assert (found["sent"], found["interval"], found["first_interval"], found["flagged"]) == (
        0,
        None,
        None,
        [],
    )


def test_the_counts_are_those_of_the_pass_rate_and_retakes_stand_apart(town: Town) -> None:
    for seed in range(3):
        town.send(clean(seed))
    reworked = town.send(tarnished(1), lot="L", piece="1").json()["id"]
    town.review(reworked, "rework")
    town.send(clean(9), lot="L", piece="1")  # reworked, and good now
    town.send(tarnished(2))
    town.send(dark())
    town.send(clean(), who="other", microfactory=OTHER)
    found = summary(town)
    counted = {name: found[name] for name in ("sent", "decided", "passed", "pending", "retakes")}
    assert counted == {"sent": 5, "decided": 4, "passed": 4, "pending": 1, "retakes": 1}
    assert (found["first_passed"], found["first_decided"]) == (3, 4)
    assert found["interval"] == list(wilson(4, 4) or ())
    assert found["first_interval"] == list(wilson(3, 4) or ())
    rate = town.client("artisan").get(f"/v1/microfactories/{OWN}/pass-rate").json()
    assert (rate["pieces_decided"], rate["pieces_passed"]) == (found["decided"], found["passed"])


def test_flagged_most_is_what_people_confirmed_or_what_waits(town: Town) -> None:
    def send(seed: int, **context: Any) -> str:
        return str(town.send(tarnished(seed), **context).json()["id"])

    send(1)  # waits
    town.review(send(2), "rework")  # confirmed as found
    town.review(send(3), "accept")  # a false flag
    dented = [{"defect": "dent"}, {"defect": "dent"}, {"defect": "tarnish"}]
    town.review(send(4), "reject", defects=dented)  # two dents are one piece
    town.review(send(5), "accept", defects=[{"defect": "scratch"}])  # there, and good enough
    town.review(send(6), "rework", defects=[])  # looked clean
    again = send(7, lot="L", piece="7")
    town.review(again, "rework")
    town.send(clean(7), lot="L", piece="7")  # and is good now
    flagged = [(one["defect"], one["pieces"]) for one in summary(town)["flagged"]]
    assert flagged == [("tarnish", 3), ("dent", 1), ("scratch", 1)]


def test_a_contested_flag_is_the_machines_until_somebody_decided(town: Town) -> None:
    piece = town.send(tarnished()).json()["id"]
    town.review(piece, "reject", defects=[{"defect": "dent"}])
    assert [one["defect"] for one in summary(town)["flagged"]] == ["dent"]
    files = [("context", (None, '{"note": "no"}'))]
    path = f"/v1/inspections/{piece}/appeals/5b2c0d5e-1111-4222-8333-444455556666"
    assert town.client("artisan").put(path, files=files).status_code == 201
    assert [one["defect"] for one in summary(town)["flagged"]] == ["tarnish"]
    town.review(piece, "accept", who="admin")
    assert summary(town)["flagged"] == []


def test_nobody_sees_the_summary_of_another_workshop(town: Town) -> None:
    path = f"/v1/microfactories/{OTHER}/summary"
    assert [town.client(who).get(path).status_code for who in ("artisan", "other", "engineer")] == [
        404,
        200,
        200,
    ]
    assert town.client("admin").get("/v1/microfactories/nowhere/summary").status_code == 404
    assert town.client("artisan").get(f"/v1/microfactories/{OWN}/summary?window_days=0").status_code == 422
