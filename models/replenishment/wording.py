"""Write the Chinese reason and warnings of a restock line from its figures.

Not here: the computation of any figure (`models.replenishment.policy`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pandas as pd

from data_contracts.codes.demand import ForecastFallback
from data_contracts.codes.products import FulfilmentMode, SaleUnit
from models.clock import HORIZON_DAYS, HORIZON_HOURS
from models.params.replenishment import RestockParams

_REASON_COLUMNS = (
    "fulfilment_mode",
    "sale_unit",
    "covered_days",
    "cover_mean_units",
    "forecast_72h_units",
    "service_level",
    "target_units",
    "orders_in_hand_units",
    "on_hand_units",
    "in_transit_units",
    "need_units",
    "pack_size_units",
    "suggested_packs",
    "suggested_units",
    "left_out_units",
)


def figure(value: float) -> str:
    """Format a quantity with at most two decimals and no trailing zeros.

    >>> figure(36.0), figure(2.5), figure(0.126)
    ('36', '2.5', '0.13')
    """
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"


def reasons_zh(lines: pd.DataFrame) -> list[str]:
    """Write one sentence per line with the figures that decided."""
    presale = FulfilmentMode.PRESALE.value
    kg = SaleUnit.KILOGRAM.value
    values = [lines[name].tolist() for name in _REASON_COLUMNS]
    sentences = []
    for mode, sale_unit, *numbers in zip(*values, strict=True):
        unit = "公斤" if sale_unit == kg else "件"
        if mode == presale:
            sentences.append(_presale_reason(unit, *numbers))
        else:
            sentences.append(_stocked_reason(unit, *numbers))
    return sentences


def _stocked_reason(
    unit: str,
    days: int,
    mean: float,
    _forecast: float,
    level: float,
    target: float,
    in_hand: float,
    on_hand: float,
    transit: float,
    need: float,
    pack: float,
    packs: float,
    suggested: float,
    left_out: float,
) -> str:
    span = f"{HORIZON_HOURS}小时" if days == HORIZON_DAYS else f"{days}天（受保质期限制）"
    if np.isnan(mean):
        parts = ["无需求预测"]
    else:
        parts = [f"预计{span}需求{figure(mean)}{unit}（{level:.0%}分位{figure(target)}{unit}）"]
    if in_hand > 0:
        parts.append(f"已下单未履约{figure(in_hand)}{unit}")
    parts.append(_stock_words(on_hand, transit, unit))
    parts.append(_need_words(unit, need, pack, packs, suggested, left_out))
    return "，".join(parts)


def _presale_reason(
    unit: str,
    _days: int,
    _mean: float,
    forecast: float,
    _level: float,
    _target: float,
    in_hand: float,
    on_hand: float,
    _transit: float,
    need: float,
    pack: float,
    packs: float,
    suggested: float,
    _left_out: float,
) -> str:
    stock = "在库未知按0计" if np.isnan(on_hand) else f"在库{figure(on_hand)}{unit}"
    ordered = f"预售：本业务日已下单{figure(in_hand)}{unit}，{stock}"
    need_words = f"补{figure(suggested)}{unit}" if need > 0 else "本次无需补货"
    if need > 0 and pack > 1:
        need_words = f"{need_words}（合{figure(packs)}箱，不取整）"
    if np.isnan(forecast):
        return f"{ordered}，{need_words}"
    notice = f"预计{HORIZON_HOURS}小时需求{figure(forecast)}{unit}，仅供供应商备货参考"
    return f"{ordered}，{need_words}；{notice}"


def _stock_words(on_hand: float, transit: float, unit: str) -> str:
    if np.isnan(on_hand):
        return "在库、在途未知按0计"
    return f"在库{figure(on_hand)}{unit}、在途{figure(transit)}{unit}"


def _need_words(
    unit: str, need: float, pack: float, packs: float, suggested: float, left_out: float
) -> str:
    if need <= 0:
        return "本次无需补货"
    short = f"缺{figure(need)}{unit}"
    if left_out > 0:
        whole = "不补" if suggested == 0 else f"只补{figure(packs)}箱"
        rest = "一箱" if suggested == 0 else "再加一箱"
        return f"{short}，{rest}{figure(pack)}{unit}约{figure(left_out)}{unit}卖不完，{whole}"
    if np.isnan(pack) or pack == 1:
        return f"{short}，补{figure(suggested)}{unit}"
    return f"{short}，按箱规{figure(pack)}{unit}取整为{figure(packs)}箱"


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
    expired = np.nan_to_num(lines["expired_units"].to_numpy(dtype=float))
    undated = np.nan_to_num(lines["in_transit_undated_units"].to_numpy(dtype=float))
    lead = lines["lead_time_days"].to_numpy(dtype=float)
    fallback = lines["forecast_fallback"].fillna("").astype(str).to_numpy(dtype=object)
    presale = (
        lines["fulfilment_mode"] == FulfilmentMode.PRESALE.value
    ).to_numpy()  # never in stock
    unit = np.where(lines["sale_unit"] == SaleUnit.KILOGRAM.value, "公斤", "件")

    unsold = lines["unsold_units"].to_numpy(dtype=float)
    left_out = lines["left_out_units"].to_numpy(dtype=float)
    selling = lines["selling_days"].to_numpy(dtype=float)
    spoils = unsold > params.most_spoiled_share * lines["suggested_units"].to_numpy(dtype=float)
    days_on_offer = lines["days_on_offer"].to_numpy(dtype=float)
    ended, ending = days_on_offer <= 0, days_on_offer > 0

    yield ~has_file, lambda _: "无库存文件，在库按0计"
    yield has_file & unknown & ~presale, lambda _: "库存文件无此商品，在库按0计"
    yield age > params.stale_after_days, lambda row: f"库存为{int(age[row])}天前盘点"
    yield expired > 0, lambda row: f"已扣除到期批次{figure(expired[row])}{unit[row]}"
    yield undated > 0, lambda row: f"在途{figure(undated[row])}{unit[row]}无到货日，未计入"
    yield left_out > 0, lambda row: f"{_until(selling, lines, row)}卖不完一整箱，少补一箱，可能缺货"
    yield (
        spoils,
        lambda row: (
            f"{_until(selling, lines, row)}约{figure(unsold[row])}{unit[row]}卖不完，将损耗"
        ),
    )
    yield ended, lambda row: f"{_day_zh(lines, row)}已下架，不再计需求，只补已下单量"
    yield ending, lambda row: f"{_day_zh(lines, row)}后下架，之后不计需求"
    yield lead > HORIZON_DAYS, lambda row: f"到货周期{int(lead[row])}天，超过{HORIZON_HOURS}小时"
    yield assumed["loss"], lambda _: "售价不高于成本，按最低服务水平"
    yield assumed["forecast"] & ~ended, lambda _: "无需求预测"
    yield fallback != "", lambda row: f"预测降级：{ForecastFallback.zh_of(fallback[row])}"
    yield assumed["quantiles"], lambda _: "预测无分位数，按均值"
    yield assumed["mode"], lambda _: "履约方式未知，按备货"
    yield assumed["pack"], lambda row: f"箱规未知，按{_step(lines, row, params)}取整"
    yield assumed["service_level"], lambda _: "缺售价或成本，用默认服务水平"


def _until(selling: np.ndarray, lines: pd.DataFrame, row: int) -> str:
    """Name the earlier limit: the end of shelf life or the last day on offer."""
    if lines["days_on_offer"].iat[row] <= selling[row]:
        return "下架前"
    return f"保质期{int(selling[row])}天内"


def _day_zh(lines: pd.DataFrame, row: int) -> str:
    day = pd.Timestamp(str(lines["last_offer_on"].iat[row]))
    return f"{day.month}月{day.day}日"


def _step(lines: pd.DataFrame, row: int, params: RestockParams) -> str:
    if lines["sale_unit"].iat[row] == SaleUnit.KILOGRAM.value:
        return f"{figure(params.kg_step_units)}公斤"
    return "1件"
