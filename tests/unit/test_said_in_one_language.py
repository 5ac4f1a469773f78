"""What people are told keeps to one language: notes of a check, proposals, what the system says."""

from __future__ import annotations

import ast
import errno
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assets.ingest.match.mapping_wording import EXCLUDED_NOTES
from assets.ingest.match.suggest_mapping import suggest_mapping
from data_contracts.errors import GivenError
from data_contracts.exports import BY_NAME
from data_contracts.mappings.presets import GENERIC, presets
from data_contracts.system_errors import said_of
from pipelines.cli.app import app
from pipelines.failure_causes import cause_of

pytestmark = pytest.mark.slow  # runs commands in both languages

ROOT = Path(__file__).parents[2]
CHINESE, ENGLISH = re.compile(r"[\u4e00-\u9fff]"), re.compile(r"[A-Za-z]{3,} [a-z]{2,}")
AT = "2026-10-31 10:00:00"


def said(*words: object, lang: str) -> str:
    result = CliRunner().invoke(
        app, [*map(str, words), "--lang", lang], env={"COLUMNS": "300", "LINLI_HOME": "/nowhere"}
    )
    return result.output


def lines_of(shown: str, begins: str) -> list[str]:
    return [line for line in shown.splitlines() if line.startswith(begins)]


FILES = {
    "an order's total on every line": (
        "订单编号,商品编码,数量,单价,下单时间,用户编号,订单实付金额",
        [f"A{n},S{m},1,5,{AT},U1,10" for n in range(30) for m in range(2)],
    ),
    "rows alike": (
        "订单编号,商品编码,数量,单价,下单时间,用户编号",
        [f"A{n},S1,2,5,{AT},U1" for n in range(30) for _ in range(2)],
    ),
    "a price without a unit beside a weight": (
        "订单编号,商品编码,数量(斤),单价,下单时间,用户编号",
        [f"A{n},S1,2,5,{AT},U1" for n in range(30)],
    ),
    "two prices": (
        "订单编号,商品编码,数量,成交单价,单价,下单时间,用户编号",
        [f"A{n},S1,2,5,4,{AT},U1" for n in range(30)],
    ),
    "prices in fen": (
        "订单编号,商品编码,数量,单价,实付金额,下单时间,用户编号",
        [f"A{n},S1,2,350,7.00,{AT},U1" for n in range(30)],
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_notes_of_a_check_keep_to_the_language_spoken(tmp_path: Path, name: str) -> None:
    header, lines = FILES[name]
    path = tmp_path / "orders.csv"
    path.write_text("\n".join([header, *lines]) + "\n", "utf-8")
    words = [
        *sorted(header.split(","), key=len, reverse=True),
        "(分)",
        "(元)",
        "单价(元/公斤)",
        "斤",
    ]
    names = re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))))
    english = lines_of(said("check", path, lang="en"), "note")
    chinese = lines_of(said("check", path, lang="zh"), "说明")
    assert len(english) == len(chinese) > 0
    for line in english:
        assert not CHINESE.search(names.sub("", line)), line
    for line in chinese:
        assert not ENGLISH.search(line), line


def test_reasons_of_a_check_keep_to_the_language_spoken(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(
        f"订单编号,商品编码,数量,下单时间,用户编号\nA1,S1,x,{AT},U1\nA2,S1,¥1,{AT},U1\n", "utf-8"
    )
    shown = said("check", path, lang="en")
    (aside,) = lines_of(shown, "quarantined")
    assert not CHINESE.search(aside.replace("(数量)", "").replace("数量(斤)", "")), aside
    repaired = lines_of(shown, "repaired")
    assert repaired and not [line for line in repaired if CHINESE.search(line)]


def test_why_a_column_is_proposed_is_said_in_chinese(tmp_path: Path) -> None:
    path = tmp_path / "销售.csv"
    header = "订单号,下单日期,会员昵称,商品号,件数,金额(分),怪列,InvoiceDate"
    path.write_text(f"{header}\nA1,26/10/28,小王,S1,2,300,1,12/31/2026\n", "utf-8")
    shown = said("map", path, "--out", tmp_path / "own_orders.csv", lang="zh")
    assert "昵称不能当作编号" in shown and "把握" in shown
    assert not ENGLISH.search(re.sub(r"linli \w+|Linli", "", shown)), shown
    assert "把握" in (tmp_path / "own_orders.csv").read_text("utf-8-sig")
    shown = said("map", path, "--out", tmp_path / "en_orders.csv", lang="en")
    assert "把握" not in shown
    assert "a nickname is no id" in (tmp_path / "en_orders.csv").read_text("utf-8-sig")


def test_every_note_on_a_header_of_no_column_has_its_chinese() -> None:
    notes = {note for mapping in presets() for _, note in mapping.excluded_headers if note}
    assert notes == set(EXCLUDED_NOTES)


@pytest.mark.parametrize("export", BY_NAME)
def test_every_guess_has_its_chinese(export: str) -> None:
    generic = next(m for m in presets() if m.export == export and m.preset == GENERIC)
    headers = [one.headers[0] for found in generic.sources.values() for one in found]
    for guess in suggest_mapping(BY_NAME[export], headers, {}, "own").guesses:
        assert CHINESE.search(guess.why.zh), guess


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EISDIR, errno.EROFS, 9999])
def test_what_the_system_refuses_is_said_in_chinese(number: int) -> None:
    error = OSError(number, "Is a problem", "/f")
    assert CHINESE.search(said_of(error).zh) and str(said_of(error)) == "Is a problem"
    assert not ENGLISH.search(cause_of(error).zh.replace("--home", ""))
    assert not ENGLISH.search(cause_of(FileNotFoundError(2, "No such file", "/f")).zh)


def test_no_chinese_message_quotes_the_system_in_english() -> None:
    found = []
    for room in ("assets", "data_contracts", "models", "pipelines"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                said = ast.unparse(node) if isinstance(node, ast.JoinedStr) else ""
                if "strerror" in said and CHINESE.search(said):
                    found.append(f"{path.name}:{node.lineno}")
    assert not found, "use said_of(error).zh"


def test_an_import_speaks_chinese(tmp_path: Path) -> None:
    shown = said("import", "uci_online_retail", tmp_path, "--out", tmp_path / "out", lang="zh")
    assert "错误" in shown and "其中没有" in shown and not ENGLISH.search(shown)
    shown = said("import", "zzz", tmp_path, "--out", tmp_path / "out", lang="zh")
    assert "没有名为 zzz 的数据集" in shown
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a.txt").write_text("a")
    shown = said("sample", "--out", tmp_path / "full", lang="zh")
    assert "不是样例的文件" in shown and "模拟" in shown and "simulating" not in shown


def test_an_error_that_bears_chinese_is_shown_in_it() -> None:
    cause = cause_of(GivenError("too many", "太多"))
    assert (cause.en, cause.zh) == ("too many", "太多")


def test_how_a_file_is_read_is_said_in_one_language(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    header = "订单编号;商品编码;数量;下单时间;用户编号"
    path.write_text(f"销售明细;;;;\n{header}\nA1;S1;1;{AT};U1\n", "utf-8")
    shown = said("check", path, lang="zh")
    assert "分号" in shown and "表头在第 2 行" in shown
    assert "semicolon" not in shown and "header in row" not in shown
    shown = said("check", path, lang="en")
    assert "semicolon, header in row 2" in shown and "分号" not in shown
