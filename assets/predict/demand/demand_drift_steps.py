"""Compute the asset `demand_drift`, which `demand_drift.py` declares and describes.

Contains the comparison of the day's feature rows with the reference of the serving model, and of
past forecasts with actuals. Not here: measures and limits (`models/demand/drift`), what an alarm
causes (`demand_model_steps.py`).
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import dagster as dg
import pandas as pd

from assets.framework.day_asset import DayRun, Written, sql_beside
from assets.predict.demand.demand_features import (
    Origin,
    create_panel_series,
    feature_rows,
    has_weather_forecasts,
)
from assets.predict.demand.serving_model import choose_model, model_inputs
from assets.resources.lakehouse.lakehouse import Session
from data_contracts.codes.demand import DriftKind
from data_contracts.exports import WEATHER as WEATHER_EXPORT
from data_contracts.tables.demand import DEMAND_DRIFT
from models.demand.drift import error_drift, input_drift
from models.demand.drift.wording import error_wording, input_wording
from models.demand.feature_names import WEATHER
from models.demand.forecast import BASELINES
from models.params.drift import DRIFT

_BACKTEST = """
select as_of as forecast_as_of, scope, avg(wape) as wape
from demand_backtest
where model not in (select unnest($baselines)) and as_of < $as_of
group by as_of, scope
"""
_PAST = """
select as_of, kind, name, wape, bad_days
from demand_drift
where kind <> 'input' and as_of < $as_of and as_of >= $from_day
order by as_of, kind, name
"""


def make_demand_drift(run: DayRun) -> Written:
    """Compute the asset `demand_drift` for the business date of `run`."""
    with run.session() as session:
        compared_inputs, compared = _inputs(session, run)
        scored = _errors(session, run)
        frame = pd.concat(
            [part for part in (compared_inputs, scored) if len(part)] or [compared_inputs]
        )
        frame = frame.reindex(columns=DEMAND_DRIFT.column_names)
        session.register("watched", frame.drop(columns="as_of"))
        rows = session.replace(
            DEMAND_DRIFT,
            run.as_of,
            "select cast($as_of as date) as as_of, * from watched order by kind, name",
            as_of=run.as_of,
        )
    return Written(rows, _metadata(frame, compared, len(scored)))


def _inputs(session: Session, run: DayRun) -> tuple[pd.DataFrame, str]:
    """Return rows of kind `input`, and a short name of what they were compared with."""
    artifact = choose_model(run).artifact
    reference = {} if artifact is None else artifact.details.get("input_reference", {})
    if artifact is None or not reference:
        return pd.DataFrame(
            columns=list(input_drift.COLUMNS)
        ), "nothing: the model has no reference"
    create_panel_series(session, run)
    rows = feature_rows(session, run, [Origin(run.as_of, 0, 1)])
    compared_inputs = input_drift.compare_features(
        model_inputs(artifact, rows), reference, DRIFT.inputs
    )
    if run.lake.has_rows(WEATHER_EXPORT) and not has_weather_forecasts(session, run):
        # fitted on observed weather, which is not available ahead: not drift, and reported by the
        # forecast every day
        compared_inputs = compared_inputs[~compared_inputs["name"].isin(WEATHER)]
    compared_inputs = compared_inputs.assign(
        kind=DriftKind.INPUT.value, model_version=artifact.version
    )
    return _with_words(compared_inputs, input_wording), artifact.version


def _errors(session: Session, run: DayRun) -> pd.DataFrame:
    """Return rows of error kinds; empty if no forecast of the last days is stored."""
    lines = session.frame(sql_beside(__file__, "forecasts_with_actuals.sql"), as_of=run.as_of)
    if lines.empty:
        return pd.DataFrame()
    backtest = session.frame(_BACKTEST, as_of=run.as_of, baselines=list(BASELINES))
    from_day = run.as_of - timedelta(days=DRIFT.errors.recent_days)
    earlier = session.frame(_PAST, as_of=run.as_of, from_day=from_day)
    flagged = error_drift.flag_bad_days(
        error_drift.score_issued_forecasts(lines), earlier, backtest, DRIFT.errors
    )
    return _with_words(flagged, error_wording)


def _with_words(
    rows: pd.DataFrame, words: Callable[[Mapping[str, Any]], tuple[str, str]]
) -> pd.DataFrame:
    reasons = [
        words({str(name): value for name, value in row.items()})
        if row["is_alarm"]
        else (None, None)
        for row in rows.to_dict("records")
    ]
    columns = pd.DataFrame(reasons, columns=["reason", "reason_zh"], index=rows.index, dtype=object)
    return pd.concat([rows, columns], axis=1)


def _metadata(frame: pd.DataFrame, compared: str, scored: int) -> dict[str, object]:
    alarms = frame[frame["is_alarm"].astype(bool)]
    shown: dict[str, object] = {
        "inputs_compared_with": compared,
        "input_alarms": int((alarms["kind"] == DriftKind.INPUT.value).sum()),
        "error_alarms": int((alarms["kind"] != DriftKind.INPUT.value).sum()),
    }
    if not scored:
        shown["errors"] = "not scored: no forecast of the last three days is stored"
    else:
        shown["errors"] = dg.MetadataValue.md(_markdown(frame))
    if len(alarms):
        lines = [f"- **{row['name']}** {row['reason']}" for row in alarms.to_dict("records")]
        shown["alarms"] = dg.MetadataValue.md("\n".join(lines))
    return shown


def _markdown(frame: pd.DataFrame) -> str:
    """Format errors as a small table, ratios in percent."""
    figures = ["wape", *(f"wape_{name}" for name in BASELINES), "wpe", "coverage_p90", "limit_wape"]
    lines = [
        "| error | horizon | series | WAPE % | last week % | mean of 7 days % | WPE % "
        "| at or under p90 % | limit % | bad days |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in frame[frame["kind"] != DriftKind.INPUT.value].to_dict("records"):
        cells = ["" if pd.isna(row[name]) else f"{100 * row[name]:.1f}" for name in figures]
        head = f"| {row['kind']} | {row['name']} | {row['rows']}"
        lines.append(f"{head} | {' | '.join(cells)} | {row['bad_days']:.0f} |")
    return "\n".join(lines)
