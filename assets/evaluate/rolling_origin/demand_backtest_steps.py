"""Compute the asset `demand_backtest`, which `demand_backtest.py` declares and describes.

Contains the choice of origins, when the model is refitted, and what is stored. Not here: forecasts
of baselines (`baselines.py`), figures (`models/demand/backtest/report_figures.py`), the quick
backtest of every day (`assets/predict/demand/demand_model_steps.py`).
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import pandas as pd

from assets.evaluate.rolling_origin.backtest_config import BacktestConfig
from assets.evaluate.rolling_origin.baselines import add_baselines
from assets.framework.day_asset import DayRun, Written
from assets.predict.demand.demand_features import (
    Origin,
    create_panel_series,
    feature_rows,
    row_step,
    split_recent_and_scored,
    with_recent_origins,
)
from assets.predict.demand.fit import fit_boosters, fit_threads, log_progress
from assets.resources.lakehouse.lakehouse import Session
from data_contracts.errors import LinliError
from data_contracts.tables.backtest import DEMAND_ROLLING, EXTERNAL_BASELINES, ROLLING_QUANTILES
from data_contracts.tables.demand import QUANTILE_PERCENTS
from models.clock import HORIZON_DAYS
from models.demand import forecast
from models.demand.backtest import quantile_baselines
from models.demand.backtest.rolling_origin import (
    CalibratedForecasts,
    calibrate_forecasts,
    stored_lines,
)
from models.demand.backtest.slices import add_slices
from models.demand.naive_forecasts import best_method
from models.demand.scoring import backtest_origins
from models.params.backtest import DEFAULTS
from models.params.demand import DEFAULTS as DEMAND_DEFAULTS
from models.params.demand import DemandParams

OPTIONAL_BASELINES = ("ssa", "trees_per_quantile", *EXTERNAL_BASELINES)


def make_demand_rolling(run: DayRun) -> Written:
    """Compute the asset `demand_rolling` for the business date of `run`."""
    config = run.config
    assert isinstance(config, BacktestConfig)
    return _backtest(run, config)


def _backtest(run: DayRun, config: BacktestConfig) -> Written:
    if unknown := set(config.peers) - set(OPTIONAL_BASELINES):
        raise LinliError(
            f"unknown baseline {min(unknown)}; choose from: {', '.join(OPTIONAL_BASELINES)}",
            f"没有名为 {min(unknown)} 的基准方法；可用：{', '.join(OPTIONAL_BASELINES)}",
        )
    params = _model_params(config)
    with run.session() as session:
        create_panel_series(session, run)
        plan = _plan(session, run, config)
        series = session.scalar("select count(*) from panel_series")
        rows = feature_rows(session, run, with_recent_origins(plan.rows, series, params.shift))
        named = _with_names(session, rows[rows["is_scored"]])
        recent, scored = split_recent_and_scored(named, plan.origins)
        scored = add_slices(scored, DEFAULTS.slices)
        forecasts = _forecasts(run, rows[rows["is_training"]], scored, recent, plan, config, params)
        forecasts = add_baselines(session, run, forecasts, config.peers)
        calibrated = calibrate_forecasts(forecasts, plan.scored, DEFAULTS, params)
        return _write(session, run, calibrated, config)


def _model_params(config: BacktestConfig) -> DemandParams:
    model = replace(DEMAND_DEFAULTS.model, retrain_every_days=config.refit_every_days)
    return replace(DEMAND_DEFAULTS, model=model)


@dataclass(frozen=True)
class _Plan:
    """Origins of a backtest.

    `origins`: all origins, oldest first; `scored`: those with quantiles from the origins before
    them; `rows`: origins to compute features for.
    """

    origins: list[date]
    scored: list[date]
    rows: list[Origin]


def _plan(session: Session, run: DayRun, config: BacktestConfig) -> _Plan:
    """Choose the origins; raises LinliError if the history is too short for one scored origin."""
    first_day: date | None = session.scalar(
        "select min(day) from demand_day where as_of = $d", d=run.as_of
    )
    if first_day is None:
        raise LinliError(
            f"no demand is stored for {run.as_of}: do the exports cover this day?",
            f"{run.as_of} 没有需求数据：导出文件包含这一天吗？",
        )
    model, before = DEMAND_DEFAULTS.model, DEFAULTS.calibration_origins
    requested = backtest_origins(run.as_of, config.origins + before, config.every_days)
    earliest = first_day + timedelta(days=model.short_history_days - 1)
    origins = [day for day in requested if day >= earliest]
    if len(origins) <= before:
        raise LinliError(
            f"history from {first_day} to {run.as_of} holds {len(origins)} origins "
            f"{config.every_days} days apart; {before + 1} are needed: choose a later day, or a "
            "shorter distance between origins",
            f"{first_day} 到 {run.as_of} 的历史只够取 {len(origins)} 个预测起点（间隔 "
            f"{config.every_days} 天），至少需要 {before + 1} 个：请选更晚的日期，或"
            "缩短起点间隔",
        )
    series = session.scalar("select count(*) from panel_series")
    first_fitted = first_day + timedelta(days=model.min_lookback_days - 1)
    days = [first_fitted + timedelta(i) for i in range((origins[-1] - first_fitted).days)]
    score_every = row_step(series * len(origins) * HORIZON_DAYS, DEFAULTS.max_rows)
    train_every = row_step(series * len(days) * HORIZON_DAYS, model.max_training_rows)
    every_day = sorted({*days, *origins})
    rows = [
        Origin(day, train_every if day in days else 0, score_every if day in origins else 0)
        for day in every_day
    ]
    return _Plan(origins, origins[before:], rows)


def _with_names(session: Session, rows: pd.DataFrame) -> pd.DataFrame:
    """Add names and codes of the series, and the age of its warehouse in days."""
    names = session.frame(
        """
        with opened as (
            select warehouse_no, min(day) as first_day from demand_panel group by warehouse_no
        )

        select
            s.series_no, s.warehouse_id, s.sku_id, s.category, s.region_id,
            s.platform_no, s.region_no, s.warehouse_no, s.sku_no, s.category_no,
            s.warehouse_category_no,
            -- warehouses open at the start of the panel count as old
            case when o.first_day > (select min(first_day) from opened) then o.first_day end
                as opened_on
        from panel_series as s
        inner join opened as o on s.warehouse_no = o.warehouse_no
        """
    )
    named = rows.merge(names, on="series_no")
    opened = pd.to_datetime(named.pop("opened_on"))
    days = (pd.to_datetime(named["origin"]) - opened).dt.days + 1
    return named.assign(warehouse_days=days.fillna(float("inf")))


def _forecasts(
    run: DayRun,
    training: pd.DataFrame,
    scored: pd.DataFrame,
    recent: pd.DataFrame,
    plan: _Plan,
    config: BacktestConfig,
    params: DemandParams,
) -> pd.DataFrame:
    """Add mean_units, forecast_sold_units, model and requested quantile trees to `scored`.

    `recent`: one-day-ahead rows of the days before.
    """
    threads, parts = fit_threads(run, params), []
    boosters: forecast.Boosters | None = None
    trees: quantile_baselines.QuantileTrees | None = None
    fitted_on: date | None = None
    for number, origin in enumerate(plan.origins, 1):
        requested = scored[scored["origin"] == pd.Timestamp(origin)]
        if fitted_on is None or (origin - fitted_on).days >= config.refit_every_days:
            past = training[training["target_day"] <= pd.Timestamp(origin)]
            usable = forecast.fully_in_stock_rows(past)
            if len(usable) >= params.model.min_training_rows:
                what = f"origin {origin} ({number} of {len(plan.origins)})"
                boosters, fitted_on = fit_boosters(run, past, params, what), origin
                if "trees_per_quantile" in config.peers:
                    trees = quantile_baselines.fit_quantile_trees(
                        usable,
                        QUANTILE_PERCENTS,
                        params.model,
                        threads,
                        log_progress(run, f"{what} trees per quantile"),
                    )
        age = pd.Timestamp(origin) - recent["target_day"]
        recent_rows = recent[
            (age >= pd.Timedelta(0)) & (age < pd.Timedelta(days=params.shift.days))
        ]
        known_rows = scored[scored["target_day"] <= pd.Timestamp(origin)]
        naive = forecast.MEAN_OF_DAYS if boosters else best_method(known_rows)
        forecasts = forecast.bias_corrected_forecast(
            requested, recent_rows, boosters, params.model, params.shift, threads, naive
        )
        part = requested.assign(
            mean_units=forecasts.mean_units,
            forecast_sold_units=forecasts.sold_units,
            model=forecast.MEANS if boosters is None else forecast.MODEL,
        )
        if trees is not None:
            part = part.assign(**trees.columns(requested, threads))
        parts.append(part)
    return pd.concat(parts)


def _write(
    session: Session, run: DayRun, calibrated: CalibratedForecasts, config: BacktestConfig
) -> Written:
    session.register("lines", stored_lines(calibrated.lines))
    rows = session.replace(
        DEMAND_ROLLING,
        run.as_of,
        "select cast($as_of as date) as as_of, * from lines "
        "order by origin, warehouse_id, sku_id, horizon",
        as_of=run.as_of,
    )
    session.register("quantiles", calibrated.quantiles)
    session.replace(
        ROLLING_QUANTILES,
        run.as_of,
        "select cast($as_of as date) as as_of, * from quantiles",
        as_of=run.as_of,
    )
    origins = sorted(calibrated.lines["origin"].unique())
    return Written(
        rows,
        {
            "origins": ", ".join(f"{day:%Y-%m-%d}" for day in origins),
            "refit_every_days": config.refit_every_days,
            "peers": ", ".join(config.peers) or "-",
        },
    )
