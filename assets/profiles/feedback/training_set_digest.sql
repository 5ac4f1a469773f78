-- How many starred reviews there are to learn from, how many of them good, and a digest of them in
-- their order: another review, text or star is another model.
select
    count(*) as reviews,
    count(*) filter (where stars >= $good_from_stars) as good,
    hash(list(hash(text, stars) order by sent_at desc, message_id))::varchar as digest
from starred_reviews
