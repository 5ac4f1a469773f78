-- Days from one order day in a category to the next. A step of its own: the engine takes four times as
-- long over a median of what a window is still making.
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
)
where gap_days is not null
