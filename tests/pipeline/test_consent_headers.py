"""Who may be contacted, under whatever header and in whatever word a file says it."""

from __future__ import annotations

import pytest

from data_contracts.mappings.consent import FileKind, Says, consent_meaning
from tests.lake import give_key, home_with, named

# header of a file of users, words under it that refuse, and that do not; "" says nothing
WORDS = [
    ("营销授权", ("未授权", "已取消授权", "已撤回", "撤销", "授权已过期", "待确认", "不同意(电话)"),
     ("已授权", "授权", "是", "1", "同意", "已同意接收")),
    ("是否同意接收推送", ("不同意",), ("同意",)), ("允许联系", ("不允许",), ("允许",)),
    ("是否订阅", ("未订阅", "已退订"), ("已订阅",)),
    ("订阅状态", ("已退订", "否"), ("订阅中", "是")),
    ("同意营销", ("未同意",), ("同意",)), ("愿意接收短信", ("不愿意",), ("愿意",)),
    ("Accepts SMS Marketing", ("no", "FALSE"), ("yes",)), ("Accepts Email Marketing", ("no",), ()),
    ("email_marketing_state", ("not_subscribed", "unsubscribed", "pending"), ("subscribed",)),
    ("sms_consent", ("false", "revoked"), ("granted", "TRUE")), ("营销短信", ("拒绝",), ("接收",)),
    ("短信营销", ("关",), ("开",)), ("是否可联系", ("否",), ("可联系",)),
    ("能否推送", ("不能",), ("能",)),
    ("禁止营销", ("是",), ("否",)), ("营销状态", ("已拒绝",), ("正常",)),
    ("推送开关", ("关闭",), ("ＯＮ",)),
    ("撤回同意时间", ("2026-10-01 08:00:00",), ()), ("consent_withdrawn_at", ("2026-10-01",), ()),
    ("同意营销时间", ("未同意",), ("已同意",)), ("Unsubscribed At", ("2026-10-01",), ()),
    ("请勿联系", ("Y",), ("N",)), ("不可联系", ("1",), ("0",)), ("关闭推送", ("是",), ("否",)),
    ("停止营销", ("yes",), ("no",)), ("marketing_permission", ("denied",), ("granted",)),
    ("Do Not Call", ("yes",), ("no",)), ("newsletter opt-in", ("N",), ("Y",)),
    ("opt_in", ("0",), ("1",)),
    ("email_opt_out", ("true",), ("false",)), ("退订营销短信", ("是",), ("未退订",)),
    ("拒绝电话", ("是",), ("否",)), ("禁呼", ("1",), ("0",)), ("授权撤回时间", ("2026-10-01",), ()),
    ("receive_emails", ("no", "-1", "2"), ("yes!", "☑")), ("is_blocked", ("yes",), ("no",)),
    ("愿意接收", ("假",), ("真", "同意。")), ("unsub", ("1",), ()), ("newsletter", ("N",), ("Y",)),
    ("是否同意接收平台推送的营销短信及各类优惠信息", ("不同意",), ("同意",)),
    ("是否同意联系本人", ("不同意",), ("同意",)),
    ("退订", ("已退订", "TD"), ("否", "未退订")), ("拒绝营销", ("不接受", "是"), ("同意",)),
    ("黑名单", ("已拉黑",), ("正常",)), ("免打扰", ("开启",), ("off",)),
]  # fmt: skip
SAID = [
    (header, word, refused)
    for header, *words in WORDS
    for refused, found in zip((True, False, None), (*words, ("", "-", "NULL")), strict=True)
    for word in found
] + [
    # somebody agreed once: that takes no refusal back
    (header, "2026-10-01 08:00:00", None)
    for header in ("同意营销时间", "consented_at", "opt-in_date", "订阅时间")
]
# Headers that have such a word in them and say nothing of consent.
OTHER = [
    ("接收地址", "x"), ("短信签名", "x"), ("同意渠道", "x"), ("consent_updated_at", "2026-10-01"),
    ("免费短信条数", "3"), ("未读消息", "3"), ("联系方式", "x"), ("退订率", "0.1"),
    ("是否同意用户协议", "是"), ("营销等级", "A"), ("contact_name", "x"), ("订阅套餐", "x"),
]  # fmt: skip


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bool | None]:
    folder = tmp_path_factory.mktemp("consent_headers")
    give_key(folder / "home")
    files = {
        f"users_{place}": (("用户编号", "手机号", header), [(f"U{place}", "13711112222", word)])
        for place, (header, word) in enumerate([(h, w) for h, w, _ in SAID] + OTHER)
    }
    home = home_with(folder, files)
    with home.lakehouse.session() as session:
        assert session.scalar("select count(*) from quarantine") == 0
        return dict(session.rows("select user_id, marketing_opt_out from users"))


@pytest.mark.parametrize("place", range(len(SAID)), ids=[f"{h}={w}" for h, w, _ in SAID])
def test_only_a_clear_word_is_consent(refused: dict[str, bool | None], place: int) -> None:
    assert refused[named(f"U{place}")] is SAID[place][2]


@pytest.mark.parametrize("place", range(len(OTHER)), ids=[header for header, _ in OTHER])
def test_other_columns_say_nothing(refused: dict[str, bool | None], place: int) -> None:
    assert refused[named(f"U{len(SAID) + place}")] is None


def test_in_a_file_of_orders_a_header_that_denies_is_a_refusal() -> None:
    assert consent_meaning("未同意营销", FileKind.OTHERS) is Says.REFUSAL
    assert consent_meaning("同意营销", FileKind.OTHERS) is Says.CONSENT
    assert consent_meaning("是否授权", FileKind.OTHERS) is None
    assert consent_meaning("营销", FileKind.PEOPLE) is Says.UNCLEAR
