"""Figures as words: a value with its interval, a share with its counts, rows that stand under one another.

print("\\n".join(aligned([("class", "AP"), ("crack", interval_words(figure))])))
"""

from collections.abc import Sequence
from typing import Any

DASH = "–"
"""What is undefined."""


def number(value: float | None, digits: int = 3) -> str:
    """`digits` after the point."""
    return DASH if value is None else f"{value:.{digits}f}"


def interval_words(figure: dict[str, Any] | None, digits: int = 3) -> str:
    """{"value", "interval"} as `0.920 [0.840, 0.970]`, with so many `digits` after the point."""
    if figure is None or figure["value"] is None:
        return DASH
    if figure["interval"] is None:
        return number(figure["value"], digits)
    low, high = (number(end, digits) for end in figure["interval"])
    return f"{number(figure['value'], digits)} [{low}, {high}]"


def share_words(share: dict[str, Any] | None) -> str:
    """{"value", "found", "of", "interval"} as `12.0 % [8.1, 18.0] (17 of 142)`."""
    if share is None or share["value"] is None:
        return DASH
    counts = f" ({share['found']} of {share['of']})" if "of" in share else ""
    if share["interval"] is None:
        return f"{100 * share['value']:.1f} %{counts}"
    low, high = share["interval"]
    return f"{100 * share['value']:.1f} % [{100 * low:.1f}, {100 * high:.1f}]{counts}"


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of as many cells each; the first column to the left, the others to the right."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
