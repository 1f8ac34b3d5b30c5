"""The demonstration: sample pieces under their own designs, and a played network that fills every page."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from tests.parts.tiny_comparing import write_comparing_bundle
from tests.training.evaluation.judged import OPEN
from ubora.command import main
from ubora.datasets.manifest import Manifest, Sample, read_manifest
from ubora.datasets.taxonomy import JEWELRY
from ubora.models.registry.promotion import promote
from ubora.service.demo import DESIGNS, MICROFACTORIES, MOST_PHOTOS, SAMPLE, SHOWN_BY, seed_demo
from ubora.service.demo_orders import VIEWS
from ubora.service.demo_played import WORLD
from ubora.service.ledger.tables import (
    Alert,
    ChartLimits,
    CorrectiveAction,
    Design,
    Inspection,
    LotCheck,
    Microfactory,
    Staff,
    Token,
    Waiting,
)
from ubora.service.settings import Settings
from ubora.service.simulation.scene import MARK, PLAYED
from ubora.service.state import AppState


def is_played(code: Any) -> Any:
    return code.startswith(PLAYED)


@dataclass(frozen=True)
class Shown:
    """What lies in the ledger after the start."""

    state: AppState
    rows: list[Inspection]
    """Of pieces that were really inspected."""
    played: list[Inspection]
    designs: dict[str, Design]
    sample: Manifest

    def photos(self, row: Inspection) -> list[Sample]:
        by_hash = {one.sample_id: one for one in self.sample}
        return [by_hash[photo.received_sha256] for photo in row.photos]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    folder = tmp_path_factory.mktemp("demonstration")
    write_comparing_bundle(folder / "releases/comparing-1")
    promote(folder / "releases", "comparing-1")
    with AppState.open(Settings(data=folder / "var", releases=folder / "releases")) as state:
        # What the tiny network would send back says nothing of the demonstration.
        champion = state.champion.serving()
        champion.record = champion.record.model_copy(update={"gate": OPEN})
        seed_demo(state)
        with state.ledger.read() as session:
            query = select(Inspection).order_by(Inspection.number)
            rows = list(session.scalars(query.where(Inspection.microfactory.in_(MICROFACTORIES))))
            played = list(session.scalars(query.where(is_played(Inspection.microfactory))))
            designs = {design.id: design for design in session.scalars(select(Design))}
        yield Shown(state, rows, played, designs, read_manifest(SAMPLE))


def test_the_designs_are_those_of_the_sample(shown: Shown) -> None:
    there = {one.design: (one.category, one.material, one.stage) for one in shown.sample}
    here = {
        design: (DESIGNS[code].category, DESIGNS[code].material, DESIGNS[code].stage)
        for design, code in SHOWN_BY.items()
    }
    assert here == there
    assert sorted(SHOWN_BY.values()) == sorted(DESIGNS)
    assert sorted(code for code in shown.designs if not code.startswith(PLAYED)) == sorted(DESIGNS)
    assert len({design.name for design in DESIGNS.values()}) == len(DESIGNS)
    assert {design.category for design in DESIGNS.values()} <= set(JEWELRY.categories)


def test_every_piece_stands_under_its_own_design_with_its_views(shown: Shown) -> None:
    pieces = {one.piece_id for one in shown.sample if not one.approved_sample}
    assert len(shown.rows) == len(pieces)
    for row in shown.rows:
        photos = shown.photos(row)
        assert {SHOWN_BY[str(one.design)] for one in photos} == {row.design}
        assert len({one.piece_id for one in photos}) == 1
        assert [photo.view for photo in row.photos] == [one.view for one in photos]
        assert len(photos) == len(VIEWS)
    assert sum(len(row.photos) for row in shown.rows) <= MOST_PHOTOS


def test_every_design_shows_its_approved_sample_and_no_piece_is_one(shown: Shown) -> None:
    approved = Counter(one.design for one in shown.sample if one.approved_sample)
    for design, code in SHOWN_BY.items():
        assert len(shown.designs[code].approved) == approved[design] == 2
        assert [photo.view for photo in shown.designs[code].approved] == ["front", "side"]
    assert not any(one.approved_sample for row in shown.rows for one in shown.photos(row))


def test_every_piece_was_judged_beside_them(shown: Shown) -> None:
    assert all(row.design_distance is not None for row in shown.rows)
    known = {
        row.design: {photo.stored_sha256 for photo in shown.designs[row.design].approved}
        for row in shown.rows
    }
    places = [
        (row.design, defect["compared_with"]["approved_sha256"])
        for row in shown.rows
        for photo in row.photos
        for defect in photo.defects
        if defect["compared_with"]
    ]
    assert places
    assert all(sha256 in known[design] for design, sha256 in places)


def test_reviews_say_what_the_sample_says_of_the_photo(shown: Shown) -> None:
    reviewed = [row for row in shown.rows if row.reviews]
    assert reviewed
    for row in reviewed:
        said = [(one["photo"], one["defect"]) for one in row.reviews[-1].defects or ()]
        there = [(n, d.name) for n, one in enumerate(shown.photos(row)) for d in one.defects or ()]
        assert said == there
        dispositions = {"accept"} if not there else {"rework", "reject"}
        assert row.reviews[-1].disposition in dispositions


def test_one_workshop_contests_with_a_view_that_it_had_not_sent(shown: Shown) -> None:
    (row,) = [row for row in shown.rows if row.appeals]
    assert row.appeals[-1].photo_sha256 not in {photo.stored_sha256 for photo in row.photos} | {None}


def test_what_is_played_says_so_has_no_photo_and_comes_before_what_was_inspected(shown: Shown) -> None:
    with shown.state.ledger.read() as session:
        workshops = session.scalars(select(Microfactory).where(is_played(Microfactory.id))).all()
        waiting = set(session.scalars(select(Waiting.inspection)))
    assert len(workshops) == WORLD.workshops
    assert all(one.name.endswith(MARK) for one in workshops)
    assert {photo.removed_why for row in shown.played for photo in row.photos} == {"played"}
    assert all(photo.removed_at is not None for row in shown.played for photo in row.photos)
    assert max(row.number for row in shown.played) < min(row.number for row in shown.rows)
    assert not waiting & {row.id for row in shown.played}


def test_the_counts_of_the_demonstration_are_those_of_counting_anew(shown: Shown) -> None:
    assert main(["admin", "recount", "--data", str(shown.state.settings.data)]) == 0


def test_limits_stand_an_alert_is_open_an_action_goes_on_and_a_lot_is_sampled(shown: Shown) -> None:
    with shown.state.ledger.read() as session:
        alerts = session.scalars(select(Alert.kind).where(Alert.state == "open")).all()
        limits = set(session.scalars(select(ChartLimits.kind)))
        actions = set(session.scalars(select(CorrectiveAction.state)))
        outcomes = set(session.scalars(select(LotCheck.outcome)))
    assert "microfactory" in alerts
    assert limits == {"network", "microfactory", "design", "defect", "retakes"}
    assert {"opened", "told", "watched"} <= actions
    assert {None, "accept", "refuse"} == outcomes


def test_nobody_logs_in_or_sends_as_somebody_who_was_played(shown: Shown) -> None:
    with shown.state.ledger.read() as session:
        people = session.scalars(select(Staff).where(Staff.name.endswith(MARK))).all()
        tokens = session.scalars(select(Token).where(Token.label.endswith(MARK))).all()
    assert people
    assert all(one.disabled_at is not None for one in people)
    assert tokens
    assert all(one.revoked_at is not None for one in tokens)
