"""The four-dimension profile and the layer labels, one row per user and `as_of`.

A dimension without supporting rows says `no_evidence`, and its values are empty. Each value names
the column that counts the rows behind it, and the window of those rows (`over`); with no such row
the value is empty. "No order within 30 days" is based on the rows of the whole year.
"""

from data_contracts.codes.profiles import ActivePeriod, HouseholdHint, PriceBand, SearchIntent
from data_contracts.codes.users import AgeBand, Gender
from data_contracts.columns import code, date, integer, money, real, text
from data_contracts.table import Table
from data_contracts.tables.profile_columns import AS_OF, INPUT_DIGEST, USER, evidence, over
from data_contracts.units import Unit

PROFILE_BASIC = Table(
    name="profile_basic",
    zh="基础属性",
    meaning="who the user is: tenure, community, region, attributes given, household hint",
    key=("as_of", "user_id"),
    partition="as_of",
    owner="crm",
    columns=(
        AS_OF,
        USER,
        *evidence("the user file or orders"),
        *over(
            None,
            "evidence_count",
            text("community_id", "小区编号", "home community, else the most ordered from"),
            text("warehouse_id", "网格仓编号", "warehouse of that community"),
            text("region_id", "区域编号", "region of that community"),
            integer(
                "tenure_days",
                "成为用户天数",
                "since registration or first order",
                Unit.DAYS,
                minimum=0,
            ),
            text("source", "来源", "users file, orders, or both"),
        ),
        integer("file_rows", "档案行数", "rows of the user file about the user", minimum=0),
        *over(
            None,
            "file_rows",
            code("gender", "性别", "as given", Gender),
            code("age_band", "年龄段", "as given", AgeBand),
        ),
        integer("household_rows", "家庭线索条数", "user file rows with a size", minimum=0),
        *over(
            None,
            "household_rows",
            integer("household_size", "家庭人数", "as given", minimum=1),
            code("household_hint", "家庭线索", "one, two or a family, by that", HouseholdHint),
            text("household_source", "家庭线索来源", "where it comes from: the users file"),
        ),
    ),
)

PROFILE_CONSUMPTION = Table(
    name="profile_consumption",
    zh="消费行为",
    meaning="how the user buys: frequency, recency, spend, rhythm, discounts, refunds",
    key=("as_of", "user_id"),
    partition="as_of",
    owner="crm",
    columns=(
        AS_OF,
        USER,
        INPUT_DIGEST,
        *evidence("kept order lines in the last 365 days"),
        *over(
            None,
            "evidence_count",
            date("first_order_on", "首单日", "business date of the first kept order"),
        ),
        *over(
            365,
            "evidence_count",
            date("last_order_on", "末单日", "business date of the last kept order"),
            integer(
                "recency_days", "距上次下单天数", "as_of − last_order_on", Unit.DAYS, minimum=0
            ),
            integer("orders_365d", "近365天订单数", "kept orders", minimum=0),
        ),
        *over(
            365, "evidence_count", integer("orders_30d", "近30天订单数", "kept orders", minimum=0)
        ),
        *over(
            365, "evidence_count", integer("orders_90d", "近90天订单数", "kept orders", minimum=0)
        ),
        integer("priced_lines", "有金额行数", "kept lines whose money is known", minimum=0),
        *over(365, "priced_lines", money("spend_30d_yuan", "近30天消费", "net of refunds")),
        *over(365, "priced_lines", money("spend_90d_yuan", "近90天消费", "net of refunds")),
        *over(
            365,
            "priced_lines",
            money("spend_365d_yuan", "近365天消费", "net of refunds"),
            real("basket_yuan", "客单价", "mean spend per kept order, 365 days", Unit.YUAN),
        ),
        integer("paid_lines", "有实付行数", "kept lines paid more than nothing for", minimum=0),
        *over(
            365,
            "paid_lines",
            real("refund_share", "退款占比", "refunds ÷ paid", Unit.RATIO, minimum=0),
        ),
        integer("rhythm_gaps", "周期样本数", "gaps between order days", minimum=0),
        *over(
            365,
            "rhythm_gaps",
            real("rhythm_days", "平时周期", "median days between order days", Unit.DAYS, minimum=0),
        ),
        integer(
            "spread_gaps", "波动样本数", "the same gaps, where there are two or more", minimum=0
        ),
        *over(
            365,
            "spread_gaps",
            real("rhythm_spread_days", "周期波动", "interquartile range of the same", Unit.DAYS),
        ),
        integer(
            "listed_lines",
            "有划线价行数",
            "kept lines with both a list price and a price",
            minimum=0,
        ),
        *over(
            365,
            "listed_lines",
            real(
                "discount_share",
                "优惠占比",
                "discount ÷ list value",
                Unit.RATIO,
                minimum=0,
                maximum=1,
            ),
        ),
        integer("ordered_lines", "下单行数", "order lines, cancelled ones included", minimum=0),
        *over(
            365,
            "ordered_lines",
            real("cancelled_share", "取消占比", "cancelled ÷ ordered lines", Unit.RATIO, minimum=0),
        ),
        integer("categorised_lines", "有品类行数", "kept lines of a known category", minimum=0),
        *over(
            365,
            "categorised_lines",
            integer("categories_90d", "近90天品类数", "distinct categories bought", minimum=0),
        ),
        *over(
            365,
            "evidence_count",
            integer("skus_90d", "近90天商品数", "distinct SKUs bought", minimum=0),
        ),
        *over(
            365,
            "evidence_count",
            real("repeat_share", "复购占比", "lines of SKUs bought before", Unit.RATIO, minimum=0),
            real("usual_hour_share", "最常下单时段占比", "orders in the usual hour", Unit.RATIO),
        ),
        integer("launched_lines", "有上市日行数", "kept lines of SKUs with a launch", minimum=0),
        *over(
            365,
            "launched_lines",
            real("launch_share", "新品占比", "of them, soon after the launch", Unit.RATIO),
        ),
        integer(
            "ranked_lines", "有价格档位行数", "kept lines whose SKU has a price rank", minimum=0
        ),
        *over(
            365,
            "ranked_lines",
            real(
                "price_level",
                "价格档位",
                "median price rank within category, 0 cheapest to 1 dearest",
                Unit.RATIO,
                minimum=0,
                maximum=1,
            ),
        ),
        integer("usual_sku_days", "常购商品天数", "order days of the usual SKU", minimum=0),
        *over(
            180,
            "usual_sku_days",
            text("usual_sku_id", "常购商品", "SKU on most order days, 180 days"),
        ),
        integer(
            "usual_category_days", "常购品类天数", "order days of the usual category", minimum=0
        ),
        *over(
            180,
            "usual_category_days",
            text("usual_category", "常购品类", "category on most order days, 180 days"),
        ),
    ),
)

