"""Translate the parser's own texts into Chinese: usage lines and errors of the command line.

Contains the texts of typer. Not here: our help (`help_zh`) and our messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from typer import rich_utils

# Texts of typer's help page, by the name of their constant.
_CONSTANTS = {
    "DEPRECATED_STRING": "（已弃用）",
    "DEFAULT_STRING": "[默认：{}]",
    "ENVVAR_STRING": "[环境变量：{}]",
    "REQUIRED_LONG_STRING": "[必填]",
    "ARGUMENTS_PANEL_TITLE": "参数",
    "OPTIONS_PANEL_TITLE": "选项",
    "COMMANDS_PANEL_TITLE": "命令",
    "ERRORS_PANEL_TITLE": "错误",
    "ABORTED_TEXT": "已中止。",
    "RICH_HELP": "运行 [blue]'{command_path} {help_option}'[/] 查看帮助。",
}
HELP_OPTION = "显示此帮助并退出。"

_TYPES = {
    "int range": "整数",
    "float range": "数",
    "int": "整数",
    "float": "数",
    "str": "文本",
    "path": "路径",
    "bool": "开关",
}
_USAGE = (
    (r"^Usage: ", "用法："),
    (r"\[OPTIONS\]", "[选项]"),
    (r"COMMAND \[ARGS\]\.\.\.", "命令 [参数]..."),
)

# A message, or its part after a colon. The first match wins; unknown texts stay as they are.
_MESSAGES = tuple(
    (re.compile(pattern, re.DOTALL), chinese)
    for pattern, chinese in (
        (r"Missing option (?P<name>.+?)\.(?P<more>.*)", "缺少选项 {name}。{more}"),
        (r"Missing argument (?P<name>.+?)\.(?P<more>.*)", "缺少参数 {name}。{more}"),
        (r"Missing parameter (?P<name>.+?)\.(?P<more>.*)", "缺少参数 {name}。{more}"),
        (r"Missing command\.", "缺少命令。"),
        (
            r"No such command (?P<name>.+?)\. Did you mean (?P<names>.+)\?",
            "没有命令 {name}。是否想用 {names}？",
        ),
        (r"No such command (?P<name>.+)\.", "没有命令 {name}。"),
        (
            r"No such option: (?P<name>\S+?) \(Possible options: (?P<names>.+)\)",
            "没有选项 {name}。是否想用 {names}？",
        ),
        (
            r"No such option: (?P<name>\S+?) Did you mean (?P<names>.+)\?",
            "没有选项 {name}。是否想用 {names}？",
        ),
        (r"No such option: (?P<name>\S+)", "没有选项 {name}。"),
        (r"Option (?P<name>.+) requires an argument\.", "选项 {name} 后面需要一个值。"),
        (r"Option (?P<name>.+) requires (?P<n>\d+) arguments\.", "选项 {name} 后面需要 {n} 个值。"),
        (r"Option (?P<name>.+) does not take a value\.", "选项 {name} 不带值。"),
        (r"Argument (?P<name>.+) takes (?P<n>\d+) values\.", "参数 {name} 需要 {n} 个值。"),
        (
            r"Got unexpected extra arguments?(\(s\))? \((?P<names>.*)\)",
            "多出了不认识的参数：{names}",
        ),
        (r"Invalid value for (?P<name>.+?): (?P<more>.+)", "{name} 的值无效：{more}"),
        (r"Invalid value: (?P<more>.+)", "值无效：{more}"),
        (
            r"Input should be greater than or equal to (?P<n>\S+)",
            "应不小于 {n}",
        ),
        (r"Input should be less than or equal to (?P<n>\S+)", "应不大于 {n}"),
        (r"Input should be greater than (?P<n>\S+)", "应大于 {n}"),
        (r"Input should be less than (?P<n>\S+)", "应小于 {n}"),
        (r"(?P<n>\S+) is not in the range (?P<range>.+)\.", "{n} 不在范围 {range} 内"),
        (r"(Input should be a valid integer|.* is not a valid int).*", "应为整数"),
        (r"(Input should be a valid number|.* is not a valid float).*", "应为数字"),
        (r"(Input should be a valid boolean|.* is not a valid bool).*", "应为 true 或 false"),
        (
            r"(Value error, )?(?P<value>.+) is not one of (?P<names>.+?)\.?",
            "{value} 不是 {names} 之一",
        ),
        (r"Choose from:\s*(?P<names>.+)", "可选：{names}"),
        (r"\S+ (?P<name>'.+') does not exist\.", "{name} 不存在"),
        (r"\S+ (?P<name>'.+') is a file\.", "{name} 是文件"),
        (r"\S+ (?P<name>'.+') is a directory\.", "{name} 是文件夹"),
        (r"\S+ (?P<name>'.+') is not readable\.", "{name} 无法读取"),
        (r"\S+ (?P<name>'.+') is not writable\.", "{name} 无法写入"),
    )
)


def message_in_chinese(text: str) -> str:
    """Translate an error of the parser into Chinese; unknown texts stay as they are.

    >>> message_in_chinese("Invalid value for '--days': Input should be a valid integer, or so")
    "'--days' 的值无效：应为整数"
    >>> message_in_chinese("No such command 'runn'. Did you mean 'run'?")
    "没有命令 'runn'。是否想用 'run'？"
    """
    for pattern, chinese in _MESSAGES:
        if matched := pattern.fullmatch(text.strip()):
            parts = matched.groupdict(default="")
            if more := parts.get("more", "").strip():
                parts["more"] = message_in_chinese(more)
            return chinese.format(**parts)
    return text


def usage_in_chinese(text: str) -> str:
    """
    >>> usage_in_chinese("Usage: linli models [OPTIONS] COMMAND [ARGS]...")
    '用法：linli models [选项] 命令 [参数]...'
    """
    for pattern, chinese in _USAGE:
        text = re.sub(pattern, chinese, text)
    return text


@contextmanager
def page_in_chinese() -> Iterator[None]:
    """Translate the titles and notes of typer's help page while the block runs."""
    before = {name: getattr(rich_utils, name) for name in _CONSTANTS if hasattr(rich_utils, name)}
    try:
        for name in before:
            setattr(rich_utils, name, _CONSTANTS[name])
        yield
    finally:
        for name, text in before.items():
            setattr(rich_utils, name, text)


@contextmanager
def mistakes_in_chinese() -> Iterator[None]:
    """Translate errors that the parser raises in the block into Chinese."""
    try:
        yield
    except Exception as error:
        if callable(said := getattr(error, "format_message", None)):
            text = message_in_chinese(said())
            error.format_message = lambda: text  # type: ignore[attr-defined]
        raise


def usage_of_command_in_chinese(command: Any) -> None:
    """Translate the usage line, the help option and the value types of a command into Chinese."""
    usage, help_option = command.get_usage, command.get_help_option

    def help_in_chinese(context: Any) -> Any:
        option = help_option(context)
        if option is not None:
            option.help = HELP_OPTION
            _type_in_chinese(option)
        return option

    command.get_usage = lambda context: usage_in_chinese(usage(context))
    command.get_help_option = help_in_chinese
    for option in command.params:
        _type_in_chinese(option)


def _type_in_chinese(option: Any) -> None:
    shown = getattr(type(option), "display_type", None)
    if shown is not None:

        def in_chinese(context: Any) -> str:
            text = str(shown(option, context))
            return f"<{_TYPES.get(text[1:-1], text[1:-1])}>"

        option.display_type = in_chinese
