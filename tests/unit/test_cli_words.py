"""The CLI speaks Chinese or English as asked, and its help says what is taken by default."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from assets.ingest.stage.progress import Progress
from data_contracts.mappings.presets import preset_facts
from data_contracts.messages import in_chinese as chinese_of
from pipelines.cli import console
from pipelines.cli import language as words
from pipelines.cli.app import app
from pipelines.cli.help_zh import ZH, help_in_chinese
from pipelines.settings import language_of_terminal


def said(*words: object, **environment: str) -> str:
    result = CliRunner().invoke(
        app, [str(word) for word in words], env={"COLUMNS": "200", **environment}
    )
    return " ".join(result.output.replace("│", " ").split())


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_HK"}, "zh"),
        ({"LC_ALL": "", "LANG": "ZH_TW"}, "zh"),
        ({"LANG": "C"}, "en"),
    ],
)
def test_the_terminal_says_which_language(environment: dict[str, str], language: str) -> None:
    assert language_of_terminal(environment) == language


NONE_YET = {"en": "no list is published yet", "zh": "还没有发布过清单"}


@pytest.mark.parametrize(
    ("words", "environment", "language"),
    [
        (["lists"], {"LC_ALL": "C"}, "en"),
        (["lists"], {"LC_ALL": "zh_CN.UTF-8"}, "zh"),
        (["--lang", "zh", "lists"], {"LC_ALL": "C"}, "zh"),
        (["lists", "--lang", "zh"], {"LC_ALL": "C"}, "zh"),
        (["lists", "--lang=en"], {"LC_ALL": "zh_CN.UTF-8"}, "en"),
    ],
)
def test_messages_are_in_the_language_asked_for(
    words: list[str], environment: dict[str, str], language: str, tmp_path: Path
) -> None:
    assert NONE_YET[language] in said(*words, "--home", tmp_path, **environment)


def test_a_language_is_asked_for_one_command_alone(tmp_path: Path) -> None:
    said("lists", "--lang", "zh", "--home", tmp_path, LC_ALL="C")
    assert words.language() == "en"


def test_an_unknown_language_is_refused(tmp_path: Path) -> None:
    assert "'fr'" in said("lists", "--lang", "fr", "--home", tmp_path)


@pytest.mark.parametrize(
    ("command", "default"),
    [
        ("run", "$LINLI_HOME, or ./home"),
        ("run", "$LINLI_EXPORTS, or inbox in the home"),
        ("sample", "inbox in the home"),
        ("sample", "[default: 365]"),
        ("map", "mappings/ next to the file"),
    ],
)
def test_help_shows_what_is_taken_by_default(command: str, default: str) -> None:
    assert default in said(command, "--help")


def test_help_names_every_preset() -> None:
    shown = said("check", "--help")
    assert all(name in shown for name in preset_facts())


def helps(command: Any) -> Iterator[str]:
    """Every paragraph of help, and every default in words, of a command and those below it."""
    yield from (command.help or "").split("\n\n")
    for option in command.params:
        texts = (getattr(option, "help", None), getattr(option, "show_default", None))
        yield from (text for text in texts if isinstance(text, str))
    for below in getattr(command, "commands", {}).values():
        yield from helps(below)


def test_every_help_has_a_chinese_one() -> None:
    found = {text.replace("\n", " ") for text in helps(get_command(app)) if text}
    assert [text for text in found if help_in_chinese(text) == text] == []
    assert ZH.keys() - found == set()  # none that no command has


@pytest.mark.parametrize(
    "words", [("run", "--help"), ("--lang", "zh", "run", "--help"), ("run", "--help", "--lang=zh")]
)
def test_help_is_chinese_where_it_is_asked_for(words: tuple[str, ...]) -> None:
    shown = said(*words, LC_ALL="zh_CN.UTF-8" if len(words) == 2 else "C")
    assert "运行一整天" in shown and "示例：" in shown and "导出文件所在的文件夹" in shown
    assert "运行一整天" not in said("run", "--help", LC_ALL="C")


def test_the_version_is_shown() -> None:
    assert said("--version").startswith("linli 0.")


def test_forgetting_without_a_terminal_says_what_to_add(tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    shown = said("forget", "U1", "--home", tmp_path, LC_ALL="C")
    assert "nothing is removed" in shown and "--yes" in shown and "Traceback" not in shown
    assert "请加上 --yes" in said("forget", "U1", "--home", tmp_path, "--lang", "zh")


ROWS = "订单编号,商品编码,数量,下单时间,会员昵称\n"
ROWS += "".join(f"A{n},S1,{'x' if n % 2 else 1},2026-10-01 10:00:00,N\n" for n in range(60))


def test_check_speaks_chinese_where_it_is_asked_for(tmp_path: Path) -> None:
    """Headings, first rows, reasons and what a load would do: no English but names of ours."""
    path = tmp_path / "订单.csv"
    path.write_text(ROWS, "utf-8")
    shown = said("check", path, "--lang", "zh", LC_ALL="C")
    for part in ("表头", "处理", "行数", "将隔离 30", "未读取 会员昵称", "无用户", "将不予导入"):
        assert part in shown, part
    assert "第 1 行数据" in shown and "订单编号=A0" in shown
    english = ("header", "transform", "quarantined", "not read", "would be")
    assert not [word for word in english if word in shown]
    shown = said("check", path, LC_ALL="C")
    assert "would be refused" in shown and "将不予导入" not in shown


def test_errors_of_files_speak_chinese_where_it_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("", "utf-8")
    assert "文件为空" in said("check", tmp_path / "orders.csv", "--lang", "zh")
    assert "没有这个文件" in said("check", tmp_path / "none.csv", "--lang", "zh")
    (tmp_path / "platform.toml").write_text('cutof = "23:00"', "utf-8")
    assert "未知的键 'cutof'" in said("check", tmp_path / "orders.csv", "--lang", "zh")


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("zh", ["  orders（订单行）", "    orders.csv：读取 3 行", "  plain"]),
        ("en", ["  orders", "    orders.csv: 3 rows read", "  plain"]),
    ],
)
def test_steps_are_told_in_the_language_that_is_spoken(language: str, shown: list[str]) -> None:
    logger, lines = logging.getLogger("linli.steps"), []
    words.set_language(language)
    try:
        with console.forward_log(logger.name, lambda message: lines.append(f"  {message}")):
            logger.info("orders", extra={"zh": "orders（订单行）"})
            tell = Progress(
                "orders.csv",
                lambda message: logger.getChild("progress").info(
                    message, extra={"zh": chinese_of(message)}
                ),
            )
            tell.done(3, 0, 0)
            logger.info("plain")
    finally:
        words.set_language(None)
    assert [line.partition("，" if language == "zh" else " in")[0] for line in lines] == shown


def test_check_says_in_chinese_what_the_format_rests_on(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("导出时间;2026\n" + ROWS.replace(",", ";"), "utf-8")
    shown = said("check", path, "--lang", "zh")
    assert "按 UTF-8 可读" in shown and "表头上方有 1 行标题" in shown
    assert "decodes as UTF-8" in said("check", path, "--lang", "en")
