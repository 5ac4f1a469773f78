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
from data_contracts.restock_limits import RestockLimits
from models.params.replenishment import RestockParams
from models.replenishment.allocation import Ladders
from models.replenishment.demand_sums import LAST_DAY, DemandSums
from models.replenishment.line_outcome import exceptions, no_order_reasons
from models.replenishment.line_scenarios import LineScenarios
from models.replenishment.order_limits import fit_into_limits, ladder
from models.replenishment.projection import DemandScenarios, Projection, StockAhead
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
    "min_order_yuan",
    "shelf_life_days",
    "last_offer_on",
    "days_on_offer",
    "supplier_id",
    "supplier_name",
    "is_paused",
    "lead_time_source",
    "supply_flags",
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
    "min_order_yuan",
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
    limits: RestockLimits | None = None,
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
    shares = scenario_shares(5)
    cases = []
    for start in range(0, max(len(lines), 1), _LINES_AT_ONCE):
        at = slice(start, start + _LINES_AT_ONCE)
        period = supply.rows(at).protection_periods(as_of, shares[2:])
        part = lines.iloc[at].reset_index(drop=True)
        cases.append(
            LineScenarios.of(part, sums.rows(at), stock.rows(at), period, shares[:2], params)
        )
    chosen = _chosen_units(lines, cases, params, limits or RestockLimits())
    parts = []
    for number, case in enumerate(cases):
        at = slice(number * _LINES_AT_ONCE, (number + 1) * _LINES_AT_ONCE)
        parts.append(_decided(case, chosen.iloc[at].reset_index(drop=True), as_of))
    decided = pd.concat([part for part, _ in parts], ignore_index=True)
    projection = pd.concat([part for _, part in parts], ignore_index=True)
    lines = pd.concat([lines, decided.assign(order_on=supply.order_dates(as_of))], axis=1)
    assumed["level"] = lines.pop("is_default_level").to_numpy(bool)
    assumed["loss"] = lines.pop("is_loss").to_numpy(bool)
    assumed["cut"] = lines.pop("is_cut").to_numpy(bool)
    _clear_presale(lines)
    lines["suggested_packs"] = lines["suggested_units"] / lines["pack_size_units"]
    lines["amount_yuan"] = lines["suggested_units"] * lines["cost_yuan"]
    for name, decimals in ROUNDED.items():
        lines[name] = lines[name].astype(float).round(decimals)
    lines["no_order_reason"] = no_order_reasons(lines)
    lines["exception"] = exceptions(lines, params)
    lines["reason_zh"] = reasons_zh(lines)
    lines["flag_zh"] = flags_zh(lines, assumed, params)
    return Restock(lines, projection)


def _chosen_units(
    lines: pd.DataFrame, cases: list[LineScenarios], params: RestockParams, limits: RestockLimits
) -> pd.DataFrame:
    """Return ideal, best and chosen units per line, and what the limits did to it."""
    ideal, best, ladders = [], [], []
    for case in cases:
        of_case = case.ideal_units(params)
        units = np.where(case.lines["may_order"], case.orderable_units(of_case, params), 0.0)
        units = np.where(_stocked(case.lines), units, _presale_units(case.lines))
        ideal.append(of_case)
        best.append(units)
        ladders.append(ladder(case, units, params))
    best_units = np.concatenate(best)
    limited = fit_into_limits(
        lines,
        Ladders(
            np.concatenate([each.units for each in ladders]),
            np.concatenate([each.profit_yuan for each in ladders]),
            np.concatenate([each.least_rung for each in ladders]),
        ),
        best_units,
        limits,
    )
    return pd.DataFrame(
        {
            "suggested_units": limited.units,
            "unlimited_units": best_units,
            "ideal_units": np.concatenate(ideal),
            "is_below_minimum": limited.is_dropped,
            "is_over_limit": limited.is_over_limit,
            "is_short_of_minimum": limited.is_short_of_minimum,
        }
    )


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
    lines["may_order"] = _stocked(lines) & ~_paused(lines)
    return lines, assumed


def _decided(
    case: LineScenarios, chosen: pd.DataFrame, as_of: date
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the decided columns of some lines, and their projected stock."""
    lines, demand, without = case.lines, case.demand, case.without
    units = np.where(_stocked(lines), chosen["suggested_units"], 0.0)
    ordered = case.projected(units)
    first, last = case.first_day, case.last_day
    row = np.arange(len(lines))
    arriving = np.cumsum(case.stock.arriving_units, axis=1)
    cover = demand.units_until_next_arrival(case.period)
    day = pd.Timestamp(as_of)
    is_short = without.short_share >= _MEDIAN
    in_life = np.minimum(units[:, None], without.need_in_life_units).mean(axis=1)
    decided = chosen.assign(
        arrives_on=day + pd.to_timedelta(first, unit="D"),
        next_arrival_on=day + pd.to_timedelta(last + 1, unit="D"),
        sold_out_on=np.where(
            is_short.any(axis=1) & _stocked(lines),
            (day + pd.to_timedelta(is_short.argmax(axis=1) + 1, unit="D")).to_numpy(),
            np.datetime64("NaT"),
        ),
        cover_mean_units=demand.mean_until[row, last],
        cover_p10_units=np.quantile(cover, 0.1, axis=1),
        cover_p90_units=np.quantile(cover, 0.9, axis=1),
        in_transit_units=arriving[row, last],
        stock_out_share=ordered.short_in_period_share,
        short_before_units=without.short_before_units,
        expected_waste_units=units - in_life,
        wasted_stock_units=without.wasted_units,
        expected_profit_yuan=np.where(case.of_line.has_no_yuan, np.nan, case.profit_yuan(units)),
        is_default_level=case.of_line.is_default_level,
        is_loss=case.of_line.is_loss,
        is_cut=case.period.is_cut,
    )
    unknown = lines["on_hand_units"].isna() & (decided["in_transit_units"] == 0)
    decided.loc[unknown, "in_transit_units"] = np.nan
    decided.loc[lines["forecast_72h_units"].isna(), [*_OF_DEMAND]] = np.nan
    arrivals = case.stock.arriving_units.copy()
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


def _presale_units(lines: pd.DataFrame) -> np.ndarray:
    """Return for presale what was ordered and is not on hand, as it was ordered."""
    ordered = np.nan_to_num(lines["presale_orders_units"].to_numpy(float))
    on_hand = np.nan_to_num(lines["on_hand_units"].to_numpy(float))
    need = np.round(np.maximum(ordered - on_hand, 0.0), UNIT_DECIMALS)
    whole = (lines["sale_unit"] == SaleUnit.PIECE.value).to_numpy()
    return np.where(_paused(lines), 0.0, np.where(whole, np.ceil(need), need))


def _clear_presale(lines: pd.DataFrame) -> None:
    """Show for presale the orders of the day, and nothing that is computed for stock."""
    presale = ~_stocked(lines)
    ordered = np.nan_to_num(lines["presale_orders_units"].to_numpy(float))
    in_hand = np.nan_to_num(lines["orders_in_hand_units"].to_numpy(float))
    lines["orders_in_hand_units"] = np.where(presale, ordered, in_hand)
    lines.loc[presale, [*_OF_STOCKED]] = np.nan
