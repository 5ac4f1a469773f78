-- Users, net lines, units and money per community and category, with the totals of both. Units are
-- empty where sale units differ, money where that of any line is unknown. Lines without a community
-- are left out. Sums of ten-thousandths (…_e4) do not depend on the order of the rows.
select
    case when grouping(community_id) = 1 then $everything else community_id end as community_id,
    case when grouping(category) = 1 then $everything else category end as category,
    count(distinct user_id) as users,
    count(*) as lines,
    case when count(distinct sale_unit) = 1 then min(sale_unit) end as sale_unit,
    case when count(distinct sale_unit) = 1 then cast(sum(sold_e4) as bigint) / 1e4 end
        as sold_units,
    case when count(net_e4) = count(*) then cast(sum(net_e4) as bigint) / 1e4 end as spend_yuan
from order_lines_as_of
where has_net_units and is_goods and community_id <> 'none' and day >= $since
group by
    grouping sets (
        (community_id, category), (community_id), (category), ()
    )
having count(*) > 0
