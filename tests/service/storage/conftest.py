"""An empty database of either kind, for tests that make its tables themselves."""

from pathlib import Path

import pytest

from tests.parts.ledgers.chosen import KINDS, empty_ledger


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without any table."""
    return empty_ledger(request.param, tmp_path)
