"""Nobody but the account that runs Ubora reads what it keeps: folders 700, files 600."""

import os
import stat
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests import ROOT
from tests.parts.processes import serving
from tests.parts.served import context_of, parts, seed, tarnished
from ubora.service.secrets.private_files import tighten
from ubora.service.settings import Settings


@contextmanager
def careless() -> Iterator[None]:
    """An account that lets everybody read what it makes, as most do."""
    before = os.umask(0o022)
    try:
        yield
    finally:
        os.umask(before)


def open_to_others(folder: Path) -> dict[str, str]:
    """What another account may do anything with, below a folder and the folder itself."""
    return {
        str(path.relative_to(folder)): stat.filemode(path.stat().st_mode)
        for path in [folder, *folder.rglob("*")]
        if path.stat().st_mode & 0o077
    }


def modes(folder: Path) -> set[tuple[bool, int]]:
    """(is it a folder, what may be done with it) of all that is there."""
    paths = [folder, *folder.rglob("*")]
    return {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in paths}


@pytest.mark.sqlite_alone("its files")
def test_what_a_service_makes_is_its_owners_alone_down_to_sqlites_own_files(
    tmp_path: Path, releases: Path
) -> None:
    data = tmp_path / "srv" / "var"
    data.parent.mkdir()
    with careless(), serving(data, releases) as (_, url):
        header = {"Authorization": f"Bearer {(data / 'admin-token').read_text().strip()}"}
        with httpx.Client(base_url=url, headers=header) as admin:
            admin.put("/v1/microfactories/mf-own", json={"name": "Own", "place": "Nairobi"})
            design = {"name": "Disc", "category": "pendant", "material": "brass", "stage": "raw"}
            admin.put("/v1/designs/disc", json=design | {"approved_low": 1, "approved_high": 5})
            path = f"/v1/inspections/{uuid.uuid4()}"
            assert admin.put(path, files=parts(context_of(), tarnished())).status_code == 201
            step = {
                "Upload-Offset": "0",
                "Upload-Length": "10",
                "Content-Type": "application/offset+octet-stream",
            }
            begun = admin.patch(f"/v1/uploads/{uuid.uuid4()}", content=b"12345", headers=step)
            assert begun.status_code == 204
        # While it runs: -wal and -shm are there, and a photo, a heatmap and a part of an upload.
        kinds = {path.relative_to(data).parts[0] for path in data.rglob("*") if path.is_file()}
        assert kinds == {
            "admin-token",
            "arriving",
            "heatmaps",
            "ledger.sqlite",
            "ledger.sqlite-shm",
            "ledger.sqlite-wal",
            "photos",
        }
        assert modes(data) == {(True, 0o700), (False, 0o600)}


@pytest.mark.sqlite_alone("its files")
def test_a_folder_that_was_open_is_closed_at_start_and_what_is_not_ours_in_it_is_left_alone(
    tmp_path: Path, releases: Path
) -> None:
    settings = Settings(data=tmp_path / "var", releases=releases)
    with careless():
        seed(settings)
        for name in ("photos/ab/cdef.jpg", "voices/01/23.voice", "admin-token", "tool.sh"):
            path = settings.data / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("x")
        (settings.data / "tool.sh").chmod(0o755)
        elsewhere = tmp_path / "elsewhere"
        elsewhere.write_text("x")
        (settings.data / "photos/ab/link.jpg").symlink_to(elsewhere)
    assert "photos/ab/cdef.jpg" in open_to_others(settings.data)
    assert tighten(settings) == []
    assert open_to_others(settings.data) == {"tool.sh": "-rwxr-xr-x", "photos/ab/link.jpg": "-rw-r--r--"}
    assert stat.S_IMODE((settings.data / "photos/ab").stat().st_mode) == 0o700
    assert stat.S_IMODE((settings.data / "ledger.sqlite").stat().st_mode) == 0o600


def test_a_ledger_that_lies_elsewhere_is_closed_too(tmp_path: Path) -> None:
    ledger = tmp_path / "books" / "ubora.sqlite"
    with careless():
        ledger.parent.mkdir()
        for end in ("", "-wal", "-shm"):
            ledger.with_name(ledger.name + end).write_bytes(b"")
    settings = Settings(data=tmp_path / "none yet", database_url=f"sqlite:///{ledger}")
    assert tighten(settings) == []
    assert set(open_to_others(ledger.parent)) == {"."}
    assert not settings.data.exists()


def test_the_command_line_closes_it_too(tmp_path: Path, releases: Path) -> None:
    settings = Settings(data=tmp_path / "var", releases=releases)
    with careless():
        seed(settings)
        command = [sys.executable, "-m", "ubora", "admin", "staff", "list", "--data", str(settings.data)]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=300)
    assert open_to_others(settings.data) == {}
