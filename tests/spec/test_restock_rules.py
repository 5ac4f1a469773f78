"""Restock rules as a table a supply-chain person can read: one line of the list per row.

Each row changes one thing of the same SKU: 36 pieces are expected in 72 hours (90 % quantile 52),
12 on day one (90 % quantile 20); boxes of 10; 12 on hand, nothing on its way; front warehouse.
"""

# ruff: noqa: E501 - a drawn table is read across

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data_contracts.tables.demand import quantile_column
from models.params.replenishment import RestockParams
from models.replenishment.policy import FACTS, restock

NO = np.nan
PERCENTS = (10, 25, 50, 75, 83.3, 90, 95)
# mean, then the quantiles; that of 83.3 % on the straight line between its neighbours
FORECAST = {
    "sum_72h": (36.0, 20.0, 28.0, 35.0, 44.0, 44 + 8 * 8.3 / 15, 52.0, 60.0),
    "day_1": (12.0, 4.0, 8.0, 11.0, 15.0, 15 + 5 * 8.3 / 15, 20.0, 24.0),
    "day_2": (12.0, 4.0, 8.0, 11.0, 15.0, 15 + 5 * 8.3 / 15, 20.0, 24.0),
}
COLUMNS = ("mean_units", *(quantile_column(percent) for percent in PERCENTS))
USUAL = {
    "warehouse_id": "w1",
    "sku_id": "s1",
    "fulfilment_mode": "instant",
    "sale_unit": "piece",
    "pack_size_units": 10.0,
    "shelf_life_days": 30.0,
    "last_offer_on": None,
    "days_on_offer": NO,
    "lead_time_days": 1.0,
    "cost_yuan": NO,
    "price_yuan": NO,
    "orders_in_hand_units": 0.0,
    "presale_orders_units": 0.0,
    "on_hand_units": 12.0,
    "expired_units": 0.0,
    "in_transit_day_1_units": 0.0,
    "in_transit_day_2_units": 0.0,
    "in_transit_day_3_units": 0.0,
    "in_transit_undated_units": 0.0,
    "stock_age_days": 0.0,
    "has_stock_file": True,
    "forecast_fallback": None,
}
NO_STOCK_FILE = {
    "has_stock_file": False,
    "stock_age_days": NO,
    "expired_units": NO,
} | dict.fromkeys([name for name in FACTS if name.startswith(("on_hand", "in_transit"))], NO)
# two pieces are expected in 72 hours, none is on hand, boxes of 100
SLOW = {
    f"{horizon}_{name}": 3.0 if horizon == "sum_72h" else 1.0
    for horizon in FORECAST
    for name in COLUMNS
} | {"on_hand_units": 0.0, "pack_size_units": 100.0, "fulfilment_mode": "prestock"}
PRICED = {"cost_yuan": 4.0, "price_yuan": 9.0}
ENDS = {"last_offer_on": pd.Timestamp("2026-09-06"), "days_on_offer": 1.0}
ENDED = {"last_offer_on": pd.Timestamp("2026-09-03"), "days_on_offer": -2.0}
NO_FORECAST = {f"sum_72h_{name}": NO for name in COLUMNS}


def _line(**changes: object) -> pd.Series:
    row: dict[str, object] = dict(USUAL)
    for horizon, values in FORECAST.items():
        row |= {f"{horizon}_{name}": value for name, value in zip(COLUMNS, values, strict=True)}
    unknown = set(changes) - set(row)
    assert not unknown, unknown
    return restock(pd.DataFrame([row | changes])).iloc[0]


