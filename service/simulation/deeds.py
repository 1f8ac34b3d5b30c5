"""What people do in a played network beside deciding what was flagged: contests, second looks, samples.

cast = enter_people(state, scene)           # the scene with people who may decide, and who they are
deeds = Deeds(state, cast, draw)
deeds.contest(rows, at); deeds.look_twice(rows); deeds.sample(lot, "decided")

Everything is done by the functions that a request calls.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Literal

import numpy as np
from fastapi import Response
from sqlalchemy import select

from ubora.service.auth.access import Principal
from ubora.service.auth.staff import add_staff, set_disabled
from ubora.service.auth.tokens import add_token, revoke
from ubora.service.http.multipart import Upload
from ubora.service.inspections.said import CorrectedDefect, Disposition
from ubora.service.ledger.barred import barred_from
from ubora.service.ledger.draws import SECOND, is_drawn, key_of
from ubora.service.ledger.tables import Inspection, Staff, Token
from ubora.service.ledger.waiting import note_waiting
from ubora.service.queue.claims import claim_one
from ubora.service.reviews.appeals import store_appeal
from ubora.service.reviews.reviews import ReviewBody, store_review
from ubora.service.reviews.second import look_again
from ubora.service.sampling.checks import DecisionBody, DrawBody, decide, draw_sample
from ubora.service.secrets.passwords import new_password
from ubora.service.simulation.orders import ACTOR
from ubora.service.simulation.scene import MARK, Scene
from ubora.service.state import AppState
from ubora.service.workshops.lot_acts import ActBody, put_act

SECOND_SHARE = 0.06
"""Of what is decided, for a second person."""
_AGREES, _RIGHT = 0.88, 0.4
"""How often a second person says the same; how often a workshop that contests is right."""
_TO_DECIDE = timedelta(hours=6)
"""From a decision over a contest to another one."""
_ARTISANS = ("Wairimu", "Akinyi", "Mutua", "Halima", "Juma", "Atieno", "Mwende")
_CONTESTS = (
    "Ni alama ya nyundo, si kasoro. (It is a mark of the hammer and no defect.)",
    "Rangi ni ya pembe yenyewe. (The colour is the horn's own.)",
    "Nimeisugua tena, tafadhali angalia. (I polished it again, please look.)",
    "Ni kivuli cha dirisha. (It is the shadow of the window.)",
)


@dataclass
class Cast:
    """Who acts: people at the hub, and a phone of each workshop that does something."""

    state: AppState
    scene: Scene
    people: tuple[Principal, ...]
    phones: dict[str, Principal] = field(default_factory=dict)

    def other_than(self, name: str | None) -> Principal:
        """Somebody at the hub of another name."""
        return next(one for one in self.people if one.label != name)

    def named(self, name: str) -> Principal:
        return next(one for one in self.people if one.label == name)

    def phone(self, workshop: str) -> Principal:
        if workshop not in self.phones:
            label = f"{_ARTISANS[len(self.phones) % len(_ARTISANS)]} {MARK}"
            with self.state.ledger.write() as session:
                token = add_token(session, "artisan", workshop, label)
            self.phones[workshop] = Principal(token.id, "artisan", workshop, label)
        return self.phones[workshop]

    def leave(self) -> None:
        """Nobody logs in as somebody who was played, and no phone of theirs sends anything."""
        people = {one.staff for one in self.people}
        tokens = {one.token for one in (*self.people, *self.phones.values())}
        by = replace(self.people[0], label=ACTOR)
        with self.state.ledger.write() as session:
            for person in session.scalars(select(Staff).where(Staff.id.in_(people)).order_by(Staff.name)):
                set_disabled(session, ACTOR, person, True)
            for token in session.scalars(select(Token).where(Token.id.in_(tokens)).order_by(Token.id)):
                revoke(session, by, token)


def enter_people(state: AppState, scene: Scene) -> Cast:
    """A password that nobody is told: it is asked of nobody, since they leave in the end."""
    kept = state.passwords.hash(new_password())
    people = []
    with state.ledger.write() as session:
        for name in scene.people:
            person = add_staff(session, ACTOR, name, "reviewer", kept)
            token = add_token(session, "reviewer", None, name)
            people.append(Principal(token.id, "reviewer", None, name, staff=person.id))
    known = {one.label: one.staff for one in people}
    return Cast(state, replace(scene, people=known), tuple(people))


@dataclass(frozen=True)
class Deeds:
    state: AppState
    cast: Cast
    draw: np.random.Generator

    def contest(self, rows: Sequence[Inspection], most: int) -> None:
        """Workshops contest some of what was sent back; another person decides it anew."""
        latest = self.state.ledger.clock() - _TO_DECIDE
        sent_back = [row for row in rows if row.status == "rework" and row.reviews[-1].at < latest]
        for at in self.draw.permutation(len(sent_back))[:most].tolist():
            row = sent_back[at]
            first = row.reviews[-1]
            note = str(self.draw.choice(_CONTESTS))
            appeal, said_at = self._name(), first.at + _TO_DECIDE / 2
            phone = self.cast.phone(row.microfactory)
            store_appeal(self.state, uuid.UUID(row.id), appeal, note, Upload(), phone, said_at)
            right = self.draw.random() < _RIGHT
            body = ReviewBody(
                disposition="accept" if right else "rework",
                defects=[] if right else _defects_of(row),
                after=uuid.UUID(first.id),
                appeal=uuid.UUID(appeal),
            )
            other = self.cast.other_than(first.reviewer)
            store_review(self.state, row.id, self._name(), body, other, said_at + _TO_DECIDE / 2)

    def look_twice(self, rows: Sequence[Inspection]) -> None:
        """A share of what was decided goes to a second person, and where they differ to a third."""
        drawn: list[Inspection] = []
        with self.state.ledger.write() as session:
            key = key_of(session, SECOND)
            for row in rows:
                if row.reviews and is_drawn(key, row.id, SECOND_SHARE):
                    kept = session.get_one(Inspection, row.id)
                    # Nobody is asked to look where no photo is kept: it is, until they have looked.
                    kept.photos[0].removed_at = None
                    look_again(session, kept, kept.reviews[-1], SECOND_SHARE)
                    note_waiting(session, kept)
                    drawn.append(row)
        for row in drawn:
            self._second(row)
        with self.state.ledger.write() as session:
            for row in drawn:
                session.get_one(Inspection, row.id).photos[0].removed_at = row.received_at

    def _second(self, row: Inspection) -> None:
        first = row.reviews[-1]
        same = self.draw.random() < _AGREES
        accepts = (first.disposition == "accept") == same
        level = min(5, max(1, (first.variance or 3) + int(self.draw.integers(-1, 2))))
        said: Disposition = "accept" if accepts else "rework"
        if same and first.disposition == "reject":
            said = "reject"
        defects = [] if accepts else _defects_of(row)
        second, third = [one for one in self.cast.people if one.label != first.reviewer][:2]
        claim_one(self.state, row.id, second)
        body = ReviewBody(disposition=said, defects=defects, variance=level)
        store_review(self.state, row.id, self._name(), body, second)
        if said != first.disposition:
            claim_one(self.state, row.id, third)
            body = body.model_copy(update={"after": uuid.UUID(first.id)})
            store_review(self.state, row.id, self._name(), body, third)

    def sample(self, lot: str, until: Literal["half", "decided"], act: Literal["ship", "hold"]) -> None:
        """A sample of a lot is drawn by its plan and looked at; the lot is decided as the counts say."""
        who = self.cast.people[0]
        check = uuid.UUID(self._name())
        drawn = draw_sample(lot, check, DrawBody(), Response(), self.state, who)
        names = [one.inspection for one in drawn.sample]
        for at, name in enumerate(names[: len(names) // 2] if until == "half" else names):
            self.look(name, good=act == "ship" or at % 2 == 1)
        if until == "half":
            return
        answer = draw_sample(lot, check, DrawBody(), Response(), self.state, who)
        assert answer.by_plan is not None
        decide(lot, check, DecisionBody(outcome=answer.by_plan), self.state, who)
        reason = "" if act == "ship" else "Half of the sample has rough edges: we talk to the workshop first."
        body = ActBody(kind=act, reason=reason)
        put_act(lot, uuid.UUID(self._name()), body, Response(), self.state, who)

    def look(self, inspection: str, *, good: bool) -> None:
        """Somebody who may decides a piece in hand."""
        with self.state.ledger.read() as session:
            row = session.get_one(Inspection, inspection)
            barred = barred_from(session, row)
        who = next(one for one in reversed(self.cast.people) if one.staff not in barred)
        last = row.reviews[-1] if row.reviews else None
        rough = CorrectedDefect(photo=0, defect="rough", severity="major")
        body = ReviewBody(
            disposition="accept" if good else "rework",
            defects=[] if good else [rough],
            after=None if last is None else uuid.UUID(last.id),
        )
        at = self.state.ledger.clock()
        store_review(self.state, inspection, self._name(), body, who, at)

    def _name(self) -> str:
        return str(uuid.UUID(bytes=self.draw.bytes(16), version=4))


def _defects_of(row: Inspection) -> list[CorrectedDefect]:
    """As the last review has them; where it has none, as a second person might see one."""
    said = row.reviews[-1].defects or []
    found = [CorrectedDefect.model_validate(one) for one in said]
    return found or [CorrectedDefect(photo=0, defect="scratch", severity="minor")]
