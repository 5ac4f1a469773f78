"""Restock rules as a table a supply-chain person can read: one line of the list per row.

Each row changes one thing of the same SKU: 10 pieces a day, 12 on hand, packs of 5, bought at 4
yuan, sold at 9, keeps 30 days. This order arrives on 2 October (day 2), the next one on 5 October
(day 5): what is ordered today is to last for the days 2, 3 and 4. Need = demand of these days that
finds no stock. Of the 12 on hand 2 are left after day 1, so it is 30 − 2 = 28: 6 packs of 5.
"""

# ruff: noqa: E501 - a drawn table is read across

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from models.params.replenishment import RestockParams
from tests.restock_case import EVEN, NO, decided, line

NO_STOCK_FILE = {
    "has_stock_file": False,
    "stock_age_days": NO,
    "expired_units": NO,
    "in_transit_undated_units": NO,
    "on_hand_units": NO,
}
NO_FORECAST = {"daily_units": NO, "forecast_72h_units": NO}
ENDS = {"last_offer_on": pd.Timestamp("2026-10-03"), "days_on_offer": 3.0}
ENDED = NO_FORECAST | {"last_offer_on": pd.Timestamp("2026-09-28"), "days_on_offer": -2.0}
KG = {"sale_unit": "kg", "pack_size_units": NO, "on_hand_units": 11.655}

