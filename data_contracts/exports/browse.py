"""Browsing export: one row per action of a known user in the app or mini-programme."""

from data_contracts.codes.browse import BrowseAction
from data_contracts.columns import code, real, text, timestamp, user_id
from data_contracts.table import Mask, Personal, Table
from data_contracts.units import Unit

BROWSE = Table(
    name="browse",
    zh="浏览行为",
    meaning="views, searches, favourites and carts",
    key=("event_id",),
    event_time="occurred_at",
    partition="business_date",
    owner="crm",
    columns=(
        text("event_id", "行为编号", "id of the action", required=True),
        user_id(required=True),
        timestamp("occurred_at", "发生时间", "when, local", required=True),
        code("action", "行为", "what the user did", BrowseAction, required=True),
        text("sku_id", "商品编码", "SKU seen; empty for a search"),
        text(
            "search_text",
            "搜索词",
            "what was typed, digits masked",
            personal=Personal.FREE_TEXT,
            mask=Mask.TEXT,
        ),
        real(
            "dwell_seconds", "停留时长", "time on the page", Unit.SECONDS, minimum=0, maximum=86_400
        ),
        text("community_id", "小区编号", "community the user was shopping in"),
    ),
)
