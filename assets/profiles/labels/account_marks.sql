-- Accounts that ordered to $addresses_from addresses or more within $window_days consecutive
-- business days, one row per user: the window with most addresses, ties: the latest.
--
-- An address is the fingerprint of the receiver's address, equal for other spacing. An order
-- without one counts for its community, unless the user has an address in that community: it is
-- taken as the same place. Cancelled orders count, because placing them matters, and a later
-- cancellation must not change what was known on the day.
with lines as (
    select
        user_id,
        order_id,
        business_date as day,
        community_id,
        receiver_address_key
    from orders
    where
        user_id is not null
        and business_date between $since_90 and $as_of
        and ordered_at < $as_of_end
),

addressed as (
    select distinct user_id, community_id
    from lines
    where receiver_address_key is not null
),

placed as (
    select
        l.user_id,
        l.order_id,
        l.day,
        l.receiver_address_key is not null as is_address,
        case
            when l.receiver_address_key is not null then 'address ' || l.receiver_address_key
            when a.user_id is null then 'community ' || l.community_id
        end as place
    from lines as l
    left join addressed as a
        on
            l.user_id = a.user_id
            and l.community_id = a.community_id
            and l.receiver_address_key is null
),

-- most accounts never reach the number in all 90 days: they need no windows
candidates as (
    select user_id
    from placed
    group by user_id
    having count(distinct place) >= $addresses_from
),

orders_to_places as (
    select distinct
        p.user_id,
        p.order_id,
        p.day,
        p.is_address,
        p.place
    from placed as p
    inner join candidates as c on p.user_id = c.user_id
    where p.place is not null
),

days as (
    select distinct user_id, day from orders_to_places
),

windows as (
    select
        d.user_id,
        min(o.day) as first_day,
        max(o.day) as last_day,
        count(distinct o.place) as addresses,
        count(distinct case when o.is_address then o.place end) as by_address,
        count(distinct o.order_id) as orders
    from days as d
    inner join orders_to_places as o
        on d.user_id = o.user_id and date_diff('day', d.day, o.day) between 0 and $window_days - 1
    group by d.user_id, d.day
),

ranked as (
    select
        *,
        row_number() over (
            partition by user_id
            order by addresses desc, first_day desc
        ) as place_in_order
    from windows
    where addresses >= $addresses_from
)

select
    $as_of as as_of,
    user_id,
    first_day,
    last_day,
    addresses,
    orders,
    cast(first_day as varchar) || '至' || cast(last_day as varchar) || '，'
    || cast(orders as varchar) || '个订单送往' || cast(addresses as varchar) || '个不同'
    || case
        when by_address = addresses then '收货地址'
        when by_address = 0 then '小区（订单没有收货地址）'
        else '地点（部分订单只有小区）'
    end as reason_zh
from ranked
where place_in_order = 1