# what is different                        the change                                      units  packs  reason / flag says
TABLE = [
    ("28 short: 6 packs",                  {},                                               30,   6, "补30件（6箱），补后缺货概率0%"),
    ("25 short: 5 packs",                  {"on_hand_units": 15.0},                          25,   5, "在库15件、在途0件，补25件（5箱）"),
    ("on hand lasts until 5 October",      {"on_hand_units": 40.0},                           0,   0, "不补：库存和在途够卖"),
    ("1 short earns 5 yuan",               {"on_hand_units": 39.0},                           5,   1, "补5件（1箱）"),
    ("1 short earns 0.9: not worth it",    {"on_hand_units": 39.0, "price_yuan": 4.9},        0,   0, "不补：补一箱不划算"),
    ("20 arrive tomorrow: 8 short",        {"arriving": {1: 20}},                            10,   2, "在途20件，补10件"),
    ("20 arrive on day 4: 8 + 10 short",   {"arriving": {4: 20}},                            20,   4, "在途20件，补20件"),
    ("arriving after the next order",      {"arriving": {5: 20}},                            30,   6, "在途0件"),
    ("in transit without a date",          {"in_transit_undated_units": 15.0},               30,   6, "在途15件无到货日，未计入"),
    ("all has expired: 30 short",          {"on_hand_units": 0.0, "expired_units": 12.0},    30,   6, "已扣除到期批次12件"),
    ("and day 1 is lost",                  {"on_hand_units": 0.0},                           30,   6, "预计10月1日售罄，早于10月2日到货，到货前约缺10件"),
    ("2 of 12 expire after day 1",         {"on_hand_units": 12.0, "expiring": {1: 12}},     30,   6, "现有库存约2件卖不完会过期"),
    ("yesterday's count is used, said",    {"stock_age_days": 1.0},                          30,   6, "库存为1天前盘点"),
    ("no stock file: 0 on hand",           NO_STOCK_FILE,                                    30,   6, "无库存文件，在库按0计"),
    ("not counted, but 20 are coming",     NO_STOCK_FILE | {"arriving": {2: 20}},            10,   2, "在库未知按0计、在途20件"),
    ("SKU not in the stock file",          NO_STOCK_FILE | {"has_stock_file": True},         30,   6, "库存文件无此商品，在库按0计"),
    ("counted below 0: 0, and said",       {"on_hand_units": 0.0, "has_negative_count": True}, 30, 6, "盘点数为负，按0计，请核对库存"),
    ("30 on hand: 10 short",               {"on_hand_units": 30.0},                          10,   2, "在库30件"),
    ("5 of the 30 are ordered: 15 short",  {"on_hand_units": 30.0, "orders_in_hand_units": 5.0}, 15, 3, "已下单未履约5件"),
    ("20 ordered, 12 there: 8 + 30 short", {"orders_in_hand_units": 20.0},                   40,   8, "已下单未履约20件"),
    ("keeps a day: day 2 is bought",       {"shelf_life_days": 1.0},                         10,   2, "现有库存约2件卖不完会过期"),
    ("no shelf life at all: as one day",   {"shelf_life_days": 0.0},                         10,   2, "补10件"),
    ("keeps two: 18 short, 2 spoil",       {"shelf_life_days": 2.0},                         20,   4, "补20件"),
    ("the same at 5 yuan: not that pack",  {"shelf_life_days": 2.0, "price_yuan": 5.0},      15,   3, "补15件"),
    ("no price: the mode's service level", {"price_yuan": NO},                               30,   6, "缺售价或成本，用默认服务水平"),
    ("two suppliers, another pack size",   {"supply_flags": "several_suppliers|pack_changed"}, 30,  6, "有多个供应商；箱规有变更"),
    ("sold at a loss",                     {"price_yuan": 3.0},                              30,   6, "售价不高于成本，按低服务水平补货"),
    ("short before: the price of buying at once", {"emergency_cost_yuan": 5.5, "on_hand_units": 0.0}, 30, 6, "到货前约缺10件，紧急采购价5.5元"),
    ("no pack size: whole pieces",         {"pack_size_units": NO},                          28,  28, "箱规未知，按1件取整"),
    ("kilograms in hundredths",            KG,                                            28.35,  NO, "在库11.655公斤、在途0公斤，补28.35公斤"),
    ("kilograms in sacks of 2.5",          KG | {"pack_size_units": 2.5},                    30,  12, "补30公斤（12箱）"),
    ("a step of 4 and packs of 5: 20s",    {"order_step_units": 4.0},                        40,   8, "补40件（8箱）"),
    ("at least 50: bought, kept",          {"min_order_units": 50.0},                        50,  10, "补50件（10箱）"),
    ("at least 50, 22 of them spoil",      {"min_order_units": 50.0, "shelf_life_days": 3.0}, 50, 10, "本单约22件卖不完，将损耗"),
    ("the same at 5 yuan: none",           {"min_order_units": 50.0, "shelf_life_days": 3.0,
                                            "price_yuan": 5.0},                               0,   0, "不补：补一箱不划算"),
    ("no more than 20",                    {"max_order_units": 20.0},                        20,   4, "补20件（4箱），补后缺货概率100%"),
    ("at least 50, no more than 20",       {"min_order_units": 50.0, "max_order_units": 20.0}, 0,  0, "不补：起订量超过可供上限"),
    ("the same with paid orders",          {"min_order_units": 50.0, "max_order_units": 20.0,
                                            "orders_in_hand_units": 20.0},                    0,   0, "不补：起订量超过可供上限"),
    ("supplier paused",                    {"is_paused": True},                               0,   0, "不补：供应商暂停供货"),
    ("unknown mode is prestock, said",     {"fulfilment_mode": None},                        30,   6, "履约方式未知，按备货"),
    ("short history",                      {"forecast_fallback": "short_history"},           30,   6, "预测降级：新品历史过短"),
    ("four days: it arrives too late",     {"lead_days": 4},                                 30,   6, "预计10月2日售罄，早于10月4日到货，到货前约缺18件"),
    ("arrives after the days ahead",       {"lead_days": 40},                                10,   2, "下次到货晚于28天，只算28天内"),
    ("no lead time known",                 {"lead_time_source": "default"},                  30,   6, "到货周期未知，用默认值"),
    ("cut-off over: leaves on Saturday",   {"cutoff_minutes": 16 * 60},                      40,   8, "本单10月5日到货，下一单10月9日到货，至10月9日预计需求80件"),
    ("nobody delivers on 2 October",       {"closed_days": (date(2026, 10, 2),)},            20,   4, "本单10月3日到货"),
    ("delivers on Sundays and Mondays",    {"delivery_weekdays": (1, 7)},                    10,   2, "本单10月4日到货，下一单10月5日到货"),
    ("off offer after day 3: 18 short",    ENDS,                                             20,   4, "10月3日后下架，之后不计需求"),
    ("demand ends with it",                ENDS,                                             20,   4, "至10月5日预计需求30件"),
    ("off offer before it arrives",        {"last_offer_on": pd.Timestamp("2026-10-01"),
                                            "days_on_offer": 1.0},                            0,   0, "不补：到货时已下架"),
    ("off offer: 8 paid ones are bought",  ENDED | {"orders_in_hand_units": 20.0},           10,   2, "9月28日已下架，不再计需求，只补已下单量"),
    ("off offer, stock is left",           ENDED | {"orders_in_hand_units": 2.0},             0,   0, "不补：已下架"),
    ("no forecast: 8 paid ones",           NO_FORECAST | {"orders_in_hand_units": 20.0},     10,   2, "无需求预测"),
    ("no forecast, nothing ordered",       NO_FORECAST,                                       0,   0, "不补：没有需求预测"),
    ("nobody will buy it",                 {"daily_units": 0.0},                              0,   0, "不补：预计没有需求"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "units", "packs", "says"),
    [row[1:] for row in TABLE],
    ids=[str(row[0]) for row in TABLE],
)
def test_stocked(change: dict[str, object], units: float, packs: float, says: str) -> None:
    found = line(**change)
    assert found["suggested_units"] == pytest.approx(units)
    assert found["suggested_packs"] == packs or (
        np.isnan(packs) and np.isnan(found["suggested_packs"])
    )
    assert says in f"{found['reason_zh']}；{found['flag_zh']}"


