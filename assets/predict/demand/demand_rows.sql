-- One row per series, origin (last known day) and horizon in days: the features of the target day as
-- the origin knew them, and, where the target day is over, what was sold and demanded.
with targets as (
    select
        w.*,
        h.horizon,
        w.day + h.horizon as target_day,
        case h.horizon when 1 then w.lag_6 when 2 then w.lag_5 when 3 then w.lag_4 end as week_1,
        case h.horizon when 1 then w.lag_13 when 2 then w.lag_12 when 3 then w.lag_11 end as week_2,
        case h.horizon when 1 then w.lag_20 when 2 then w.lag_19 when 3 then w.lag_18 end as week_3,
        case h.horizon when 1 then w.lag_27 when 2 then w.lag_26 when 3 then w.lag_25 end as week_4,
        case h.horizon when 1 then w.sold_lag_6 when 2 then w.sold_lag_5 when 3 then w.sold_lag_4 end
            as sold_week_1
    from windows as w
    cross join horizons as h
),

discounts as (
    select
        s.series_no,
        p.day,
        p.discount_ratio_1,
        p.discount_ratio_2,
        p.discount_ratio_3,
        p.group_buy_lead,
        p.coupon_lead
    from promotion_days as p
    inner join panel_series as s on p.warehouse_id = s.warehouse_id and p.sku_id = s.sku_id
),

promoted as (
    select
        w.*,
        coalesce(
            case w.horizon
                when 1 then p.discount_ratio_1 when 2 then p.discount_ratio_2 else p.discount_ratio_3
            end, 1.0
        ) as discount,
        case when p.group_buy_lead >= w.horizon then 1 else 0 end as is_group_buy,
        case when p.coupon_lead >= w.horizon then 1 else 0 end as is_coupon
    from targets as w
    left join discounts as p on w.series_no = p.series_no and w.target_day = p.day
),

