-- Units lost to stock-outs by a rule, per series-day with a sold-out hour: its unseen share times
-- the units of a typical day (units of the day and the $earlier_days days before it ÷ the part of them that was on
-- sale). Dividing the day's own sale by its visible share would overstate the loss: days sell out
-- because they started strongly. Empty where less than $min_seen_days of those days were on sale.
--
-- Integers (ten-thousandths, millionths): the sums do not depend on the order of the rows.
with usual as (
    select
        *,
        sum(case when not is_not_offered then sold_e4 end) over (
            partition by warehouse_id, sku_id
            order by day rows between $earlier_days preceding and current row
        ) as recent_sold_e4,
        sum(case when not is_not_offered then seen_e6 end) over (
            partition by warehouse_id, sku_id
            order by day rows between $earlier_days preceding and current row
        ) as recent_seen_e6
    from series_days
)

select
    warehouse_id,
    sku_id,
    day,
    case
        when recent_seen_e6 >= $min_seen_days * 1000000
            then (1000000 - seen_e6) * (recent_sold_e4 / (1e4 * recent_seen_e6))
    end as units
from usual
where seen_e6 < 1000000 and not is_not_offered
