-- Number of users without an order for $quiet_days or more and without a reason to be missing from the
-- wake-up list: not contacted since $contacts_from, never opted out.
select cast(count(*) as bigint)
from churn_scores as s
where
    s.as_of = $as_of
    and s.recency_days >= $quiet_days
    and s.user_id not in (
        select c.user_id
        from contacts as c
        where
            c.sent_at < $as_of_end
            and (coalesce(c.opted_out, false) or c.sent_at >= $contacts_from)
    )
