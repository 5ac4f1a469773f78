"""Parameters of the order-arrival nowcast."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.params.demand import QuantileParams


def _few_rows() -> QuantileParams:
    return QuantileParams(max_bins=3, min_rows_per_bin=60, min_rows=10)


@dataclass(frozen=True, kw_only=True)
class NowcastParams:
    """What is fitted on past days, and how strongly the orders of the open day correct the
    forecast.

    `mean_days`: days in the mean that replaces a missing forecast. `learn_days`: days before a day
    that give its arrival curve and, before the first scored day, the strengths: four weeks, as for
    the hours of the day in the demand panel. `scored_days`: last days, each predicted from earlier
    days, whose errors give the accuracy table and the quantiles. `min_learn_days`: with fewer past
    days nothing is scored and only the curve is fitted. `hours_left`: moments scored in addition to
    the requested one. `curve_kind_units`, `curve_category_units`: units of past days by which the
    curve of a kind of day is shrunk to the platform's, and that of a category to its kind's; our
    choice. `strengths_units`: candidates for the number of expected units at which the orders of
    the day count as much as the forecast, for the platform, a warehouse, an SKU in all warehouses,
    and a series. `firm_units`: a strength that leaves the forecast unchanged. `doubt_errors`: a
    firmer strength is taken if its error is higher by at most this many standard errors; 0: the
    best fit. `closed_units`: expected units at which the past sales of sold-out SKUs count half;
    with none they sell nothing more. `coverage_folds`: parts of the scored days, each covered by
    quantiles of the other parts. `silence_minutes`: the data end before the clock time if the last
    order is older, and older than on any past day at this hour. `quantiles`, `warehouse_quantiles`:
    bins of residual ratios of series, and of warehouses, which have few.
    """

    mean_days: int = 28
    learn_days: int = 28
    scored_days: int = 21
    min_learn_days: int = 7
    hours_left: tuple[float, ...] = (18.0, 12.0, 8.0, 6.0, 4.0, 2.0, 1.0)
    curve_kind_units: float = 500.0
    curve_category_units: float = 200.0
    strengths_units: tuple[float, ...] = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1e3, 3e3, 1e4)
    firm_units: float = 1e12
    doubt_errors: float = 1.0
    closed_units: float = 5.0
    coverage_folds: int = 3
    silence_minutes: float = 60.0
    quantiles: QuantileParams = field(default_factory=QuantileParams)
    warehouse_quantiles: QuantileParams = field(default_factory=_few_rows)

    @property
    def history_days(self) -> int:
        """Past days that are read: the earliest scored day is fitted on days that have means."""
        return self.mean_days + self.learn_days + self.scored_days


DEFAULTS = NowcastParams()
