"""Refusals said in words under headers that say nothing of consent are heard, and only those."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.ingest.consent.current_refusals import current_refusals
from assets.ingest.match.match_headers import match_headers
from assets.resources.home import LinliHome
from data_contracts.mappings.presets import GENERIC, HeaderMapping, presets
from tests.conftest import linli
from tests.lake import copy_of, give_key, home_with, ingest, named, write_export
from tests.pipeline.deliveries import LISTED, PHONES, deliver, publish, sent

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
    return current_refusals(home).users


@pytest.fixture(scope="module")
def unloaded(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("in_words_unloaded")
    give_key(folder / "home")
    home = home_with(folder, {"orders": (ORDER, [("A", "L", "2026-10-01", "U1", "S1", "1")])})
    for name, (header, rows) in lay_all(folder).items():
        write_export(home.exports_dir, name, header, rows)
    return current_refusals(home).users


@pytest.mark.parametrize("user", SAID, ids=[f"{h}={w}" for h, w, _ in SAID.values()])
def test_a_word_that_refuses_is_heard_and_no_other(
    loaded: set[str], unloaded: set[str], user: str
) -> None:
    refused = SAID[user][2]
    assert (named(user) in loaded, named(user) in unloaded) == (refused, refused)


# -- the door, and what is said of it ------------------------------------------------------------


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> LinliHome:
    folder = tmp_path_factory.mktemp("in_words_door")
    give_key(folder / "home")
    rows = [(user, PHONES[user], "false") for user in LISTED]
    home = home_with(
        folder,
        {
            "users": (("user_id", "phone", "marketing_opt_out"), rows),
            "orders": (ORDER, [("A1", "L1", "2026-10-01 10:00:00", "U1", "S1", "1")]),
        },
    )
    publish(home, LISTED)
    return home


@pytest.fixture
def home(made: LinliHome, tmp_path: Path) -> LinliHome:
    return copy_of(made, tmp_path)


def test_the_delivery_says_how_many_rows_refuse_under_which_header(
    home: LinliHome, tmp_path: Path
) -> None:
    header = ("user_id", "会员状态", "tags")
    write_export(home.exports_dir, "users_2", header, [("U1", "黑名单", ""), ("U2", "正常", "")])
    ingest(home)
    tagged = [("U3", "已注销", "vip"), ("U4", "正常", "vip|do not contact")]
    write_export(home.exports_dir, "users_3", header, tagged)
    said = deliver(home, tmp_path / "sent.csv")
    assert sent(tmp_path / "sent.csv") == ["U2", "U5", "U6", "U7", "U8"]
    for told in ("会员状态 of users_2.csv 1", "会员状态 of users_3.csv 1", "tags of users_3.csv 1"):
        assert told in " ".join(said.stderr.split()), said.stderr


def test_a_refusal_outlives_its_file_until_words_take_it_back(home: LinliHome) -> None:
    header = ("user_id", "状态")
    write_export(home.exports_dir, "users_2", header, [("U1", "黑名单"), ("U2", "拉黑")])
    ingest(home)
    (home.exports_dir / "users_2.csv").unlink()
    write_export(home.exports_dir, "users_3", header, [("U1", "正常"), ("U2", "已解除黑名单")])
    ingest(home)
    assert current_refusals(home).users == {named("U1")}


def test_a_file_loaded_by_an_earlier_version_is_heard_at_the_door(
    home: LinliHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assets.ingest.match import match_headers

    header = ("user_id", "状态", "拒绝营销")
    rows = [("U1", "黑名单", "否"), ("U2", "正常", "是"), ("U3", "正常", "否")]
    write_export(home.exports_dir, "users_2", header, rows)
    with monkeypatch.context() as before:  # which read no words
        before.setattr(match_headers, "in_words", lambda *_: set())
        ingest(home)
    assert current_refusals(home).users == {named("U1"), named("U2")}
    write_export(home.exports_dir, "users_3", ("user_id", "拒绝营销"), [("U2", "否")])
    ingest(home)
    assert current_refusals(home).users == {named("U1")}  # what a load read is asked of the lake


def test_files_of_no_export_are_asked_beside_a_phone(home: LinliHome) -> None:
    lay = {
        "上行记录": (("手机号", "上行内容"), [(PHONES["U1"], "TD"), (PHONES["U2"], "谢谢")]),
        "会员情况": (
            ("手机号", "状态"),
            [(PHONES["U3"], "已注销"), (PHONES["U4"], "正常"), (PHONES["U5"], "已解除黑名单")],
        ),
        "机器": (("编号", "状态"), [("M1", "已注销")]),
        "售后": (("售后单号", "手机号", "备注"), [("R1", PHONES["U6"], "已注销")]),
    }
    for name, (header, rows) in lay.items():
        write_export(home.exports_dir, name, header, rows)
    found = current_refusals(home)
    assert found.phones == {PHONES["U1"], PHONES["U3"]}


def test_notes_of_orders_are_about_one_order(home: LinliHome) -> None:
    header = (*ORDER, "备注", "订单状态")
    rows = [("A2", "L1", "2026-10-01 10:00:00", "U1", "S1", "1", "不要打电话", "已完成")]
    write_export(home.exports_dir, "orders_2", header, rows)
    assert current_refusals(home).users == set()
    ingest(home)
    assert current_refusals(home).users == set()


def test_words_of_types_and_lists_are_asked_in_parquet(home: LinliHome) -> None:
    people = pa.table(
        {
            "user_id": ["U1", "U2", "U3"],
            "tags": [["VIP", "黑名单"], ["VIP"], None],
            "status": pa.array([1, 1, 0]),
            "会员状态": pa.array(["正常", "已注销", "正常"]).dictionary_encode(),
        }
    )
    pq.write_table(people, home.exports_dir / "users_2.parquet")
    ingest(home)
    assert current_refusals(home).users == {named("U1"), named("U2")}


def test_a_check_names_the_headers_with_refusals(tmp_path: Path) -> None:
    header = ("用户编号", "性别", "状态", "爱好")
    rows = [("U1", "女", "黑名单", "x"), ("U2", "女", "已注销", "x"), ("U3", "女", "正常", "x")]
    path = write_export(tmp_path, "users", header, rows)
    english = linli("check", path)
    assert "状态: 2 rows contain words of refusal" in " ".join(english.output.split())
    assert "not read 爱好" in english.output
    assert "3 good, 0 of them repaired" in english.output
    chinese = linli("--lang", "zh", "check", path)
    assert "状态：2 行中有表示拒绝联系的词语" in chinese.output.replace("\n", "")


def test_a_row_set_aside_is_heard(home: LinliHome) -> None:
    header = ("user_id", "registered_at", "状态")
    rows = [("U1", "no date", "黑名单"), ("U2", "no date", "正常"), ("", "2026-10-01", "已注销")]
    write_export(home.exports_dir, "users_2", header, rows)
    for _ in range(2):
        found = current_refusals(home)
        assert (found.users, found.unattributed_rows) == ({named("U1")}, 1)
        ingest(home)


def test_a_mapping_may_state_that_words_under_a_header_refuse(home: LinliHome) -> None:
    mappings = home.exports_dir / "mappings"
    mappings.mkdir()
    lines = [
        "version,column,header,transform,value,code,note",
        ",user_id,user_id,,,,",
        ",marketing_opt_out,自定义一,refusal_in_words,,,",
    ]
    (mappings / "own_users.csv").write_text("\n".join(lines) + "\n", "utf-8")
    rows = [("U1", "大客户;黑名单"), ("U2", "大客户")]
    write_export(home.exports_dir, "users_2", ("user_id", "自定义一"), rows)
    ingest(home)
    assert current_refusals(home).users == {named("U1")}


def test_one_column_of_words_does_not_say_what_a_file_is(home: LinliHome) -> None:
    with_words = match_headers(("user_id", "性别", "状态", "x"), _users())
    without = match_headers(("user_id", "性别", "y", "x"), _users())
    assert with_words.share == without.share
    assert match_headers(("状态", "备注"), _users()).columns == {}


def test_whether_somebody_replied_is_no_reply(home: LinliHome) -> None:
    header = ("contact_id", "user_id", "sent_at", "reply")
    rows = [(f"K{u}", u, "2026-10-01 10:00:00", "NY"[u == "U1"]) for u in LISTED]
    write_export(home.exports_dir, "contacts_1", header, rows)
    assert current_refusals(home).users == set()
    rows[2] = (*rows[2][:3], "")  # where somebody said nothing, N is what another said
    write_export(home.exports_dir, "contacts_1", header, rows)
    assert len(current_refusals(home).users) == len(LISTED) - 2


def _users() -> HeaderMapping:
    return next(m for m in presets() if m.export == "users" and m.preset == GENERIC)
