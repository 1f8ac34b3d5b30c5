"""The champion: none, changed while it serves, refused."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.parts.served import Town, clean, serve, tarnished, wait_until
from tests.parts.tiny_bundle import write_tiny_bundle
from ubora.models.registry.promotion import promote, rollback
from ubora.models.registry.releases import ALIAS_FILE, Aliases


@pytest.fixture
def own_releases(tmp_path: Path, releases: Path) -> Path:
    return Path(shutil.copytree(releases, tmp_path / "releases"))


def _name(town: Town) -> str:
    return str(town.client("artisan").get("/v1/release").json()["name"])


def _force_champion(releases: Path, name: str) -> None:
    """What `promote` refuses to write."""
    (releases / ALIAS_FILE).write_text(Aliases(champion=name).model_dump_json())


def test_the_release_is_shown_with_its_classes_and_thresholds(shared_town: Town) -> None:
    release = shared_town.client("artisan").get("/v1/release").json()
    assert (release["name"], release["input_size"]) == ("tiny-1", 64)
    assert release["defects"] == ["tarnish", "scratch"]
    assert release["thresholds"] == [0.5, 0.5]


def test_without_a_champion_it_starts_is_not_ready_and_answers_503(tmp_path: Path) -> None:
    with serve(tmp_path, tmp_path / "none") as town:
        health = town.client(None).get("/health/ready")
        assert (health.status_code, health.json()["ready"]) == (503, False)
        assert [part["ready"] for part in health.json()["parts"]] == [True, True, False]
        response = town.send(clean())
        assert (response.status_code, response.json()["type"]) == (503, "/problems/no-champion")
        assert town.client(None).get("/health/live").status_code == 200
        # The first release is taken up as well.
        write_tiny_bundle(tmp_path / "none" / "tiny-1")
        promote(tmp_path / "none", "tiny-1")
        wait_until(lambda: town.client(None).get("/health/ready").status_code == 200)
        assert town.send(clean()).status_code == 201


def test_a_promoted_release_serves_without_a_restart_and_no_request_fails(
    tmp_path: Path, own_releases: Path
) -> None:
    with serve(tmp_path, own_releases) as town, ThreadPoolExecutor(2) as pool:
        before = town.send(tarnished()).json()
        sent = pool.map(lambda number: town.send(tarnished(number)), range(40))
        # The new one finds nothing.
        write_tiny_bundle(own_releases / "tiny-2", threshold=0.9999)
        promote(own_releases, "tiny-2", force=True, why="to see it change")
        wait_until(lambda: _name(town) == "tiny-2")
        assert {answer.status_code for answer in sent} == {201}
        after = town.send(tarnished()).json()
        assert [(a["release"], a["verdict"]) for a in (before, after)] == [
            ("tiny-1", "flag"),
            ("tiny-2", "pass"),
        ]
        rollback(own_releases)
        wait_until(lambda: _name(town) == "tiny-1")
        # What was stored keeps the verdict and the release of its time.
        assert town.client("artisan").get(f"/v1/inspections/{after['id']}").json() == after


@pytest.mark.parametrize("fault", ["golden", "altered", "missing", "no such release"])
def test_a_bad_release_is_refused_and_seen_while_the_one_before_serves_on(
    tmp_path: Path, own_releases: Path, fault: str
) -> None:
    bad = own_releases / "bad"
    if fault != "no such release":
        write_tiny_bundle(bad, golden_shift=1.0 if fault == "golden" else 0.0)
    if fault == "altered":
        (bad / "model.onnx").write_bytes((bad / "model.onnx").read_bytes() + b"\0")
    if fault == "missing":
        (bad / "CARD.md").unlink()
    with serve(tmp_path, own_releases) as town:
        client = town.client(None)
        _force_champion(own_releases, "bad")
        wait_until(lambda: "ubora_releases_refused_total 1.0" in client.get("/metrics").text)
        health = client.get("/health/ready")
        assert health.status_code == 200
        assert health.json()["parts"][2]["detail"].startswith("tiny-1 serves; bad was refused: ")
        assert town.send(tarnished()).json()["release"] == "tiny-1"
        # Not tried again every second.
        assert "ubora_releases_refused_total 1.0" in client.get("/metrics").text
        _force_champion(own_releases, "tiny-1")
        wait_until(lambda: client.get("/health/ready").json()["parts"][2]["detail"] == "tiny-1 serves")


def test_an_alias_file_that_is_garbage_changes_nothing_but_is_seen(
    tmp_path: Path, own_releases: Path
) -> None:
    with serve(tmp_path, own_releases) as town:
        (own_releases / ALIAS_FILE).write_text("{")
        client = town.client(None)
        wait_until(lambda: "aliases.json" in client.get("/health/ready").json()["parts"][2]["detail"])
        assert town.send(clean()).json()["release"] == "tiny-1"
