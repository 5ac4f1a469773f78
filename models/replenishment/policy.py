"""Restock policy: derive how much to order from forecast, stock, lead times and money.

Contains the composition of the steps and the columns of a restock line. Not here: reading stock or
orders (`assets/decide/replenishment/restock_lines_steps.py`), each step (`protection.py`,
`projection.py`, `expected_profit.py`), sentences (`wording.py`), the forecast itself.

One row per warehouse × SKU, vectorised. The fulfilment mode decides what "restock" means:

- prestock, instant: the orderable quantity of most expected profit from its arrival to the arrival
  of the next order
- presale: max(0, orders in hand − on hand), without rounding: the quantity is known, extra units of
  a pack would be left over, and boxes are opened when orders are sorted
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from data_contracts.codes.products import FulfilmentMode, SaleUnit
from models.params.replenishment import RestockParams
from models.replenishment.demand_sums import LAST_DAY, DemandSums
from models.replenishment.expected_profit import expected_profit, most_profitable_units
from models.replenishment.line_money import line_money
from models.replenishment.line_outcome import exceptions, no_order_reasons
from models.replenishment.order_sizes import order_steps, orderable_units
from models.replenishment.projection import (
    DemandScenarios,
    Projection,
    StockAhead,
    demand_scenarios,
    project,
)
from models.replenishment.protection import OrderCalendar, ProtectionPeriod, protection_periods
from models.replenishment.scenarios import scenario_shares
from models.replenishment.wording import UNIT_DECIMALS, flags_zh, reasons_zh

_LINES_AT_ONCE = 1024
_DECIMALS = 2
_MEDIAN = 0.5

# Columns of the frame that `restock` needs.
FACTS: tuple[str, ...] = (
    "warehouse_id",
    "sku_id",
    "fulfilment_mode",
    "sale_unit",
    "pack_size_units",
    "order_step_units",
    "min_order_units",
    "max_order_units",
    "shelf_life_days",
    "last_offer_on",
    "days_on_offer",
    "supplier_id",
    "supplier_name",
    "is_paused",
    "lead_time_source",
    "cost_yuan",
    "emergency_cost_yuan",
    "price_yuan",
    "orders_in_hand_units",
    "presale_orders_units",
    "on_hand_units",
    "expired_units",
    "in_transit_undated_units",
    "stock_age_days",
    "has_negative_count",
    "has_stock_file",
    "sold_mean_28d_units",
    "demand_mean_28d_units",
    "out_of_stock_days_28d",
    "forecast_72h_units",
    "forecast_fallback",
)


_NUMBERS = (
    "pack_size_units",
    "order_step_units",
    "min_order_units",
    "max_order_units",
    "shelf_life_days",
    "days_on_offer",
    "cost_yuan",
    "emergency_cost_yuan",
    "price_yuan",
    "forecast_72h_units",
)
_OF_DEMAND = ("cover_mean_units", "cover_p10_units", "cover_p90_units")
_OF_STOCKED = (
    *_OF_DEMAND,
    "in_transit_units",
    "stock_out_share",
    "short_before_units",
    "expected_waste_units",
    "wasted_stock_units",
    "expected_profit_yuan",
)
# Sentences and columns say the same: counted quantities keep the decimals of the exports, estimates
# and yuan two.
ROUNDED = dict.fromkeys(
    ("suggested_units", "orders_in_hand_units", "on_hand_units"), UNIT_DECIMALS
) | dict.fromkeys(
    (
        *_OF_STOCKED,
        "suggested_packs",
        "amount_yuan",
        "forecast_72h_units",
        "sold_mean_28d_units",
        "demand_mean_28d_units",
    ),
    _DECIMALS,
)


@dataclass(frozen=True)
class Supply:
    """Lead times and order calendars of the lines.

    `lead_time_cdf`: P(lead time ≤ d days), d = 0 …, of orders that arrive: (lines, days).
    `lost_share`: share of orders that never arrive. `calendar_no`: position in `calendars`.
    """

    lead_time_cdf: np.ndarray
    lost_share: np.ndarray
    calendars: list[OrderCalendar]
    calendar_no: np.ndarray
    platform_cutoff_minutes: int
    closed_days: Collection[date] = ()

    def rows(self, chosen: slice) -> Supply:
        """Return the supply of some lines."""
        return replace(
            self,
            lead_time_cdf=self.lead_time_cdf[chosen],
            lost_share=self.lost_share[chosen],
            calendar_no=self.calendar_no[chosen],
        )

    def protection_periods(self, as_of: date, shares: np.ndarray) -> ProtectionPeriod:
        """Draw the protection period of every line; `shares`: see `protection_periods`."""
        return protection_periods(
            self.calendars,
            self.calendar_no,
            self.lead_time_cdf,
            self.lost_share,
            as_of,
            self.platform_cutoff_minutes,
            shares,
            self.closed_days,
        )

    def order_dates(self, as_of: date) -> np.ndarray:
        """Return the day on which each line's order leaves."""
        days = [c.order_days(as_of, self.platform_cutoff_minutes)[0] for c in self.calendars]
        dates = pd.Timestamp(as_of) + pd.to_timedelta(np.array(days, int), unit="D")
        return np.asarray(dates.to_numpy()[self.calendar_no])


