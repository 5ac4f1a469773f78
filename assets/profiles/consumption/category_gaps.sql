-- Days between consecutive order days in a category. A separate step: a median over a window
-- function in one query takes four times as long.
select *
from (
    select
        user_id,
        category,
        cast(
            date_diff('day', lag(day) over (partition by user_id, category order by day), day)
            as double
        ) as gap_days
    from category_days
) as gaps
where gap_days is not null
