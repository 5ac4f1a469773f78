"""Restock policy: derive how much to order, and why, from forecast, orders and stock.

Contains service level, target, need, pack rounding and unsold units of a pack. Not here: reading
stock or orders (`assets/decide/replenishment/restock_lines_steps.py`), the sentences
(`models.replenishment.wording`), the forecast itself.

One row per warehouse × SKU, vectorised. The fulfilment mode decides what "restock" means:

- prestock, instant: max(0, target + orders in hand − on hand − in transit), in whole packs
- presale: max(0, orders in hand − on hand), without rounding: the quantity is known, extra units of
  a pack would be left over, and boxes are opened when orders are sorted
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data_contracts.codes.products import FulfilmentMode, SaleUnit
from data_contracts.tables.demand import QUANTILE_PERCENTS, quantile_column
from models.clock import HORIZON_DAYS
from models.params.replenishment import RestockParams
from models.replenishment.wording import flags_zh, reasons_zh

_LEVELS = np.array(QUANTILE_PERCENTS) / 100
_QUANTILES = [quantile_column(percent) for percent in QUANTILE_PERCENTS]

# Columns of the frame that `restock` needs: forecasts of the 72-hour sum and the first two days.
FORECASTS: tuple[str, ...] = ("sum_72h", "day_1", "day_2")
FACTS: tuple[str, ...] = (
    "warehouse_id",
    "sku_id",
    "fulfilment_mode",
    "sale_unit",
    "pack_size_units",
    "shelf_life_days",
    "last_offer_on",
    "days_on_offer",
    "lead_time_days",
    "cost_yuan",
    "price_yuan",
    "orders_in_hand_units",
    "presale_orders_units",
    "on_hand_units",
    "expired_units",
    "in_transit_day_1_units",
    "in_transit_day_2_units",
    "in_transit_day_3_units",
    "in_transit_undated_units",
    "stock_age_days",
    "has_stock_file",
    "forecast_fallback",
)


def forecast_columns(horizon: str) -> list[str]:
    """Return the forecast columns of a horizon in the input frame, such as `sum_72h_mean_units`."""
    return [f"{horizon}_{name}" for name in ("mean_units", *_QUANTILES)]


@dataclass(frozen=True)
class ServiceLevel:
    """Service level per row, and which rows lack price or cost (default) or sell at a loss."""

    level: np.ndarray
    is_default: np.ndarray
    is_loss: np.ndarray


def service_levels(facts: pd.DataFrame, params: RestockParams) -> ServiceLevel:
    """Return the critical ratio per row, limited to the bounds of `params`.

    (price − cost) ÷ (price − cost + cost × waste share). Cu = price − cost, the margin lost per
    missing unit; Co = cost × waste share, lost per unit left over. Without price or cost: the
    default of the mode. Presale has no level: its need is known.
    """
    price = facts["price_yuan"].to_numpy(dtype=float)
    cost = facts["cost_yuan"].to_numpy(dtype=float)
    margin = np.maximum(price - cost, 0.0)
    loss = cost * _waste_shares(facts["shelf_life_days"].to_numpy(dtype=float), params)
    has_margin = ~np.isnan(price) & ~np.isnan(cost) & (margin + loss > 0)
    ratio = np.divide(margin, margin + loss, out=np.zeros(len(facts)), where=has_margin)
    bounded = np.clip(ratio, params.lowest_service_level, params.highest_service_level)
    instant = (facts["fulfilment_mode"] == FulfilmentMode.INSTANT.value).to_numpy()
    default = np.where(
        instant, params.default_service_level_instant, params.default_service_level_prestock
    )
    presale = (facts["fulfilment_mode"] == FulfilmentMode.PRESALE.value).to_numpy()
    level = np.where(presale, np.nan, np.where(has_margin, bounded, default))
    return ServiceLevel(level, ~has_margin & ~presale, has_margin & ~presale & (price <= cost))


def _waste_shares(shelf_life_days: np.ndarray, params: RestockParams) -> np.ndarray:
    shares = np.full(len(shelf_life_days), params.waste_share_lasting)
    for days, share in reversed(params.waste_share_by_shelf_life):
        shares = np.where(shelf_life_days <= days, share, shares)
    return shares


def quantile_at(quantiles: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Interpolate the quantile at each row's level: linear between stored ones, constant beyond.

    `quantiles`: rows × stored percents, rising; `levels`: one per row. A missing quantile or level
    gives a missing value.

    >>> quantile_at(np.array([[0, 2, 4, 6, 8, 10.0]]), np.array([0.7])).tolist()
    [5.6]
    """
    rising = np.maximum.accumulate(quantiles, axis=1)  # models may cross, quantiles must not
    level = np.clip(levels, _LEVELS[0], _LEVELS[-1])
    safe = np.nan_to_num(level, nan=_LEVELS[0])
    upper = np.clip(np.searchsorted(_LEVELS, safe), 1, len(_LEVELS) - 1)
    rows = np.arange(len(rising))
    below, above = rising[rows, upper - 1], rising[rows, upper]
    share = (safe - _LEVELS[upper - 1]) / (_LEVELS[upper] - _LEVELS[upper - 1])
    return np.where(np.isnan(levels), np.nan, below + share * (above - below))


