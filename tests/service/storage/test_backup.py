"""A backup that is made while photos come in holds what was acknowledged, and comes back whole."""

import threading
import uuid
from pathlib import Path

import httpx
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, select

from tests.parts.photos import jpeg
from tests.parts.processes import serving
from tests.parts.served import Town, clean, context_of, drawn, parts, tarnished, wait_until
from ubora import service
from ubora.command import main
from ubora.service.ledger.tables import Microfactory
from ubora.service.settings import Settings
from ubora.service.state import AppState
from ubora.service.storage.backup import BackupError, back_up, read_record, restore
from ubora.service.storage.copies import CopyError

pytestmark = pytest.mark.sqlite_alone("PostgreSQL has tools of its own for backups")


def _folders(tmp_path: Path, releases: Path) -> tuple[Path, Settings]:
    """Where the backup goes, and the settings of a service that is to be put back from it."""
    return tmp_path / "backup", Settings(data=tmp_path / "again", releases=releases)


@pytest.mark.slow
def test_what_was_acknowledged_before_a_backup_under_load_is_served_from_it(
    town: Town, tmp_path: Path, releases: Path
) -> None:
    acknowledged: dict[str, str] = {}
    stop = threading.Event()

    def phone(number: int) -> None:
        count = 0
        with httpx.Client(base_url=town.url, headers={"Authorization": f"Bearer {town.tokens['artisan']}"},
                          timeout=60) as client:  # fmt: skip
            while not stop.is_set():
                name, photo = str(uuid.uuid4()), tarnished(number * 10_000 + count)
                answer = client.put(f"/v1/inspections/{name}", files=parts(context_of(), photo))
                if answer.status_code == 201:  # else 503: told to come again, as a busy machine does
                    acknowledged[name] = answer.json()["photos"][0]["sha256"]
                count += 1

    backup, again = _folders(tmp_path, releases)
    phones = [threading.Thread(target=phone, args=(number,)) for number in range(4)]
    for one in phones:
        one.start()
    try:
        for least in (2, 8, 16):
            wait_until(lambda least=least: len(acknowledged) >= least)
            before = dict(acknowledged)
            record, _ = back_up(town.settings, backup)
            assert record.faults == ()
            assert record.inspections >= len(before)
    finally:
        stop.set()
        for one in phones:
            one.join()
    restore(backup, again, again.data / "releases")
    assert main(["admin", "integrity", "--data", str(again.data)]) == 0
    with serving(again.data, again.data / "releases") as (_, url):
        header = {"Authorization": f"Bearer {town.tokens['artisan']}"}
        with httpx.Client(base_url=url, headers=header, timeout=60) as client:
            found = {name: client.get(f"/v1/inspections/{name}") for name in before}
            photos = {client.get(f"/v1/inspections/{name}/photos/0").status_code for name in before}
            repeat = client.put(f"/v1/inspections/{uuid.uuid4()}", files=parts(context_of(), clean(77)))
    assert {name: one.json()["photos"][0]["sha256"] for name, one in found.items()} == before
    assert photos <= {200}
    assert repeat.status_code == 201


def test_the_next_backup_copies_what_is_new_mends_what_was_altered_and_drops_what_is_gone(
    town: Town, tmp_path: Path, releases: Path
) -> None:
    backup, _ = _folders(tmp_path, releases)
    town.send(tarnished(1))
    admin = town.client("admin")
    assert admin.put("/v1/designs/disc/approved", files=[("photo", ("a.jpg", clean(2)))]).status_code == 200
    first, copied = back_up(town.settings, backup)
    assert (first.files, copied) == ({"photos": 2, "heatmaps": 1}, 3)
    (heatmap,) = (backup / "heatmaps").rglob("*.png")
    drawn_before = heatmap.read_bytes()
    heatmap.write_bytes(b"altered")
    assert admin.put("/v1/designs/disc/approved", files=[("photo", ("b.jpg", clean(3)))]).status_code == 200
    second, copied = back_up(town.settings, backup)
    assert (second.files, second.faults, copied) == ({"photos": 2, "heatmaps": 1}, (), 2)
    assert heatmap.read_bytes() == drawn_before
    served = {path.relative_to(town.settings.data) for path in (town.settings.data / "photos").rglob("*.jpg")}
    kept = {path.relative_to(backup) for path in (backup / "photos").rglob("*.jpg")}
    # The first approved photo still lies in the service's folder until it is swept.
    assert (len(served), len(kept), kept < served) == (3, 2, True)
    assert [path.name for path in backup.glob("ledger-*")] == [second.ledger]


