"""A share of what passed is looked at by a person: drawn by a secret, with its share, passed meanwhile."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from scipy.stats import binom

from tests.parts.served import Town, clean, serve, tarnished
from tests.service.inspections.test_appeals import rate
from tests.service.queue.asking import claim, decide, ids, listed
from ubora.service.ledger.database import Ledger
from ubora.service.ledger.draws import KEY, is_drawn
from ubora.service.ledger.tables import AuditDraw, Inspection, LedgerKey, Waiting
from ubora.service.ownership.sweeper import sweep
from ubora.service.storage.watch import Watch


@pytest.fixture
def town(tmp_path: Path, releases: Path) -> Iterator[Town]:
    """Everything that passes is drawn."""
    with serve(tmp_path, releases, audit_share=1.0, keep_photos_days=30) as running:
        yield running


def drawn(town: Town) -> dict[str, float]:
    with town.state.ledger.read() as session:
        return {row.inspection: row.share for row in session.query(AuditDraw)}


def key_of(folder: Path) -> bytes:
    ledger = Ledger.open(f"sqlite:///{folder / 'ledger.sqlite'}")
    with ledger.read() as session:
        key = bytes.fromhex(session.get_one(LedgerKey, KEY).key)
    ledger.close()
    return key


@pytest.mark.parametrize("share", [0.0, 0.02, 0.3, 1.0])
def test_as_many_are_drawn_as_the_share_says(share: float) -> None:
    random, key = Random(1), bytes(range(32))
    names = [str(uuid.UUID(int=random.getrandbits(128), version=4)) for _ in range(5_000)]
    count = sum(is_drawn(key, name, share) for name in names)
    # Nobody who draws rightly is ever outside, but once in a million.
    least, most = binom.ppf([0.5e-6, 1 - 0.5e-6], len(names), share)
    assert max(least, 0) <= count <= most


def test_a_draw_can_be_made_again_a_greater_share_has_all_of_a_smaller_and_another_key_draws_others() -> None:
    random, key = Random(2), bytes(32)
    names = [str(uuid.UUID(int=random.getrandbits(128), version=4)) for _ in range(2_000)]
    small, large = ({name for name in names if is_drawn(key, name, share)} for share in (0.1, 0.2))
    assert small == {name for name in names if is_drawn(key, name, 0.1)}
    assert small < large
    assert small != {name for name in names if is_drawn(bytes([1] * 32), name, 0.1)}


def test_each_ledger_draws_by_a_secret_of_its_own_that_stays(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    first, other, again = (key_of(tmp_path / name) for name in ("a", "b", "a"))
    assert len(first) == 32
    assert (first == again, first == other) == (True, False)


def test_a_drawn_piece_stays_passed_for_its_workshop_until_a_person_says_otherwise(town: Town) -> None:
    sent = town.send(clean(), lot="L", piece="1").json()
    artisan, reviewer = town.client("artisan"), town.client("reviewer")
    assert (sent["status"], rate(town)) == ("passed", (1, 1, 0, 1))
    assert artisan.get(f"/v1/inspections/{sent['id']}").json() == sent
    assert "audit" not in str(sent)
    (item,) = listed(reviewer, kind="audit")
    assert (ids([item]), item["kinds"], item["inspection"]["status"]) == ([sent["id"]], ["audit"], "passed")
    assert ids(claim(reviewer, kind=["audit"])) == [sent["id"]]
    assert decide(reviewer, sent["id"], "reject").json()["status"] == "rejected"
    assert listed(reviewer) == []
    assert rate(town) == (1, 0, 0, 1)
    # The draw stays on record with its share, for whoever estimates from what was found.
    assert drawn(town) == {sent["id"]: 1.0}


def test_only_what_passed_is_drawn_and_once_however_often_it_is_sent(town: Town) -> None:
    name = str(uuid.uuid4())
    town.send(tarnished())
    assert [town.send(clean(), name=name).status_code for _ in range(2)] == [201, 200]
    assert list(drawn(town)) == [name]


def test_of_a_share_of_nothing_nothing_is_drawn(tmp_path: Path, releases: Path) -> None:
    with serve(tmp_path, releases, audit_share=0.0) as town:
        town.send(clean())
        assert (drawn(town), listed(town.client("reviewer"))) == ({}, [])


def test_a_sample_whose_photos_are_kept_no_longer_is_not_asked_for(town: Town) -> None:
    old, young, one = (town.send(clean(seed), piece=str(seed), lot="L").json()["id"] for seed in range(3))
    with town.state.ledger.write() as session:
        session.get_one(Inspection, old).received_at = datetime.now(UTC) - timedelta(days=31)
    sweep(town.state, Watch())
    reviewer = town.client("reviewer")
    waiting = [name for name in (old, young, one) if name in ids(listed(reviewer, kind="audit"))]
    assert waiting == [young, one]
    # Nor one of which an admin deleted the only photo, nor all of it.
    admin = town.client("admin")
    for gone in ({"inspection": young, "photo": 0}, {"inspection": one}):
        assert admin.post("/v1/deletions", json={"reason": "a face", **gone}).status_code == 200
    with town.state.ledger.read() as session:
        assert session.query(Waiting).count() == 0
    assert set(drawn(town)) == {old, young}
