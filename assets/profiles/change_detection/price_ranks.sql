-- Rank of a SKU's price among the SKUs of its category and sale unit: 0 cheapest, 1 dearest. The
-- price is the median over a year of all lines, so that one discount does not make a SKU cheap. A
-- category with one price, or an unknown one, gives no rank.
with prices as (
    select
        sku_id,
        category,
        sale_unit,
        count(*) as lines,
        percentile_cont(0.5) within group (order by unit_price_yuan) as price_yuan
    from order_lines_as_of
    where
        has_net_units
        and is_goods
        and unit_price_yuan > 0
        and category <> 'unknown'
        and day >= $since_365
    group by sku_id, category, sale_unit
),

ranked as (
    select
        *,
        percent_rank() over (partition by category, sale_unit order by price_yuan) as price_rank,
        min(price_yuan) over (partition by category, sale_unit) as cheapest,
        max(price_yuan) over (partition by category, sale_unit) as dearest
    from prices
)

select
    $as_of as as_of,
    sku_id,
    category,
    sale_unit,
    lines,
    price_yuan,
    price_rank,
    $ranked_on as ranked_on
from ranked
where cheapest < dearest
