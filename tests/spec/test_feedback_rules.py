"""What Linli reads in a message, as tables CRM can read: feeling, aspects, complaint, wish.

Judged by the word lists alone (no trained model), so that a row says what a list does. `+` good,
`-` bad, `.` neither; an aspect has its own sign; `!` is a complaint.
"""

from __future__ import annotations

from functools import cache

import pandas as pd
import pytest

from data_contracts.codes.feedback import Aspect
from models.feedback.classify import classify_messages
from models.feedback.product_matching import match_products

SHORT = {
    "fresh": Aspect.FRESHNESS, "pack": Aspect.PACKAGING, "late": Aspect.DELIVERY,
    "serve": Aspect.SERVICE, "price": Aspect.PRICE, "weight": Aspect.WEIGHT,
    "real": Aspect.AS_DESCRIBED,
}  # fmt: skip

# message                                      | side | emotion        | aspects
FEELINGS = """
草莓特别新鲜，孩子喜欢                             | +    | delight        | fresh+
狠新先，包庄也布错 👍                              | +    | delight        | fresh+ pack+
quality很OK，delivery太慢了                        | .    | -              | real+ late-
味道很正，就是送得太慢                             | .    | -              | fresh+ late-
价格便宜，但是烂了一半                             | .    | -              | price+ fresh-
一点都不新鲜！！                                   | -    | anger          | fresh-
虾都臭了😡😡😡                                     | -    | anger          | fresh-
客服踢皮球，气死我了                               | -    | anger          | serve-
又少发了一份，太失望了，再也不买了                 | -    | disappointment | weight-
以前都挺好，这次坏了好多[流泪]                     | -    | disappointment | fresh-
跟图片差太多，后悔了                               | -    | disappointment | real-
盒子压扁了                                         | -    | -              | pack-
没有坏果，好评                                     | +    | delight        | fresh+
团长热情，送货准时                                 | +    | -              | serve+ late+
nice! 比超市便宜                                   | +    | -              | price+
可以帮我留到晚上吗                                 | .    | -              | -
价格便宜但是烂了一半                               | .    | -              | price+ fresh-
包装很好但是送得太慢                               | .    | -              | pack+ late-
很新鲜，要是再便宜点就好了                         | +    | -              | fresh+
今天的菜新鲜吗                                     | .    | -              | -
几点能提货？                                       | .    | -              | -
加厚垃圾袋两包                                     | .    | -              | -
"""

# message                                      | who answers
COMPLAINTS = """
少发了一袋，麻烦补发                               | leader_2h
我的鸡蛋怎么还没到？说好四点前的                   | leader_2h
包装破了，撒了一地                                 | leader_2h
苹果烂了三个，要求退款                             | service_24h
发错货了，帮我换一下                               | service_24h
客服半天不理人                                     | service_24h
质量太差了，投诉                                   | service_24h
refund! 虾臭了                                     | service_24h
吃了肚子不舒服，给个说法                           | task_force_48h
里面有虫子，太恶心了😡                             | task_force_48h
再不处理我就打12315举报                            | task_force_48h
问了三次都没回复，一直没人处理                     | task_force_48h
群里好几家的西红柿都有问题，都发霉了               | task_force_48h
很新鲜，就是送得稍慢了点                           | -
很新鲜，好吃，就是烂了一颗                         | -
没有烂的，很满意                                   | -
能退吗                                             | service_24h
几点能提货                                         | -
垃圾袋很好用                                       | -
谢谢团长                                           | -
"""

# message                                      | thing        | on the shelf
WISHES = """
想买车厘子                                         | 车厘子       | not_carried
团长，想买点榴莲                                   | 榴莲         | not_carried
有没有卖大闸蟹的呀                                 | 大闸蟹       | not_carried
有没有无糖酸奶卖                                   | 无糖酸奶     | not_carried
能不能上点上海青啊🌹                               | 上海青       | carried
什么时候再上红富士苹果                             | 红富士苹果   | carried
婴儿存棉湿巾还会再开团吗                           | 婴儿存棉湿巾 | carried
想买红烧羊肉面                                     | 红烧羊肉面   | not_carried
求酸奶，孩子想喝                                   | 酸奶         | carried
想吃牛油果了～～                                   | 牛油果       | not_carried
want to buy 车厘子                                 | 车厘子       | not_carried
猪排骨什么时候再开团                               | 猪排骨       | delisted
想买苹果手机壳                                     | 苹果手机壳   | not_carried
有没有卖你们家的手工馒头                           | 手工馒头     | not_carried
有没有点心                                         | 点心         | not_carried
想退款                                             | -            | -
想问一下几点提货                                   | -            | -
有没有优惠券                                       | -            | -
有没有人帮我拿一下                                 | -            | -
什么时候有货                                       | -            | -
什么时候能到                                       | -            | -
求加微信13812345678                                | -            | -
接龙+1                                             | -            | -
求求你们上点山竹吧                                 | 山竹         | not_carried
希望能有无糖酸奶                                   | 无糖酸奶     | not_carried
希望有无糖酸奶                                     | 无糖酸奶     | not_carried
团长求上山竹                                       | 山竹         | not_carried
拜托上点杨梅                                       | 杨梅         | not_carried
求上上海青                                         | 上海青       | carried
求上海青                                           | 上海青       | carried
求求了来一箱荔枝                                   | 荔枝         | not_carried
希望以后能卖点杂粮                                 | 杂粮         | not_carried
许愿来点水蜜桃                                     | 水蜜桃       | not_carried
能不能有无糖饼干                                   | 无糖饼干     | not_carried
求进口牛奶                                         | 进口牛奶     | not_carried
求求你们上点心吧                                   | -            | -
求求你们快点送吧                                   | -            | -
求求你们有点责任心                                 | -            | -
希望能有个说法                                     | -            | -
希望能有更好的服务                                 | -            | -
希望有关部门查一查                                 | -            | -
希望能来个电话                                     | -            | -
希望能卖得好                                       | -            | -
希望卖家改进                                       | -            | -
希望有个准时的配送                                 | -            | -
希望卖点新鲜的                                     | -            | -
希望能进步                                         | -            | -
"""

