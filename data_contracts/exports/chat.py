"""Chat export: group and private chat, service messages and starred reviews, one row a message."""

from data_contracts.codes.chat import MessageChannel, SenderRole
from data_contracts.columns import code, integer, text, timestamp, user_id
from data_contracts.table import Mask, Personal, Table

CHAT = Table(
    name="chat",
    zh="社群与评价",
    meaning="what people wrote, and the stars they gave",
    key=("message_id",),
    event_time="sent_at",
    partition="business_date",
    owner="crm",
    columns=(
        text("message_id", "消息编号", "id of the message", required=True),
        timestamp("sent_at", "发送时间", "when, local", required=True),
        code("channel", "渠道", "where it was written", MessageChannel, required=True),
        code("sender_role", "发送者", "who wrote: user, leader, service; empty: user", SenderRole),
        user_id(),
        text("community_id", "小区编号", "community of the chat"),
        text("sku_id", "商品编码", "SKU it is about, when known"),
        text("order_id", "订单编号", "order it is about, when known"),
        text(
            "text",
            "内容",
            "what was written, phone digits masked",
            personal=Personal.FREE_TEXT,
            mask=Mask.TEXT,
        ),
        integer("stars", "星级", "1 to 5, reviews only", minimum=1, maximum=5),
    ),
)
