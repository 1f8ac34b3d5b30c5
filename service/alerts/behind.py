"""From an alert to the pieces behind it, as the list of inspections is asked for them."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from ubora.service.alerts.subjects import WEEK, Kind
from ubora.service.numbers.rates import pieces_url
from ubora.service.numbers.window import Window


def pieces_behind(kind: Kind, subject: str, week: str, figures: Mapping[str, Any]) -> str | None:
    """Those of its weeks; of retakes, all of the release. None of misses, which are of all time."""
    last = date.fromisoformat(week)
    window = Window(date.fromisoformat(str(figures.get("since", week))), last + WEEK * 6 // 7)
    if kind == "network":
        since, until = window.texts()
        return f"/v1/inspections?{urlencode({'counted': 'true', 'since': since, 'until': until})}"
    if kind == "retakes":
        return f"/v1/inspections?{urlencode({'release': subject, 'verdict': 'retake'})}"
    if kind == "misses":
        return None
    by = "release" if kind == "scores" else kind
    return pieces_url(by, subject, window)