# what is different                      the change                                  units  packs  reason / flag says
TABLE = [
    ("packs are rounded up",             {},                                            40,     4, "缺40件，按箱规10件取整为4箱"),
    ("one piece more, one box more",     {"on_hand_units": 11.0},                       50,     5, "缺41件，按箱规10件取整为5箱"),
    ("on hand covers it",                {"on_hand_units": 60.0},                        0,     0, "本次无需补货"),
    ("just enough is enough",            {"on_hand_units": 52.0},                        0,     0, "本次无需补货"),
    ("in transit, in time",              {"in_transit_day_3_units": 15.0},              30,     3, "在途15件"),
    ("in transit, arriving too late",    {"in_transit_day_3_units": 0.0},               40,     4, "在途0件"),
    ("in transit without a date",        {"in_transit_undated_units": 15.0},            40,     4, "在途15件无到货日，未计入"),
    ("a batch has expired",              {"on_hand_units": 0.0, "expired_units": 12.0}, 60,     6, "已扣除到期批次12件"),
    ("an old count is used, and said",   {"stock_age_days": 3.0},                       40,     4, "库存为3天前盘点"),
    ("no stock file",                    NO_STOCK_FILE,                                 60,     6, "无库存文件，在库按0计"),
    ("SKU not in the stock file",        NO_STOCK_FILE | {"has_stock_file": True},      60,     6, "库存文件无此商品，在库按0计"),
    ("orders wait to be delivered",      {"orders_in_hand_units": 5.0},                 50,     5, "已下单未履约5件"),
    ("keeps one day: one day is bought", {"shelf_life_days": 1.0},                      10,     1, "预计1天（受保质期限制）需求12件（90%分位20件）"),
    ("keeps one day: in transit day 1",  {"shelf_life_days": 1.0,
                                          "in_transit_day_3_units": 9.0},               10,     1, "在途0件"),
    ("no cost: the mode's level",        {},                                            40,     4, "缺售价或成本，用默认服务水平"),
    ("no cost: prestock covers less",    {"fulfilment_mode": "prestock"},               40,     4, "80%分位47件"),
    ("fat margin covers more",           {"cost_yuan": 2.0, "price_yuan": 9.0},         50,     5, "93%分位58件"),
    ("thin margin covers the median",    {"cost_yuan": 9.0, "price_yuan": 9.5},         30,     3, "50%分位35件"),
    ("sold at a loss",                   {"cost_yuan": 9.0, "price_yuan": 8.0},         30,     3, "售价不高于成本"),
    ("no pack size: whole pieces",       {"pack_size_units": NO,
                                          "on_hand_units": 11.4},                       41,    41, "箱规未知，按1件取整"),
    ("kilograms keep two decimals",      {"sale_unit": "kg", "pack_size_units": NO,
                                          "on_hand_units": 11.655},                  40.35,    NO, "缺40.34公斤，补40.35公斤"),
    ("kilograms in sacks of 2.5",        {"sale_unit": "kg", "pack_size_units": 2.5,
                                          "on_hand_units": 11.655},                   42.5,    17, "按箱规2.5公斤取整为17箱"),
    ("unknown mode is prestock, said",   {"fulfilment_mode": None},                     40,     4, "履约方式未知，按备货"),
    ("short history",                    {"forecast_fallback": "历史不足14天"},           40,     4, "预测降级：历史不足14天"),
    ("short history, by its code",       {"forecast_fallback": "short_history"},         40,     4, "预测降级：新品历史过短"),
    ("arrives after the horizon",        {"lead_time_days": 5.0},                       40,     4, "到货周期5天，超过72小时"),
    ("a box that would spoil: none",     SLOW | {"shelf_life_days": 2.0},                0,     0, "缺2件，一箱100件约98件卖不完，不补"),
    ("the same, said as a warning",      SLOW | {"shelf_life_days": 2.0},                0,     0, "保质期2天内卖不完一整箱"),
    ("the same with prices",             SLOW | PRICED | {"shelf_life_days": 2.0},       0,     0, "不补"),
    ("keeps for a year: sold in time",   SLOW | {"shelf_life_days": 365.0},            100,     1, "缺3件，按箱规100件取整为1箱"),
    ("keeps 60 days: most is sold",      SLOW | {"shelf_life_days": 60.0},             100,     1, "保质期60天内约40件卖不完，将损耗"),
    ("keeps 40 days: more spoils",       SLOW | {"shelf_life_days": 40.0},               0,     0, "约60件卖不完，不补"),
    ("keeps 40 days, a fat margin",      SLOW | {"shelf_life_days": 40.0, "cost_yuan": 1.0,
                                          "price_yuan": 9.0},                          100,     1, "保质期40天内约60件卖不完，将损耗"),
    ("ordered already: the box comes",   SLOW | {"shelf_life_days": 2.0,
                                          "orders_in_hand_units": 1.0},                100,     1, "保质期2天内约97件卖不完，将损耗"),
    ("the last box of several",          {"shelf_life_days": 1.0, "on_hand_units": 8.0}, 10,    1, "缺12件，再加一箱10件约8件卖不完，只补1箱"),
    ("a sack of 25 kg that spoils",      SLOW | {"shelf_life_days": 2.0, "sale_unit": "kg",
                                          "pack_size_units": 25.0},                      0,     0, "缺2公斤，一箱25公斤约23公斤卖不完，不补"),
    ("one piece is the least",           SLOW | {"shelf_life_days": 1.0,
                                          "pack_size_units": 1.0},                       1,     1, "缺1件，补1件"),
    ("off offer in a day: no box more",  SLOW | ENDS,                                    0,     0, "下架前卖不完一整箱"),
    ("off offer in a day, said",         ENDS,                                          40,     4, "9月6日后下架，之后不计需求"),
    ("off offer: orders are fulfilled",  NO_FORECAST | ENDED | {"orders_in_hand_units": 20.0}, 10, 1, "9月3日已下架，不再计需求，只补已下单量"),
    ("off offer, stock is left",         NO_FORECAST | ENDED | {"orders_in_hand_units": 2.0}, 0, 0, "本次无需补货"),
    ("no forecast, orders in hand",      NO_FORECAST | {"orders_in_hand_units": 20.0},  10,     1, "无需求预测"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "units", "packs", "says"),
    [row[1:] for row in TABLE],
    ids=[str(row[0]) for row in TABLE],
)
def test_stocked(change: dict[str, object], units: float, packs: float, says: str) -> None:
    line = _line(**change)
    assert line["suggested_units"] == pytest.approx(units)
    assert line["suggested_packs"] == packs or (
        np.isnan(packs) and np.isnan(line["suggested_packs"])
    )
    assert says in f"{line['reason_zh']}；{line['flag_zh']}"


