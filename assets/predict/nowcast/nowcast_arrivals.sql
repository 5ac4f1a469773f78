-- Units of every series, day and moment: observed by then, and still to come.
--
-- observed: ordered before the moment, less cancellations before it. rest: ordered from the moment
-- to the cut-off, less their cancellations by the cut-off. total: net units of the day at its
-- cut-off; below observed + rest by late cancellations. Integers in ten-thousandths, so sums do
-- not depend on the order of rows.
with goods_lines as (
    select
        warehouse_id,
        sku_id,
        day,
        ordered_at,
        cast(day as timestamp) + ($cutoff_minutes - 1440) * interval '1 minute' as opened_at,
        ordered_e4,
        cancelled_e4,
        cancelled_at
    from order_lines_as_of
    where is_goods and day >= $first_day
),

lines_kept_at_cutoff as (
    select
        *,
        ordered_e4 - case
            when cancelled_at < opened_at + interval '1 day' then cancelled_e4 else 0
        end as kept_e4
    from goods_lines
)

select
    t.warehouse_id,
    t.sku_id,
    t.day,
    m.moment_no,
    cast(sum(
        case
            when t.ordered_at >= t.opened_at + m.elapsed_seconds * interval '1 second' then 0
            when t.cancelled_at < t.opened_at + m.elapsed_seconds * interval '1 second'
                then t.ordered_e4 - t.cancelled_e4
            else t.ordered_e4
        end
    ) as bigint) as observed_e4,
    cast(sum(
        case
            when t.ordered_at >= t.opened_at + m.elapsed_seconds * interval '1 second' then t.kept_e4
            else 0
        end
    ) as bigint) as rest_e4,
    cast(sum(t.kept_e4) as bigint) as total_e4
from lines_kept_at_cutoff as t
cross join moments as m
group by t.warehouse_id, t.sku_id, t.day, m.moment_no
