-- One row per wanted sum: a series, an origin (last known day) and a span, the days after it. What
-- is known of the span at the origin, and its demand if it is over and known on every day.
--
-- Sums of days are differences of running totals, so a span costs two rows, not one per day.
-- weight_days: the span's days on offer, each counted as the sales of its kind (free day or workday)
-- ÷ those of all days, in the category and region. Price cuts of a day count as far as they were
-- known 1, 2, 3, 7, 14 or 28 days ahead, the next larger number.
with windows as (
    select
        w.series_no,
        w.origin,
        w.span_days,
        w.origin + w.span_days as last_day,
        p.warehouse_no,
        p.sku_id,
        p.region_category_no
    from wanted_sums as w
    inner join panel_series as p on w.series_no = p.series_no
),

running_kinds as (
    select
        warehouse_no,
        day,
        sum(is_free) over (
            partition by warehouse_no order by day rows unbounded preceding
        ) as free_days,
        sum(is_holiday) over (
            partition by warehouse_no order by day rows unbounded preceding
        ) as holiday_days,
        sum(is_makeup) over (
            partition by warehouse_no order by day rows unbounded preceding
        ) as makeup_days,
        sum(is_school_season) over (
            partition by warehouse_no order by day rows unbounded preceding
        ) as school_days,
        sum(is_event) over (
            partition by warehouse_no order by day rows unbounded preceding
        ) as event_days
    from warehouse_day_kinds
),

running_demand as (
    select
        series_no,
        day,
        coalesce(sum(demand_e4) over (
            partition by series_no order by day rows unbounded preceding
        ), 0) as demand_e4,
        count(demand_e4) over (
            partition by series_no order by day rows unbounded preceding
        ) as known_days
    from demand_panel
    where series_no in (select series_no from wanted_sums)
),

off_days as (
    select
        w.series_no,
        w.origin,
        w.span_days,
        count(*) as days,
        cast(sum(k.is_free) as bigint) as free_days
    from windows as w
    inner join off_offer as x
        on w.sku_id = x.sku_id and x.from_day <= w.last_day and x.until_day > w.origin
    inner join warehouse_day_kinds as k
        on
            w.warehouse_no = k.warehouse_no and k.day > w.origin and k.day <= w.last_day
            and k.day between x.from_day and x.until_day
    group by w.series_no, w.origin, w.span_days
),

promoted_days as (
    select
        w.series_no,
        w.origin,
        w.span_days,
        p.group_buy_lead,
        p.coupon_lead,
        date_diff('day', w.origin, p.day) as ahead,
        case
            when date_diff('day', w.origin, p.day) = 1 then p.discount_ratio_1
            when date_diff('day', w.origin, p.day) = 2 then p.discount_ratio_2
            when date_diff('day', w.origin, p.day) = 3 then p.discount_ratio_3
            when date_diff('day', w.origin, p.day) <= 7 then p.discount_ratio_7
            when date_diff('day', w.origin, p.day) <= 14 then p.discount_ratio_14
            else p.discount_ratio_28
        end as discount_ratio
    from windows as w
    inner join panel_series as s on w.series_no = s.series_no
    inner join promotion_days as p
        on
            s.warehouse_id = p.warehouse_id and s.sku_id = p.sku_id
            and p.day > w.origin and p.day <= w.last_day
),

promotions_ahead as (
    select
        series_no,
        origin,
        span_days,
        cast(sum(cast(round((1 - discount_ratio) * 10000) as bigint)) as bigint) as cut_e4,
        count(case when group_buy_lead >= ahead then 1 end) as group_buy_days,
        count(case when coupon_lead >= ahead then 1 end) as coupon_days
    from promoted_days
    group by series_no, origin, span_days
),

days_ahead as (
    select
        w.series_no,
        w.origin,
        w.span_days,
        w.span_days - coalesce(x.days, 0) as offered_days,
        e.free_days - b.free_days - coalesce(x.free_days, 0) as free_days,
        e.holiday_days - b.holiday_days as holiday_days,
        e.makeup_days - b.makeup_days as makeup_days,
        e.school_days - b.school_days as school_days,
        e.event_days - b.event_days as event_days,
        coalesce(l.free_ratio, 1.0) as free_ratio,
        coalesce(l.work_ratio, 1.0) as work_ratio,
        coalesce(p.cut_e4, 0) as cut_e4,
        coalesce(p.group_buy_days, 0) as group_buy_days,
        coalesce(p.coupon_days, 0) as coupon_days,
        case
            when t.known_days - a.known_days = w.span_days then t.demand_e4 - a.demand_e4
        end as demand_e4
    from windows as w
    inner join running_kinds as b on w.warehouse_no = b.warehouse_no and w.origin = b.day
    inner join running_kinds as e on w.warehouse_no = e.warehouse_no and w.last_day = e.day
    left join off_days as x
        on w.series_no = x.series_no and w.origin = x.origin and w.span_days = x.span_days
    left join promotions_ahead as p
        on w.series_no = p.series_no and w.origin = p.origin and w.span_days = p.span_days
    left join demand_levels as l
        on l.level = 'region_category' and w.region_category_no = l.code and w.origin = l.day
    left join running_demand as a on w.series_no = a.series_no and w.origin = a.day
    left join running_demand as t on w.series_no = t.series_no and w.last_day = t.day
)

select
    series_no,
    origin,
    span_days,
    date_diff('day', date '1970-01-05', origin + 1) % 7 + 1 as first_weekday,
    offered_days,
    free_days * free_ratio + (offered_days - free_days) * work_ratio as weight_days,
    offered_days / cast(span_days as double) as offered_share,
    free_days / cast(nullif(offered_days, 0) as double) as free_share,
    holiday_days / cast(span_days as double) as holiday_share,
    makeup_days / cast(span_days as double) as makeup_share,
    school_days / cast(span_days as double) as school_share,
    event_days / cast(span_days as double) as event_share,
    1 - cut_e4 / (1e4 * span_days) as discount_ahead,
    group_buy_days / cast(span_days as double) as group_buy_share,
    coupon_days / cast(span_days as double) as coupon_share,
    demand_e4 / 1e4 as demand_units
from days_ahead
order by series_no, origin, span_days
