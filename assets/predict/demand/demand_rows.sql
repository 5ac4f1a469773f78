-- One row per series, origin (last known day) and horizon in days: features of the target day as
-- known at the origin and, if the target day is over, units sold and demanded.
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
    from demand_windows as w
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

with_promotions as (
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

feature_values as (
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
                cast((w.week_1 is not null) as int) + cast((w.week_2 is not null) as int)
                + cast((w.week_3 is not null) as int) + cast((w.week_4 is not null) as int)
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
        -- the SKU in other warehouses, weighted by its known days and scaled to this warehouse;
        -- shrunk towards its sub-category here, and that towards its category here
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
        platform.mean_28 as platform_mean_28,
        platform.last_day_ratio as platform_last_day_ratio,
        platform.rising as platform_rising,
        platform.week_on_week_3 as platform_week_on_week_3,
        platform.week_on_week_7 as platform_week_on_week_7,
        case when t.is_free = 1 then platform.free_ratio else platform.work_ratio end
            as platform_kind_ratio,
        region.mean_28 as region_mean_28,
        region.last_day_ratio as region_last_day_ratio,
        region.rising as region_rising,
        region.week_on_week_3 as region_week_on_week_3,
        region.week_on_week_7 as region_week_on_week_7,
        case when t.is_free = 1 then region.free_ratio else region.work_ratio end
            as region_kind_ratio,
        warehouse.mean_28 as warehouse_mean_28,
        warehouse.last_day_ratio as warehouse_last_day_ratio,
        warehouse.rising as warehouse_rising,
        warehouse.week_on_week_3 as warehouse_week_on_week_3,
        warehouse.week_on_week_7 as warehouse_week_on_week_7,
        case when t.is_free = 1 then warehouse.free_ratio else warehouse.work_ratio end
            as warehouse_kind_ratio,
        sku.mean_28 as sku_mean_28,
        sku.last_day_ratio as sku_last_day_ratio,
        sku.rising as sku_rising,
        sku.week_on_week_3 as sku_week_on_week_3,
        sku.week_on_week_7 as sku_week_on_week_7,
        case when t.is_free = 1 then sku.free_ratio else sku.work_ratio end
            as sku_kind_ratio,
        region_sku.mean_28 as region_sku_mean_28,
        region_sku.last_day_ratio as region_sku_last_day_ratio,
        region_sku.rising as region_sku_rising,
        region_sku.week_on_week_3 as region_sku_week_on_week_3,
        region_sku.week_on_week_7 as region_sku_week_on_week_7,
        case when t.is_free = 1 then region_sku.free_ratio else region_sku.work_ratio end
            as region_sku_kind_ratio,
        warehouse_category.mean_28 as warehouse_category_mean_28,
        warehouse_category.last_day_ratio as warehouse_category_last_day_ratio,
        warehouse_category.rising as warehouse_category_rising,
        warehouse_category.week_on_week_3 as warehouse_category_week_on_week_3,
        warehouse_category.week_on_week_7 as warehouse_category_week_on_week_7,
        case when t.is_free = 1 then warehouse_category.free_ratio else warehouse_category.work_ratio end
            as warehouse_category_kind_ratio,
        warehouse_subcategory.mean_28 as warehouse_subcategory_mean_28,
        warehouse_subcategory.last_day_ratio as warehouse_subcategory_last_day_ratio,
        warehouse_subcategory.rising as warehouse_subcategory_rising,
        warehouse_subcategory.week_on_week_3 as warehouse_subcategory_week_on_week_3,
        warehouse_subcategory.week_on_week_7 as warehouse_subcategory_week_on_week_7,
        case when t.is_free = 1 then warehouse_subcategory.free_ratio else warehouse_subcategory.work_ratio end
            as warehouse_subcategory_kind_ratio,
        region_category.mean_28 as region_category_mean_28,
        region_category.last_day_ratio as region_category_last_day_ratio,
        region_category.rising as region_category_rising,
        region_category.week_on_week_3 as region_category_week_on_week_3,
        region_category.week_on_week_7 as region_category_week_on_week_7,
        case when t.is_free = 1 then region_category.free_ratio else region_category.work_ratio end
            as region_category_kind_ratio,
        own_looks.rise_1 as own_looks_rise_1,
        own_looks.rise_3 as own_looks_rise_3,
        sku_looks.rise_1 as sku_looks_rise_1,
        sku_looks.rise_3 as sku_looks_rise_3,
        sku_searches.rise_1 as sku_searches_rise_1,
        sku_searches.rise_3 as sku_searches_rise_3,
        category_searches.rise_1 as category_searches_rise_1,
        category_searches.rise_3 as category_searches_rise_3
    from with_promotions as w
    inner join panel_series as p on w.series_no = p.series_no
    left join warehouse_day_kinds as t on w.warehouse_no = t.warehouse_no and w.target_day = t.day
    left join warehouse_day_kinds as k on w.warehouse_no = k.warehouse_no and w.day = k.day
    left join demand_preorders as o on w.series_no = o.series_no and w.day = o.day
    left join weather_days as r
        on w.warehouse_no = r.warehouse_no and w.target_day = r.day and w.horizon = r.horizon
    left join demand_levels as platform
        on
            platform.level = 'platform' and platform.code = p.platform_no
            and platform.day = w.day
    left join demand_levels as region
        on
            region.level = 'region' and region.code = p.region_no
            and region.day = w.day
    left join demand_levels as warehouse
        on
            warehouse.level = 'warehouse' and warehouse.code = p.warehouse_no
            and warehouse.day = w.day
    left join demand_levels as sku
        on
            sku.level = 'sku' and sku.code = p.sku_no
            and sku.day = w.day
    left join demand_levels as region_sku
        on
            region_sku.level = 'region_sku' and region_sku.code = p.region_sku_no
            and region_sku.day = w.day
    left join demand_levels as warehouse_category
        on
            warehouse_category.level = 'warehouse_category' and warehouse_category.code = p.warehouse_category_no
            and warehouse_category.day = w.day
    left join demand_levels as warehouse_subcategory
        on
            warehouse_subcategory.level = 'warehouse_subcategory' and warehouse_subcategory.code = p.warehouse_subcategory_no
            and warehouse_subcategory.day = w.day
    left join demand_levels as region_category
        on
            region_category.level = 'region_category' and region_category.code = p.region_category_no
            and region_category.day = w.day
    left join demand_interest as own_looks
        on
            own_looks.measure = 'own_looks' and own_looks.code = p.series_no
            and own_looks.day = w.day
    left join demand_interest as sku_looks
        on
            sku_looks.measure = 'sku_looks' and sku_looks.code = p.sku_no
            and sku_looks.day = w.day
    left join demand_interest as sku_searches
        on
            sku_searches.measure = 'sku_searches' and sku_searches.code = p.sku_no
            and sku_searches.day = w.day
    left join demand_interest as category_searches
        on
            category_searches.measure = 'category_searches' and category_searches.code = p.category_no
            and category_searches.day = w.day
)

select
    f.*,
    a.demand_e4 / 10000.0 as demand_units,
    a.sold_e4 / 10000.0 as sold_units,
    a.in_stock_e4 / 10000.0 as in_stock_share
from feature_values as f
left join demand_panel as a on f.series_no = a.series_no and f.target_day = a.day
