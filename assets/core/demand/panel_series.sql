-- Series of the panel with integer codes. The codes number the series of one run and are no
-- features.
with found as (
    select distinct warehouse_id, sku_id from listed_series
),

regions as (
    select coalesce(warehouse_id, community_id) as warehouse_id, min(region_id) as region_id
    from communities
    group by 1
),

named as (
    select
        f.*,
        coalesce(c.category, 'unknown') as category,
        coalesce(r.region_id, 'none') as region_id,
        coalesce(p.subcategory, '') as subcategory,
        cast(round(p.list_price_yuan * 100) as bigint) as list_price_fen
    from found as f
    left join sku_categories as c on f.sku_id = c.sku_id
    left join products as p on f.sku_id = p.sku_id
    left join regions as r on f.warehouse_id = r.warehouse_id
)

select
    *,
    row_number() over (order by warehouse_id, sku_id) as series_no,
    dense_rank() over (order by warehouse_id) as warehouse_no,
    0 as platform_no,
    dense_rank() over (order by sku_id) as sku_no,
    dense_rank() over (order by category) as category_no,
    dense_rank() over (order by region_id) as region_no,
    dense_rank() over (order by region_id, sku_id) as region_sku_no,
    dense_rank() over (order by warehouse_id, category) as warehouse_category_no,
    dense_rank() over (order by warehouse_id, category, subcategory) as warehouse_subcategory_no,
    dense_rank() over (order by region_id, category) as region_category_no,
    list_price_fen * count(list_price_fen) over (partition by category) / nullif(
        cast(cast(sum(list_price_fen) over (partition by category) as bigint) as double), 0
    ) as price_ratio
from named
