"""People of the demonstration keep the rules that people at the hub keep."""

import uuid

import numpy as np

from tests.parts.served import Town
from tests.service.inspections.test_appeals import contest
from tests.service.queue.asking import flagged
from ubora.service.inspections.said import CorrectedDefect
from ubora.service.ledger.tables import Inspection
from ubora.service.reviews.reviews import ReviewBody, store_review
from ubora.service.simulation.deeds import Deeds, enter_people
from ubora.service.simulation.scene import plain


def test_whoever_of_them_decided_what_is_contested_another_looks_at_the_piece_in_hand(town: Town) -> None:
    cast = enter_people(town.state, plain(1))
    deeds = Deeds(town.state, cast, np.random.default_rng(0))
    rough = CorrectedDefect(photo=0, defect="scratch", severity="major")
    body = ReviewBody(disposition="rework", defects=[rough])
    judges = []
    for number, person in enumerate(cast.people):
        name = flagged(town, str(number))
        store_review(town.state, name, str(uuid.uuid4()), body, person)
        assert contest(town, name, note="It is patina.").status_code == 201
        with town.state.ledger.read() as session:
            row = session.get_one(Inspection, name)
        answer = ReviewBody(
            disposition="accept",
            after=uuid.UUID(row.reviews[-1].id),
            appeal=uuid.UUID(row.appeals[-1].id),
        )
        store_review(town.state, name, str(uuid.uuid4()), answer, cast.other_than(person.label))
        deeds.look(name, good=True)
        with town.state.ledger.read() as session:
            first, _, last = session.get_one(Inspection, name).reviews
        assert (first.person, last.disposition) == (person.staff, "accept")
        judges.append((first.person, last.person))
    assert len(judges) >= 2
    assert [one for one, other in judges if one == other] == []
