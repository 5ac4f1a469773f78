"""The verdict of the run card, drawn as tables: what was found → may the lists be used?"""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from models.monitoring.run_verdict import (
    UnbalancedError,
    churn_accuracy,
    demand_accuracy,
    judge_checks,
    judge_churn,
    judge_demand,
    judge_exports,
    judge_fallbacks,
    judge_files,
    judge_lists,
    require_balance,
)
from models.verdict import Reason, Verdict, verdict_of

ORDERS: dict[str, Any] = {
    "zh": "订单明细",
    "status": "loaded",
    "rows_read": 1000,
    "rows_quarantined": 10,
    "rows": 990,
    "rows_in_table": 990,
    "last_day": "2026-10-31",
    "days_behind": 0,
}


def found(reasons: list[Reason]) -> list[tuple[str, str]]:
    return [(reason.verdict.value, reason.code) for reason in reasons]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"days_behind": 1}, [("degraded", "export_behind")]),
        ({"days_behind": 2}, [("degraded", "export_behind")]),
        ({"days_behind": 3}, [("unusable", "export_behind")]),
        ({"days_behind": -1}, []),
        ({"days_behind": None}, []),
        ({"rows_quarantined": 11}, [("degraded", "rows_quarantined")]),
        ({"rows_in_table": 989}, [("degraded", "rows_differ")]),
        ({"rows_read": 0, "rows": 0, "rows_quarantined": 0, "rows_in_table": 0}, []),
        ({"status": "no_evidence"}, [("unusable", "export_absent")]),
    ],
)
def test_orders(change: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert found(judge_exports({"orders": ORDERS | change}, ["orders"])) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"status": "no_evidence"}, []),
        ({"days_behind": 9}, [("degraded", "export_behind")]),
    ],
)
def test_an_export_one_can_do_without(
    change: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert found(judge_exports({"chat": ORDERS | change}, ["orders"])) == expected


def check(passed: bool, severity: str) -> dict[str, Any]:
    return {"table": "orders", "check": "x", "passed": passed, "severity": severity}


@pytest.mark.parametrize(
    ("checks", "expected"),
    [
        (None, [("degraded", "checks_not_run")]),
        ([], []),
        ([check(True, "ERROR"), check(True, "WARN")], []),
        ([check(False, "WARN")], [("degraded", "checks_warned")]),
        ([check(False, "ERROR")], [("unusable", "checks_failed")]),
        (
            [check(False, "error"), check(False, "WARN")],
            [("unusable", "checks_failed"), ("degraded", "checks_warned")],
        ),
    ],
)
def test_checks(checks: list[dict[str, Any]] | None, expected: list[tuple[str, str]]) -> None:
    assert found(judge_checks(checks)) == expected


def demand(model: float, naive: float, coverage: float | None = None) -> pd.DataFrame:
    rows = [
        {"scope": "sum_72h", "model": name, "origin": origin, "wape": wape, "wpe": 0.0}
        for name, mean in (("lightgbm", model), ("mean_7_days", naive), ("same_day_last_week", 0.9))
        for origin, wape in (("2026-10-25", mean - 0.1), ("2026-10-28", mean + 0.1))
    ]
    frame = pd.DataFrame(rows).assign(coverage=float("nan"))
    if coverage is not None:
        covered = {"scope": "coverage_p90", "model": "lightgbm", "origin": "2026-10-28"}
        frame = pd.concat([frame, pd.DataFrame([covered | {"coverage": coverage}])])
    return frame


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (demand(0.30, 0.35), []),
        (demand(0.35, 0.30), [("degraded", "demand_not_better")]),
        (demand(0.30, 0.30), [("degraded", "demand_not_better")]),
        (demand(0.30, 0.35, coverage=0.87), []),
        (demand(0.30, 0.35, coverage=0.85), [("degraded", "quantile_off")]),
        (demand(0.30, 0.35, coverage=0.95), [("degraded", "quantile_off")]),
        (demand(0.30, 0.35).query("model != 'lightgbm'"), [("degraded", "demand_unmeasured")]),
        (demand(0.30, 0.35).head(0), [("degraded", "demand_unmeasured")]),
    ],
    ids=["better", "worse", "same", "covered", "under", "over", "naive only", "nothing"],
)
def test_demand(frame: pd.DataFrame, expected: list[tuple[str, str]]) -> None:
    assert found(judge_demand(demand_accuracy(frame))) == expected


def test_demand_accuracy_is_the_mean_over_origins_model_first() -> None:
    rows = demand_accuracy(demand(0.30, 0.35, coverage=0.9))
    assert [(row["scope"], row["model"], row["is_naive"]) for row in rows] == [
        ("sum_72h", "lightgbm", False),
        ("sum_72h", "mean_7_days", True),
        ("sum_72h", "same_day_last_week", True),
        ("coverage_p90", "lightgbm", False),
    ]
    assert rows[0]["wape"] == pytest.approx(0.30)
    assert rows[0]["origins"] == 2
    assert rows[0]["coverage"] is None and rows[3]["wape"] is None
    assert [row["origins_without_sale"] for row in rows] == [0, 0, 0, 0]
    silent = demand(0.30, 0.35).assign(wape=lambda f: f["wape"].where(f["origin"] != "2026-10-25"))
    first = demand_accuracy(silent)[0]
    assert (first["origins"], first["origins_without_sale"]) == (2, 1)
    assert first["wape"] == pytest.approx(0.40)


