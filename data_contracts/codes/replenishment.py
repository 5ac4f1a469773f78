"""Code lists of replenishment: why nothing is ordered, what needs a person."""

from data_contracts.codes.code_list import Code


class NoOrderReason(Code):
    """Why a line orders nothing."""

    OFF_OFFER = "off_offer", "已下架"
    OFF_OFFER_ON_ARRIVAL = "off_offer_on_arrival", "到货时已下架"
    SUPPLIER_PAUSED = "supplier_paused", "供应商暂停供货"
    NOTHING_ORDERED = "nothing_ordered", "预售尚无订单"
    NO_FORECAST = "no_forecast", "没有需求预测"
    NO_DEMAND = "no_demand", "预计没有需求"
    ENOUGH_STOCK = "enough_stock", "库存和在途够卖"
    ABOVE_SUPPLY_LIMIT = "above_supply_limit", "起订量超过可供上限"
    NOT_WORTH_A_PACK = "not_worth_a_pack", "补一箱不划算"
    BELOW_ORDER_MINIMUM = "below_order_minimum", "凑不够起订金额"
    OVER_LIMIT = "over_limit", "预算或仓容已用完"


class RestockException(Code):
    """What a person should look at first, the gravest first: a line with several has the first."""

    SHORT_BEFORE_ARRIVAL = "short_before_arrival", "到货前会缺货"
    WILL_EXPIRE = "will_expire", "卖不完会过期"
    FAR_FROM_LAST_WEEKS = "far_from_last_weeks", "预测与近4周相差大"
    LEAD_TIME_SLIPPING = "lead_time_slipping", "到货变慢"
    STOCK_UNKNOWN = "stock_unknown", "库存未知或过旧"
    NEW_SKU = "new_sku", "新品"


class EditReason(Code):
    """Why a person changed a suggestion; `other` comes with a note."""

    DEMAND_WILL_CHANGE = "demand_will_change", "活动或团购变化"
    WEATHER = "weather", "天气"
    SUPPLIER_IS_SHORT = "supplier_is_short", "供应商缺货"
    STOCK_DIFFERS = "stock_differs", "实际库存不同"
    PRICE = "price", "价格变化"
    SHELF_LIFE = "shelf_life", "怕卖不完"
    PACK_OR_MINIMUM = "pack_or_minimum", "凑箱或起订量"
    BUDGET_OR_SPACE = "budget_or_space", "预算或仓容"
    OTHER = "other", "其他"
