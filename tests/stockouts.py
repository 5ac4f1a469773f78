"""Stock-outs as the benchmark of FreshRetailNet-50K draws them, to score a recovery on: made again
here from its description (Dingdong, arXiv 2505.16319)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.demand.uncensoring.hour_masking import open_hours, random_day_parts
from models.demand.uncensoring.hourly_panel import HourlyPanel, Mask
from models.params.demand import UncensoringParams

RUN_DAYS = (3, 7)  # days on end, shortest and longest


def hide_hours(panel: HourlyPanel, seed: int, params: UncensoringParams) -> Mask:
    """Hours of whole days to hide: parts of `hidden_share` of them, now and then days on end.

    A part begins at a random hour of the first `1 − hidden_share` of the day and goes to its end,
    or, as often, lies as far from its end and goes to its beginning. The same seed hides the same
    hours.
    """
    random = np.random.default_rng(seed)
    whole = panel.whole_days()
    chosen = (random.random(whole.shape) < params.hidden_share) & whole
    hidden = random_day_parts(panel.on_sale.shape, random, params) & chosen[..., None]
    hidden |= _days_on_end(whole, random, params.hidden_share)[..., None] & open_hours(
        panel, params
    )
    return hidden & panel.is_offered & whole[..., None]


def _days_on_end(
    whole: NDArray[np.bool_], random: np.random.Generator, hidden_share: float
) -> NDArray[np.bool_]:
    """Runs of `RUN_DAYS` whole days, begun on one day in ten as often as parts are."""
    series, days = whole.shape
    found = np.zeros((series, days), dtype=bool)
    shortest, longest = RUN_DAYS
    unbroken = np.zeros(series, dtype=int)
    for day in range(days):
        unbroken = np.where(whole[:, day], unbroken + 1, 0)
        length = random.integers(shortest, longest + 1, series)
        begins = (random.random(series) < hidden_share / 10) & (length < unbroken)
        for back in range(min(longest, day + 1)):
            found[:, day - back] |= begins & (back < length)
    return found
