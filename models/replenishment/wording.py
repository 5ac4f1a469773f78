"""Write the Chinese reason and warnings of a restock line from its figures.

Every figure is the one in its column, as rounded there. Not here: the computation of any figure
(`models.replenishment.policy`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from data_contracts.codes.demand import ForecastFallback
from data_contracts.codes.products import FulfilmentMode, SaleUnit
from data_contracts.codes.replenishment import NoOrderReason
from data_contracts.codes.supply import SupplyFlag
from models.clock import HORIZON_HOURS
from models.params.replenishment import RestockParams
from models.replenishment.demand_sums import LAST_DAY

_EPSILON_UNITS = 1e-6
# said on the line; that a supplier is paused and that a cost is unknown is said elsewhere
_SUPPLY_FLAGS = (
    SupplyFlag.SEVERAL_SUPPLIERS,
    SupplyFlag.NO_CALENDAR,
    SupplyFlag.LEAST_ABOVE_MOST,
    SupplyFlag.PACK_CHANGED,
)
UNIT_DECIMALS = 4  # of units in the exports

_REASON_COLUMNS = (
    "fulfilment_mode",
    "sale_unit",
    "arrives_on",
    "next_arrival_on",
    "cover_mean_units",
    "cover_p10_units",
    "cover_p90_units",
    "forecast_72h_units",
    "orders_in_hand_units",
    "on_hand_units",
    "in_transit_units",
    "pack_size_units",
    "suggested_packs",
    "suggested_units",
    "stock_out_share",
    "no_order_reason",
)


def figure(value: float) -> str:
    """Format a quantity with the decimals of the exports and no trailing zeros.

    >>> figure(36.0), figure(2.5), figure(0.125), figure(0.0)
    ('36', '2.5', '0.125', '0')
    """
    return f"{value:.{UNIT_DECIMALS}f}".rstrip("0").rstrip(".")


def day_zh(day: Any) -> str:
    """Format a day as month and day.

    >>> day_zh(pd.Timestamp("2026-11-05"))
    '11月5日'
    """
    moment = pd.Timestamp(day)
    return f"{moment.month}月{moment.day}日"


def reasons_zh(lines: pd.DataFrame) -> list[str]:
    """Write one sentence per line with the figures that decided."""
    sentences = []
    rows = lines[list(_REASON_COLUMNS)].to_dict(orient="records")
    for row in rows:
        unit = "公斤" if row["sale_unit"] == SaleUnit.KILOGRAM.value else "件"
        is_presale = row["fulfilment_mode"] == FulfilmentMode.PRESALE.value
        sentences.append((_presale_reason if is_presale else _stocked_reason)(row, unit))
    return sentences


def _stocked_reason(row: dict[Any, Any], unit: str) -> str:
    arrives, follows = day_zh(row["arrives_on"]), day_zh(row["next_arrival_on"])
    parts = [f"本单{arrives}到货，下一单{follows}到货"]
    if np.isnan(row["cover_mean_units"]):
        parts.append("无需求预测")
    else:
        band = f"{figure(row['cover_p10_units'])}–{figure(row['cover_p90_units'])}{unit}"
        parts.append(f"至{follows}预计需求{figure(row['cover_mean_units'])}{unit}（{band}）")
    if row["orders_in_hand_units"] > 0:
        parts.append(f"已下单未履约{figure(row['orders_in_hand_units'])}{unit}")
    parts.append(_stock_words(row, unit))
    if row["suggested_units"] > 0:
        parts.append(f"补{_quantity(row, unit)}，补后缺货概率{row['stock_out_share']:.0%}")
    else:
        parts.append(f"不补：{NoOrderReason.zh_of(row['no_order_reason'])}")
    return "，".join(parts)


def _presale_reason(row: dict[Any, Any], unit: str) -> str:
    unknown = np.isnan(row["on_hand_units"])
    stock = "在库未知按0计" if unknown else f"在库{figure(row['on_hand_units'])}{unit}"
    ordered = f"预售：本业务日已下单{figure(row['orders_in_hand_units'])}{unit}，{stock}"
    need_words = "本次无需补货"
    if row["no_order_reason"] == NoOrderReason.SUPPLIER_PAUSED.value:
        need_words = f"不补：{NoOrderReason.zh_of(row['no_order_reason'])}"
    if row["suggested_units"] > 0:
        need_words = f"补{figure(row['suggested_units'])}{unit}"
        if row["pack_size_units"] > 1:
            need_words += f"（合{figure(row['suggested_packs'])}箱，不取整）"
    if np.isnan(row["forecast_72h_units"]):
        return f"{ordered}，{need_words}"
    forecast = f"{figure(row['forecast_72h_units'])}{unit}"
    notice = f"预计{HORIZON_HOURS}小时需求{forecast}，仅供供应商备货参考"
    return f"{ordered}，{need_words}；{notice}"


def _stock_words(row: dict[Any, Any], unit: str) -> str:
    if np.isnan(row["in_transit_units"]):
        return "在库、在途未知按0计"
    on_hand = "未知按0计"
    if not np.isnan(row["on_hand_units"]):
        on_hand = f"{figure(row['on_hand_units'])}{unit}"
    return f"在库{on_hand}、在途{figure(row['in_transit_units'])}{unit}"


def _quantity(row: dict[Any, Any], unit: str) -> str:
    quantity, pack = f"{figure(row['suggested_units'])}{unit}", row["pack_size_units"]
    if np.isnan(pack) or pack == 1:
        return quantity
    return f"{quantity}（{figure(row['suggested_packs'])}箱）"


def flags_zh(
    lines: pd.DataFrame, assumed: Mapping[str, np.ndarray], params: RestockParams
) -> list[str | None]:
    """Join the warnings of each line by ；; None for a line without warnings."""
    total = len(lines)
    texts: list[list[str]] = [[] for _ in range(total)]
    for rows, words in _warnings(lines, assumed, params):
        for row in np.flatnonzero(rows):
            texts[row].append(words(int(row)))
    return ["；".join(each) or None for each in texts]


def _warnings(
    lines: pd.DataFrame, assumed: Mapping[str, np.ndarray], params: RestockParams
) -> Iterable[tuple[np.ndarray, Callable[[int], str]]]:
    """Yield pairs of affected rows and the text for a row; the most important warning first."""
    has_file = lines["has_stock_file"].to_numpy(dtype=bool)
    unknown = lines["on_hand_units"].isna().to_numpy()
    age = lines["stock_age_days"].to_numpy(dtype=float)
    fallback = lines["forecast_fallback"].fillna("").astype(str).to_numpy(dtype=object)
    stocked = (lines["fulfilment_mode"] != FulfilmentMode.PRESALE.value).to_numpy()
    unit = np.where(lines["sale_unit"] == SaleUnit.KILOGRAM.value, "公斤", "件")
    days_on_offer = lines["days_on_offer"].to_numpy(dtype=float)
    ended, ending = days_on_offer <= 0, days_on_offer > 0
    short = (lines["sold_out_on"] < lines["arrives_on"]).fillna(False).to_numpy(bool) & ~ended
    source = lines["lead_time_source"].fillna("default").astype(str).to_numpy(dtype=object)

    def units(name: str) -> np.ndarray:
        return np.nan_to_num(lines[name].to_numpy(dtype=float))

    def amount(name: str) -> Callable[[int], str]:
        values = units(name)
        return lambda row: f"{figure(values[row])}{unit[row]}"

    expired, undated = units("expired_units"), units("in_transit_undated_units")
    left_over, spoiling = units("expected_waste_units"), units("wasted_stock_units")
    spoils = left_over > params.most_spoiled_share * units("suggested_units")
    sold_out, arrives = lines["sold_out_on"].to_numpy(), lines["arrives_on"].to_numpy()

    missing = units("short_before_units")

    at_once = lines["emergency_cost_yuan"].to_numpy(dtype=float)

    def short_words(row: int) -> str:
        words = f"预计{day_zh(sold_out[row])}售罄，早于{day_zh(arrives[row])}到货"
        if missing[row]:
            words += f"，到货前约缺{figure(missing[row])}{unit[row]}"
        return words if np.isnan(at_once[row]) else f"{words}，紧急采购价{figure(at_once[row])}元"

    yield stocked & short, short_words
    more = units("suggested_units") - units("unlimited_units")
    yield (
        (more < -_EPSILON_UNITS) & (units("suggested_units") > 0),
        lambda row: f"受预算或仓容限制，比最合适的少补{figure(-more[row])}{unit[row]}",
    )
    yield (
        more > _EPSILON_UNITS,
        lambda row: f"为凑够起订金额，多补{figure(more[row])}{unit[row]}",
    )
    short_of_minimum = lines["is_short_of_minimum"].to_numpy(bool)
    least_yuan = lines["min_order_yuan"].to_numpy(float)
    yield (
        short_of_minimum,
        lambda row: (
            "本单未达供应商起订金额"
            + ("" if np.isnan(least_yuan[row]) else f"{figure(least_yuan[row])}元")
        ),
    )
    yield ~has_file & stocked, lambda _: "无库存文件，在库按0计"
    yield has_file & unknown & stocked, lambda _: "库存文件无此商品，在库按0计"
    negative = lines["has_negative_count"].fillna(False).to_numpy(bool)
    yield negative, lambda _: "盘点数为负，按0计，请核对库存"
    yield age >= 1, lambda row: f"库存为{int(age[row])}天前盘点"
    yield expired > 0, lambda row: f"已扣除到期批次{amount('expired_units')(row)}"
    yield undated > 0, lambda row: f"在途{amount('in_transit_undated_units')(row)}无到货日，未计入"
    yield (
        stocked & (spoiling >= 1),
        lambda row: f"现有库存约{amount('wasted_stock_units')(row)}卖不完会过期",
    )
    yield (
        spoils & (left_over > 0),
        lambda row: f"本单约{amount('expected_waste_units')(row)}卖不完，将损耗",
    )
    ends = lines["last_offer_on"].to_numpy()
    yield ended, lambda row: f"{day_zh(ends[row])}已下架，不再计需求，只补已下单量"
    yield ending, lambda row: f"{day_zh(ends[row])}后下架，之后不计需求"
    yield assumed["loss"], lambda _: "售价不高于成本，按低服务水平补货"
    yield assumed["forecast"] & ~ended, lambda _: "无需求预测"
    yield fallback != "", lambda row: f"预测降级：{ForecastFallback.zh_of(fallback[row])}"
    yield assumed["mode"], lambda _: "履约方式未知，按备货"
    yield assumed["pack"], lambda row: f"箱规未知，按{_step(lines, row)}取整"
    yield assumed["level"], lambda _: "缺售价或成本，用默认服务水平"
    codes = lines["supply_flags"].fillna("").astype(str).to_numpy(dtype=object)
    for code in _SUPPLY_FLAGS:
        named = np.array([code.value in text.split("|") for text in codes], bool)
        yield named, partial(_same_words, code.zh)
    yield stocked & (source == "default"), lambda _: "到货周期未知，用默认值"
    yield stocked & assumed["cut"], lambda _: f"下次到货晚于{LAST_DAY}天，只算{LAST_DAY}天内"


def _same_words(words: str, _row: int) -> str:
    return words


def _step(lines: pd.DataFrame, row: int) -> str:
    is_weight = lines["sale_unit"].iat[row] == SaleUnit.KILOGRAM.value
    return "0.01公斤" if is_weight else "1件"
