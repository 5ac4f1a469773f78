-- Users to contact and users held out, per action and channel.
select
    action,
    channel,
    count(*) filter (where arm = 'treatment')::bigint as users,
    count(*) filter (where arm = 'holdout')::bigint as held_out,
    sum(case when arm = 'treatment' then coalesce(offer_yuan, 0.0) else 0.0 end) as offer_yuan
from wake_up_lines
where as_of = $as_of
group by action, channel
order by action, channel
