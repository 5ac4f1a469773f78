-- Net lines of 90 days whose SKU the user viewed within 14 days before, with the hours since the
-- first view.
with looked as (
    select
        l.user_id,
        l.order_id,
        l.sku_id,
        l.ordered_at,
        min(b.occurred_at) as first_look_at
    from scene_lines as l
    inner join scene_browse as b
        on
            l.user_id = b.user_id
            and l.sku_id = b.sku_id
            and b.occurred_at <= l.ordered_at
            and b.occurred_at >= l.ordered_at - interval 14 day
    where b.action in ('view_detail', 'favourite', 'add_cart')
    group by l.user_id, l.order_id, l.sku_id, l.ordered_at
)

select
    user_id,
    count(*) as lines_with_look,
    cast(
        sum(case when date_diff('second', first_look_at, ordered_at) >= $planned_from_seconds then 1 else 0 end)
        as double
    ) / count(*) as planned_share,
    cast(
        sum(case when date_diff('second', first_look_at, ordered_at) < $urgent_below_seconds then 1 else 0 end)
        as double
    ) / count(*) as urgent_share
from looked
group by user_id
