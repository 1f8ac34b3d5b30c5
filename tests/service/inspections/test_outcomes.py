"""How a design's pieces come out: each piece once, by what counts of it now."""

from typing import Any

from tests.parts.served import Town, clean, dark, tarnished


def outcomes(town: Town, design: str = "disc") -> dict[str, Any]:
    found: dict[str, Any] = town.client("engineer").get(f"/v1/designs/{design}/outcomes").json()
    return found


def test_pieces_are_counted_once_and_what_waits_is_told_apart(town: Town) -> None:
    for at in range(3):
        town.send(clean(at), piece=str(at))
    town.send(tarnished(1), piece="3")
    town.send(dark(), piece="4")
    town.send(clean(9), piece="0")  # photographed again
    told = outcomes(town)
    assert (told["decided"], told["passed"], told["pass_rate"], told["pending"]) == (3, 3, 1.0, 1)
    assert [round(share, 2) for share in told["interval"]] == [0.44, 1.0]
    assert told["defects"] == [{"defect": "tarnish", "pieces": 1}]


def test_what_a_person_corrected_counts_and_what_she_overturned_does_not(town: Town) -> None:
    first, second = (town.send(tarnished(at), piece=str(at)).json()["id"] for at in (1, 2))
    scratch = [{"photo": 0, "defect": "scratch", "severity": "minor"}]
    assert town.review(first, "reject", defects=scratch).status_code == 201
    assert town.review(second, "accept").status_code == 201
    told = outcomes(town)
    assert (told["decided"], told["passed"]) == (2, 1)
    assert told["defects"] == [{"defect": "scratch", "pieces": 1}]


def test_a_design_without_pieces_has_no_share_and_one_that_is_none_is_not_found(town: Town) -> None:
    told = outcomes(town, "free-disc")
    assert (told["decided"], told["pass_rate"], told["interval"], told["defects"]) == (0, None, None, [])
    assert town.client("engineer").get("/v1/designs/none/outcomes").status_code == 404
    assert town.client("artisan").get("/v1/designs/disc/outcomes").status_code == 403


def test_a_design_says_the_views_that_it_wants(town: Town) -> None:
    client = town.client("engineer")
    known = client.get("/v1/designs").json()["items"][0]
    assert known["views"] == ["front"]
    body = {key: known[key] for key in ("name", "category", "material", "stage")}
    body |= {"approved_low": 1, "approved_high": 5, "views": ["front", "back"]}
    assert client.put("/v1/designs/disc", json=body).json()["views"] == ["front", "back"]
    last = town.client("admin").get("/v1/audit").json()["items"][0]["facts"]
    assert (last["views"], last["views_was"]) == ("front, back", "front")
    refused = client.put("/v1/designs/disc", json=body | {"views": ["front", "front"]})
    assert refused.status_code == 422
