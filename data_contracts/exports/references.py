"""Reference files: products, communities, users. Each is optional; steps report its absence."""

from data_contracts.codes.contacts import ContactChannel
from data_contracts.codes.products import FulfilmentMode, SaleUnit, Storage
from data_contracts.codes.users import AgeBand, Gender
from data_contracts.columns import (
    address,
    code,
    date,
    flag,
    integer,
    money,
    person_name,
    phone,
    real,
    text,
    timestamp,
    user_id,
)
from data_contracts.table import Personal, Table
from data_contracts.units import Unit

PRODUCTS = Table(
    name="products",
    zh="商品档案",
    meaning="one row per SKU",
    key=("sku_id",),
    owner="supply-chain",
    columns=(
        text("sku_id", "商品编码", "the platform's SKU", required=True),
        text("sku_name", "商品名称", "name"),
        text("category", "一级分类", "category"),
        text("subcategory", "二级分类", "sub-category"),
        text("brand", "品牌", "brand"),
        code("sale_unit", "销售单位", "what a unit is; empty: piece", SaleUnit),
        real(
            "pack_size_units",
            "箱规",
            "units per purchase pack; empty: 1",
            Unit.SALE_UNITS,
            minimum=0,
            exclusive_minimum=True,
        ),
        money("list_price_yuan", "划线价", "list price per unit"),
        money("cost_yuan", "成本价", "purchase cost per unit"),
        integer("shelf_life_days", "保质期", "days from arrival", Unit.DAYS, minimum=0),
        code("fulfilment_mode", "履约方式", "what restock means", FulfilmentMode),
        text("supplier_id", "供应商编号", "usual supplier"),
        integer("lead_time_days", "到货周期", "order to arrival", Unit.DAYS, minimum=0),
        flag("is_goods", "是否商品", "false for postage, fees, vouchers; empty: true"),
        text("allergens", "过敏原", "allergens it contains, separated by |"),
        integer(
            "unsuitable_below_years",
            "适用最低年龄",
            "not offered to a household with a younger child; empty: no limit",
            Unit.YEARS,
            minimum=0,
            maximum=30,
        ),
        code("storage", "储存条件", "ambient, chilled or frozen", Storage),
        date("launched_on", "上架日期", "first day on offer", of_moment=True),
        date("delisted_on", "下架日期", "last day on offer", of_moment=True),
    ),
)

COMMUNITIES = Table(
    name="communities",
    zh="小区档案",
    meaning="one row per community with warehouse, region and leader",
    key=("community_id",),
    owner="supply-chain",
    columns=(
        text("community_id", "小区编号", "id of the community or pick-up point", required=True),
        text("community_name", "小区名称", "name"),
        text("warehouse_id", "网格仓编号", "warehouse that serves it"),
        text("region_id", "区域编号", "region, as weather and holidays name it"),
        text("city", "城市", "city"),
        text("leader_id", "团长编号", "leader who runs the pick-up point"),
        person_name("leader_name", "团长姓名"),
        integer("households", "户数", "households", minimum=0),
        date("opened_on", "开通日期", "first day of the community"),
    ),
)

USERS = Table(
    name="users",
    zh="用户档案",
    meaning="one row per user; attributes people gave themselves",
    key=("user_id",),
    owner="crm",
    columns=(
        user_id(required=True),
        person_name("name", "姓名"),
        phone("phone", "手机号"),
        address("address", "地址"),
        code("gender", "性别", "as given", Gender),
        code("age_band", "年龄段", "as given", AgeBand),
        integer("household_size", "家庭人数", "as given", minimum=1, maximum=30),
        text("community_id", "小区编号", "home community"),
        timestamp("registered_at", "注册时间", "when the account was made"),
        code("preferred_channel", "偏好渠道", "channel the user prefers", ContactChannel),
        flag(
            "marketing_opt_out",
            "拒绝营销",
            "true: must not be contacted for marketing",
            doubt=True,
        ),
        text(
            "allergens",
            "过敏原",
            "allergens to avoid, separated by |; may only exclude products",
            personal=Personal.SENSITIVE,
        ),
        integer(
            "youngest_child_years",
            "最小孩子年龄",
            "age of the youngest child in years; may only exclude products",
            Unit.YEARS,
            minimum=0,
            maximum=30,
            personal=Personal.SENSITIVE,
        ),
    ),
)
