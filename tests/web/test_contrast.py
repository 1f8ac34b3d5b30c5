"""Every colour of the pages against the ground it stands on, light and dark, as WCAG 2.2 AA asks.

Which text stands on which ground is read from the style sheets where a rule names both; text that takes the
colour of its surroundings is listed here against every ground that holds text.
"""

import re

import pytest

from ubora.service.http.pages import WEB

SHEETS = {path.name: path.read_text("utf-8") for path in sorted(WEB.rglob("*.css"))}
TEXT, DRAWN = 4.5, 3.0
SCHEMES = ["light", "dark"]


def colours(scheme: str) -> dict[str, str]:
    light, dark_ = SHEETS["colours.css"].split("@media (prefers-color-scheme: dark)")[:2]
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


def named_together() -> set[tuple[str, str]]:
    """Text and ground that one rule of a style sheet names."""
    pairs = set()
    for sheet in SHEETS.values():
        for rule in re.findall(r"\{([^{}]*)\}", sheet):
            text = re.search(r"(?<![\w-])color: var\(--([\w-]+)\)", rule)
            ground = re.search(r"background: var\(--([\w-]+)\)", rule)
            if text and ground:
                pairs.add((text[1], ground[1]))
    return pairs


def inherited() -> set[tuple[str, str]]:
    """Text in the colour of its surroundings, on whatever ground holds it."""
    softs = {f"{kind}-soft" for kind in ("pass", "flag", "retake", "stop")}
    pairs = {("ink", ground) for ground in {"paper", "card", *softs}}
    return pairs | {
        (text, ground)
        for text in ("quiet", "brass", "stop", "retake", "pass")
        for ground in ("paper", "card")
    }


def pale(pairs: set[tuple[str, str]], scheme: str, least: float) -> dict[tuple[str, str], float]:
    found = colours(scheme)
    ratios = {pair: contrast(found[pair[0]], found[pair[1]]) for pair in pairs}
    return {pair: round(ratio, 2) for pair, ratio in ratios.items() if ratio < least}


def test_the_sheets_name_the_pairs_that_are_measured() -> None:
    assert {("on-brass", "brass"), ("flag-ink", "flag"), ("on-deep", "pass-deep")} <= named_together()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_text_stands_out_from_its_ground(scheme: str) -> None:
    assert pale(named_together() | inherited(), scheme, TEXT) == {}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_borders_of_buttons_focus_and_drawings_stand_out_from_their_ground(scheme: str) -> None:
    drawn = {
        (line, ground)
        for line in ("line-strong", "focus", "brass", "pass", "stop")
        for ground in ("paper", "card")
    }
    assert pale(drawn | {("flag-deep", "flag-soft"), ("stop", "stop-soft")}, scheme, DRAWN) == {}


PRINTED = ("packing.css", "label.css", "report.css")


def test_colours_are_named_in_one_sheet_only() -> None:
    # What lies on a photo keeps its colours in both schemes, as the photo does; so do QRs and printed pages.
    elsewhere = {
        name: sorted(set(re.findall(r"#[0-9a-f]{3,8}\b", sheet)))
        for name, sheet in SHEETS.items()
        if name not in {"colours.css", "photo.css", "flagged.css", "people.css", *PRINTED}
    }
    assert {name: found for name, found in elsewhere.items() if found} == {}
