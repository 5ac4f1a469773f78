-- One row per user with past contacts: the last one, unanswered ones, refusal, best channel. Held-out
-- rows are not contacts, but a refusal counts in any row. The channel is the one opened most often;
-- ties go to the first by name.
with past_contacts as (
    select
        c.user_id,
        c.sent_at,
        c.channel,
        coalesce(c.opened, false) as opened,
        coalesce(c.opted_out, false) as opted_out,
        coalesce(c.arm, 'treatment') = 'treatment' as is_real,
        s.last_order_on
    from contacts as c
    left join (
        select user_id, as_of - cast(recency_days as integer) as last_order_on
        from churn_scores
        where as_of = $as_of
    ) as s on c.user_id = s.user_id
    where c.sent_at < $as_of_end
),

opened_channels as (
    select
        user_id,
        channel,
        row_number() over (partition by user_id order by count(*) desc, channel) as opened_rank
    from past_contacts
    where is_real and opened and channel is not null
    group by user_id, channel
)

select
    p.user_id,
    coalesce(bool_or(p.opted_out), false) as opted_out,
    max(p.sent_at) filter (where p.is_real) as last_contact_at,
    count(*) filter (where p.is_real and cast(p.sent_at as date) > p.last_order_on)
        as unanswered_contacts,
    max(o.channel) as opened_channel
from past_contacts as p
left join opened_channels as o on p.user_id = o.user_id and o.opened_rank = 1
group by p.user_id
