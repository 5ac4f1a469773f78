-- Consumption per user of the part; a user without a net line in 365 days has no evidence.
with first_orders as (
    select user_id, min(day) as first_order_on
    from consumption_lines
    where has_net_units
    group by user_id
),

bought as (
    select
        l.user_id,
        count(*) as lines,
        max(l.day) as last_order_on,
        count(distinct case when l.day >= $since_30 then l.order_id end) as orders_30d,
        count(distinct case when l.day >= $since_90 then l.order_id end) as orders_90d,
        count(distinct l.order_id) as orders_365d,
        -- 0 where money is known but older, empty where no line's money is known
        sum(case when l.day >= $since_30 then l.spend_yuan when l.spend_yuan is not null then 0 end)
            as spend_30d_yuan,
        sum(case when l.day >= $since_90 then l.spend_yuan when l.spend_yuan is not null then 0 end)
            as spend_90d_yuan,
        sum(l.spend_yuan) as spend_365d_yuan,
        sum(l.discount_yuan) as discount_yuan,
        sum(l.list_value_yuan) as list_value_yuan,
        sum(case when l.paid_yuan is not null then l.refund_yuan end) as refund_yuan,
        sum(l.paid_yuan) as paid_yuan,
        count(distinct case when l.day >= $since_90 then l.category end) as categories_90d,
        count(l.category) as categorised_lines,
        count(l.spend_yuan) as priced_lines,
        sum(case when l.paid_yuan > 0 then 1 else 0 end) as paid_lines,
        sum(case when l.list_value_yuan > 0 then 1 else 0 end) as listed_lines,
        count(l.price_rank) as ranked_lines,
        count(distinct case when l.day >= $since_90 then l.sku_id end) as skus_90d,
        sum(case when l.is_repeat then 1 else 0 end) as repeated_lines,
        percentile_cont(0.5) within group (order by l.price_rank) as price_level
    from consumption_lines as l
    where l.has_net_units and l.day >= $since_365
    group by l.user_id
),

cancelled as (
    select
        user_id,
        count(*) as ordered_lines,
        cast(sum(case when has_net_units then 0 else 1 end) as double) / count(*) as cancelled_share
    from consumption_lines
    where day >= $since_365
    group by user_id
)

select
    $as_of as as_of,
    u.user_id,
    u.input_digest,
    case when b.user_id is null then 'no_evidence' else 'evidence' end as evidence,
    coalesce(b.lines, 0) as evidence_count,
    case when b.user_id is not null then f.first_order_on end as first_order_on,
    b.last_order_on,
    date_diff('day', b.last_order_on, $as_of) as recency_days,
    b.orders_30d,
    b.orders_90d,
    b.orders_365d,
    coalesce(b.priced_lines, 0) as priced_lines,
    b.spend_30d_yuan,
    b.spend_90d_yuan,
    b.spend_365d_yuan,
    cast(b.spend_365d_yuan as double) / b.orders_365d as basket_yuan,
    case when b.user_id is not null then coalesce(r.gaps, 0) else 0 end as rhythm_gaps,
    r.rhythm_days,
    case when r.rhythm_spread_days is not null then r.gaps else 0 end as spread_gaps,
    r.rhythm_spread_days,
    coalesce(b.listed_lines, 0) as listed_lines,
    case
        when b.list_value_yuan > 0
            then least(cast(b.discount_yuan as double) / cast(b.list_value_yuan as double), 1.0)
    end as discount_share,
    coalesce(b.paid_lines, 0) as paid_lines,
    case
        when b.paid_yuan > 0 then cast(b.refund_yuan as double) / cast(b.paid_yuan as double)
    end as refund_share,
    case when b.user_id is not null then c.ordered_lines else 0 end as ordered_lines,
    case when b.user_id is not null then c.cancelled_share end as cancelled_share,
    coalesce(b.categorised_lines, 0) as categorised_lines,
    case when b.categorised_lines > 0 then b.categories_90d end as categories_90d,
    b.skus_90d,
    cast(b.repeated_lines as double) / b.lines as repeat_share,
    h.usual_hour_share,
    coalesce(h.launched_lines, 0) as launched_lines,
    h.launch_share,
    coalesce(b.ranked_lines, 0) as ranked_lines,
    b.price_level,
    coalesce(t.usual_sku_days, 0) as usual_sku_days,
    t.usual_sku_id,
    coalesce(t.usual_category_days, 0) as usual_category_days,
    t.usual_category
from users_of_part as u
left join bought as b on u.user_id = b.user_id
left join first_orders as f on u.user_id = f.user_id
left join consumption_intervals as r on u.user_id = r.user_id
left join cancelled as c on u.user_id = c.user_id
left join consumption_favourites as t on u.user_id = t.user_id
left join consumption_habits as h on u.user_id = h.user_id