@dataclass(frozen=True)
class Restock:
    """Restock lines, and the projected stock of stocked lines, a row per line and day."""

    lines: pd.DataFrame
    projection: pd.DataFrame


def restock(
    facts: pd.DataFrame,
    sums: DemandSums,
    stock: StockAhead,
    supply: Supply,
    as_of: date,
    params: RestockParams | None = None,
) -> Restock:
    """Compute the restock lines of `as_of`.

    `facts`: one row per warehouse × SKU with the columns `FACTS`; units are sale units, a missing
    value is unknown. `on_hand_units` may still be sold, `expired_units` is excluded from it;
    `days_on_offer`: days until the last one on offer, 0 or less: off offer, missing: no end is
    known. `sums`, `stock`, `supply`: the same lines in the same order. Returns `facts` with the
    columns of RESTOCK_LINES. Raises KeyError if a column is missing.
    """
    params = params or RestockParams()
    missing = [name for name in FACTS if name not in facts]
    if missing:
        raise KeyError(f"restock needs the column {missing[0]}")
    lines, assumed = _with_defaults(facts)
    parts = []
    for start in range(0, max(len(lines), 1), _LINES_AT_ONCE):
        at = slice(start, start + _LINES_AT_ONCE)
        parts.append(
            _decide(
                lines.iloc[at].reset_index(drop=True),
                sums.rows(at),
                stock.rows(at),
                supply.rows(at),
                as_of,
                params,
            )
        )
    decided = pd.concat([part for part, _ in parts], ignore_index=True)
    projection = pd.concat([part for _, part in parts], ignore_index=True)
    lines = pd.concat([lines, decided], axis=1)
    assumed["level"] = lines.pop("is_default_level").to_numpy(bool)
    assumed["loss"] = lines.pop("is_loss").to_numpy(bool)
    assumed["cut"] = lines.pop("is_cut").to_numpy(bool)
    _order_presale(lines)
    lines["suggested_packs"] = lines["suggested_units"] / lines["pack_size_units"]
    lines["amount_yuan"] = lines["suggested_units"] * lines["cost_yuan"]
    for name, decimals in ROUNDED.items():
        lines[name] = lines[name].astype(float).round(decimals)
    lines["no_order_reason"] = no_order_reasons(lines)
    lines["exception"] = exceptions(lines, params)
    lines["reason_zh"] = reasons_zh(lines)
    lines["flag_zh"] = flags_zh(lines, assumed, params)
    return Restock(lines, projection)


