-- Units per warehouse, SKU, business day and clock hour from $first_day to as_of, goods only. …_e4:
-- sums of ten-thousandths, which do not depend on the order of the rows.
select
    warehouse_id,
    sku_id,
    day,
    cast(extract('hour' from ordered_at) as integer) as hour,
    cast(sum(sold_e4) as bigint) as sold_e4,
    cast(
        sum(
            cast(
                round(coalesce(unit_price_yuan, gross_yuan / ordered_units) * ordered_units * 10000)
                as bigint
            )
        ) as bigint
    ) as charged_e4,
    cast(
        sum(case when coalesce(unit_price_yuan, gross_yuan) is not null then ordered_e4 end) as bigint
    ) as priced_e4
from order_lines_as_of
where is_goods and day >= $first_day
group by warehouse_id, sku_id, day, extract('hour' from ordered_at)
