"""Tunable numbers of the rolling backtest and of its peers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class SliceParams:
    """How series and days are told apart.

    `a_share`, `b_share`: of the units of 28 days, those of class A, of A and B (the usual 80 and
    95 %). `adi_limit` (days from sale to sale) and `cv2_limit` (squared variation of their sizes):
    Syntetos, Boylan, Croston 2005. `first_week_days`, `first_month_days`: a series younger than
    that. `min_units_share`: a slice with less of the units is not named
    among the failures.
    """

    a_share: float = 0.80
    b_share: float = 0.95
    adi_limit: float = 1.32
    cv2_limit: float = 0.49
    first_week_days: int = 7
    first_month_days: int = 28
    min_units_share: float = 0.02


@dataclass(frozen=True, kw_only=True)
class BacktestParams:
    """`calibration_origins`: earlier origins on whose errors quantiles rest. `max_rows`: scored
    rows; above, series are thinned out by hash. `auto_ets_series`: AutoETS takes tens of
    milliseconds per series and origin, so it is asked about this many."""

    calibration_origins: int = 3
    max_rows: int = 1_500_000
    auto_ets_series: int = 500
    slices: SliceParams = SliceParams()


DEFAULTS = BacktestParams()
