"""Chinese that an operator reads is plain Chinese.

Held mechanically: the signs between two Chinese characters are full-width, no stiff phrase, one
spelling per term. Header-like labels such as 成本(元) keep their half-width brackets: the headers
of lists are a promise.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("pipelines", "assets", "models", "data_contracts")
# the words of customers and of other systems, as they write them
THEIRS = (
    "data_contracts/mappings/",
    "models/feedback/",
    "models/simulate/",
    "assets/ingest/stage/normalise/anonymous_users.py",
)
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


@pytest.mark.parametrize(
    "path", [one for one in MODULES if not named(one).startswith(THEIRS)], ids=named
)
def test_a_module_speaks_plain_chinese(path: Path) -> None:
    assert places(path) == []


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_a_page_speaks_plain_chinese(path: Path) -> None:
    assert places(path) == []
