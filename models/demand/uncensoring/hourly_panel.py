"""Hourly sales and availability as arrays.

Contains the arrays and their meaning. Not here: how they are read (`assets/core/demand`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.float32]  # series × days
Hours = NDArray[np.float32]  # series × days × hours
Mask = NDArray[np.bool_]  # series × days × hours
Rows = NDArray[np.float32]  # some days × hours

RUN_OUT_PART = 0.5  # of the hour in which the last unit was sold: the minute is unknown


@dataclass(frozen=True)
class HourlyPanel:
    """Arrays of series × days × hours of the business day.

    `sold_units`: units sold. `is_offered`: hours in which the SKU was on offer. `on_sale`: the part
    of each offered hour without a stock-out, 0 to 1; 0 if not offered. `category`: number per
    series, which shares its hour profile. `groups`: name → number per series (SKU, warehouse, …),
    whose other series describe the day. `days`: name → series × days, known values of a day
    (discount, …). `kind_of_day`: series × days, days with one hour profile (0 workday, 1 free).
    """

    sold_units: Hours
    is_offered: Mask
    on_sale: Hours
    category: NDArray[np.int64]
    groups: Mapping[str, NDArray[np.int64]]
    days: Mapping[str, Days]
    kind_of_day: NDArray[np.int64]

    def until(self, days: int) -> HourlyPanel:
        """Return the first `days` days of the panel."""
        return HourlyPanel(
            sold_units=self.sold_units[:, :days],
            is_offered=self.is_offered[:, :days],
            on_sale=self.on_sale[:, :days],
            category=self.category,
            groups=self.groups,
            days={name: values[:, :days] for name, values in self.days.items()},
            kind_of_day=self.kind_of_day[:, :days],
        )

    def hidden(self) -> Mask:
        """Return the offered hours with a stock-out in a part of them."""
        return np.asarray(self.is_offered & (self.on_sale < 1), dtype=bool)

    def whole_days(self) -> NDArray[np.bool_]:
        """Return series × days that were offered and in stock in every offered hour."""
        return np.asarray(self.is_offered.any(2) & ~self.hidden().any(2), dtype=bool)


def on_sale_parts(sold_units: Hours, on_sale: Mask, sold_out: Mask) -> Hours:
    """Compute `on_sale` of a panel from hourly marks that are set from the next full hour on.

    An hour on sale, with a sale, and sold out in the next hour is the hour the stock ran out in. In
    FreshRetailNet-50K 94 % of such hours hold a sale, against 38 % of others: the last sale emptied
    the stock, and later demand of that hour was lost.
    """
    part = on_sale.astype(np.float32)
    ran_out = on_sale[:, :, :-1] & sold_out[:, :, 1:] & (sold_units[:, :, :-1] > 0)
    part[:, :, :-1][ran_out] = RUN_OUT_PART
    return part
