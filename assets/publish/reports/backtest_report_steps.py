"""Compute the asset `backtest_report`, which `backtest_report.py` declares and describes.

Not here: the figures
(`models/demand/backtest/report_figures.py`), the forecasts (`assets/evaluate/rolling_origin`).
"""

from datetime import timedelta
from typing import Any

import dagster as dg
import numpy as np
import pandas as pd

from assets.framework.day_asset import DayRun, Written, sql_beside
from assets.publish.lists.publish_list import relative_path
from assets.publish.reports import charts
from assets.resources.outbox import outbox
from assets.resources.outbox.html_page import add_cell_labels, load_template
from data_contracts.errors import LinliError
from data_contracts.tables.backtest import BASELINES_ZH
from models.demand.backtest import noise_floor
from models.demand.backtest.report_figures import (
    BacktestReport,
    CoverageFigures,
    backtest_tables,
)
from models.demand.scoring import WHOLE_DAY_IN_STOCK
from models.params.backtest import DEFAULTS
from models.params.demand import DEFAULTS as DEMAND_DEFAULTS

NAMES_ZH = {"linli": "邻里(本模型)", **BASELINES_ZH}
_MODELS_ZH = {
    "linli": "邻里",
    "residuals_of_category": "点预测+品类残差分位",
    "trees_per_quantile": "逐分位LightGBM",
}
_SCOPES_ZH = {
    "in_stock_days": "有货日(需求)",
    "all_days": "全部日(预计销量)",
    "sum_72h": "72小时合计(预计销量)",
}


def make_backtest_report(run: DayRun) -> Written:
    """Compute the asset `backtest_report` for the business date of `run`."""
    with run.session() as session:
        lines = session.frame("select * from demand_rolling where as_of = $d", d=run.as_of)
        quantiles = session.frame("select * from rolling_quantiles where as_of = $d", d=run.as_of)
        pairs = session.frame(
            sql_beside(__file__, "same_weekday_pairs.sql"),
            as_of=run.as_of,
            after=run.as_of - timedelta(days=DEMAND_DEFAULTS.model.lookback_days),
            whole=WHOLE_DAY_IN_STOCK,
        )
    scored = lines[lines["in_stock_share"] >= WHOLE_DAY_IN_STOCK]
    if not len(scored):
        raise LinliError(
            f"no day after the origins before {run.as_of} was wholly on sale anywhere: there is "
            "nothing to score demand on; look at the availability export",
            f"{run.as_of} 之前各预测起点之后没有任何一天全天在售，"
            "无法评估需求预测；请检查在售时段导出",
        )
    if not scored["sold_units"].sum() > 0:
        raise LinliError(
            f"nothing was sold after the origins before {run.as_of} on days wholly on sale: an "
            "error rate has nothing to be a share of; choose a day with sales before it",
            f"{run.as_of} 之前各预测起点之后，全天在售的日子没有任何销量，"
            "无法计算误差率；请选择此前有销量的日期",
        )
    report = backtest_tables(lines, quantiles, DEFAULTS.slices)
    folder = run.home.report_dir(run.as_of)
    page = folder / "demand_backtest.html"
    outbox.write_atomically(page, _page(run, lines, report, _floor(lines, pairs)).encode())
    tables = {
        "headline": report.headline,
        "origins": report.origins,
        "levels": report.levels,
        "slices": report.slices,
        "coverage": _coverage_table(report.coverage),
    }
    for name, table in tables.items():
        text = table.to_csv(index=False, lineterminator="\r\n", float_format="%.6g")
        outbox.write_atomically(folder / f"demand_backtest_{name}.csv", text.encode("utf-8-sig"))
    in_stock = report.headline[report.headline["scope"] == "in_stock_days"]
    shown = {
        f"wape_{row['model']}": round(float(row["wape"]), 4) for row in in_stock.to_dict("records")
    }
    return Written(
        len(lines),
        {
            "file": relative_path(run, page),
            **shown,
            "slices": dg.MetadataValue.md(_markdown(report.slices)),
        },
    )


def _floor(lines: pd.DataFrame, pairs: pd.DataFrame) -> dict[str, Any] | None:
    """WAPE of a forecast that knows every mean, on the scored days in stock; None without pairs."""
    fitted = noise_floor.fit_dispersion(
        pairs["units"].to_numpy(float),
        pairs["units_before"].to_numpy(float),
        pairs["mean_units"].to_numpy(float),
    )
    scored = lines[
        (lines["horizon"] != "sum_72h") & (lines["in_stock_share"] >= WHOLE_DAY_IN_STOCK)
    ]
    if fitted is None or not len(scored):
        return None
    return {
        "wape": noise_floor.floor_wape(scored["mean_units"].to_numpy(float), fitted),
        "phi": fitted.phi,
        "power": fitted.power,
        "pairs": fitted.pairs,
    }


