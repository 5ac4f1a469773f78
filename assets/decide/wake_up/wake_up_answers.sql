-- Who refused in an answer to a contact, as far as it was known: the contact is not of a later day,
-- or its row was taken back.
select distinct a.user_id
from contact_answers as a
left join contacts as c
    on a.contact_id = c.contact_id and a.user_id = c.user_id and c.sent_at >= $as_of_end
where a.refused and a.stands and c.contact_id is null
