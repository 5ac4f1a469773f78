"""Sales by the hour, and how much of each hour could be bought.

Belongs here: the arrays and what they mean. Does not: where they come from (`assets/profiles`).
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

RUN_OUT_PART = 0.5  # of the hour in which the last unit was sold: when within it is not known


@dataclass(frozen=True)
class HourlyPanel:
    """Every array has series first, then days in their order, then hours of the business day.

    `sold_units`: what was sold. `is_offered`: hours in which the SKU was to be had at all.
    `on_sale`: the part of each such hour in which it was not sold out, 0 to 1; 0 where not offered.
    `category`: number per series, for the shares of the hours. `groups`: name → number per series:
    what else tells how a day went (SKU, warehouse, …). `days`: name → series × days, what is known
    of a day (discount, …). `kind_of_day`: series × days, days that share their hours (0 workday, 1
    free).
    """

    sold_units: Hours
    is_offered: Mask
    on_sale: Hours
    category: NDArray[np.int64]
    groups: Mapping[str, NDArray[np.int64]]
    days: Mapping[str, Days]
    kind_of_day: NDArray[np.int64]

    def until(self, days: int) -> HourlyPanel:
        """The first `days` days of the panel."""
        return HourlyPanel(
            sold_units=self.sold_units[:, :days],
            is_offered=self.is_offered[:, :days],
            on_sale=self.on_sale[:, :days],
            category=self.category,
            groups=self.groups,
            days={name: known[:, :days] for name, known in self.days.items()},
            kind_of_day=self.kind_of_day[:, :days],
        )

    def hidden(self) -> Mask:
        """Hours offered of which a part was sold out."""
        return np.asarray(self.is_offered & (self.on_sale < 1), dtype=bool)

    def whole_days(self) -> NDArray[np.bool_]:
        """Series × days offered at all and on sale in every offered hour."""
        return np.asarray(self.is_offered.any(2) & ~self.hidden().any(2), dtype=bool)


def on_sale_parts(sold_units: Hours, on_sale: Mask, sold_out: Mask) -> Hours:
    """`on_sale` of a panel from marks by the hour, where a mark is set from the next full hour on.

    An hour on sale, with a sale, and sold out in the next one is the hour it ran out in. Of
    FreshRetailNet-50K, 94 % of such hours hold a sale and 38 % of others do: their last sale is
    what emptied the shelf, and what was wanted after it was lost.
    """
    part = on_sale.astype(np.float32)
    ran_out = on_sale[:, :, :-1] & sold_out[:, :, 1:] & (sold_units[:, :, :-1] > 0)
    part[:, :, :-1][ran_out] = RUN_OUT_PART
    return part