def _page(
    run: DayRun, lines: pd.DataFrame, report: BacktestReport, floor: dict[str, Any] | None
) -> str:
    template = load_template(
        __file__,
        "backtest_report.html.j2",
        {"percent": _percent, "signed": _signed, "number": _number},
    )
    origins = report.origins
    named = {
        model: (origins[model] * 100).tolist()
        for model in ("linli", *BASELINES_ZH)
        if model in origins and origins[model].notna().any()
    }
    page = template.render(
        as_of=run.as_of,
        platform=run.platform.name,
        days=[f"{day:%Y-%m-%d}" for day in origins["origin"]],
        series=len(lines[["warehouse_id", "sku_id"]].drop_duplicates()),
        rows=int((lines["horizon"] != "sum_72h").sum()),
        scopes=[
            (zh, report.headline[report.headline["scope"] == scope].to_dict("records"))
            for scope, zh in _SCOPES_ZH.items()
        ],
        best_naive=_best_naive(report.headline),
        levels=report.levels.to_dict("records"),
        slices=_grouped(report.slices),
        coverage=_coverage(report.coverage),
        failures=report.worst_slices,
        floor=floor,
        names=NAMES_ZH,
        models=_MODELS_ZH,
        chart_origins=charts.by_origin(origins["origin"].tolist(), named),
        chart_days=_calibration_chart(report.coverage, "in_stock_days"),
        chart_sums=_calibration_chart(report.coverage, "sum_72h"),
    )
    return add_cell_labels(page)


def _best_naive(headline: pd.DataFrame) -> dict[str, Any]:
    """Last week's same day on days in stock: what a buyer without a model would order by."""
    chosen = headline[
        (headline["scope"] == "in_stock_days") & (headline["model"] == "same_day_last_week")
    ]
    return {str(name): value for name, value in chosen.iloc[0].items()}


def _grouped(slices: pd.DataFrame) -> list[tuple[str, list[dict[Any, Any]]]]:
    groups = []
    for title, rows in slices.groupby("slice", sort=False):
        if len(rows) > 1 or title in ("节假日或调休", "下雨", "新开仓"):
            groups.append((str(title), rows.to_dict("records")))
    return groups


def _coverage(coverage: list[CoverageFigures]) -> list[dict[str, Any]]:
    """Per scope: a row per percent, and the mean pinball loss of the model and its peers."""
    scopes = []
    for scope, zh in (("in_stock_days", "每日(有货日)"), ("sum_72h", "72小时合计")):
        rows = [row for row in coverage if row.scope == scope]
        means = {
            model: float(np.mean([row.pinball_units[model] for row in rows]))
            for model in _models(rows)
        }
        if rows:
            scopes.append({"zh": zh, "rows": rows, "pinball": means})
    return scopes


def _models(rows: list[CoverageFigures]) -> list[str]:
    """List the models that have a figure in every row."""
    return [model for model in _MODELS_ZH if rows and all(model in row.under for row in rows)]


def _coverage_table(coverage: list[CoverageFigures]) -> pd.DataFrame:
    """Lay the coverage out for CSV: two columns per model, then the category furthest off."""
    models = [model for model in _MODELS_ZH if any(model in row.under for row in coverage)]
    return pd.DataFrame(
        {
            "scope": [row.scope for row in coverage],
            "percent": [row.percent for row in coverage],
            **{
                f"{model}_{name}": [values.get(model) for values in of_rows]
                for model in models
                for name, of_rows in (
                    ("under", [row.under for row in coverage]),
                    ("pinball", [row.pinball_units for row in coverage]),
                )
            },
            "furthest_category": [row.furthest_category for row in coverage],
            "furthest_under": [row.furthest_under for row in coverage],
        }
    )


def _calibration_chart(coverage: list[CoverageFigures], scope: str) -> Any:
    rows = [row for row in coverage if row.scope == scope]
    shares = {
        model: ([row.percent for row in rows], [row.under[model] * 100 for row in rows])
        for model in _models(rows)
    }
    return charts.calibration(shares)


def _markdown(slices: pd.DataFrame) -> str:
    lines = [
        "| slice | value | rows | WAPE % | WPE % | value added % |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['slice']} | {row['value']} | {row['rows']:,} | {100 * row['wape']:.1f} | "
        f"{100 * row['wpe']:+.1f} | {100 * row['value_added']:.1f} |"
        for row in slices.to_dict("records")
    ]
    return "\n".join(lines)


def _percent(value: float | None, digits: int = 1) -> str:
    return "—" if value is None or np.isnan(value) else f"{100 * value:.{digits}f} %"


def _signed(value: float | None) -> str:
    return "—" if value is None or np.isnan(value) else f"{100 * value:+.1f} %"


def _number(value: float, digits: int = 0) -> str:
    return f"{value:,.{digits}f}"