def test_where_missing_units_are_bought_at_once_an_order_saves_the_extra_cost() -> None:
    """2 fen a piece on 28 pieces are less than a line costs; half a yuan is more."""
    params = RestockParams(buys_at_once=True)
    units = [
        decided([{"emergency_cost_yuan": yuan}], params).lines["suggested_units"].iloc[0]
        for yuan in (4.02, 4.5)
    ]
    assert units == [0, 30]


# Any demand from 0 to 60 of the three days is as likely as any other; it keeps these three days and
# nothing is on hand. Up to 60 × margin ÷ price the next unit pays (newsvendor); packs of 6.
DICED = {
    "factors": EVEN,
    "on_hand_units": 0.0,
    "shelf_life_days": 3.0,
    "pack_size_units": 6.0,
}
# what is different                      the change                                       units
MARGINS = [
    ("margin 4 of 8: half of 60",        {"cost_yuan": 4.0, "price_yuan": 8.0},             30),
    ("margin 8 of 10: four fifths",      {"cost_yuan": 2.0, "price_yuan": 10.0},            48),
    ("margin 3 of 10: three tenths",     {"cost_yuan": 7.0, "price_yuan": 10.0},            18),
    ("margin 9.9 of 10: at most 95 %",   {"cost_yuan": 0.1, "price_yuan": 10.0},            60),
    ("half a yuan of 9.5: not a pack",   {"cost_yuan": 9.0, "price_yuan": 9.5},              0),
    ("no cost known, prestock: 80 %",    {"cost_yuan": NO},                                 48),
    ("no cost known, instant: 90 %",     {"cost_yuan": NO, "fulfilment_mode": "instant"},   54),
    ("sold at a loss: 50 %",             {"cost_yuan": 9.0, "price_yuan": 8.0},             30),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "units"), [row[1:] for row in MARGINS], ids=[str(row[0]) for row in MARGINS]
)
def test_margin_and_waste_decide_how_much_of_the_demand_is_covered(
    change: dict[str, object], units: float
) -> None:
    assert line(**DICED | change)["suggested_units"] == units


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
    found = line(
        fulfilment_mode="presale",
        presale_orders_units=float(orders),
        orders_in_hand_units=99.0,
        on_hand_units=float(on_hand),
        pack_size_units=float(pack),
        arriving={1: 50},
    )
    assert found["suggested_units"] == units
    assert found["orders_in_hand_units"] == orders
    assert f"本业务日已下单{orders}件" in found["reason_zh"]
    assert "预计72小时需求30件，仅供供应商备货参考" in found["reason_zh"]
    assert found["suggested_packs"] == pytest.approx(units / pack)
    assert found["amount_yuan"] == 4 * units
    assert np.isnan(found["cover_mean_units"])
    assert pd.isna(found["sold_out_on"])


