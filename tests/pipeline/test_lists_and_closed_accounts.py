"""Lists of refusals hold no guessed phone and no lifted row; closed accounts are left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.ingest.consent.current_refusals import current_refusals
from assets.ingest.match.match_headers import match_headers
from assets.resources.home import LinliHome
from data_contracts.errors import ExportError
from data_contracts.mappings.presets import GENERIC, presets
from tests.conftest import linli
from tests.lake import copy_of, give_key, home_with, ingest, named, write_export
from tests.pipeline.deliveries import LISTED, PHONES, deliver, lay, publish, sent

ORDER = ("order_id", "line_id", "ordered_at", "user_id", "sku_id", "quantity_units")
WHOLE = "13800001111"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> LinliHome:
    folder = tmp_path_factory.mktemp("lists")
    give_key(folder / "home")
    rows = [(user, PHONES[user], "false") for user in LISTED]
    rows.append(("U9", "13800000000", "false"))
    home = home_with(
        folder,
        {
            "users": (("user_id", "phone", "marketing_opt_out"), rows),
            "orders": (ORDER, [("A1", "L1", "2026-10-01 10:00:00", "U1", "S1", "1")]),
        },
    )
    publish(home, [*LISTED, "U9"])
    return home


@pytest.fixture
def home(made: LinliHome, tmp_path: Path) -> LinliHome:
    return copy_of(made, tmp_path)


# -- phones that lost digits ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "lines",
    [
        ("手机号", "1.38E+10"),
        ("手机号", "1.39E+10"),
        ("手机号", "1.380000000E+10"),
        ("手机号", "1.38e10", "1.39E+10"),
        ("手机号", "１．３８Ｅ＋１０"),
        ("手机号", "+86 1.38E+10"),
        ("手机号", "8.61E+12"),
        ("1.38E+10",),
    ],
)
def test_a_list_of_phones_that_lost_digits_stops_the_delivery(
    home: LinliHome, tmp_path: Path, lines: tuple[str, ...]
) -> None:
    lay(home, "黑名单.csv", *lines)
    with pytest.raises(ExportError, match="neither a user id nor a phone"):
        current_refusals(home)
    assert deliver(home, tmp_path / "x.csv").exit_code == 1


def test_a_phone_that_lost_digits_is_nobodys_and_said(home: LinliHome, tmp_path: Path) -> None:
    lay(home, "黑名单.csv", "手机号", PHONES["U5"], "1.38E+10")
    result = deliver(home, tmp_path / "sent.csv")
    assert result.exit_code == 0, result.output
    assert sent(tmp_path / "sent.csv") == [*(u for u in LISTED if u != "U5"), "U9"]
    assert "1 refusals are in quarantined rows" in " ".join(result.output.split())
    found = current_refusals(home)
    assert (found.unattributed_rows, found.phones) == (1, {PHONES["U5"]})


@pytest.mark.parametrize(
    "written",
    ["1.3800001111E10", "1.3800001111E+10", "1.38000011110E+10", "13800001111.0", WHOLE],
)
def test_a_phone_that_kept_its_digits_is_read(home: LinliHome, written: str) -> None:
    lay(home, "黑名单.csv", "手机号", written)
    found = current_refusals(home)
    assert (found.phones, found.unattributed_rows) == ({WHOLE}, 0)


def test_who_is_named_by_an_id_beside_it_is_known(home: LinliHome) -> None:
    lay(home, "黑名单.csv", "用户编号,手机号", "U3,1.38E+10")
    found = current_refusals(home)
    assert named("U3") in found.users and named("U9") not in found.users
    assert found.unattributed_rows == 0 and "13800000000" not in found.phones


def test_a_phone_of_a_json_list_that_lost_digits_is_not_read(home: LinliHome) -> None:
    lay(home, "黑名单.jsonl", '{"手机号": 1.38E+10}', f'{{"手机号": {PHONES["U5"]}}}')
    found = current_refusals(home)
    assert (found.phones, found.unattributed_rows) == ({PHONES["U5"]}, 1)


def test_a_header_of_refusals_in_a_file_of_phones_is_held_to_the_same(home: LinliHome) -> None:
    lay(home, "名册.csv", "手机号,退订时间", "1.38E+10,2026-10-01", f"{PHONES['U5']},2026-10-01")
    found = current_refusals(home)
    assert (found.phones, found.unattributed_rows) == ({PHONES["U5"]}, 1)


# -- rows of a list that hold no more ------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "lifted", "standing"),
    [
        ("是否生效", ("否", "0", "N", "未生效", "失效"), ("是", "1", "生效中", "")),
        ("是否有效", ("无效", "false"), ("有效", "-")),
        ("状态", ("已解除", "已移除", "失效", "已失效", "已移出", "已作废"),
         ("生效", "正常", "", "已取消", "inactive", "未解除")),
        ("备注", ("已解除", "误操作"), ("投诉", "要求解除")),
    ],
)  # fmt: skip
def test_a_row_that_holds_no_more_is_no_refusal(
    home: LinliHome, header: str, lifted: tuple[str, ...], standing: tuple[str, ...]
) -> None:
    words = [*lifted, *standing]
    phones = [f"137000000{place:02}" for place in range(len(words))]
    rows = [f"{phone},{word}" for phone, word in zip(phones, words, strict=True)]
    lay(home, "黑名单.csv", f"手机号码,{header}", *rows)
    assert current_refusals(home).phones == set(phones[len(lifted) :])


def test_a_row_by_id_that_holds_no_more_is_no_refusal(home: LinliHome) -> None:
    rows = ("U5,已解除", "U6,已移除", "U7,失效", "U8,生效中")
    lay(home, "黑名单.csv", "用户编号,状态", *rows)
    assert current_refusals(home).users == {named("U8")}
    ingest(home)
    assert current_refusals(home).users == {named("U8")}


def test_another_column_that_refuses_stands_beside_it(home: LinliHome) -> None:
    lay(home, "黑名单.csv", "手机号,是否退订,是否生效", f"{PHONES['U1']},是,否")
    assert current_refusals(home).phones == {PHONES["U1"]}


# -- closed accounts -----------------------------------------------------------------------------

CLOSED = [
    ("是否注销", ("是", "1", "已注销", "Y"), ("否", "0", "未注销", "", "正常")),
    ("注销时间", ("2026-10-01 10:00:00", "1759312800"),
     ("", "0", "0000-00-00 00:00:00", "1970-01-01 08:00:00", "NULL", "0001-01-01")),
    ("是否删除", ("是",), ("否", "未删除")),
    ("已删除", ("true",), ("false",)),
    ("is_deleted", ("1", "True"), ("0", "", "False")),
    ("deleted_at", ("2026-10-01T10:00:00Z",), ("", "null", "None")),
    ("closed_at", ("2026-10-01",), ("", "0")),
    ("注销标志", ("1", "已注销"), ("0", "正常")),
    ("销户时间", ("2026/10/01",), ("", "1900-01-00")),
    ("账号是否注销", ("是",), ("否",)),
    ("用户注销日期", ("2026-10-01",), ("",)),
    ("account_closed_at", ("2026-10-01",), ("",)),
    ("del_flag", ("1",), ("0",)),
    ("是否已销户", ("是",), ("未销户",)),
    ("註銷時間", ("2026-10-01",), ("",)),
    ("isDeleted", ("true",), ("false",)),
    ("是否注销(1是0否)", ("1",), ("0",)),
    ("注销状态", ("已注销",), ("未注销", "正常", "已取消注销")),
    ("date_deleted", ("2026-10-01",), ("NaT",)),
]  # fmt: skip
OF_SOMETHING_ELSE = ["注销原因", "删除人", "closed_orders", "注销次数", "地址是否删除", "删除原因"]


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, set[str]]:
    found = {}
    for is_loaded in (True, False):
        folder = tmp_path_factory.mktemp(f"closed_{is_loaded}")
        give_key(folder / "home")
        home = home_with(folder, {"orders": (ORDER, [("A", "L", "2026-10-01", "U1", "S1", "1")])})
        for place, (header, *both) in enumerate(CLOSED):
            words = [word for some in both for word in some]
            rows = [(f"U{place}_{number}", "张三", word) for number, word in enumerate(words)]
            write_export(home.exports_dir, f"users_{place}", ("用户编号", "姓名", header), rows)
        for place, header in enumerate(OF_SOMETHING_ELSE):
            rows = [(f"E{place}", "张三", "1")]
            write_export(home.exports_dir, f"users_e{place}", ("用户编号", "姓名", header), rows)
        if is_loaded:
            ingest(home)
        found[is_loaded] = current_refusals(home).users
    return found


def test_whoever_closed_the_account_is_not_contacted(closed: dict[bool, set[str]]) -> None:
    gone = {
        named(f"U{place}_{number}")
        for place, (_, refuse, _) in enumerate(CLOSED)
        for number in range(len(refuse))
    }
    names = {
        named(f"U{place}_{number}"): (header, word)
        for place, (header, *both) in enumerate(CLOSED)
        for number, word in enumerate(word for some in both for word in some)
    } | {named(f"E{place}"): (header, "1") for place, header in enumerate(OF_SOMETHING_ELSE)}
    for users in closed.values():
        assert {names[user] for user in gone ^ users} == set()


def test_a_deleted_line_of_an_order_or_contact_is_not_a_person(home: LinliHome) -> None:
    headers = ("是否删除", "deleted_at")
    rows = [("A2", "L1", "2026-10-01 10:00:00", "U1", "S1", "1", "是", "2026-10-02")]
    write_export(home.exports_dir, "orders_2", (*ORDER, *headers), rows)
    rows = [("C1", "U2", "2026-10-01 10:00:00", "是", "2026-10-02")]
    write_export(
        home.exports_dir, "contacts_2", ("contact_id", "user_id", "sent_at", *headers), rows
    )
    lay(home, "地址簿.csv", "手机号,地址,是否删除", f"{PHONES['U3']},x,是")
    found = current_refusals(home)
    assert (found.users, found.phones) == (set(), set())


def test_a_list_of_closed_accounts_of_no_export_is_heard_beside_a_phone(home: LinliHome) -> None:
    lay(home, "名册.csv", "手机号,注销时间", f"{PHONES['U3']},2026-10-01", f"{PHONES['U4']},")
    lay(home, "门店表.csv", "店号,注销时间", "S1,2026-10-01")
    assert current_refusals(home).phones == {PHONES["U3"]}


def test_a_column_of_closed_accounts_does_not_say_what_a_file_is() -> None:
    users = next(m for m in presets() if m.export == "users" and m.preset == GENERIC)
    assert match_headers(("是否删除", "名称"), users).columns == {}


def test_a_check_says_that_closed_accounts_are_read(tmp_path: Path) -> None:
    path = write_export(tmp_path, "users", ("用户编号", "性别", "是否注销"), [("U1", "女", "是")])
    assert "not read" not in linli("check", path).output
