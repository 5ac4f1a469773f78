"""Read what a header says about consent, and what a word under it means: when in doubt, no contact.

A header is parsed, not looked up: whether it is about contact, and whether it agrees or refuses.
Under a refusal every word refuses unless it clearly says no; under a consent every word refuses
unless it clearly agrees. A header about consent that says neither is UNCLEAR and has to be
reported. The patterns are used by Python and by the engine alike.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache

from data_contracts.mappings.refusals_in_words import Under, refuses_in_words, under
from data_contracts.mappings.spelling import simplified
from data_contracts.mappings.transforms import IN_WORDS, Transform


class Says(Enum):
    """What a header says about consent; `UNCLEAR`: something, but not what.

    `IN_WORDS`, `IN_RESULT`, `IN_REPLY`: nothing, but words under it may refuse.
    """

    REFUSAL = "refusal"
    CONSENT = "consent"
    CONSENT_MOMENT = "consent_moment"
    UNCLEAR = "unclear"
    IN_WORDS = "refusal_in_words"
    IN_RESULT = "refusal_in_result"
    IN_REPLY = "refusal_in_reply"

    @classmethod
    def by(cls, transform: Transform) -> Says:
        """Return how words are read under a header with `transform`."""
        names = {said.value for said in cls}
        return cls(transform.value) if transform.value in names else cls.REFUSAL

    @property
    def transform(self) -> Transform | None:
        """The transform for words under the header; None if they cannot be read."""
        return None if self is Says.UNCLEAR else Transform(self.value)

    @property
    def is_by_words(self) -> bool:
        """Whether only words under the header say anything about consent."""
        return self.transform in IN_WORDS


class FileKind(Enum):
    """The kind of file that a header is in.

    PEOPLE say more about consent than CONTACTS, where 短信 is a channel and 状态 a delivery status,
    and both more than OTHERS, where 拒收 is about a parcel.
    """

    PEOPLE = "people"
    CONTACTS = "contacts"
    OTHERS = "others"


_LONGEST, _LONGEST_LATIN = 30, 40  # characters of a header; longer cells are sentences
_QUESTION = re.compile("是否|是不是|有没有|有无|[?？:：*\"'“”]")
_COUNTED = re.compile("(数|数量|次数|件数|人数|条数|天数|率|金额|量|统计|报表|汇总)$|rate$|count$")
# A property of the consent, not the consent itself.
_DETAIL = re.compile(
    "(渠道|来源|方式|版本|编号|备注|原因|内容|标题|链接|签名|地址|号|号码|手机|电话|头像|昵称|(联系|操作|接收|收件|经办|负责)人|(操作|业务|客服)员|平台|模板|等级|分组|标签|套餐)$"
    "|(source|reason|channel|version|level|method|ip|note|text|url|plan|id|token)$"
    "|(更新|变更|修改|updated?|changed?|modified).{0,4}(时间|日期|at|on|date|time)?$"
)
_ELSEWHERE = re.compile(
    "协议|条款|登录|登陆|授权码|店铺|门店|公众号|订阅号|小程序|微信授权|支付|定位|位置|相机"
    "|terms|cookie|login|wechat|payment|location"
)
_MARKETING = (
    "营销|推广|推销|广告|促销|推送|群发"
    "|marketing|newsletter|promo(tion)?s?(al)?|advert|offers|ads|push"
)
_CONTACT = (
    f"({_MARKETING}|短信|消息|通知|邮件|触达|打扰|骚扰|外呼|来电|回访|联系|sms|e?mails?|contact"
    "|call|messages?|texts?|notifications?|communications?|whatsapp|disturb)"
)
_AGREE = (
    "(同意|授权|许可|允许|准许|接受|接收|愿意|意愿|订阅"
    "|accept(s|ed)?|consent(s|ed)?|subscri(be|bed|ber|ption)|allow(s|ed)?|opt(s|ed)?in|agree[sd]?"
    "|permi(t|ts|tted|ssion)|willing)"
)
_REFUSED = (
    "(退订|拒绝|拒收|黑名单|拉黑|免打扰|勿扰|屏蔽|禁止"
    "|unsubscri(be|bed)|opt(s|ed)?out|black_?list(ed)?|block(ed|list)?|dnd|dnc|suppress(ed)?)"
)
# A withdrawn refusal: 取消退订. It is unclear whether 是 under it refuses.
_TURNED = re.compile(
    "(取消|撤回|撤销|收回|解除|移出|移除|恢复|未|不|非|无|没|没有|别|停止|终止|not|cancel|removed?(from)?)"
    f"(再|想|要|会|被)?{_REFUSED}"
)
_TAKEN_BACK = "(取消|撤回|撤销|收回|退出|终止|停止)"
_CLEARLY_REFUSED = re.compile(
    "退订|拒绝(营销|接收|联系|推送|短信|触达|打扰)|黑名单|拉黑|免打扰|勿扰|(不再|不要再?|不|别)(接收|联系|打扰|(给我)?(打电话|发短信|发消息|发广告)|致电)"
    f"|取消订阅|{_TAKEN_BACK}(了)?(营销|接收|推送|短信)?{_AGREE}"
    f"|{_AGREE}(已|被)?{_TAKEN_BACK}"
    f"|(禁止|停止|请勿|勿|谢绝|屏蔽)(被)?{_CONTACT}"
    "|unsubscri|opt(s|ed)?out|do(not|nt)(contact|disturb|call|e?mail|text|sms|sell|market)"
    "|^(dnd|dnc|dnm)([_ -]?list)?$|^remove[_ -]?me$|black_?list|blocklist|suppress"
    "|no(more)?marketing|(with)?draw(n|al)?consent"
    "|^unsub$|禁呼|consent(was|is)?(withdr|revok|declin|refus|denied)|revoke[sd]?consent|withdr[a-z]*consent"
)
_LIST = re.compile(
    f"拒收|拒绝|^td(回复)?(名单|用户|号码)?$|[不勿禁](发|打)(送)?(名单|用户|号码|清单)"
    f"|{_CLEARLY_REFUSED.pattern}"
)
_REFUSED_PLAINLY = re.compile("拒收|拒绝|拒接")
_REFUSED_BY_PEOPLE = re.compile(
    f"(不|勿|请别|别再|禁|拒|反对|谢绝|停止|停用|关闭|屏蔽|取消|禁用)[^天次条]{{0,2}}{_CONTACT}(?!方式|人|电话)"
    f"|(未|不|没|没有|非|无)(能|可|愿|再|被)?{_AGREE}|no(t|longer)?{_AGREE}"
    f"|(declin|refus|reject|revok|withdr|disallow|forbid|prohibit|stop)[a-z]{{0,4}}{_CONTACT}|^no{_CONTACT}"
    "|^(is|was)?(blocked|banned)$"
)
# "text" as a message: accepts_text is a consent, while consent_text is its wording.
_TEXTED = re.compile(
    "^(accept(s|ed)?|receives?|allow(s|ed)?|permit(s|ted)?|wants?|agree[sd]?to|optedinto|can|may|ok(to)?)"
    "(marketing|promo(tion)?(al)?|sms|mobile|phone)?text$"
    "|^text(ok|allowed|permitted|accepted|enabled)$"
)
_NOT_TEXTED = re.compile("^(no|stop|refuse[sd]?|decline[sd]?)text$")
_CLEARLY_AGREED = re.compile(
    "(接受|接收|同意|允许|愿意|授权|准许|许可).{0,3}(营销|推送|短信|消息|通知|广告|推广|联系|触达|邮件|回访)"
    f"|营销授权|opt(s|ed)?in$|(accepts?|allows?)(e?mail|sms|push)?{_CONTACT}"
    "|(marketing|sms|e?mail)consent"
)
_STATE = (
    "(状态|标志|标识|标记|与否|情况|开关|权限|偏好|设置"
    "|states?|status|flag|given|switch|preferences?)?"
)
_WHEN = "(时间|日期|时刻|date|time|at|on)?"
_WHO = "(已|我|本人|用户|客户|会员|顾客|个人|隐私|信息|数据|customer|user|member|has|is|gdpr|data)*"
# 授权 alone may be about a login, so it is unclear.
_AGREED_ALONE = re.compile(f"^{_WHO}(?!授权){_AGREE}+{_WHO}{_STATE}{_WHEN}$")
_RECEIVED = re.compile("接[收受]")  # about a message, unless it asks a person: 接收时间
_AGREED_BY_PEOPLE = re.compile(
    f"{_AGREE}.{{0,4}}{_CONTACT}|{_CONTACT}.{{0,4}}{_AGREE}|^(可|能|可以|能够)(被|再|进行|接收)?{_CONTACT}"
    f"|(contactable|reachable|marketable)|(can|may|ok(to)?|receives?|wants?){_CONTACT}"
)
_SWITCH = re.compile(
    f"^{_CONTACT}*({_MARKETING}){_CONTACT}*{_STATE}(enabled|ok|许可|意愿)?$"
    f"|^{_CONTACT}+(开关|权限|意愿|许可|switch|permission|enabled)$"
)
_TOPIC_ALONE = re.compile(
    "^(营销|推送|推广|广告|促销|群发|marketing|ads|push|promo(tion)?s?|offers)$"
)
_TOUCHED = re.compile("同意|授权|订阅|愿意|consent|subscri|opt(ed)?in")
_IS_MOMENT = re.compile("(时间|日期|时刻|date|time|timestamp|(ed|in|consent|marketing)at)$")


@lru_cache(maxsize=4096)
def consent_meaning(header: str, among: FileKind = FileKind.PEOPLE) -> Says | None:
    """Return what a header, normalised by `spelling.normal`, says about consent; None: nothing.

    >>> headers = ("营销授权", "禁止营销", "取消退订", "接收地址")
    >>> [meaning and meaning.name for meaning in map(consent_meaning, headers)]
    ['CONSENT', 'REFUSAL', 'UNCLEAR', None]
    """
    text = _QUESTION.sub("", re.sub("^能否|^可否", "可", simplified(header)))
    longest = _LONGEST_LATIN if text.isascii() else _LONGEST
    if not 0 < len(text) <= longest or _COUNTED.search(text):
        return None
    is_clear_only = among is FileKind.OTHERS
    if _TURNED.search(text):
        return None if is_clear_only else Says.UNCLEAR
    if _CLEARLY_REFUSED.search(text):
        return Says.REFUSAL
    denies = _REFUSED_PLAINLY.search(text) or (
        _REFUSED_BY_PEOPLE.search(text) and not _DETAIL.search(text)
    )
    if denies and not (is_clear_only and not _CLEARLY_AGREED.search(text)):
        return Says.REFUSAL
    if not is_clear_only and (texted := _TEXTED.search(text) or _NOT_TEXTED.search(text)):
        return Says.CONSENT if texted.re is _TEXTED else Says.REFUSAL
    if _DETAIL.search(text) or (_ELSEWHERE.search(text) and not re.search(_MARKETING, text)):
        return None
    agreed = Says.CONSENT_MOMENT if _IS_MOMENT.search(text) else Says.CONSENT
    if _CLEARLY_AGREED.search(text):
        return agreed
    if is_clear_only:
        return None
    is_received = agreed is not Says.CONSENT or among is FileKind.CONTACTS
    if not (is_received and _RECEIVED.search(text)) and (
        _AGREED_ALONE.search(text) or _AGREED_BY_PEOPLE.search(text)
    ):
        return agreed
    if among is FileKind.PEOPLE and _TOPIC_ALONE.search(text):
        return Says.UNCLEAR
    if among is FileKind.PEOPLE and _SWITCH.search(text):
        return agreed
    return Says.UNCLEAR if _TOUCHED.search(text) else None


_BY_WORDS = {
    Under.ANY: Says.IN_WORDS,
    Under.RESULT: Says.IN_RESULT,
    Under.REPLY: Says.IN_REPLY,
}
_KIND_OF_WORDS = {said: kind for kind, said in _BY_WORDS.items()}


def searched_words(header: str, among: FileKind) -> Says | None:
    """Return how words under a header that says nothing about consent are searched for refusals.

    `header` is normalised by `spelling.normal`. None: they are not searched.
    """
    if among is FileKind.OTHERS or consent_meaning(header, among) is not None:
        return None
    kind = under(header, is_contact=among is FileKind.CONTACTS)
    return _BY_WORDS[kind] if kind is not None else None


def is_refusal_list_name(text: str) -> bool:
    """Whether a normalised file or folder name says that the people in it refused."""
    text = simplified(text)
    return bool(_LIST.search(text)) and not _COUNTED.search(text)


# Words as both compare them: half-width, lower case, without spaces and full stops.
UNHEARD = r"[\s_。！!]"
NOTHING_SAID = (
    "",
    "-",
    "--",
    "---",
    "—",
    "——",
    "/",
    "null",
    "none",
    "nan",
    "n/a",
    "#n/a",
    "na",
    "nil",
    "nat",
    "空",
    r"\n",
)
_OF_WHAT = (
    "(接受|接收|联系|触达|营销|推送|短信|消息|通知|广告|推广|邮件|订阅|授权|打扰|了|中|成功|记录)*"
)
_WE_AGREE = (
    "(已|已经|我|本人|可以?|能|愿意?|同意|允许)*"
    f"(同意|授权|许可|允许|准许|接受|接收|愿意|订阅){_OF_WHAT}"
)
_THEY_AGREE = (
    "(i)?(agree[sd]?|accept(s|ed)?|allow(s|ed)?|consent(s|ed)?|subscribed?|subscriber"
    "|((single|double|confirmed)?-?opt(s|ed)?-?in))"
)
ZERO_DAY = (
    r"0000[/年-]?0{1,2}[/月-]?0{1,2}.*|(0001|1970)[-/.年]0?1[-/.月]0?1(\D.*|\d{2}:.*)?"
    r"|1900[-/.年]0?1[-/.月]0{1,2}.*"
)
AGREES = (
    r"true|t|1(\.0+)?|yes|y|ok|on|true\(\)|是|是的|真|√|✓|✔|☑|✅|有|已|对|好|好的|可|可以|能|行"
    r"|(已|已经)?(开|开启|打开|开通|启用|加入|确认|勾选|授予)|正常|有效"
    f"|(可以?|能){_OF_WHAT}|{_WE_AGREE}|{_THEY_AGREE}"
    "|grant(ed)?|given|enabled?|active|normal|permitted|authori[sz]ed|willing|confirmed"
)
IS_MOMENT = (
    r"(19|20)\d{2}[-/.年]?\d{1,2}.*|\d{10}|\d{13}|\d{5}(\.\d+)?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}.*"
)
NOT_REFUSED = (
    r"false|f|0(\.0+)?|no|n|off|false\(\)|否|假|不|不是|×|✗|✘|无|未|没|没有|正常|active|normal|never"
    f"|(未|没|没有|不|从未|尚未|并未|无|非)(被|已)?(退订|拒绝|拒收|拉黑|黑名单|屏蔽|禁止|免打扰|勿扰|注销|销户|销号|删除|退会){_OF_WHAT}"
    "|(已|已经)?(取消|撤销|撤回|解除|恢复)(注销|销户|删除)"
    f"|not-?(closed|deleted|deactivated|unsubscribed|blocked|blacklisted|refused)"
    f"|{_WE_AGREE}|{_THEY_AGREE}"
)
_AGREES, _NOT_REFUSED = re.compile(AGREES), re.compile(NOT_REFUSED)
_IS_A_MOMENT, _ZERO_DAY = re.compile(IS_MOMENT), re.compile(ZERO_DAY)


def refuses(word: str, said: Says) -> bool | None:
    """Whether a half-width `word` under a header refuses; None if it says nothing.

    >>> refuses("未授权", Says.CONSENT), refuses("已授权", Says.CONSENT), refuses("-", Says.REFUSAL)
    (True, False, None)
    """
    if said in _KIND_OF_WORDS:
        return refuses_in_words(word, _KIND_OF_WORDS[said])
    bare = re.sub(UNHEARD, "", word.casefold())
    if bare in NOTHING_SAID or _ZERO_DAY.fullmatch(bare):
        return None
    if said is Says.REFUSAL:
        return not _NOT_REFUSED.fullmatch(bare)
    if said is Says.CONSENT_MOMENT and _IS_A_MOMENT.fullmatch(bare):
        return None
    return not _AGREES.fullmatch(bare)
