"""`ubora serve` as a process: the first start, the demonstration, and being killed."""

import os
import re
import signal
from collections import Counter
from pathlib import Path

import httpx
import pytest

from tests.parts.processes import serving
from tests.parts.served import clean, seed, tarnished
from tests.torture.acknowledged import KINDS
from tests.torture.kills import RELEASES, kill_under_load, two_releases
from ubora.datasets.manifest import DatasetCard, Defect, Manifest, Sample, sample_id, write_manifest
from ubora.service.demo import DESIGNS, MICROFACTORIES
from ubora.service.settings import Settings


def _sample(root: Path) -> Path:
    (root / "photos").mkdir(parents=True)
    samples = []
    for number in range(12):
        data = tarnished(number) if number % 3 == 0 else clean(number)
        (root / f"photos/{number}.jpg").write_bytes(data)
        defects = (Defect(name="tarnish", severity="minor", box=(80, 60, 50, 50)),) if number % 3 == 0 else ()
        samples.append(
            Sample(
                file_name=f"photos/{number}.jpg",
                sample_id=sample_id(data),
                piece_id=str(number),
                material="brass",
                category="hoop",
                defects=defects,
                source="rendered",
            )
        )
    write_manifest(Manifest(root, DatasetCard(name="sample"), samples))
    return root


def test_the_first_start_makes_one_admin_token_and_the_second_none(tmp_path: Path, releases: Path) -> None:
    data = tmp_path / "var"
    with serving(data, releases) as (process, url):
        file = data / "admin-token"
        token = file.read_text().strip()
        assert file.stat().st_mode & 0o777 == 0o600
        assert data.with_suffix(".log").read_text().count(token) == 1
        me = httpx.get(f"{url}/v1/me", headers={"Authorization": f"Bearer {token}"}).json()
        assert me["role"] == "admin"
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) in (0, -signal.SIGTERM)
    with serving(data, releases):
        assert "ub_" not in data.with_suffix(".log").read_text()


def test_the_demonstration_fills_an_empty_ledger_once_with_inspected_pieces(
    tmp_path: Path, releases: Path
) -> None:
    data, sample = tmp_path / "var", _sample(tmp_path / "sample")
    options = ("--demo", "--demo-photos", str(sample))
    with serving(data, releases, *options) as (_, url):
        first = re.findall(r"#token=(\S+)", data.with_suffix(".log").read_text())
        header = {"Authorization": f"Bearer {first[-1]}"}
        with httpx.Client(base_url=url, headers=header) as staff:
            items = [
                item
                for code in MICROFACTORIES
                for item in staff.get("/v1/inspections", params={"microfactory": code, "limit": 200}).json()[
                    "items"
                ]
            ]
            assert len(items) == 12
            assert {item["release"] for item in items} == {"tiny-1"}
            assert {item["design"] for item in items} == {"hoop-lamu"}
            workshops = {one["id"] for one in staff.get("/v1/microfactories").json()["items"]}
            assert len(workshops - set(MICROFACTORIES)) == 60
            assert {one["id"] for one in staff.get("/v1/designs").json()["items"]} > set(DESIGNS)
            assert staff.get("/v1/pass-rate").json()["pieces_decided"] >= 8
            lots = [
                lot
                for code in MICROFACTORIES
                for lot in staff.get("/v1/lots", params={"microfactory": code}).json()["items"]
            ]
            assert {(lot["design"], lot["closed_at"]) for lot in lots} == {("hoop-lamu", None)}
            # What is to be mended, was rejected or must be photographed again is still to be made.
            counting = Counter(
                (item["microfactory"], item["lot"])
                for item in items
                if item["status"] in ("passed", "pending", "accepted")
            )
            assert {(lot["microfactory"], lot["id"]): lot["done"] for lot in lots if lot["done"]} == counting
            (contested,) = (item for item in items if (item["appeal"] or {}).get("outcome") == "waiting")
            assert (contested["status"], contested["appeal"]["outcome"]) == ("pending", "waiting")
    assert len(first) == 5
    with serving(data, releases, *options):
        log = data.with_suffix(".log").read_text()
        assert re.findall(r"#token=(\S+)", log) == first
        assert "already" in log


def test_the_demonstration_leaves_a_ledger_in_use_alone(tmp_path: Path, releases: Path) -> None:
    settings = Settings(data=tmp_path / "var", releases=releases)
    tokens = seed(settings)
    with serving(settings.data, releases, "--demo") as (_, url):
        assert "nothing was added" in settings.data.with_suffix(".log").read_text()
        header = {"Authorization": f"Bearer {tokens['admin']}"}
        assert len(httpx.get(f"{url}/v1/microfactories", headers=header).json()["items"]) == 2


def test_the_demonstration_without_a_sample_says_so_and_starts(tmp_path: Path, releases: Path) -> None:
    data = tmp_path / "var"
    with serving(data, releases, "--demo", "--demo-photos", str(tmp_path / "none")):
        assert "there is no sample" in data.with_suffix(".log").read_text()


KILLS = int(os.environ.get("CRASH_TEST_KILLS", "3"))


@pytest.mark.slow
def test_killed_under_load_nothing_acknowledged_is_lost_and_nothing_is_there_twice(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "var", releases=two_releases(tmp_path / "releases"))
    outcome = kill_under_load(settings, lambda kills: kills == KILLS)
    assert (outcome.kills, outcome.wrong) == (KILLS, {kind: [] for kind in KINDS})
    assert outcome.acknowledged >= KILLS  # each kill came after an answer at least
    assert outcome.releases <= set(RELEASES)
