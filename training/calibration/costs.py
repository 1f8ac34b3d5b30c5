"""What a threshold costs in Kenyan shillings: escapes, false flags and the minutes of those who review.

    costs = read_costs("escape=1500,false_flag=60,defect_rate=0.06")
    costs.per_hundred(missed=0.12, flagged=0.05)      # KES per 100 pieces
    costs.reviews_a_week(missed=0.12, flagged=0.05)

The defaults are options and no facts: nobody has measured them. Put your own in.

    ValueError
    └── CostError     a cost that is unknown, no number or out of range: what was found, what was expected
"""

from typing import Annotated, overload

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ubora.models.naming import did_you_mean

Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Floats = NDArray[np.float64]


class CostError(ValueError):
    """Costs that cannot be reckoned with."""


class Costs(BaseModel):
    """KES, minutes, shares of pieces and pieces a week."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    escape: Amount = 1200.0
    """A defective piece that passed: about the price of a piece, with its plating and way back."""
    false_flag: Amount = 40.0
    """A clean piece that waited: the artisan's time and the order's, beside the review itself."""
    review_minute: Amount = 6.0
    """About KES 60,000 a month at the hub."""
    minutes: Amount = 1.5
    """Of one review, the photo taken up to the decision made."""
    defect_rate: Annotated[float, Field(ge=0, le=1)] = 0.08
    """Share of pieces that are defective. Validation sets hold far more of them than workshops make."""
    pieces_a_week: Amount = 1000.0

    @overload
    def reviewed(self, missed: float, flagged: float) -> float: ...
    @overload
    def reviewed(self, missed: Floats, flagged: Floats) -> Floats: ...
    def reviewed(self, missed: float | Floats, flagged: float | Floats) -> float | Floats:
        """Share of all pieces that a person must look at.

        Args:
            missed: share of defective pieces that pass.
            flagged: share of clean pieces that are flagged.
        """
        return self.defect_rate * (1 - missed) + (1 - self.defect_rate) * flagged

    @overload
    def per_hundred(self, missed: float, flagged: float) -> float: ...
    @overload
    def per_hundred(self, missed: Floats, flagged: Floats) -> Floats: ...
    def per_hundred(self, missed: float | Floats, flagged: float | Floats) -> float | Floats:
        """Expected KES per 100 pieces."""
        escapes = self.defect_rate * missed * self.escape
        false_flags = (1 - self.defect_rate) * flagged * self.false_flag
        reviews = (self.defect_rate * (1 - missed) + (1 - self.defect_rate) * flagged) * self.minutes
        return 100 * (escapes + false_flags + reviews * self.review_minute)

    def reviews_a_week(self, missed: float, flagged: float) -> float:
        return self.pieces_a_week * self.reviewed(missed, flagged)

    def sentence(self) -> str:
        return (
            f"an escape KES {self.escape:g}, a false flag KES {self.false_flag:g}, a review "
            f"{self.minutes:g} min at KES {self.review_minute:g}, {self.defect_rate:.1%} of pieces defective"
        )


DEFAULT = Costs()


class OperatingPoint(BaseModel):
    """One setting of the thresholds, counted on validation photos, and what it costs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: int
    """Of the family of thresholds (`training.calibration.risk`)."""
    false_flags: float | None
    """Share of clean photos that are flagged, each by thresholds that were chosen without its piece."""
    missed: float | None
    """Share of defective pieces that pass."""
    miss_bound: float
    """One-sided Clopper-Pearson bound of it, for this step alone."""
    kes_per_hundred: float | None
    reviews_a_week: float | None


def read_costs(text: str) -> Costs:
    """`name=number,…` over the defaults.

    Raises:
        CostError: an unknown name, no number, or one out of range.
    """
    given: dict[str, str] = {}
    for part in filter(None, text.split(",")):
        name, equals, value = part.partition("=")
        if not equals or name.strip() not in Costs.model_fields:
            known = ", ".join(Costs.model_fields)
            meant = did_you_mean(name.strip(), Costs.model_fields)
            raise CostError(f"--costs {part!r}: expected name=number with a name of {known}{meant}")
        given[name.strip()] = value.strip()
    try:
        return Costs.model_validate(given)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        raise CostError(f"--costs {fault['loc'][0]}={fault['input']}: {fault['msg']}") from None
