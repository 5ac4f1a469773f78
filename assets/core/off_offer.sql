-- Days on which a SKU is off offer by the product file: from the day after its last one (下架日期) to
-- the day before its next launch (a later 上架日期), or without end.
select
    sku_id,
    delisted_on + 1 as from_day,
    case
        when launched_on > delisted_on then launched_on - 1 else date '9999-12-31'
    end as until_day
from products
where delisted_on is not null
