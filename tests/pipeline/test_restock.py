"""The restock list from forecast, orders, logistics and stock, on a few lines worked out by hand.

The day closes at 23:00; `as_of` is 2026-09-30. Orders leave every day and take two, so that this
one arrives on 2 October and the next one on the 3rd. Demand is as certain as its forecast.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from assets.decide.replenishment.restock_lines import restock_lines
from assets.resources.home import LinliHome
from data_contracts.tables.bookkeeping import FALLBACKS
from data_contracts.tables.demand import QUANTILE_PERCENTS, quantile_column
from data_contracts.tables.replenishment import RESTOCK_LINES, RESTOCK_PROJECTION
from tests.pipeline.small_lake import at, fallback_codes, fill, linli_home, materialise, read
from tests.supply_rows import certain_supply

AS_OF = date(2026, 9, 30)
SUPPLIED = [("w1", "rice"), ("w1", "fish"), ("w1", "egg"), ("w2", "egg")]
Tables = dict[str, list[dict[str, Any]]]


def _forecast(warehouse: str, sku: str, mean: float, day: date = AS_OF) -> list[dict[str, Any]]:
    rows = []
    for horizon, share in (("day_1", 1 / 3), ("day_2", 1 / 3), ("day_3", 1 / 3), ("sum_72h", 1.0)):
        quantiles = {quantile_column(percent): mean * share for percent in QUANTILE_PERCENTS}
        rows.append(
            {"as_of": day, "warehouse_id": warehouse, "sku_id": sku, "horizon": horizon,
             "mean_units": mean * share, "model_version": "test", **quantiles}
        )  # fmt: skip
    return rows


def _order(order: str, when: str, sku: str, units: float, **more: Any) -> dict[str, Any]:
    row = {"order_id": order, "line_id": "1", "ordered_at": at(when), "sku_id": sku}
    return row | {"community_id": "c1", "quantity_units": units, "unit_price_yuan": 5} | more


def _count(sku: str, when: str, units: float, **more: Any) -> dict[str, Any]:
    row = {"warehouse_id": "w1", "sku_id": sku, "counted_at": at(when), "on_hand_units": units}
    return row | more


def _platform() -> Tables:
    return {
        "communities": [{"community_id": "c1", "warehouse_id": "w1"}],
        "products": [
            {"sku_id": "rice", "sku_name": "大米", "category": "粮油", "pack_size_units": 10,
             "fulfilment_mode": "prestock", "cost_yuan": 4, "lead_time_days": 2,
             "supplier_id": "v1"},
            {"sku_id": "fish", "sku_name": "鲈鱼", "category": "水产", "fulfilment_mode": "presale",
             "pack_size_units": 1},
            {"sku_id": "egg", "sku_name": "鸡蛋", "fulfilment_mode": "instant", "sale_unit": "kg"},
        ],
        "orders": [
            _order("r1", "2026-09-29 10:00", "rice", 4),  # dispatched
            _order("r2", "2026-09-30 10:00", "rice", 6, cancelled_units=1,
                   cancelled_at=at("2026-09-30 11:00")),
            _order("r3", "2026-09-10 10:00", "rice", 50),  # long ago, never a shipment
            _order("f1", "2026-09-29 10:00", "fish", 7),  # yesterday's presale
            _order("f2", "2026-09-30 10:00", "fish", 5),
        ],
        "logistics": [
            {"shipment_id": "s1", "order_id": "r1", "dispatched_at": at("2026-09-30 06:00")},
        ],
        "stock": [
            _count("rice", "2026-09-30 21:00", 8, batch_id="a", expires_on=date(2026, 12, 1),
                   in_transit_units=3, expected_arrival_on=date(2026, 10, 2)),
            _count("rice", "2026-09-30 20:50", 9, batch_id="b", expires_on=date(2026, 9, 30)),
            _count("rice", "2026-09-29 21:00", 70, batch_id="old"),
            _count("rice", "2026-09-30 21:00", 0, batch_id="van",
                   in_transit_units=30, expected_arrival_on=date(2026, 10, 4)),
            _count("egg", "2026-09-26 21:00", 2.5),
        ],
        "demand_forecast": [
            *_forecast("w1", "rice", 30.0),
            *_forecast("w1", "egg", 9.0),
            *_forecast("w2", "egg", 0.0),
            *_forecast("w1", "rice", 900.0, date(2026, 9, 29)),
        ],
    } | certain_supply(AS_OF, SUPPLIED)  # fmt: skip


def _restocked(root: Path, tables: Tables) -> tuple[LinliHome, pd.DataFrame]:
    home = linli_home(root)
    fill(home, tables)
    materialise(home, [restock_lines], AS_OF)
    return home, read(home, RESTOCK_LINES, AS_OF).set_index(["warehouse_id", "sku_id"])


def _line(lines: pd.DataFrame, warehouse: str, sku: str) -> Any:
    return lines.loc[(warehouse, sku)]


@pytest.fixture(scope="module")
def restocked(tmp_path_factory: pytest.TempPathFactory) -> tuple[LinliHome, pd.DataFrame]:
    return _restocked(tmp_path_factory.mktemp("restock"), _platform())


def test_every_forecast_and_every_order_in_hand_has_a_line(
    restocked: tuple[LinliHome, pd.DataFrame],
) -> None:
    assert restocked[1].index.tolist() == [
        ("w1", "egg"),
        ("w1", "fish"),
        ("w1", "rice"),
        ("w2", "egg"),
    ]


def test_prestock_line(restocked: tuple[LinliHome, pd.DataFrame]) -> None:
    """Of 8 on hand 5 are ordered; day 1 wants 10 of the 3 left, day 2 wants 10 of 3 that come."""
    rice = _line(restocked[1], "w1", "rice")
    assert rice["orders_in_hand_units"] == 5  # r1 has left, r2 less what was cancelled
    assert rice["on_hand_units"] == 8  # batch b ends today, the older count is superseded
    assert rice["in_transit_units"] == 3  # the van comes on the 4th
    assert (rice["suggested_units"], rice["suggested_packs"]) == (10, 1)  # of 7 missing
    assert (rice["amount_yuan"], rice["supplier_name"]) == (40, "v1")
    days = [rice[day].isoformat()[:10] for day in ("order_on", "arrives_on", "next_arrival_on")]
    assert days == ["2026-09-30", "2026-10-02", "2026-10-03"]
    assert rice["flag_zh"] == ("预计10月1日售罄，早于10月2日到货，到货前约缺7件；已扣除到期批次9件")
    assert rice["exception"] == "short_before_arrival"
    assert (rice["sku_name"], rice["category"]) == ("大米", "粮油")
    assert rice["expected_profit_yuan"] == round(7 * 1 - 3 * 4 * 0.0008, 2)


def test_projected_stock(restocked: tuple[LinliHome, pd.DataFrame]) -> None:
    days = read(restocked[0], RESTOCK_PROJECTION, AS_OF).set_index("sku_id").loc["rice"]
    assert days["demand_units"].tolist() == [10, 10]
    assert days["arriving_units"].tolist() == [0, 13]
    assert days["stock_units"].tolist() == [0, 3]
    assert days["stock_without_order_units"].tolist() == [0, 0]
    assert days["short_share"].tolist() == [1, 1]


def test_presale_line_is_the_orders_of_the_day(restocked: tuple[LinliHome, pd.DataFrame]) -> None:
    fish = _line(restocked[1], "w1", "fish")
    assert fish["suggested_units"] == 5
    assert fish["orders_in_hand_units"] == 5
    assert pd.isna(fish["forecast_72h_units"])
    assert "无需求预测" in fish["flag_zh"]


def test_an_old_count_of_kilograms(restocked: tuple[LinliHome, pd.DataFrame]) -> None:
    egg = _line(restocked[1], "w1", "egg")
    assert egg["on_hand_units"] == 2.5
    assert egg["suggested_units"] == pytest.approx(3.0)  # 2.5 are sold on day 1
    assert "库存为4天前盘点" in egg["flag_zh"]
    assert pd.isna(egg["suggested_packs"])


def test_no_demand_still_has_a_line(restocked: tuple[LinliHome, pd.DataFrame]) -> None:
    assert _line(restocked[1], "w2", "egg")["no_order_reason"] == "no_demand"
    assert "库存文件无此商品" in _line(restocked[1], "w2", "egg")["flag_zh"]


def test_nothing_later_changes_a_bit(
    tmp_path: Path, restocked: tuple[LinliHome, pd.DataFrame]
) -> None:
    tables = _platform()
    tables["orders"] += [
        _order("x1", "2026-09-30 23:00", "rice", 90, unit_price_yuan=50),
        _order("x2", "2026-10-01 10:00", "fish", 90),
    ]
    tables["orders"][1] |= {"order_status": "shipped", "updated_at": at("2026-10-01 06:00")}
    tables["logistics"] += [
        {"shipment_id": "x1", "order_id": "r2", "dispatched_at": at("2026-10-01 06:00")},
        {"shipment_id": "x2", "order_id": "f2", "dispatched_at": at("2026-10-01 06:00")},
    ]
    tables["stock"].append(_count("rice", "2026-09-30 23:00", 500))
    tables["demand_forecast"] += _forecast("w1", "rice", 1.0, date(2026, 10, 1))
    home, later = _restocked(tmp_path, tables)
    pd.testing.assert_frame_equal(restocked[1], later, check_exact=True)
    days = [read(each, RESTOCK_PROJECTION, AS_OF) for each in (restocked[0], home)]
    pd.testing.assert_frame_equal(*days, check_exact=True)


def test_a_count_below_0_is_nothing_and_is_said(tmp_path: Path) -> None:
    counts = [_count("rice", "2026-09-30 21:00", -4), _count("rice", "2026-09-29 21:00", 70)]
    _, lines = _restocked(tmp_path, _platform() | {"stock": counts})
    rice = _line(lines, "w1", "rice")
    assert rice["on_hand_units"] == 0
    assert rice["suggested_units"] == 20  # 5 are ordered, 10 are wanted on day 2
    assert "盘点数为负，按0计，请核对库存" in rice["flag_zh"]


def test_a_line_tells_the_last_four_weeks(tmp_path: Path) -> None:
    days = [
        {"as_of": AS_OF, "warehouse_id": "w1", "sku_id": "rice", "day": date(2026, 9, day),
         "sold_units": sold, "demand_units": wanted, "in_stock_share": share}
        for day, sold, wanted, share in ((2, 900, 900, 0), (3, 5, 7, 0.5), (30, 7, 7, 1))
    ]  # fmt: skip
    _, lines = _restocked(tmp_path, _platform() | {"demand_day": days})
    rice = _line(lines, "w1", "rice")
    assert (rice["sold_mean_28d_units"], rice["demand_mean_28d_units"]) == (6, 7)
    assert rice["out_of_stock_days_28d"] == 1


def test_a_known_status_closes_an_order_without_logistics(tmp_path: Path) -> None:
    tables = _platform() | {"logistics": []}
    statuses = [("completed", "2026-09-30 09:00"), ("paid", "2026-09-30 10:00"), ("paid", None)]
    for row, (status, when) in zip(tables["orders"], statuses, strict=False):
        row |= {"order_status": status, "updated_at": at(when) if when else None}
    _, lines = _restocked(tmp_path, tables)
    assert _line(lines, "w1", "rice")["orders_in_hand_units"] == 5
    assert _line(lines, "w1", "fish")["orders_in_hand_units"] == 5


def test_without_logistics_or_status_only_presale_is_in_hand(tmp_path: Path) -> None:
    home, lines = _restocked(tmp_path, _platform() | {"logistics": []})
    assert _line(lines, "w1", "rice")["orders_in_hand_units"] == 0
    assert _line(lines, "w1", "fish")["orders_in_hand_units"] == 5
    assert fallback_codes(home, "restock_lines", AS_OF) == ["orders_in_hand_unknown"]
    with home.lakehouse.session(FALLBACKS) as session:
        (message,) = session.rows("select message from fallbacks where step = 'restock_lines'")[0]
    # two of rice and two of fish; the third of rice is older than a week
    assert message.startswith("4 order lines of the last 7 days have no shipment and no status")


def test_without_a_stock_file_every_line_says_so(tmp_path: Path) -> None:
    home, lines = _restocked(tmp_path, _platform() | {"stock": []})
    presale = lines["fulfilment_mode"] == "presale"
    assert (lines["flag_zh"].str.contains("无库存文件") == ~presale).all()
    assert lines["on_hand_units"].isna().all()
    assert _line(lines, "w1", "rice")["suggested_units"] == 20  # 10 on day 2, 5 ordered
    assert "no_stock_file" in fallback_codes(home, "restock_lines", AS_OF)


def test_without_products_the_order_line_tells_the_mode(tmp_path: Path) -> None:
    tables = _platform() | {"products": []}
    for row in tables["orders"]:
        if row["sku_id"] == "fish":
            row |= {"fulfilment_mode": "presale", "sku_name": "鲈鱼"}
    home, lines = _restocked(tmp_path, tables)
    assert lines["fulfilment_mode"].tolist() == ["prestock", "presale", "prestock", "prestock"]
    assert "履约方式未知" in _line(lines, "w1", "rice")["flag_zh"]
    assert "履约方式未知" not in _line(lines, "w1", "fish")["flag_zh"]
    assert _line(lines, "w1", "fish")["sku_name"] == "鲈鱼"
    assert "no_pack_size" in fallback_codes(home, "restock_lines", AS_OF)


def test_nothing_at_all_is_an_empty_list(tmp_path: Path) -> None:
    home, lines = _restocked(tmp_path, {"orders": []})
    assert lines.empty
    assert fallback_codes(home, "restock_lines", AS_OF) == ["nothing_to_restock"]


def test_without_a_lead_time_the_default_is_used_and_said(tmp_path: Path) -> None:
    nobody = {"supply_options": [], "lead_times": []}
    home, lines = _restocked(tmp_path, _platform() | nobody)
    rice = _line(lines, "w1", "rice")
    assert rice["arrives_on"] == pd.Timestamp("2026-10-05")
    assert "到货周期未知，用默认值" in rice["flag_zh"]
    assert "no_lead_time" in fallback_codes(home, "restock_lines", AS_OF)


def test_awaited_purchase_orders_take_the_place_of_the_counted_transit(tmp_path: Path) -> None:
    """Of 20 ordered yesterday, all arrive two days after the order: on 1 October."""
    order = {"po_id": "p1", "supplier_id": "v1", "warehouse_id": "w1", "sku_id": "rice"}
    late = order | {"po_id": "p0", "ordered_at": at("2026-09-20 10:00"), "ordered_units": 500}
    rows = [order | {"ordered_at": at("2026-09-29 10:00"), "ordered_units": 20}, late]
    home, lines = _restocked(tmp_path, _platform() | {"purchase_orders": rows})
    rice = _line(lines, "w1", "rice")
    # the count's 3 and 30 do not count, nor an order that is later than any lead time
    assert rice["in_transit_units"] == 20
    with home.lakehouse.session(RESTOCK_PROJECTION) as session:
        arriving = session.rows(
            "select day, arriving_units from restock_projection where sku_id = 'rice' order by day"
        )
    assert arriving[0] == (date(2026, 10, 1), 20.0)
