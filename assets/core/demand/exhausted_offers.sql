-- Hours in which an activity had nothing left: its quantity (活动总量) is used up by the lines sold in
-- it, so that not one more of the smallest line would fit, and nothing of the SKU was sold in the
-- warehouse afterwards while the activity lasted. Letters by clock hour as in `hours_on_offer`; the hours of
-- a business day are counted from the cut-off on.
with capped as (
    select
        activity_id,
        sku_id,
        community_id,
        max(total_quantity_units) as total_units,
        max(ends_on) as ends_on
    from promotions
    where
        total_quantity_units > 0 and activity_id is not null and sku_id is not null
        and (announced_at is null or announced_at < $as_of_end)
    group by activity_id, sku_id, community_id
),

-- A row without a community counts the lines of all; one of a community, its own.
of_lines as (
    select c.*, k.warehouse_id, k.day, k.ordered_at, k.sold_units
    from capped as c
    inner join order_lines_as_of as k on c.activity_id = k.activity_id and c.sku_id = k.sku_id
    where k.has_net_units and (c.community_id is null or c.community_id = k.community_id)
),

used_up as (
    select activity_id, sku_id, community_id, ends_on, max(day) as day, max(ordered_at) as last_at
    from of_lines
    group by activity_id, sku_id, community_id, ends_on
    having
        cast(max(total_units) * 10000 as bigint)
        - cast(sum(cast(round(sold_units * 10000) as bigint)) as bigint)
        < cast(min(round(sold_units * 10000)) as bigint)
),

of_warehouses as (
    select distinct u.*, l.warehouse_id
    from exhausted_offers as u
    inner join of_lines as l
        on
            u.activity_id = l.activity_id and u.sku_id = l.sku_id
            and u.community_id is not distinct from l.community_id
),

sold_out as (
    select w.warehouse_id, w.sku_id, w.day, w.ends_on, w.last_at
    from of_warehouses as w
    where not exists (
        select 1
        from hourly_sales as h
        where
            h.warehouse_id = w.warehouse_id and h.sku_id = w.sku_id and h.sold_e4 > 0
            and (
                h.day > w.day and h.day <= w.ends_on
                or h.day = w.day
                and (h.hour + 24 - $cutoff_hour) % 24
                > (extract('hour' from w.last_at) + 24 - $cutoff_hour) % 24
            )
    )
),

hours as (
    select
        s.warehouse_id,
        s.sku_id,
        c.day,
        h.hour,
        max(
            case
                when c.day > s.day then 'S'
                when
                    (h.hour + 24 - $cutoff_hour) % 24
                    > (extract('hour' from s.last_at) + 24 - $cutoff_hour) % 24
                    then 'S'
                else 'A'
            end
        ) as letter
    from sold_out as s
    inner join calendar as c on c.day between s.day and s.ends_on
    cross join clock_hours as h
    group by s.warehouse_id, s.sku_id, c.day, h.hour
)

select warehouse_id, sku_id, day, string_agg(letter, '' order by hour) as hours_status
from hours
group by warehouse_id, sku_id, day
