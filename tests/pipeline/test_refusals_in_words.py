"""Refusals said in words under headers that say nothing of consent are heard, and only those."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.ingest.consent import refused_now
from assets.resources.home import LinliHome
from tests.conftest import linli
from tests.lake import copy_of, give_key, home_with, ingest, named, write_export
from tests.pipeline.test_deliver_consent import LISTED, PHONES, deliver, publish, sent

# header of a file of users, words under it that refuse, and words that only look alike
USERS = [
    ("状态", ("已退订", "黑名单", "已注销", "销户", "已销号"), ("正常", "未注销", "非黑名单")),
    ("会员状态", ("注销", "已停用(本人申请注销)"), ("已解除黑名单", "已启用", "取消注销")),
    ("用户状态", ("拉黑", "deactivated account"), ("取消拉黑", "active", "not deactivated")),
    ("标签", ("高价值,黑名单", "VIP;勿扰", "['VIP','黑名单']"), ("黑名单(已解除)", "免打扰已解除")),
    ("会员标签", ("新客 勿扰", "退订|高价值"), ("不要香菜,不要辣", "VIP:是,黑名单:否")),
    ("备注", ("不要打电话", "客户要求退订，以后不要再联系"), ("放门口，不要打电话", "请勿敲门")),
    ("客户备注", ("拒绝联系", "2026-10-01 拉黑"), ("不要香菜", "放门口不要打电话", "联系不上")),
    ("note", ("Do not contact", "asked to unsubscribe"), ("no contact lens", "was blacklisted")),
    ("status", ("unsubscribed", "Blacklisted"), ("subscribed", "not blacklisted", "blocked: no")),
    ("tags", ("vip, do-not-contact", "VIP|Blacklisted"), ("vip, unblocked", "whitelist")),
    ("Remark", ("don't call me again", "拒绝营销"), ("don't ring the bell", "拒绝退款")),
]  # fmt: skip
# the same of a file of contacts
CONTACTS = [
    ("回复", ("T", "TD", "退订", "拒收", "ｔｄ。"), ("谢谢", "好的", "TT", "已收到")),
    ("回复内容", ("R", "N", "不要再发了"), ("RN", "不退", "怎么退订单")),
    ("用户回复", ("回复TD", "TD退订"), ("T恤多少钱", "1")),
    ("reply", ("STOP", "Unsubscribe", "stop texting me"), ("yes", "stop by at 5?")),
    ("结果", ("用户拒绝", "已退订", "拒收短信"), ("发送失败", "空号", "拒接", "成功", "T")),
    ("触达结果", ("发送失败(黑名单)", "客户拒绝"), ("停机", "无人接听", "系统拒绝")),
    ("状态", ("已退订", "拒收"), ("已送达", "失败", "退订失败")),
]  # fmt: skip
ORDER = ("order_id", "line_id", "ordered_at", "user_id", "sku_id", "quantity_units")


def said(kind: str, words: list) -> dict[str, tuple[str, str, bool]]:
    """User → header, word, whether it refuses."""
    return {
        f"{kind}{place}_{number}": (header, word, refused)
        for place, (header, *both) in enumerate(words)
        for number, (word, refused) in enumerate(
            [(word, True) for word in both[0]] + [(word, False) for word in both[1]]
        )
    }


SAID = {**said("U", USERS), **said("C", CONTACTS)}


def lay_all(folder: Path) -> dict[str, tuple]:
    files: dict[str, tuple] = {}
    for place, (header, *_) in enumerate(USERS):
        rows = [(u, "女", w) for u, (_, w, _) in SAID.items() if u.startswith(f"U{place}_")]
        files[f"users_{place}"] = (("用户编号", "性别", header), rows)
    for place, (header, *_) in enumerate(CONTACTS):
        rows = [
            (f"K{u}", u, "2026-10-01 10:00:00", w)
            for u, (_, w, _) in SAID.items()
            if u.startswith(f"C{place}_")
        ]
        files[f"contacts_{place}"] = (("触达编号", "用户编号", "触达时间", header), rows)
    return files


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("in_words")
    give_key(folder / "home")
    home = home_with(folder, lay_all(folder))
    with home.lakehouse.session() as session:
        assert session.scalar("select count(*) from quarantine") == 0
    return refused_now(home).users


@pytest.fixture(scope="module")
def unloaded(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("in_words_unloaded")
    give_key(folder / "home")
    home = home_with(folder, {"orders": (ORDER, [("A", "L", "2026-10-01", "U1", "S1", "1")])})
    for name, (header, rows) in lay_all(folder).items():
        write_export(home.exports_dir, name, header, rows)
    return refused_now(home).users


@pytest.mark.parametrize("user", SAID, ids=[f"{h}={w}" for h, w, _ in SAID.values()])
def test_a_word_that_refuses_is_heard_and_no_other(
    loaded: set[str], unloaded: set[str], user: str
) -> None:
    refused = SAID[user][2]
    assert (named(user) in loaded, named(user) in unloaded) == (refused, refused)
