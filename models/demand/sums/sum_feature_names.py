"""Names of the features of longer sums, in the order the model knows them.

Contains names only. Not here: how they are computed (`assets/predict/demand/sums`), features of
single days (`models/demand/feature_names.py`).
"""

from __future__ import annotations

from models.demand.feature_names import INTEREST, LEVELS

# Features of a day that depend on the origin alone.
ORIGIN: tuple[str, ...] = (
    "demand_lag_0",
    "mean_3",
    "mean_7",
    "mean_14",
    "mean_28",
    "mean_56",
    "deviation_28",
    "max_28",
    "zero_share_14",
    "zero_share_28",
    "sold_mean_7",
    "sold_mean_28",
    "in_stock_mean_7",
    "in_stock_mean_28",
    "days_since_sale",
    "history_days",
    "similar_mean",
    "preordered_units",
    "discount_lag_0",
    "discount_mean_7",
    "discount_mean_28",
    "price_ratio",
)

# Levels with many members per origin. The platform has one: its figures name the origin, and trees
# then learn the errors of single origins by heart.
ORIGIN_LEVELS: tuple[str, ...] = tuple(
    f"{level}_{measure}"
    for level in LEVELS
    if level != "platform"
    for measure in ("mean_28", "rising", "week_on_week_7")
)

# The days of the sum, as known at the origin.
AHEAD: tuple[str, ...] = (
    "span_days",
    "first_weekday",
    "weight_per_day",  # weight_days ÷ days on offer
    "offered_share",
    "free_share",
    "holiday_share",
    "makeup_share",
    "school_share",
    "event_share",
    "discount_ahead",
    "discount_change",  # discount_ahead − the mean of the last four weeks
    "group_buy_share",
    "coupon_share",
    "rain_mm_3",  # mean of the first three days: weather is forecast no further
    "warning_level_3",
)

SUM_FEATURES: tuple[str, ...] = ORIGIN + ORIGIN_LEVELS + INTEREST + AHEAD
