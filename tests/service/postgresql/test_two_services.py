"""Two services on one database and one folder of photos: nothing lost, nothing doubled, no number twice."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from tests.parts.ledgers.postgresql import server
from tests.parts.processes import serving
from tests.parts.served import OWN, context_of, parts, seed, tarnished
from ubora.service.ledger.database import Ledger
from ubora.service.ledger.tables import DailyCount, Inspection, NetworkCount, Photo, Review
from ubora.service.settings import Settings

PIECES, PHONES = 12, 6


@pytest.fixture
def settings(tmp_path: Path, releases: Path) -> Settings:
    return Settings(data=tmp_path / "var", releases=releases, database_url=server().migrated_database())


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    opened = Ledger.open(settings.ledger_url())
    yield opened
    opened.close()


def test_two_that_are_sent_the_same_and_different_pieces_at_once_keep_each_once(
    settings: Settings, ledger: Ledger, tmp_path: Path
) -> None:
    tokens, names = seed(settings), [str(uuid.uuid4()) for _ in range(PIECES)]
    environment = {"UBORA_DATABASE_URL": settings.ledger_url()}
    with ExitStack() as stack:
        urls = [
            stack.enter_context(serving(settings.data, settings.releases, environment=environment))[1]
            for _ in range(2)
        ]
        phones, reviewers = (
            [
                stack.enter_context(
                    httpx.Client(
                        base_url=url, headers={"Authorization": f"Bearer {tokens[who]}"}, timeout=120
                    )
                )
                for url in urls
            ]
            for who in ("artisan", "reviewer")
        )

        def put(at: int) -> int:
            # Every piece is sent to both, by two threads that come to it at about the same time.
            files = parts(context_of(piece=str(at // 2 % 4), lot="L"), tarnished(at // 2))
            return phones[at % 2].put(f"/v1/inspections/{names[at // 2]}", files=files).status_code

        with ThreadPoolExecutor(PHONES) as pool:
            stored = list(pool.map(put, range(2 * PIECES)))
        reviews = [str(uuid.uuid4()) for _ in range(PIECES)]

        def review(at: int) -> int:
            path = f"/v1/inspections/{names[at // 2]}/reviews/{reviews[at // 2]}"
            body = {"disposition": "rework", "after": None, "appeal": None}
            return reviewers[at % 2].put(path, json=body).status_code

        with ThreadPoolExecutor(PHONES) as pool:
            decided = list(pool.map(review, range(2 * PIECES)))
    pairs = [sorted(found[2 * at : 2 * at + 2]) for found in (stored, decided) for at in range(PIECES)]
    assert pairs == [[200, 201]] * (2 * PIECES)
    with ledger.read() as session:
        rows = session.scalars(select(Inspection).order_by(Inspection.number)).all()
        photos = session.scalar(select(func.count()).select_from(Photo))
        said = session.scalars(select(Review.id)).all()
        counts = session.scalars(select(DailyCount)).all()
        network = session.scalars(select(NetworkCount)).all()
    assert sorted(row.id for row in rows) == sorted(names)
    numbers = [number for row in rows for number in (row.number, row.change)]
    # A change after the first is another number; none is anybody else's.
    assert len(set(numbers)) == 2 * PIECES
    assert (photos, sorted(said)) == (PIECES, sorted(reviews))
    # Four pieces, the last inspection of each decided as rework.
    assert sum(one.decided + one.pending for one in counts) == 4
    assert sum(one.decided for one in network) == sum(one.decided for one in counts)
    assert {one.microfactory for one in counts} == {OWN}
