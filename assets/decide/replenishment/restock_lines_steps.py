"""Compute the asset `restock_lines`, which `restock_lines.py` declares and describes.

Contains the order of the steps and what is reported. Not here: what is read (`restock_inputs.py`),
the policy (`models/replenishment/policy.py`).
"""

import pandas as pd

from assets.decide.replenishment.restock_inputs import read_inputs
from assets.framework.day_asset import DayRun, Written
from assets.resources.lakehouse.lakehouse import Session
from data_contracts.tables.replenishment import RESTOCK_LINES, RESTOCK_PROJECTION
from models.params.replenishment import RestockParams
from models.replenishment.policy import restock


def make_restock_lines(run: DayRun) -> Written:
    """Compute the asset `restock_lines` for the business date of `run`."""
    limits = run.platform.restock
    params = RestockParams(service_level=limits.service_level)
    with run.session() as session:
        inputs = read_inputs(session, run, params)
        decided = restock(
            inputs.facts, inputs.sums, inputs.stock, inputs.supply, run.as_of, params, limits
        )
        _record_fallbacks(run, session, inputs.facts, params)
        session.register("suggested_lines", decided.lines.assign(as_of=run.as_of))
        session.register("projected_days", decided.projection.assign(as_of=run.as_of))
        session.replace(RESTOCK_PROJECTION, run.as_of, "select * from projected_days")
        rows = session.replace(RESTOCK_LINES, run.as_of, "select * from suggested_lines")
    lines = decided.lines
    return Written(
        rows,
        {
            "lines_to_order": int((lines["suggested_units"] > 0).sum()),
            "lines_flagged": int(lines["flag_zh"].notna().sum()),
            "lines_for_a_person": int(lines["exception"].notna().sum()),
            "amount_yuan": float(lines["amount_yuan"].sum()),
        },
    )


def _record_fallbacks(
    run: DayRun, session: Session, facts: pd.DataFrame, params: RestockParams
) -> None:
    if facts.empty:
        run.fallback(
            "nothing_to_restock",
            "no forecast and no order in hand",
            "没有需求预测，也没有已下单未履约的订单",
        )
        return
    if not facts["has_stock_file"].any():
        run.fallback(
            "no_stock_file",
            "no stock count up to as_of; every SKU counts as 0 on hand and 0 in transit",
            "没有截至日之前的库存盘点，所有商品的在库和在途按0计",
        )
    if facts["forecast_72h_units"].isna().all():
        run.fallback(
            "no_forecast",
            "no forecast for this day; orders in hand alone decide",
            "当天没有需求预测，仅按已下单未履约的数量计算",
        )
    if (facts["cost_yuan"].isna() | facts["price_yuan"].isna()).all():
        run.fallback(
            "default_service_level",
            "no SKU has both cost and price; the service level is the mode's default",
            "没有一个商品同时有成本价和售价，服务水平取各履约方式的默认值",
        )
    if facts["pack_size_units"].isna().all():
        run.fallback(
            "no_pack_size",
            "no pack size; rounded to whole pieces or 0.01 kg",
            "没有箱规，按1件或0.01公斤取整",
        )
    if facts["lead_time_source"].eq("default").all():
        run.fallback(
            "no_lead_time",
            "no lead time in any file; the default is used for every SKU",
            "没有任何商品的到货周期，全部按默认值计算",
        )
    unknowable = session.scalar("select sum(unknowable_lines)::bigint from orders_in_hand")
    if unknowable:
        run.fallback(
            "orders_in_hand_unknown",
            f"{unknowable} order lines of the last {params.in_hand_days} days have no shipment and "
            "no status known at the end of the day: whether they were delivered is unknown; of "
            "these, only presale orders of the day count as orders in hand",
            f"近{params.in_hand_days}天有 {unknowable} 行订单没有物流，也没有截至日之前的订单状态，"
            "不知道是否已交付；其中只有当日预售订单计入已下单未履约",
        )
