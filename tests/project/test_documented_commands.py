"""Every command and every request that a page shows is one that is taken, by its verb or its route."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.routing import Mount

from tests import ROOT
from tests.project.reference import METHODS, parser_of
from ubora.command import VERBS
from ubora.service.app import create_app
from ubora.service.settings import Settings

PAGES = sorted(
    [ROOT / "README.md", *(p for p in (ROOT / "docs").rglob("*.md") if p.parent.name != "reference")]
)
_BLOCK = re.compile(r"^```[a-z]*\n(.*?)^```|((?:^ {4}.*\n)+)", re.MULTILINE | re.DOTALL)
_CURL_METHOD = re.compile(r"-X ?(\w+)")
_CURL_PATH = re.compile(r"https?://[^/\s\"']+(/[^\s\"'?]*)")


def _lines(page: Path, program: str) -> Iterator[str]:
    """Lines of a page's blocks that call a program, those that a backslash parts in one."""
    for fenced, indented in _BLOCK.findall(page.read_text(encoding="utf-8")):
        for line in re.sub(r"\\\n\s*", " ", fenced or indented).splitlines():
            yield from (part.strip() for part in line.split("|") if part.strip().startswith(f"{program} "))


def _words(line: str) -> list[str]:
    words = shlex.split(line, comments=True)
    # Two spaces and a remark, where a block is no shell's.
    return shlex.split(re.split(r" {3,}", line)[0]) if "#" not in line else words


COMMANDS = [(page, line) for page in PAGES for line in _lines(page, "ubora")]
REQUESTS = [(page, line) for page in PAGES for line in _lines(page, "curl")]


def test_pages_show_commands_and_requests() -> None:
    assert len({verb for _, line in COMMANDS if (verb := _verb(_words(line)[1:]))}) > 20
    assert len(REQUESTS) >= 3


def _verb(words: list[str]) -> str | None:
    return next((verb for verb in (" ".join(words[:2]), words[0]) if verb in VERBS), None)


@pytest.mark.parametrize(("page", "line"), COMMANDS, ids=lambda value: str(value)[-60:])
def test_a_shown_command_is_one_that_its_verb_takes(page: Path, line: str) -> None:
    words = _words(line)[1:]
    if words[-1] in {"--help", "--version"}:
        return
    verb = _verb(words)
    assert verb is not None, f"{page.name}: no verb in {line!r}"
    parser, _ = parser_of(verb)
    parser.parse_args(words[len(verb.split()) :])  # exits where it does not fit


@pytest.mark.parametrize(("page", "line"), REQUESTS, ids=lambda value: str(value)[-60:])
def test_a_shown_request_has_a_route(page: Path, line: str, tmp_path: Path) -> None:
    given = _CURL_METHOD.search(line)
    method = given[1].lower() if given else "get"
    assert method in METHODS
    path = _CURL_PATH.search(line)
    assert path is not None, f"{page.name}: no address in {line!r}"
    app = create_app(Settings(data=tmp_path))
    if any(isinstance(route, Mount) and path[1] == f"{route.path}/" for route in app.routes):
        return  # a folder of pages, whose begin it asks for
    routes = app.openapi()["paths"]
    fitting = [r for r in routes if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", r), path[1])]
    assert [r for r in fitting if method in routes[r]], f"{page.name}: no route {method} {path[1]}"
