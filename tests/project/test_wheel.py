"""The wheel works where nothing else of the checkout is: beside another's `datasets`, without a release."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests import ROOT
from tests.parts.processes import serving

ROOMS = ("datasets", "models", "training", "service")
LEFT_OUT = ("datasets/sample/", "datasets/rendered/", "models/releases/")
"""Photos and networks: they stand beside the code, and are no part of it."""
MOST_BYTES = 2_000_000


@dataclass(frozen=True)
class Installed:
    wheel: Path
    folder: Path
    """Nothing of Ubora is in it."""
    programs: Path
    """Of an environment that has the wheel."""

    def run(self, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(self.programs / words[0]), *words[1:]],
            cwd=self.folder,
            env=_plain_environment() | environment,
            capture_output=True,
            text=True,
        )


def _plain_environment() -> dict[str, str]:
    """Without a path to this checkout, which would count as installed."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "UBORA_"))}


def _run(*words: str | Path, folder: Path) -> None:
    line = [str(word) for word in words]
    done = subprocess.run(line, cwd=folder, env=_plain_environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def _build(root: Path) -> Path:
    """The wheel, built in a folder with links to the rooms: a build leaves files where it runs."""
    source, out = root / "source", root / "out"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for room in ROOMS:
        (source / room).symlink_to(ROOT / room)
    shutil.copytree(
        ROOT / "ubora", source / "ubora", symlinks=True, ignore=shutil.ignore_patterns("__pycache__")
    )
    offline = ("--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check")
    _run(sys.executable, "-m", "pip", "wheel", *offline, "--wheel-dir", out, source, folder=root)
    [wheel] = out.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """An environment with the wheel, another's `datasets`, and what Ubora depends on from this one."""
    root = tmp_path_factory.mktemp("wheel")
    wheel, venv, folder = _build(root), root / "venv", root / "elsewhere"
    folder.mkdir()
    _run(sys.executable, "-m", "venv", "--without-pip", venv, folder=root)
    python = venv / "bin/python"
    offline = ("--no-deps", "--no-index", "--disable-pip-version-check")
    _run(sys.executable, "-m", "pip", "--python", python, "install", *offline, wheel, folder=root)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(venv)}))
    # A folder in a .pth file is searched, and its own .pth files are not read: no editable Ubora comes along.
    (packages / "this_environment.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (packages / "datasets").mkdir()
    (packages / "datasets/__init__.py").write_text("WHOSE = 'of another'\n")
    return Installed(wheel, folder, venv / "bin")


def test_the_wheel_holds_the_code_and_its_data_and_nothing_else(installed: Installed) -> None:
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*") if path.is_file()]
    names = {path.relative_to(ROOT).as_posix() for path in files if "__pycache__" not in path.parts}
    expected = {f"ubora/{name}" for name in names if not name.startswith(LEFT_OUT)}
    expected |= {f"ubora/{path.name}" for path in (ROOT / "ubora").glob("*.py")}
    with zipfile.ZipFile(installed.wheel) as wheel:
        found = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert sorted(found ^ expected) == []
    assert installed.wheel.stat().st_size < MOST_BYTES


def test_the_command_says_its_version_and_answers_help(installed: Installed) -> None:
    said = installed.run("ubora", "--version")
    number = (ROOT / "pyproject.toml").read_text("utf-8").partition('version = "')[2].partition('"')[0]
    assert (said.returncode, said.stdout, said.stderr) == (0, f"ubora {number}\n", "")
    helped = installed.run("ubora", "harvest", "--help")
    assert (helped.returncode, helped.stderr) == (0, "")
    assert "usage: ubora harvest" in helped.stdout


def test_another_package_of_the_name_of_a_room_stays_what_it_is(installed: Installed) -> None:
    code = (
        "import datasets, ubora.datasets.manifest as ours; print(datasets.WHOSE); print(ours.__file__);"
        "import sys; print([name for name in ('models', 'training', 'service') if name in sys.modules])"
    )
    whose, file, rooms = installed.run("python", "-c", code).stdout.splitlines()
    assert (whose, rooms) == ("of another", "[]")
    assert file.startswith(str(installed.programs.parent))


def test_without_releases_it_is_told_where_there_are_some(installed: Installed, releases: Path) -> None:
    bare = installed.run("ubora", "model", "list")
    assert (bare.returncode, bare.stderr) == (0, "")
    assert "an installed package carries none" in bare.stdout
    assert "--releases FOLDER (or UBORA_RELEASES)" in bare.stdout
    given = installed.run("ubora", "model", "list", "--releases", str(releases))
    by_environment = installed.run("ubora", "model", "list", UBORA_RELEASES=str(releases))
    assert (given.returncode, given.stdout) == (0, by_environment.stdout)
    assert "tiny-1" in given.stdout


def test_the_report_of_a_check_finds_its_templates(installed: Installed) -> None:
    sample = str(ROOT / "datasets/sample")
    done = installed.run("ubora", "data", "check", sample, "--report", "report.html")
    assert (done.returncode, done.stderr) == (0, "")
    assert "ubora-sample" in (installed.folder / "report.html").read_text("utf-8")


def test_it_serves_both_apps_from_an_empty_folder(
    installed: Installed, releases: Path, tmp_path: Path
) -> None:
    program = (str(installed.programs / "python"), "-I", "-m", "ubora")
    with serving(tmp_path / "var", releases, program=program, folder=installed.folder) as (_, url):
        answers = {
            path: httpx.get(url + path).status_code for path in ("/health/live", "/phone/", "/console/")
        }
    assert answers == {"/health/live": 200, "/phone/": 200, "/console/": 200}
