-- What each series knew of itself at the end of each day; kept for the origins that are wanted.
-- The panel has a row for every day from the first sale on, so rows are days. sum_n and days_n: the
-- last n days, the origin included, days with unknown demand left out. A series without a sale for
-- long, or whose SKU was delisted, is no row.
with windows as (
    select
        series_no,
        warehouse_no,
        day,
        demand_e4,
        in_stock_e4,
        discount_e4,
        row_number() over (partition by series_no order by day) as panel_days,
        cast(sum(demand_e4) over (
            partition by series_no order by day rows between 2 preceding and current row
        ) as bigint) as sum_3,
        count(demand_e4) over (
            partition by series_no order by day rows between 2 preceding and current row
        ) as days_3,
        cast(sum(demand_e4) over (
            partition by series_no order by day rows between 6 preceding and current row
        ) as bigint) as sum_7,
        count(demand_e4) over (
            partition by series_no order by day rows between 6 preceding and current row
        ) as days_7,
        cast(sum(demand_e4) over (
            partition by series_no order by day rows between 13 preceding and current row
        ) as bigint) as sum_14,
        count(demand_e4) over (
            partition by series_no order by day rows between 13 preceding and current row
        ) as days_14,
        cast(sum(demand_e4) over (
            partition by series_no order by day rows between 27 preceding and current row
        ) as bigint) as sum_28,
        count(demand_e4) over (
            partition by series_no order by day rows between 27 preceding and current row
        ) as days_28,
        cast(sum(demand_e4) over (
            partition by series_no order by day rows between 55 preceding and current row
        ) as bigint) as sum_56,
        count(demand_e4) over (
            partition by series_no order by day rows between 55 preceding and current row
        ) as days_56,
        cast(sum(demand_e4 * demand_e4) over (
            partition by series_no order by day rows between 27 preceding and current row
        ) as double) as square_28,
        max(demand_e4) over (
            partition by series_no order by day rows between 27 preceding and current row
        ) as max_28,
        count(case when sold_e4 = 0 and demand_e4 is not null then 1 end) over (
            partition by series_no order by day rows between 13 preceding and current row
        ) as zero_days_14,
        count(case when sold_e4 = 0 and demand_e4 is not null then 1 end) over (
            partition by series_no order by day rows between 27 preceding and current row
        ) as zero_days_28,
        cast(sum(sold_e4) over (
            partition by series_no order by day rows between 6 preceding and current row
        ) as bigint) as sold_7,
        cast(sum(in_stock_e4) over (
            partition by series_no order by day rows between 6 preceding and current row
        ) as bigint) as in_stock_7,
        count(in_stock_e4) over (
            partition by series_no order by day rows between 6 preceding and current row
        ) as offered_days_7,
        cast(sum(discount_e4) over (
            partition by series_no order by day rows between 6 preceding and current row
        ) as bigint) as discount_7,
        cast(sum(sold_e4) over (
            partition by series_no order by day rows between 27 preceding and current row
        ) as bigint) as sold_28,
        cast(sum(in_stock_e4) over (
            partition by series_no order by day rows between 27 preceding and current row
        ) as bigint) as in_stock_28,
        count(in_stock_e4) over (
            partition by series_no order by day rows between 27 preceding and current row
        ) as offered_days_28,
        cast(sum(discount_e4) over (
            partition by series_no order by day rows between 27 preceding and current row
        ) as bigint) as discount_28,
        cast(sum(case when is_free = 1 then demand_e4 end) over (
            partition by series_no order by day rows between 27 preceding and current row
        ) as bigint) as free_sum_28,
        count(case when is_free = 1 then demand_e4 end) over (
            partition by series_no order by day rows between 27 preceding and current row
        ) as free_days_28,
        cast(sum(case when is_free = 0 then demand_e4 end) over (
            partition by series_no order by day rows between 27 preceding and current row
        ) as bigint) as work_sum_28,
        count(case when is_free = 0 then demand_e4 end) over (
            partition by series_no order by day rows between 27 preceding and current row
        ) as work_days_28,
        day - max(case when sold_e4 > 0 then day end) over (
            partition by series_no order by day rows unbounded preceding
        ) as days_since_sale,
        lag(demand_e4, 1) over (partition by series_no order by day) as lag_1,
        lag(demand_e4, 2) over (partition by series_no order by day) as lag_2,
        lag(demand_e4, 3) over (partition by series_no order by day) as lag_3,
        lag(demand_e4, 4) over (partition by series_no order by day) as lag_4,
        lag(demand_e4, 5) over (partition by series_no order by day) as lag_5,
        lag(demand_e4, 6) over (partition by series_no order by day) as lag_6,
        lag(demand_e4, 11) over (partition by series_no order by day) as lag_11,
        lag(demand_e4, 12) over (partition by series_no order by day) as lag_12,
        lag(demand_e4, 13) over (partition by series_no order by day) as lag_13,
        lag(demand_e4, 18) over (partition by series_no order by day) as lag_18,
        lag(demand_e4, 19) over (partition by series_no order by day) as lag_19,
        lag(demand_e4, 20) over (partition by series_no order by day) as lag_20,
        lag(demand_e4, 25) over (partition by series_no order by day) as lag_25,
        lag(demand_e4, 26) over (partition by series_no order by day) as lag_26,
        lag(demand_e4, 27) over (partition by series_no order by day) as lag_27,
        lag(sold_e4, 4) over (partition by series_no order by day) as sold_lag_4,
        lag(sold_e4, 5) over (partition by series_no order by day) as sold_lag_5,
        lag(sold_e4, 6) over (partition by series_no order by day) as sold_lag_6,
        lag(in_stock_e4, 1) over (partition by series_no order by day) as in_stock_lag_1
    from panel
),

-- Sampled by a hash of the series, so that the same rows come whatever the order or the threads.
sampled as (
    select
        w.*,
        o.train_every > 0
        and hash(s.warehouse_id, s.sku_id, w.day) % greatest(o.train_every, 1) = 0 as is_training,
        o.score_every > 0
        and hash(s.warehouse_id, s.sku_id) % greatest(o.score_every, 1) = 0 as is_scored
    from windows as w
    inner join panel_series as s on w.series_no = s.series_no
    inner join origins as o on w.day = o.day
    where
        w.days_since_sale < $dead_after_days
        and coalesce(s.delisted_on > w.day, true)
)

select * from sampled where is_training or is_scored
