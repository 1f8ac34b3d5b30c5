"""`ubora simulate`: a year follows from its seed, holds together, and its ledger counts the same."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import func, select

from ubora.command import main
from ubora.service.ledger.database import Ledger
from ubora.service.ledger.tables import AuditDraw, Inspection, NetworkCount
from ubora.service.settings import Settings
from ubora.service.simulation.trial import lines
from ubora.service.simulation.watching import watched
from ubora.service.simulation.world import World, made

SMALL = ("--workshops", "30", "--weeks", "8")


def _table(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main(["simulate", *words, "--json"]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def test_the_same_seed_is_the_same_year_and_another_one_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    first, again = _table(capsys, *SMALL), _table(capsys, *SMALL)
    other = _table(capsys, *SMALL, "--seed", "8")
    assert first == again
    assert [line["found"] for line in first["lines"]] != [line["found"] for line in other["lines"]]


def test_every_piece_is_good_sent_back_or_slipped_through() -> None:
    year = made(World(workshops=200, weeks=20), seed=3)
    assert np.array_equal(year.good + year.caught + year.escaped, year.made)
    assert (year.flagged_good <= year.good).all()
    assert (year.audited_escaped <= np.minimum(year.audited, year.escaped)).all()
    worse = year.worse_from < 20
    assert np.allclose(
        year.chance[worse, 0] - year.chance[worse, -1], np.minimum(0.15, year.chance[worse, 0])
    )


def test_intervals_cover_what_is_true_and_raw_ranks_wrong_more_than_drawn_ones() -> None:
    """Of one year that is given: no chance is left in it."""
    found = {line.what: line.found for line in lines(made(World(), seed=7))}
    for size in ("10 to 29 pieces", "30 to 99 pieces", "100 pieces and more"):
        covered = found[f"interval of a workshop covers its true rate, {size}"]
        assert covered is not None
        assert 0.93 < covered < 0.98
    raw = found["of the last tenth by raw rates: truly in the better half"]
    drawn = found["of the last tenth by rates drawn toward the others: truly in the better half"]
    assert raw is not None
    assert drawn is not None
    assert raw > drawn


def test_who_gets_better_began_worse_and_all_others_are_as_in_a_year_without_them() -> None:
    world = World(workshops=200, weeks=20)
    year, with_some = made(world, seed=3), made(replace(world, improves=0.2), seed=3)
    better = with_some.better_from > 0
    assert 0 < better.sum() < 200
    assert not (better & (with_some.worse_from < 20)).any()
    assert np.array_equal(with_some.chance[~better], year.chance[~better])
    assert (with_some.chance[better, 0] < with_some.chance[better, -1]).all()
    assert np.array_equal(with_some.chance[better, -1], year.chance[better, -1])


@pytest.mark.parametrize("seed", [7, 8, 9])
def test_a_steady_workshop_is_named_rarely_and_most_that_got_worse_are_seen(seed: int) -> None:
    found = {line.what: line.found for line in watched(made(World(), seed))}
    false = found["workshop-weeks with a false alert"]
    seen = found["workshops that got worse and made 60 pieces and more since: seen"]
    assert false is not None
    assert seen is not None
    assert (false < 0.01, seen > 0.8) == (True, True)


def test_what_is_played_into_a_ledger_is_counted_as_it_was_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulate", *SMALL, "--audited", "0.5", "--data", str(tmp_path / "var")]) == 0
    year = made(World(workshops=30, weeks=8, audited=0.5), seed=7)
    ledger = Ledger.open(Settings(data=tmp_path / "var").ledger_url(), as_it_is=True)
    with ledger.read() as session:
        decided, passed = session.execute(
            select(func.sum(NetworkCount.decided), func.sum(NetworkCount.passed))
        ).one()
        drawn = session.scalar(select(func.count()).select_from(AuditDraw))
        pieces = session.scalar(select(func.count()).select_from(Inspection))
    ledger.close()
    # Who looked at a drawn piece that had slipped through sent it back.
    kept = year.passed.sum() - year.audited_escaped.sum()
    assert (pieces, decided, passed, drawn) == (year.made.sum(), year.made.sum(), kept, year.audited.sum())
    assert main(["admin", "recount", "--data", str(tmp_path / "var")]) == 0
    assert main(["simulate", *SMALL, "--data", str(tmp_path / "var")]) == 1
    assert "expected a folder without one" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("--good", "1.2"), "--good 1.2; expected 0 to 1"),
        (("--workshops", "3"), "--workshops 3; expected at least 10"),
        (("--strength", "0"), "--strength above 0"),
    ],
)
def test_a_world_that_cannot_be_is_refused(
    words: tuple[str, ...], fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulate", *words]) == 1
    assert fault in capsys.readouterr().err
