"""Which words refuse under headers that say nothing of consent, and which only look alike."""

from __future__ import annotations

import time

import pytest

from assets.resources.person_search.mentions import fold_text
from data_contracts.mappings import refusals_in_words as refusals
from data_contracts.mappings.consent import FileKind, Says, consent_meaning, searched_words
from data_contracts.mappings.refusals_in_words import Under, refuses_in_words
from data_contracts.mappings.spelling import normal

REFUSE = {
    Under.ANY: """
        已退订|退订用户|加入黑名单|黑名单客户|已拉黑|被拉黑|请勿打扰|勿扰模式|免打扰
        不要再给我打电话|不要发短信|别再打电话了|别发广告了|拒绝电话营销|拒绝推销|已注销账号
        账号已注销|用户已注销|申请注销账号|销户(2026-10-01)|2026年10月1日拉黑
        拉黑 2026-10-01 10:05:00 投诉|["黑名单"]|{"黑名单": true}|黑名单:是|状态：已退订
        客户投诉，已拉黑处理|客户来电要求不再联系|用户要求停止推送|已故|本人去世|取消拉黑,已退订
        UNSUBSCRIBED|Opted out|opt-out|do not disturb|DNC|dnd list|Customer asked not to contact
        deceased|please don't email me|account closed|account deleted|banned|VIP/blacklisted
        vip + do not call|拒收营销短信|已取消订阅|TD退订|曾消费;黑名单|不愿意被打扰|禁止营销
        禁呼|不接受推广|谢绝来电|勿回访|退会|勿联系|不要联系|user unsubscribed
        unsubscribed from emails|永久黑名单|VIP  黑名单|＃黑名单|高价值、免打扰、宝妈|已删除
        黑名单（投诉）|恢复后又拉黑|Do Not Contact!|DO_NOT_CONTACT|請勿打擾|已註銷
        never contact again|停止联系|拒绝任何营销|黑名單|不要打电话；已退订，放门口
        客户让别再打了|账号已停用|账号已关闭|account disabled|用户回复TD|已註銷会员
        希望不要再联系|营销退订|短信退订|营销黑名单|营销拒绝|风控黑名单|恶意退款黑名单|系统黑名单
        平台黑名单|退款黑名单|黑名单1|一级黑名单|A级黑名单|命中黑名单|VIP;羊毛党黑名单|不接收营销
        不接收短信|不可营销|不营销|不触达|不可触达|不可联系|禁发|停发|停止发送|禁止发送|不需要推送
        不需要再推送|不想要营销短信|无需推送|不用再联系|不用再打电话|永不联系|永远不要联系|以后不再联系
        永久拒绝|坚决拒绝|不同意接收|不同意接收短信|未同意营销|撤回同意|取消授权|撤回授权|客户撤回授权
        已撤销同意|撤回营销授权|取消短信订阅|勿电|请勿电|客户拒绝|用户已明确拒绝|STOP|TD|vip;TD
        GDPR erased|GDPR erasure request|please remove me|Remove me from your list
        不要打电话，也不要发短信|不要打电话、发短信|不要联系我，发短信|2026-10-01 10:05 请勿打扰
        请发微信，勿打扰
        全渠道退订|不打扰|拒触达|不愿接收|please delete me|take me off the list|终身免打扰
        撤回营销授权(微信小程序)|2026-10-12日拉黑，勿扰""",
    Under.REPLY: """
        T|t|TD|td |ＴＤ|退订|R|N|STOP|stop.|Unsubscribe|回T|回复TD|TD退订|退订回T|退|不要再发了
        别发了|拒收|取消|滚|stop please|我要退订|怎么退订|不要打扰|No more messages|end|QX|0000""",
    Under.RESULT: """
        用户拒绝|已退订|拒收短信|用户拒收|拒绝|发送失败(黑名单)|失败:用户已退订|customer refused
        Unsubscribed|blacklisted|客户拒绝沟通|回复T|TD|STOP|命中黑名单|失败(命中平台黑名单)|TD退订""",
}
DO_NOT = {
    Under.ANY: """
        正常|未注销|非黑名单|不是黑名单|不在黑名单|已解除黑名单|取消拉黑|已取消拉黑|移出黑名单
        免打扰已解除|已取消免打扰|未退订|没有退订|黑名单(已解除)|黑名单：否|黑名单=0|黑名单-否
        黑名单 否|{"黑名单": false}|原黑名单，现已解除|曾被拉黑|历史黑名单用户已恢复|不要香菜
        不要辣|请勿敲门|放门口不要打电话|不要打电话，放门口|到货不要打电话，放驿站|夜间免打扰
        晚上不要打电话|免打扰22:00-8:00|免打扰 22:00-8:00|退订单|退订金|退订一份|注销订单
        不接电话|电话打不通|联系不上|无法联系|不能联系上|活跃|沉睡|冻结|not blacklisted
        was unsubscribed|resubscribed|no longer blacklisted|removed from blacklist
        unsubscribed: no|unsubscribed: false|no contact|contact later|call back|call me tomorrow
        do not substitute|don't call before 9|no onions|stop by|blackberry lover|黑木耳|拒绝退款
        拒收包裹|拒收|拒绝|审核拒绝|不要联系物业|subscribed|not opted out|closed|cancelled
        取消关注|取消订单|恢复订阅|重新订阅|不需要发票|不要发票|不要塑料袋|禁止倒置|停止营业
        拉黑风险低|电话销售|销售|取消|无|T|R|N|不需要再联系|中午12-14点请勿打扰
        中午12-14点勿扰|晚上9点后，请勿打扰|22点以后勿扰|中午12点请勿打扰|午休时间请勿打扰
        上班期间，请勿打扰|不要打电话，发短信|请发微信，勿打电话|勿电，微信联系|不要电话联系，发短信
        text only, do not call|do not call, email me please|微信取消授权|取消微信授权
        取消授权 微信授权|only email, don't call|10-12号请勿打扰|开会时不要打电话|8:00前请勿打扰
        登录授权已过期，取消授权|取消授权(小程序)|客户拒绝，要求退款|客户拒绝签收|客户拒绝 退货
        未进黑名单|不属于黑名单|疑似黑名单|黑名单风险|查询黑名单|已从平台黑名单移出|非营销黑名单
        已移出平台黑名单|黑名单商品|停发货|停止发货|不需要通知|不用打电话，放门口|不用送货|勿电梯
        TD-LTE|STOP 3|non-stop|remove me some onions|GDPR|不同意退款|撤回订单|取消订阅号""",
    Under.REPLY: """
        好|谢谢|1|Y|收到|TT|T恤|怎么退订单|no problem|不客气|not yet|ok stop by|请问几点发货
        N95口罩|R码|000""",
    Under.RESULT: """
        发送失败|空号|停机|成功|拒接|用户拒接|无人接听|系统拒绝|运营商拒收|网关拒绝
        rejected by carrier|bounced|undelivered|no answer|已送达|T|N|挂断|审核拒绝|不感兴趣
        不接电话|不可触达|不能触达""",
}
TAKE_BACK = (
    "已解除黑名单|取消拉黑|免打扰已解除|移出黑名单|恢复订阅|unblocked|黑名单(已解除)|resubscribed"
    "|whitelisted"
)
ASKED = {
    Says.IN_WORDS: (
        "状态|会员状态|用户状态|标签|会员标签|备注|客户备注|note|Status|tags|remark|Notes|"
        "客户标签1|標籤|會員狀態|備註|标签(自定义)|备注信息|CRM标签|account_status|"
        "member tags|沟通记录|"
        "客户类型|lifecycle_stage|诉求|备注2|membership_status|profile.status|状态：|门店会员标签|"
        "Member Status (active/closed)"
    ),
    Says.IN_REPLY: (
        "回复|回复内容|用户回复|客户回复内容|reply|reply_text|上行内容|user_reply|response|"
        "最近回复|短信回复内容(上行)|last_reply|inbound_sms|mo_content"
    ),
    Says.IN_RESULT: (
        "结果|失败原因|触达结果|发送状态|result|外呼结果|delivery_status|通话结果|send_status"
    ),
}
NOT_ASKED = (
    "订单备注|收货备注|订单状态|配送备注|回复时间|是否回复|已回复|回复数|商家回复|"
    "支付状态|地址备注|性别|姓名|用户编号|手机号|注册时间|delivery_note|order_status|"
    "状态更新时间|status_date|region|stage|image|percentage|message|page|usage|tagline|"
    "is_replied|reply_time|reply_rate|note_id|婚姻状态"
)


