"""Forecast with mlforecast (LightGBM) and statsforecast (AutoETS), in their own Python environment.

    python external_baselines.py FOLDER

FOLDER holds `days.parquet` (series_no, day, sold_units, and features of the day) and
`request.json`. Writes `units.parquet` (peer, series_no, origin, horizon, units) to the same folder
and prints a line per baseline with its seconds. Imports nothing of this project, because pandas is
an older version here.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

_KNOWN_AHEAD = ["discount", "is_free", "is_holiday", "rain_mm", "temperature_celsius"]
# lags and windows of the compared model, as far as they are sums, spreads or maxima
_LAGS = [1, 2, 3, 4, 5, 6, 7, 14, 21, 28]
_WINDOWS = (3, 7, 14, 28, 56)
_SPREAD_DAYS = 28
_LEAST_DAYS = 28  # AutoETS cannot be fitted on a few days


def mlforecast(days: pd.DataFrame, origin: pd.Timestamp, request: dict[str, Any]) -> pd.DataFrame:
    """Forecast with one LightGBM over all series, recursive over the horizon.

    Uses the settings of the model it is compared with, and at most as many rows. With
    `quantile_percents`, one more booster for each of them.
    """
    from lightgbm import LGBMRegressor
    from mlforecast import MLForecast
    from mlforecast.lag_transforms import RollingMax, RollingMean, RollingStd

    model = request["model"]
    shared = {
        "n_estimators": model["trees"],
        "learning_rate": model["learning_rate"],
        "num_leaves": model["max_leaves"],
        "min_child_samples": model["min_rows_per_leaf"],
        "colsample_bytree": model["feature_fraction"],
        "subsample": model["bagging_fraction"],
        "subsample_freq": 1,
        "max_bin": model["bins"],
        "n_jobs": request["threads"],
        "random_state": model["seed"],
        "verbosity": -1,
    }
    power = model["tweedie_variance_power"]
    boosters = {"units": LGBMRegressor(objective="tweedie", tweedie_variance_power=power, **shared)}
    for percent in request.get("quantile_percents", ()):
        boosters[f"p{percent:g}"] = LGBMRegressor(
            objective="quantile", alpha=percent / 100, **shared
        )
    forecaster = MLForecast(
        models=boosters,
        freq="D",
        lags=_LAGS,
        lag_transforms={
            1: [
                *(RollingMean(window, min_samples=1) for window in _WINDOWS),
                RollingStd(_SPREAD_DAYS, min_samples=2),
                RollingMax(_SPREAD_DAYS, min_samples=1),
            ]
        },
        date_features=["dayofweek"],
        num_threads=request["threads"],
    )
    past = days[days["ds"] <= origin]
    seen, target = forecaster.preprocess(
        past, static_features=[], dropna=False, return_X_y=True, max_horizon=None
    )
    kept = seen["lag1"].notna().to_numpy()
    limit = model["max_fit_rows"]
    if kept.sum() > limit:
        chosen = np.random.default_rng(model["seed"]).permutation(np.flatnonzero(kept))[:limit]
        kept = np.zeros(len(seen), bool)
        kept[chosen] = True
    forecaster.fit_models(seen[kept], np.asarray(target)[kept])
    horizon = request["horizon_days"]
    ahead = days[(days["ds"] > origin) & (days["ds"] <= origin + pd.Timedelta(days=horizon))]
    future = forecaster.make_future_dataframe(horizon)
    future = future.merge(ahead[["unique_id", "ds", *_KNOWN_AHEAD]], how="left")
    future = future.fillna({"discount": 1.0} | dict.fromkeys(_KNOWN_AHEAD[1:], 0.0))
    return forecaster.predict(horizon, X_df=future)


def auto_ets(days: pd.DataFrame, origin: pd.Timestamp, request: dict[str, Any]) -> pd.DataFrame:
    """Forecast each series separately with AutoETS and a weekly season."""
    from statsforecast import StatsForecast
    from statsforecast.models import AutoETS, HistoricAverage

    past = days[days["ds"] <= origin]
    lives = past.groupby("unique_id")["ds"].agg(["max", "size"])
    names = lives[(lives["max"] == origin) & (lives["size"] >= _LEAST_DAYS)].index.to_numpy()
    chosen = np.random.default_rng(request["model"]["seed"]).permutation(names)
    mine = past[past["unique_id"].isin(chosen[: request["auto_ets_series"]])]
    forecaster = StatsForecast(
        models=[AutoETS(season_length=7, alias="units")],
        freq="D",
        n_jobs=request["threads"],
        fallback_model=HistoricAverage(alias="units"),  # if no smoothing can be fitted
    )
    return forecaster.forecast(
        df=mine[["unique_id", "ds", "y"]], h=request["horizon_days"]
    ).reset_index(drop=True)


_BASELINES = {"mlforecast": mlforecast, "auto_ets": auto_ets}


def main(folder: Path) -> None:
    request = json.loads((folder / "request.json").read_text("utf-8"))
    days = pd.read_parquet(folder / "days.parquet").rename(
        columns={"series_no": "unique_id", "day": "ds", "sold_units": "y"}
    )
    days["ds"] = pd.to_datetime(days["ds"]).astype("datetime64[ns]")
    days = days.drop(columns="weekday")
    parts = []
    for peer in request["peers"]:
        started = time.perf_counter()
        for origin in map(pd.Timestamp, request["origins"]):
            made = _BASELINES[peer](days, origin, request)
            parts.append(
                pd.DataFrame(
                    {
                        "peer": peer,
                        "series_no": made["unique_id"].to_numpy(),
                        "origin": origin,
                        "horizon": (made["ds"] - origin).dt.days.to_numpy(),
                        "units": np.maximum(made["units"].to_numpy(float), 0.0),
                    }
                )
            )
        seconds = time.perf_counter() - started
        print(f"{peer}: {len(request['origins'])} origins in {seconds:.1f} s", flush=True)
    pd.concat(parts, ignore_index=True).to_parquet(folder / "units.parquet", index=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
