-- Users who refused in an answer to a contact, as known at $as_of_end: answers whose contact was sent
-- before it, or whose contact row no longer exists.
select distinct a.user_id
from contact_answers as a
left join contacts as c
    on a.contact_id = c.contact_id and a.user_id = c.user_id and c.sent_at >= $as_of_end
where a.refused and a.stands and c.contact_id is null
