"""Which decided pieces go into a harvest, and that what does not is told with its reason."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.parts.served import OTHER, Town, clean, tarnished
from tests.service.inspections.test_appeals import contest
from ubora.command import main
from ubora.service.agreement.chosen import Chosen
from ubora.service.harvests.harvest import planned
from ubora.service.ledger.tables import Answer, Review, SecondDraw


def decided(town: Town, piece: str, disposition: str = "accept", **more: Any) -> str:
    name = str(town.send(tarnished(len(piece) + ord(piece[0])), lot="L", piece=piece).json()["id"])
    assert town.review(name, disposition, **more).is_success
    return name


def chosen(town: Town, **asked: Any) -> tuple[list[str], dict[str, Any]]:
    """The codes of the pieces that a harvest would have, and what would not be in it."""
    found, left_out = planned(town.state.ledger, Chosen(**asked))
    codes = [sample.piece_id.split("/")[-1] for sample in found.values()]
    told = {name: count for name, count in left_out.as_json().items() if count}
    return codes, told


def drawn(town: Town, name: str, outcome: str) -> None:
    """It was drawn for a second person, and that came out so."""
    with town.state.ledger.write() as session:
        review = session.query(Review).filter(Review.inspection == name).one()
        session.add(
            SecondDraw(
                inspection=name,
                share=1.0,
                drawn_at=review.at,
                first=review.id,
                person="somebody",
                outcome=outcome,
            )
        )
        assert session.query(Answer).count() == 0


def test_by_decision_design_workshop_and_day(town: Town) -> None:
    decided(town, "good")
    decided(town, "bad", "reject")
    other = town.send(clean(9), who="other", microfactory=OTHER, design="free-disc", piece="other").json()[
        "id"
    ]
    town.review(other, "rework")
    assert chosen(town) == (["good", "bad", "other"], {})
    for asked, expected in (
        ({"decision": ("reject", "rework")}, ["bad", "other"]),
        ({"design": ("free-disc",)}, ["other"]),
        ({"microfactory": (OTHER,)}, ["other"]),
        ({"since": "2000-01-01", "until": "2999-01-01"}, ["good", "bad", "other"]),
        ({"until": "2000-01-01"}, []),
        ({"most": 2}, ["bad", "other"]),
    ):
        codes, told = chosen(town, **asked)
        assert codes == expected
        left = told.get("pieces_not_asked_for", 0) + told.get("pieces_beyond_most", 0)
        assert left == 3 - len(expected)


def test_by_how_far_people_agree_and_what_is_in_dispute_is_in_none(town: Town) -> None:
    decided(town, "single")
    for outcome in ("agreed", "settled", "differ"):
        drawn(town, decided(town, outcome), outcome)
    contested = decided(town, "contested", "reject")
    contest(town, contested, note="no")
    town.review(contested, "accept", who="admin")
    decided(town, "in hand", in_hand="goods_in")
    everything, told = chosen(town)
    assert sorted(everything) == ["agreed", "contested", "in hand", "settled", "single"]
    assert told == {"pieces_in_dispute": 1}
    for agreement, expected in (
        ("in_hand", ["in hand"]),
        ("adjudicated", ["settled", "contested"]),
        ("seconded", ["agreed"]),
        ("single", ["single"]),
    ):
        assert chosen(town, agreement=(agreement,))[0] == expected
    strongest, told = chosen(town, strongest_first=True, most=3)
    assert strongest == ["in hand", "contested", "settled"]
    assert told == {"pieces_in_dispute": 1, "pieces_beyond_most": 2}


def test_a_piece_with_a_person_in_its_photo_is_left_out_unless_it_is_asked_for(town: Town) -> None:
    decided(town, "alone")
    seen = decided(town, "with a hand", phrases=["face"])
    # A later word on the piece does not take back that a person is in its photo.
    town.review(seen, "accept")
    assert chosen(town) == (["alone"], {"pieces_with_faces": 1})
    assert chosen(town, faces=True)[0] == ["alone", "with a hand"]


def test_the_command_takes_the_same_filters_and_tells_what_it_left_out(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    decided(town, "good")
    decided(town, "bad", "reject")
    decided(town, "person", phrases=["face"])
    out, ledger = str(tmp_path / "out"), town.ledger_options
    asked = ["--decision", "accept", "--agreement", "single", "--strongest-first", "--json"]
    assert main(["harvest", "--out", out, *ledger, *asked]) == 0
    counts = json.loads(capsys.readouterr().out)
    assert (counts["pieces"], counts["left_out"]["pieces_with_faces"]) == (1, 1)
    assert (counts["left_out"]["pieces_not_asked_for"], counts["pieces_of_designs"]) == (1, {"disc": 1})
    assert (
        main(["harvest", "--out", out + "-2", *ledger, "--since", "2026-11-02", "--until", "2026-11-01"]) == 1
    )
    assert "until 2026-11-01 is before since 2026-11-02" in capsys.readouterr().err
