"""Compute the asset `restock_lines`, which `restock_lines.py` declares and describes."""

from datetime import timedelta

import pandas as pd

from assets.core.order_lines import off_offer, order_lines_as_of
from assets.framework.day_asset import DayRun, Written, sql_beside
from assets.resources.lakehouse.lakehouse import Session
from data_contracts.tables.replenishment import RESTOCK_LINES
from models.clock import target_days
from models.params.replenishment import RestockParams
from models.replenishment.policy import restock


def make_restock_lines(run: DayRun) -> Written:
    """Compute the asset `restock_lines` for the business date of `run`."""
    params = RestockParams()
    with run.session() as session:
        facts = _facts(session, run, params)
        lines = restock(facts, params)
        _record_fallbacks(run, session, facts)
        lines["as_of"] = run.as_of
        session.register("suggested_lines", lines)
        rows = session.replace(RESTOCK_LINES, run.as_of, "select * from suggested_lines")
    to_order = int((lines["suggested_units"] > 0).sum())
    flagged = int(lines["flag_zh"].notna().sum())
    return Written(rows, {"lines_to_order": to_order, "lines_flagged": flagged})


def _facts(session: Session, run: DayRun, params: RestockParams) -> pd.DataFrame:
    """Read one row per warehouse × SKU, with the columns that `policy.restock` needs."""
    order_lines_as_of(session, run)
    day_1, day_2, day_3 = target_days(run.as_of)
    moments = {"as_of": run.as_of, "as_of_end": run.as_of_end}
    session.table(
        "latest_stock",
        sql_beside(__file__, "latest_stock.sql"),
        first_day=day_1,
        day_1=day_1,
        day_2=day_2,
        day_3=day_3,
        count_session_minutes=params.count_session_minutes,
        **moments,
    )
    first_open_day = run.as_of - timedelta(days=params.in_hand_days - 1)
    session.table(
        "orders_in_hand",
        sql_beside(__file__, "orders_in_hand.sql"),
        first_open_day=first_open_day,
        has_logistics=_has_rows(
            session,
            "logistics where business_date between $first_open_day and $as_of",
            first_open_day=first_open_day,
            **moments,
        ),
        **moments,
    )
    off_offer(session)
    session.table(
        "restock_skus",
        sql_beside(__file__, "restock_skus.sql"),
        as_of=run.as_of,
        last_target_day=day_3,
        price_since=run.as_of - timedelta(days=params.price_window_days - 1),
    )
    return session.frame(
        sql_beside(__file__, "restock_facts.sql"),
        has_stock_file=_has_rows(session, "stock where counted_at < $as_of_end", **moments),
        **moments,
    )


def _has_rows(session: Session, source: str, **params: object) -> bool:
    return bool(session.scalar(f"select count(*) > 0 from {source}", **params))


def _record_fallbacks(run: DayRun, session: Session, facts: pd.DataFrame) -> None:
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
    if facts["sum_72h_mean_units"].isna().all():
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
    unknowable = session.scalar("select sum(unknowable_lines)::bigint from orders_in_hand")
    if unknowable:
        run.fallback(
            "orders_in_hand_unknown",
            "no logistics and no order status: deliveries are unknown; only presale orders of the "
            "day count as orders in hand",
            "没有物流与订单状态，不知道是否已交付；已下单未履约仅计入当日预售订单",
        )
