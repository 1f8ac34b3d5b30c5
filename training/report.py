"""The figures of an evaluation as a table that fits a terminal."""

from typing import Any


def table(figures: dict[str, Any]) -> str:
    """Every figure with its count; a dash where it is undefined."""
    any_defect, decided, variance = figures["any_defect"], figures["decisions"], figures["variance"]
    lines = [
        f"{figures['name']} on {figures['dataset']} "
        f"({figures['split']}): {figures['photos']} photos of {figures['pieces']} pieces, "
        f"{figures['judged']} judged for defects",
        "",
        f"{'class':<12} {'n':>5} {'AP':>18}  {'recall at 1 / 5 / 10 % false flags':<36} {'pointing':>8} "
        f"{'IoU':>5} {'cell AP':>7}",
    ]
    for name, own in figures["classes"].items():
        recalls = " / ".join(_value(r) for r in own["recall_at_false_flags"].values())
        lines.append(
            f"{name:<12} {own['defective']:>5} {_figure(own['ap']):>18}  {recalls:<36} "
            f"{_number(own['pointing']):>8} {_number(own['iou']):>5} {_number(own['pixel_ap']):>7}"
        )
    lines += [
        "",
        f"mean AP          {_number(figures['map'])}",
        f"defective/clean  AUROC {_figure(any_defect['auroc'])}  "
        f"({any_defect['defective']} defective, {any_defect['clean']} clean)",
        f"escape           {_share(decided['escape'])}",
        f"false flag       {_share(decided['false_flag'])}",
        f"retake           {_share(decided['retake'])}",
    ]
    for title, key in (("material", "by_material"), ("variance", "by_variance")):
        lines += [
            f"{title:<9} {name:<8} AUROC {_figure(own['auroc'])}  escape {_share(own['escape'])}  "
            f"false flag {_share(own['false_flag'])}"
            for name, own in figures[key].items()
        ]
    lines += [
        f"grade            kappa {_figure(variance['kappa'])}  mean error {_number(variance['mae'])} levels  "
        f"(n {variance['n']})",
        f"time             {figures['latency_ms']['median']:.0f} ms a photo, "
        f"95 % within {figures['latency_ms']['p95']:.0f} ms",
    ]
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _value(figure: dict[str, Any] | None) -> str:
    return "–" if figure is None else f"{figure['value']:.2f}"


def _figure(figure: dict[str, Any] | None) -> str:
    if figure is None:
        return "–"
    if figure["interval"] is None:
        return f"{figure['value']:.2f}"
    low, high = figure["interval"]
    return f"{figure['value']:.2f} [{low:.2f}, {high:.2f}]"


def _share(share: dict[str, Any]) -> str:
    if share["value"] is None:
        return "– (0 photos)"
    low, high = share["interval"]
    return f"{share['value']:.1%} [{low:.1%}, {high:.1%}] ({share['found']} of {share['of']})"
