-- Per user and category of kept goods lines in 365 days: cycle, price band, affinity.
-- Affinity is the category's share of the user's lines over its share of everybody's, drawn to 1 by
-- $affinity_prior_lines lines of everybody's mix, so that one line is no passion.
with bought as (
    select
        l.user_id,
        l.category,
        count(*) as lines,
        count(distinct l.day) as order_days,
        max(l.day) as last_order_on,
        count(r.price_rank) as ranked_lines,
        percentile_cont(0.5) within group (order by r.price_rank) as price_level
    from consumption_lines as l
    left join consumption_price_ranks as r
        on l.sku_id = r.sku_id and l.category = r.category and l.sale_unit = r.sale_unit
    where l.is_kept and l.day >= $since_365 and l.category is not null
    group by l.user_id, l.category
),

users_lines as (
    select user_id, cast(sum(lines) as double) as lines
    from bought
    group by user_id
),

mix as (
    select category, cast(sum(lines) as double) / sum(sum(lines)) over () as share
    from bought
    group by category
),

order_days as (
    select distinct user_id, category, day
    from consumption_lines
    where is_kept and day >= $since_365 and category is not null
),

gaps as (
    select
        user_id,
        category,
        cast(
            date_diff('day', lag(day) over (partition by user_id, category order by day), day)
            as double
        ) as gap_days
    from order_days
),

cycles as (
    select
        user_id,
        category,
        count(*) as gaps,
        percentile_cont(0.5) within group (order by gap_days) as cycle_days,
        percentile_cont(0.75) within group (order by gap_days)
        - percentile_cont(0.25) within group (order by gap_days) as spread_days
    from gaps
    where gap_days is not null
    group by user_id, category
)

select
    $as_of as as_of,
    u.user_id,
    b.category,
    b.lines,
    b.order_days,
    b.last_order_on,
    (b.lines + $affinity_prior_lines * m.share)
    / (t.lines + $affinity_prior_lines) / m.share as affinity,
    coalesce(c.gaps, 0) as cycle_gaps,
    c.cycle_days,
    case when c.gaps >= 2 then c.gaps else 0 end as spread_gaps,
    case when c.gaps >= 2 then c.spread_days end as cycle_spread_days,
    b.ranked_lines,
    b.price_level,
    case
        when b.price_level < 1.0 / 3 then 'low'
        when b.price_level <= 2.0 / 3 then 'middle'
        when b.price_level > 2.0 / 3 then 'high'
    end as price_band
from profile_basic as u
inner join bought as b on u.user_id = b.user_id
inner join users_lines as t on u.user_id = t.user_id
inner join mix as m on b.category = m.category
left join cycles as c on b.user_id = c.user_id and b.category = c.category
where u.as_of = $as_of
