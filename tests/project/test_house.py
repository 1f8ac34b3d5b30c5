"""The house rules: who may import whom, what the service must never load, and what the command offers."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import ROOT
from ubora.command import VERBS, main

MAY_IMPORT: dict[str, set[str]] = {
    "datasets": set(),
    "models": set(),
    "training": {"datasets", "models"},
    "service": {"datasets", "models"},
}
BELOW_ALL = ("models.imaging", "models.intervals", "models.naming")
"""What picture files are made of, what a counted share says, which name was meant: every
room may import them, and they no room."""
FLOORS: dict[str, tuple[str, ...]] = {
    "datasets": (
        "taxonomy pixels independence",
        "manifest",
        "masks outlines splits stats",
        "shown formats",
        "check join",
        "render",
    ),
    "models": (
        "imaging intervals naming",
        "severity",
        "record",
        "bundle thresholds",
        "evidence signing",
        "inference",
        "marks",
        "verdict",
        "marked",
        "registry",
        "inspect",
    ),
    "training": (
        "figures knobs words",
        "recipe",
        "network",
        "augment",
        "data",
        "loop",
        "scoring",
        "calibration",
        "evaluation",
        "release",
        "train grade calibrate export",
        "bench",
    ),
    "service": (
        "settings",
        "statistics",
        "http",
        "words",
        "ledger",
        "storage",
        "secrets",
        "inference",
        "state",
        "auth",
        "designs",
        "inspections",
        "rescoring",
        "reviews",
        "wrong_design",
        "queue",
        "workshops",
        "numbers",
        "costs",
        "thresholds",
        "scale",
        "sampling",
        "agreement",
        "goods_in",
        "corrective",
        "drift",
        "outbound",
        "alerts",
        "reports",
        "simulation",
        "ownership",
        "health releases first_steps",
        "harvests",
        "app",
        "demo_orders demo_played",
        "demo",
        "serve",
    ),
}
"""Folders and files of each room, the lowest first: each may import those below it and its own."""
MOST_FILES, MOST_LINES = 12, 300
MIGRATIONS = "versions"
"""Alembic wants them all in one folder."""
FULLER: set[str] = set()
"""Folders that still hold more than MOST_FILES files, and must not become more."""
FORBIDDEN_NAMES = {"utils.py", "helpers.py", "common.py", "manager.py", "base.py", "misc.py"}


def _modules(path: Path) -> set[str]:
    """Modules and what is in them that a file imports, anywhere in it; ours without `ubora.`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            # `from ubora.service import app` imports a module, too.
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name.removeprefix("ubora.") for name in found}


def _imports(path: Path) -> set[str]:
    """Top-level packages that a file imports, and our rooms, but for what stands below all."""
    return {name.split(".")[0] for name in _modules(path) if not _is_below(name)}


def _is_below(name: str) -> bool:
    return any(f"{name}.".startswith(f"{below}.") for below in BELOW_ALL)


def _files(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_the_rooms_it_may(room: str) -> None:
    trespasses = {
        str(path.relative_to(ROOT)): sorted(wrong)
        for path in _files(room)
        if (wrong := (_imports(path) & set(MAY_IMPORT)) - MAY_IMPORT[room] - {room})
    }
    assert trespasses == {}


def test_what_stands_below_all_rooms_imports_none() -> None:
    found = {
        name
        for below in BELOW_ALL
        for path in (_files(below.replace(".", "/")) or [ROOT / (below.replace(".", "/") + ".py")])
        for name in _modules(path)
        if name.split(".")[0] in MAY_IMPORT
    }
    assert {name for name in found if not _is_below(name)} == set()


@pytest.mark.parametrize("room", FLOORS)
def test_a_room_imports_downwards(room: str) -> None:
    floor = {name: level for level, names in enumerate(FLOORS[room]) for name in names.split()}
    upward = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in _files(room)
        for name in _modules(path)
        if name.startswith(f"{room}.")
        and path.parent.name != MIGRATIONS
        and (part := _part(path, room)) != "__init__"
        and floor[name.split(".")[1]] > floor[part]
    ]
    assert upward == []


def _part(path: Path, room: str) -> str:
    return path.relative_to(ROOT / room).parts[0].removesuffix(".py")


def test_a_folder_is_no_list() -> None:
    fuller = {
        str(folder.relative_to(ROOT))
        for room in MAY_IMPORT
        for folder in {path.parent for path in _files(room)}
        if len([path for path in folder.glob("*.py") if path.name != "__init__.py"]) > MOST_FILES
        and folder.name != MIGRATIONS
    }
    assert fuller == FULLER


def test_a_file_is_read_in_one_go() -> None:
    pages = [path for path in (ROOT / "service/web").rglob("*") if path.suffix == ".js"]
    files = [path for room in (*MAY_IMPORT, "tests") for path in _files(room)]
    longer = {
        str(path.relative_to(ROOT)): lines
        for path in (*files, *pages)
        if (lines := len(path.read_text("utf-8").splitlines())) > MOST_LINES
    }
    assert longer == {}


def test_only_one_file_runs_our_graphs() -> None:
    users = {
        str(path.relative_to(ROOT))
        for room in MAY_IMPORT
        for path in _files(room)
        if "onnxruntime" in _imports(path)
    }
    assert users == {"models/inference/graphs.py"}


def test_no_file_is_named_after_a_kind_instead_of_a_subject() -> None:
    found = {str(path.relative_to(ROOT)) for room in MAY_IMPORT for path in _files(room)}
    assert {name for name in found if Path(name).name in FORBIDDEN_NAMES} == set()


def test_importing_the_service_loads_no_training_library() -> None:
    heavy = ["torch", "torchvision", "albumentations", "mitsuba", "onnx"]
    code = (
        "import sys, service.app, service.serve, service.harvests.command, models.inspect, models.registry;"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_answers_help_with_an_example(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([*verb.split(), "--help"])
    assert stopped.value.code == 0
    assert f"ubora {verb}" in capsys.readouterr().out.split("options:")[0].split("\n\n", 1)[1]


def test_an_unknown_verb_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "polish"]) == 2
    assert "no verb 'data polish'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "unbuffered"),
    [
        ([], ""),
        ([], "1"),
        (["words", "--unchecked"], ""),
        (["words", "--unchecked"], "1"),
        (["words", "--help"], ""),
    ],
)
def test_a_reader_that_leaves_as_head_does_ends_the_command_without_a_word(
    words: list[str], unbuffered: str
) -> None:
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    command = [sys.executable, "-m", "ubora", *words]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (1, "")
