"""Whatever people do with pieces in any order, the queue, the counts and the record stay as they should.

A few runs here, hundreds of longer ones in `make torture`, of a real service.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.parts.served import Town, clean, serve, tarnished
from tests.service.fairness.test_handovers import hand_over
from tests.service.inspections.test_appeals import contest
from tests.service.queue.asking import decide
from tests.service.wrong_design.saying import design, say
from ubora.service.ledger.counted import PASSED
from ubora.service.ledger.recount import differences
from ubora.service.ledger.tables import (
    Answer,
    Appeal,
    AuditDraw,
    DesignSaid,
    Handover,
    Inspection,
    KnownDeal,
    NetworkCount,
    Review,
    SecondDraw,
    Waiting,
)

LONG = settings.default is not None and settings.default.max_examples > 100
PHOTOS = {"flagged": tarnished(), "clean": clean()}
RECORD: tuple[type[Review | Answer | Handover | Appeal | DesignSaid], ...] = (
    Review,
    Answer,
    Handover,
    Appeal,
    DesignSaid,
)
PEOPLE = ("Wanjiku", "Njeri", "reviewer")
person = st.sampled_from(PEOPLE)
which = st.integers(0, 5)
disposition = st.sampled_from(["accept", "rework", "reject"])


class Hub(RuleBasedStateMachine):
    """Three people at one queue; pieces are named by the place at which they came."""

    town: ClassVar[Town]
    people: ClassVar[dict[str, httpx.Client]]

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.record: dict[str, list[tuple[Any, ...]]] = {}

    # What they do

    @rule(photo=st.sampled_from(sorted(PHOTOS)))
    def send(self, photo: str) -> None:
        if len(self.pieces) < 6:
            self.pieces.append(str(self.town.send(PHOTOS[photo]).json()["id"]))

    @rule(who=person, count=st.integers(1, 3))
    def take_the_next(self, who: str, count: int) -> None:
        before = self.holders()
        answer = self.answered(self.people[who].post("/v1/queue/claims", json={"count": count}))
        taken = [item["inspection"]["id"] for item in answer.json()["items"]]
        self.check_hers(who, taken, before)

    @rule(who=person, at=which)
    def take_one(self, who: str, at: int) -> None:
        before = self.holders()
        for piece in self.pieces[at : at + 1]:
            answer = self.answered(self.people[who].put(f"/v1/queue/claims/{piece}"))
            if answer.status_code == 200:
                self.check_hers(who, [piece], before)

    @rule(who=person)
    def give_back(self, who: str) -> None:
        self.answered(self.people[who].delete("/v1/queue/claims"))

    @rule(who=person, at=which, said=disposition, anyway=st.booleans())
    def review(self, who: str, at: int, said: str, anyway: bool) -> None:
        """Also once more: a changed mind, or the way back from a slip."""
        for piece in self.pieces[at : at + 1]:
            self.answered(decide(self.people[who], piece, said, anyway=anyway))

    @rule(who=person, said=disposition)
    def review_what_she_holds(self, who: str, said: str) -> None:
        """As the page does it: a piece is taken and decided."""
        items = self.people[who].post("/v1/queue/claims", json={}).json()["items"]
        for item in items:
            piece = item["inspection"]["id"]
            assert self.answered(decide(self.people[who], piece, said)).status_code == 201

    @rule(who=person, at=which)
    def hand_over(self, who: str, at: int) -> None:
        for piece in self.pieces[at : at + 1]:
            self.answered(hand_over(self.people[who], piece, "?"))

    @rule(who=person, at=which, of=st.sampled_from(["disc", "ring", None]))
    def say_of_which_design(self, who: str, at: int, of: str | None) -> None:
        """Also the design of before, by which it is taken back."""
        for piece in self.pieces[at : at + 1]:
            self.answered(say(self.people[who], piece, of))

    @rule(at=which)
    def contest(self, at: int) -> None:
        for piece in self.pieces[at : at + 1]:
            self.answered(contest(self.town, piece, note="no"))

    @rule(at=which, said=disposition)
    def know(self, at: int, said: str) -> None:
        for piece in self.pieces[at : at + 1]:
            self.answered(self.people["Omondi"].put(f"/v1/known/{piece}", json={"disposition": said}))

    # What holds after each step

    @invariant()
    def a_piece_waits_exactly_when_it_should(self) -> None:
        with self.town.state.ledger.read() as session:
            for row in self.rows(session):
                waiting = session.get(Waiting, row.id)
                earnest = waiting is not None and waiting.only is None
                assert earnest == _should_wait(session, row), (row.id, row.status)
                dealt = session.scalars(
                    select(KnownDeal.person).where(
                        KnownDeal.inspection == row.id, KnownDeal.outcome == "open"
                    )
                ).all()
                assert dealt == ([waiting.only] if waiting is not None and waiting.only else [])

    @invariant()
    def counts_equal_a_recount(self) -> None:
        with self.town.state.ledger.read() as session:
            statuses = Counter(session.scalars(select(Inspection.status)).all())
            kept = session.execute(
                select(*(func.sum(getattr(NetworkCount, name)) for name in ("decided", "passed", "pending")))
            ).one()
            waiting = session.scalar(select(func.count()).where(Waiting.only.is_(None)))
            assert list(differences(session)) == []
        pending, retakes = statuses["pending"], statuses["retake"]
        found = (statuses.total() - pending - retakes, sum(statuses[one] for one in PASSED), pending)
        assert tuple(one or 0 for one in kept) == found
        counts = self.people["Omondi"].get("/v1/queue/counts").json()
        assert counts["waiting"] == waiting

    @invariant()
    def the_record_only_grows(self) -> None:
        with self.town.state.ledger.read() as session:
            for table in RECORD:
                columns = (table.number, table.id, table.token, table.at)
                rows = select(*columns).where(table.inspection.in_(self.pieces)).order_by(table.number)
                now = [tuple(row) for row in session.execute(rows)]
                before = self.record.get(table.__tablename__, [])
                assert now[: len(before)] == before
                self.record[table.__tablename__] = now

    @invariant()
    def nobody_judges_her_own(self) -> None:
        with self.town.state.ledger.read() as session:
            for row in self.rows(session):
                reviews = {one.id: one for one in row.reviews}
                for appeal in row.appeals:
                    decider = next((one for one in row.reviews if one.at == appeal.decided_at), None)
                    contested = reviews.get(appeal.contests or "")
                    if decider and contested:
                        assert decider.person != contested.person
                draw = session.get(SecondDraw, row.id)
                if draw and draw.answer:
                    second = session.scalars(select(Answer).where(Answer.id == draw.answer)).one()
                    assert second.person != draw.person
                    if draw.settled:
                        assert reviews[draw.settled].person not in (draw.person, second.person)

    @invariant()
    def what_is_veiled_tells_nothing(self) -> None:
        with self.town.state.ledger.read() as session:
            draws = [
                session.get(SecondDraw, row.id)
                for row in self.rows(session)
                if session.get(Waiting, row.id) is not None
            ]
            first = {draw.inspection: draw.person for draw in draws if draw and draw.outcome == "waiting"}
        for piece, decided_by in first.items():
            for name, client in self.people.items():
                shown = client.get(f"/v1/inspections/{piece}").json()
                kept = name != "Omondi" and self.ids[name] != decided_by
                assert (shown["veiled"], shown["review"] is None) == (kept, kept)

    # How it is looked at

    ids: ClassVar[dict[str, str]]

    def answered(self, answer: httpx.Response) -> httpx.Response:
        assert answer.status_code in (200, 201, 204, 409), answer.text
        return answer

    def rows(self, session: Session) -> Sequence[Inspection]:
        return session.scalars(select(Inspection).where(Inspection.id.in_(self.pieces))).all()

    def holders(self) -> dict[str, str | None]:
        with self.town.state.ledger.read() as session:
            return {one.inspection: one.holder for one in session.query(Waiting)}

    def check_hers(self, who: str, taken: list[str], before: dict[str, str | None]) -> None:
        """Nobody else held it when she took it, and now she does."""
        now = self.holders()
        assert {before.get(piece) for piece in taken} <= {None, self.ids[who]}
        assert {now[piece] for piece in taken} <= {self.ids[who]}


def _should_wait(session: Session, row: Inspection) -> bool:
    if row.status == "pending":
        return True
    if row.status == "passed":
        return row.seen_before or session.get(AuditDraw, row.id) is not None
    draw = session.get(SecondDraw, row.id)
    return draw is not None and draw.outcome in ("waiting", "differ")


@pytest.mark.slow
@pytest.mark.hypothesis
def test_whatever_people_do_the_queue_the_counts_and_the_record_hold(tmp_path: Path, releases: Path) -> None:
    with serve(tmp_path, releases, audit_share=0.5, second_review_share=0.5, known_share=0.15) as town:
        design(town)
        clients = {name: town.log_in(name) for name in ("Wanjiku", "Njeri", "Omondi")}
        staff = {one["name"]: one["id"] for one in clients["Njeri"].get("/v1/staff").json()["items"]}
        tokens = {one["label"]: one["id"] for one in clients["Njeri"].get("/v1/tokens").json()["items"]}

        class Here(Hub):
            pass

        Here.town, Here.ids = town, {**staff, "reviewer": tokens["reviewer"]}
        Here.people = {**clients, "reviewer": town.client("reviewer")}
        examples, steps = (200, 40) if LONG else (6, 25)
        run_state_machine_as_test(
            Here, settings=settings(settings.default, max_examples=examples, stateful_step_count=steps)
        )
