"""The pages' words, colours and files: complete, readable, and from nowhere else."""

import json
import re
from typing import get_args

import pytest

from datasets.taxonomy import JEWELRY, SEVERITIES, VARIANCE_LEVELS, PhotoFault
from models.photo_faults import INSTRUCTIONS
from service.app import create_app
from service.pages import WEB
from service.settings import Settings

SOURCES = sorted(path for path in WEB.rglob("*") if path.suffix in {".js", ".html", ".css", ".svg"})


def catalogue() -> dict[str, dict[str, str]]:
    words: dict[str, dict[str, str]] = json.loads((WEB / "shared/words.json").read_text("utf-8"))["words"]
    return words


def offered(schema: str, field: str) -> list[str]:
    """What the service's own description allows for a field."""
    schemas = create_app(Settings()).openapi()["components"]["schemas"]
    names: list[str] = schemas[schema]["properties"][field]["enum"]
    return names


def phone_text(suffix: str) -> str:
    return "".join(
        path.read_text("utf-8") for path in SOURCES if path.suffix == suffix and path.parent.name != "console"
    )


def said_by_name() -> set[str]:
    """Keys written out in the phone page: `data-word` in its HTML, strings in its scripts."""
    found = re.findall(r'data-word="([\w.]+)"', phone_text(".html"))
    found += re.findall(r'"([a-z_]+(?:\.[a-z_]+)*)"', phone_text(".js"))
    return set(found) & set(catalogue())


def said_by_family() -> set[str]:
    """Keys that the pages make from what the service answers."""
    families: dict[str, tuple[object, ...]] = {
        "defect": JEWELRY.defects,
        "severity": SEVERITIES,
        "material": JEWELRY.materials,
        "category": JEWELRY.categories,
        "variance": VARIANCE_LEVELS,
        "fault": (*get_args(PhotoFault), *INSTRUCTIONS),
        "status": tuple(offered("InspectionAnswer", "status")),
    }
    return {f"{family}.{name}" for family, names in families.items() for name in names}


def test_every_word_is_there_in_both_languages() -> None:
    incomplete = {
        key: texts
        for key, texts in catalogue().items()
        if set(texts) != {"en", "sw"} or not all(text.strip() for text in texts.values())
    }
    assert incomplete == {}


def test_both_languages_name_the_same_values() -> None:
    uneven = [
        key
        for key, texts in catalogue().items()
        if len({tuple(sorted(re.findall(r"\{\w+\}", text))) for text in texts.values()}) != 1
    ]
    assert uneven == []


def test_every_answer_of_the_service_has_its_word() -> None:
    assert said_by_family() - set(catalogue()) == set()


def test_every_word_asked_for_by_the_page_is_there() -> None:
    asked = re.findall(r'data-word="([\w.]+)"', phone_text(".html"))
    asked += re.findall(r'\bsay\(\s*"([\w.]+)"', phone_text(".js"))
    assert set(asked) - set(catalogue()) == set()


def test_no_word_is_left_over() -> None:
    more = {f"{key}.more" for key in said_by_name()}  # a verdict's second line
    assert set(catalogue()) - said_by_name() - said_by_family() - more == set()


def test_swahili_is_marked_as_not_yet_checked_by_a_native_speaker() -> None:
    about = json.loads((WEB / "shared/words.json").read_text("utf-8"))["about"]
    assert about["checked"] == {"en": True, "sw": False}


# What the strict headers and the promise "nothing from elsewhere" ask of the files


@pytest.mark.parametrize("page", ["phone", "console"])
def test_a_page_has_no_inline_script_and_no_inline_style(page: str) -> None:
    html = (WEB / page / "index.html").read_text("utf-8")
    assert re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", html) == []


def test_no_file_refers_to_another_host() -> None:
    hosts = {host for path in SOURCES for host in re.findall(r"https?://([\w.-]+)", path.read_text("utf-8"))}
    assert hosts <= {"www.w3.org"}  # the name of SVG, not an address


# Colours


def colours(scheme: str) -> dict[str, str]:
    css = (WEB / "shared/base.css").read_text("utf-8")
    light, dark_ = css.split("@media (prefers-color-scheme: dark)")[:2]
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", light))
    return found | (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", dark_)) if scheme == "dark" else {})


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio of two sRGB colours, #rrggbb."""

    def luminance(colour: str) -> float:
        channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground_as_wcag_aa_asks(scheme: str) -> None:
    found = colours(scheme)
    pairs = [
        *(
            (text, ground)
            for text in ("ink", "quiet", "brass", "stop", "retake")
            for ground in ("paper", "card")
        ),
        *(("ink", f"{kind}-soft") for kind in ("pass", "flag", "retake", "stop")),
        *((kind, f"{kind}-soft") for kind in ("pass", "retake", "stop")),
        ("on-brass", "brass"),
        ("on-brass", "brass-deep"),
        ("flag-ink", "flag"),
    ]
    pale = {pair: round(ratio, 2) for pair in pairs if (ratio := contrast(*(found[c] for c in pair))) < 4.5}
    assert pale == {}


def test_the_console_offers_every_decision_that_the_service_takes() -> None:
    html = (WEB / "console/index.html").read_text("utf-8")
    assert set(re.findall(r'data-disposition="(\w+)"', html)) == set(offered("ReviewBody", "disposition"))
