-- Share of a typical day's demand that falls into the hours on sale, per category and pattern of
-- hours. Computed once per distinct pattern, not per day. Shares are summed in millionths, so that
-- the order of the rows does not matter.
with patterns as (
    select distinct c.category, o.hours_status
    from hours_on_offer as o
    inner join sku_categories as c on o.sku_id = c.sku_id
    where position('S' in o.hours_status) > 0
)

select
    p.category,
    p.hours_status,
    sum(cast(round(h.share * 1000000) as bigint))
    filter (where substr(p.hours_status, h.hour + 1, 1) = 'A')
    / cast(
        nullif(
            sum(cast(round(h.share * 1000000) as bigint))
            filter (where substr(p.hours_status, h.hour + 1, 1) <> 'N'),
            0
        ) as double
    ) as seen_share
from patterns as p
inner join hour_shares as h on p.category = h.category
group by p.category, p.hours_status
