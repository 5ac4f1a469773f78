-- Messages of the window with a digest of the inputs of their signals: all columns of the message and
-- the version of the classifier. The catalogue is not part of it.
select
    m.*,
    cast(hash(m, $classifier) >> 1 as bigint) as reading_digest
from messages as m
