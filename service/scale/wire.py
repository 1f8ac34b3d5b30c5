"""What is said of workshops and a factory on the wire."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from ubora.service.costs.entered import FiguresAnswer, Version
from ubora.service.http.schemas import Wire
from ubora.service.numbers.rates import Share
from ubora.service.numbers.window import Window
from ubora.service.scale.assumptions import ESCAPE, SHEET, Range, Source
from ubora.service.scale.model import Side
from ubora.service.scale.uncertainty import Bar, BreakEven, Spread, Uncertain, Volume

Interval = Annotated[list[float], Field(min_length=2, max_length=2)]
Of = Literal["both", "network", "factory"]
PARTS = (
    "material",
    "labour",
    "machine",
    "rework",
    "scrap",
    "capital",
    "overhead",
    "shipping",
    "escapes",
    "late",
)
"""What a good piece's cost is made of, in the order in which it is shown."""


class Assumption(Wire):
    name: str
    of: Of
    unit: str
    value: float
    low: float
    """Draws are from a triangle between low and high, its tip at the value."""
    high: float
    least: float
    """Of what may be entered."""
    most: float
    source: Source
    default: float
    default_from: str
    """Where the default is from; `guess` where nobody has measured it."""


class CostPart(Wire):
    name: str
    network: float
    """KES of a good piece."""
    factory: float


class OneSide(Wire):
    cost: float
    """KES of a good piece."""
    cost_interval: Interval
    """95 % of the draws."""
    sites: float
    capital: float
    """KES, of all sites."""
    at_risk: float
    """KES, at one site."""
    one_stops: Share
    """Of the output, missing while one site stands still."""
    waits: Share
    """Of the output, waiting because its site stands still, on average."""
    half_missing: Share
    """Chance that at least half of the sites stand still in a week."""
    lead_days: float
    spread: float
    """Standard deviation of the pass rate."""
    first_pass: Share


class Sensitivity(Wire):
    """One assumption moved alone."""

    name: str
    low: float
    high: float
    at_low: float
    """KES of a good piece that workshops cost more."""
    at_high: float
    turns: bool
    """The answer is another at one of its ends."""


class AtVolume(Wire):
    demand: float
    """Pieces a month."""
    network: float
    network_interval: Interval
    factory: float
    factory_interval: Interval
    network_cheaper: Share
    """Of the draws."""


class Scale(Wire):
    since: str
    until: str
    version: int | None
    """Of what was entered; null: nothing."""
    assumptions: list[Assumption]
    history: list[Version]
    network: OneSide
    factory: OneSide
    parts: list[CostPart]
    difference: float
    """KES of a good piece that workshops cost more; below 0 they cost less."""
    difference_interval: Interval
    network_cheaper: Share
    """Of the draws."""
    break_even: float | None
    """Pieces a month from which the factory is cheaper."""
    break_even_interval: Interval | None
    break_even_share: Share
    """Of the draws, that have such a volume."""
    always: Literal["network", "factory"] | None
    """Cheaper at every volume that is looked at."""
    sensitivity: list[Sensitivity]
    """What matters most first."""
    volumes: list[AtVolume]


def assumption(name: str, one: Range) -> Assumption:
    entry = ESCAPE if name == ESCAPE.name else SHEET.entry(name)
    of: Of = "network" if name.startswith("n_") else "factory" if name.startswith("f_") else "both"
    return Assumption(
        name=name,
        of=of,
        unit=entry.unit,
        value=one.value,
        low=one.low,
        high=one.high,
        least=entry.least,
        most=entry.most,
        source=one.source,
        default=entry.default,
        default_from=entry.source,
    )


def side_answer(side: Side, cost: Spread, first_pass: float) -> OneSide:
    return OneSide(
        cost=cost.value,
        cost_interval=list(cost.between),
        sites=float(side.sites),
        capital=float(side.capital),
        at_risk=float(side.at_risk),
        one_stops=float(side.one_stops),
        waits=float(side.waits),
        half_missing=min(1.0, max(0.0, float(side.half_missing))),
        lead_days=float(side.lead),
        spread=float(side.spread),
        first_pass=first_pass,
    )


def scale_answer(
    window: Window,
    entered: FiguresAnswer,
    ranges: Mapping[str, Range],
    sides: tuple[Side, Side],
    uncertain: Uncertain,
    bars: list[Bar],
    even: BreakEven,
) -> Scale:
    since, until = window.texts()
    network, factory = sides
    return Scale(
        since=since,
        until=until,
        version=entered.version,
        assumptions=[assumption(name, one) for name, one in ranges.items()],
        history=entered.history,
        network=side_answer(network, uncertain.network, ranges["n_first_pass"].value),
        factory=side_answer(factory, uncertain.factory, ranges["f_first_pass"].value),
        parts=[
            CostPart(name=name, network=float(network.parts[name]), factory=float(factory.parts[name]))
            for name in PARTS
        ],
        difference=uncertain.difference.value,
        difference_interval=list(uncertain.difference.between),
        network_cheaper=uncertain.network_cheaper,
        break_even=even.at,
        break_even_interval=None if even.between is None else list(even.between),
        break_even_share=even.have_one,
        always=even.always,
        sensitivity=[Sensitivity(**vars(bar)) for bar in bars],
        volumes=[_volume(one) for one in even.volumes],
    )


def _volume(one: Volume) -> AtVolume:
    return AtVolume(
        demand=one.demand,
        network=one.network.value,
        network_interval=list(one.network.between),
        factory=one.factory.value,
        factory_interval=list(one.factory.between),
        network_cheaper=one.network_cheaper,
    )
