"""Small drawings inside a page: inline SVG in the page's own colours, light or dark, without a script.

    curve(points, mark)                 recall against false flags
    reliability_diagram(bins)           what was said against what was so
    interval_bar(value, interval)       a table cell's value with its interval
    levels_chart(trend["levels"])       false flags by variance level

Shares are 0–1 everywhere. Where there is nothing to draw there is no drawing: None, and never a 0.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from markupsafe import Markup

_BAR = 56.0
"""Width of a bar in a cell, pixels."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 46.0, 8.0, 8.0, 30.0


class _Sheet:
    """A drawing, and its size in its own units, which are pixels where it is shown as wide as that."""

    def __init__(self, width: float, height: float, label: str) -> None:
        self.width, self.height = width, height
        box = f"0 0 {width:g} {height:g}"
        self._svg = ElementTree.Element("svg", {"viewBox": box, "role": "img", "aria-label": label})

    def x(self, share: float) -> float:
        return round(_LEFT + share * (self.width - _LEFT - _RIGHT), 1)

    def y(self, share: float) -> float:
        return round(self.height - _BOTTOM - share * (self.height - _TOP - _BOTTOM), 1)

    def draw(self, tag: str, text: str | None = None, /, **attributes: object) -> None:
        """One element more; an underscore in an attribute's name stands for a dash, `kind` for the class."""
        named = {"class" if n == "kind" else n.replace("_", "-"): str(v) for n, v in attributes.items()}
        ElementTree.SubElement(self._svg, tag, named).text = text

    def frame(self, below: str, beside: str, *, top: float = 1.0, across: bool = True) -> None:
        """Lines and words of the axes: up to `top`; and across from 0 to 100 %, where so."""
        for share in (0, 0.5, 1):
            self.draw("path", kind="grid", d=f"M{self.x(0)} {self.y(share)}H{self.x(1)}")
            words = f"{share * top * 100:.0f}%"
            self.draw("text", words, x=_LEFT - 5, y=self.y(share) + 4, text_anchor="end")
            if across:
                self.draw("path", kind="grid", d=f"M{self.x(share)} {self.y(0)}V{self.y(1)}")
                anchor = {0: "start", 0.5: "middle", 1: "end"}[share]
                self.below(self.x(share), f"{share * 100:.0f}%", anchor)
        middle = (_LEFT + self.width - _RIGHT) / 2
        self.draw("text", below, x=middle, y=self.height - 3, text_anchor="middle")
        centre = (_TOP + self.height - _BOTTOM) / 2
        turned = f"translate(10 {centre:g}) rotate(-90)"
        self.draw("text", beside, kind="beside", transform=turned, text_anchor="middle")

    def below(self, x: float, words: str, anchor: str = "middle") -> None:
        self.draw("text", words, x=x, y=self.height - _BOTTOM + 13, text_anchor=anchor)

    def chance(self) -> None:
        self.draw("path", kind="chance", d=f"M{self.x(0)} {self.y(0)}L{self.x(1)} {self.y(1)}")

    def dot(self, x: float, share: float, interval: Sequence[float] | None) -> None:
        """A value at a height, and its interval as a whisker."""
        if interval is not None:
            self.draw("path", kind="whisker", d=f"M{x} {self.y(interval[0])}V{self.y(interval[1])}")
        self.draw("circle", kind="dot", cx=x, cy=self.y(share), r=4.5)

    def column(self, low: float, high: float, tall: float) -> None:
        left, width = f"{self.x(low) + 0.5:.1f}", f"{self.x(high) - self.x(low) - 1:.1f}"
        height = f"{self.y(0) - self.y(tall):.1f}"
        self.draw("rect", kind="count", x=left, y=self.y(tall), width=width, height=height)

    def svg(self) -> Markup:
        return Markup(ElementTree.tostring(self._svg, encoding="unicode"))


_SMALL, _LARGE = (240, 176), (480, 250)


