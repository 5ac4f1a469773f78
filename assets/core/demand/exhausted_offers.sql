-- Hours in which an activity had no quantity (活动总量) left: the lines sold in it leave less than its
-- smallest line, and no more of the SKU was sold in the warehouse while the activity lasted. Letters
-- by clock hour as in `hours_on_offer`; the hours of a business day are counted from the cut-off on.
with limited_offers as (
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
lines_of_offers as (
    select c.*, k.warehouse_id, k.day, k.ordered_at, k.sold_e4
    from limited_offers as c
    inner join order_lines_as_of as k on c.activity_id = k.activity_id and c.sku_id = k.sku_id
    where k.has_net_units and (c.community_id is null or c.community_id = k.community_id)
),

exhausted as (
    select activity_id, sku_id, community_id, ends_on, max(day) as day, max(ordered_at) as last_at
    from lines_of_offers
    group by activity_id, sku_id, community_id, ends_on
    having
        cast(max(total_units) * 10000 as bigint) - cast(sum(sold_e4) as bigint) < min(sold_e4)
),

offers_by_warehouse as (
    select distinct u.*, l.warehouse_id
    from exhausted as u
    inner join lines_of_offers as l
        on
            u.activity_id = l.activity_id and u.sku_id = l.sku_id
            and u.community_id is not distinct from l.community_id
),

sold_out as (
    select w.warehouse_id, w.sku_id, w.day, w.ends_on, w.last_at
    from offers_by_warehouse as w
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