def churn(model: float | None, naive: float | None) -> pd.DataFrame:
    values = (("lightgbm", model), ("recency", naive))
    rows = [
        {"metric": "auc", "model": name, "value": value, "low": None, "high": None, "users": 100}
        for name, value in values
        if value is not None
    ]
    columns = ["metric", "model", "value", "low", "high", "users"]
    return pd.DataFrame(rows, columns=columns)


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (churn(0.76, 0.68), []),
        (churn(0.68, 0.68), [("degraded", "churn_not_better")]),
        (churn(0.60, 0.68), [("degraded", "churn_not_better")]),
        (churn(0.76, None), []),
        (churn(None, 0.68), [("degraded", "churn_unmeasured")]),
        (churn(None, None), [("degraded", "churn_unmeasured")]),
    ],
)
def test_churn(frame: pd.DataFrame, expected: list[tuple[str, str]]) -> None:
    assert found(judge_churn(churn_accuracy(frame))) == expected


@pytest.mark.parametrize(
    ("published", "problems", "expected"),
    [
        (True, [], []),
        (False, [], [("unusable", "list_missing")]),
        (True, ["a.csv is missing"], [("unusable", "list_damaged")]),
    ],
)
def test_lists(published: bool, problems: list[str], expected: list[tuple[str, str]]) -> None:
    item = {"name": "restock", "zh": "补货清单", "published": published, "problems": problems}
    assert found(judge_lists([item])) == expected


def test_every_fallback_is_a_reason_in_both_languages() -> None:
    note = {
        "step": "restock_lines",
        "step_zh": "补货清单",
        "code": "no_stock",
        "message": "no stock",
        "message_zh": "没有库存",
    }
    (reason,) = judge_fallbacks([note])
    assert reason.message == "restock_lines: no stock"
    assert reason.message_zh == "补货清单\uff1a没有库存"


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([], "usable"),
        (["degraded"], "degraded"),
        (["degraded", "unusable", "degraded"], "unusable"),
    ],
)
def test_the_worst_reason_decides(verdicts: list[str], expected: str) -> None:
    reasons = [Reason(Verdict(verdict), "x", "x", "x") for verdict in verdicts]
    assert verdict_of(reasons).value == expected


def test_rows_that_do_not_add_up_stop_the_run() -> None:
    ledger = pd.DataFrame(
        {
            "export": ["orders", "chat"],
            "file_name": ["orders.csv", "chat.csv"],
            "rows_read": [10, 10],
            "rows_loaded": [8, 8],
            "rows_quarantined": [1, 1],
            "rows_duplicate": [1, 0],
            "rows_superseded": [0, 0],
            "rows_forgotten": [0, 0],
            "money_read_yuan": [9.99, None],
            "money_kept_yuan": [6.66, None],
            "money_given_back_yuan": [1.11, None],
            "money_quarantined_yuan": [2.21, None],
            "money_duplicate_yuan": [0.01, None],
            "money_superseded_yuan": [0.0, None],
            "money_forgotten_yuan": [0.0, None],
        }
    )
    require_balance(ledger.head(1))
    with pytest.raises(UnbalancedError, match=r"1 files do not add up: chat chat\.csv: read 10"):
        require_balance(ledger)
    a_fen_off = ledger.head(1).assign(money_kept_yuan=[6.67])
    with pytest.raises(UnbalancedError, match=r"orders\.csv.*9\.99 yuan read"):
        require_balance(a_fen_off)


def _balanced(**change: Any) -> pd.DataFrame:
    """A file of ten rows, all loaded, without money; figures nobody wrote are missing."""
    parts = ("loaded", "quarantined", "duplicate", "superseded", "forgotten")
    money = ("read", "kept", "given_back", "quarantined", "duplicate", "superseded", "forgotten")
    row: dict[str, Any] = {"export": "chat", "file_name": "chat.csv", "rows_read": 10}
    row |= {f"rows_{part}": None for part in parts} | {"rows_loaded": 10}
    row |= {f"money_{part}_yuan": None for part in money}
    return pd.DataFrame([row | change]).astype({f"rows_{part}": "Int64" for part in parts})


def test_figures_that_are_missing_from_the_ledger_are_nothing() -> None:
    require_balance(_balanced())


def test_half_a_fen_does_not_add_up() -> None:
    require_balance(_balanced(money_read_yuan=0.0049))
    with pytest.raises(UnbalancedError, match=r"0\.005 yuan read"):
        require_balance(_balanced(money_read_yuan=0.005))


