"""The pages' files: what the strict headers ask of them, and nothing from elsewhere."""

import re

import pytest

from service.app import create_app
from service.pages import WEB
from service.settings import Settings

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
    assert hosts <= {"www.w3.org"}  # the name of SVG, not an address


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
