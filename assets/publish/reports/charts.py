"""Draw the charts of the backtest page as SVG, without script, font file or network.

Not here: their figures. Text is in the page; a chart has only figures and names of models.
"""

import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd
from markupsafe import Markup

_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "linli",  # the same figures give the same file
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#66737f",
    "axes.grid": True,
    "grid.color": "#dfe5ea",
    "legend.frameon": False,
}
_OURS, _OTHERS = "#1f5f99", ("#a86200", "#8a94a0", "#1b7f4b", "#b3261e", "#6b4fa0")


def calibration(shares: Mapping[str, tuple[Sequence[float], Sequence[float]]]) -> Markup:
    """Share of actuals at or under a quantile against its percent; `shares`: name → percents,
    shares in percent. On the diagonal a quantile holds; the band is ±2 points."""
    import matplotlib  # takes a third of a second, which every other step can do without
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(4.6, 3.6), layout="constrained")
        axes = figure.subplots()
        axes.fill_between([0, 100], [-2, 98], [2, 102], color="#eef2f5", linewidth=0)
        axes.plot([0, 100], [0, 100], color="#66737f", linewidth=0.8)
        for (name, (percents, under)), colour in zip(
            shares.items(), (_OURS, *_OTHERS), strict=False
        ):
            axes.plot(percents, under, marker="o", markersize=4, color=colour, label=name)
        axes.set(xlim=(0, 100), ylim=(0, 100), xlabel="quantile %", ylabel="at or under %")
        axes.legend(loc="upper left")
        return _svg(figure)


def by_origin(days: Sequence[date], errors: Mapping[str, Sequence[float]]) -> Markup:
    """WAPE in percent per origin, a line per model, the first one ours."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(4.6, 3.6), layout="constrained")
        axes = figure.subplots()
        places = range(len(days))
        for (name, values), colour in zip(errors.items(), (_OURS, *_OTHERS), strict=False):
            width = 2.2 if colour == _OURS else 1.2
            axes.plot(
                places, values, marker="o", markersize=4, color=colour, linewidth=width, label=name
            )
        axes.set_xticks(list(places), [f"{pd.Timestamp(day):%m-%d}" for day in days])
        axes.set(ylim=(0, None), xlabel="origin", ylabel="WAPE %")
        axes.legend(ncols=2, loc="lower left", fontsize=8)
        return _svg(figure)


def _svg(figure: Any) -> Markup:
    """Return the figure as an SVG element for a page."""
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    return Markup(text.getvalue()[text.getvalue().index("<svg") :])
