-- Users to contact and users held out, per action and channel.
select
    action,
    channel,
    count(*) filter (where arm = 'treatment')::bigint as users,
    count(*) filter (where arm = 'holdout')::bigint as held_out,
    cast(sum(cast(case when arm = 'treatment' then offer_yuan else 0 end as decimal(18, 4))) as double)
        as offer_yuan
from wake_up_lines
where as_of = $as_of
group by action, channel
order by action, channel
