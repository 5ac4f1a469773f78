-- Units refused by purchase limits (限购), per series and day.
--
-- A user who bought up to the limit might have bought more. The excess is estimated as the mean
-- quantity beyond the limit among users who bought at least as much without a limit, per user, SKU
-- and day of the same history. A SKU with fewer than $min_buyers such users takes the mean of its
-- category; without any, nothing is added. The day is the last one on which the user bought.
with limited as (
    select activity_id, sku_id, max(limit_buy_units) as limit_units
    from promotions
    where
        limit_buy_units > 0 and activity_id is not null and sku_id is not null
        and (announced_at is null or announced_at < $as_of_end)
    group by activity_id, sku_id
),

bought as (
    select
        k.warehouse_id,
        k.sku_id,
        k.user_id,
        l.activity_id,
        l.limit_units,
        max(k.day) as day,
        cast(sum(k.sold_e4) as bigint) as units_e4
    from order_lines_as_of as k
    inner join limited as l on k.activity_id = l.activity_id and k.sku_id = l.sku_id
    where k.is_goods and k.user_id is not null and k.day >= $first_day
    group by k.warehouse_id, k.sku_id, k.user_id, l.activity_id, l.limit_units
),

at_the_limit as (
    select warehouse_id, sku_id, day, limit_units, count(*) as users
    from bought
    where units_e4 >= limit_units * 10000
    group by warehouse_id, sku_id, day, limit_units
),

asked as (
    select distinct a.sku_id, c.category, a.limit_units
    from at_the_limit as a
    inner join sku_categories as c on a.sku_id = c.sku_id
),

unlimited as (
    select
        k.sku_id,
        c.category,
        cast(sum(k.sold_e4) as bigint) as units_e4
    from order_lines_as_of as k
    inner join sku_categories as c on k.sku_id = c.sku_id
    left join limited as l on k.activity_id = l.activity_id and k.sku_id = l.sku_id
    where
        k.is_goods and k.user_id is not null and k.day >= $first_day and l.activity_id is null
        and c.category in (select category from asked)
    group by k.sku_id, c.category, k.user_id, k.day
),

beyond as (
    select
        a.sku_id,
        a.limit_units,
        count(*) filter (where u.sku_id = a.sku_id) as sku_buyers,
        cast(sum(u.units_e4) filter (where u.sku_id = a.sku_id) as bigint) as sku_e4,
        count(*) as buyers,
        cast(sum(u.units_e4) as bigint) as e4
    from asked as a
    inner join unlimited as u on a.category = u.category and u.units_e4 >= a.limit_units * 10000
    group by a.sku_id, a.limit_units
)

select
    a.warehouse_id,
    a.sku_id,
    a.day,
    cast(sum(cast(
        a.users * greatest(
            case
                when b.sku_buyers >= $min_buyers then b.sku_e4 / (1e4 * b.sku_buyers)
                else b.e4 / (1e4 * b.buyers)
            end - a.limit_units,
            0
        ) as decimal(18, 6)
    )) as double) as units
from at_the_limit as a
inner join beyond as b on a.sku_id = b.sku_id and a.limit_units = b.limit_units
group by a.warehouse_id, a.sku_id, a.day
