"""Signals of releases: scores that moved in the last week, and more misses than are allowed.

found, asked = find_of_releases(session, settings, today)
"""

from datetime import date

from sqlalchemy.orm import Session

from ubora.service.alerts.finding import Found
from ubora.service.alerts.subjects import last_week
from ubora.service.drift.misses import read_misses
from ubora.service.drift.scores import HIGHEST, read_drift, releases_since
from ubora.service.settings import Settings


def find_of_releases(session: Session, settings: Settings, today: date) -> tuple[list[Found], set[str]]:
    """What was found, and the names of all signals that were asked for."""
    week = last_week(today)
    signals: list[Found] = []
    asked: set[str] = set()
    for release in releases_since(session, week):
        for one in (_scores(session, release, week), _misses(session, settings, release)):
            asked.add(one[0])
            if one[1] is not None:
                signals.append(one[1])
    return signals, asked


def _scores(session: Session, release: str, week: date) -> tuple[str, Found | None]:
    """The class that moved furthest; of all classes of the week by Benjamini and Hochberg."""
    signal = f"scores|{release}|scores|{week.isoformat()}"
    drift = read_drift(session, release, [week])
    moved = [one for one in drift.items if one.drifted] if drift is not None else []
    if not moved:
        return signal, None
    far = max(moved, key=lambda one: (one.distance or 0.0, one.what != HIGHEST))
    figures = {
        "since": week.isoformat(),
        "what": far.what,
        "distance": far.distance,
        "index": far.index,
        "q": far.q,
        "photos": far.photos,
        "classes": len([one for one in moved if one.what != HIGHEST]),
    }
    return signal, Found("scores", release, "scores", signal, week, None, figures)


def _misses(session: Session, settings: Settings, release: str) -> tuple[str, Found | None]:
    """Once a release."""
    signal = f"misses|{release}|misses|"
    known = read_misses(session, release)
    if not known or known[-1].low <= settings.most_escapes:
        return signal, None
    last = known[-1]
    figures = {
        "looked_at": last.looked_at,
        "escaped": last.escaped,
        "share": last.share,
        "low": last.low,
        "high": last.high,
        "most": settings.most_escapes,
    }
    return signal, Found("misses", release, "misses", signal, last.week, None, figures)