# what is different                    orders  on hand  pack  units
PRESALE = [
    ("before anybody ordered",               0,      0,    1,     0),
    ("after the cut-off: what was ordered", 23,      0,    1,    23),
    ("left-overs are used first",           23,      8,    1,    15),
    ("left-overs cover it",                 23,     30,    1,     0),
    ("boxes of ten are broken",             23,      0,   10,    23),
]  # fmt: skip


@pytest.mark.parametrize(
    ("orders", "on_hand", "pack", "units"),
    [row[1:] for row in PRESALE],
    ids=[str(row[0]) for row in PRESALE],
)
def test_presale(orders: float, on_hand: float, pack: float, units: float) -> None:
    line = _line(
        fulfilment_mode="presale",
        presale_orders_units=float(orders),
        orders_in_hand_units=99.0,
        on_hand_units=float(on_hand),
        pack_size_units=float(pack),
        in_transit_day_3_units=50.0,
    )
    assert line["suggested_units"] == units
    assert line["orders_in_hand_units"] == orders
    assert line["forecast_72h_units"] == 36
    assert f"本业务日已下单{orders}件" in line["reason_zh"]
    assert "预计72小时需求36件，仅供供应商备货参考" in line["reason_zh"]
    assert line["suggested_packs"] == pytest.approx(units / pack)
    assert np.isnan(line["target_units"])
    assert np.isnan(line["service_level"])


def test_the_whole_sentence() -> None:
    line = _line()
    assert line["reason_zh"] == (
        "预计72小时需求36件（90%分位52件），在库12件、在途0件，缺40件，按箱规10件取整为4箱"
    )
    assert line["flag_zh"] == "缺售价或成本，用默认服务水平"


def test_a_line_with_nothing_to_warn_of_has_no_flag() -> None:
    assert _line(cost_yuan=2.0, price_yuan=9.0)["flag_zh"] is None


def test_waste_makes_fresh_food_more_cautious_than_dry_goods() -> None:
    fresh = _line(cost_yuan=6.0, price_yuan=10.0, shelf_life_days=5.0)
    dry = _line(cost_yuan=6.0, price_yuan=10.0, shelf_life_days=300.0)
    params = RestockParams()
    assert fresh["service_level"] == pytest.approx(4 / (4 + 6 * 0.5))
    assert dry["service_level"] == pytest.approx(4 / (4 + 6 * params.waste_share_lasting))
    assert fresh["suggested_units"] < dry["suggested_units"]


def test_presale_says_what_part_of_a_box_it_is() -> None:
    line = _line(fulfilment_mode="presale", presale_orders_units=23.0, on_hand_units=0.0)
    assert "补23件（合2.3箱，不取整）" in line["reason_zh"]


