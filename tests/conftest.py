"""What several test files share: a released tiny network, and a running service."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.parts.browser import chromium, open_page  # noqa: F401  fixtures of the page tests
from tests.parts.ledgers.chosen import chosen
from tests.parts.ledgers.postgresql import stop_server
from tests.parts.objects import chosen_photos, stop_objects
from tests.parts.served import Town, serve
from tests.parts.tiny_bundle import tiny_releases

# The ordinary run tries the same few examples each time; `make torture` others, and many.
_ALWAYS = settings(deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ordinary", _ALWAYS, derandomize=True, max_examples=30)
settings.register_profile("long", _ALWAYS, max_examples=3_000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ordinary"))

LONGEST = (
    "project/test_loop",
    "test_whole_path",
    "learning/test_ranks",
    "learning/test_run",
    "sending/test_queue",
    "network/",
)
"""Files that take a minute or more go first: no worker is left alone with one at the end."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest first; without what is of SQLite or a folder alone, where something else is asked for."""
    items.sort(key=lambda item: not any(name in item.nodeid for name in LONGEST))
    left_out = [] if chosen() == "sqlite" else ["sqlite_alone"]
    left_out += [] if chosen_photos() == "folder" else ["folder_alone"]
    alone = [item for item in items if any(item.get_closest_marker(name) for name in left_out)]
    config.hook.pytest_deselected(items=alone)
    items[:] = [item for item in items if item not in alone]


def pytest_unconfigure() -> None:
    stop_server()
    stop_objects()


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A releases folder with the champion `tiny-1`. Not to be changed; copy it for that."""
    return tiny_releases(tmp_path_factory.mktemp("releases"))


@pytest.fixture
def town(tmp_path: Path, releases: Path) -> Iterator[Town]:
    """A service of this test's own, empty but for workshops, designs and tokens."""
    with serve(tmp_path, releases) as running:
        yield running


@pytest.fixture(scope="module")
def shared_town(tmp_path_factory: pytest.TempPathFactory, releases: Path) -> Iterator[Town]:
    """A service for a whole file, for tests that do not mind one another."""
    with serve(tmp_path_factory.mktemp("town"), releases) as running:
        yield running
