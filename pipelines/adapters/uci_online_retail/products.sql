-- One row per stock code under its most frequent description, ties by alphabet. Codes that are not
-- goods: postage (POST, DOT), carriage (C2), manual entries (M), discounts (D), samples (S), bad
-- debt (B), bank and marketplace fees, commission (CRUK), gift vouchers. PADS and DCGS… are goods.
with described as (
    select
        sku_id,
        description,
        row_number() over (
            partition by sku_id order by description is null, count(*) desc, description
        ) as place
    from source
    group by sku_id, description
)

select
    sku_id,
    description as sku_name,
    'piece' as sale_unit,
    'prestock' as fulfilment_mode,
    not(
        sku_id in ('POST', 'DOT', 'C2', 'M', 'D', 'S', 'B', 'BANK CHARGES', 'AMAZONFEE', 'CRUK')
        or starts_with(sku_id, 'GIFT_0001_')
    ) as is_goods
from described
where place = 1
order by sku_id