def test_an_absent_export_is_judged_by_nothing_else() -> None:
    absent = {"zh": "群聊", "status": "no_evidence"} | {"rows": 1, "rows_in_table": 0}
    absent |= {"days_behind": 9, "last_day": None, "rows_read": 1, "rows_quarantined": 1}
    assert found(judge_exports({"chat": absent}, ["chat"])) == [("unusable", "export_absent")]
    assert judge_exports({"chat": absent}, []) == []


def test_a_file_without_a_loaded_row_is_named() -> None:
    file = {"file_name": "a.csv", "reason_code": "x.type", "reason_zh": "不是数字"}
    (reason,) = judge_files([file | {"bad": 3, "most": 2}])
    assert (reason.verdict, reason.code) == (Verdict.DEGRADED, "nothing_loaded")
    assert reason.message == "a.csv: no row can be loaded; 2 of 3 for x.type"


def test_checks_that_warn_are_counted_without_those_that_block() -> None:
    warned, broken = check(False, "WARN"), check(False, "ERROR")
    blocking, warning = judge_checks([warned, warned, warned, broken, check(True, "WARN")])
    assert blocking.message == "1 blocking quality checks failed: orders"
    assert warning.message == "3 quality checks warn"
    assert warning.message_zh == "3 项质量检查有警告"


def _accuracy(*rows: tuple[str, bool, float | None, float | None]) -> list[dict[str, Any]]:
    """Scope, whether naive, WAPE, coverage."""
    names = ("scope", "is_naive", "wape", "coverage")
    return [dict(zip(names, row, strict=True)) for row in rows]


@pytest.mark.parametrize(
    ("accuracy", "expected"),
    [
        (_accuracy(("sum_72h", False, 0.3, None), ("all_days", True, 0.2, None)), []),
        (_accuracy(("sum_72h", False, 0.3, None), ("sum_72h", True, None, None)), []),
        (_accuracy(("sum_72h", False, None, None), ("sum_72h", True, 0.2, None)), []),
        (
            _accuracy(
                ("sum_72h", False, 0.3, None),
                ("sum_72h", True, None, None),
                ("sum_72h", True, 0.2, None),
            ),
            ["demand_not_better"],
        ),
        (_accuracy(("sku_day", False, 0.3, None), ("sku_day", True, 0.2, None)), []),
        (_accuracy(("sum_72h", False, 0.3, None), ("coverage_p90", True, None, 0.5)), []),
        (
            _accuracy(("coverage_p90", False, None, 0.9), ("coverage_p90", False, None, 0.5)),
            ["quantile_off"],
        ),
        (
            _accuracy(("coverage_p90", False, None, None), ("coverage_p90", False, None, 0.5)),
            ["quantile_off"],
        ),
        (_accuracy(("coverage_p90", False, None, 0.865)), []),
        (_accuracy(("coverage_p90", False, None, 0.935)), []),
    ],
)
def test_only_errors_that_are_known_are_compared(
    accuracy: list[dict[str, Any]], expected: list[str]
) -> None:
    assert [code for _, code in found(judge_demand(accuracy))] == expected


def test_scopes_stand_in_the_order_of_the_page_and_unknown_ones_last() -> None:
    row = {"model": "lightgbm", "origin": "2026-10-28", "wape": 0.3, "wpe": 0.1, "coverage": None}
    scopes = ["a_new_one", "platform_day", "sku_day", "in_stock_days", "all_days"]
    frame = pd.DataFrame([row | {"scope": scope} for scope in scopes]).astype({"coverage": float})
    rows = demand_accuracy(frame)
    assert [one["scope"] for one in rows] == [
        "all_days", "in_stock_days", "sku_day", "platform_day", "a_new_one",
    ]  # fmt: skip
    assert [one["wpe"] for one in rows] == [0.1] * 5
    assert demand_accuracy(frame.head(0)) == []


def test_churn_accuracy_keeps_every_figure_and_says_which_are_unknown() -> None:
    frame = pd.DataFrame(
        [("auc", "recency", 0.7, 0.6, 0.8, 40), ("auc", "lightgbm", 0.75, None, None, None)],
        columns=["metric", "model", "value", "low", "high", "users"],
    )
    assert churn_accuracy(frame) == [
        {"metric": "auc", "model": "lightgbm", "is_naive": False, "value": 0.75, "low": None,
         "high": None, "users": None},
        {"metric": "auc", "model": "recency", "is_naive": True, "value": 0.7, "low": 0.6,
         "high": 0.8, "users": 40},
    ]  # fmt: skip


def test_churn_is_compared_by_a_known_auc_alone() -> None:
    unknown = {"metric": "auc", "is_naive": False, "value": None}
    naive = {"metric": "auc", "is_naive": True, "value": 0.68}
    assert judge_churn([unknown, naive]) == []
    worse = [{"metric": "brier", "is_naive": False, "value": 0.1}, naive | {"metric": "brier"}]
    assert judge_churn(worse) == []