def curve(
    points: Sequence[tuple[float, float]], mark: tuple[float, float] | None = None, label: str = ""
) -> Markup | None:
    """Recall (up) against the share of clean photos flagged (across), at every threshold.

    Args:
        points: (false flags, recall), rising; from training.figures.steps.
        mark: where the released threshold stands.
    """
    if not points:
        return None
    sheet = _Sheet(*_SMALL, label)
    sheet.frame("clean photos flagged", "found")
    sheet.chance()
    path = f"M{sheet.x(0)} {sheet.y(0)}"
    for across, up in _thinned(points):
        path += f"H{sheet.x(across)}V{sheet.y(up)}"
    path += f"H{sheet.x(1)}"
    sheet.draw("path", kind="area", d=f"{path}V{sheet.y(0)}Z")
    sheet.draw("path", kind="line", d=path)
    if mark is not None:
        sheet.draw("circle", kind="mark", cx=sheet.x(mark[0]), cy=sheet.y(mark[1]), r=5)
    return sheet.svg()


def reliability_diagram(bins: Sequence[Mapping[str, Any]], label: str = "") -> Markup | None:
    """Share that was so (up, with its interval) against what was said (across); columns count photos.

    Args:
        bins: training.scoring.reliability.Bin as dicts, each with the `interval` of its share.
    """
    held = [b for b in bins if b["count"]]
    if not held:
        return None
    most = max(b["count"] for b in held)
    sheet = _Sheet(*_LARGE, label)
    sheet.frame("score", "share that shows it")
    for b in held:
        # Counts on a root scale: most scores are near zero, and a handful must still be seen.
        sheet.column(b["low"], b["high"], 0.3 * (b["count"] / most) ** 0.5)
    sheet.chance()
    path = "L".join(f"{sheet.x(b['mean_score'])} {sheet.y(b['share_positive'])}" for b in held)
    sheet.draw("path", kind="line", d=f"M{path}")
    for b in held:
        sheet.dot(sheet.x(b["mean_score"]), b["share_positive"], b["interval"])
    return sheet.svg()


def levels_chart(levels: Mapping[str, Mapping[str, Any]], label: str = "") -> Markup:
    """Share of clean photos flagged, with its interval, at each variance level."""
    highest = max((s["interval"][1] for s in levels.values() if s["interval"]), default=1.0)
    top = next(limit for limit in (0.1, 0.2, 0.5, 1.0) if highest <= limit)
    sheet = _Sheet(*_LARGE, label)
    sheet.frame("variance level", "clean photos flagged", top=top, across=False)
    places = {name: (i + 0.5) / len(levels) for i, name in enumerate(levels)}
    known = [(places[n], s["value"] / top) for n, s in levels.items() if s["value"] is not None]
    if known:
        sheet.draw("path", kind="line", d="M" + "L".join(f"{sheet.x(x)} {sheet.y(y)}" for x, y in known))
    for name, agreement in levels.items():
        x = sheet.x(places[name])
        sheet.below(x, name)
        if agreement["value"] is not None:
            low, high = agreement["interval"]
            sheet.dot(x, agreement["value"] / top, (low / top, high / top))
    return sheet.svg()


def interval_bar(value: float | None, interval: Sequence[float] | None, *, bad: bool = False) -> Markup:
    """A 0–1 track with the interval as a band and the value as a tick.

    Args:
        bad: high is bad, an escape or a false flag.
    """
    svg = ElementTree.Element("svg", {"class": "bar", "viewBox": "0 0 56 12", "aria-hidden": "true"})

    def rectangle(kind: str, x: float, width: float, y: int, height: int, **more: str) -> None:
        place = {"x": f"{x:.1f}", "y": str(y), "width": f"{width:.1f}", "height": str(height)}
        ElementTree.SubElement(svg, "rect", {"class": kind, **place, **more})

    rectangle("track", 0, _BAR, 4, 4, rx="2")
    if value is not None:
        if interval is not None:
            low, high = interval
            kind = "reach bad" if bad else "reach"
            rectangle(kind, _BAR * low, max(1.5, _BAR * (high - low)), 2, 8, rx="3")
        rectangle("at", min(_BAR - 2, max(0.0, _BAR * value - 1)), 2, 0, 12)
    return Markup(ElementTree.tostring(svg, encoding="unicode"))


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The same line with only the points at which it turns."""
    kept = [points[0]]
    for before, point, after in zip(points, points[1:], points[2:], strict=False):
        straight = before[0] == point[0] == after[0] or before[1] == point[1] == after[1]
        if not straight:
            kept.append(point)
    return [*kept, points[-1]]
