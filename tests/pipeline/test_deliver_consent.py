"""Consent is asked for again at the door: whoever refused since the list was made is not sent."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from assets.resources.files.private_files import unfinished_path
from assets.resources.home import LinliHome
from pipelines.cli.commands import deliver as commands_deliver
from pipelines.web import audit
from tests.conftest import linli
from tests.lake import ingest, named
from tests.pipeline.deliveries import LISTED, ORDER, PHONES, audited, deliver, lay, publish, sent
from tests.pipeline.deliveries import home as home
from tests.pipeline.deliveries import made as made


def test_nobody_who_refused_since_is_sent(home: LinliHome, tmp_path: Path) -> None:
    lay(home, "users_loaded.csv", "user_id,marketing_opt_out", "U1,true")
    ingest(home)  # in the lake since, though the list does not know it
    # not loaded: a row of another encoding and header, a contact, a bad row, another id's phone
    lay(home, "users_late.csv", "用户编号,拒绝营销", "U2,是", "U3,否", encoding="gb18030")
    lay(
        home, "contacts_late.csv", "contact_id,user_id,sent_at,opted_out",
        "C1,U4,2026-10-31 20:00:00,1", "C2,U5,yesterday,true", "C3,U6,2026-10-31 20:00:00,0",
        ",,2026-10-31 20:00:00,true",
    )  # fmt: skip
    lay(
        home, "users_extra.csv", "user_id,phone,marketing_opt_out",
        "X1,0086 139-0000-0007,true", "U9,,true",
    )  # fmt: skip
    path = tmp_path / "to send.csv"
    result = deliver(home, path)
    assert result.exit_code == 0, result.output
    assert sent(path) == ["U3", "U6"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for user in ("U1", "U2", "U4", "U5", "U7", "U8"):
        assert named(user) in result.output
    assert (
        "users_late.csv" in result.output and "1 refusals are in quarantined rows" in result.output
    )
    assert not any(phone in result.output for phone in PHONES.values())
    started, delivered = audited(home)
    assert (started["state"], delivered["state"]) == ("started", "delivered")
    assert delivered["left_out"] == {"refused": 4, "phone_refused": 2}
    assert started["sha256"] == delivered["sha256"]
    with home.lakehouse.session() as session:  # looked at, not loaded
        assert session.rows("select count(*) from contacts") == [(0,)]
    assert not list((home.root / "lake" / ".scratch").iterdir())


def test_a_consent_file_that_cannot_be_read_stops_the_delivery(
    home: LinliHome, tmp_path: Path
) -> None:
    (home.exports_dir / "users_new.xlsx").write_bytes(b"PK\x03\x04 and no workbook")
    result = deliver(home, tmp_path / "x.csv")
    assert result.exit_code == 1
    assert "users_new.xlsx" in result.output and "its refusals are unknown" in result.output
    assert not (tmp_path / "x.csv").exists()


def test_files_that_are_not_loaded_and_a_folder_that_is_gone_are_named(
    home: LinliHome, tmp_path: Path
) -> None:
    lay(home, "orders_new.csv", ",".join(ORDER), "A2,L2,2026-10-31 10:00:00,U1,S1,1")
    result = deliver(home, tmp_path / "a.csv")
    assert "orders_new.csv: the list does not include them" in result.output
    home.exports_dir.rename(home.exports_dir.with_name("moved"))
    result = linli("deliver", "--out", tmp_path / "b.csv", "--home", home.home)
    assert result.exit_code == 0, result.output
    assert sent(tmp_path / "b.csv") == LISTED
    assert "does not exist: refusals since" in " ".join(result.output.split())


@pytest.mark.parametrize("folder", ["typo", "deep/er", "a file"])
def test_a_folder_that_is_not_there_is_not_made(
    home: LinliHome, tmp_path: Path, folder: str
) -> None:
    (tmp_path / "a file").write_text("mine", "utf-8")
    result = deliver(home, tmp_path / folder / "x.csv")
    assert result.exit_code == 1 and "no such folder" in " ".join(result.output.split())
    assert not (tmp_path / folder).is_dir() and not (home.root / "audit").exists()


def test_a_list_of_strangers_is_not_delivered_with_empty_cells(
    home: LinliHome, tmp_path: Path
) -> None:
    publish(home, ["S1", "S2"])
    result = deliver(home, tmp_path / "x.csv")
    assert result.exit_code == 1 and "has none of the 2 people" in result.output
    assert not (tmp_path / "x.csv").exists()


def test_what_a_command_writes_is_for_its_owner_under_any_umask(
    home: LinliHome, tmp_path: Path
) -> None:
    lay(home, "users_late.csv", "user_id,marketing_opt_out", "U2,true")
    (home.root / "lake" / ".scratch").chmod(0o755)
    before = os.umask(0)
    try:
        assert deliver(home, tmp_path / "to send.xlsx").exit_code == 0
        assert os.umask(0) == 0  # as the caller had it
    finally:
        os.umask(before)
    written = [*(home.root / "audit").glob("*"), home.root / "lake" / ".scratch"]
    assert [stat.S_IMODE(path.stat().st_mode) for path in written] == [0o600, 0o700]


@pytest.mark.parametrize("is_there", [False, True])
def test_a_delivery_that_was_killed_leaves_nothing_outside_the_audit(
    home: LinliHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    class Killed(BaseException):
        pass

    whole = commands_deliver.put_new

    def killed(path: Path, content: bytes) -> None:
        unfinished_path(path).write_bytes(content[:100])
        if is_there:
            whole(path, content)
            unfinished_path(path).write_bytes(content[:100])
        raise Killed

    path = tmp_path / "first.xlsx"
    with monkeypatch.context() as patch:
        patch.setattr(commands_deliver, "put_new", killed)
        with pytest.raises(Killed):
            linli("deliver", "--out", path, "--home", home.home, "--exports", home.exports)
    assert [line["state"] for line in audited(home)] == ["started"]
    assert deliver(home, tmp_path / "second.csv").exit_code == 0
    assert not unfinished_path(path).exists() and path.exists() is is_there
    states = [(Path(line["file"]).name, line["state"]) for line in audited(home)]
    first = "delivered" if is_there else "not delivered"
    assert states[1:] == [
        ("first.xlsx", first),
        ("second.csv", "started"),
        ("second.csv", "delivered"),
    ]


def test_a_delivery_that_was_cut_off_after_its_file_is_settled_by_asking_again(
    home: LinliHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, whole, calls = tmp_path / "list.csv", audit.append_entry, []

    def full(folder: Path, book: str, **facts: object) -> None:
        calls.append(book)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        whole(folder, book, **facts)

    with monkeypatch.context() as patch:
        patch.setattr(audit, "append_entry", full)
        assert deliver(home, path).exit_code == 1
    content = path.read_bytes()
    again = deliver(home, path)
    assert again.exit_code == 0 and "by an earlier, interrupted call" in again.output
    assert path.read_bytes() == content
    assert [line["state"] for line in audited(home)] == ["started", "delivered"]
    assert deliver(home, path).exit_code == 1, "a file that was delivered before is never replaced"


@pytest.mark.parametrize(
    ("header", "cell", "refused"),
    [
        *(
            ("拒绝营销", word, True)
            for word in ("已退订", "退订", "拒绝", "Y", "1", "是", "TD回复")
        ),
        *(("退订", word, False) for word in ("否", "0", "未退订", "正常", "Ｎ", "")),
        ("退订时间", "2026-10-30 08:00:00", True),
        ("Opt-Out", "unsubscribed", True),
        ("黑名单", "已拉黑", True),
    ],
)
def test_a_word_under_a_refusal_is_one_unless_it_says_no(
    home: LinliHome, header: str, cell: str, refused: bool
) -> None:
    lay(home, "users_new.csv", f"user_id,phone,{header}", f"U1,13900000001,{cell}")
    ingest(home)
    with home.lakehouse.session() as session:
        says = "select marketing_opt_out from users where user_id = $user"
        assert session.rows(says, user=named("U1")) == [(refused,)]
        assert session.scalar("select count(*) from quarantine") == 0


@pytest.mark.parametrize(
    ("name", "lines", "encoding"),
    [
        ("users_new.csv", ["用户编号,姓名,手机号,退订", "U2,a,,是", "U3,b,,否"], "utf-8"),
        ("退订名单.csv", ["手机号,退订时间", f"{PHONES['U2']},2026-10-30 08:00"], "gb18030"),
        ("黑名单.csv", [PHONES["U2"]], "utf-8"),  # phones alone, without a header
        ("名单.csv", ["客户,是否愿意再联系,不再接收短信", "U2,,TD", "U3,,未退订"], "utf-8"),
        ("users_a.csv", ["user_id,phone,accepts marketing", "U2,,no", "U3,,yes"], "utf-8"),
        ("用户黑名单.csv", ["手机", f"+86 {PHONES['U2'][:3]}-{PHONES['U2'][3:]}"], "utf-16"),
        ("unsubscribed 10.csv", ["mobile;date", f"{PHONES['U2']}.0;x"], "utf-8"),
        ("x.jsonl", [f'{{"tel": "{PHONES["U2"]}", "opt_out": true}}'], "utf-8"),
        ("users_b.csv", ["用户编号,是否退订,退订时间", "U2,否,2026-10-30", "U3,否,"], "utf-8"),
    ],
)
def test_a_refusal_is_heeded_under_any_header(
    home: LinliHome, tmp_path: Path, name: str, lines: list[str], encoding: str
) -> None:
    lay(home, name, *lines, encoding=encoding)
    result = deliver(home, tmp_path / "x.csv")
    assert result.exit_code == 0, result.output
    assert sent(tmp_path / "x.csv") == [user for user in LISTED if user != "U2"]
    assert f"{name}: refusals in them are applied" in " ".join(result.output.split())
    assert PHONES["U2"] not in result.output


REFUSAL_LISTS = [
    ("黑名单.csv", "U3,退订,2026-10-30\nU4,退订,2026-10-30"),
    ("黑名单.csv", "账号,情况\nU3,已退订\nU4,已退订"),
    ("黑名单.csv", f"{PHONES['U3']},退订\n{PHONES['U4']},退订"),
    ("退订.json", '[{"user_id":"U3"},{"user_id":"U4"}]'),
    ("黑名单.csv", "用户ID\nu3\nu4"),
    ("客服名单.csv", f"手机,诉求\n{PHONES['U3']},要求不再联系\n{PHONES['U4']},要求不再联系"),
    ("黑名單.csv", f"手機\n{PHONES['U3']}\n{PHONES['U4']}"),
    ("dnc_list.csv", "user_id\nU3\nU4"),
    ("勿发名单.csv", "用户编号\nU3\nU4"),
    ("users_11.csv", "用户编号,拒絕營銷,退訂\nU3,是,是\nU4,是,是"),
    ("users_12.csv", "用户编号,不要打电话\nU3,是\nU4,是"),
]


@pytest.mark.parametrize(
    ("name", "text"), REFUSAL_LISTS, ids=[str(n) for n in range(len(REFUSAL_LISTS))]
)
def test_everybody_of_a_list_is_left_out(
    home: LinliHome, tmp_path: Path, name: str, text: str
) -> None:
    lay(home, name, text)
    result = deliver(home, tmp_path / "x.csv")
    assert result.exit_code == 0, result.output
    left = sent(tmp_path / "x.csv")
    assert not {"U3", "U4"} & set(left) and "U5" in left


def test_an_id_nobody_has_is_said(home: LinliHome, tmp_path: Path) -> None:
    lay(home, "黑名单.csv", "用户ID\nU3\n0003")
    result = deliver(home, tmp_path / "x.csv")
    assert result.exit_code == 0 and "1 refusals have an id that no file has" in result.output


def test_a_list_that_was_loaded_is_heeded_still(home: LinliHome, tmp_path: Path) -> None:
    lay(home, "用户黑名单.csv", "用户编号,姓名", "U2,a")
    lay(home, "users_a.csv", "user_id,name,不愿再收短信退订", "U3,b,2026-10-30", "U4,c,")
    lay(home, "users_b.csv", "user_id,是否退订,退订时间", "U5,是,2026-10-01")
    ingest(home)
    lay(home, "users_c.csv", "user_id,是否退订,registered_at", "U5,否,2026-10-30 10:00:00")
    ingest(home)  # the fifth took it back
    result = deliver(home, tmp_path / "x.csv")
    assert result.exit_code == 0, result.output
    assert sent(tmp_path / "x.csv") == ["U1", "U4", "U5", "U6", "U7", "U8"]
    assert "not loaded yet" not in result.output


@pytest.mark.parametrize(
    ("name", "lines", "said"),
    [
        ("退订.csv", ["姓名,退订时间", "张涵,2026-10-30"], "退订时间 says who refused"),
        ("list.csv", ["昵称,是否黑名单", "x,是"], "是否黑名单 says who refused"),
        ("退订名单.docx", ["x"], "its refusals are unknown"),
        ("黑名单.csv", ["手机", "139****0002"], "neither a user id nor a phone"),
    ],
)
def test_a_refusal_that_is_nobodys_stops_the_delivery(
    home: LinliHome, tmp_path: Path, name: str, lines: list[str], said: str
) -> None:
    lay(home, name, *lines)
    result = deliver(home, tmp_path / "x.csv")
    assert result.exit_code == 1 and said in " ".join(result.output.split())
    assert not (tmp_path / "x.csv").exists()


def test_a_file_without_a_refusal_is_not_called_heeded(home: LinliHome, tmp_path: Path) -> None:
    lay(home, "users_new.csv", "user_id,phone", "U2,13900000002")
    lay(home, "统计.csv", "日期,拒收数量,退订率", "2026-10-30,3,0.1")
    lay(home, "orders_new.csv", ",".join((*ORDER, "拒收")), "A2,L2,2026-10-31 10:00:00,U1,S1,1,是")
    result = deliver(home, tmp_path / "x.csv")
    assert result.exit_code == 0, result.output
    assert sent(tmp_path / "x.csv") == LISTED and "are applied" not in result.output


@pytest.mark.parametrize(
    ("name", "header", "cell"),
    [
        ("users_new.csv", "营销授权", "未授权"),
        ("users_new.csv", "Accepts SMS Marketing", "no"),
        ("users_new.csv", "撤回同意时间", "2026-10-30"),
        ("名单.csv", "是否可联系", "否"),
        ("名单.csv", "同意营销", "已撤回"),
        ("contacts_new.csv", "允许联系", "不允许"),
    ],
)
def test_a_consent_that_is_no_clear_yes_is_a_refusal_before_and_after_a_load(
    home: LinliHome, tmp_path: Path, name: str, header: str, cell: str
) -> None:
    lay(
        home, name, f"用户编号,手机号,{header},触达编号,触达时间",
        f"U2,,{cell},C1,2026-10-30 10:00:00", "U3,,,C2,2026-10-30 10:00:00",
    )  # fmt: skip
    for path in (tmp_path / "before.csv", tmp_path / "after.csv"):
        result = deliver(home, path)
        assert result.exit_code == 0, result.output
        assert sent(path) == [user for user in LISTED if user != "U2"]
        ingest(home)


@pytest.mark.parametrize(
    "header", ["取消退订", "是否授权", "consent_expires_at", "订阅到期", "同意书"]
)
def test_a_header_of_consent_nobody_can_read_stops_the_delivery(
    home: LinliHome, tmp_path: Path, header: str
) -> None:
    lay(home, "users_new.csv", f"用户编号,手机号,{header}", "U2,,是", "U3,,")
    for is_loaded in (False, True):
        result = deliver(home, tmp_path / "x.csv")
        assert result.exit_code == 1, is_loaded
        assert f"{header} is about consent" in " ".join(result.output.split())
        ingest(home)
    checked = linli("check", home.exports_dir / "users_new.csv")
    assert f"consent {header}: is about consent" in " ".join(checked.output.split())
    (home.exports_dir / "mappings").mkdir()
    stated = (
        f"version,column,header,transform,value,code,note\n,user_id,用户编号,,,,\n,?,{header},,,,\n"
    )
    (home.exports_dir / "mappings" / "own_users.csv").write_text(stated, "utf-8")
    assert deliver(home, tmp_path / "x.csv").exit_code == 0


def test_a_loaded_file_of_orders_is_asked_for_consent_still(
    home: LinliHome, tmp_path: Path
) -> None:
    lay(
        home, "orders_new.csv", ",".join((*ORDER, "Accepts Marketing")),
        "A2,L2,2026-10-31 10:00:00,U2,S1,1,no", "A3,L3,2026-10-31 10:00:00,U3,S1,1,yes",
    )  # fmt: skip
    ingest(home)
    assert deliver(home, tmp_path / "x.csv").exit_code == 0
    assert sent(tmp_path / "x.csv") == [user for user in LISTED if user != "U2"]
