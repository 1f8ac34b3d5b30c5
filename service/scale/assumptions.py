"""What is assumed of many workshops and of one factory: each figure with its range, its unit and its source.

    SHEET.entry("demand").default
    ranges = ranges_of(entered, from_ledger)        # name → Range: low, value, high, source

A figure that somebody entered counts before the ledger's, and the ledger's before the default. A default is
a guess unless it says otherwise. `n_` is of a workshop or its pieces, `f_` of the factory, others of both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ubora.service.costs.entered import Entry, Sheet

Source = Literal["entered", "ledger", "prices", "default"]
KES, HOURS, SHARE, DAYS, YEARS, MONTHLY = "KES", "h", "share", "days", "years", "pieces / month"
MUCH = 1e10


@dataclass(frozen=True)
class Range:
    """What a figure may be: drawn from a triangle whose tip is its value."""

    low: float
    value: float
    high: float
    source: Source


def _money(name: str, default: float, low: float, high: float, source: str = "guess") -> Entry:
    return Entry(name, KES, default, 0, MUCH, low, high, source)


def _share(name: str, default: float, low: float, high: float, most: float = 1) -> Entry:
    return Entry(name, SHARE, default, 0, most, low, high)


def _of(unit: str, name: str, default: float, low: float, high: float, least: float = 0) -> Entry:
    return Entry(name, unit, default, least, MUCH, low, high)


SHEET = Sheet(
    "network",
    (
        _of(MONTHLY, "demand", 4000, 2000, 8000, least=1),
        _share("capital_rate", 0.14, 0.10, 0.20),
        _money("late", 100, 20, 400),
        _money("n_wage", 180, 120, 260),
        _of(HOURS, "n_hours", 1.1, 0.7, 1.6),
        _money("n_machine_hour", 25, 10, 50),
        _of(HOURS, "n_machine_hours", 0.3, 0.1, 0.6),
        _money("n_material", 220, 180, 280),
        _money("n_capital", 120_000, 60_000, 250_000),
        _of(YEARS, "n_life", 5, 3, 8, least=0.1),
        _of(MONTHLY, "n_capacity", 60, 30, 120, least=0.1),
        _money("n_overhead", 250_000, 150_000, 400_000),
        _money("n_overhead_each", 1_500, 500, 4_000),
        _money("n_shipping", 45, 20, 90),
        _money("n_rework", 150, 80, 300),
        _share("n_first_pass", 0.85, 0.75, 0.95),
        _share("n_scrap", 0.03, 0.01, 0.06, most=0.9),
        _share("n_escapes", 0.03, 0.005, 0.08),
        _share("n_spread", 0.05, 0.02, 0.10, most=0.5),
        _share("n_still", 0.10, 0.02, 0.25, most=0.9),
        _of(DAYS, "n_lead", 12, 6, 25),
        _money("f_wage", 300, 220, 450),
        _of(HOURS, "f_hours", 0.35, 0.2, 0.6),
        _money("f_machine_hour", 600, 300, 1_200),
        _of(HOURS, "f_machine_hours", 0.12, 0.05, 0.25),
        _money("f_material", 180, 150, 230),
        _money("f_capital", 30_000_000, 15_000_000, 60_000_000),
        _of(YEARS, "f_life", 10, 7, 15, least=0.1),
        _of(MONTHLY, "f_capacity", 15_000, 10_000, 25_000, least=0.1),
        _money("f_overhead", 900_000, 600_000, 1_500_000),
        _money("f_shipping", 25, 10, 60),
        _money("f_rework", 80, 40, 160),
        _share("f_first_pass", 0.95, 0.88, 0.99),
        _share("f_scrap", 0.015, 0.005, 0.03, most=0.9),
        _share("f_escapes", 0.01, 0.002, 0.03),
        _share("f_spread", 0.02, 0.01, 0.05, most=0.5),
        _of("a year", "f_outages", 2, 0.5, 6),
        _of(DAYS, "f_outage", 5, 1, 21),
        _of(DAYS, "f_lead", 20, 10, 40),
    ),
)
"""`late` is what a piece costs that waits because its site stands still; `n_still` the share of workshops
that make nothing in a week; `spread` the standard deviation of the pass rate, between workshops and between
batches; `n_overhead` the hub's, `n_overhead_each` what each workshop takes of it."""
ESCAPE = Entry("escape", KES, 1200, 0, MUCH, 600, 2400)
"""Of the sheet of prices: it is entered there."""


def ranges_of(entered: Mapping[str, float], ledger: Mapping[str, Range], escape: float) -> dict[str, Range]:
    """Name → range, in the order of the sheet, and the price of an escape last.

    Args:
        entered: by name; its range is as wide as the default's, in parts of the value.
        ledger: what the ledger tells, where it tells enough.
        escape: KES.
    """
    ranges: dict[str, Range] = {}
    for one in SHEET.entries:
        if one.name in entered:
            ranges[one.name] = _around(one, float(entered[one.name]), "entered")
        elif one.name in ledger:
            ranges[one.name] = ledger[one.name]
        else:
            ranges[one.name] = _around(one, one.default, "default")
    ranges[ESCAPE.name] = _around(ESCAPE, escape, "prices")
    return ranges


def _around(one: Entry, value: float, source: Source) -> Range:
    low, high = one.low or 0.0, one.high or one.default
    scale = value / one.default
    top = one.most if one.unit == SHARE else float("inf")
    least = max(one.least, low * scale)
    # The value is always within, also where a share leaves no room above it.
    return Range(min(least, value), value, max(value, min(top, high * scale)), source)


def range_of_share(name: str, low: float, value: float, high: float) -> Range:
    """Of the ledger, kept within what the sheet allows."""
    most = SHEET.entry(name).most
    return Range(min(low, most), min(value, most), min(max(value, high), most), "ledger")
