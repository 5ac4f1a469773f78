"""Compute the figures of a rolling-origin backtest: accuracy, slices, calibration, worst slices.

Takes lines of DEMAND_ROLLING and ROLLING_QUANTILES, returns tables. Not here: the forecasts, the
page (`assets/publish/reports`). Slices are scored on fully in-stock days: Σ|p − y| ÷ Σy over all
their rows. Baselines that forecast only some rows are compared on those rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from data_contracts.codes.backtest import DemandPattern, SeriesAge, TurnoverClass
from data_contracts.codes.demand import Horizon
from data_contracts.tables.backtest import BASELINES_ZH, baseline_column
from models.clock import HORIZON_DAYS
from models.demand.scoring import WHOLE_DAY_IN_STOCK
from models.evaluation.forecast_metrics import wape, wpe
from models.params.backtest import SliceParams

NAIVE = "same_day_last_week"
_DAY_OF = {Horizon.DAY_1.value: 1, Horizon.DAY_2.value: 2, Horizon.DAY_3.value: 3}
_SCOPES = ("in_stock_days", "all_days", "sum_72h")
# level → its key columns; sales are summed
REPORT_LEVELS = {
    "仓×商品×日": ["warehouse_id", "sku_id"],
    "仓×品类×日": ["warehouse_id", "category"],
    "商品×日": ["sku_id"],
    "品类×日": ["category"],
    "仓×日": ["warehouse_id"],
    "区域×日": ["region_id"],
    "全平台×日": [],
}
_YES_NO = {True: "是", False: "否"}
# column → name of the slice, and names of its values
SLICES: dict[str, tuple[str, dict[Any, str]]] = {
    "turnover_class": ("ABC", {code.value: code.zh for code in TurnoverClass}),
    "pattern": ("需求形态", {code.value: code.zh for code in DemandPattern}),
    "age": ("序列新旧", {code.value: code.zh for code in SeriesAge}),
    "is_new_warehouse": ("新开仓", _YES_NO),
    "is_promoted": ("促销", _YES_NO),
    "is_rainy": ("下雨", _YES_NO),
    "is_holiday": ("节假日或调休", _YES_NO),
    "horizon": ("预测期", {code.value: code.zh for code in Horizon}),
    "weekday": ("星期", dict(enumerate("一二三四五六日"))),
    "category": ("品类", {}),
    "region_id": ("区域", {}),
    "target_day": ("日期", {}),
}


@dataclass(frozen=True)
class ModelFigures:
    """Errors of one model in one scope, and ours on the same rows."""

    model: str
    scope: str
    rows: int
    wape: float
    wpe: float
    mean_abs_wpe: float
    linli_wape: float
    value_added: float  # the part of this baseline's error that the model removes


@dataclass(frozen=True)
class LevelFigures:
    """Accuracy of sales added up to one level."""

    level: str
    accuracy: float
    naive_accuracy: float
    rows: int


@dataclass(frozen=True)
class SliceFigures:
    """Errors of the rows that share one value of an attribute."""

    slice: str
    value: str
    rows: int
    units_share: float
    wape: float
    wpe: float
    naive_wape: float
    mean_7_days_wape: float
    value_added: float


@dataclass(frozen=True)
class CoverageFigures:
    """Coverage and pinball loss of one quantile by model, and the category furthest off.

    `furthest_category`, `furthest_under`: None if no category has enough rows to judge.
    """

    scope: str
    percent: float
    under: Mapping[str, float]
    pinball_units: Mapping[str, float]
    furthest_category: str | None
    furthest_under: float | None


@dataclass(frozen=True)
class WorstSlice:
    """A slice that erred most beyond what the size of its forecasts explains, and why."""

    name: str
    rows: int
    units_share: float
    wape: float
    overall_wape: float
    wpe: float
    excess_units: float
    week_on_week: float
    why_zh: str


@dataclass(frozen=True)
class BacktestReport:
    """Tables of the page. Ratios are plain ratios; units are sale units.

    `headline`, `levels`, `slices`: the columns of their records, also without a row. `origins`: the
    errors of each origin by model.
    """

    headline: pd.DataFrame
    origins: pd.DataFrame
    levels: pd.DataFrame
    slices: pd.DataFrame
    coverage: list[CoverageFigures]
    worst_slices: list[WorstSlice]


def backtest_tables(
    lines: pd.DataFrame, quantiles: pd.DataFrame, params: SliceParams
) -> BacktestReport:
    """Compute every table of one rolling-origin backtest."""
    days = lines[lines["horizon"] != Horizon.SUM_72H.value]
    days = days.assign(
        horizon_days=days["horizon"].map(_DAY_OF),
        weekday=pd.to_datetime(days["target_day"]).dt.weekday,
    )
    in_stock = days[days["in_stock_share"] >= WHOLE_DAY_IN_STOCK]
    return BacktestReport(
        headline=_table(ModelFigures, _headline(days)),
        origins=pd.DataFrame(_origins(days)),
        levels=_table(LevelFigures, _levels(days)),
        slices=_table(SliceFigures, _slices(in_stock)),
        coverage=list(_coverage(quantiles)),
        worst_slices=worst_slices(in_stock, params),
    )


def _table(
    record: type[ModelFigures | LevelFigures | SliceFigures],
    rows: Iterable[ModelFigures | LevelFigures | SliceFigures],
) -> pd.DataFrame:
    """Lay records out as a table that has all their columns, even without a row."""
    return pd.DataFrame(map(asdict, rows), columns=[field.name for field in fields(record)])


def _scoped(days: pd.DataFrame, scope: str) -> tuple[pd.DataFrame, str]:
    """Return the rows of a scope, and the column of our forecast that is scored on them."""
    if scope == "in_stock_days":
        return days[days["in_stock_share"] >= WHOLE_DAY_IN_STOCK], "mean_units"
    offered = days[days["in_stock_share"].notna()]
    if scope == "all_days":
        return offered, "forecast_sold_units"
    columns = ["sold_units", "forecast_sold_units", *(c for c in _peer_columns(days))]
    named = days.assign(series_no=days["warehouse_id"] + "/" + days["sku_id"])
    keys = named.groupby(["series_no", "origin"])[columns].sum(min_count=HORIZON_DAYS)
    return keys.reset_index().assign(horizon_days=0), "forecast_sold_units"


def _peer_columns(days: pd.DataFrame) -> list[str]:
    named = (baseline_column(baseline) for baseline in BASELINES_ZH)
    return [column for column in named if days[column].notna().any()]


def _headline(days: pd.DataFrame) -> Iterator[ModelFigures]:
    """Average over origins and days like `models/demand/scoring.py`; baselines on their own
    rows.
    """
    for scope in _SCOPES:
        rows, ours = _scoped(days, scope)
        rows = rows[rows["sold_units"].notna()]
        yield _scored("linli", scope, rows, ours, ours)
        for baseline in BASELINES_ZH:
            column = baseline_column(baseline)
            if rows[column].notna().any() if column in rows else False:
                yield _scored(baseline, scope, rows[rows[column].notna()], column, ours)


def _scored(model: str, scope: str, rows: pd.DataFrame, column: str, ours: str) -> ModelFigures:
    each = list(_each_day(rows, column))
    our_each = each if column == ours else list(_each_day(rows, ours))
    error, our_error = (_mean([day[1] for day in x]) for x in (each, our_each))
    by_origin = pd.DataFrame(each, columns=["origin", "wape", "wpe"]).groupby("origin")["wpe"]
    return ModelFigures(
        model=model,
        scope=scope,
        rows=len(rows),
        wape=error,
        wpe=float(by_origin.mean().mean()),
        mean_abs_wpe=float(by_origin.mean().abs().mean()),
        linli_wape=our_error,
        value_added=1 - our_error / error if error else float("nan"),
    )


def _mean(errors: Sequence[float]) -> float:
    """Average errors; nan without any."""
    return float(np.mean(errors)) if errors else float("nan")


def _each_day(rows: pd.DataFrame, column: str) -> Iterator[tuple[Any, float, float]]:
    """Yield errors of each day; for an origin with a day without a sale, of its days pooled."""
    for origin, group in rows.groupby("origin"):
        days = [day for _, day in group.groupby("horizon_days")]
        if any(day["sold_units"].sum() == 0 for day in days):
            days = [group] if group["sold_units"].sum() > 0 else []
        for day in days:
            y, p = day["sold_units"], day[column]
            yield origin, wape(y, p), wpe(y, p)


def _origins(days: pd.DataFrame) -> Iterator[dict[str, Any]]:
    rows, ours = _scoped(days, "in_stock_days")
    for origin, group in rows.groupby("origin"):
        yield {
            "origin": origin,
            "linli": _scored("linli", "", group, ours, ours).wape,
            "wpe": _scored("linli", "", group, ours, ours).wpe,
        } | {
            baseline: _scored(baseline, "", with_baseline, baseline_column(baseline), ours).wape
            for baseline in BASELINES_ZH
            if len(with_baseline := group[group[baseline_column(baseline)].notna()])
        }


def _levels(days: pd.DataFrame) -> Iterator[LevelFigures]:
    """Yield accuracy, 1 − WAPE of sales per level and day, mean over origins and days."""
    offered = days[days["in_stock_share"].notna()]
    columns = ["sold_units", "forecast_sold_units", baseline_column(NAIVE)]
    for level, names in REPORT_LEVELS.items():
        keys = ["origin", "horizon_days", *names]
        added = offered.groupby(keys, as_index=False, dropna=False)[columns].sum()
        ours = [candidates[1] for candidates in _each_day(added, "forecast_sold_units")]
        naive = [candidates[1] for candidates in _each_day(added, baseline_column(NAIVE))]
        yield LevelFigures(level, 1 - _mean(ours), 1 - _mean(naive), len(added))


def _slices(rows: pd.DataFrame) -> Iterator[SliceFigures]:
    total = max(float(rows["sold_units"].sum()), 1e-9)
    for column, (title, words) in SLICES.items():
        for value, group in rows.groupby(column, observed=True):
            y = group["sold_units"]
            if not y.sum() > 0:
                continue
            naive = wape(y, group[baseline_column(NAIVE)])
            ours = wape(y, group["mean_units"])
            yield SliceFigures(
                slice=title,
                value=words.get(value, _plain(value)),
                rows=len(group),
                units_share=float(y.sum()) / total,
                wape=ours,
                wpe=wpe(y, group["mean_units"]),
                naive_wape=naive,
                mean_7_days_wape=wape(y, group[baseline_column("mean_7_days")]),
                value_added=1 - ours / naive if naive else float("nan"),
            )


def _plain(value: Any) -> str:
    return f"{value:%Y-%m-%d}" if hasattr(value, "strftime") else str(value)


def _coverage(quantiles: pd.DataFrame) -> Iterator[CoverageFigures]:
    key: Any
    for key, rows in quantiles.groupby(["scope", "percent"]):
        scope, percent = key
        under, loss = (
            {
                str(model): float(np.average(group[column], weights=group["rows"].to_numpy(float)))
                for model, group in rows.groupby("model")
            }
            for column in ("share_under", "pinball_units")
        )
        category, share = _furthest_category(rows[rows["model"] == "linli"], percent / 100)
        yield CoverageFigures(scope, percent, under, loss, category, share)


def _furthest_category(rows: pd.DataFrame, share: float) -> tuple[str | None, float | None]:
    """Find the category with enough rows whose coverage is furthest from `share`."""
    hits = rows.assign(hits=rows["share_under"] * rows["rows"]).groupby("category")
    under = hits["hits"].sum() / hits["rows"].sum()
    large = under[hits["rows"].sum() >= _LEAST_ROWS]
    if not len(large):
        return None, None
    furthest: Any = (large - share).abs().idxmax()
    return str(furthest), float(large[furthest])


_LEAST_ROWS = 200  # of a category with reported coverage: ±2 points at 90 % by chance alone


def worst_slices(rows: pd.DataFrame, params: SliceParams, most: int = 3) -> list[WorstSlice]:
    """Find the slices with the largest error beyond what the size of their forecasts explains.

    Size explains the mean |error| of rows with forecasts of similar size (twenty bins). A slice
    that shares more than half of its rows with an earlier one is left out.
    """
    if not rows["sold_units"].sum() > 0:
        return []
    error = (rows["mean_units"] - rows["sold_units"]).abs()
    bins = np.searchsorted(
        np.unique(np.quantile(rows["mean_units"], np.arange(1, 20) / 20)), rows["mean_units"]
    )
    rows = rows.assign(excess=error - error.groupby(bins).transform("mean"))
    least_units = params.min_units_share * float(rows["sold_units"].sum())
    candidates = []
    for column, (title, words) in SLICES.items():
        for value, group in rows.groupby(column, observed=True):
            if least_units <= float(group["sold_units"].sum()) and len(group) < len(rows) / 2:
                name = f"{title} {words.get(value, _plain(value))}"
                candidates.append((float(group["excess"].sum()), name, group))
    candidates.sort(key=lambda item: -item[0])
    named: list[WorstSlice] = []
    taken: list[pd.Index] = []
    for excess, name, group in candidates:
        if excess <= 0 or len(named) == most:
            break
        if any(len(group.index.intersection(seen)) > len(group) / 2 for seen in taken):
            continue
        taken.append(group.index)
        named.append(_explain_slice(name, excess, group, rows))
    return named


def _explain_slice(name: str, excess: float, group: pd.DataFrame, rows: pd.DataFrame) -> WorstSlice:
    """Describe one slice by its figures, with the likely reasons in Chinese."""
    y, p = group["sold_units"], group["mean_units"]
    bias, error = wpe(y, p), wape(y, p)
    before = group[baseline_column(NAIVE)]
    shift = float(y.sum() / before.sum() - 1) if before.sum() > 0 else float("nan")
    by_day = (p - y).groupby(group["target_day"]).sum() / y.groupby(group["target_day"]).sum()
    worst: Any = by_day.abs().idxmax()
    few = float((group["age"] != SeriesAge.OLDER.value).mean())
    rare = [DemandPattern.INTERMITTENT.value, DemandPattern.LUMPY.value]
    sparse = float(group["pattern"].isin(rare).mean())
    why = []
    if abs(bias) >= error / 3:
        side = "多" if bias > 0 else "少"
        why.append(f"整体偏{side}：预测比实际{side} {abs(bias):.0%}")
        if not np.isnan(shift) and np.sign(shift) == -np.sign(bias) and abs(shift) >= 0.05:
            moved = "涨" if shift > 0 else "跌"
            why.append(f"销量比上周同日{moved}了 {abs(shift):.0%}，预测没有跟上")
        if abs(by_day[worst]) >= 1.5 * abs(bias):
            why.append(f"{_plain(worst)} 一天就差 {by_day[worst]:+.0%}")
    else:
        why.append(f"没有整体偏向（{bias:+.0%}），误差来自逐日波动")
    if few >= 0.3:
        why.append(f"{few:.0%} 的行上新不足28天")
    if sparse >= 0.5:
        why.append(f"{sparse:.0%} 的行是间断需求")
    overall = wape(rows["sold_units"], rows["mean_units"])
    return WorstSlice(
        name=name,
        rows=len(group),
        units_share=float(y.sum() / rows["sold_units"].sum()),
        wape=error,
        overall_wape=overall,
        wpe=bias,
        excess_units=excess,
        week_on_week=shift,
        why_zh="；".join(why),
    )
