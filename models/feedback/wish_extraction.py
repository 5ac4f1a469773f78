"""Wishes: "想买榴莲", "有没有卖大闸蟹的" → the thing asked for.

Contains the phrases of wishes. Not here: whether the product is carried (`product_matching`), how
many users wish for it (`wish_list`). The wish is the text in the gap of the phrase, without stop
words.
"""

from __future__ import annotations

import re
from typing import Final

import pandas as pd

from models.params.feedback import WishParams

_THING: Final = r"(?P<thing>[^,。!?;:、~\n]{1,30}?)"
_END: Final = r"(?=[,。!?;:、~\n]|$)"
_SMALL: Final = r"(?:的话|的|啊|呀|呢|吗|嘛|么|吧|哦|喔|哈|咧|了|哟|噢)*"
_ASKED: Final = r"(?:好不好|可以吗|行吗|行不行|可不可以|好吗)?"
# A single sign that wishes, 求 or 蹲, opens its clause or follows one who is asked: within a word
# it is another (要求, 有求必应, 供不应求, 追求).
_OPENS: Final = (
    r"(?:^|[,。!?;:、~\n ]|团长|老板|店家|姐妹们|各位|跪|急|在线|弱弱地?|再|也|还|好想|继续)"
)
# 上楼, 进微波炉: where something goes, not what is to be sold; 团长 is a person.
_ADD: Final = (
    r"(?:上架|上点|上些|上(?!楼|门|火|班|学|来|去|次|网|桌|头|当|车|面|菜市|个?月|周)|进点|进些|"
    r"进(?!微波炉|烤箱|冰箱|冷冻|冷藏|洗碗机|洗衣机|空气炸锅|蒸|水|锅|楼|门|小区|单元|群|去|来|嘴|口|[^,。!?]{0,5}(?:车库|楼|门|院|场|电梯|炉|箱|机|锅))|"
    r"开团|团(?:一下|点|些)?(?!长|购|员|里|友)|安排(?:一下|点|些|上)?|来点|卖(?!相|完|光|掉|得|家))"
)
# 求求你们, 团长求, 希望以后能: who is asked and how, before what is to be done.
_REQUEST: Final = (
    rf"(?:求求|拜托|希望|许愿|{_OPENS}求)"
    r"(?:了|[,!~ ]|你们?|您|咱们|团长|老板|店家|群主|大家|以后|"
    r"下次|下周|明天|快|赶紧|尽快|早日|能|可以|再|也|多)*"
)
_SOME: Final = r"(?:一点(?!心)|点(?!心)|一些|些|一个(?!护)|个(?!护)|一款|一种|一批|一[箱袋盒份])"
# What one has without buying it: 有人处理, 有个说法, 有好的服务.
_NO_GOODS: Final = (
    r"(?!点?良心|点?诚意|点?责任|点?耐心|点?素质|点?底线|点?心|[^,。!?]{0,6}(?:改进|改善|提升|提高|进步|说法|"
    r"解释|交代|回复|回应|答复|服务|态度|体验|办法|措施|效果|结果|保障|保证|售后|责任|补偿|赔偿|活动|优惠|"
    r"惊喜|机会|下次|下文|进展|变化|标准|规定|制度|监督|重视|包装袋?|配送|诚信|公德|信用|"
    r"人情|退款|标注|标识|规格|运气|速度|渠道|专人|管理|通知|提醒|小票|爱心|质量|品质)|所|关部|用|始有|空|缘|幸|一天|"
    r"朝一日|点用|需要|更|帮助|虫|坏|烂|异味)"
)
# With 来 only 来点, 来个: 来电话, 来人 and 来年 are no goods.
_SELL: Final = (
    rf"(?:上架{_SOME}?|上(?!海青|楼|门|火|班|学|来|去|次|网|桌|头|当|车|面|心|个好评|菜市|个?月|周|"
    rf"点心(?:[吧啊呀了,。!?]|$)){_SOME}?|"
    r"进(?!微波炉|烤箱|冰箱|冷冻|冷藏|洗碗机|洗衣机|空气炸锅|蒸|水|锅|楼|门|小区|单元|群|去|来|嘴|口|步|货|度|行|展|"
    rf"一步|[^,。!?]{{0,5}}(?:车库|楼|门|院|场|电梯|炉|箱|机|锅)){_SOME}?|"
    rf"卖(?!相|完|光|掉|得|家|的|便宜|贵|假|过){_SOME}?|来{_SOME}|有(?!没有|机(?!会)|求必应){_SOME}?{_NO_GOODS})"
)
_BEFORE: Final = (
    _REQUEST + _SELL,
    r"(?:能不能|可不可以|能否)(?:再|也|多)?有(?!没有|机(?!会))" + _SOME + "?" + _NO_GOODS,
    r"(?:(?<![不没别])(?:想买|想要买|好想买|想囤)(?:点(?!心)|些|个(?!护))?|求购|哪里买(?!都|也|的|不)|"
    r"哪里能买到)",
    _OPENS
    + r"(?:求团|求上架|求一[个款种]|求个|求(?!求|上点心)|蹲一个|蹲个|蹲(?!在|着|了|守|点|到)|许愿)",
    r"(?<![不没别])(?:想吃|想喝|好想要|想要)",
    r"(?:有没有卖|有没有人卖|有没有得卖|有没有|有卖(?!相|点|过|完)|卖不卖|有木有卖|卖没卖)",
    r"(?:什么时候|啥时候|几时|哪天)(?:再|才|能|可以|会)*(?:有|上架|上(?!门|楼|班)|开团|开|卖|进)",
    r"(?:能不能|可不可以|可以|能否|(?<![不没只才])能|希望|麻烦|要不要)(?:再|多|也)?" + _ADD,
)
_AFTER: Final = (
    r"(?:还)?会?再?(?:开团|上架)(?:吗|么|嘛|不)",
    r"(?:还会|会|什么时候|啥时候|能不能|可以|能)(?:再|也)?(?:开团|上架|团|开|上|有|安排|来点)(?:吗|么|嘛)?",
    r"(?:有卖|有得卖|有没有卖|卖不卖|有没有)(?:的)?(?:吗|么|嘛)?",
)
_PATTERNS: Final = tuple(
    [re.compile(before + _THING + _SMALL + _ASKED + _END) for before in _BEFORE]
    + [re.compile(rf"(?:^|[,。!?;:、~\n]){_THING}{after}{_SMALL}{_END}") for after in _AFTER]
)
# Small words before the thing. Single signs only where no product begins with them: 上海青 keeps
# its 上, 点心 its 点, 个护 its 个.
_LEADING: Final = re.compile(
    ""
    "^(?:(?:一些|一点|一个|一箱|一袋|些|这个|这种|那个|那种|你们家|你们|咱们|我们|群里|家里|团长|老板|"
    "请问|问下|问一下|卖|买|的|进口的|便宜的|人卖|过)(?=.{2}))+"
)
_TRAILING: Final = re.compile(r"(?:卖|呀|的|了|吗|呢|啊|没有|一点|一些|什么的|这种|之类|多少钱)+$")
# Not a thing to sell: service, money, people, questions of the day, what hides a number.
_NO_THING: Final = re.compile(
    r"\*|\d{5}|^(?:问|知道|请|退|换|投诉|咨询|了解|看|说|取消|改|申请|查|去|来|你|我|他|她|它|大家|人|货|"
    r"早点|快点|帮|给|把|等|这|那|什么|怎么|哪|谁|几|优惠|券|活动|红包|客服|电话|发票|问题|消息|结果|提货|"
    r"送货|今天|明天|晚上|空|时间|退款|办法|不|没|好|坏|机会|可能|必要|意思|一样|其他|别|效果|便宜|关系|"
    r"打折|折扣|满减|质检|检测|检验|合格|保质期|生产日期|日期|保障|保证|到货|现货|货|库存|毒|激素|农药|添加|"
    r"发货|发出|也|又|第.次|防腐|色素|说法|个说法|解释|个解释|赔|补|回复|处理|解决|整改|抽中|抽奖|中奖|好运|推荐|分享|链接|助|放过|"
    r"必|求|稳|原谅|谅解|缺斤|破损|坏|加(?:我|微信|群|急)|带(?:我|一下)|拉我|早日|全额|先|点?新鲜(?:点|些)?$|个好评|有点|有些)"
    r"|^[\d.:]+(?:点|号|日|天|分|个|份|元|块|前|后|折|$)|(?:表|记录|可能|证明|报告|证书|赠品|说明|送错|拿错|漏发)$"
)


def extract_wishes(text: pd.Series, params: WishParams | None = None) -> pd.Series:
    """The thing each normalised text asks for; missing where it asks for none.

    >>> texts = ["想买榴莲", "有没有卖大闸蟹的", "百合还会开团吗", "几点提货"]
    >>> extract_wishes(pd.Series(texts)).tolist()
    ['榴莲', '大闸蟹', '百合', nan]
    """
    params = params or WishParams()
    thing_of = {one: _thing(one, params.most_characters) for one in text.unique().tolist()}
    return text.map(thing_of).astype("str").rename("wish")


def _thing(text: str, most_characters: int) -> str | None:
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            thing = _TRAILING.sub("", _LEADING.sub("", match.group("thing").strip())).strip()
            if 2 <= len(thing) <= most_characters and not _NO_THING.search(thing):
                return thing
    return None