def _with_defaults(facts: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Return a copy with mode, unit and pack size filled in, and which rows needed a default."""
    lines = facts.reset_index(drop=True)
    assumed = {
        "mode": lines["fulfilment_mode"].isna().to_numpy(),
        "pack": lines["pack_size_units"].isna().to_numpy(),
        "forecast": lines["forecast_72h_units"].isna().to_numpy(),
    }
    lines["fulfilment_mode"] = lines["fulfilment_mode"].fillna(FulfilmentMode.PRESTOCK.value)
    lines["sale_unit"] = lines["sale_unit"].fillna(SaleUnit.PIECE.value)
    whole = lines["sale_unit"] == SaleUnit.PIECE.value
    for name in _NUMBERS:
        lines[name] = lines[name].astype("float64")
    pack = lines["pack_size_units"]
    lines["pack_size_units"] = pack.where(pack.notna() | ~whole, 1.0)
    return lines, assumed


def _decide(
    lines: pd.DataFrame,
    sums: DemandSums,
    stock: StockAhead,
    supply: Supply,
    as_of: date,
    params: RestockParams,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the decided columns of some lines, and their projected stock."""
    shares = scenario_shares(5)
    period = supply.protection_periods(as_of, shares[2:])
    life = lines["shelf_life_days"].to_numpy(float)
    last_offer_day = lines["days_on_offer"].to_numpy(float)
    demand = demand_scenarios(sums, period, last_offer_day, shares[:2])
    without = project(demand, period, stock, life, last_offer_day)
    days = (period.last_day - period.first_day + 1).mean(axis=1)
    of_line = line_money(lines, days, params)
    need, in_life = without.need_units, without.need_in_life_units
    ideal = np.minimum(
        most_profitable_units(need, in_life, of_line.money),
        np.quantile(need, params.highest_service_level, axis=1),
    )
    first, last = (
        np.median(each, axis=1).astype(int) for each in (period.first_day, period.last_day)
    )
    row = np.arange(len(lines))
    arriving = np.cumsum(stock.arriving_units, axis=1)
    available = stock.expiring_units.sum(axis=1) + arriving[row, first]
    forced = np.maximum(stock.claimed_units - available, 0.0)
    has_no_yuan = of_line.is_default_level | of_line.is_loss
    line_yuan = np.where(has_no_yuan, 0.0, params.order_line_yuan)
    units = orderable_units(
        ideal, order_steps(lines), need, in_life, of_line.money, forced, line_yuan
    )
    units = np.where(_stocked(lines) & ~_paused(lines), units, 0.0)
    ordered = project(demand, period, stock, life, last_offer_day, units)
    mean = demand.mean_until
    cover = demand.units_until_next_arrival(period)
    day = pd.Timestamp(as_of)
    is_short = without.short_share >= _MEDIAN
    decided = pd.DataFrame(
        {
            "suggested_units": units,
            "ideal_units": ideal,
            "order_on": supply.order_dates(as_of),
            "arrives_on": day + pd.to_timedelta(first, unit="D"),
            "next_arrival_on": day + pd.to_timedelta(last + 1, unit="D"),
            "sold_out_on": np.where(
                is_short.any(axis=1) & _stocked(lines),
                (day + pd.to_timedelta(is_short.argmax(axis=1) + 1, unit="D")).to_numpy(),
                np.datetime64("NaT"),
            ),
            "cover_mean_units": mean[row, last],
            "cover_p10_units": np.quantile(cover, 0.1, axis=1),
            "cover_p90_units": np.quantile(cover, 0.9, axis=1),
            "in_transit_units": arriving[row, last],
            "stock_out_share": ordered.short_in_period_share,
            "short_before_units": without.short_before_units,
            "expected_waste_units": units - np.minimum(units[:, None], in_life).mean(axis=1),
            "wasted_stock_units": without.wasted_units,
            "expected_profit_yuan": np.where(
                has_no_yuan,
                np.nan,
                expected_profit(units, need, in_life, of_line.money),
            ),
            "is_default_level": of_line.is_default_level,
            "is_loss": of_line.is_loss,
            "is_cut": period.is_cut,
        }
    )
    unknown = lines["on_hand_units"].isna() & (decided["in_transit_units"] == 0)
    decided.loc[unknown, "in_transit_units"] = np.nan
    decided.loc[lines["forecast_72h_units"].isna(), [*_OF_DEMAND]] = np.nan
    arrivals = stock.arriving_units.copy()
    arrivals[row, first] += units
    return decided, _projection_rows(lines, without, ordered, demand, arrivals, last, as_of)


def _stocked(lines: pd.DataFrame) -> np.ndarray:
    return (lines["fulfilment_mode"] != FulfilmentMode.PRESALE.value).to_numpy()


def _paused(lines: pd.DataFrame) -> np.ndarray:
    return lines["is_paused"].fillna(False).to_numpy(bool)


def _projection_rows(
    lines: pd.DataFrame,
    without: Projection,
    ordered: Projection,
    demand: DemandScenarios,
    arriving_units: np.ndarray,
    last_day: np.ndarray,
    as_of: date,
) -> pd.DataFrame:
    """Return RESTOCK_PROJECTION of stocked lines, up to the day before the next arrival."""
    days = np.arange(1, LAST_DAY + 1)
    row, at = np.nonzero((days <= last_day[:, None]) & _stocked(lines)[:, None])
    return pd.DataFrame(
        {
            "warehouse_id": lines["warehouse_id"].to_numpy()[row],
            "sku_id": lines["sku_id"].to_numpy()[row],
            "day": pd.Timestamp(as_of) + pd.to_timedelta(days[at], unit="D"),
            "demand_units": np.diff(demand.mean_until, axis=1)[row, at].round(_DECIMALS),
            "arriving_units": arriving_units[row, days[at]].round(_DECIMALS),
            "stock_units": ordered.stock_units[row, at].round(_DECIMALS),
            "stock_without_order_units": without.stock_units[row, at].round(_DECIMALS),
            "short_share": ordered.short_share[row, at].round(4),
        }
    )


def _order_presale(lines: pd.DataFrame) -> None:
    """Order for presale what was ordered and is not on hand, as it was ordered."""
    presale = ~_stocked(lines)
    ordered = np.nan_to_num(lines["presale_orders_units"].to_numpy(float))
    on_hand = np.nan_to_num(lines["on_hand_units"].to_numpy(float))
    need = np.round(np.maximum(ordered - on_hand, 0.0), UNIT_DECIMALS)
    whole = (lines["sale_unit"] == SaleUnit.PIECE.value).to_numpy()
    need = np.where(_paused(lines), 0.0, np.where(whole, np.ceil(need), need))
    in_hand = np.nan_to_num(lines["orders_in_hand_units"].to_numpy(float))
    lines["orders_in_hand_units"] = np.where(presale, ordered, in_hand)
    lines["suggested_units"] = np.where(presale, need, lines["suggested_units"])
    lines.loc[presale, [*_OF_STOCKED]] = np.nan
