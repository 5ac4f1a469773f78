-- Users to contact and users held out, per action and channel.
select
    action,
    channel,
    cast(count(*) filter (where arm = 'treatment') as bigint) as users,
    cast(count(*) filter (where arm = 'holdout') as bigint) as held_out,
    cast(sum(cast(case when arm = 'treatment' then offer_yuan else 0 end as decimal(18, 4))) as double)
        as offer_yuan
from wake_up_lines
where as_of = $as_of
group by action, channel
order by action, channel
