-- What past contacts tell about each user. Held-out rows are no contact, yet a refusal counts
-- wherever it stands. The channel is the one opened most often, the first by name of equals.
with past as (
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
        row_number() over (partition by user_id order by count(*) desc, channel) as place
    from past
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
from past as p
left join opened_channels as o on p.user_id = o.user_id and o.place = 1
group by p.user_id
