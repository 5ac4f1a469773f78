-- Net goods orders of 90 days with the kind of the calendar day they were placed on
-- (`community_day_kinds`) and their kinds of food (words in the category, table `scene_food`).
with orders_placed as (
    select
        l.user_id,
        l.order_id,
        min(l.ordered_at) as ordered_at,
        cast(min(l.ordered_at) as date) as placed_on,
        min(l.community_id) as community_id,
        count(*) as lines,
        count(f.kind) as food_lines,
        sum(case when f.kind = 'ready' then 1 else 0 end) as ready_lines,
        count(distinct case when f.kind = 'cooking' then l.category end) as cooking_categories
    from scene_lines as l
    left join scene_food as f on l.category = f.category
    group by l.user_id, l.order_id
)

select
    o.*,
    c.is_rainy,
    c.is_holiday,
    c.is_school_season,
    c.is_workday
from orders_placed as o
left join community_day_kinds as c on o.community_id = c.community_id and o.placed_on = c.day
