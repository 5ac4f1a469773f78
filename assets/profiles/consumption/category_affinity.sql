-- Affinity: the category's share of the user's lines ÷ its share of all users' lines, shrunk
-- towards 1 by $affinity_prior_lines lines of the overall mix. The overall mix changes daily, so
-- affinity is computed for all users every day.
with mix as (
    select category, cast(sum(lines) as double) / sum(sum(lines)) over () as share
    from day_rows
    group by category
),

users_lines as (
    select user_id, cast(sum(lines) as double) as lines
    from day_rows
    group by user_id
)

select
    d.* replace (
        (d.lines + $affinity_prior_lines * m.share)
        / (t.lines + $affinity_prior_lines) / m.share as affinity
    )
from day_rows as d
inner join users_lines as t on d.user_id = t.user_id
inner join mix as m on d.category = m.category
