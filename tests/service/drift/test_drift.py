"""Scores of a week beside a release's first weeks, and what people found that it had passed."""

import csv
import io
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import ks_2samp
from sqlalchemy.orm import Session

from tests.parts.served import Town, serve
from tests.service.numbers.making import NOW, add, make_work, review
from ubora.service.alerts.loop import look
from ubora.service.drift.scores import HIGHEST
from ubora.service.ledger.tables import AuditDraw
from ubora.service.statistics.watching.sequences import bound
from ubora.service.workshops.microfactories import MicrofactoryBody, save_microfactory

WORKSHOPS = 60
WEEKS = 6
"""Four are the reference; then one like them, and one that is not."""


def scored(session: Session) -> dict[int, list[float]]:
    """A photo a week of sixty workshops → scores of dents by weeks ago; those of the last week are higher."""
    rng = np.random.default_rng(0)
    found: dict[int, list[float]] = {}
    for workshop in range(WORKSHOPS):
        body = MicrofactoryBody(name=f"Workshop {workshop}", place="Nairobi")
        save_microfactory(session, f"mf-{workshop}", body)
    session.flush()
    for ago in range(WEEKS, 0, -1):
        for workshop in range(WORKSHOPS):
            row = add(session, "passed", days_ago=7 * ago, workshop=f"mf-{workshop}")
            dent = float(rng.beta(2, 8) + (0.3 if ago == 1 else 0.0))
            row.photos[0].scores = {"dent": dent, "crack": float(rng.beta(1, 30) / 10)}
            found.setdefault(ago, []).append(dent)
            # A second photo of the same workshop that week tells nothing of its own.
            again = add(session, "passed", days_ago=7 * ago - 1, workshop=f"mf-{workshop}")
            again.photos[0].scores = {"dent": 0.99, "crack": 0.99}
    return found


@pytest.fixture(scope="module")
def drifted(tmp_path_factory: pytest.TempPathFactory, releases: Path) -> Iterator[tuple[Town, Any]]:
    with serve(tmp_path_factory.mktemp("drift"), releases, clock=lambda: NOW) as town:
        with town.state.ledger.write() as session:
            make_work(session)
            scores = scored(session)
        yield town, scores


def test_a_week_whose_scores_moved_is_told_from_one_whose_did_not(drifted: tuple[Town, Any]) -> None:
    town, scores = drifted
    answer = town.client("engineer").get("/v1/numbers/score-drift").json()
    assert (answer["release"], answer["reference_photos"]) == ("tiny-1", 4 * WORKSHOPS)
    found = {(one["week"], one["what"]): one for one in answer["items"]}
    steady, moved = ((NOW - timedelta(weeks=ago)).date().isoformat() for ago in (2, 1))
    assert sorted(found) == sorted(
        (week, what) for week in (steady, moved) for what in ("crack", "dent", HIGHEST)
    )
    dent = found[moved, "dent"]
    reference = [one for ago in range(3, 7) for one in scores[ago]]
    expected = ks_2samp(reference, scores[1])
    assert dent["distance"] == pytest.approx(expected.statistic)
    assert [found[of]["drifted"] for of in ((moved, "dent"), (moved, HIGHEST), (moved, "crack"))] == [
        True,
        True,
        False,
    ]
    assert not any(one["drifted"] for (week, _), one in found.items() if week == steady)
    assert all(one["p"] <= one["q"] for one in found.values())


def test_it_is_a_file_and_a_picture_too(drifted: tuple[Town, Any]) -> None:
    town, _ = drifted
    client = town.client("reviewer")
    answer = client.get("/v1/numbers/score-drift", params={"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert (len(rows), rows[0]["what"]) == (6, HIGHEST)
    for path in ("score-drift", "misses"):
        drawing = client.get(f"/v1/numbers/{path}/chart.svg", params={"narrow": "true"})
        assert ElementTree.fromstring(drawing.text).tag == "{http://www.w3.org/2000/svg}svg"
    assert client.get("/v1/numbers/score-drift", params={"release": "none"}).status_code == 404


def test_scores_that_moved_are_an_alert_once(drifted: tuple[Town, Any]) -> None:
    town, _ = drifted
    look(town.state)
    look(town.state)
    (alert,) = town.client("reviewer").get("/v1/alerts", params={"kind": "scores"}).json()["items"]
    assert (alert["subject"], alert["figures"]["photos"]) == ("tiny-1", WORKSHOPS)
    assert "most so: Dent, by" in alert["text"]["en"] or "the highest score" in alert["text"]["en"]
    assert town.client("reviewer").get(alert["pieces_url"]).status_code == 200


def test_a_hub_without_a_release_has_no_drift(town: Town) -> None:
    for path in ("score-drift", "misses", "score-drift/chart.svg", "misses/chart.svg"):
        assert town.client("engineer").get(f"/v1/numbers/{path}").status_code == 404


def test_misses_add_up_in_the_order_in_which_people_looked_and_are_an_alert_beyond_what_is_allowed(
    tmp_path: Path, releases: Path
) -> None:
    with serve(tmp_path, releases, clock=lambda: NOW) as town:
        with town.state.ledger.write() as session:
            make_work(session)
            for number in range(60):
                row = add(session, "passed", days_ago=5)
                session.add(AuditDraw(inspection=row.id, received_at=row.received_at, share=0.1))
                session.flush()
                if number < 50:
                    review(session, row, "rework" if number % 5 == 0 else "accept")
            # Not drawn, so that it counts nowhere.
            review(session, add(session, "passed", days_ago=5), "reject")
        answer = town.client("reviewer").get("/v1/numbers/misses").json()
        (week,) = answer["items"]
        low, high = bound(10, 50)
        assert (week["looked_at"], week["escaped"], week["share"]) == (50, 10, 0.2)
        assert (week["low"], week["high"]) == (pytest.approx(low), pytest.approx(high))
        assert (answer["most"], answer["exceeded"]) == (0.05, True)
        look(town.state)
        (alert,) = town.client("reviewer").get("/v1/alerts", params={"kind": "misses"}).json()["items"]
        assert alert["text"]["en"].startswith(
            "Release tiny-1: of 50 pieces that it passed and people looked at, 10"
        )
