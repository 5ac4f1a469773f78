"""Find refusals in words under headers that are not about consent: 状态 = 已退订, 标签 =
VIP;黑名单.

Such a header is one of state, tags, notes, results or replies. A word refuses only if it clearly
does: one part of the cell, between commas and the like, must be a refusal from beginning to end, so
未注销, 晚上不要打电话 and 不要香菜 are not. A closed account refuses too (已注销). Following words
may withdraw a refusal (黑名单(已解除), 黑名单: 否). "Do not call" counts, except with words about a
delivery: 不要打电话，放门口 (`refusal_limits.py`). A note on an order is about that order and is
never searched. A message that did not arrive is no refusal (空号, 发送失败, 拒接); one that the
person rejected is (用户拒收). Alone in a cell, 已解除黑名单 is the opposite of a refusal; 正常 says
nothing.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache

from data_contracts.mappings.refusal_limits import limited
from data_contracts.mappings.spelling import simplified


class Under(Enum):
    """The kind of words under a header: any words about people, results of contacts, replies."""

    ANY = "any"
    RESULT = "result"
    REPLY = "reply"


# -- headers, spelled as `fitting.normal` does ---------------------------------------------------

_REPLY = re.compile(
    "^(最近|最后|最新|用户|客户|会员|顾客|对方|短信|彩信|微信|消息|上行|邮件)*(回复|回信|上行|答复)"
    r"(内容|短信|消息|文本|信息|指令|词|记录)*([0-9]|\([^()]*\))?$"
    "|^(last|latest|user|customer|member|sms|text|message|mo)*(repl(y|ies)|inbound|response)"
    "(text|content|message|body|keyword|sms)*[0-9]?$"
    "|^mo(text|content|message)$"
)
_RESULT = re.compile(
    "(结果|状态|反馈|回执|情况|意向|结论|小结|原因)$"
    "|(result|status|state|outcome|disposition|feedback|reason)$"
)
_KINDS = (
    "((状态|标签|标记|标识|标注|备注|附注|批注|说明|描述|类型|类别|分类|分组|分层|分群|人群|等级|级别"
    "|生命周期|记录|情况|结果|反馈|意向|诉求|意见|小结|要求)"
    "(信息|内容|名称|列表|组|集|值)?"
    "|(status|state|tag|label|note|remark|comment|memo|flag|segment|group|type|class|tier|level"
    "|lifecycle|lifecyclestage|description|result|outcome|feedback)s?(text|list|name|info)?)"
    r"([0-9一二三四五]|\([^()]*\))?$"
)
_ANY = re.compile(_KINDS)
_OF_PERSON = re.compile(
    "(会员卡?|客户|用户|顾客|粉丝|买家|账号|账户|帐号|帐户"
    f"|member(ship)?|customer|user|client|subscriber|account|profile)[._]?{_KINDS}"
)
_OF_MESSAGE = re.compile(
    "触达|发送|推送|投递|送达|外呼|呼叫|通话|短信|群发|营销|sms|send|sent|call|campaign|outreach"
)
# About an order, a delivery or anything but the person.
_ELSEWHERE = re.compile(
    "订单|收货|收件|配送|送货|发货|取货|提货|自提|物流|快递|商品|产品|售后|退款|退货|支付|付款|地址"
    "|核销|发票|开票|婚姻|学历|健康|门店|店铺|团长|活动|优惠|券|积分|余额|口味|过敏|饮食|忌口"
    "|商家回复|客服回复"
    "|order|ship|deliver|pickup|logistic|product|item|sku|refund|return|pay|address|invoice"
    "|marital|store|shop|coupon|event|entity|data|file|record|phone|device|allerg|diet"
)


def under(header: str, *, is_contact: bool) -> Under | None:
    """Return the kind of words under `header` that are searched for refusals, or None.

    `is_contact`: whether the header is in a file of contacts.

    >>> under("会员状态", is_contact=False), under("订单备注", is_contact=False)
    (<Under.ANY: 'any'>, None)
    """
    header = re.sub("[?:*\"'“”]", "", simplified(header))
    if _REPLY.search(header):
        return Under.REPLY
    is_result = (is_contact or _OF_MESSAGE.search(header)) and _RESULT.search(header)
    about = re.sub("deliver(y|ed)?|送达|投递", "", header) if is_result else header
    if _ELSEWHERE.search(about) and not _OF_PERSON.search(header):
        return None
    if is_result:
        return Under.RESULT
    return Under.ANY if _ANY.search(header) else None


# -- refusals: a part of a cell from end to end --------------------------------------------------

_WHO = "客户|顾客|用户|会员|粉丝|客人|本人|对方|他|她|其|我|账号|账户|帐号|帐户|号码|手机号?|微信"
_BEFORE = (
    f"({_WHO}|该|此|本|已|已经|并|且|现|目前|恢复后|又|被|主动|自行|申请|要求|明确|强烈|坚决|表示|说|告知"
    "|反馈|投诉|来电|致电|来信|电话里?|客服|商家|团长|回复|短信|列入|加入|进入|纳入|拉入|移入"
    "|设为|设置|标记为|标为|转|请|务必|一律|永久|终身|长期|以后|今后|再也|永远|千万|多次|在|了"
    "|将|把|让|叫|希望|嘱咐|需|是|为|要|想|怎么|如何|帮|麻烦|全部|所有|注册|直接)*"
)
_AFTER = (
    f"({_WHO}|了|中|完成|成功|生效|状态|处理|模式|开启|人员|名单|库|内|里|的|申请|所有|全部|一切|短信"
    "|消息|信息|营销|推送|推广|广告|邮件|电话|通知|订阅|服务|公告|触达|联系|打扰|谢谢|哦|吧|啊|呀"
    "|td?)*"
)
_NOT = (
    "(不要再?|别再?|请?勿再?|切勿|禁止|拒绝|谢绝|停止|不许|不得|不准|严禁|不再|不愿意?|不想再?"
    "|不接受|不接收|不同意|未同意|不希望|反对|反感|禁|拒|不用再|(永远?|永久|以后|今后|从此)不再?|不宜|不应)"
    "(再|继续|给(我|他|她|其|客户|用户|对方|本人)|向(客户|用户|其)|对其|主动|进行|做|被|任何|一切"
    "|接受|接收|收到|接听|接到|频繁)*"
)
_CALLED = "(打来?电话|来电话?|致电|电联|电话(联系|营销|推销|回访|打扰)?|外呼|呼叫?|拨打?|联系|联络)"
_CONTACTED = (
    "(打扰|骚扰|触达|回访|营销|推广|推销|推送|促销|群发|广告|短信|消息|邮件"
    "|发(送|任何)?(营销|推广|广告|促销|短信|消息|信息|微信|邮件|通知)+)"
)
# What is sent to many people, not an answer to one.
_SENT = "(营销|推广|推销|推送|促销|群发|广告|短信|消息|邮件)"
_MANY = "(营销|推广|推销|推送|促销|群发|广告|短信)"
# Whose list it is, or what for (风控, 恶意退款, 一级); not leaving it or being a candidate.
_WHICH = "([^\\W_非不未无没否移解撤消除恢曾原史前误出脱免申查看问询险似潜候待拟洗防]{0,8})"
_WITHDRAWN = "(撤回|撤销|取消|收回|终止)"
_CHINESE = {
    "unsubscribed": f"(全?(渠道|平台|部)?{_SENT}*(td?)?退[订定](回?td?)?|回复?td?|取消订阅|不再订阅"
    f"|拒收(营销|推广|推送|广告|短信|消息|信息|通知|邮件)+|{_SENT}+已?(拒绝|拒收)"
    "|(永久|永远|终身|长期|彻底|坚决|一律)拒绝|(不|未)(同意|愿意?)接收)",
    "black": f"({_WHICH}黑名单([1-9][0-9]?|[一二三四五])?级?|拉黑|封号|封禁|屏蔽)",
    "quiet": f"({_NOT}{_CONTACTED}+{_CALLED}?|[免勿]打?扰|(不要|别)(再(打|发|拨|来)|(打|发)了)"
    f"|(不需要|不用|无需|无须|不必|不想要|不能|不可以?)再?(给我)?(发送?|收到?|接收|进行|做)?{_MANY}+"
    "|不(营销|触达|推送|打扰)|(禁止?|停止?|不再|请勿|不可|不得)发送?|勿发送)",
    "called": f"({_NOT}{_CALLED}+|[请切]?勿电)",
    "rejected": f"({_WHO})(已|已经|明确|表示|多次|坚决)*拒绝",
    "consent": f"{_WITHDRAWN}了?({_SENT}|联系|接收|隐私|个人信息|数据)*(的|使用|处理)?"
    "(同意|授权|许可|订阅)",
    "gone": "(注销|销[户号卡]|退会|退出会员|(用户|会员)已?删除|已删除"
    "|(账号|账户|帐号|帐户)已?(删除|停用|关闭)|去世|过世|逝世|离世|已故|身故|死亡)",
}
# Spaces inside one phrase are removed: do not contact me.
_AROUND = (
    "(has|is|been|user|customer|client|member|contact|account|permanently|please|status|emails?|sms"
    "|marketing|he|she|they|the|asked|asks|requests?|requested|wants?|to|be|on|in|from|of|marked|as"
    "|added|put|placed|me|him|her|them|again|anymore|ever|list|any|all|by|our|your|my|messages?"
    "|texts?|newsletters?|promotions?|now|already|calls?|at|this|gdpr|ccpa|pipl|privacy|requests?|data)*"
)
_DO_NOT = "(do|does|should|must)?(not|nt|never)(to|be)?"
_ENGLISH = {
    "unsubscribed": "(unsub|unsubscribed?|unsubscribeall|opt(ed|s)?out)",
    "black": "(blacklist(ed)?|blocklist(ed)?|blocked|banned|suppressed|suppressionlist)",
    "quiet": f"(dnc|dnd|dnm|{_DO_NOT}(contact(ed)?|disturb|e?mail|text|sms|market|message|solicit"
    "|send)|nomore(contact|calls?|marketing|e?mails?|sms|texts?|messages?|promotions?)"
    "|(no|stop)(marketing|telemarketing|promotions?)"
    "|stop(contacting|calling|texting|emailing|messaging|sending)|(remove|delete)me|takemeoff)",
    "called": f"{_DO_NOT}(call(ed)?|phoned?)",
    "gone": "(deactivated|deleted|deceased|erased|deregistered|accountclosed|closedaccount"
    "|account(was)?(terminated|disabled|cancell?ed)"
    "|(gdpr|ccpa|pipl|privacy)(data)?(erasure|deletion|delete|erase))",
}
_REFUSES = [
    *((kind, re.compile(f"{_BEFORE}{said}{_AFTER}")) for kind, said in _CHINESE.items()),
    *((kind, re.compile(f"{_AROUND}{said}{_AROUND}")) for kind, said in _ENGLISH.items()),
]
# Rejected by the person, not by a carrier or a review.
_REJECTED = re.compile(
    f"(已|已经|被|明确|直接|{_WHO})*(拒绝|拒收|拒接收|拒绝接收)"
    "(短信|消息|信息|营销|触达|推送|沟通|交流|了|此类)*"
    "|(user|customer|client|member|contact)?(refused|rejected|declined)"
)
# A result of a contact that reached no one; about a person it is an instruction.
_NOT_TO_BE_REACHED = re.compile(f"{_BEFORE}不(可以?|能)被?(触达|联系){_AFTER}")
# Alone, or one of several tags; a reply of one letter means nothing elsewhere.
_WORDS_OF_REPLY = frozenset(("td", "stop"))
_BETWEEN_TAGS = re.compile(r"""[;,|/、\[\]{}"'\s]*[;,|/、\[\]{}"'][;,|/、\[\]{}"'\s]*""")
# A whole reply.
_CODES = re.compile(
    "(回复?|发送?|reply)?((退[订定]?)?(t|td|r|n|qx|tui?ding)(退[订定])?"
    "|退|拒收|拒绝|不要|取消|别发|不发|滚|0000)"
    "|stop(all)?|unsubscribe|end|quit|cancel|remove|(no|stop)(thanks|please)?|arret"
)

# -- what takes a refusal back -------------------------------------------------------------------

_BACK = "(解除|移除|移出|撤销|撤回|取消|恢复|关闭|退出|误|解封|解禁)"
_THINGS = {
    "unsubscribed": "(退[订定]|拒收|订阅状态)",
    "black": "(黑名单|拉黑|封号|封禁|屏蔽)",
    "quiet": "(免打?扰|勿扰|打扰限制|联系限制)",
    "gone": "(注销|销[户号卡])",
}
_TAKES_BACK = [
    *(
        (
            kind,
            re.compile(
                f"{_BEFORE}(后|从|误)*{_BACK}了?出?{thing}{_AFTER}"
                f"|{thing}{_AFTER}(已|已经|现已|后|被)*{_BACK}了?"
            ),
        )
        for kind, thing in _THINGS.items()
    ),
    (
        "unsubscribed",
        re.compile("(恢复|重新|再次)(订阅|接收).{0,4}|resubscribed|optedin|optedbackin"),
    ),
    ("quiet", re.compile("恢复(联系|触达|推送|营销|打扰)")),
    ("black", re.compile("unblocked|unbanned|removedfrom(the)?black_?list|whitelisted|解封|解禁")),
    ("consent", re.compile("(恢复|重新|再次)(同意|授权)")),
    ("gone", re.compile("(恢复|重新)(注册|开户|开通|启用|激活)|reactivated|reopened")),
]
_TAKES_ALL_BACK = re.compile(
    "(现|后|又|已|已经|现已|均已|都已)*(解除|恢复|恢复正常|取消|撤销|移出|移除|作废|失效|误操作|误标)了?"
    "|lifted|revoked|removed"
)
# After a refusal, and before one.
_NOT_SO = frozenset(
    (
        "否",
        "无",
        "不是",
        "未",
        "没有",
        "关",
        "关闭",
        "未开启",
        "no",
        "n",
        "false",
        "0",
        "off",
        "none",
    )
)
_IS_NOT = frozenset(("非", "不是", "曾", "曾经", "原", "历史", "not", "former", "formerly", "was"))

# -- cells ---------------------------------------------------------------------------------------

_KEPT = 200  # characters of a cached cell
_LONGEST = 60  # maximum characters of a refusal
# Only texts with these characters are parsed.
_LIKELY = re.compile(
    "退[订定会出]|谢绝|反[对感]|黑|扰|销|[拒禁勿别不停]|死|世|故|删|封|屏蔽"
    "|解除|恢复|取消|撤|收回|终止|无[需须]|移|重新|关闭|回复?t"
    "|unsub|opt|contact|call|d[on]+[cdmt]|stop|black|block|bann|suppress|deactiv|delet|deceas"
    "|clos|cancel|terminat|remov|eras|regist|market|take|no|never|refus|reject|declin|disab"
    "|resub|reactiv|reopen|whitelist"
)
_DATE = re.compile(
    r"(19|20)\d{2}[-/.年]?\d{1,2}[-/.月]?\d{0,2}日?t?|\d{1,2}:\d{2}(:\d{2})?|\d+[年月日号时分点]"
)
_APOSTROPHE = re.compile("(?<=[a-z])['’](?=[a-z])")
_WITHIN_PHRASES = re.compile(r"(?<=[a-z])[ \t_-]+(?=[a-z])")
_BETWEEN = re.compile(r"[^0-9a-z\u3400-\u9fff]+")


def refuses_in_words(text: str, kind: Under) -> bool | None:
    """Whether the half-width `text` of one cell refuses; False: it withdraws a refusal; None:
    neither.

    >>> [refuses_in_words(one, Under.ANY) for one in ("VIP;勿扰", "已解除黑名单", "未注销")]
    [True, False, None]
    """
    return _read_before(text, kind) if len(text) <= _KEPT else _read(text, kind)


@lru_cache(maxsize=65_536)
def _read_before(text: str, kind: Under) -> bool | None:
    return _read(text, kind)


def _read(text: str, kind: Under) -> bool | None:
    said = _APOSTROPHE.sub("", simplified(text.casefold()))
    if kind is Under.REPLY and _CODES.fullmatch(re.sub(r"[\W_]", "", said)):
        return True
    if kind is not Under.REPLY and not _WORDS_OF_REPLY.isdisjoint(_tags(said)):
        return True
    if not _LIKELY.search(said):
        return None
    standing, is_taken_back, before = dict[str, None](), False, ""
    for part in filter(None, _BETWEEN.split(_WITHIN_PHRASES.sub("", _DATE.sub(" ", said)))):
        if len(part) > _LONGEST:
            before = part
            continue
        back = [name for name, pattern in _TAKES_BACK if pattern.fullmatch(part)]
        if _TAKES_ALL_BACK.fullmatch(part):
            back = list(standing)
        if part in _NOT_SO and standing:
            standing.popitem()
        elif back:
            is_taken_back = True
            for name in back:
                standing.pop(name, None)
        elif before not in _IS_NOT and (refusal := _refusal(part, kind)) is not None:
            standing.pop(refusal, None)
            standing[refusal] = None
        before = part
    for name in limited(said):
        standing.pop(name, None)
    return True if standing else (False if is_taken_back else None)


def _tags(said: str) -> list[str]:
    return [tag.strip(" .。!") for tag in _BETWEEN_TAGS.split(said)]


def _refusal(part: str, kind: Under) -> str | None:
    """Return the kind of refusal that a part of a cell is from beginning to end, or None."""
    refusal = next((name for name, pattern in _REFUSES if pattern.fullmatch(part)), None)
    if refusal is None and kind is not Under.ANY and _REJECTED.fullmatch(part):
        return "unsubscribed"
    if refusal is None and kind is not Under.RESULT and _NOT_TO_BE_REACHED.fullmatch(part):
        return "quiet"
    return refusal