@pytest.mark.parametrize("kilograms", [3.06, 0.3, 12.345, 2.0])
def test_presale_kilograms_are_ordered_as_they_were_ordered(kilograms: float) -> None:
    change = {"sale_unit": "kg", "pack_size_units": NO, "on_hand_units": 0.0}
    found = line(fulfilment_mode="presale", presale_orders_units=kilograms, **change)
    assert found["suggested_units"] == kilograms
    assert f"补{kilograms:g}公斤" in found["reason_zh"]


def test_the_whole_sentence() -> None:
    found = line()
    assert found["reason_zh"] == (
        "本单10月2日到货，下一单10月5日到货，至10月5日预计需求40件（40–40件），"
        "在库12件、在途0件，补30件（6箱），补后缺货概率0%"
    )
    assert found["flag_zh"] is None


def test_the_columns_of_a_line() -> None:
    found = line()
    assert (found["amount_yuan"], found["cover_mean_units"]) == (120, 40)
    days = ("order_on", "arrives_on", "next_arrival_on", "sold_out_on")
    assert [found[day].strftime("%m-%d") for day in days] == ["09-30", "10-02", "10-05", "10-02"]
    assert found["stock_out_share"] == 0
    # 28 sold at a margin of 5; 2 kept for three days at 0.08 % of 4 yuan a day
    assert found["expected_profit_yuan"] == round(28 * 5 - 2 * 4 * 0.0008 * 3, 2)


def test_presale_says_what_part_of_a_box_it_is() -> None:
    found = line(
        fulfilment_mode="presale",
        presale_orders_units=23.0,
        on_hand_units=0.0,
        pack_size_units=10.0,
    )
    assert "补23件（合2.3箱，不取整）" in found["reason_zh"]


def test_presale_of_a_paused_supplier_is_not_ordered() -> None:
    found = line(
        fulfilment_mode="presale", presale_orders_units=23.0, on_hand_units=0.0, is_paused=True
    )
    assert found["suggested_units"] == 0
    assert "不补：供应商暂停供货" in found["reason_zh"]


def test_presale_goods_are_not_expected_in_the_stock_file() -> None:
    change = NO_STOCK_FILE | {"has_stock_file": True, "fulfilment_mode": "presale"}
    assert line(**change)["flag_zh"] is None


# what a person looks at first           the change                                        the code
EXCEPTIONS = [
    ("runs out before it can arrive",    {"on_hand_units": 0.0},                           "short_before_arrival"),
    ("20 of 30 on hand will expire",     {"on_hand_units": 30.0, "expiring": {1: 30}},     "will_expire"),
    ("10 of 20, and 30 come: a fifth",   {"on_hand_units": 20.0, "expiring": {1: 20}},     None),
    ("a tenth will expire: no",          {"on_hand_units": 11.0, "expiring": {1: 11}},     None),
    ("2.5 times the last weeks",  {"demand_mean_28d_units": 4.0},                   "far_from_last_weeks"),
    ("a third of the last weeks",         {"demand_mean_28d_units": 30.0},                  "far_from_last_weeks"),
    ("twice is not far",                 {"demand_mean_28d_units": 5.0},                   None),
    ("a count of three days ago",        {"stock_age_days": 3.0},                          "stock_unknown"),
    ("a count of two days ago: no",      {"stock_age_days": 2.0},                          None),
    ("counted below 0",                  {"has_negative_count": True},                     "stock_unknown"),
    ("not counted",                      {"on_hand_units": NO, "expiring": {29: 12}},      "stock_unknown"),
    ("a new SKU",                        {"forecast_fallback": "new_product"},             "new_sku"),
    ("the gravest first",                {"on_hand_units": 0.0, "stock_age_days": 3.0},    "short_before_arrival"),
    ("off offer runs out: no",           ENDED | {"on_hand_units": 0.0},                   None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "exception"),
    [row[1:] for row in EXCEPTIONS],
    ids=[str(row[0]) for row in EXCEPTIONS],
)
def test_what_needs_a_person(change: dict[str, object], exception: str | None) -> None:
    assert line(**change)["exception"] == exception


def test_what_is_not_said_of_a_sku_is_filled_in() -> None:
    found = line(fulfilment_mode=None, sale_unit=None, pack_size_units=NO)
    assert (found["fulfilment_mode"], found["sale_unit"]) == ("prestock", "piece")
    assert found["pack_size_units"] == 1
    assert np.isnan(line(sale_unit="kg", pack_size_units=NO)["pack_size_units"])
