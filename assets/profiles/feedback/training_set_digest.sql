-- Number of starred reviews in the training set, number of good ones, and a digest of them in their
-- order: a change of a review, its text or its stars gives another model.
select
    count(*) as reviews,
    count(*) filter (where stars >= $good_from_stars) as good,
    cast(hash(list(hash(text, stars) order by sent_at desc, message_id)) as varchar) as digest
from starred_reviews
