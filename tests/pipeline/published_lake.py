"""A small lake with every table that the outgoing lists, the card and the notebook read.

Three warehouses, four SKUs (one by weight, one with a hostile name), six users of whom one is held
out. Everything follows from its arguments; nothing is random.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from assets.resources.home import LinliHome
from assets.resources.lakehouse.lakehouse import stored_columns
from data_contracts.codes.demand import Horizon
from data_contracts.exports import ORDERS, PRODUCTS
from data_contracts.table import Table, Type
from data_contracts.tables.bookkeeping import FALLBACKS, INGEST_LEDGER, RUN_STEPS
from data_contracts.tables.churn import CHURN_BACKTEST, CHURN_SCORES
from data_contracts.tables.demand import DEMAND_BACKTEST, DEMAND_DAY, DEMAND_FORECAST
from data_contracts.tables.replenishment import RESTOCK_LINES
from data_contracts.tables.wake_up import WAKE_UP_LINES

AS_OF = date(2026, 10, 31)
WAREHOUSES = ("W-01", "W-02", "W-03")
SKUS = {
    "690123456789": ("赣南脐橙", "piece"),
    "007": ('=HYPERLINK("http://x","y")', "piece"),
    "S-3": ("土鸡蛋,30枚", "piece"),
    "S-4": ("小青菜", "kg"),
}
HISTORY_DAYS = 28
_ARROW = {kind.duckdb: kind.arrow for kind in Type}


def arrow(table: Table, rows: list[dict[str, Any]]) -> pa.Table:
    """Rows as the lake stores `table`; a column that a row lacks is empty."""
    columns = stored_columns(table)
    schema = pa.schema([(name, _ARROW[kind]) for name, kind in columns.items()])
    full = [dict.fromkeys(columns) | row for row in rows]
    return pa.Table.from_pylist(full, schema=schema)


def linli_home(root: Path) -> LinliHome:
    return LinliHome(home=str(root), exports=str(root / "inbox"), threads=1, memory_limit="1GB")


def fill(home: LinliHome, as_of: date = AS_OF) -> None:
    """Everything a run has left behind when the lists are about to be written."""
    lake = home.lakehouse
    for table, rows in (
        (RESTOCK_LINES, restock_lines(as_of)),
        (WAKE_UP_LINES, wake_up_lines(as_of)),
        (DEMAND_DAY, demand_days(as_of)),
        (DEMAND_FORECAST, forecasts(as_of)),
        (CHURN_SCORES, churn_scores(as_of)),
        (DEMAND_BACKTEST, demand_backtest(as_of)),
        (CHURN_BACKTEST, churn_backtest(as_of)),
        (RUN_STEPS, run_steps(as_of)),
        (FALLBACKS, fallbacks(as_of)),
    ):
        lake.replace(table, as_of, arrow(table, rows))
    lake.overwrite(ORDERS, arrow(ORDERS, orders(as_of)))
    lake.overwrite(PRODUCTS, arrow(PRODUCTS, products()))
    lake.overwrite(INGEST_LEDGER, arrow(INGEST_LEDGER, ledger(as_of)))


def _amount_yuan(row: int, place: int, unit: str) -> float | None:
    if place == 1:  # of unknown cost
        return None
    return 30.62 if unit == "kg" else 30.0 * place * (row + 1)


def restock_lines(as_of: date) -> list[dict[str, Any]]:
    return [
        {
            "as_of": as_of,
            "warehouse_id": warehouse,
            "sku_id": sku,
            "sku_name": name,
            "category": "生鲜",
            "fulfilment_mode": "instant",
            "sale_unit": unit,
            "suggested_units": 12.25 if unit == "kg" else float(12 * place * (row + 1)),
            "suggested_packs": None if unit == "kg" else float(place * (row + 1)),
            "pack_size_units": None if unit == "kg" else 12.0,
            "cost_yuan": None if place == 1 else 2.5,
            "amount_yuan": _amount_yuan(row, place, unit),
            "exception": "new_sku" if row == 1 else None,
            "expected_profit_yuan": 1.5 if 0 < place < 3 else None,
            "forecast_72h_units": 30.4567,
            "on_hand_units": 5.0,
            "reason_zh": f"预测72小时需求30.5,在库5,建议补{place}箱",
            "flag_zh": "库存盘点已过2天" if row == 1 else None,
        }
        for row, warehouse in enumerate(WAREHOUSES)
        for place, (sku, (name, unit)) in enumerate(SKUS.items())
    ]


def wake_up_lines(as_of: date) -> list[dict[str, Any]]:
    actions = ("wake_up", "retain", "care", "apology", "wake_up", "wake_up")
    return [
        {
            "as_of": as_of,
            "user_id": f"10000000000{user}",
            "masked_name": "王*",
            "masked_phone": f"138****000{user}",
            "community_id": "C-1",
            "leader_id": "L-1",
            "action": action,
            "priority": user + 1,
            "churn_30d": 0.9 - user / 10,
            "recency_days": 20 - user,
            "rhythm_days": 7.0,
            "layer": "price_sensitive",
            "sku_id": "690123456789",
            "sku_name": "赣南脐橙",
            "offer_yuan": 5.0,
            "channel": "wechat",
            "contact_hour": 19,
            "arm": "holdout" if user == 4 else "treatment",
            "reason_zh": f"已{20 - user}天未下单,平时7天一单",
        }
        for user, action in enumerate(actions)
    ]


def demand_days(as_of: date) -> list[dict[str, Any]]:
    return [
        {
            "as_of": as_of,
            "warehouse_id": warehouse,
            "sku_id": sku,
            "day": as_of - timedelta(days=back),
            "sold_units": float(8 + (back * (place + 2)) % 7),
            "in_stock_share": 1.0,
            "demand_units": float(8 + (back * (place + 2)) % 7),
            "discount_ratio": 1.0,
        }
        for warehouse in WAREHOUSES
        for place, sku in enumerate(SKUS)
        for back in range(HISTORY_DAYS)
    ]


def forecasts(as_of: date) -> list[dict[str, Any]]:
    return [
        {
            "as_of": as_of,
            "warehouse_id": warehouse,
            "sku_id": sku,
            "horizon": horizon.value,
            "target_day": as_of + timedelta(days=min(step, 3)),
            "mean_units": mean,
            "model_version": "demand-2026-10-31-0badcafe",
        }
        | {f"p{p}_units": mean * (0.5 + p / 100) for p in (10, 25, 50, 75, 90, 95)}
        for warehouse in WAREHOUSES
        for sku in SKUS
        for step, horizon in enumerate(Horizon, 1)
        for mean in [30.0 if horizon is Horizon.SUM_72H else 10.0]
    ]


def churn_scores(as_of: date) -> list[dict[str, Any]]:
    return [
        {
            "as_of": as_of,
            "user_id": f"10000000000{user}",
            "churn_30d": 0.9 - user / 10,
            "recency_days": 20 - user,
            "orders": 5,
            "model_version": "churn-2026-10-31-00c0ffee",
        }
        for user in range(6)
    ]


def demand_backtest(as_of: date) -> list[dict[str, Any]]:
    wape = {"lightgbm": 0.30, "same_day_last_week": 0.44, "mean_7_days": 0.35}
    return [
        {
            "as_of": as_of,
            "model": model,
            "scope": scope,
            "origin": as_of - timedelta(days=back),
            "wape": value + back / 1000,
            "wpe": 0.01,
            "rows": 36,
        }
        for model, value in wape.items()
        for scope in ("all_days", "in_stock_days", "sum_72h")
        for back in (3, 6)
    ] + [
        {
            "as_of": as_of,
            "model": "lightgbm",
            "scope": "coverage_p90",
            "origin": as_of - timedelta(days=3),
            "coverage": 0.9,
            "rows": 36,
        }
    ]


def churn_backtest(as_of: date) -> list[dict[str, Any]]:
    values = {("lightgbm", "auc"): 0.76, ("recency", "auc"): 0.68, ("lightgbm", "brier"): 0.18}
    return [
        {
            "as_of": as_of,
            "model": model,
            "metric": metric,
            "value": value,
            "low": value - 0.02,
            "high": value + 0.02,
            "snapshot": as_of - timedelta(days=30),
            "users": 500,
        }
        for (model, metric), value in values.items()
    ]


def run_steps(as_of: date) -> list[dict[str, Any]]:
    steps = {"orders": 4.2, "demand_day": 1.5, "demand_forecast": 38.0, "churn_scores": 12.0}
    return [
        {"as_of": as_of, "step": step, "seconds": seconds, "peak_memory_mib": 512.0, "rows": 10}
        for step, seconds in steps.items()
    ]


def fallbacks(as_of: date) -> list[dict[str, Any]]:
    return [
        {
            "as_of": as_of,
            "step": "restock_lines",
            "code": "no_stock",
            "message": "no stock export: on hand is unknown",
            "message_zh": "没有库存数据,在库未知",
        },
        {
            "as_of": as_of,
            "step": "churn_scores",
            "code": "recency_only",
            "message": "too little history: ranked by recency",
            "message_zh": "历史太短,按最近下单天数排序",
        },
    ]


def orders(as_of: date) -> list[dict[str, Any]]:
    return [
        {
            "order_id": f"O{number}",
            "line_id": "1",
            "ordered_at": datetime(as_of.year, as_of.month, as_of.day, 9, number),
            "sku_id": "690123456789",
            "quantity_units": 1.0,
            "business_date": as_of,
            "file_sha256": "0" * 64,
            "row_number": number,
        }
        for number in range(1, 9)
    ]


def products() -> list[dict[str, Any]]:
    return [{"sku_id": "S-3", "sku_name": "土鸡蛋,30枚", "cost_yuan": 2}]


def ledger(as_of: date) -> list[dict[str, Any]]:
    return [
        {
            "export": "orders",
            "file_name": "orders.csv",
            "file_sha256": "0" * 64,
            "file_bytes": 1000,
            "rows_read": 10,
            "rows_loaded": 8,
            "rows_quarantined": 1,
            "rows_duplicate": 1,
            "rows_superseded": 0,
            "rows_forgotten": 0,
            "money_read_yuan": Decimal("10.00"),
            "money_kept_yuan": Decimal("7.00"),
            "money_given_back_yuan": Decimal("1.00"),
            "money_quarantined_yuan": Decimal("1.00"),
            "money_duplicate_yuan": Decimal("1.00"),
            "money_superseded_yuan": Decimal("0.00"),
            "money_forgotten_yuan": Decimal("0.00"),
            "rows_without_amount": 0,
            "first_day": as_of,
            "last_day": as_of + timedelta(days=2),
            "latest_event_at": datetime(2026, 10, 31, 9, 8),
        },
        {
            "export": "products",
            "file_name": "products.csv",
            "file_sha256": "1" * 64,
            "file_bytes": 100,
            "rows_read": 1,
            "rows_loaded": 1,
            "rows_quarantined": 0,
            "rows_duplicate": 0,
            "rows_superseded": 0,
            "rows_forgotten": 0,
        },
    ]
