"""Word the drift watch for people: sentences, the run card's section, reasons.

Contains wording, and features grouped by topic. Not here: what counts as an alarm
(`input_drift.py`, `error_drift.py`), the page (`assets/publish/reports`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from data_contracts.codes.demand import DriftKind, Horizon
from models.demand.feature_names import BORROWED, INTEREST, OWN_HISTORY, PRICE, WEATHER
from models.verdict import Reason, Verdict

MOST_NAMES = 3  # features listed per group

_IN_STOCK = tuple(name for name in OWN_HISTORY if name.startswith("in_stock"))
_GROUPS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (WEATHER, "weather", "天气"),
    (INTEREST, "browsing and searches", "浏览与搜索"),
    (PRICE, "prices and promotions", "价格与促销"),
    (_IN_STOCK, "hours on sale", "在售时长"),
    (OWN_HISTORY, "sales of the SKU itself", "商品自身销量"),
    (BORROWED, "sales of warehouse, region and category", "仓、区域与品类的销量"),
)


def input_wording(row: Mapping[str, Any]) -> tuple[str, str]:
    """Explain the alarm of a feature in English and Chinese; `row`: of DEMAND_DRIFT."""
    if row["missing_share"] > row["usual_missing_share"] and not row["psi"] > 0:
        return _missing_wording(row)
    parts = []
    if row["missing_share"] - row["usual_missing_share"] > 0.05:
        parts.append(_missing_wording(row))
    if row["outside_share"] > 0:
        share = f"{row['outside_share']:.0%}"
        parts.append((f"{share} of rows far outside the fitted range", f"{share} 的行远超训练范围"))
    if not parts:
        psi, baseline = row["psi"], row["usual_psi"]
        parts.append(
            (
                f"PSI {psi:.2f}, at most {baseline:.2f} on a fitted day",
                f"分布偏移 PSI {psi:.2f}，训练期单日最多 {baseline:.2f}",
            )
        )
    return "; ".join(en for en, _ in parts), "；".join(zh for _, zh in parts)


def _missing_wording(row: Mapping[str, Any]) -> tuple[str, str]:
    share, baseline = f"{row['missing_share']:.0%}", f"{row['usual_missing_share']:.0%}"
    return (
        f"{share} missing, at most {baseline} on a fitted day",
        f"缺失 {share}，训练期单日最多 {baseline}",
    )


def error_wording(row: Mapping[str, Any]) -> tuple[str, str]:
    """Explain the alarm of an error in English and Chinese; `row`: of DEMAND_DRIFT."""
    kind_zh, name_zh = DriftKind.zh_of(row["kind"]), Horizon.zh_of(row["name"])
    has_backtest = pd.notna(row["backtest_wape"])
    backtest = f", backtest {row['backtest_wape']:.1%}" if has_backtest else ""
    backtest_zh = f"，回测 {row['backtest_wape']:.1%}" if has_backtest else ""
    wape, limit, days = f"{row['wape']:.1%}", f"{row['limit_wape']:.1%}", int(row["bad_days"])
    return (
        f"{row['kind']} of {row['name']}: WAPE {wape}, over its limit {limit} for {days} days"
        f"{backtest}",
        f"{name_zh}{kind_zh} WAPE {wape}，连续 {days} 天超过上限 {limit}{backtest_zh}",
    )


def drift_section(rows: pd.DataFrame) -> dict[str, Any]:
    """Build the run card's section from `rows`, DEMAND_DRIFT of the day.

    `yesterday`: error of the newest forecast whose day is over, None if none is stored; `inputs`:
    the worst features of each group with alarms; `errors`: alarms in words.
    """
    alarms = rows[rows["is_alarm"].astype(bool)]
    inputs = alarms[alarms["kind"] == DriftKind.INPUT.value]
    return {
        "yesterday": _yesterday(rows),
        "inputs": _by_group(inputs),
        "errors": [
            {"text": row["reason"], "text_zh": row["reason_zh"]}
            for row in alarms[alarms["kind"] != DriftKind.INPUT.value].to_dict("records")
        ],
    }


def _yesterday(rows: pd.DataFrame) -> dict[str, Any] | None:
    errors = rows[(rows["kind"] == DriftKind.DEMAND_ERROR.value) & (rows["name"] == "day_1")]
    errors = errors.dropna(subset=["wape"])
    if errors.empty:
        return None
    row = errors.iloc[0]
    baselines = row[["wape_same_day_last_week", "wape_mean_7_days"]].astype(float)
    figures = {
        name: None if pd.isna(row[name]) else float(row[name])
        for name in ("wape", "wpe", "coverage_p90", "backtest_wape", "limit_wape")
    }
    return figures | {
        "day": str(row["target_day"])[:10],
        "made_on": str(row["forecast_as_of"])[:10],
        "naive_wape": None if baselines.isna().all() else float(baselines.min()),
        "is_bad": bool(row["bad_days"] > 0),
    }


def _by_group(alarms: pd.DataFrame) -> list[dict[str, Any]]:
    groups, left = (
        [],
        alarms.assign(
            gravity=alarms["outside_share"].fillna(0)
            + alarms["missing_share"].fillna(0)
            + alarms["psi"].fillna(0) / 100
        ).sort_values(["gravity", "name"], ascending=[False, True]),
    )
    for names, group, group_zh in _GROUPS:
        mine = left[left["name"].isin(names)]
        left = left[~left["name"].isin(names)]
        if len(mine):
            worst = mine.head(MOST_NAMES).to_dict("records")
            groups.append(
                {
                    "group": group,
                    "group_zh": group_zh,
                    "features": len(mine),
                    "worst": [
                        {"name": row["name"], "text": row["reason"], "text_zh": row["reason_zh"]}
                        for row in worst
                    ],
                }
            )
    return groups


def judge_drift(section: Mapping[str, Any]) -> list[Reason]:
    """List the reasons in `section` (`drift_section`): unfamiliar inputs, a persistent error."""
    reasons = []
    groups: Sequence[Mapping[str, Any]] = section["inputs"]
    if groups:
        names, names_zh = (
            joint.join(str(group[key]) for group in groups)
            for joint, key in ((", ", "group"), ("、", "group_zh"))
        )
        reasons.append(
            Reason(
                Verdict.DEGRADED,
                "inputs_drift",
                f"today's inputs of the demand model differ from its training data: {names}",
                f"需求模型今天的输入与训练时明显不同：{names_zh}，请先核对这些数据",
            )
        )
    if section["errors"]:
        first = section["errors"][0]
        reasons.append(
            Reason(
                Verdict.DEGRADED,
                "error_drift",
                f"{first['text']}; the next run tries a new model",
                f"预测误差连续偏大：{first['text_zh']}；下一次运行会提前训练新模型",
            )
        )
    return reasons