def test_presale_goods_are_not_expected_in_the_stock_file() -> None:
    flags = _line(**NO_STOCK_FILE | {"has_stock_file": True, "fulfilment_mode": "presale"})[
        "flag_zh"
    ]
    assert flags is None


def test_what_is_not_said_of_a_sku_is_filled_in() -> None:
    line = _line(fulfilment_mode=None, sale_unit=None, pack_size_units=NO)
    assert (line["fulfilment_mode"], line["sale_unit"]) == ("prestock", "piece")
    assert line["pack_size_units"] == 1
    assert np.isnan(_line(sale_unit="kg", pack_size_units=NO)["pack_size_units"])


LOSS = {"cost_yuan": 9.0, "price_yuan": 8.0}
KEEPS = "shelf_life_days"

# a box of 100, of which 3 are needed, then one a day     the change             sells  units  unsold  left out
BOXES = [
    ("half of it sells in time: it comes",    SLOW | {KEEPS: 50.0},                  50.0,  100,   50,     0),
    ("a piece less than half: no box",        SLOW | {KEEPS: 49.0},                  49.0,    0,    0,    51),
    ("it earns 5 and costs 4: 45 are enough", SLOW | PRICED | {KEEPS: 45.0},         45.0,  100,   55,     0),
    ("44 are not",                            SLOW | PRICED | {KEEPS: 44.0},         44.0,    0,    0,    56),
    ("at a loss, all of it sells",            SLOW | LOSS | {KEEPS: 100.0},         100.0,  100,    0,     0),
    ("at a loss, one does not",               SLOW | LOSS | {KEEPS: 99.0},           99.0,    0,    0,     1),
    ("offered for ten days only",             SLOW | ENDS | {"days_on_offer": 10.0}, 10.0,    0,    0,    90),
    ("off offer by now",                      SLOW | ENDS | {"days_on_offer": -2.0}, 0.0,    0,    0,    97),
    ("its last day is today",                 SLOW | ENDS | {"days_on_offer": 0.0},  0.0,    0,    0,    97),
    ("keeps for two days: two are needed",    SLOW | {KEEPS: 2.0},                    2.0,    0,    0,    98),
    ("no end is known",                       SLOW | {KEEPS: NO},                      NO,  100,    0,     0),
    ("two are ordered",                       SLOW | {KEEPS: 3.0, "orders_in_hand_units": 2.0},
                                                                                      3.0,  100,   95,     0),
    ("two are ordered and on hand",           SLOW | {KEEPS: 3.0, "orders_in_hand_units": 2.0,
                                                      "on_hand_units": 2.0},          3.0,    0,    0,    97),
    ("two are ordered and on their way",      SLOW | {KEEPS: 3.0, "orders_in_hand_units": 2.0,
                                                      "in_transit_day_3_units": 2.0}, 3.0,    0,    0,    97),
    ("nothing is needed",                     SLOW | {"on_hand_units": 3.0},         30.0,    0,    0,     0),
    ("boxes of ten, the last one sells",      {},                                    30.0,   40,    0,     0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "sells", "units", "unsold", "left_out"),
    [row[1:] for row in BOXES],
    ids=[str(row[0]) for row in BOXES],
)
def test_the_last_box_comes_if_it_earns_more_than_it_loses(
    change: dict[str, object], sells: float, units: float, unsold: float, left_out: float
) -> None:
    line = _line(**change)
    assert line["selling_days"] == sells or (np.isnan(sells) and np.isnan(line["selling_days"]))
    found = [line[name] for name in ("suggested_units", "unsold_units", "left_out_units")]
    assert found == pytest.approx([units, unsold, left_out])


def test_parts_of_boxes_are_stated_in_millionths() -> None:
    third = _line(fulfilment_mode="presale", presale_orders_units=1.0, on_hand_units=0.0,
                  pack_size_units=3.0)  # fmt: skip
    assert (third["suggested_units"], third["suggested_packs"]) == (1, 0.333333)
    needed = _line(sale_unit="kg", pack_size_units=NO, on_hand_units=52 - 1 / 3)
    assert (needed["need_units"], needed["suggested_units"]) == (0.3333, 0.34)


def test_orders_and_stock_that_are_not_known_count_as_none() -> None:
    line = _line(orders_in_hand_units=NO, on_hand_units=NO, in_transit_day_3_units=NO)
    assert (line["orders_in_hand_units"], line["need_units"]) == (0, 52)
    assert np.isnan(line["in_transit_units"])
