"""What a good piece costs, how long it takes and what a stop does, in many workshops and in one factory.

    both = reckon({"demand": 4000, "n_wage": 180, …})       # numbers, or arrays of draws
    both.network.cost, both.factory.cost, both.difference

The framework weighs cost, quality variance, lead time, resilience to a single failure and capital at risk, as
Srai and others do for distributed manufacturing (International Journal of Production Research 54 (2016), 23).

cost of a good piece = (material + labour + machine + rework) ÷ (1 − scrap) + capital + overhead + shipping
                       + escapes × price + pieces that wait × price

Capital is an annuity over its life. Workshops are as many as the demand takes with some standing still; of
factories there is a whole number, at least one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Values = Mapping[str, "float | Floats"]
MONTHS = 12
DAYS_OF_A_YEAR = 365.25


@dataclass(frozen=True)
class Side:
    """One way of making; each figure a number, or an array of draws."""

    cost: Floats
    """KES of a good piece."""
    parts: dict[str, Floats]
    """By what it is spent on, as `_parts` has it."""
    sites: Floats
    capital: Floats
    """KES, of all sites."""
    at_risk: Floats
    """KES, at one site."""
    one_stops: Floats
    """Share of the output that is missing while one site stands still."""
    waits: Floats
    """Share of the output that waits because its site stands still, on average."""
    half_missing: Floats
    """Chance that at least half of the sites stand still in a week."""
    lead: Floats
    """Days."""
    spread: Floats
    """Standard deviation of the pass rate."""


@dataclass(frozen=True)
class Both:
    network: Side
    factory: Side

    @property
    def difference(self) -> Floats:
        """KES of a good piece that workshops cost more; below 0 they cost less."""
        return self.network.cost - self.factory.cost


def reckon(values: Values) -> Both:
    """
    Args:
        values: by the names of the sheet, and `escape`; numbers, or arrays of one shape.
    """
    return Both(_network(values), _factory(values))


def annuity(rate: Floats, years: Floats) -> Floats:
    """What a shilling of capital costs a year, over its life."""
    rate, years = np.asarray(rate, float), np.asarray(years, float)
    # Without interest it is spread evenly.
    safe = np.where(rate > 1e-9, rate, 1.0)
    return np.asarray(np.where(rate > 1e-9, safe / (1 - (1 + safe) ** -years), 1 / years))


def _network(values: Values) -> Side:
    of = _named(values)
    still, scrap = of["n_still"], of["n_scrap"]
    sites = np.maximum(1.0, of["demand"] / (of["n_capacity"] * (1 - still) * (1 - scrap)))
    capital = sites * of["n_capital"]
    overhead = (of["n_overhead"] + sites * of["n_overhead_each"]) / of["demand"]
    parts = _parts(of, "n", capital, overhead, still)
    return Side(
        cost=_total(parts),
        parts=parts,
        sites=sites,
        capital=capital,
        at_risk=of["n_capital"],
        one_stops=1 / sites,
        waits=still,
        half_missing=_half(sites, still),
        lead=of["n_lead"],
        spread=of["n_spread"],
    )


def _factory(values: Values) -> Side:
    of = _named(values)
    still = np.minimum(0.95, of["f_outages"] * of["f_outage"] / DAYS_OF_A_YEAR)
    sites = np.ceil(np.maximum(1e-9, of["demand"] / (of["f_capacity"] * (1 - still) * (1 - of["f_scrap"]))))
    capital = sites * of["f_capital"]
    parts = _parts(of, "f", capital, sites * of["f_overhead"] / of["demand"], still)
    return Side(
        cost=_total(parts),
        parts=parts,
        sites=sites,
        capital=capital,
        at_risk=of["f_capital"],
        one_stops=1 / sites,
        waits=still,
        half_missing=_half(sites, still),
        lead=of["f_lead"],
        spread=of["f_spread"],
    )


def _parts(
    of: dict[str, Floats], side: str, capital: Floats, overhead: Floats, still: Floats
) -> dict[str, Floats]:
    """KES of a good piece, by what it is spent on."""
    material = of[f"{side}_material"]
    labour = of[f"{side}_wage"] * of[f"{side}_hours"]
    machine = of[f"{side}_machine_hour"] * of[f"{side}_machine_hours"]
    mended = np.maximum(0.0, 1 - of[f"{side}_first_pass"] - of[f"{side}_scrap"])
    rework = mended * of[f"{side}_rework"]
    started = material + labour + machine + rework
    return {
        "material": material,
        "labour": labour,
        "machine": machine,
        "rework": rework,
        "scrap": started * of[f"{side}_scrap"] / (1 - of[f"{side}_scrap"]),
        "capital": capital * annuity(of["capital_rate"], of[f"{side}_life"]) / MONTHS / of["demand"],
        "overhead": overhead,
        "shipping": of[f"{side}_shipping"],
        "escapes": of[f"{side}_escapes"] * of["escape"],
        "late": still * of["late"],
    }


def _half(sites: Floats, still: Floats) -> Floats:
    """Chance that at least half of the sites stand still at once, each on its own."""
    from scipy.special import bdtr

    whole = np.round(np.maximum(1.0, sites))
    below = np.ceil(whole / 2) - 1
    return np.asarray(1 - bdtr(below, whole.astype(np.int64), np.clip(still, 0.0, 1.0)), np.float64)


def _named(values: Values) -> dict[str, Floats]:
    return {name: np.asarray(value, np.float64) for name, value in values.items()}


def _total(parts: dict[str, Floats]) -> Floats:
    return np.asarray(sum(parts.values()), np.float64)