PROFILE_CATEGORIES = Table(
    name="profile_categories",
    zh="品类偏好",
    meaning="how a user buys in each category: repurchase cycle, price band, affinity",
    key=("as_of", "user_id", "category"),
    partition="as_of",
    owner="crm",
    columns=(
        AS_OF,
        USER,
        INPUT_DIGEST,
        text("category", "商品分类", "category bought from in 365 days", required=True),
        integer("lines", "订单行数", "kept lines in the category", minimum=1, required=True),
        *over(
            365,
            "lines",
            integer("order_days", "下单天数", "days with a kept line in it", minimum=1),
            date("last_order_on", "末次购买日", "business date of the last kept line in it"),
            real(
                "affinity",
                "偏好倍数",
                "share of the user's lines ÷ share of everybody's, drawn to 1 where lines are few",
                Unit.RATIO,
                minimum=0,
            ),
        ),
        integer("cycle_gaps", "复购间隔数", "gaps between order days in it", minimum=0),
        *over(
            365,
            "cycle_gaps",
            real("cycle_days", "品类复购周期", "median days between them", Unit.DAYS, minimum=0),
        ),
        integer(
            "spread_gaps", "波动样本数", "the same gaps, where there are two or more", minimum=0
        ),
        *over(
            365,
            "spread_gaps",
            real("cycle_spread_days", "品类周期波动", "interquartile range", Unit.DAYS, minimum=0),
        ),
        integer(
            "ranked_lines", "有价格档位行数", "kept lines whose SKU has a price rank", minimum=0
        ),
        *over(
            365,
            "ranked_lines",
            real("price_level", "价格档位", "median price rank", Unit.RATIO, minimum=0, maximum=1),
            code("price_band", "价格带", "third of the price ranks it falls in", PriceBand),
        ),
    ),
)