SHELF = pd.DataFrame(
    [
        ("s1", "田间集 上海青 500g", "田间集", True),
        ("s2", "小满记 优品红富士苹果 1kg", "小满记", True),
        ("s3", "实惠家 原味酸奶 200ml×10", "实惠家", True),
        ("s4", "小满记 猪排骨 500g", "小满记", False),
        ("s6", "有机山庄 优品婴儿纯棉湿巾 80抽", "有机山庄", True),
        ("s7", "和顺 红烧牛肉面 5连包", "和顺", True),
        ("s5", "禾苗 榴莲千层 400g", "禾苗", True),
    ],
    columns=["sku_id", "sku_name", "brand", "is_on_offer"],
)


def rows(table: str) -> list[tuple[str, ...]]:
    return [tuple(cell.strip() for cell in line.split("|")) for line in table.strip().splitlines()]


@cache
def drawn_messages() -> pd.DataFrame:
    """The signals of every message of the tables, read together, by text."""
    texts = [row[0] for table in (FEELINGS, COMPLAINTS, WISHES) for row in rows(table)]
    messages = pd.DataFrame({"text": list(dict.fromkeys(texts)), "stars": None})
    return classify_messages(messages, None).signals.set_index(messages["text"])


def read(text: str, stars: float | None = None) -> pd.Series:
    if stars is None and text in drawn_messages().index:
        return drawn_messages().loc[text]
    messages = pd.DataFrame({"text": [text], "stars": [stars]})
    return classify_messages(messages, None).signals.iloc[0]


def test_a_message_is_read_alike_alone_and_among_others() -> None:
    text = rows(COMPLAINTS)[0][0]
    alone = classify_messages(pd.DataFrame({"text": [text], "stars": [None]}), None).signals
    assert alone.iloc[0].dropna().to_dict() == read(text).dropna().to_dict()


def sign(value: float) -> str:
    return "." if pd.isna(value) or abs(value) < 0.2 else "+" if value > 0 else "-"


def numbered(table: str) -> list[object]:
    """Cases named by their line: what somebody wrote is no name of a test."""
    return [pytest.param(*row, id=f"line{n}") for n, row in enumerate(rows(table), 1)]


@pytest.mark.parametrize(("text", "side", "emotion", "aspects"), numbered(FEELINGS))
def test_feelings_and_aspects(text: str, side: str, emotion: str, aspects: str) -> None:
    found = read(text)
    told = {
        name: sign(found[f"{aspect.value}_polarity"])
        for name, aspect in SHORT.items()
        if pd.notna(found[f"{aspect.value}_polarity"])
    }
    drawn = {cell[:-1]: cell[-1] for cell in aspects.split()} if aspects != "-" else {}
    assert sign(found["polarity"]) == side
    assert (found["emotion"] if pd.notna(found["emotion"]) else "-") == emotion
    assert told == drawn


@pytest.mark.parametrize(("text", "grade"), numbered(COMPLAINTS))
def test_complaints_and_who_answers(text: str, grade: str) -> None:
    found = read(text)
    assert bool(found["is_complaint"]) == (grade != "-")
    assert (found["complaint_grade"] if found["is_complaint"] else "-") == grade


@pytest.mark.parametrize(
    ("text", "stars", "complains"),
    [("还可以", 2, True), ("还可以", 3, False), ("烂了一个，其他都好", 5, False), ("", 1, True)],
    ids=["two_stars", "three_stars", "five_stars", "one_star_no_word"],
)
def test_stars_decide_over_words(text: str, stars: float, complains: bool) -> None:
    assert bool(read(text, stars)["is_complaint"]) is complains


@pytest.mark.parametrize(("text", "thing", "match"), numbered(WISHES))
def test_wishes_and_what_is_carried(text: str, thing: str, match: str) -> None:
    found = read(text)
    assert bool(found["is_wish"]) == (thing != "-")
    if thing != "-":
        assert found["wish"] == thing
        assert match_products([thing], SHELF)["wish_match"].tolist() == [match]


@pytest.mark.parametrize(
    ("text", "belongs"),
    [("我们小区的团长真好", True), ("邻居推荐的", True), ("谢谢团长", True), ("好吃", False)],
    ids=["community", "neighbour", "thanks", "plain"],
)
def test_belonging(text: str, belongs: bool) -> None:
    assert bool(read(text)["is_belonging"]) is belongs
