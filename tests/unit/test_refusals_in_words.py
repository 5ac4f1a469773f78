"""Which words refuse under headers that say nothing of consent, and which only look alike."""

from __future__ import annotations

import time

import pytest

from assets.resources.mentions import plain
from data_contracts.mappings.consent import Among, Says, by_words, says
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
        希望不要再联系""",
    Under.REPLY: """
        T|t|TD|td |ＴＤ|退订|R|N|STOP|stop.|Unsubscribe|回T|回复TD|TD退订|退订回T|退|不要再发了
        别发了|拒收|取消|滚|stop please|我要退订|怎么退订|不要打扰|No more messages|end|QX|0000""",
    Under.RESULT: """
        用户拒绝|已退订|拒收短信|用户拒收|拒绝|发送失败(黑名单)|失败:用户已退订|customer refused
        Unsubscribed|blacklisted|客户拒绝沟通|回复T""",
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
        拉黑风险低|电话销售|销售|取消|无|T|TD|R|N|STOP|不需要再联系""",
    Under.REPLY: """
        好|谢谢|1|Y|收到|TT|T恤|怎么退订单|no problem|不客气|not yet|ok stop by|请问几点发货
        N95口罩|R码|000""",
    Under.RESULT: """
        发送失败|空号|停机|成功|拒接|用户拒接|无人接听|系统拒绝|运营商拒收|网关拒绝
        rejected by carrier|bounced|undelivered|no answer|已送达|T|N|挂断|审核拒绝|不感兴趣
        不接电话""",
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
    assert refuses_in_words(plain(word), kind) is True


@pytest.mark.parametrize(("kind", "word"), spread(DO_NOT))
def test_a_word_that_looks_alike_does_not(kind: Under, word: str) -> None:
    assert refuses_in_words(plain(word), kind) is not True


@pytest.mark.parametrize("word", TAKE_BACK.split("|"))
def test_what_takes_a_refusal_back_says_the_opposite(word: str) -> None:
    assert refuses_in_words(word, Under.ANY) is False


def test_a_word_that_says_nothing_of_it_withdraws_nothing() -> None:
    for word in ("正常", "未注销", "未退订", "非黑名单", "active", "VIP", "", "-"):
        assert refuses_in_words(word, Under.ANY) is None


def test_headers_are_asked_among_people_alone() -> None:
    for said, headers in ASKED.items():
        for header in headers.split("|"):
            assert by_words(normal(header), Among.CONTACTS) in (said, Says.IN_RESULT), header
            if said is not Says.IN_RESULT:
                assert by_words(normal(header), Among.PEOPLE) is said, header
            assert by_words(normal(header), Among.OTHERS) is None, header
    for header in NOT_ASKED.split("|"):
        assert by_words(normal(header), Among.PEOPLE) is None, header
        assert by_words(normal(header), Among.CONTACTS) is None, header


@pytest.mark.parametrize(
    "header",
    ["accepts_text", "allow_text", "text_opt_in", "accepts_texts", "receive_text", "Text OK",
     "can_text", "ok to text", "Accepts Marketing Text", "text_allowed"],
)  # fmt: skip
def test_a_text_may_be_a_message(header: str) -> None:
    assert says(normal(header)) is Says.CONSENT
    assert says(normal(header), Among.CONTACTS) is Says.CONSENT


def test_a_text_of_something_is_no_message() -> None:
    for header in ("consent_text", "opt_in_text", "sms_text", "button_text", "text"):
        assert says(normal(header)) is None, header
    assert says(normal("no_text")) is Says.REFUSAL


def test_a_long_note_costs_little() -> None:
    begun = time.perf_counter()
    for piece in (
        "设置为",
        "转为需要",
        "用户的",
        "不要短信",
        "please contact me ",
        "td",
        "黑名单，否，",
    ):
        refuses_in_words(piece * 20_000, Under.ANY)
        refuses_in_words(piece * 6 + "香菜", Under.ANY)
    assert time.perf_counter() - begun < 5
