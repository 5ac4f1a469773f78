-- Demand per series-day of each level a series belongs to: what a series can borrow from others.
-- mean_*: units per series-day; rising: last week ÷ last four; free_ratio, work_ratio: days of that
-- kind ÷ all days of the last four weeks.
with daily as (
    select 'warehouse' as level, warehouse_no as code, day, max(is_free) as is_free,
        cast(sum(demand_e4) as bigint) as units_e4, count(demand_e4) as series_days
    from panel
    group by warehouse_no, day
    union all
    select 'sku' as level, sku_no as code, day, max(is_free) as is_free,
        cast(sum(demand_e4) as bigint) as units_e4, count(demand_e4) as series_days
    from panel
    group by sku_no, day
    union all
    select 'warehouse_category' as level, warehouse_category_no as code, day, max(is_free) as is_free,
        cast(sum(demand_e4) as bigint) as units_e4, count(demand_e4) as series_days
    from panel
    group by warehouse_category_no, day
    union all
    select 'region_category' as level, region_category_no as code, day, max(is_free) as is_free,
        cast(sum(demand_e4) as bigint) as units_e4, count(demand_e4) as series_days
    from panel
    group by region_category_no, day
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
            order by day range between interval '6 days' preceding and current row
        ) as bigint) as sum_7,
        cast(sum(series_days) over (
            partition by level, code
            order by day range between interval '6 days' preceding and current row
        ) as bigint) as days_7,
        cast(sum(units_e4) over (
            partition by level, code
            order by day range between interval '27 days' preceding and current row
        ) as bigint) as sum_28,
        cast(sum(series_days) over (
            partition by level, code
            order by day range between interval '27 days' preceding and current row
        ) as bigint) as days_28,
        cast(sum(case when is_free = 1 then units_e4 end) over (
            partition by level, code
            order by day range between interval '27 days' preceding and current row
        ) as bigint) as free_sum,
        cast(sum(case when is_free = 1 then series_days end) over (
            partition by level, code
            order by day range between interval '27 days' preceding and current row
        ) as bigint) as free_days,
        cast(sum(case when is_free = 0 then units_e4 end) over (
            partition by level, code
            order by day range between interval '27 days' preceding and current row
        ) as bigint) as work_sum,
        cast(sum(case when is_free = 0 then series_days end) over (
            partition by level, code
            order by day range between interval '27 days' preceding and current row
        ) as bigint) as work_days
    from daily
),

means as (
    select
        level,
        code,
        day,
        units_e4 / cast(nullif(series_days, 0) as double) as mean_1,
        sum_7 / cast(nullif(days_7, 0) as double) as mean_7,
        sum_28 / cast(nullif(days_28, 0) as double) as mean_28,
        free_sum / cast(nullif(free_days, 0) as double) as free_mean,
        work_sum / cast(nullif(work_days, 0) as double) as work_mean
    from windows
)

select
    level,
    code,
    day,
    mean_28 / 10000.0 as mean_28,
    mean_1 / nullif(mean_7, 0) as last_day_ratio,
    mean_7 / nullif(mean_28, 0) as rising,
    free_mean / nullif(mean_28, 0) as free_ratio,
    work_mean / nullif(mean_28, 0) as work_ratio
from means
