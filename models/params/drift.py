"""Tunable numbers of the daily watch on the demand model: its inputs, and its errors.

Apart from `models/params/demand.py`: those are a model's own and make a stored one unused when they
change; these only say what is worth a word.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class InputDriftParams:
    """When a feature of the rows asked about is unlike the rows a model was fitted on.

    `reference_rows`: rows the reference is made of, of whole series; bounds its seconds. `bins`: of
    the reference, by quantile. `least_share`: what an empty bin counts as, so that one row in it is
    no infinity. `min_rows`: below, nothing is compared. `alarm_psi`: 0.25 is the rule of thumb of
    credit scoring (Siddiqi 2006) for a population that has shifted; rows of one day are more alike
    than that rule supposes, so a feature must also pass `usual_factor` times the largest index of a
    single day it was fitted on. Weather, a few values on many rows, is not judged by it.
    `alarm_missing_share`: missing beyond what the worst of those days had. `range_margin`: part of
    the range seen at training that a value may lie outside it; `alarm_outside_share`: rows beyond
    that. Looked at on the sample and on faults: `tests/bench/drift.py`.
    """

    reference_rows: int = 200_000
    bins: int = 10
    least_share: float = 0.001
    min_rows: int = 50
    alarm_psi: float = 0.25
    usual_factor: float = 2.0
    alarm_missing_share: float = 0.1
    range_margin: float = 0.25
    alarm_outside_share: float = 0.02


@dataclass(frozen=True, kw_only=True)
class ErrorDriftParams:
    """When the error of the forecasts that were really made is no longer the usual one.

    A day is bad when its WAPE passes its limit: median of the last `recent_days` days that were
    scored and not bad, plus `deviations` robust standard deviations of them (1.4826 times the
    median absolute deviation; of at least `least_deviation_share` of the median), held between
    `least_over_backtest` and `most_over_backtest` times the backtest's WAPE. With fewer than
    `min_recent_days` of them, a week, the upper of these bounds is the limit. `alarm_run_days`: so
    many bad days in succession are an alarm, fewer are noise. `min_rows`: series scored, below
    which a day says nothing. Ours.
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
    """Everything tunable about drift, and about what stands in for missing weather: the mean of the
    last `usual_weather_days` days a warehouse's weather was known (decision 0014)."""

    inputs: InputDriftParams = InputDriftParams()
    errors: ErrorDriftParams = ErrorDriftParams()
    usual_weather_days: int = 7


DRIFT = DriftParams()
