"""Whose photos they are: what a workshop says of their use counts, and a harvest obeys."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.parts.served import OTHER, OWN, Town, clean, serve, tarnished
from tests.parts.standing import accepted_by_two, comparing_releases, listed, put, show
from ubora.command import main
from ubora.datasets.manifest import read_manifest
from ubora.service.harvests.harvest import HarvestError, harvest
from ubora.service.ownership.consents import last_consents


@pytest.fixture
def unasked(tmp_path: Path, releases: Path) -> Iterator[Town]:
    """A service as it was before anybody was asked."""
    with serve(tmp_path, releases, consent=False) as town:
        yield town


def say(
    town: Town,
    photos: bool,
    voices: bool = False,
    *,
    who: str = "artisan",
    name: str | None = None,
    **more: Any,
) -> httpx.Response:
    workshop = OTHER if who == "other" else OWN
    body = {"photos": photos, "voices": voices, "words": "1", "language": "sw", **more}
    return town.client(who).put(f"/v1/microfactories/{workshop}/consents/{name or uuid.uuid4()}", json=body)


def known(town: Town, who: str = "artisan", workshop: str = OWN) -> dict[str, Any]:
    answer = town.client(who).get(f"/v1/microfactories/{workshop}/consents")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def rejected(town: Town, seed: int, who: str = "artisan", **context: Any) -> str:
    sent = town.send(tarnished(seed), who=who, **context).json()["id"]
    town.review(sent, "reject")
    return str(sent)


def test_nobody_answered_is_no_consent_and_every_answer_stays_on_record(unasked: Town) -> None:
    assert known(unasked)["last"] is None
    first = say(unasked, True, said_at="2026-11-01T08:00:00Z")
    assert first.status_code == 201, first.text
    last = first.json()["last"]
    assert (last["photos"], last["voices"], last["words"], last["language"]) == (True, False, "1", "sw")
    assert (last["label"], last["said_at"]) == ("artisan", "2026-11-01T08:00:00Z")
    assert say(unasked, False).status_code == 201
    found = known(unasked, "reviewer")
    assert [one["photos"] for one in found["history"]] == [True, False]
    assert found["last"]["photos"] is False
    with unasked.state.ledger.read() as session:
        assert OTHER not in last_consents(session)


def test_the_same_answer_twice_is_one_and_another_under_its_uuid_a_conflict(unasked: Town) -> None:
    name = str(uuid.uuid4())
    answers = [say(unasked, True, name=name) for _ in range(2)]
    assert [one.status_code for one in answers] == [201, 200]
    assert len(answers[1].json()["history"]) == 1
    assert say(unasked, False, name=name).json()["type"] == "/problems/conflict"


def test_a_yes_from_before_gives_nothing_back_that_was_withdrawn_since(unasked: Town) -> None:
    yes = say(unasked, True, True).json()["last"]["id"]
    no = say(unasked, False, True).json()["last"]["id"]
    for late in ({}, {"after": yes}):
        refused = say(unasked, True, True, **late)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/consent-unseen")
        assert refused.json()["last"]["id"] == no
    # A no counts whatever it saw, and who saw the no may say yes again.
    assert say(unasked, False, False, after=yes).status_code == 201
    seen = known(unasked)["last"]["id"]
    assert say(unasked, True, False, after=seen).status_code == 201


@pytest.mark.parametrize("who", ["reviewer", "engineer", "admin"])
def test_nobody_answers_for_a_workshop_but_its_phones(unasked: Town, who: str) -> None:
    assert say(unasked, True, who=who).status_code == 403
    assert known(unasked)["last"] is None


def test_another_workshop_neither_reads_nor_answers(unasked: Town) -> None:
    path = f"/v1/microfactories/{OTHER}/consents"
    body = {"photos": True, "voices": True, "words": "1", "language": "en"}
    client = unasked.client("artisan")
    assert client.get(path).status_code == 404
    assert client.put(f"{path}/{uuid.uuid4()}", json=body).status_code == 404


def test_a_harvest_takes_only_what_it_may_and_says_what_it_left_out(
    unasked: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rejected(unasked, 1, piece="1", lot="L")
    rejected(unasked, 2, who="other", microfactory=OTHER, piece="1", lot="L")
    ledger = unasked.ledger_options
    with pytest.raises(HarvestError, match=rf"2 pieces, nobody answered.*{OTHER} \(1\), {OWN} \(1\).*phone"):
        harvest(unasked.settings, tmp_path / "none")
    assert not (tmp_path / "none").exists()
    say(unasked, True)
    say(unasked, False, True, who="other")
    assert main(["harvest", "--out", str(tmp_path / "own"), *ledger]) == 0
    said = capsys.readouterr().out
    assert f"left out: 1 piece, no consent of the use of photos: {OTHER} (1)" in said
    assert [one.microfactory for one in read_manifest(tmp_path / "own")] == [OWN]
    # Withdrawn: the next harvest has it no more.
    say(unasked, False)
    say(unasked, True, True, who="other", after=known(unasked, "other", OTHER)["last"]["id"])
    assert main(["harvest", "--out", str(tmp_path / "other"), *ledger, "--json"]) == 0
    counts = json.loads(capsys.readouterr().out)
    left = {name: count for name, count in counts["left_out"].items() if count}
    assert left == {"no_consent": {OWN: {"pieces": 1, "answer": "no"}}}
    assert [one.microfactory for one in read_manifest(tmp_path / "other")] == [OTHER]


def test_a_withdrawal_takes_its_pieces_away_from_designs_with_a_word(tmp_path: Path) -> None:
    releases = comparing_releases(tmp_path / "comparing")
    with serve(tmp_path, releases, consent=False) as town:
        show(town, clean(1))
        piece = accepted_by_two(town, clean(2))
        # Standing is no training: where nobody was asked it is as before, but not in a harvest.
        assert put(town, piece).status_code == 201
        say(town, True)
        say(town, False)
        (left,) = listed(town)["items"]
        assert left["removed"]["why"] == "consent"
        assert "said no" in left["removed"]["detail"]
        again = put(town, piece)
        assert [one["condition"] for one in again.json()["unmet"]] == ["consent"]
        audit = town.client("admin").get("/v1/audit").json()["items"]
        assert audit[0]["action"] == "design-piece-removed"
