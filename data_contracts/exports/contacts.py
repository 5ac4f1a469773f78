"""Past contacts: user, channel, offer and time, with the users held out on purpose."""

from data_contracts.codes.contacts import ContactArm, ContactChannel
from data_contracts.columns import code, flag, money, text, timestamp, user_id
from data_contracts.table import Table

CONTACTS = Table(
    name="contacts",
    zh="历史触达",
    meaning="past contacts of CRM, with the held-out users",
    key=("contact_id",),
    event_time="sent_at",
    owner="crm",
    columns=(
        text("contact_id", "触达编号", "id of the contact", required=True),
        user_id(required=True),
        timestamp("sent_at", "触达时间", "when it was, or would have been, sent", required=True),
        text("campaign_id", "活动批次", "campaign"),
        code("channel", "渠道", "channel", ContactChannel),
        code("arm", "分组", "treatment or holdout; empty: treatment", ContactArm),
        text("sku_id", "商品编码", "SKU offered"),
        money("offer_yuan", "优惠金额", "coupon value offered"),
        flag("opened", "已打开", "the user opened it"),
        flag("opted_out", "退订", "the user refused further contact", doubt=True),
    ),
)
