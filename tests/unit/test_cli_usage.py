"""The parser's own words are in the language that is spoken: usage, boxes of help, mistakes."""

from __future__ import annotations

import re

import pytest
import typer
from typer.main import get_command
from typer.testing import CliRunner

from pipelines.cli.app import app

WORD = re.compile(r"[A-Za-z]{2,}")
# Names that are the same in both languages: options, commands, values and programs.
NAMES = re.compile(
    r"--?[\w-]+|'[^']*'|\{\w+\}|<[a-z|]+>|\$?LINLI_\w+|\./home|Linli|Dagster|SKU|JSON|LANG|CSV"
    r"|frn50k|uci_online_retail|olist|ssa|trees_per_quantile|mlforecast|auto_ets|make peers"
    r"|shopify|kuaituantuan|shiziyu|youzan|generic|latest|orders|users|none|inbox|mappings/?"
    r"|demand|`list`|linli( \w+)*|\.?(tar|gz|csv|xlsx)\b|\d{4}-\d\d-\d\dT?|root|x[<>]=|<=x<="
)


def said(*words: str, **environment: str) -> str:
    result = CliRunner().invoke(
        app, list(words), env={"COLUMNS": "200", **environment}, prog_name="linli"
    )
    return " ".join(re.sub("[│╭╮╰╯─]", " ", result.output).split())


MISTAKES = [
    (("run",), "缺少选项 '--as-of'", "Missing option '--as-of'"),
    (("check",), "缺少参数 'file'", "Missing argument 'file'"),
    (("runn",), "没有命令 'runn'。是否想用 'run'？", "No such command 'runn'"),
    (("models", "zzz"), "没有命令 'zzz'", "No such command 'zzz'"),
    (("lists", "--hom", "x"), "没有选项 --hom。是否想用 --home？", "No such option: --hom"),
    (("check", "--bogus"), "没有选项 --bogus", "No such option: --bogus"),
    (("lists", "extra"), "多出了不认识的参数：extra", "unexpected extra argument"),
    (("run", "--as-of"), "选项 '--as-of' 后面需要一个值", "requires an argument"),
    (("lists", "--debug=1"), "选项 '--debug' 不带值", "does not take a value"),
    (("sample", "--days", "3"), "'--days' 的值无效：应不小于 30", "Invalid value for '--days'"),
    (("sample", "--days", "x"), "'--days' 的值无效：应为整数", "Invalid value for '--days'"),
    (("ui", "--port", "99999"), "'--port' 的值无效：应不大于 65535", "Invalid value"),
    (("--lang", "fr", "lists"), "'--lang' 的值无效：'fr' 不是 'zh', 'en' 之一", "not one of"),
    (("--lang",), "选项 '--lang' 后面需要一个值", "requires an argument"),
]


@pytest.mark.parametrize(("words", "chinese", "english"), MISTAKES)
def test_mistakes_are_told_in_the_language_spoken(
    words: tuple[str, ...], chinese: str, english: str
) -> None:
    shown = said(*words, LC_ALL="zh_CN.UTF-8")
    assert chinese in shown and "错误" in shown
    assert not WORD.search(NAMES.sub("", shown.replace("extra", ""))), shown
    assert english in said(*words, LC_ALL="C")


def paths() -> list[tuple[str, ...]]:
    program = get_command(app)
    found: list[tuple[str, ...]] = [()]
    for name, command in program.commands.items():  # type: ignore[attr-defined]
        found.append((name,))
        found += [(name, below) for below in getattr(command, "commands", {})]
    return found


def arguments() -> set[str]:
    """Names of arguments, by which a mistake names them in both languages."""
    return {"file", "name", "path", "user", "archive", "out", "kind", "day"}


@pytest.mark.parametrize("command", paths(), ids=" ".join)
def test_the_page_of_help_has_no_english_but_names(command: tuple[str, ...]) -> None:
    shown = said(*command, "--help", "--lang", "zh", LC_ALL="C")
    assert "用法：linli" in shown and "[选项]" in shown and "显示此帮助并退出" in shown
    example = re.compile(r"示例：linli [^│]*?(?=  |$| 参数 | 选项 )")
    ours = sorted({*(name for path in paths() for name in path), *arguments()}, key=len)
    rest = re.sub(rf"\b({'|'.join(ours[::-1])})\b", "", NAMES.sub("", example.sub("", shown)))
    assert not WORD.search(rest), rest


def test_chinese_pages_leave_english_ones_as_they_were() -> None:
    before = said("check", "--help", LC_ALL="C")
    said("check", "--help", LC_ALL="zh_CN.UTF-8")
    said("check", LC_ALL="zh_CN.UTF-8")
    assert said("check", "--help", LC_ALL="C") == before
    for part in ("Usage:", "Arguments", "Options", "[required]", "[default: (", "<path>"):
        assert part in before


def test_a_question_given_up_says_so_in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    def gives_up(*_: object, **__: object) -> None:
        raise typer.Abort

    monkeypatch.setattr("pipelines.cli.commands.lists.show_lists", gives_up)
    assert "已中止" in said("lists", LC_ALL="zh_CN.UTF-8")
    assert "Aborted" in said("lists", LC_ALL="C")
