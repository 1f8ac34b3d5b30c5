"""A network that loses, cuts and repeats: every piece and every decision is kept once."""

from pathlib import Path

import pytest

from tests.torture.acknowledged import KINDS
from tests.torture.faults import FAULTS, send_through_faults
from ubora.service.settings import Settings

ENOUGH = 30


@pytest.mark.slow
def test_through_a_network_that_cuts_delays_and_repeats_everything_arrives_once(
    tmp_path: Path, releases: Path
) -> None:
    settings = Settings(data=tmp_path / "var", releases=releases)
    outcome, tally = send_through_faults(settings, lambda acknowledged: acknowledged >= ENOUGH)
    assert outcome.wrong == {kind: [] for kind in KINDS}
    assert outcome.acknowledged >= ENOUGH
    assert set(tally.done) == set(FAULTS)
