"""The emotion dimension of the profile: messages, deliveries and shares of 180 days.

Each value names the column that counts the rows behind it; a counter of 0 leaves the value empty.
The signals of messages come from `message_signals`.
"""

from data_contracts.codes.feedback import Aspect, ComplaintGrade
from data_contracts.columns import code, date, integer, real
from data_contracts.table import Table
from data_contracts.tables.profile_columns import AS_OF, INPUT_DIGEST, USER, evidence, over
from data_contracts.units import Unit

PROFILE_EMOTION = Table(
    name="profile_emotion",
    zh="情感偏好",
    meaning="how the user feels about us: stars, words, seven aspects, complaints, belonging",
    key=("as_of", "user_id"),
    partition="as_of",
    owner="crm",
    columns=(
        AS_OF,
        USER,
        INPUT_DIGEST,
        *evidence("messages, reviews and shipments in the last 180 days"),
        integer("messages", "留言数", "messages and reviews, 180 days", minimum=0),
        integer("reviews", "评价数", "starred reviews, 180 days", minimum=0),
        *over(
            180,
            "reviews",
            real("mean_stars", "平均星级", "mean of the stars", Unit.COUNT, minimum=1, maximum=5),
        ),
        integer("polarity_messages", "有倾向留言数", "messages with an opinion", minimum=0),
        *over(
            180,
            "polarity_messages",
            real(
                "polarity",
                "情感倾向",
                "−1 to 1, from words and stars",
                Unit.RATIO,
                minimum=-1,
                maximum=1,
            ),
        ),
        *over(
            180,
            "messages",
            integer("anger_messages", "愤怒留言数", "messages that show anger", minimum=0),
            integer("disappointment_messages", "失望留言数", "that show disappointment", minimum=0),
            integer("delight_messages", "惊喜满意留言数", "messages that show delight", minimum=0),
            integer("belonging_messages", "归属表达数", "that speak of the community", minimum=0),
            integer("complaints", "投诉数", "messages that complain", minimum=0),
        ),
        *over(
            180,
            "complaints",
            date("last_complaint_on", "最近投诉日", "business date"),
            code("worst_complaint_grade", "最高投诉分级", "of the complaints", ComplaintGrade),
        ),
        *(
            column
            for aspect in Aspect
            for column in (
                integer(
                    f"{aspect.value}_mentions",
                    f"{aspect.zh}提及数",
                    "messages that judge it",
                    minimum=0,
                ),
                *over(
                    180,
                    f"{aspect.value}_mentions",
                    real(
                        f"{aspect.value}_polarity",
                        f"{aspect.zh}倾向",
                        "−1 to 1, mean of the messages",
                        Unit.RATIO,
                        minimum=-1,
                        maximum=1,
                    ),
                ),
            )
        ),
        integer("purchases_concluded", "已知履约次数", "orders delivered or failed", minimum=0),
        *over(
            180,
            "purchases_concluded",
            integer("failed_purchases", "履约失败次数", "late, damaged, short or lost", minimum=0),
            integer(
                "failed_run", "连续失败次数", "failed purchases in a row, up to now", minimum=0
            ),
        ),
        integer("browse_events", "浏览事件数", "everything seen or done, 180 days", minimum=0),
        *over(
            180,
            "browse_events",
            integer("shares", "分享次数", "shares of products", minimum=0),
        ),
    ),
)
