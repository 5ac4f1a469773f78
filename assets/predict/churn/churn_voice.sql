-- Messages, stars and complaints (2 stars or fewer) of each user before a snapshot.
select
    s.snapshot,
    c.user_id,
    count(*) filter (where date_diff('day', c.business_date, s.snapshot) < 30) as messages_30d,
    count(c.stars) as reviews_180d,
    cast(sum(c.stars) as bigint) as stars_180d,
    count(*) filter (where c.stars <= 2) as complaints_180d,
    count(*) filter (where c.stars <= 2 and date_diff('day', c.business_date, s.snapshot) < 30)
        as complaints_30d
from chat as c
inner join snapshots as s
    on
        c.business_date <= s.snapshot
        and c.sent_at < s.snapshot_end
        and date_diff('day', c.business_date, s.snapshot) < 180
where c.user_id is not null and coalesce(c.sender_role, 'user') = 'user'
group by s.snapshot, c.user_id
