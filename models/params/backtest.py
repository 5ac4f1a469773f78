"""Parameters of the rolling-origin backtest and of its baselines."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class SliceParams:
    """Limits that separate kinds of series and days.

    `a_share`, `b_share`: share of the units of 28 days in class A, and in A and B (the common 80
    and 95 %). `adi_limit` (days between sales) and `cv2_limit` (squared variation of their sizes):
    Syntetos, Boylan, Croston 2005. `first_week_days`, `first_month_days`: upper age of a series in
    its first week and month. `min_units_share`: a slice with a smaller share of the units is not
    listed among the worst slices.
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
    """Size of the backtest.

    `calibration_origins`: earlier origins whose errors give the quantiles. `max_rows`: scored rows;
    above, series are sampled by hash. `auto_ets_series`: AutoETS takes tens of milliseconds per
    series and origin, so it forecasts this many series.
    """

    calibration_origins: int = 3
    max_rows: int = 1_500_000
    auto_ets_series: int = 500
    slices: SliceParams = SliceParams()


DEFAULTS = BacktestParams()
