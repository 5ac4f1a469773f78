-- Lag and window features per series and origin, from data up to the origin. The panel has a row
-- for every day from the first sale on, so rows are days. sum_n and days_n: the last n days, the
-- origin included, without days of unknown demand. Leaves out series without a sale for long, and
-- SKUs off offer on all days ahead.
--
-- Origins are joined to the days before them and summed once. A window per figure over the whole
-- panel takes no longer if every day is an origin, but a forecast has four of sixty. Filtering lag
-- days first saves two thirds of their run time.
with sampled_origins as (
    -- sampled by a hash of the series: independent of row order and threads
    select
        p.series_no,
        p.warehouse_no,
        p.day,
        o.train_every > 0
        and hash(s.warehouse_id, s.sku_id, p.day) % greatest(o.train_every, 1) = 0 as is_training,
        o.score_every > 0
        and hash(s.warehouse_id, s.sku_id) % greatest(o.score_every, 1) = 0 as is_scored
    from demand_panel as p
    inner join panel_series as s on p.series_no = s.series_no
    inner join origins as o on p.day = o.day
    left join off_offer as x
        on s.sku_id = x.sku_id and p.day + 1 >= x.from_day and p.day + $horizon_days <= x.until_day
    where (is_training or is_scored) and x.sku_id is null
),

days_before_origin as (
    select
        a.series_no,
        a.warehouse_no,
        a.day,
        a.is_training,
        a.is_scored,
        a.day - p.day as age,
        p.demand_e4,
        p.sold_e4,
        p.in_stock_e4,
        p.discount_e4,
        p.is_free
    from sampled_origins as a
    inner join demand_panel as p on a.series_no = p.series_no
    where p.day between a.day - ($lookback_days - 1) and a.day
),

sums as (
    select
        series_no,
        warehouse_no,
        day,
        is_training,
        is_scored,
        max(demand_e4) filter (where age = 0) as demand_e4,
        max(in_stock_e4) filter (where age = 0) as in_stock_e4,
        max(discount_e4) filter (where age = 0) as discount_e4,
        count(*) as panel_days,
        cast(sum(demand_e4) filter (where age < 3) as bigint) as sum_3,
        count(demand_e4) filter (where age < 3) as days_3,
        cast(sum(demand_e4) filter (where age < 7) as bigint) as sum_7,
        count(demand_e4) filter (where age < 7) as days_7,
        cast(sum(demand_e4) filter (where age < 14) as bigint) as sum_14,
        count(demand_e4) filter (where age < 14) as days_14,
        cast(sum(demand_e4) filter (where age < 28) as bigint) as sum_28,
        count(demand_e4) filter (where age < 28) as days_28,
        cast(sum(demand_e4) filter (where age < 56) as bigint) as sum_56,
        count(demand_e4) filter (where age < 56) as days_56,
        cast(sum(demand_e4 * demand_e4) filter (where age < 28) as double) as square_28,
        max(demand_e4) filter (where age < 28) as max_28,
        count(demand_e4) filter (where age < 14 and sold_e4 = 0) as zero_days_14,
        count(demand_e4) filter (where age < 28 and sold_e4 = 0) as zero_days_28,
        cast(sum(sold_e4) filter (where age < 7) as bigint) as sold_7,
        cast(sum(in_stock_e4) filter (where age < 7) as bigint) as in_stock_7,
        count(in_stock_e4) filter (where age < 7) as offered_days_7,
        cast(sum(discount_e4) filter (where age < 7) as bigint) as discount_7,
        cast(sum(sold_e4) filter (where age < 28) as bigint) as sold_28,
        cast(sum(in_stock_e4) filter (where age < 28) as bigint) as in_stock_28,
        count(in_stock_e4) filter (where age < 28) as offered_days_28,
        cast(sum(discount_e4) filter (where age < 28) as bigint) as discount_28,
        cast(sum(demand_e4) filter (where age < 28 and is_free = 1) as bigint) as free_sum_28,
        count(demand_e4) filter (where age < 28 and is_free = 1) as free_days_28,
        cast(sum(demand_e4) filter (where age < 28 and is_free = 0) as bigint) as work_sum_28,
        count(demand_e4) filter (where age < 28 and is_free = 0) as work_days_28,
        min(age) filter (where sold_e4 > 0) as days_since_sale
    from days_before_origin
    group by series_no, warehouse_no, day, is_training, is_scored
    having coalesce(days_since_sale, $lookback_days) < $dead_after_days
),

lags as (
    select
        series_no,
        day,
        max(demand_e4) filter (where age = 1) as lag_1,
        max(demand_e4) filter (where age = 2) as lag_2,
        max(demand_e4) filter (where age = 3) as lag_3,
        max(demand_e4) filter (where age = 4) as lag_4,
        max(demand_e4) filter (where age = 5) as lag_5,
        max(demand_e4) filter (where age = 6) as lag_6,
        max(demand_e4) filter (where age = 11) as lag_11,
        max(demand_e4) filter (where age = 12) as lag_12,
        max(demand_e4) filter (where age = 13) as lag_13,
        max(demand_e4) filter (where age = 18) as lag_18,
        max(demand_e4) filter (where age = 19) as lag_19,
        max(demand_e4) filter (where age = 20) as lag_20,
        max(demand_e4) filter (where age = 25) as lag_25,
        max(demand_e4) filter (where age = 26) as lag_26,
        max(demand_e4) filter (where age = 27) as lag_27,
        max(sold_e4) filter (where age = 4) as sold_lag_4,
        max(sold_e4) filter (where age = 5) as sold_lag_5,
        max(sold_e4) filter (where age = 6) as sold_lag_6,
        max(in_stock_e4) filter (where age = 1) as in_stock_lag_1
    from days_before_origin
    where age in (1, 2, 3, 4, 5, 6, 11, 12, 13, 18, 19, 20, 25, 26, 27)
    group by series_no, day
)

select s.*, l.* exclude (series_no, day)
from sums as s
left join lags as l on s.series_no = l.series_no and s.day = l.day
