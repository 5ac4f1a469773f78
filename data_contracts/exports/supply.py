"""Supply-side files: stock with batches and in-transit, availability by hour, promotions."""

from data_contracts.codes.products import SaleUnit
from data_contracts.codes.supply import PromotionKind
from data_contracts.columns import code, date, money, real, text, timestamp
from data_contracts.table import Table
from data_contracts.units import Unit

STOCK = Table(
    name="stock",
    zh="库存",
    meaning="counted stock per batch, and what is on its way",
    key=("warehouse_id", "sku_id", "batch_id", "counted_at"),
    event_time="counted_at",
    owner="supply-chain",
    columns=(
        text("warehouse_id", "网格仓编号", "warehouse", required=True),
        text("sku_id", "商品编码", "SKU", required=True),
        text("batch_id", "批次号", "batch; empty: batches are not distinguished"),
        timestamp("counted_at", "盘点时间", "when it was counted, local", required=True),
        real(
            "on_hand_units",
            "在库数量",
            "on hand; below 0: nothing, and the count is doubtful",
            Unit.SALE_UNITS,
            required=True,
        ),
        real("in_transit_units", "在途数量", "ordered, not arrived", Unit.SALE_UNITS, minimum=0),
        code("sale_unit", "库存单位", "what a unit is; empty: as the product is sold", SaleUnit),
        date("expected_arrival_on", "预计到货日", "arrival of what is in transit"),
        date("expires_on", "到期日", "last day the batch may be sold"),
    ),
)

AVAILABILITY = Table(
    name="availability",
    zh="分时在售状态",
    meaning="per warehouse, SKU and day: was it on sale, sold out or not offered, hour by hour",
    key=("warehouse_id", "sku_id", "day"),
    partition="day",
    owner="supply-chain",
    columns=(
        date("day", "日期", "calendar day", required=True),
        text("warehouse_id", "网格仓编号", "warehouse", required=True),
        text("sku_id", "商品编码", "SKU", required=True),
        text(
            "hours_status",
            "分时状态",
            "24 letters, hour 0 to 23: A on sale, S sold out, N not offered",
            required=True,
            pattern="[ASN]{24}",
        ),
    ),
)

PROMOTIONS = Table(
    name="promotions",
    zh="促销活动",
    meaning="discounts and group-buy activities with their caps",
    key=("promotion_id",),
    owner="supply-chain",
    columns=(
        text("promotion_id", "活动行编号", "id of this row", required=True),
        text("activity_id", "活动编号", "group-buy activity, as orders name it"),
        code("kind", "活动类型", "kind of promotion", PromotionKind),
        text("title", "活动标题", "title"),
        text("sku_id", "商品编码", "SKU; empty: every SKU"),
        text("community_id", "小区编号", "community; empty: every community"),
        date("starts_on", "开始日期", "first day", required=True),
        date("ends_on", "结束日期", "last day, inclusive", required=True),
        real(
            "discount_ratio",
            "折扣率",
            "price charged ÷ list price; 1 or empty: no discount",
            Unit.RATIO,
            minimum=0,
            maximum=1,
        ),
        money("offer_price_yuan", "活动价", "price during the promotion"),
        real("limit_buy_units", "限购", "most units a user may buy", Unit.SALE_UNITS, minimum=0),
        real("total_quantity_units", "活动总量", "units on offer", Unit.SALE_UNITS, minimum=0),
        timestamp("announced_at", "公布时间", "when it was decided; empty: taken as known ahead"),
    ),
)
