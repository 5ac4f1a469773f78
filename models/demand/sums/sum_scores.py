"""Score forecasts of longer sums against the mean of seven days on the same rows.

Contains the rows of DEMAND_BACKTEST for sums. Not here: scores of days and of the 72-hour sum
(`models/demand/scoring.py`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from data_contracts.codes.demand import SUM_HORIZONS
from models.demand.scoring import SCORE_COLUMNS, leave_one_out_coverage
from models.demand.sums.naive_sums import MEAN_7_DAYS, naive_sums
from models.demand.sums.sum_quantiles import fit_sum_quantiles
from models.evaluation.forecast_metrics import wape, wpe
from models.params.demand import QuantileParams

_UPPER_PERCENT = 90


def score_sums(
    scored: pd.DataFrame, forecast: np.ndarray, name: str, params: QuantileParams
) -> pd.DataFrame:
    """Compute the rows of DEMAND_BACKTEST (without as_of), one scope per span.

    WAPE and WPE over the series of an origin, of uncensored demand. Coverage is that of the 90 %
    quantile fitted on the other origins. `scored`: known sums with features, in the order of
    `forecast`.
    """
    naive = naive_sums(scored, MEAN_7_DAYS)
    rows: list[dict[str, Any]] = []
    for span, horizon in SUM_HORIZONS.items():
        mine = (scored["span_days"] == span).to_numpy()
        of_span, origins = scored[mine], scored["origin"].to_numpy()[mine]
        actual = of_span["demand_units"].to_numpy(float)
        covered = _coverage(of_span, forecast[mine], params)
        for model, units in ((name, forecast[mine]), (MEAN_7_DAYS, naive[mine])):
            for origin in np.unique(origins):
                at = origins == origin
                share = covered.get(origin, (np.nan, 0))[0] if model == name else np.nan
                rows.append(
                    {
                        "model": model,
                        "scope": horizon.value,
                        "origin": origin,
                        "wape": wape(actual[at], units[at]),
                        "wpe": wpe(actual[at], units[at]),
                        "coverage": share,
                        "rows": int(at.sum()),
                    }
                )
    return pd.DataFrame(rows, columns=list(SCORE_COLUMNS))


def _coverage(
    rows: pd.DataFrame, forecast: np.ndarray, params: QuantileParams
) -> dict[Any, tuple[float, int]]:
    """Return the share at or under the 90 % quantile per origin, and its rows."""
    spans, groups = rows["span_days"].to_numpy(), rows["category"].to_numpy(str)

    def upper(fitted: np.ndarray, requested: np.ndarray) -> np.ndarray:
        quantiles = fit_sum_quantiles(rows[fitted], forecast[fitted], (_UPPER_PERCENT,), params)
        units = quantiles.units(spans[requested], forecast[requested], groups[requested])
        return np.asarray(units[:, 0])

    actual = rows["demand_units"].to_numpy(float)
    return leave_one_out_coverage(rows["origin"].to_numpy(), actual, upper)
