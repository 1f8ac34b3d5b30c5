"""The pages' files: what the strict headers ask of them, and nothing from elsewhere."""

import re
from pathlib import Path

import pytest

from ubora.service.app import create_app
from ubora.service.http.pages import WEB, served
from ubora.service.settings import Settings

SOURCES = sorted(path for path in WEB.rglob("*") if path.suffix in {".js", ".html", ".css", ".svg"})


def offered(schema: str, field: str) -> list[str]:
    """What the service's own description allows for a field."""
    schemas = create_app(Settings()).openapi()["components"]["schemas"]
    names: list[str] = schemas[schema]["properties"][field]["enum"]
    return names


# What the strict headers and the promise "nothing from elsewhere" ask of the files


@pytest.mark.parametrize("page", ["phone", "console"])
def test_a_page_has_no_inline_script_and_no_inline_style(page: str) -> None:
    html = (WEB / page / "index.html").read_text("utf-8")
    assert re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", html) == []


def test_no_file_refers_to_another_host() -> None:
    hosts = {host for path in SOURCES for host in re.findall(r"https?://([\w.-]+)", path.read_text("utf-8"))}
    # The name of SVG, and what stands in an empty field as an example; neither is asked for anything.
    assert hosts <= {"www.w3.org", "example.org"}


def test_the_console_offers_every_decision_that_the_service_takes() -> None:
    html = (WEB / "console/index.html").read_text("utf-8")
    assert set(re.findall(r'data-disposition="(\w+)"', html)) == set(offered("ReviewBody", "disposition"))


def test_the_phone_page_asks_for_all_its_modules_at_once() -> None:
    """A chain of imports costs a round trip a link, a second each on 2G."""
    found: set[str] = set()
    waiting = [WEB / "phone/phone.js"]
    while waiting:
        module = waiting.pop()
        for name in re.findall(r'from "(\.[^"]+)"', module.read_text("utf-8")):
            needed = (module.parent / name).resolve()
            if needed not in waiting and str(needed) not in found:
                found.add(str(needed))
                waiting.append(needed)
    html = (WEB / "phone/index.html").read_text("utf-8")
    asked = re.findall(r'rel="modulepreload" href="([^"]+)"', html)
    assert sorted(str((WEB / "phone" / name).resolve()) for name in asked) == sorted(found)


def test_no_template_spans_lines_for_indentation_and_comments_are_not_served() -> None:
    scripts = [path for path in SOURCES if path.suffix == ".js"]
    spanning = [
        f"{path.name}: {line.strip()}"
        for path in scripts
        for line in path.read_text("utf-8").splitlines()
        if not line.lstrip().startswith(("//", "*", "/*")) and line.count("`") % 2
    ]
    assert spanning == []


def test_what_is_served_says_the_same_without_comments(tmp_path: Path) -> None:
    script, style = tmp_path / "a.js", tmp_path / "a.css"
    script.write_text(
        '// why\n/** what\n * for */\nif (a) {\n  b("// no comment"); // gone\n'
        '\n  // an empty line before\n  c("a // b"); // it\'s kept\n}\n',
        "utf-8",
    )
    style.write_text("/* why */\na {\n\n  color: red;\n}\n", "utf-8")
    assert served(script) == b'if (a) {\nb("// no comment");\nc("a // b"); // it\'s kept\n}\n'
    assert served(style) == b"a {\ncolor: red;\n}\n"
    page, words = tmp_path / "a.html", tmp_path / "a.json"
    page.write_text("<p>\n\n  One,\n    two\n</p>\n", "utf-8")
    words.write_text('{\n  "a": {"en": "One:  two, three", "sw": "é"}\n}\n', "utf-8")
    assert served(page) == b"<p>\nOne,\ntwo\n</p>\n"
    assert served(words) == '{"a":{"en":"One:  two, three","sw":"é"}}'.encode()
