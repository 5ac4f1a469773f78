-- Runs of consecutive days of one store and SKU: with the same discount, and with the activity on.
-- Two kinds, because an activity outlives the changes of its discount. Within one kind and value,
-- the day less its rank is the same number for every day of a run.
with tracks as (
    select store_id, product_id, day, 'discount' as kind, discount as discount_ratio
    from source
    where discount < 1
    union all
    select store_id, product_id, day, 'group_buy' as kind, null as discount_ratio
    from source
    where is_activity
),

ranked as (
    select
        *,
        datediff('day', date '2000-01-01', day) - dense_rank() over (
            partition by store_id, product_id, kind, discount_ratio order by day
        ) as run
    from tracks
)

select
    concat_ws(
        '-', kind[1], store_id, product_id, strftime(min(day), '%y%m%d')
    ) as promotion_id,
    kind,
    product_id as sku_id,
    store_id as community_id,
    min(day) as starts_on,
    max(day) as ends_on,
    discount_ratio
from ranked
group by store_id, product_id, kind, discount_ratio, run
order by store_id, product_id, kind, starts_on