def spread(words: dict[Under, str]) -> list[tuple[Under, str]]:
    return [
        (kind, word.removeprefix(" " * 8))
        for kind, text in words.items()
        for line in text.strip("\n").splitlines()
        for word in line.split("|")
        if word.strip() or not line.strip()
    ]


@pytest.mark.parametrize(("kind", "word"), spread(REFUSE))
def test_a_clear_word_refuses(kind: Under, word: str) -> None:
    assert refuses_in_words(fold_text(word), kind) is True


@pytest.mark.parametrize(("kind", "word"), spread(DO_NOT))
def test_a_word_that_looks_alike_does_not(kind: Under, word: str) -> None:
    assert refuses_in_words(fold_text(word), kind) is not True


@pytest.mark.parametrize("word", TAKE_BACK.split("|"))
def test_what_takes_a_refusal_back_says_the_opposite(word: str) -> None:
    assert refuses_in_words(word, Under.ANY) is False


def test_a_word_that_says_nothing_of_it_withdraws_nothing() -> None:
    for word in ("正常", "未注销", "未退订", "非黑名单", "active", "VIP", "", "-"):
        assert refuses_in_words(word, Under.ANY) is None


def test_headers_are_asked_among_people_alone() -> None:
    for said, headers in ASKED.items():
        for header in headers.split("|"):
            assert searched_words(normal(header), FileKind.CONTACTS) in (said, Says.IN_RESULT), (
                header
            )
            if said is not Says.IN_RESULT:
                assert searched_words(normal(header), FileKind.PEOPLE) is said, header
            assert searched_words(normal(header), FileKind.OTHERS) is None, header
    for header in NOT_ASKED.split("|"):
        assert searched_words(normal(header), FileKind.PEOPLE) is None, header
        assert searched_words(normal(header), FileKind.CONTACTS) is None, header


