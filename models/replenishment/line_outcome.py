"""Say what a decided restock line comes to: why nothing is ordered, what needs a person.

Not here: the decision (`policy.py`), the sentences (`wording.py`).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from data_contracts.codes.products import FulfilmentMode
from data_contracts.codes.replenishment import NoOrderReason, RestockException
from models.params.replenishment import RestockParams

_SMALLEST_NEED_UNITS = 0.5


def no_order_reasons(lines: pd.DataFrame) -> np.ndarray:
    """Return the code of `NoOrderReason` per line; None where something is ordered."""
    presale = (lines["fulfilment_mode"] == FulfilmentMode.PRESALE.value).to_numpy()
    is_paused = lines["is_paused"].fillna(False).to_numpy(bool)
    days_on_offer = lines["days_on_offer"].to_numpy(float)
    ends_before = (pd.to_datetime(lines["last_offer_on"]) < lines["arrives_on"]).to_numpy(bool)
    ideal = lines["ideal_units"].to_numpy(float)
    demand = np.nan_to_num(lines["cover_mean_units"].to_numpy(float))
    least, most = (lines[name].to_numpy(float) for name in ("min_order_units", "max_order_units"))
    cases: list[tuple[np.ndarray, NoOrderReason]] = [
        (lines["is_below_minimum"].to_numpy(bool), NoOrderReason.BELOW_ORDER_MINIMUM),
        (lines["is_over_limit"].to_numpy(bool), NoOrderReason.OVER_LIMIT),
        (is_paused, NoOrderReason.SUPPLIER_PAUSED),
        (presale & (lines["orders_in_hand_units"].to_numpy() > 0), NoOrderReason.ENOUGH_STOCK),
        (presale, NoOrderReason.NOTHING_ORDERED),
        (days_on_offer <= 0, NoOrderReason.OFF_OFFER),
        ((days_on_offer > 0) & ends_before, NoOrderReason.OFF_OFFER_ON_ARRIVAL),
        (lines["forecast_72h_units"].isna().to_numpy(), NoOrderReason.NO_FORECAST),
        (demand <= 0, NoOrderReason.NO_DEMAND),
        (least > most, NoOrderReason.ABOVE_SUPPLY_LIMIT),
        (ideal < _SMALLEST_NEED_UNITS, NoOrderReason.ENOUGH_STOCK),
    ]
    ordered = (lines["suggested_units"] > 0).to_numpy()
    codes = np.select(
        [rows for rows, _ in cases],
        [code.value for _, code in cases],
        NoOrderReason.NOT_WORTH_A_PACK.value,
    ).astype(object)
    codes[ordered] = None
    return codes


def exceptions(lines: pd.DataFrame, params: RestockParams) -> np.ndarray:
    """Return the gravest `RestockException` per line; None where nothing needs a person."""
    stocked = (lines["fulfilment_mode"] != FulfilmentMode.PRESALE.value).to_numpy()
    sold_out, arrives = lines["sold_out_on"], lines["arrives_on"]
    short = (sold_out < arrives).fillna(False).to_numpy(bool)
    spoiling = lines["wasted_stock_units"].fillna(0.0) + lines["expected_waste_units"].fillna(0.0)
    held = lines["on_hand_units"].fillna(0.0) + lines["suggested_units"]
    expires = (spoiling > params.most_spoiled_share * held) & (spoiling >= 1.0)
    daily = (lines["forecast_72h_units"] / 3).to_numpy(float)
    recent = lines["demand_mean_28d_units"].to_numpy(float)
    factor = params.far_from_last_weeks
    is_far = (daily > factor * recent) | (daily * factor < recent)
    is_far &= np.maximum(daily, recent) * 3 >= 1.0  # a piece in three days is no news
    unknown = stocked & (
        lines["on_hand_units"].isna().to_numpy()
        | lines["has_negative_count"].fillna(False).to_numpy(bool)
        | (lines["stock_age_days"].to_numpy(float) > params.stale_after_days)
    )
    is_new = lines["forecast_fallback"].isin(["new_product", "short_history"]).to_numpy()
    on_offer = ~(lines["days_on_offer"].to_numpy(float) <= 0)
    cases = [
        (stocked & short & on_offer, RestockException.SHORT_BEFORE_ARRIVAL),
        (stocked & expires.to_numpy(), RestockException.WILL_EXPIRE),
        (is_far & on_offer, RestockException.FAR_FROM_LAST_WEEKS),
        (unknown, RestockException.STOCK_UNKNOWN),
        (is_new, RestockException.NEW_SKU),
    ]
    codes = np.select([rows for rows, _ in cases], [code.value for _, code in cases], "")
    codes = codes.astype(object)
    codes[codes == ""] = None
    return codes