def test_what_the_ledger_refers_to_and_is_not_there_is_named(
    town: Town, tmp_path: Path, releases: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    backup, again = _folders(tmp_path, releases)
    sent = [town.send(tarnished(seed)).json()["photos"][0] for seed in (1, 2, 3)]
    paths = sorted((town.settings.data / "photos").rglob("*.jpg"))
    assert len(paths) == len(sent)
    paths[0].unlink()
    paths[1].write_bytes(jpeg(drawn(seed=9)))
    expected = [f"fault     {paths[0]}: missing", f"fault     {paths[1]}: altered"]
    data = ["--data", str(town.settings.data), "--releases", str(releases)]
    assert main(["admin", "integrity", *data]) == 1
    assert sorted(capsys.readouterr().err.splitlines()) == sorted(expected)
    assert main(["admin", "backup", str(backup), *data]) == 1
    out, err = capsys.readouterr()
    assert sorted(err.splitlines()) == sorted(expected)
    assert "3 inspections; 3 photos, 3 heatmaps; releases: tiny-1; 4 files new" in out
    # What is left of it can still be put back, and it says what it lacks.
    assert main(["admin", "restore", str(backup), "--data", str(again.data)]) == 1
    out, err = capsys.readouterr()
    assert f"ubora serve --data {again.data} --releases {again.data / 'releases'}" in out
    assert [line.rpartition(": ")[2] for line in err.splitlines()] == ["missing", "missing"]


def test_a_ledger_of_an_older_release_is_put_back_and_brought_up_to_date(
    tmp_path: Path, releases: Path
) -> None:
    backup, again = _folders(tmp_path, releases)
    old = Settings(data=tmp_path / "var", releases=releases)
    old.data.mkdir()
    engine = create_engine(old.ledger_url())
    config = Config()
    config.set_main_option("script_location", str(Path(service.__file__).parent / "ledger/migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        connection.exec_driver_sql("INSERT INTO microfactories VALUES ('a', 'Amani', 'Kibera')")
    engine.dispose()
    record, _ = back_up(old, backup)
    assert (record.inspections, record.files, record.faults) == (0, {}, ())
    restore(backup, again, again.data / "releases")
    with AppState.open(again) as state, state.ledger.read() as session:
        assert session.scalars(select(Microfactory.name)).all() == ["Amani"]


def test_nothing_is_overwritten_and_half_a_backup_is_none(town: Town, tmp_path: Path, releases: Path) -> None:
    backup, again = _folders(tmp_path, releases)
    with pytest.raises(BackupError, match="no ledger there; give the --data"):
        back_up(again, backup)
    with pytest.raises(BackupError, match="is the data folder itself"):
        back_up(town.settings, town.settings.data)
    with pytest.raises(BackupError, match="no whole backup"):
        restore(backup, again, again.data / "releases")
    town.send(clean(1))
    record, _ = back_up(town.settings, backup)
    with pytest.raises(BackupError, match="there is a ledger already"):
        restore(backup, town.settings, releases)
    (backup / record.ledger).write_bytes(b"altered")
    with pytest.raises(BackupError, match="missing or altered; another backup has to do"):
        restore(backup, again, again.data / "releases")
    assert not (again.data / "ledger.sqlite").exists()
    (backup / "backup.json").write_text("{}")
    with pytest.raises(BackupError, match="Field required"):
        read_record(backup)
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "ledger.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(CopyError, match="cannot be copied: file is not a database"):
        back_up(Settings(data=broken, releases=releases), backup)
