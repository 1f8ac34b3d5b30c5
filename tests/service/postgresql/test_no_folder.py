"""Services that share PostgreSQL and an S3 store, and no folder: an upload goes on at any of them."""

import hashlib
import shutil
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.parts.ledgers.postgresql import server
from tests.parts.objects import own_url
from tests.parts.processes import serving
from tests.parts.served import NO_TLS, seed, serve, wait_until
from tests.parts.uploading import STEP, finish, half_sent, large_photo, step, where
from tests.torture.acknowledged import environment_of
from ubora.service.settings import Settings

MOST = 3
"""Unfinished uploads of a phone."""


@dataclass
class Hub:
    settings: Settings
    tokens: dict[str, str]
    stack: ExitStack
    folders: list[Path] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)

    def start(self) -> ExitStack:
        """A replica with a folder of its own, after those that are there; what is returned stops it."""
        folder = self.settings.data.with_name(f"replica-{len(self.folders)}")
        releases = shutil.copytree(self.settings.releases, folder.with_suffix(".releases"))
        told = environment_of(self.settings) | {"UBORA_UNFINISHED_UPLOADS": str(MOST)}
        running = self.stack.enter_context(ExitStack())
        self.urls.append(running.enter_context(serving(folder, releases, environment=told))[1])
        self.folders.append(folder)
        return running

    def phone(self, at: int, who: str = "artisan") -> httpx.Client:
        header = {"Authorization": f"Bearer {self.tokens[who]}"}
        client = httpx.Client(base_url=self.urls[at], headers=header, timeout=120, verify=NO_TLS)
        return self.stack.enter_context(client)


@pytest.fixture
def hub(tmp_path: Path, releases: Path) -> Iterator[Hub]:
    settings = Settings(
        data=tmp_path / "seeded",
        releases=releases,
        database_url=server().migrated_database(),
        photos_url=own_url(),
    )
    with ExitStack() as stack:
        yield Hub(settings, seed(settings), stack)


def test_bytes_that_wait_in_memory_are_bounded_and_what_came_before_is_kept(
    tmp_path: Path, releases: Path
) -> None:
    told: dict[str, Any] = {"max_request_bytes": 60_000, "upload_budget_bytes": 60_000}
    told |= {"database_url": server().migrated_database(), "photos_url": own_url()}
    with serve(tmp_path, releases, **told) as town:
        own, other = town.client("artisan"), town.client("other")
        first, second = uuid.uuid4(), uuid.uuid4()
        with half_sent(town, first, 0, b"x" * 40_000, 50_000):
            wait_until(lambda: where(own, first) == 40_000)
            refused = step(other, second, 0, b"y" * 30_000, 50_000)
            assert (refused.status_code, refused.json()["type"]) == (503, "/problems/busy")
        wait_until(lambda: town.state.budget.held == 0)
        assert where(own, first) == 40_000
        at = where(other, second) or 0
        assert step(other, second, at, b"y" * (50_000 - at), 50_000).status_code == 204


@pytest.mark.slow
def test_an_upload_is_begun_at_one_gone_on_with_at_another_after_a_kill_and_finished_at_a_third(
    hub: Hub,
) -> None:
    photo, upload, name = large_photo(), uuid.uuid4(), uuid.uuid4()
    first = hub.start()
    hub.start()
    one, two = hub.phone(0), hub.phone(1)
    assert step(one, upload, 0, photo[:STEP], len(photo)).status_code == 204
    assert where(two, upload) == STEP

    # The same bytes at both at once: they are taken once.
    with ThreadPoolExecutor(2) as pool:
        some = photo[STEP : 2 * STEP]
        both = [pool.submit(step, phone, upload, STEP, some, len(photo)) for phone in (one, two)]
    assert sorted(answer.result().status_code for answer in both) == [204, 409]
    assert [where(phone, upload) for phone in (one, two)] == [2 * STEP] * 2

    # So many may be unfinished, at all of them together.
    others = [hub.phone(at, "other") for at in (0, 1)]
    with ThreadPoolExecutor(2 * MOST) as pool:
        begun = pool.map(lambda at: step(others[at % 2], uuid.uuid4(), 0, b"x", 9), range(2 * MOST))
        assert sorted(answer.status_code for answer in begun) == [204] * MOST + [429] * MOST

    first.close()  # kill -9
    assert where(two, upload) == 2 * STEP
    assert step(two, upload, 2 * STEP, photo[2 * STEP : 3 * STEP], len(photo)).status_code == 204

    hub.start()
    three = hub.phone(2)
    assert where(three, upload) == 3 * STEP
    for at in range(3 * STEP, len(photo), STEP):
        assert step(three, upload, at, photo[at : at + STEP], len(photo)).status_code == 204
    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(finish, phone, name, upload) for phone in (two, three)]
    assert sorted(answer.result().status_code for answer in done) == [200, 201]

    answer = two.get(f"/v1/inspections/{name}").json()
    assert answer["photos"][0]["sha256"] == hashlib.sha256(photo).hexdigest()
    assert [where(phone, upload) for phone in (two, three)] == [None, None]
    assert [path for folder in hub.folders for path in folder.glob("arriving")] == []