featured as (
    select
        w.series_no,
        w.day as origin,
        w.target_day,
        w.horizon,
        w.is_training,
        w.is_scored,
        w.panel_days,
        coalesce(w.sold_week_1, 0) / 10000.0 as sold_last_week,
        w.demand_e4 / 10000.0 as demand_lag_0,
        w.lag_1 / 10000.0 as demand_lag_1,
        w.lag_2 / 10000.0 as demand_lag_2,
        w.week_1 / 10000.0 as same_weekday_1,
        w.week_2 / 10000.0 as same_weekday_2,
        w.week_3 / 10000.0 as same_weekday_3,
        w.week_4 / 10000.0 as same_weekday_4,
        (
            coalesce(w.week_1, 0) + coalesce(w.week_2, 0) + coalesce(w.week_3, 0)
            + coalesce(w.week_4, 0)
        ) / nullif(
            10000.0 * (
                (w.week_1 is not null)::int + (w.week_2 is not null)::int
                + (w.week_3 is not null)::int + (w.week_4 is not null)::int
            ), 0
        ) as same_weekday_mean,
        w.sum_3 / (10000.0 * nullif(w.days_3, 0)) as mean_3,
        w.sum_7 / (10000.0 * nullif(w.days_7, 0)) as mean_7,
        w.sum_14 / (10000.0 * nullif(w.days_14, 0)) as mean_14,
        w.sum_28 / (10000.0 * nullif(w.days_28, 0)) as mean_28,
        w.sum_56 / (10000.0 * nullif(w.days_56, 0)) as mean_56,
        sqrt(greatest(
            w.square_28 / nullif(w.days_28, 0)
            - power(w.sum_28 / cast(nullif(w.days_28, 0) as double), 2), 0
        )) / 10000.0 as deviation_28,
        w.max_28 / 10000.0 as max_28,
        case when t.is_free = 1 then w.free_sum_28 else w.work_sum_28 end / (
            10000.0 * nullif(case when t.is_free = 1 then w.free_days_28 else w.work_days_28 end, 0)
        ) as same_kind_mean_28,
        w.zero_days_14 / cast(nullif(w.days_14, 0) as double) as zero_share_14,
        w.zero_days_28 / cast(nullif(w.days_28, 0) as double) as zero_share_28,
        w.sold_7 / (10000.0 * least(w.panel_days, 7)) as sold_mean_7,
        w.in_stock_7 / (10000.0 * nullif(w.offered_days_7, 0)) as in_stock_mean_7,
        w.sold_28 / (10000.0 * least(w.panel_days, 28)) as sold_mean_28,
        w.in_stock_28 / (10000.0 * nullif(w.offered_days_28, 0)) as in_stock_mean_28,
        w.in_stock_e4 / 10000.0 as in_stock_lag_0,
        w.in_stock_lag_1 / 10000.0 as in_stock_lag_1,
        least(coalesce(w.days_since_sale, $lookback_days), $lookback_days) as days_since_sale,
        least(w.panel_days, $min_lookback_days) as history_days,
        w.discount as discount_target,
        w.discount_e4 / 10000.0 as discount_lag_0,
        w.discount_7 / (10000.0 * least(w.panel_days, 7)) as discount_mean_7,
        w.discount_28 / (10000.0 * least(w.panel_days, 28)) as discount_mean_28,
        w.discount - w.discount_7 / (10000.0 * least(w.panel_days, 7)) as discount_change,
        w.is_group_buy,
        w.is_coupon,
        t.weekday as weekday,
        t.is_free as is_free,
        t.is_holiday as is_holiday,
        t.is_makeup as is_makeup,
        t.is_school_season as is_school_season,
        t.is_event as is_event,
        t.is_free_before as is_free_before,
        t.is_free_after as is_free_after,
        t.days_since_holiday as days_since_holiday,
        t.days_to_holiday as days_to_holiday,
        k.is_free as origin_is_free,
        r.rain_mm as rain_mm,
        r.temperature_celsius as temperature_celsius,
        r.humidity_percent as humidity_percent,
        r.wind_level as wind_level,
        r.warning_level as warning_level,
        p.price_ratio as price_ratio,
        coalesce(
            case w.horizon when 1 then o.units_1 when 2 then o.units_2 else o.units_3 end, 0
        ) / 10000.0 as preordered_units,
        -- the SKU elsewhere, as far as it is known there, brought to the size of this warehouse;
        -- else its sub-category, as far as that is known, else its category here
        (
            coalesce(sku.days_28 * sku.mean_28, 0) * coalesce(
                least(greatest(warehouse_category.mean_28 / nullif(region_category.mean_28, 0), 0.2), 5),
                1
            )
            + $prior_series_days * (
                coalesce(warehouse_subcategory.days_28 * warehouse_subcategory.mean_28, 0)
                + $prior_series_days * coalesce(
                    warehouse_category.mean_28, warehouse.mean_28, platform.mean_28, 0
                )
            ) / (coalesce(warehouse_subcategory.days_28, 0) + $prior_series_days)
        ) / (coalesce(sku.days_28, 0) + $prior_series_days) as similar_mean,
        {borrowed}
    from promoted as w
    inner join panel_series as p on w.series_no = p.series_no
    left join day_kinds as t on w.warehouse_no = t.warehouse_no and w.target_day = t.day
    left join day_kinds as k on w.warehouse_no = k.warehouse_no and w.day = k.day
    left join preorders as o on w.series_no = o.series_no and w.day = o.day
    left join weather_days as r
        on w.warehouse_no = r.warehouse_no and w.target_day = r.day and w.horizon = r.horizon
    {levels}
)

select
    f.*,
    a.demand_e4 / 10000.0 as demand_units,
    a.sold_e4 / 10000.0 as sold_units,
    a.in_stock_e4 / 10000.0 as in_stock_share
from featured as f
left join panel as a on f.series_no = a.series_no and f.target_day = a.day
