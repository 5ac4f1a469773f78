"""Find words that limit a refusal: to hours, to one channel, to a delivery, to a sign-in.

A person who writes 中午12-14点请勿打扰 may be contacted in the evening, and 不要打电话，发短信 asks
for a message. Texts are normalised as in `refusals_in_words.py`: half-width, lower case,
simplified.
"""

from __future__ import annotations

import re

_CLOCK = r"\d{1,2}(:\d{2}|[点时])"
_TO = r"\s*[-~至到—–]\s*"
_PART_OF_DAY = (
    "(早上|早晨|上午|中午|午间|午休|午睡|下午|傍晚|晚上|晚间|夜里|夜间|深夜|凌晨|上班|工作|休息|开会)"
    "(时间|期间|时段|时候?)?"
)
_REFUSING = "(请?勿|不要|别|[免]打?扰|不接受|禁止)"
_HOURS = re.compile(
    rf"(\d{{1,2}}(:\d{{2}}|[点时])?){_TO}{_CLOCK}"
    rf"|(?<![\d/.年-])\d{{1,2}}{_TO}\d{{1,2}}[号日]"
    rf"|{_PART_OF_DAY}[\s\d点时分半:~至到—–-]*(之?以?[前后内])?[\s,;]*{_REFUSING}"
    rf"|{_CLOCK}半?之?以?[前后][\s,;]*{_REFUSING}"
)
_CHANNEL = "(短信|微信|消息|信息|邮件|企微|企业微信|qq|留言)"
_BY_CHANNEL = re.compile(
    r"(^|[,;.。!/\s])(请|麻烦|可以?|直接|有事|尽量|一律|都|给我|改|只|仅|先)*"
    f"(((发|用|加|走|留|改|只|仅){_CHANNEL})|({_CHANNEL}(联系|沟通|通知|即可|就行|告知|说|就好|留言)))"
    r"(联系|沟通|通知|即可|就行|告知|说|我|就好|吧|谢谢)*($|[,;.。!\s])"
    r"|(^|[,;.!/])\s*((please|just|only|use|but|send|a)\s+)*"
    r"(text|sms|e-?mail|message|whatsapp|wechat)s?\s*(me|only|instead|preferred|is fine|ok)\b"
    r"|\bonly\s+(by\s+)?(text|sms|e-?mail|message|whatsapp|wechat)\b"
)
_NOT_AT_ALL = re.compile("(不要?|别|勿|禁止|拒绝|停止|不再)(再|任何|主动)*(联系|联络)|contact")
_DELIVERY = re.compile(
    "放[在到门楼前物置]|门口|门卫|驿站|快递|敲门|门铃|楼下|取货|到了|到货|送[货到达上餐菜]|[配派]送"
    "|保安|收货|电梯|外卖|自提|deliver|door|parcel|courier"
)
_SIGN_IN = re.compile(
    "微信|支付宝|登[录陆]|小程序|公众号|支付|定位|位置|免密|代扣|店铺|头像|相册|订阅号"
)
_OF_CONTACT = re.compile("营销|推广|推销|推送|广告|短信|接收|联系")
_TRADE = re.compile("退货|退款|售后|签收|换货|赔|付款|支付|订单|改价|补[发货差]|收货|商品|发票")


def limited(text: str) -> set[str]:
    """Return the kinds of refusals that other words of the cell limit, so that they do not count.

    >>> sorted(limited("不要打电话,发短信")), limited("不要打电话")
    (['called'], set())
    """
    kinds = set[str]()
    if _HOURS.search(text):
        kinds |= {"called", "quiet"}
    if _DELIVERY.search(text) or (_BY_CHANNEL.search(text) and not _NOT_AT_ALL.search(text)):
        kinds.add("called")
    if _DELIVERY.search(text) or _TRADE.search(text):
        kinds.add("rejected")
    if _SIGN_IN.search(text) and not _OF_CONTACT.search(text):
        kinds.add("consent")
    return kinds
