"""What is written for people: every link of a page leads to a file and a heading, and the README is short."""

import re
from functools import cache
from pathlib import Path

import pytest

from tests import ROOT
from tests.project import reference

MOST_LINES = 180
"""Of the README: whoever opens it for the first time finds her five minutes in it."""
_FENCED = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"\]\(([^()\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)


def _pages() -> list[Path]:
    places = ("docs", "datasets", "models", "training", "service", "tests")
    return sorted([*ROOT.glob("*.md"), *(page for place in places for page in (ROOT / place).rglob("*.md"))])


@cache
def _anchors(page: Path) -> frozenset[str]:
    """Of a page's headings, as whoever shows Markdown makes them: small, no marks, dashes for spaces."""
    found: set[str] = set()
    for heading in _HEADING.findall(_FENCED.sub("", page.read_text(encoding="utf-8"))):
        shown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        anchor = re.sub(r"[^\w\- ]", "", shown).replace(" ", "-")
        again = (f"{anchor}-{number}" for number in range(1, 100))
        found.add(anchor if anchor not in found else next(name for name in again if name not in found))
    return frozenset(found)


def _lost(page: Path, root: Path = ROOT) -> list[str]:
    """Links of a page to what is not there, or lies outside the repository."""
    text = _CODE.sub("", _FENCED.sub("", page.read_text(encoding="utf-8")))
    lost = []
    for link in _LINK.findall(text):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page.resolve()
        if re.match(r"[a-z][a-z+.-]*:", link):
            continue
        here = target.is_relative_to(root.resolve()) and target.exists()
        if not here or (anchor and anchor not in _anchors(target)):
            lost.append(link)
    return lost


@pytest.mark.parametrize("page", _pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    assert _lost(page) == []


def test_a_link_to_a_file_or_heading_that_is_gone_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# Speed, and memory\n\n```sh\n# no heading\n```\n", encoding="utf-8")
    page = tmp_path / "page.md"
    page.write_text(
        "# One\n\n## One\n\n[a](#one) [b](#one-1) [c](#one-2) [d](other.md#speed-and-memory)\n"
        "[e](other.md#no-heading) ![f](gone.webp) [g](../outside.md) [h](https://example.org) `[i](code)`\n",
        encoding="utf-8",
    )
    assert _lost(page, tmp_path) == ["#one-2", "other.md#no-heading", "gone.webp", "../outside.md"]


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_docs_are_reached_from_the_readme() -> None:
    """Every page under docs/ is one link away: what nobody finds need not be written."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    linked = {(ROOT / link.partition("#")[0]).resolve() for link in _LINK.findall(readme)}
    pages = {path.resolve() for path in (ROOT / "docs").rglob("*.md")}
    assert pages - linked == set()


@pytest.mark.parametrize(
    "name", ["command.md", "http.md", "files.md", "manifest.md", "bundle.md", "recipe.md", "ledger.md"]
)
def test_the_reference_tells_what_is_there(name: str) -> None:
    """`python -m tests.project.reference` writes it anew."""
    assert (reference.FOLDER / name).read_text(encoding="utf-8") == reference.pages()[name]
