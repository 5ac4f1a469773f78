-- Contacts each user received in the 60 days before a snapshot; held-out rows do not count. An
-- opening has no time of its own, so it counts only some days after the contact was sent.
select
    s.snapshot,
    c.user_id,
    count(*) filter (where c.sent_at >= s.snapshot_end - interval 30 day) as contacts_30d,
    count(*) as contacts_60d,
    count(*) filter (
        where c.opened and c.sent_at < s.snapshot_end - interval ($opened_known_after_days) day
    ) as opened_60d
from contacts as c
inner join snapshots as s
    on
        c.sent_at < s.snapshot_end
        and c.sent_at >= s.snapshot_end - interval 60 day
where coalesce(c.arm, 'treatment') = 'treatment'
group by s.snapshot, c.user_id