PROFILE_SCENE = Table(
    name="profile_scene",
    zh="场景需求",
    meaning="when and in what situation: hours, weekdays, weather, calendar, search, interest",
    key=("as_of", "user_id"),
    partition="as_of",
    owner="crm",
    columns=(
        AS_OF,
        USER,
        INPUT_DIGEST,
        *evidence("orders and browsing in the last 90 days"),
        integer("moments", "行为时刻数", "orders and views with a time", minimum=0),
        *over(
            90,
            "moments",
            integer("active_hour", "活跃时段", "hour with most orders and views, 0-23", Unit.HOURS),
            code("active_period", "活跃时间段", "part of the day with most of them", ActivePeriod),
            real("active_period_share", "活跃时间段占比", "share of them in it", Unit.RATIO),
        ),
        integer("orders_placed", "有效订单数", "kept orders of goods", minimum=0),
        *over(
            90,
            "orders_placed",
            integer("active_weekday", "活跃星期", "ISO weekday with most orders, 1-7", Unit.DAYS),
            real("active_weekday_share", "活跃星期占比", "share of orders on it", Unit.RATIO),
            real("weekend_share", "周末占比", "share of orders on weekends", Unit.RATIO, minimum=0),
        ),
        integer("orders_with_weather", "有天气订单数", "orders of days with known rain", minimum=0),
        *over(
            90,
            "orders_with_weather",
            integer("rainy_orders", "雨天订单数", "of them, on rainy days", minimum=0),
            real("rain_share", "雨天占比", "share of orders on rainy days", Unit.RATIO, minimum=0),
            real(
                "rain_response",
                "雨天倍数",
                "orders on rainy days ÷ as many as any day would bring, drawn to 1 where few",
                Unit.RATIO,
                minimum=0,
            ),
        ),
        integer("orders_with_calendar", "有日历订单数", "orders of days the calendar covers"),
        *over(
            90,
            "orders_with_calendar",
            integer("holiday_orders", "节假日订单数", "of them, on holidays", minimum=0),
            integer("school_orders", "开学季订单数", "of them, in school season", minimum=0),
            real(
                "holiday_share", "节假日占比", "share of orders on holidays", Unit.RATIO, minimum=0
            ),
            real("holiday_response", "节假日倍数", "likewise for holidays", Unit.RATIO, minimum=0),
            real(
                "school_response", "开学季倍数", "likewise for school season", Unit.RATIO, minimum=0
            ),
        ),
        integer("pick_ups", "自提次数", "orders with arrival and pick-up known", minimum=0),
        *over(
            90,
            "pick_ups",
            real("pick_up_delay_hours", "提货时长", "median arrival to pick-up", Unit.HOURS),
            integer("pick_up_hour", "提货时段", "hour most orders were fetched in", Unit.HOURS),
        ),
        integer(
            "lines_with_look",
            "有浏览行数",
            "kept lines whose SKU was viewed in the 14 days before",
            minimum=0,
        ),
        *over(
            90,
            "lines_with_look",
            real("planned_share", "计划性占比", "of them, viewed a day or more ahead", Unit.RATIO),
            real("urgent_share", "即时性占比", "of them, within half an hour of it", Unit.RATIO),
        ),
        integer(
            "orders_with_food", "含食品订单数", "orders of categories known as food", minimum=0
        ),
        *over(
            90,
            "orders_with_food",
            real(
                "office_lunch_share",
                "办公午餐占比",
                "of them, ready food on working days from 9 to 13, few lines",
                Unit.RATIO,
            ),
            real(
                "family_cooking_share",
                "家庭烹饪占比",
                "of them, two or more categories to cook from",
                Unit.RATIO,
            ),
        ),
        integer("browse_events", "浏览行为数", "views, searches, favourites, carts", minimum=0),
        *over(
            90,
            "browse_events",
            integer("searches_30d", "近30天搜索", "searches", minimum=0),
            integer("views_30d", "近30天浏览", "detail views", minimum=0),
            integer("quality_searches_30d", "近30天品质词搜索", "searches with words of quality"),
            integer("price_searches_30d", "近30天价格词搜索", "searches with words of price"),
            integer("novelty_searches_30d", "近30天新品词搜索", "searches with words of the new"),
            integer(
                "latent_interest_skus",
                "潜在兴趣商品数",
                "seen long or often, not bought",
                minimum=0,
            ),
        ),
        integer(
            "wish_messages_30d", "近30天想买留言数", "messages that ask for a thing", minimum=0
        ),
        *over(
            30,
            "wish_messages_30d",
            integer("quality_messages_30d", "近30天品质词留言", "wishes with words of quality"),
            integer("price_messages_30d", "近30天价格词留言", "wishes with words of price"),
            integer("novelty_messages_30d", "近30天新品词留言", "wishes with words of the new"),
        ),
        integer("searches", "搜索次数", "searches with a text", minimum=0),
        *over(
            90,
            "searches",
            text("last_search", "最近搜索", "last search text, digits masked"),
            code("search_intent", "搜索意图", "what most of the words ask for", SearchIntent),
        ),
        integer("latent_looks", "潜在兴趣浏览数", "looks at the strongest of them", minimum=0),
        *over(
            30,
            "latent_looks",
            text("latent_interest_sku_id", "潜在兴趣商品", "the strongest of them"),
        ),
    ),
)
