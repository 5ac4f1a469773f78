"""Compute the asset `demand_model`, which `demand_model.py` declares and describes.

Contains the choice of origins to fit and score, the choice between current and new model, and the
figures shown. Not here: features (`demand_features.py`), fit, means and quantiles
(`models/demand/forecast.py`), use of the stored model (`serving_model.py`), the forecast
(`demand_forecast_steps.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import dagster as dg
import numpy as np
import pandas as pd

from assets.framework.day_asset import DayRun, Written, sql_beside
from assets.predict.demand.demand_features import (
    Origin,
    create_panel_series,
    drop_steps,
    feature_rows,
    row_step,
    split_recent_and_scored,
    with_recent_origins,
)
from assets.predict.demand.fit import fit_boosters
from assets.predict.demand.serving_model import (
    DEMAND,
    KIND,
    SALES,
    boosters_of,
    champion_with_entry,
    last_good_demand_model,
    naive_of,
    note_last_good,
)
from assets.predict.demand.sums.fit_sums import NO_SUMS, SUMS, FittedSums, fit_sums, naive_model
from assets.predict.demand.sums.sum_rows import PastSums, past_sums
from assets.resources.lakehouse.lakehouse import Session
from assets.resources.lakehouse.query_errors import QueryMemoryError
from data_contracts.codes.demand import SUM_HORIZONS
from data_contracts.tables.demand import DEMAND_BACKTEST, QUANTILE_PERCENTS
from models.clock import HORIZON_DAYS
from models.demand import forecast
from models.demand.drift.input_drift import feature_reference
from models.demand.feature_names import FEATURES
from models.demand.naive_forecasts import METHODS_ZH, best_method
from models.demand.scoring import SCORED_LEVELS, WHOLE_DAY_IN_STOCK, backtest_origins
from models.evaluation.forecast_metrics import wape
from models.params.demand import DEFAULTS, NAIVE, DemandParams, ModelParams
from models.params.drift import DRIFT
from models.registry.artifacts import Artifact, save_artifact
from models.registry.champion_log import ChampionEntry, log_champion
from models.registry.fit_errors import FitError

_FAILED = "the fit failed"


def make_demand_model(run: DayRun) -> Written:
    """Compute the asset `demand_model` for the business date of `run`."""
    with run.session() as session:
        before = champion_with_entry(run, DEFAULTS)
        is_usable = before is not None and bool(before[1].boosters)
        alarm = _error_alarm(session, run, before[0]) if before and is_usable else ""
        if before is None or not is_usable or alarm or _is_due(run, before[0], DEFAULTS):
            entry, artifact = _renewed(session, run, before and before[1], alarm)
        else:
            entry, artifact = before
        run.log(f"demand: {artifact.version} serves since {entry.since}: {entry.reason}")
        if not artifact.boosters:
            _note_no_model(run, artifact)
        return _write_backtest(session, run, artifact, entry.reason)


def _renewed(
    session: Session, run: DayRun, current: Artifact | None, alarm: str
) -> tuple[ChampionEntry, Artifact]:
    """Fit a new model and log which one serves: the new one, the current, or the last good one.

    Means of past days serve only if no model ever did.
    """
    artifact, reason, failure = None, "", ""
    try:
        artifact, reason = _train(session, run, DEFAULTS, current)
    except (FitError, MemoryError, QueryMemoryError) as error:
        failure = str(error).splitlines()[0] if str(error) else "out of memory"
        run.log(f"demand: no model could be fitted: {failure}")
    if artifact is None or not artifact.boosters:
        why = failure or str(artifact and artifact.details["reason"])
        last = last_good_demand_model(run)
        if last is not None:
            cause_zh = "训练新模型失败" if failure else "历史数据不足，无法训练新模型"
            note_last_good(run, last, f"no new demand model ({why})", cause_zh)
            reason = f"last good model; no new one: {why}"
            entry = ChampionEntry(
                run.as_of, last.trained_as_of, last.version, reason, is_last_good=True
            )
            log_champion(run.models_dir, KIND, entry)
            return entry, last
        if artifact is None:
            artifact, reason = _means(session, run, DEFAULTS, f"{_FAILED}: {why}")
    reason += f" (asked for early: {alarm})" if alarm else ""
    entry = ChampionEntry(run.as_of, artifact.trained_as_of, artifact.version, reason)
    log_champion(run.models_dir, KIND, entry)
    return entry, artifact


def _is_due(run: DayRun, entry: ChampionEntry, params: DemandParams) -> bool:
    """Return whether to fit a challenger: the champion is old, or serves only as last good
    model.
    """
    age = run.as_of - entry.since
    return entry.is_last_good or age >= timedelta(days=params.model.retrain_every_days)


def _error_alarm(session: Session, run: DayRun, entry: ChampionEntry) -> str:
    """Return why the model is due early; empty if it is not.

    True if the newest scored day before `as_of` ends a run of bad days that were all forecast since
    `entry`: an alarm that already caused a challenger causes no second one.
    """
    days = DRIFT.errors.alarm_run_days
    rows = session.rows(
        sql_beside(__file__, "error_alarm_reasons.sql"),
        as_of=run.as_of,
        from_day=max(entry.since + timedelta(days=days), run.as_of - timedelta(days=days)),
    )
    return "; ".join(str(reason) for (reason,) in rows)


@dataclass(frozen=True)
class _Plan:
    """Origins to compute features for, the first scored one, and why no model can be fitted."""

    origins: list[Origin]
    first_scored: date
    no_model: str | None


def plan_origins(first_day: date, as_of: date, series: int, params: DemandParams) -> _Plan:
    """Choose the origins of fit and backtest for a panel of `series` from `first_day` to `as_of`.

    Fitting starts `min_lookback_days` into the panel, scoring a week into it; both are sampled by
    hash to stay within their row limits.
    """
    model = params.model
    scored = _known_origins(first_day, as_of, model.backtest_origins, model)
    score_every = row_step(series * len(scored) * HORIZON_DAYS, model.max_backtest_rows)
    first_fitted = first_day + timedelta(days=model.min_lookback_days - 1)
    first_scored = min(scored, default=as_of)
    fitted_days = (first_scored - first_fitted).days
    if fitted_days < model.min_training_days:
        reason = f"{max(fitted_days, 0)} days to fit on, {model.min_training_days} are needed"
        return _naive_plan(first_day, as_of, series, params, reason)
    days = [first_fitted + timedelta(days=i) for i in range((as_of - first_fitted).days)]
    train_every = row_step(series * len(days) * HORIZON_DAYS, model.max_training_rows)
    origins = [Origin(day, train_every, score_every if day in scored else 0) for day in days]
    return _Plan(origins, first_scored, None)


def _known_origins(
    first_day: date, as_of: date, count: int, model: ModelParams, spacing_days: int | None = None
) -> list[date]:
    """Return up to `count` origins whose targets are over, at least a week into the panel."""
    days = backtest_origins(as_of, count, spacing_days or model.backtest_spacing_days)
    return [day for day in days if day >= first_day + timedelta(days=model.short_history_days - 1)]


def _naive_plan(
    first_day: date, as_of: date, series: int, params: DemandParams, reason: str
) -> _Plan:
    """Choose the origins that select a naive method and give its quantiles: every day."""
    days = _known_origins(first_day, as_of, NAIVE.origins, params.model, spacing_days=1)
    score_every = row_step(series * len(days) * HORIZON_DAYS, params.model.max_backtest_rows)
    return _Plan([Origin(day, 0, score_every) for day in days], min(days, default=as_of), reason)


def _rows(
    session: Session, run: DayRun, plan: _Plan, series: int, params: DemandParams
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, PastSums]:
    """Return the scored rows, the one-day-ahead rows of the days before, the training rows, and the
    sums that are over: of the training rows, without a model of the scored ones.
    """
    rows = feature_rows(session, run, with_recent_origins(plan.origins, series, params.shift))
    of_sums = rows["is_scored" if plan.no_model else "is_training"]
    sums = past_sums(session, rows[of_sums], run.as_of, params.sums)
    drop_steps(session)  # fits need the room
    codes = ", ".join(dict.fromkeys(SCORED_LEVELS.values()))
    levels = session.frame(f"select series_no, category, {codes} from panel_series")
    scored_rows = rows[rows["is_scored"]].merge(levels, on="series_no")
    days = [origin.day for origin in plan.origins if origin.score_every]
    recent, scored = split_recent_and_scored(scored_rows, days)
    return scored, recent, rows[rows["is_training"]], sums


def _train(
    session: Session, run: DayRun, params: DemandParams, current: Artifact | None
) -> tuple[Artifact, str]:
    """Backtest, fit on everything and store; return the model that serves, and why.

    The new model serves only if it beats the `current` one on rows the current one has not seen.
    The artifact has no booster if nothing can be fitted.
    """
    create_panel_series(session, run)
    first_day = session.scalar("select min(day) from demand_day where as_of = $d", d=run.as_of)
    if first_day is None:
        return _stored(run, params, None, None, "no sale of goods in the history", 0)
    series = session.scalar("select count(*) from panel_series")
    plan = plan_origins(first_day, run.as_of, series, params)
    if not plan.origins:
        return _stored(run, params, None, None, str(plan.no_model), 0)
    scored, recent, fitting, sums = _rows(session, run, plan, series, params)
    before = fitting[fitting["target_day"] <= pd.Timestamp(plan.first_scored)]
    reason, usable = plan.no_model, len(forecast.fully_in_stock_rows(before))
    if reason is None and usable < params.model.min_training_rows:
        reason = f"{usable} rows to fit on, {params.model.min_training_rows} are needed"
        plan = _naive_plan(first_day, run.as_of, series, params, reason)
        scored, recent, _, sums = _rows(session, run, plan, series, params)
    if reason is not None:
        return _stored_means(run, params, scored, sums, reason)
    boosters = fit_boosters(run, before, params, "backtest")
    del before
    forecasts = forecast.bias_corrected_forecast(
        scored, recent, boosters, params.model, params.shift, run.threads
    )
    evaluation = forecast.evaluate(scored, forecasts, forecast.MODEL, QUANTILE_PERCENTS, params)
    boosters = fit_boosters(run, fitting, params, "training")
    training_rows = len(
        forecast.hash_sample(forecast.fully_in_stock_rows(fitting), params.model.max_fit_rows)
    )
    reference = _reference(fitting)
    del fitting
    longer = fit_sums(run, sums, params)
    stored = _stored(run, params, boosters, evaluation, None, training_rows, reference, longer)
    if current is None or not current.boosters:
        return stored
    return _better(run, params, (current, stored[0]), scored, recent, forecasts.mean_units)


def _means(
    session: Session, run: DayRun, params: DemandParams, reason: str
) -> tuple[Artifact, str]:
    """Choose and score a naive method as with a short history; unscored if that fails too."""
    try:
        create_panel_series(session, run)
        first_day = session.scalar("select min(day) from demand_day where as_of = $d", d=run.as_of)
        series = session.scalar("select count(*) from panel_series")
        plan = _naive_plan(first_day or run.as_of, run.as_of, series, params, reason)
        if not plan.origins:
            return _stored(run, params, None, None, reason, 0)
        scored, _, _, sums = _rows(session, run, plan, series, params)
    except (MemoryError, QueryMemoryError) as error:
        run.log(f"demand: means of past days could not be scored: {error}")
        return _stored(run, params, None, None, reason, 0)
    return _stored_means(run, params, scored, sums, reason)


def _stored_means(
    run: DayRun, params: DemandParams, scored: pd.DataFrame, sums: PastSums, reason: str
) -> tuple[Artifact, str]:
    """Store the naive method that is best on `scored`, with its figures and quantiles."""
    naive = best_method(scored)
    forecasts = forecast.forecast(scored, None, params.model, run.threads, naive)
    own = replace(params, quantiles=NAIVE.quantiles)
    evaluation = forecast.evaluate(scored, forecasts, forecast.MEANS, QUANTILE_PERCENTS, own)
    longer = naive_model(run, sums, params)
    return _stored(run, params, None, evaluation, reason, 0, None, longer, naive)


def _better(
    run: DayRun,
    params: DemandParams,
    models: tuple[Artifact, Artifact],
    scored: pd.DataFrame,
    recent: pd.DataFrame,
    challenger: np.ndarray,
) -> tuple[Artifact, str]:
    """Return the current or the new model, whichever has the lower WAPE on unseen in-stock days.

    Compares on origins that neither has seen. `challenger`: the new model's forecast of `scored`.
    """
    current, new = models
    unseen = (scored["origin"] >= pd.Timestamp(current.trained_as_of)).to_numpy()
    if not unseen.any():
        return new, f"{current.version} has seen every day it could be compared on"
    rows = scored[unseen]
    old = forecast.bias_corrected_forecast(
        rows, recent, boosters_of(current), params.model, params.shift, run.threads
    ).mean_units
    in_stock = rows["in_stock_share"].to_numpy() >= WHOLE_DAY_IN_STOCK
    sold = rows["sold_units"].to_numpy()[in_stock]
    of_new, of_old = wape(sold, challenger[unseen][in_stock]), wape(sold, old[in_stock])
    if of_new < of_old:
        return new, f"beat {current.version}: WAPE {of_new:.1%}, not {of_old:.1%}"
    return current, f"stayed before {new.version}: WAPE {of_old:.1%}, not {of_new:.1%}"


def _reference(fitting: pd.DataFrame) -> dict[str, Any]:
    """Summarise the training rows, sampled by whole series so that single days stay complete."""
    rows = forecast.offered_rows(fitting)
    every = row_step(len(rows), DRIFT.inputs.reference_rows)
    rows = rows[rows["series_no"] % every == 0]
    return feature_reference(forecast.design_matrix(rows), rows["origin"], DRIFT.inputs)


def _stored(
    run: DayRun,
    params: DemandParams,
    boosters: forecast.Boosters | None,
    evaluation: forecast.Evaluation | None,
    reason: str | None,
    rows: int,
    input_reference: Mapping[str, Any] | None = None,
    longer: FittedSums = NO_SUMS,
    naive: str = forecast.MEAN_OF_DAYS,
) -> tuple[Artifact, str]:
    """Write the artifact to disk; return it, and the reason to serve if no other model does."""
    evaluation = evaluation or forecast.no_evaluation(QUANTILE_PERCENTS)
    parts_of_scores = [part for part in (evaluation.scores, longer.scores) if len(part)]
    scores = pd.concat(parts_of_scores or [evaluation.scores], ignore_index=True)
    scores = scores.assign(origin=[f"{day:%Y-%m-%d}" for day in scores["origin"]])
    records = scores.astype(object).where(scores.notna(), None).to_dict(orient="records")
    details = {
        "features": list(FEATURES),
        "params": params.as_dict(),
        "reason": reason,
        "naive": naive,
        "day_quantiles": evaluation.day_quantiles.as_dict(),
        "sum_quantiles": evaluation.sum_quantiles.as_dict(),
        SUMS: longer.model.as_dict(),
        "backtest": records,
        "rows": rows,
        "input_reference": dict(input_reference or {}),
    }
    parts = {} if boosters is None else {DEMAND: boosters.demand, SALES: boosters.sales}
    if boosters is not None and longer.model.booster is not None:
        parts[SUMS] = longer.model.booster
    artifact = Artifact(KIND, run.as_of, parts, details)
    save_artifact(run.models_dir, artifact)
    return artifact, "no usable model served before"


def _note_no_model(run: DayRun, artifact: Artifact) -> None:
    reason, naive = str(artifact.details["reason"]), naive_of(artifact)
    cause_zh = "训练失败" if reason.startswith(_FAILED) else "历史数据不足"
    run.fallback(
        "demand_no_model",
        f"demand model not fitted ({reason}): means of past days are used instead ({naive})",
        f"{cause_zh}，未训练需求模型，改用历史均值（{METHODS_ZH[naive]}）预测",
    )


def _write_backtest(session: Session, run: DayRun, artifact: Artifact, reason: str) -> Written:
    columns = ["model", "scope", "origin", "wape", "wpe", "coverage", "rows"]
    frame = pd.DataFrame(artifact.details["backtest"], columns=columns)
    session.register("figures", frame)
    rows = session.replace(
        DEMAND_BACKTEST,
        run.as_of,
        "select cast($as_of as date) as as_of, * from figures",
        as_of=run.as_of,
    )
    shown: dict[str, Any] = {
        "model": artifact.version,
        "trained_as_of": artifact.trained_as_of.isoformat(),
        "serves_because": reason,
        "training_rows": artifact.details["rows"],
    }
    in_stock = frame[frame["scope"] == "in_stock_days"].groupby("model")["wape"].mean()
    shown |= {f"wape_{model}": round(float(value), 4) for model, value in in_stock.items()}
    if len(frame):
        shown["backtest"] = dg.MetadataValue.md(_markdown(frame))
    return Written(rows, shown)


def _markdown(frame: pd.DataFrame) -> str:
    """Format means over the origins as a small table, ratios in percent, sums last."""
    figures = ["wape", "wpe", "coverage"]
    sums = {horizon.value: days for days, horizon in SUM_HORIZONS.items()}
    means = frame.groupby(["scope", "model"], sort=True)[figures].mean().reset_index()
    means = means.sort_values("scope", key=lambda scope: scope.map(sums).fillna(0), kind="stable")
    lines = ["| scope | model | WAPE % | WPE % | at or under p90 % |", "|---|---|---|---|---|"]
    for row in means.to_dict(orient="records"):
        cells = ["" if pd.isna(row[name]) else f"{100 * row[name]:.1f}" for name in figures]
        scope = row["scope"]
        if scope in sums:
            scope = f"demand of the next {sums[scope]} days, added up"
        lines.append(f"| {scope} | {row['model']} | {' | '.join(cells)} |")
    return "\n".join(lines)
