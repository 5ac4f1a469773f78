"""Chinese that an operator reads is plain Chinese.

Held mechanically: the signs between two Chinese characters are full-width, no stiff phrase, one
spelling per term. Header-like labels such as 成本(元) keep their half-width brackets: the headers
of lists are a promise. For the same reason a number that is written in a text, and every 近7天,
stands without a space, as the headers and stored reasons have it; messages may set off a figure
that they put in.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("pipelines", "assets", "models", "data_contracts")
# words as other systems write them
THEIRS = {"assets/ingest/stage/normalise/anonymous_users.py"}
PAGES = sorted((ROOT / "assets").rglob("*.html.j2"))
MODULES = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
GLOSSARY = ROOT / "data_contracts" / "glossary.md"

BETTER = {
    "无从": "无法",
    "的样子": "格式如",
    "假名": "脱敏编号",
    "复购节奏": "平时周期",
    "复购周期": "平时周期",
    "营业日": "业务日",
    "收盘": "截单",
    "起报": "预测起点",
    "朴素": "简单方法",
    "对比方法": "基准方法",
    "对照方法": "基准方法",
    "唤醒名单": "唤醒清单",
    "运行卡": "运行报告",
    "回声告警": "集中投诉告警",
    "购买关联": "关联购买",
    "预设": "导出模板",
    "已入库": "已导入",
    "载入": "导入",
    "被拒收": "未被导入",
    "将被隔离": "将隔离",
    "进行了": "the verb alone",
    "其它": "其他",
    "帐号": "账号",
    "台帐": "台账",
    "登陆": "登录",
    "阀值": "阈值",
}
OTHER_THAN_OURS = {"品类复购周期"}  # of a category, where 平时周期 is a user's

_HOLE = "\u25a1"  # what a figure or a name is put in for
_HAN = r"[\u4e00-\u9fff]"
_MARKUP = re.compile(r"\[/?[a-z #]*\]|\[\[\w+\]\]|\[sku_renames\]")
_PATTERN = re.compile(r"[|\\^$\[\]]|\(\?")
_LABEL = re.compile(rf"(?:{_HAN}|\w|%|-)+\([^()]*\)")
_UNIT = re.compile(r"\((元|分|斤|市斤|克|千克|公斤|箱)(/[^()]*)?\)")
_HALF_WIDTH = re.compile(
    rf"{_HAN}[,;:!?]\s?[{_HOLE}\u4e00-\u9fff]|{_HOLE}[,;:!?]\s?{_HAN}"
    rf"|[{_HOLE}\u4e00-\u9fff]\([^()]*[{_HOLE}\u4e00-\u9fff]|（[^（）]*\)"
)
_SPACED = re.compile(rf"(?<!接)近 [{_HOLE}\d]|\d (?:个|件|人|周|天|小时|次|条|行)")


def of_module(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of each text for people that holds Chinese; figures as one character."""
    tree = ast.parse(source)
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):  # docstrings are for developers
            skipped.add(id(node.value))
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(part) for part in ast.walk(node) if part is not node}
        if id(node) in skipped:
            continue
        if isinstance(node, ast.JoinedStr):
            parts = [p.value if isinstance(p, ast.Constant) else _HOLE for p in node.values]
            text = "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        plain = _MARKUP.sub("", text)
        if re.search(_HAN, plain) and not _PATTERN.search(plain):
            yield node.lineno, plain


def of_page(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of each line with Chinese of a page."""
    for number, line in enumerate(source.splitlines(), 1):
        text = re.sub(r"<[^>]*>", "", re.sub(r"{%.*?%}", "", re.sub(r"{{.*?}}", _HOLE, line)))
        if re.search(_HAN, text):
            yield number, text


def faults(text: str) -> list[str]:
    found = [] if _LABEL.fullmatch(text) else _HALF_WIDTH.findall(_UNIT.sub("", text))
    said = [f"half-width sign: {sign}" for sign in found]
    said += [f"space in a figure: {figure}" for figure in _SPACED.findall(text)]
    ours = text
    for other in OTHER_THAN_OURS:
        ours = ours.replace(other, "")
    return said + [f"{word}: write {better}" for word, better in BETTER.items() if word in ours]


def places(path: Path) -> list[str]:
    source = path.read_text("utf-8")
    said = of_module(source) if path.suffix == ".py" else of_page(source)
    return [f"{line}: {text[:60]} ({fault})" for line, text in said for fault in faults(text)]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", [one for one in MODULES if named(one) not in THEIRS], ids=named)
def test_a_module_speaks_plain_chinese(path: Path) -> None:
    assert places(path) == []


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_a_page_speaks_plain_chinese(path: Path) -> None:
    assert places(path) == []


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ('"没有天气数据:预测未考虑降雨"', "half-width sign: 据:预"),
        ('f"节假日数据只到 {day},之后未知"', "half-width sign: \u25a1,之"),
        ('"显示错误(如 #N/A)的单元格"', "half-width sign: 误(如"),
        ('f"90% 分位实际覆盖 {share}({scope})"', "half-width sign: \u25a1(\u25a1"),
        ('"没有整体偏向（+3%)，误差来自波动"', "half-width sign: （+3%)"),
        ('"历史不足，无从比较"', "无从: write 无法"),
        ('"[red]预设[/red]"', "预设: write 导出模板"),
        ('"预计成本(元)"', ""),
        ('"手机号(脱敏)"', ""),
        ('"重量单位写在表头，如“数量(斤)”"', ""),
        ('"没有天气数据：预测未考虑降雨（近7天）"', ""),
        ('"预测未考虑降雨（近 7 天）"', "space in a figure: 近 7"),
        ('f"近 {days} 天没有浏览数据"', "space in a figure: 近 \u25a1"),
        ('"上新不足 28 天"', "space in a figure: 8 天"),
        ('f"读取 {rows} 行，近{days}天，最接近 {encoding}"', ""),
        ('r"^(拒收|拒绝),(联系|打扰)$"', ""),
    ],
)
def test_the_search_finds_what_is_not_plain(code: str, fault: str) -> None:
    assert [one for _, text in of_module(f"x = {code}") for one in faults(text)] == [fault] * bool(
        fault
    )


def test_a_page_is_read_without_its_tags_and_figures() -> None:
    page = "<p>对照组 {{ held_out | number }} 人<b>(不触达)</b></p>\n<p>{{ rows }} rows</p>"
    assert [number for number, text in of_page(page) if faults(text)] == [1]


def test_the_glossary_has_the_better_words_and_not_the_stiff_ones() -> None:
    chinese = [line.split("|")[2].strip() for line in GLOSSARY.read_text("utf-8").splitlines()[6:]]
    assert {"运行报告", "脱敏编号", "集中投诉告警", "关联购买", "导出模板"} <= set(chinese)
    assert not [word for word in chinese if any(stiff in word for stiff in BETTER)]
