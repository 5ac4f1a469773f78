-- Promotions in force per warehouse, SKU and day, as known 0 to 3, 7, 14 and 28 days ahead.
--
-- A promotion without a community applies to all of them, one without a SKU to all SKUs. Where only
-- some communities of a warehouse have it, the warehouse's price cut is the mean over its
-- communities. lead_days: whole days between the announcement and the end of the promotion day; 28
-- without a moment of announcement.
with community_counts as (
    select coalesce(warehouse_id, community_id) as warehouse_id, count(*) as communities
    from communities
    group by 1
),

known as (
    select
        p.kind,
        p.sku_id,
        p.community_id,
        coalesce(c.warehouse_id, p.community_id) as warehouse_id,
        p.starts_on,
        p.ends_on,
        p.announced_at,
        coalesce(
            p.discount_ratio,
            least(
                1.0,
                cast(p.offer_price_yuan as double) / nullif(cast(s.list_price_yuan as double), 0)
            ),
            1.0
        ) as ratio
    from promotions as p
    left join communities as c on p.community_id = c.community_id
    left join products as s on p.sku_id = s.sku_id
    where p.announced_at is null or p.announced_at < $as_of_end
),

of_series as (
    select
        s.warehouse_id, s.sku_id,
        k.community_id, k.kind, k.ratio, k.starts_on, k.ends_on, k.announced_at
    from known as k
    inner join listed_series as s on k.warehouse_id = s.warehouse_id and k.sku_id = s.sku_id
    union all
    select
        s.warehouse_id, s.sku_id,
        k.community_id, k.kind, k.ratio, k.starts_on, k.ends_on, k.announced_at
    from known as k
    inner join listed_series as s on k.sku_id = s.sku_id
    where k.community_id is null
    union all
    select
        s.warehouse_id, s.sku_id,
        k.community_id, k.kind, k.ratio, k.starts_on, k.ends_on, k.announced_at
    from known as k
    inner join listed_series as s on k.warehouse_id = s.warehouse_id
    where k.sku_id is null
    union all
    select
        s.warehouse_id, s.sku_id,
        k.community_id, k.kind, k.ratio, k.starts_on, k.ends_on, k.announced_at
    from known as k
    cross join listed_series as s
    where k.sku_id is null and k.community_id is null
),

daily as (
    select
        o.warehouse_id,
        o.sku_id,
        o.community_id,
        d.day,
        o.kind,
        o.ratio,
        case
            when o.announced_at is null then 28
            else floor(
                date_diff(
                    'minute',
                    o.announced_at,
                    cast(d.day as timestamp) + $cutoff_minutes * interval '1 minute'
                ) / 1.44e3 - 1e-9
            )
        end as lead_days
    from of_series as o
    inner join calendar as d on d.day between o.starts_on and o.ends_on
),

per_community as (
    select
        warehouse_id,
        sku_id,
        community_id,
        day,
        min(ratio) filter (where lead_days >= 0) as ratio_0,
        min(ratio) filter (where lead_days >= 1) as ratio_1,
        min(ratio) filter (where lead_days >= 2) as ratio_2,
        min(ratio) filter (where lead_days >= 3) as ratio_3,
        min(ratio) filter (where lead_days >= 7) as ratio_7,
        min(ratio) filter (where lead_days >= 14) as ratio_14,
        min(ratio) filter (where lead_days >= 28) as ratio_28,
        max(lead_days) filter (where kind = 'group_buy') as group_buy_lead,
        max(lead_days) filter (where kind = 'coupon') as coupon_lead
    from daily
    group by warehouse_id, sku_id, community_id, day
),

cuts as (
    select
        p.warehouse_id,
        p.sku_id,
        p.day,
        p.group_buy_lead,
        p.coupon_lead,
        p.community_id is null as is_general,
        case when p.community_id is null then 1 else coalesce(c.communities, 1) end as communities,
        cast(round((1 - coalesce(p.ratio_0, 1)) * 10000) as bigint) as cut_0,
        cast(round((1 - coalesce(p.ratio_1, 1)) * 10000) as bigint) as cut_1,
        cast(round((1 - coalesce(p.ratio_2, 1)) * 10000) as bigint) as cut_2,
        cast(round((1 - coalesce(p.ratio_3, 1)) * 10000) as bigint) as cut_3,
        cast(round((1 - coalesce(p.ratio_7, 1)) * 10000) as bigint) as cut_7,
        cast(round((1 - coalesce(p.ratio_14, 1)) * 10000) as bigint) as cut_14,
        cast(round((1 - coalesce(p.ratio_28, 1)) * 10000) as bigint) as cut_28
    from per_community as p
    left join community_counts as c on p.warehouse_id = c.warehouse_id
),

-- Whole ten-thousandths: sums that do not depend on the order of rows.
summed as (
    select
        warehouse_id,
        sku_id,
        day,
        max(communities) as communities,
        coalesce(max(cut_0) filter (where is_general), 0) as general_0,
        coalesce(max(cut_1) filter (where is_general), 0) as general_1,
        coalesce(max(cut_2) filter (where is_general), 0) as general_2,
        coalesce(max(cut_3) filter (where is_general), 0) as general_3,
        coalesce(max(cut_7) filter (where is_general), 0) as general_7,
        coalesce(max(cut_14) filter (where is_general), 0) as general_14,
        coalesce(max(cut_28) filter (where is_general), 0) as general_28,
        coalesce(cast(sum(cut_0) filter (where not is_general) as bigint), 0) as local_0,
        coalesce(cast(sum(cut_1) filter (where not is_general) as bigint), 0) as local_1,
        coalesce(cast(sum(cut_2) filter (where not is_general) as bigint), 0) as local_2,
        coalesce(cast(sum(cut_3) filter (where not is_general) as bigint), 0) as local_3,
        coalesce(cast(sum(cut_7) filter (where not is_general) as bigint), 0) as local_7,
        coalesce(cast(sum(cut_14) filter (where not is_general) as bigint), 0) as local_14,
        coalesce(cast(sum(cut_28) filter (where not is_general) as bigint), 0) as local_28,
        max(group_buy_lead) as group_buy_lead,
        max(coupon_lead) as coupon_lead
    from cuts
    group by warehouse_id, sku_id, day
)

select
    warehouse_id,
    sku_id,
    day,
    round(1 - greatest(general_0, cast(local_0 as double) / communities) / 1e4, 4)
        as discount_ratio_0,
    round(1 - greatest(general_1, cast(local_1 as double) / communities) / 1e4, 4)
        as discount_ratio_1,
    round(1 - greatest(general_2, cast(local_2 as double) / communities) / 1e4, 4)
        as discount_ratio_2,
    round(1 - greatest(general_3, cast(local_3 as double) / communities) / 1e4, 4)
        as discount_ratio_3,
    round(1 - greatest(general_7, cast(local_7 as double) / communities) / 1e4, 4)
        as discount_ratio_7,
    round(1 - greatest(general_14, cast(local_14 as double) / communities) / 1e4, 4)
        as discount_ratio_14,
    round(1 - greatest(general_28, cast(local_28 as double) / communities) / 1e4, 4)
        as discount_ratio_28,
    coalesce(group_buy_lead, -1) as group_buy_lead,
    coalesce(coupon_lead, -1) as coupon_lead
from summed