@pytest.mark.parametrize(
    "header",
    ["accepts_text", "allow_text", "text_opt_in", "accepts_texts", "receive_text", "Text OK",
     "can_text", "ok to text", "Accepts Marketing Text", "text_allowed"],
)  # fmt: skip
def test_a_text_may_be_a_message(header: str) -> None:
    assert consent_meaning(normal(header)) is Says.CONSENT
    assert consent_meaning(normal(header), FileKind.CONTACTS) is Says.CONSENT


def test_a_text_of_something_is_no_message() -> None:
    for header in ("consent_text", "opt_in_text", "sms_text", "button_text", "text"):
        assert consent_meaning(normal(header)) is None, header
    assert consent_meaning(normal("no_text")) is Says.REFUSAL


PIECES = ("设置为", "转为需要", "用户的", "不要短信", "please contact me ", "td", "黑名单，否，")


def _least_seconds(texts: list[str]) -> float:
    """The CPU time of this thread for reading `texts`; other processes do not count in it."""
    found = []
    for _ in range(5):
        refusals._read_before.cache_clear()
        began = time.thread_time()
        for text in texts:
            refuses_in_words(text, Under.ANY)
        found.append(time.thread_time() - began)
    return min(found)


@pytest.mark.parametrize("piece", PIECES)
def test_a_note_costs_in_proportion_to_its_length(piece: str) -> None:
    """Eight times the text may take 24 times as long; were it read again and again, 64 times."""
    assert _least_seconds([piece * 16_000]) < 24 * _least_seconds([piece * 2_000])


@pytest.mark.parametrize("piece", PIECES)
def test_a_phrase_costs_in_proportion_to_its_length(piece: str) -> None:
    """A pattern that goes back over a phrase takes twice as long for each piece more of it."""
    short, long = ([f"{piece * count}香菜{n}" for n in range(100)] for count in (1, 8))
    assert _least_seconds(long) < 40 * _least_seconds(short)
