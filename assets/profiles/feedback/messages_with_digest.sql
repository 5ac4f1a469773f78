-- Messages of the window with the digest of everything their row is made from, but for the shelf:
-- all of the message's own columns, and who reads it.
select
    m.*,
    (hash(m, $classifier) >> 1)::bigint as reading_digest
from messages as m
