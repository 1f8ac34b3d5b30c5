"""An alert in words, in English and Swahili: texts of the console's catalogue, with its values in them.

say_alert(alert, "Kibera 1")["sw"]

Nothing in it is free text but the names that people gave: what changed is a code, and the rest are figures.
"""

import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any, Literal

from ubora.service.alerts.subjects import Kind, Rule
from ubora.service.drift.scores import HIGHEST
from ubora.service.http.pages import WEB

Language = Literal["en", "sw"]
LANGUAGES: tuple[Language, ...] = ("en", "sw")
_FAMILY: dict[Kind, str] = {
    "network": "rate",
    "microfactory": "rate",
    "design": "rate",
    "defect": "defect",
    "retakes": "retakes",
}
MOST_EVIDENCE = 1_000
"""Beyond it a figure says nothing that people could use."""
_SHARES = ("usual", "lower", "upper", "share", "low", "high", "distance", "most")


def key_of(kind: Kind, rule: Rule) -> str:
    """The text's name in the catalogue."""
    return f"hub.alert.{rule}" if kind in ("scores", "misses") else f"hub.alert.{_FAMILY[kind]}.{rule}"


def say_alert(kind: Kind, rule: Rule, name: str, figures: Mapping[str, Any]) -> dict[str, str]:
    """
    Args:
        name: of the subject, as `subjects.names_of` has it.
    """
    return {one: _said(key_of(kind, rule), one, kind, name, figures) for one in LANGUAGES}


def day_of(text: str) -> str:
    """A day as people in both languages write it."""
    return f"{date.fromisoformat(text):%d/%m/%Y}"


def named(kind: Kind, name: str, language: Language) -> str:
    """A subject as a sentence begins with it."""
    if kind == "network":
        return _words()["hub.alert.network"][language]
    if kind == "defect":
        word = _words().get(f"defect.{name}")
        return word[language] if word else name
    return name


def _said(key: str, language: Language, kind: Kind, name: str, figures: Mapping[str, Any]) -> str:
    values = {one: _written(one, value) for one, value in figures.items()}
    if figures.get("decided"):
        part = figures["passed"] / figures["decided"]
        values["rate"], values["rest"] = _percent(part), _percent(1 - part)
        values["off"] = _written("off", figures["decided"] - figures["passed"])
    if "lower" in figures:
        values["from_rest"], values["to_rest"] = (
            _percent(1 - figures["upper"]),
            _percent(1 - figures["lower"]),
        )
    if "usual" in figures:
        values["usual_rest"] = _percent(1 - figures["usual"])
    if "what" in figures:
        what = str(figures["what"])
        key_of_what = "hub.alert.highest" if what == HIGHEST else f"defect.{what}"
        values["what"] = _words()[key_of_what][language] if key_of_what in _words() else what
    text = _words()[key][language]
    return text.format_map({**values, "name": named(kind, name, language)})


def _written(name: str, value: Any) -> str:
    if name in _SHARES:
        return _percent(float(value))
    if name == "since":
        return day_of(str(value))
    if name == "evidence" and value > MOST_EVIDENCE:
        return f"> {MOST_EVIDENCE:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if value >= 10 else f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _percent(share: float) -> str:
    # No line ends before the sign.
    return f"{100 * share:.1f}\N{NO-BREAK SPACE}%"


@cache
def _words() -> dict[str, dict[str, str]]:
    words: dict[str, dict[str, str]] = {}
    for name in ("shared", "console"):
        words |= json.loads((WEB / name / "words.json").read_text("utf-8"))["words"]
    return words
