"""A drawn platform whose people write for three days, and the reviews its model learns from."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import dagster as dg

from tests.pipeline.small_lake import at

DAYS = (0, 1, 2)  # of the story; 2 is its last

# message, days before the last day it was sent, days the export holds it like this, stars, its
# order, its text
STORY = """
steady     20   012   -  -    草莓很新鲜，好吃
repeated   19   012   -  -    草莓很新鲜，好吃
nameless   18   012   -  -    几点能提货
wish       17   012   -  -    想买山竹
starred    16   012   3  -    -
sold       15   012   -  o1   都烂了，要求退款
edge       179  012   -  -    太差了
leaving    180  01    -  -    太差了
left       181  0     -  -    太差了
new1       1    12    -  -    送得太慢，气死我了
new2       0    2     -  -    谢谢团长，蜜瓜好甜
reworded   14   0     -  -    草莓不新鲜
reworded   14   12    -  -    榴莲包装破了
restarred  1    1     5  -    挺好的
restarred  1    2     2  -    挺好的
ordered    13   01    -  o2   压扁了
ordered    13   2     -  o2   压扁了
deleted    12   01    -  -    草莓太贵
listed     11   012   -  -    榴莲特别好吃
renamed    10   012   -  -    蓝莓酸了
rename     9    012   -  -    智利车厘子很甜
gone       8    012   -  -    百香果坏了
shared     7    012   -  -    水蜜桃挺好
longer     6    012   -  -    红心火龙果烂了
"""

# SKU, days the file of products has it like this, its name
SHELF = """
s1  012  草莓
s2  12   榴莲
s3  01   蓝莓
s3  2    智利车厘子
s4  01   百香果
s5  012  水蜜桃
s6  2    水蜜桃
s7  012  火龙果
s8  12   红心火龙果
s9  2    蜜瓜
"""

# message, the SKU it is about on each of the days; -: none, .: not yet said
NAMED = """
listed   -   s2  s2
renamed  s3  s3  -
rename   -   -   s3
gone     s4  s4  -
shared   s5  s5  -
longer   s7  s8  s8
steady   s1  s1  s1
sold     s1  s1  s1
ordered  -   -   s2
new2     .   .   s9
"""


def drawn(table: str, columns: int) -> Iterable[list[str]]:
    for line in table.strip().splitlines():
        yield line.split(None, columns - 1)


def review(number: int, sent: date, stars: int, text: str) -> dict[str, Any]:
    return {
        "message_id": f"r{number}", "sent_at": at(f"{sent} 12:00"), "channel": "review",
        "user_id": f"u{number % 40}", "text": text, "stars": stars,
    }  # fmt: skip


def reviews(last: date, each: int = 45, before: int = 9) -> list[dict[str, Any]]:
    """So many good and bad ones each, one pair a day up to `before` days before `last`."""
    rows = []
    for number in range(each):
        sent = last - timedelta(days=before + number)
        rows.append(review(number, sent, 5 - number % 2, f"很好吃，新鲜{number}"))
        rows.append(review(1000 + number, sent, 1 + number % 2, f"太难吃，烂了{number}"))
    return rows


def lake_of(day: int, last: date) -> dict[str, list[dict[str, Any]]]:
    """What the exports hold on a day of the story; with reviews of Monday's week before."""
    chat = reviews(last)
    chat += [review(500 + n, last - timedelta(days=3), 5, f"送得快{n}") for n in range(5)]
    for message, before, days, stars, order, text in drawn(STORY, 6):
        if str(day) in days:
            sent = last - timedelta(days=int(before))
            chat.append(
                {
                    "message_id": message, "sent_at": at(f"{sent} 12:00"),
                    "channel": "group_chat", "user_id": "li", "community_id": "c1",
                    "order_id": None if order == "-" else order,
                    "stars": None if stars == "-" else int(stars),
                    "text": None if text == "-" else text,
                }
            )  # fmt: skip
    ordered = at(f"{last - timedelta(days=30)} 12:00")
    orders = [{"order_id": "o1", "line_id": "1", "sku_id": "s1", "ordered_at": ordered}]
    if day == 2:
        orders.append({"order_id": "o2", "line_id": "1", "sku_id": "s2", "ordered_at": ordered})
    products = [
        {"sku_id": sku, "sku_name": name, "is_goods": True}
        for sku, days, name in drawn(SHELF, 3)
        if str(day) in days
    ]
    return {"chat": chat, "orders": orders, "products": products}


def metadata(result: dg.ExecuteInProcessResult) -> dict[str, Any]:
    (made,) = result.asset_materializations_for_node("message_signals")
    return {name: value.value for name, value in made.metadata.items()}
