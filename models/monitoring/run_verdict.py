"""Derive reasons for or against a day's lists from the figures of a run; pure functions.

Not here: reading the figures, the verdict itself (`models.verdict`), the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from data_contracts.codes.demand import SUM_HORIZONS
from data_contracts.records.run_card import CheckSeconds
from models.clock import HORIZON_DAYS
from models.monitoring.nothing_loaded import nothing_loaded
from models.verdict import Reason, Verdict

# With orders this many days behind as_of, every forecast day is already over.
UNUSABLE_DAYS_BEHIND = HORIZON_DAYS
# With a larger share of quarantined rows, the export as a whole is in doubt.
QUARANTINED_SHARE = 0.01
# Tolerance of the measured coverage of the 90 % quantile, per category in the measuring protocol.
COVERAGE_TOLERANCE = 0.04

NAIVE_DEMAND = ("same_day_last_week", "mean_7_days")
NAIVE_CHURN = ("recency",)
SCOPES_ZH = {
    "all_days": "全部日(预计销量)",
    "in_stock_days": "有货日",
    "sum_72h": "72小时合计(预计销量)",
    "coverage_p90": "90%分位覆盖",
}
# Demand of longer sums: shown, without a reason; few origins are over, and they overlap.
SUMS_ZH = {horizon.value: f"{horizon.zh}需求" for horizon in SUM_HORIZONS.values()}
# Summed sales: shown, without a reason.
LEVELS_ZH = {
    "warehouse_category_day": "仓×品类×日",
    "sku_day": "商品×日",
    "category_day": "品类×日",
    "warehouse_day": "仓×日",
    "region_day": "区域×日",
    "platform_day": "全平台×日",
}


class UnbalancedError(RuntimeError):
    """Rows or money of a file do not add up: no result of the file may be trusted."""


ROW_PARTS = ("loaded", "quarantined", "duplicate", "superseded", "forgotten")
MONEY_PARTS = ("kept", "given_back", "quarantined", "duplicate", "superseded", "forgotten")
HALF_A_FEN_YUAN = 0.005


def require_balance(ledger: pd.DataFrame) -> None:
    """Raise UnbalancedError unless rows and money of every file add up.

    Rows: read = loaded + quarantined + duplicate + superseded + forgotten. Money: read = kept +
    given back + quarantined + duplicate + superseded + forgotten, to the fen. `ledger`:
    `ingest_ledger`, one row per file.
    """
    accounted = sum(ledger[f"rows_{part}"].fillna(0) for part in ROW_PARTS)
    money = sum(ledger[f"money_{part}_yuan"].fillna(0).astype(float) for part in MONEY_PARTS)
    money_read = ledger["money_read_yuan"].fillna(0).astype(float)
    off = (money_read - money).abs() >= HALF_A_FEN_YUAN
    wrong = ledger[(ledger["rows_read"] != accounted) | off]
    if len(wrong):
        files = "; ".join(
            f"{row.export} {row.file_name}: read {row.rows_read}, loaded {row.rows_loaded}, "
            f"quarantined {row.rows_quarantined}, duplicate {row.rows_duplicate}, "
            f"superseded {row.rows_superseded}; {row.money_read_yuan} yuan read"
            for row in wrong.itertuples()
        )
        raise UnbalancedError(f"rows or money of {len(wrong)} files do not add up: {files}")


def judge_exports(
    exports: Mapping[str, Mapping[str, Any]], indispensable: Sequence[str]
) -> list[Reason]:
    """Derive reasons from freshness and quarantine of the exports.

    `exports`: name → zh, status, rows_read, rows_quarantined, rows, rows_in_table, days_behind. An
    absent optional export is no reason: the step that missed it reports its fallback.
    """
    reasons = []
    for name, item in exports.items():
        if item["status"] != "loaded":
            if name in indispensable:
                reasons.append(_unusable("export_absent", f"{name} is absent", f"缺少{item['zh']}"))
            continue
        reasons += _judge_age(name, item, name in indispensable)
        reasons += _judge_rows(name, item)
    return reasons


def _judge_age(name: str, item: Mapping[str, Any], is_indispensable: bool) -> list[Reason]:
    behind = item["days_behind"]
    if not behind or behind <= 0:
        return []
    reason = _unusable if is_indispensable and behind >= UNUSABLE_DAYS_BEHIND else _degraded
    return [
        reason(
            "export_behind",
            f"{name} ends on {item['last_day']}, {behind} days before the day of the lists",
            f"{item['zh']}只到 {item['last_day']}，比截至日落后 {behind} 天",
        )
    ]


def _judge_rows(name: str, item: Mapping[str, Any]) -> list[Reason]:
    reasons = []
    share = item["rows_quarantined"] / item["rows_read"] if item["rows_read"] else 0.0
    if share > QUARANTINED_SHARE:
        reasons.append(
            _degraded(
                "rows_quarantined",
                f"{share:.1%} of the rows of {name} were quarantined",
                f"{item['zh']}有 {share:.1%} 的行被隔离",
            )
        )
    if item["rows"] != item["rows_in_table"]:
        reasons.append(
            _degraded(
                "rows_differ",
                f"{name}: the ledger loaded {item['rows']} rows, the table holds "
                f"{item['rows_in_table']}",
                f"{item['zh']}：台账导入 {item['rows']} 行，数据表有 {item['rows_in_table']} 行",
            )
        )
    return reasons


def judge_files(files_without_rows: Sequence[Mapping[str, Any]]) -> list[Reason]:
    """Derive reasons from files without a loaded row: name, bad rows, the most frequent reason."""
    reasons = []
    for file in files_without_rows:
        name, code, zh = file["file_name"], file["reason_code"], file["reason_zh"]
        text, text_zh = nothing_loaded(file["bad"], file["most"], code, zh)
        reasons.append(_degraded("nothing_loaded", f"{name}: {text}", f"{name}：{text_zh}"))
    return reasons


def judge_checks(checks: Sequence[Mapping[str, Any]] | None) -> list[Reason]:
    """Derive reasons from quality checks; None means that they were not run.

    A failed check of severity ERROR means that the table's key, type or requirement is broken.
    """
    if checks is None:
        return [_degraded("checks_not_run", "quality checks were not run", "质量检查未运行")]
    failed = [check for check in checks if not check["passed"]]
    broken = [check for check in failed if str(check["severity"]).upper() == "ERROR"]
    reasons = []
    if broken:
        tables = ", ".join(sorted({str(check["table"]) for check in broken}))
        reasons.append(
            _unusable(
                "checks_failed",
                f"{len(broken)} blocking quality checks failed: {tables}",
                f"{len(broken)} 项关键质量检查未通过（{tables}）",
            )
        )
    if len(failed) > len(broken):
        reasons.append(
            _degraded(
                "checks_warned",
                f"{len(failed) - len(broken)} quality checks warn",
                f"{len(failed) - len(broken)} 项质量检查有警告",
            )
        )
    return reasons


def check_seconds(
    checks: Sequence[Mapping[str, Any]] | None,
    steps: Sequence[Mapping[str, Any]],
    exports: Sequence[str],
) -> CheckSeconds:
    """Sum the seconds of the quality checks, and compare those on exports with ingest.

    `checks`: rows with table and step_seconds, the seconds of the table's one check step. `steps`:
    step and seconds. On small exports the fixed costs of the checks outweigh ingest; the share is
    meaningful if ingest takes more than a few seconds.
    """
    by_table = {check["table"]: float(check.get("step_seconds") or 0) for check in checks or []}
    on_exports = sum(seconds for name, seconds in by_table.items() if name in exports)
    ingest = sum(step["seconds"] or 0.0 for step in steps if step["step"] in exports)
    return CheckSeconds(
        all=sum(by_table.values()),
        exports=on_exports,
        ingest=ingest,
        share_of_ingest=on_exports / ingest if ingest and on_exports else None,
    )


def demand_accuracy(backtest: pd.DataFrame) -> list[dict[str, Any]]:
    """Average WAPE, WPE and coverage over origins, per scope and model; mark naive baselines.

    `backtest`: `demand_backtest` of one day. Rows: scope, model, is_naive, wape, wpe, coverage,
    origins, origins_without_sale (nothing was sold, so the error is unknown).
    """
    if backtest.empty:
        return []
    grouped = backtest.groupby(["scope", "model"], sort=True)
    means = grouped[["wape", "wpe", "coverage"]].mean()
    means["origins"] = grouped["origin"].nunique()
    nothing_known = backtest["wape"].isna() & backtest["coverage"].isna()
    means["silent"] = nothing_known.groupby([backtest["scope"], backtest["model"]]).sum()
    rows: list[dict[str, Any]] = [
        {"scope": row["scope"], "model": row["model"], "is_naive": row["model"] in NAIVE_DEMAND}
        | {name: _number(row[name]) for name in ("wape", "wpe", "coverage")}
        | {"origins": int(row["origins"]), "origins_without_sale": int(row["silent"])}
        for row in means.reset_index().to_dict("records")
    ]
    order = [*SCOPES_ZH, *SUMS_ZH, *LEVELS_ZH]
    return sorted(
        rows,
        key=lambda row: (
            order.index(row["scope"]) if row["scope"] in order else len(order),
            row["is_naive"],
            row["model"],
        ),
    )


def churn_accuracy(backtest: pd.DataFrame) -> list[dict[str, Any]]:
    """List metric, model, value and its bootstrap bounds; mark naive baselines.

    `backtest`: `churn_backtest` of one day.
    """
    return [
        {
            "metric": row["metric"],
            "model": row["model"],
            "is_naive": row["model"] in NAIVE_CHURN,
            "value": _number(row["value"]),
            "low": _number(row["low"]),
            "high": _number(row["high"]),
            "users": None if pd.isna(row["users"]) else int(row["users"]),
        }
        for row in backtest.sort_values(["metric", "model"]).to_dict("records")
    ]


def judge_demand(accuracy: Sequence[Mapping[str, Any]]) -> list[Reason]:
    """Derive reasons from the demand backtest: missing, not better than naive, quantiles off."""
    if not any(not row["is_naive"] for row in accuracy):
        return [
            _degraded("demand_unmeasured", "the forecast has no backtest", "需求预测没有回测结果")
        ]
    reasons = []
    for scope, scope_zh in SCOPES_ZH.items():
        model, naive = _best(accuracy, scope, naive=False), _best(accuracy, scope, naive=True)
        if model is not None and naive is not None and model >= naive:
            reasons.append(
                _degraded(
                    "demand_not_better",
                    f"{scope}: WAPE {model:.1%} is no better than the naive {naive:.1%}",
                    f"{scope_zh}：预测 WAPE {model:.1%} 不比简单方法的 {naive:.1%}",
                )
            )
    for row in accuracy:
        covered = row["coverage"]
        if row["is_naive"] or row["scope"] in SUMS_ZH:
            continue
        if covered is None or abs(covered - 0.9) <= COVERAGE_TOLERANCE:
            continue
        reasons.append(
            _degraded(
                "quantile_off",
                f"the 90 % quantile covers {covered:.1%} ({row['scope']})",
                f"90% 分位实际覆盖 {covered:.1%}（{row['scope']}）",
            )
        )
    return reasons


def judge_churn(accuracy: Sequence[Mapping[str, Any]]) -> list[Reason]:
    """Derive reasons from the churn backtest: missing, or not better than recency alone."""
    if not any(not row["is_naive"] for row in accuracy):
        return [_degraded("churn_unmeasured", "churn has no backtest", "流失模型没有回测结果")]
    values = {(row["metric"], row["is_naive"]): row["value"] for row in accuracy}
    model, naive = values.get(("auc", False)), values.get(("auc", True))
    if model is None or naive is None or model > naive:
        return []
    return [
        _degraded(
            "churn_not_better",
            f"churn AUC {model:.3f} is no better than {naive:.3f} of recency alone",
            f"流失模型 AUC {model:.3f} 不优于仅用最近下单天数的 {naive:.3f}",
        )
    ]


def judge_fallbacks(fallbacks: Sequence[Mapping[str, str]]) -> list[Reason]:
    """Derive one reason per fallback of a step."""
    return [
        _degraded(
            note["code"],
            f"{note['step']}: {note['message']}",
            f"{note['step_zh']}：{note['message_zh']}",
        )
        for note in fallbacks
    ]


def judge_lists(lists: Sequence[Mapping[str, Any]]) -> list[Reason]:
    """Derive reasons from the outbox: a list of the day is missing or damaged.

    `lists`: zh, name, published (bool), problems (list of text).
    """
    reasons = []
    for item in lists:
        if not item["published"]:
            reasons.append(
                _unusable(
                    "list_missing", f"{item['name']} is not published", f"{item['zh']}没有发布"
                )
            )
        elif item["problems"]:
            reasons.append(
                _unusable(
                    "list_damaged",
                    f"{item['name']}: {'; '.join(item['problems'])}",
                    f"{item['zh']}文件与发布时的记录不符",
                )
            )
    return reasons


def _best(accuracy: Sequence[Mapping[str, Any]], scope: str, *, naive: bool) -> float | None:
    values = [
        row["wape"]
        for row in accuracy
        if row["scope"] == scope and row["is_naive"] is naive and row["wape"] is not None
    ]
    return min(values, default=None)


def _number(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


def _degraded(code: str, message: str, message_zh: str) -> Reason:
    return Reason(Verdict.DEGRADED, code, message, message_zh)


def _unusable(code: str, message: str, message_zh: str) -> Reason:
    return Reason(Verdict.UNUSABLE, code, message, message_zh)
