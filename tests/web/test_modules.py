"""The pages' modules in node, without a page: each is JavaScript, and what needs no page does what it says.

node --test tests/web/*.test.mjs         the same from a shell
"""

import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests import ROOT
from ubora.service.http.pages import WEB

LEAST = 20
"""The version of node that has all that is asked of it; older ones skip."""
MODULES = sorted(WEB.rglob("*.js"))
TESTS = sorted((ROOT / "tests/web").glob("*.test.mjs"))


@cache
def _version() -> int:
    node = shutil.which("node")
    if node is None:
        return 0
    said = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
    return int(said.strip().lstrip("v").split(".")[0] or 0)


pytestmark = pytest.mark.skipif(_version() < LEAST, reason=f"needs node {LEAST} or newer")


def _node(*words: str | Path) -> tuple[int, str]:
    done = subprocess.run(["node", *map(str, words)], cwd=ROOT, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(WEB).as_posix())
def test_a_module_is_javascript(module: Path) -> None:
    assert _node("--check", module) == (0, "")


@pytest.mark.parametrize("file", TESTS, ids=lambda path: path.name)
def test_what_needs_no_page_does_what_it_says(file: Path) -> None:
    code, said = _node("--test", file)
    assert code == 0, said
