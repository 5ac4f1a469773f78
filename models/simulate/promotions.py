"""Draw prices and promotions: list-price steps, discounts, capped group buys; build PROMOTIONS.

Promotions continue past the end of the data; the export holds those announced before it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from data_contracts.codes.supply import PromotionKind
from data_contracts.exports import PROMOTIONS
from models.simulate import arrow
from models.simulate.catalogue import Catalogue
from models.simulate.simulated_days import DAY_SECONDS, Timeline

COUPON_DAY = 18  # 会员日: coupons are used twice as often on this day of the month
_GROUP_BUY_SHARE = 0.4
_GAP_DAYS = (18, 60)
_CAPPED_SHARE = 0.35  # of group-buy activities with a total quantity


@dataclass(frozen=True)
class Promotions:
    """Day × SKU prices in fen, and one entry per promotion of one SKU.

    `row` (day × SKU) is the promotion in force, -1: none. Caps are in thousandths of a sale unit,
    0: no cap.
    """

    list_fen: np.ndarray
    price_fen: np.ndarray
    row: np.ndarray
    sku: np.ndarray
    first_day: np.ndarray
    last_day: np.ndarray
    ratio: np.ndarray
    is_group_buy: np.ndarray
    limit_milli: np.ndarray
    total_milli: np.ndarray
    announced_second: np.ndarray

    @property
    def count(self) -> int:
        return len(self.sku)

    @property
    def activity_ids(self) -> pa.Array:
        """Activity per promotion; null for a plain discount."""
        return arrow.numbered("ACT", np.where(self.is_group_buy, np.arange(self.count), -1), 6)


def build_promotions(
    timeline: Timeline, catalogue: Catalogue, daily_units: np.ndarray, rng: np.random.Generator
) -> Promotions:
    """Draw promotions per SKU. `daily_units`: expected units per day on the platform, which the
    total quantity of a capped activity is a multiple of."""
    list_fen = _list_prices(timeline, catalogue, rng)
    sku, first, last = _windows(timeline, catalogue.size, rng)
    count = len(sku)
    group_buy = rng.random(count) < _GROUP_BUY_SHARE
    last = np.where(group_buy, np.minimum(last, first + 2), last)
    ratio = np.round(
        np.where(group_buy, rng.uniform(0.6, 0.8, count), rng.uniform(0.7, 0.92, count)), 2
    )
    length = last - first + 1
    surge = daily_units[sku] * length * ratio**-2.0
    capped = group_buy & (rng.random(count) < _CAPPED_SHARE)
    total = np.maximum(np.round(surge * rng.uniform(0.5, 1.6, count)), 3)
    row = np.full((timeline.all_days, catalogue.size), -1, np.int64)
    for index in range(count):
        row[first[index] : last[index] + 1, sku[index]] = index
    factor = np.where(row >= 0, ratio[row], 1.0)
    price = np.where(row >= 0, np.maximum(np.round(list_fen * factor / 10) * 10, 10), list_fen)
    announced = (first - rng.integers(2, 8, count)) * DAY_SECONDS
    return Promotions(
        list_fen=list_fen,
        price_fen=price.astype(np.int64),
        row=row,
        sku=sku,
        first_day=first,
        last_day=last,
        ratio=ratio,
        is_group_buy=group_buy,
        limit_milli=np.where(group_buy, rng.integers(2, 6, count) * 1000, 0),
        total_milli=np.where(capped, total * 1000, 0).astype(np.int64),
        announced_second=announced + rng.integers(9 * 3600, 18 * 3600, count),
    )


def _list_prices(timeline: Timeline, catalogue: Catalogue, rng: np.random.Generator) -> np.ndarray:
    """Day × SKU list price in fen: a step of up to ±8 % every 90 days or so."""
    days = timeline.all_days
    steps = np.where(
        rng.random((days, catalogue.size)) < 1 / 90,
        rng.uniform(-0.08, 0.08, (days, catalogue.size)),
        0,
    )
    drift = np.clip(np.exp(np.cumsum(steps, axis=0)), 0.75, 1.35)
    return np.maximum(np.round(catalogue.price_fen * drift / 10) * 10, 50).astype(np.int64)


def _windows(
    timeline: Timeline, skus: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(SKU, first day, last day) of promotions that never overlap on one SKU."""
    windows = []
    for sku in range(skus):
        first = int(rng.integers(0, _GAP_DAYS[1]))
        while first < timeline.all_days - 1:
            last = min(first + int(rng.integers(2, 6)), timeline.all_days - 1)
            windows.append((sku, first, last))
            first = last + int(rng.integers(*_GAP_DAYS))
    windows.sort(key=lambda window: (window[1], window[0]))
    sku, first, last = np.array(windows).T
    return sku, first, last


def promotions_export(promotions: Promotions, catalogue: Catalogue, timeline: Timeline) -> pa.Table:
    """PROMOTIONS announced before the data end, and the monthly member day with its coupons."""
    announced = np.nonzero(promotions.announced_second < timeline.end_second)[0]
    members = np.array(
        [day for day in range(timeline.days + 3) if timeline.date_of(day).day == COUPON_DAY],
        np.int64,
    )
    extra = len(members)
    group = promotions.is_group_buy[announced]
    first = np.concatenate([promotions.first_day[announced], members])
    sku = np.concatenate([promotions.sku[announced], np.full(extra, -1)])
    is_sku = sku >= 0
    offer = promotions.price_fen[promotions.first_day[announced], promotions.sku[announced]]
    kind = np.concatenate([np.where(group, 1, 0), np.full(extra, 2)])
    zeros = np.zeros(extra, np.int64)
    limit = np.concatenate([promotions.limit_milli[announced], zeros])
    total = np.concatenate([promotions.total_milli[announced], zeros])
    titles = arrow.pick(["限时折扣", "今日团购", "会员日领券"], kind)
    activity = pa.concat_arrays(
        [promotions.activity_ids.take(pa.array(announced)), pa.nulls(extra, pa.string())]
    )
    return arrow.table_of(
        PROMOTIONS,
        {
            "promotion_id": arrow.numbered(
                "P", np.concatenate([announced, promotions.count + np.arange(extra)]), 6
            ),
            "activity_id": activity,
            "kind": arrow.pick(
                [
                    PromotionKind.DISCOUNT.value,
                    PromotionKind.GROUP_BUY.value,
                    PromotionKind.COUPON.value,
                ],
                kind,
            ),
            "title": titles,
            "sku_id": arrow.pick(catalogue.ids, sku),
            "starts_on": arrow.days(timeline, first),
            "ends_on": arrow.days(
                timeline, np.concatenate([promotions.last_day[announced], members])
            ),
            "discount_ratio": arrow.reals(
                np.concatenate([promotions.ratio[announced], np.ones(extra)]), ~is_sku
            ),
            "offer_price_yuan": arrow.yuan(np.concatenate([offer, zeros]), ~is_sku),
            "limit_buy_units": arrow.reals(limit / 1000, limit == 0),
            "total_quantity_units": arrow.reals(total / 1000, total == 0),
            "announced_at": arrow.moments(
                timeline,
                np.concatenate(
                    [promotions.announced_second[announced], (members - 7) * DAY_SECONDS + 36_000]
                ),
            ),
        },
    )
