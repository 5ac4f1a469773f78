-- Rise of product views and searches per day, compared with the two weeks before: people look for
-- school supplies before they buy them.
--
-- looks: distinct users who opened, favoured or put into the cart; searches: distinct users whose
-- search words name the SKU (`text_matches`). A category is searched for if its name or one of its
-- SKUs is named. rise_n: mean of the last n days ÷ mean of the 14 days before them, both plus half
-- a user, so that one more user is not a rise. own_looks: looks of users of the warehouse.
with looks as (
    select distinct
        s.sku_no,
        w.warehouse_sku_no,
        b.business_date as day,
        b.user_id
    from browse as b
    inner join (select distinct sku_id, sku_no from panel_series) as s on b.sku_id = s.sku_id
    left join communities as c on b.community_id = c.community_id
    left join warehouse_skus as w
        on b.sku_id = w.sku_id and coalesce(c.warehouse_id, b.community_id) = w.warehouse_id
    where
        b.action in ('view_detail', 'favourite', 'add_cart')
        and b.business_date between $from_day and $as_of
        and b.occurred_at < $as_of_end
),

searches as (
    select distinct
        n.sku_no,
        n.category_no,
        b.business_date as day,
        b.user_id
    from browse as b
    inner join text_matches as n on b.search_text = n.search_text
    where
        b.action = 'search'
        and b.business_date between $from_day and $as_of
        and b.occurred_at < $as_of_end
),

users_per_day as (
    select 'sku_looks' as measure, sku_no as code, day, count(distinct user_id) as users
    from looks
    group by sku_no, day
    union all
    select 'own_looks' as measure, warehouse_sku_no as code, day, count(distinct user_id) as users
    from looks
    where warehouse_sku_no is not null
    group by warehouse_sku_no, day
    union all
    select 'sku_searches' as measure, sku_no as code, day, count(distinct user_id) as users
    from searches
    where sku_no is not null
    group by sku_no, day
    union all
    select 'category_searches' as measure, category_no as code, day, count(distinct user_id) as users
    from searches
    group by category_no, day
),

-- From the first look on, days without a look are rows too.
every_day as (
    select m.measure, m.code, c.day
    from (select measure, code, min(day) as first_day from users_per_day group by measure, code) as m
    inner join calendar as c on c.day between m.first_day and $as_of
),

daily as (
    select e.measure, e.code, e.day, coalesce(c.users, 0) as users
    from every_day as e
    left join users_per_day as c on e.measure = c.measure and e.code = c.code and e.day = c.day
),

windows as (
    select
        measure,
        code,
        day,
        users,
        cast(sum(users) over (
            partition by measure, code order by day rows between 2 preceding and current row
        ) as bigint) as users_3,
        cast(sum(users) over (
            partition by measure, code order by day rows between 14 preceding and 1 preceding
        ) as bigint) as before_1,
        cast(sum(users) over (
            partition by measure, code order by day rows between 16 preceding and 3 preceding
        ) as bigint) as before_3
    from daily
)

select
    measure,
    code,
    day,
    (users + 0.5) / (coalesce(before_1, 0) / 14.0 + 0.5) as rise_1,
    (users_3 / 3.0 + 0.5) / (coalesce(before_3, 0) / 14.0 + 0.5) as rise_3
from windows
