"""Parameters of the daily watch on the demand model: its inputs and its errors.

Separate from `models/params/demand.py`, whose values belong to a model and make a stored model
unusable when they change. These only decide what is reported.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class InputDriftParams:
    """Limits at which a feature of the scored rows differs from the rows of the fit.

    `reference_rows`: rows in the reference, of whole series; bounds its run time. `bins`: quantile
    bins of the reference. `least_share`: share assumed for an empty bin, which keeps the index
    finite. `min_rows`: with fewer rows nothing is compared. `alarm_psi`: 0.25 is the rule of thumb
    in credit scoring (Siddiqi 2006) for a shifted population. Rows of one day resemble each other
    more than that rule assumes, so a feature must also exceed `baseline_psi_factor` times the
    largest index of a single day of the fit. Weather has few distinct values on many rows and is
    exempt. `alarm_missing_share`: missing share above that of the worst day of the fit.
    `range_margin`: part of the fitted range that a value may lie outside it; `alarm_outside_share`:
    share of rows beyond that margin. Checked on the sample and on injected faults:
    `tests/bench/drift.py`.
    """

    reference_rows: int = 200_000
    bins: int = 10
    least_share: float = 0.001
    min_rows: int = 50
    alarm_psi: float = 0.25
    baseline_psi_factor: float = 2.0
    alarm_missing_share: float = 0.1
    range_margin: float = 0.25
    alarm_outside_share: float = 0.02


@dataclass(frozen=True, kw_only=True)
class ErrorDriftParams:
    """Limits at which the error of issued forecasts is no longer normal.

    A day is bad if its WAPE exceeds its limit: the median of the last `recent_days` scored days
    that were not bad, plus `deviations` robust standard deviations of them (1.4826 times the median
    absolute deviation, at least `least_deviation_share` of the median), held between
    `least_over_backtest` and `most_over_backtest` times the backtest's WAPE. With fewer than
    `min_recent_days` such days, a week, the upper bound is the limit. `alarm_run_days`: bad days in
    succession that raise an alarm; fewer are noise. `min_rows`: scored series needed to judge a
    day. Our choices.
    """

    recent_days: int = 28
    min_recent_days: int = 7
    deviations: float = 3.0
    least_deviation_share: float = 0.05
    least_over_backtest: float = 1.1
    most_over_backtest: float = 1.5
    alarm_run_days: int = 3
    min_rows: int = 30


@dataclass(frozen=True, kw_only=True)
class DriftParams:
    """All parameters of drift, and of the imputation of weather.

    `recent_weather_days`: known days whose mean replaces missing weather (decision 0014).
    """

    inputs: InputDriftParams = InputDriftParams()
    errors: ErrorDriftParams = ErrorDriftParams()
    recent_weather_days: int = 7


DRIFT = DriftParams()
