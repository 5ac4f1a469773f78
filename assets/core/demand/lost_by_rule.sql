-- Units lost to sold-out hours by the rule, per series-day that had any: their share of a usual day,
-- which is what the last $usual_days days sold ÷ the part of them that was on sale. Dividing the
-- day's own sale by the hours seen would overstate it: days sell out because they began strongly.
-- Empty where less than $min_seen_days of those days could be seen.
--
-- Whole ten-thousandths and millionths: sums that do not depend on the order of rows.
with usual as (
    select
        *,
        sum(case when not is_not_offered then sold_e4 end) over (
            partition by warehouse_id, sku_id
            order by day rows between $usual_days - 1 preceding and current row
        ) as recent_sold_e4,
        sum(case when not is_not_offered then seen_e6 end) over (
            partition by warehouse_id, sku_id
            order by day rows between $usual_days - 1 preceding and current row
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