def covered_days(facts: pd.DataFrame) -> np.ndarray:
    """Return the days that one order must cover: the horizon, or a shorter shelf life (≥ 1)."""
    life = facts["shelf_life_days"].to_numpy(dtype=float)
    return np.clip(np.nan_to_num(life, nan=HORIZON_DAYS), 1, HORIZON_DAYS).astype(int)


def cover_forecast(facts: pd.DataFrame, days: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and quantiles of demand over the covered days; missing without a forecast.

    Three days use the 72-hour sum, one day the first day. Two days are combined: means are added,
    and distances of a quantile from its mean are added in square, as for independent days.
    """
    stored = {name: facts[forecast_columns(name)].to_numpy(dtype=float) for name in FORECASTS}
    first, second = stored["day_1"], stored["day_2"]
    mean = first[:, :1] + second[:, :1]
    squares = sum(np.sign(d) * d**2 for d in (day[:, 1:] - day[:, :1] for day in (first, second)))
    two = np.hstack([mean, mean + np.sign(squares) * np.sqrt(np.abs(squares))])
    chosen = np.where(
        (days == 1)[:, None], first, np.where((days == 2)[:, None], two, stored["sum_72h"])
    )
    return chosen[:, 0], np.maximum(chosen[:, 1:], 0.0)


def restock(facts: pd.DataFrame, params: RestockParams | None = None) -> pd.DataFrame:
    """Compute the restock list.

    `facts`: one row per warehouse × SKU with the columns `FACTS` and `forecast_columns` of each of
    `FORECASTS`; units are sale units, a missing value is unknown. `on_hand_units` may still be
    sold, `expired_units` is excluded from it; `in_transit_day_n_units` arrives by day n after
    `as_of`. `days_on_offer`: days until the last one on offer, `last_offer_on`; 0 or less: off
    offer, missing: no end is known. Returns `facts` in the same order with `suggested_units,
    suggested_packs, target_units, service_level, orders_in_hand_units, in_transit_units,
    forecast_72h_units, reason_zh, flag_zh` and the mode, unit and pack size that were used. Raises
    KeyError if a column is missing.
    """
    params = params or RestockParams()
    _require_columns(facts)
    lines, assumed = _with_defaults(facts)
    presale = (lines["fulfilment_mode"] == FulfilmentMode.PRESALE.value).to_numpy()
    days = covered_days(lines)
    level = service_levels(lines, params)
    mean, quantiles = cover_forecast(lines, days)
    target = quantile_at(quantiles, level.level)
    without_quantiles = np.isnan(target) & ~np.isnan(mean) & ~presale
    target = np.where(without_quantiles, mean, target)
    # interpolation gives fractions of a piece; pieces are rounded up
    pieces = (lines["sale_unit"] == SaleUnit.PIECE.value).to_numpy()
    target = np.where(pieces, np.ceil(np.round(target, 6)), target)
    in_hand = np.where(presale, lines["presale_orders_units"], lines["orders_in_hand_units"])
    in_hand = np.nan_to_num(in_hand.astype(float))
    transit = _in_transit(lines, days)
    on_hand = np.nan_to_num(lines["on_hand_units"].to_numpy(dtype=float))
    required = in_hand + np.where(presale, 0.0, np.nan_to_num(target))
    arriving = np.where(presale, 0.0, np.nan_to_num(transit))
    need = np.maximum(required - on_hand - arriving, 0.0)
    lines["covered_days"] = days
    lines["cover_mean_units"] = mean
    lines["forecast_72h_units"] = lines["sum_72h_mean_units"].astype(float)
    lines["service_level"] = level.level
    lines["target_units"] = np.where(presale, np.nan, target)
    lines["orders_in_hand_units"] = in_hand
    lines["in_transit_units"] = transit
    lines["need_units"] = np.round(need, 4)
    _round_to_packs(lines, params)
    _drop_unprofitable_packs(lines, np.maximum(in_hand - on_hand - arriving, 0.0))
    assumed |= {
        "service_level": level.is_default,
        "loss": level.is_loss,
        "quantiles": without_quantiles,
        "forecast": np.isnan(lines["forecast_72h_units"].to_numpy(dtype=float)),
    }
    lines["reason_zh"] = reasons_zh(lines)
    lines["flag_zh"] = flags_zh(lines, assumed, params)
    return lines


def _require_columns(facts: pd.DataFrame) -> None:
    needed = [*FACTS, *(column for name in FORECASTS for column in forecast_columns(name))]
    missing = [name for name in needed if name not in facts]
    if missing:
        raise KeyError(f"restock needs the column {missing[0]}")


def _with_defaults(facts: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Return a copy with mode, unit and pack size filled in, and which rows needed a default."""
    lines = facts.reset_index(drop=True)
    assumed = {
        "mode": lines["fulfilment_mode"].isna().to_numpy(),
        "pack": lines["pack_size_units"].isna().to_numpy(),
    }
    lines["fulfilment_mode"] = lines["fulfilment_mode"].fillna(FulfilmentMode.PRESTOCK.value)
    lines["sale_unit"] = lines["sale_unit"].fillna(SaleUnit.PIECE.value)
    whole = lines["sale_unit"] == SaleUnit.PIECE.value
    lines["days_on_offer"] = lines["days_on_offer"].astype("float64")  # integers in DuckDB
    pack = lines["pack_size_units"].astype("float64")
    lines["pack_size_units"] = pack.where(pack.notna() | ~whole, 1.0)
    return lines, assumed


def _in_transit(lines: pd.DataFrame, days: np.ndarray) -> np.ndarray:
    """Return the units that arrive within the covered days; missing where stock is unknown."""
    by_day = lines[[f"in_transit_day_{day}_units" for day in (1, 2, 3)]].to_numpy(dtype=float)
    return by_day[np.arange(len(lines)), days - 1]


def _round_to_packs(lines: pd.DataFrame, params: RestockParams) -> None:
    """Add `suggested_units`, need rounded up to whole packs.

    Presale, and kilograms without a pack size, are rounded up to whole pieces or to the kilogram
    step instead; presale may be a fraction of a pack.
    """
    pack = lines["pack_size_units"].to_numpy(dtype=float)
    loose = np.where(lines["sale_unit"] == SaleUnit.PIECE.value, 1.0, params.kg_step_units)
    presale = (lines["fulfilment_mode"] == FulfilmentMode.PRESALE.value).to_numpy()
    step = np.where(presale | np.isnan(pack), loose, pack)
    steps = np.ceil(np.maximum(lines["need_units"].to_numpy() / step - 1e-6, 0.0))
    lines["suggested_units"] = np.round(steps * step, 6)


def _drop_unprofitable_packs(lines: pd.DataFrame, ordered_units: np.ndarray) -> None:
    """Drop the last pack if it loses more than it earns.

    Adds `suggested_packs`, `selling_days`, `unsold_units` (of the order) and `left_out_units` (of
    the dropped pack): units that would not be sold in time.

    Units added by rounding must be sold in the days after the covered ones, within shelf life and
    before the last day on offer, at the expected rate of the forecast. The last pack loses money
    if unsold × cost > sold × (price − cost); without both prices it is dropped if more of it stays
    unsold than is sold. A pack that orders in hand (`ordered_units`) need is never dropped.
    """
    suggested, need, pack = (
        lines[name].to_numpy(dtype=float)
        for name in ("suggested_units", "need_units", "pack_size_units")
    )
    presale = (lines["fulfilment_mode"] == FulfilmentMode.PRESALE.value).to_numpy()
    offered = np.maximum(lines["days_on_offer"].to_numpy(dtype=float), 0.0)
    selling = np.fmin(lines["shelf_life_days"].to_numpy(dtype=float), offered)
    more_days = np.maximum(selling - lines["covered_days"].to_numpy(dtype=float), 0.0)
    rate = np.nan_to_num(lines["forecast_72h_units"].to_numpy(dtype=float)) / HORIZON_DAYS
    loose = (lines["sale_unit"] == SaleUnit.PIECE.value).to_numpy() & (pack <= 1)
    rounded = (suggested > 0) & ~presale & ~loose & ~np.isnan(selling) & ~np.isnan(pack)
    unsold = np.where(rounded, np.maximum(suggested - need - rate * more_days, 0.0), 0.0)
    sold = pack - unsold  # of the last pack
    margin = (lines["price_yuan"] - lines["cost_yuan"]).to_numpy(dtype=float)
    cost = np.where(np.isnan(margin), 1.0, lines["cost_yuan"].to_numpy(dtype=float))
    earned = np.where(np.isnan(margin), 1.0, np.maximum(margin, 0.0))
    is_loss = unsold * cost > sold * earned
    dropped = rounded & is_loss & (suggested - pack >= ordered_units - 1e-6)
    lines["selling_days"] = selling
    lines["suggested_units"] = np.where(dropped, np.round(suggested - pack, 6), suggested)
    lines["suggested_packs"] = np.round(lines["suggested_units"] / pack, 6)
    lines["unsold_units"] = np.where(dropped, 0.0, unsold)
    lines["left_out_units"] = np.where(dropped, unsold, 0.0)
