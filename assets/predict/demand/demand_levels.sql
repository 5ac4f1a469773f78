-- Demand per series-day of each level a series belongs to (region, warehouse, SKU, category …).
--
-- mean_*: units per series-day; rising: last week ÷ last four weeks; week_on_week_n: the last n
-- days ÷ the same weekdays a week before; free_ratio, work_ratio: days of that kind ÷ all days of
-- the last four weeks. Every level has a row for every day from its first sale on, so window rows
-- are days.
with daily as (
    select
        case
            when grouping(region_no) = 0 then 'region'
            when grouping(warehouse_no) = 0 then 'warehouse'
            when grouping(sku_no) = 0 then 'sku'
            when grouping(region_sku_no) = 0 then 'region_sku'
            when grouping(warehouse_category_no) = 0 then 'warehouse_category'
            when grouping(warehouse_subcategory_no) = 0 then 'warehouse_subcategory'
            when grouping(region_category_no) = 0 then 'region_category'
            else 'platform'
        end as level,
        coalesce(
            region_no, warehouse_no, sku_no, region_sku_no, warehouse_category_no,
            warehouse_subcategory_no, region_category_no, platform_no
        ) as code,
        day,
        max(is_free) as is_free,
        cast(sum(demand_e4) as bigint) as units_e4,
        count(demand_e4) as series_days
    from demand_panel
    where day > (select min(day) - 28 from origins)
    group by grouping sets (
        (platform_no, day), (region_no, day), (warehouse_no, day), (sku_no, day),
        (region_sku_no, day), (warehouse_category_no, day), (warehouse_subcategory_no, day),
        (region_category_no, day)
    )
),

windows as (
    select
        level,
        code,
        day,
        units_e4,
        series_days,
        cast(sum(units_e4) over (
            partition by level, code
            order by day rows between 2 preceding and current row
        ) as bigint) as sum_3,
        cast(sum(series_days) over (
            partition by level, code
            order by day rows between 2 preceding and current row
        ) as bigint) as days_3,
        cast(sum(units_e4) over (
            partition by level, code
            order by day rows between 9 preceding and 7 preceding
        ) as bigint) as sum_3_before,
        cast(sum(series_days) over (
            partition by level, code
            order by day rows between 9 preceding and 7 preceding
        ) as bigint) as days_3_before,
        cast(sum(units_e4) over (
            partition by level, code
            order by day rows between 6 preceding and current row
        ) as bigint) as sum_7,
        cast(sum(series_days) over (
            partition by level, code
            order by day rows between 6 preceding and current row
        ) as bigint) as days_7,
        cast(sum(units_e4) over (
            partition by level, code
            order by day rows between 13 preceding and 7 preceding
        ) as bigint) as sum_7_before,
        cast(sum(series_days) over (
            partition by level, code
            order by day rows between 13 preceding and 7 preceding
        ) as bigint) as days_7_before,
        cast(sum(units_e4) over (
            partition by level, code
            order by day rows between 27 preceding and current row
        ) as bigint) as sum_28,
        cast(sum(series_days) over (
            partition by level, code
            order by day rows between 27 preceding and current row
        ) as bigint) as days_28,
        cast(sum(case when is_free = 1 then units_e4 end) over (
            partition by level, code
            order by day rows between 27 preceding and current row
        ) as bigint) as free_sum,
        cast(sum(case when is_free = 1 then series_days end) over (
            partition by level, code
            order by day rows between 27 preceding and current row
        ) as bigint) as free_days,
        cast(sum(case when is_free = 0 then units_e4 end) over (
            partition by level, code
            order by day rows between 27 preceding and current row
        ) as bigint) as work_sum,
        cast(sum(case when is_free = 0 then series_days end) over (
            partition by level, code
            order by day rows between 27 preceding and current row
        ) as bigint) as work_days
    from daily
),

means as (
    select
        level,
        code,
        day,
        units_e4 / cast(nullif(series_days, 0) as double) as mean_1,
        sum_3 / cast(nullif(days_3, 0) as double) as mean_3,
        sum_3_before / cast(nullif(days_3_before, 0) as double) as mean_3_before,
        sum_7 / cast(nullif(days_7, 0) as double) as mean_7,
        sum_7_before / cast(nullif(days_7_before, 0) as double) as mean_7_before,
        sum_28 / cast(nullif(days_28, 0) as double) as mean_28,
        days_28,
        free_sum / cast(nullif(free_days, 0) as double) as free_mean,
        work_sum / cast(nullif(work_days, 0) as double) as work_mean
    from windows
)

select
    level,
    code,
    day,
    mean_28 / 10000.0 as mean_28,
    days_28,
    mean_1 / nullif(mean_7, 0) as last_day_ratio,
    mean_7 / nullif(mean_28, 0) as rising,
    mean_3 / nullif(mean_3_before, 0) as week_on_week_3,
    mean_7 / nullif(mean_7_before, 0) as week_on_week_7,
    free_mean / nullif(mean_28, 0) as free_ratio,
    work_mean / nullif(mean_28, 0) as work_ratio
from means
