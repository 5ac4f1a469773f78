-- Share of each clock hour in a day's sold units, per category, over days that never sold out.
--
-- Days with a sold-out hour are excluded: their early hours would weigh too much. A category with
-- less than $min_units takes the shares of all categories together.
with per_hour as (
    select
        c.category,
        h.hour,
        cast(sum(h.sold_e4) as bigint) as units_e4
    from hourly_sales as h
    inner join sku_categories as c on h.sku_id = c.sku_id
    left join hours_on_offer as o
        on h.warehouse_id = o.warehouse_id and h.sku_id = o.sku_id and h.day = o.day
    where h.day > $as_of - $profile_days and coalesce(position('S' in o.hours_status), 0) = 0
    group by c.category, h.hour
),

per_category as (
    select category, cast(sum(units_e4) as bigint) as units_e4 from per_hour group by category
),

overall as (
    select hour, cast(sum(units_e4) as bigint) as units_e4 from per_hour group by hour
),

total as (
    select cast(sum(units_e4) as bigint) as units_e4 from overall
)

select
    c.category,
    h.hour,
    case
        when c.units_e4 >= $min_units * 10000 then coalesce(y.units_e4, 0) / cast(c.units_e4 as double)
        else coalesce(o.units_e4, 0) / cast(nullif(t.units_e4, 0) as double)
    end as share
from per_category as c
cross join clock_hours as h
cross join total as t
left join per_hour as y on c.category = y.category and h.hour = y.hour
left join overall as o on h.hour = o.hour
