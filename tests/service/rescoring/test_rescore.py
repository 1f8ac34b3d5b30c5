"""`ubora rescore`: an archive by another release, each inspection once however often it is stopped."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.parts.served import Town, clean, serve, tarnished
from tests.parts.tiny_bundle import write_tiny_bundle
from ubora.command import main
from ubora.service.ledger.tables import Rescore


@pytest.fixture
def own_releases(tmp_path: Path, releases: Path) -> Path:
    folder = Path(shutil.copytree(releases, tmp_path / "releases"))
    # It finds nothing.
    write_tiny_bundle(folder / "blind", threshold=0.9999)
    return folder


@pytest.fixture
def own_town(tmp_path: Path, own_releases: Path) -> Iterator[Town]:
    with serve(tmp_path, own_releases) as town:
        yield town


def _line(town: Town, *more: str) -> list[str]:
    options = [*town.ledger_options, "--releases", str(town.settings.releases)]
    return ["rescore", "blind", *options, "--workers", "1", *more]


def _rescore(town: Town, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, dict[str, Any]]:
    code = main(_line(town, "--json", *more))
    counts: dict[str, Any] = json.loads(capsys.readouterr().out)
    counts.pop("seconds")
    return code, counts


def _stored(town: Town) -> int:
    with town.state.ledger.read() as session:
        return session.scalar(select(func.count()).select_from(Rescore)) or 0


def test_an_archive_is_judged_once_and_what_is_new_is_judged_by_the_next_run(
    own_town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    for photo in (tarnished(1), tarnished(2), clean(3)):
        own_town.send(photo)
    first = _rescore(own_town, capsys, "--limit", "2")
    assert first == (0, {"release": "blind", "judged": 2, "agrees": 0, "not_judged": []})
    assert _rescore(own_town, capsys) == (
        0,
        {"release": "blind", "judged": 1, "agrees": 1, "not_judged": []},
    )
    again = _rescore(own_town, capsys)
    assert again == (0, {"release": "blind", "judged": 0, "agrees": 0, "not_judged": []})
    assert _stored(own_town) == 3


def test_a_photo_that_was_altered_is_named_and_the_rest_is_judged(
    own_town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = own_town.send(tarnished(1)).json()["id"]
    [(_, path)] = own_town.state.store.files("photos")
    path.write_bytes(clean(9))
    own_town.send(tarnished(2))
    code, counts = _rescore(own_town, capsys)
    assert (code, counts["judged"]) == (1, 1)
    [failed] = counts["not_judged"]
    assert failed["inspection"] == broken
    assert "altered; expected the content that its name is the hash of" in failed["why"]


def test_killed_in_the_middle_it_goes_on_and_nothing_is_there_twice(
    own_town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    for seed in range(45):
        own_town.send(tarnished(seed))
    command = [sys.executable, "-m", "ubora", *_line(own_town)]
    process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)
    while _stored(own_town) == 0 and process.poll() is None:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    kept = _stored(own_town)
    assert kept > 0
    code, counts = _rescore(own_town, capsys)
    assert (code, counts["judged"]) == (0, 45 - kept)
    assert _stored(own_town) == 45


def test_only_what_came_on_a_day_or_later_and_only_of_a_release_that_there_is(
    own_town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    own_town.send(tarnished(1))
    assert _rescore(own_town, capsys, "--since", "2999-01-01")[1]["judged"] == 0
    assert main(["rescore", "blnd", *_line(own_town)[2:]]) == 1
    assert "no release 'blnd'; did you mean 'blind'?" in capsys.readouterr().err


def test_on_a_cluster_a_machine_that_dies_takes_nothing_with_it(own_town: Town) -> None:
    """Two nodes of a real Ray cluster, one of them killed while it works."""
    ray_cluster = pytest.importorskip("ray.cluster_utils")
    cluster = ray_cluster.Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    try:
        other = cluster.add_node(num_cpus=1)
        for seed in range(60):
            own_town.send(tarnished(seed))
        command = [sys.executable, "-m", "ubora", *_line(own_town, "--ray", cluster.address, "--json")]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while _stored(own_town) == 0 and process.poll() is None:
            time.sleep(0.05)
        cluster.remove_node(other, allow_graceful=False)
        out, said = process.communicate(timeout=300)
    finally:
        cluster.shutdown()
    assert process.returncode == 0, said
    assert json.loads(out)["judged"] == 60
    assert _stored(own_town) == 60
