"""Names of the demand model's features, in the order the model knows them.

Contains names and groups. Not here: how a feature is computed
(`assets/predict/demand/demand_rows.sql`, one expression per name), and numbers (`models/params`).
All quantities are in sale units; ratios are plain ratios; days are business days.
"""

from __future__ import annotations

OWN_HISTORY: tuple[str, ...] = (
    "demand_lag_0",  # the origin day itself
    "demand_lag_1",
    "demand_lag_2",
    "same_weekday_1",  # same weekday as the target, 1 to 4 weeks before it
    "same_weekday_2",
    "same_weekday_3",
    "same_weekday_4",
    "same_weekday_mean",
    "mean_3",
    "mean_7",
    "mean_14",
    "mean_28",
    "mean_56",
    "deviation_28",
    "max_28",
    "same_kind_mean_28",  # free days if the target is one, else workdays
    "zero_share_14",
    "zero_share_28",
    "sold_mean_7",
    "sold_mean_28",
    "in_stock_mean_7",
    "in_stock_mean_28",
    "in_stock_lag_0",
    "in_stock_lag_1",
    "days_since_sale",
    "history_days",
    "similar_mean",  # sales of similar SKUs there: the level of a series without its own
    "preordered_units",  # ordered so far under activities that still run on the target day
)

# Units of the series' own past, which the model sees as multiples of the series' level, so that
# series of one size inform those of another. `mean_28`, nearly that level, keeps the size.
MEASURED_BY_LEVEL: tuple[str, ...] = tuple(
    name
    for name in OWN_HISTORY
    if name.startswith(
        ("demand_lag", "same_", "mean_", "deviation", "max_", "sold_mean", "similar", "preordered")
    )
    and name != "mean_28"
)

PRICE: tuple[str, ...] = (
    "discount_target",
    "discount_lag_0",
    "discount_mean_7",
    "discount_mean_28",
    "discount_change",
    "is_group_buy",
    "is_coupon",
    "price_ratio",  # list price ÷ that of its category
)

DAY: tuple[str, ...] = (
    "horizon",
    "weekday",
    "is_free",
    "is_holiday",
    "is_makeup",
    "is_school_season",
    "is_event",
    "is_free_before",
    "is_free_after",
    "days_since_holiday",
    "days_to_holiday",
    "origin_is_free",
)

WEATHER: tuple[str, ...] = (
    "rain_mm",
    "temperature_celsius",
    "humidity_percent",
    "wind_level",
    "warning_level",
)

# Levels a series belongs to; each gives it measures such as `warehouse_rising`.
LEVELS: tuple[str, ...] = (
    "platform",
    "region",
    "warehouse",
    "sku",
    "region_sku",
    "warehouse_category",
    "warehouse_subcategory",
    "region_category",
)

LEVEL_MEASURES: tuple[str, ...] = (
    "mean_28",
    "last_day_ratio",
    "rising",
    "week_on_week_3",
    "week_on_week_7",
)

BORROWED: tuple[str, ...] = tuple(
    f"{level}_{measure}" for level in LEVELS for measure in (*LEVEL_MEASURES, "kind_ratio")
)

# Users who view or search, in the last day and last three, compared with the two weeks before.
INTEREST_MEASURES: tuple[str, ...] = (
    "own_looks",
    "sku_looks",
    "sku_searches",
    "category_searches",
)

INTEREST: tuple[str, ...] = tuple(
    f"{measure}_{rise}" for measure in INTEREST_MEASURES for rise in ("rise_1", "rise_3")
)

FEATURES: tuple[str, ...] = OWN_HISTORY + PRICE + DAY + WEATHER + BORROWED + INTEREST
