-- The latest rows that support each label that began on $as_of, at most $most_rows per table:
-- searches and messages with the layer's words, and order lines that are expensive, new, repeated
-- or discounted.
with began as (
    select user_id, layer
    from layer_labels
    where
        as_of = $as_of
        and valid_from = $as_of
        and layer in ('quality_seeking', 'efficiency_first', 'price_sensitive', 'novelty_seeking')
),

asked as (
    select
        user_id, 'browse' as source_table, event_id as row_key, occurred_at as happened_at,
        search_text as text, '搜索' as how_zh
    from browse
    where
        action = 'search'
        and business_date between $since_30 and $as_of
        and occurred_at < $as_of_end
    union all
    select
        c.user_id, 'chat' as source_table, c.message_id as row_key, c.sent_at as happened_at,
        c.text, '留言提到' as how_zh
    from message_signals as s
    inner join chat as c on s.message_id = c.message_id
    where s.as_of = $as_of and s.day >= $since_30 and s.is_wish
),

words as (
    select
        word,
        case kind
            when 'quality' then 'quality_seeking'
            when 'price' then 'price_sensitive'
            else 'novelty_seeking'
        end as layer,
        case kind when 'quality' then '品质词' when 'price' then '价格词' else '新品词' end as kind_zh
    from scene_words
),

asking as (
    select distinct
        a.user_id,
        n.layer,
        a.source_table,
        a.row_key,
        a.happened_at,
        a.how_zh || w.kind_zh as why_zh
    from asked as a
    inner join began as n on a.user_id = n.user_id
    inner join words as w on n.layer = w.layer and position(w.word in lower(a.text)) > 0
),

lines as (
    select
        l.user_id,
        n.layer,
        l.order_id || '/' || l.line_id as row_key,
        l.ordered_at as happened_at,
        case
            when n.layer = 'quality_seeking' and r.price_rank >= 2e0 / 3 then '购买同类高价位商品'
            when
                n.layer = 'price_sensitive'
                and (l.list_price_yuan > l.unit_price_yuan or l.coupon_yuan > 0)
                then '优惠购买'
            when
                n.layer = 'novelty_seeking'
                and date_diff('day', p.launched_on, l.day) between 0 and $launch_days
                then '购买新品'
            when
                n.layer = 'efficiency_first'
                and lag(l.day) over (
                    partition by l.user_id, l.sku_id order by l.ordered_at, l.line_id
                ) < l.day
                then '重复购买同一商品'
        end as why_zh
    from order_lines_as_of as l
    inner join began as n on l.user_id = n.user_id
    left join ranks as r
        on l.sku_id = r.sku_id and l.category = r.category and l.sale_unit = r.sale_unit
    left join products as p on l.sku_id = p.sku_id
    where l.has_net_units and l.is_goods and l.day >= $since_90
),

found as (
    select user_id, layer, source_table, row_key, happened_at, why_zh from asking
    union all
    select user_id, layer, 'orders' as source_table, row_key, happened_at, why_zh
    from lines
    where why_zh is not null
),

ranked as (
    select
        *,
        row_number() over (
            partition by user_id, source_table order by happened_at desc, row_key
        ) as rank
    from found
)

select $as_of as as_of, user_id, layer, source_table, row_key, happened_at, why_zh
from ranked
where rank <= $most_rows
