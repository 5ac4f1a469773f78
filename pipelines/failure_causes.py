"""Explain why a command failed, in both languages, with the remedy.

Contains errors of the machine (disk, memory, permissions, two writers). Not here: errors in a file,
which raise `LinliError` where they are detected.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import subprocess
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from data_contracts.errors import LinliError
from data_contracts.system_errors import said_of

_FULL_BYTES = 4 << 20  # with less, a store cannot write a page
_MIB = 1 << 20


@dataclass(frozen=True)
class Cause:
    """Describe one cause. `code`: short name, for `latest.json`. The texts are never empty.

    `is_of_machine`: no file or command is wrong; both languages are shown, for the administrator.
    `step`: the failed step of a run, if any; readers of its log may read either language.
    """

    code: str
    en: str
    zh: str
    is_of_machine: bool = True
    step: str = ""

    @property
    def is_of_step(self) -> bool:
        return bool(self.step)


def error_chain(error: BaseException) -> list[BaseException]:
    """List the error and its causes, outermost first; contexts may form a ring."""
    chain: list[BaseException] = []
    seen: BaseException | None = error
    while seen is not None and not any(seen is item for item in chain):
        chain.append(seen)
        seen = seen.__cause__ or seen.__context__
    return chain


def cause_of(error: BaseException, home: Path | None = None, *, shows_text: bool = True) -> Cause:
    """Find the cause of an error. `home`: folder whose disk space is checked. `shows_text`: whether
    the text of an unexpected error is shown; it may contain a person's values."""
    errors = error_chain(error)
    step = next((key for item in errors if (key := getattr(item, "step_key", None))), None)
    cause = _known(errors, home, shows_text) or _unexpected(errors, shows_text)
    if step is None:
        return cause
    en, zh = f"step {step}: {cause.en}", f"步骤 {step}：{cause.zh}"
    return replace(cause, en=en, zh=zh, step=step)


def _known(errors: list[BaseException], home: Path | None, shows_text: bool) -> Cause | None:
    for item in errors:
        if isinstance(item, LinliError) and str(item):
            return _own_message(item, item.zh)
        if type(item).__name__ == "DagsterAssetCheckFailedError":
            return _checks_failed(item)
    for item in errors:
        if (cause := _machine_cause(item, home)) is not None:
            return cause
    first = errors[0]
    if shows_text and isinstance(first, ValueError | FileNotFoundError) and str(first).strip():
        return _own_message(first, getattr(first, "zh", "") or _message_zh(first))
    return None


def _own_message(error: BaseException, zh: str = "") -> Cause:
    text = str(error).strip()
    return Cause(_snake(type(error).__name__), text, zh or text, is_of_machine=False)


def _checks_failed(error: BaseException) -> Cause:
    """List the blocking checks of Dagster's error: one line per table, `table: check,check`."""
    lines = [line.strip() for line in str(error).splitlines()[1:] if line.strip()]
    checks = "; ".join(lines)
    return Cause(
        "checks_failed",
        f"blocking checks failed: {checks}. Lists are not published; "
        "checks.html in the reports of the day shows the rows",
        f"质量检查未通过：{checks}。清单没有发布；当日报告中的 checks.html 列出了有问题的行",
        is_of_machine=False,
    )


def _machine_cause(item: BaseException, home: Path | None) -> Cause | None:
    if isinstance(item, KeyboardInterrupt):
        return Cause("stopped", "the run was stopped", "运行被中止")
    for is_it, said in _MACHINE:
        if is_it(item):
            return said(item, home)
    return None


def _unexpected(errors: list[BaseException], shows_text: bool) -> Cause:
    """Describe the innermost error that has a text. Dagster's error around it, that a step failed,
    is skipped."""
    own = [item for item in errors if not hasattr(item, "step_key")] or errors
    last = next((item for item in reversed(own) if _first_line(item)), own[-1])
    name = type(last).__name__
    if not shows_text:
        return Cause(
            _snake(name),
            f"unexpected {name}; its text is hidden because it may contain a person's values; "
            "--debug shows where",
            f"意外错误 {name}；其原文可能含有个人信息，不予显示；加 --debug 可查看位置",
            is_of_machine=False,
        )
    text = _first_line(last) or f"without a message{_raised_in(last)}"
    text_zh = _message_zh(last) or f"没有说明{_raised_in(last)}"
    return Cause(
        _snake(name),
        f"unexpected {name}: {text}; --debug shows where",
        f"意外错误 {name}：{text_zh}；加 --debug 可查看位置",
        is_of_machine=False,
    )


def _raised_in(error: BaseException) -> str:
    """Return the place where an error was raised, in brackets; "" if unknown."""
    places = traceback.extract_tb(error.__traceback__)
    return f" ({Path(places[-1].filename).name}:{places[-1].lineno})" if places else ""


def _first_line(error: BaseException) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), "")


def _message_zh(error: BaseException) -> str:
    """Translate a system error and add its file; return the first line of any other error."""
    if isinstance(error, OSError) and error.errno is not None:
        return f"{said_of(error).zh}{_file_named(error)}"
    return _first_line(error)


def _snake(name: str) -> str:
    """
    >>> _snake("NoDataError"), _snake("KeyError")
    ('no_data', 'key')
    """
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name.removesuffix("Error")).lower() or "error"


# -- errors of the machine -------------------------------------------------------------------------


def _matches(*texts: str, numbers: tuple[int, ...] = ()) -> Callable[[BaseException], bool]:
    """Build a test for errors with one of the error numbers or texts.

    Engines written in other languages keep only the text.
    """
    pattern = re.compile("|".join(texts), re.IGNORECASE)

    def is_it(error: BaseException) -> bool:
        if isinstance(error, OSError) and error.errno is not None:
            return error.errno in numbers
        return not isinstance(error, LinliError) and bool(pattern.search(str(error)))

    return is_it


def _disk_full(error: BaseException, home: Path | None) -> Cause:
    en, zh = _free_space(home)
    return Cause(
        "disk_full",
        f"the disk is full{en}; free some space and run again. Unfinished work is "
        "done again; no partial results remain",
        f"磁盘已满{zh}；请清理空间后重新运行。未完成的部分会重做，不会留下半成品",
    )


def _free_space(home: Path | None) -> tuple[str, str]:
    place = next((p for p in (home, *home.parents) if p.exists()), None) if home else None
    if place is None:
        return "", ""
    left = shutil.disk_usage(place).free // _MIB
    return f" ({left:,} MiB left on the disk of {home})", f"（{home} 所在磁盘剩余 {left:,} MiB）"


def _file_named(error: BaseException) -> str:
    """Return the file name of an error, in brackets; "" without one."""
    name = getattr(error, "filename", None)
    return f" ({os.fsdecode(name)})" if isinstance(name, str | bytes) else ""


def _rights(error: BaseException, home: Path | None) -> Cause:
    where = _file_named(error) or (f" ({home})" if home else "")
    return Cause(
        "permission",
        f"no permission to read or write{where}; grant it (chown, chmod), or run as the owner of "
        "the folder",
        f"没有读写权限{where}；请授予权限（chown、chmod），或用该文件夹所属的用户运行",
    )


def _read_only(error: BaseException, home: Path | None) -> Cause:
    where = _file_named(error)
    return Cause(
        "read_only",
        f"the disk is read-only{where}; mount it for writing, or choose another --home, "
        "and run again",
        f"磁盘为只读{where}；请改为可写，或用 --home 换一个目录，然后重新运行",
    )


def _memory(error: BaseException, home: Path | None) -> Cause:
    return Cause(
        "memory",
        "memory ran out; close other programs, or set LINLI_MEMORY_LIMIT below the free memory "
        "(more goes to disk then), and run again",
        "内存不足；请关闭其他程序，或把 LINLI_MEMORY_LIMIT 设得低于可用内存"
        "（会更多使用磁盘），然后重新运行",
    )


def _conflict(error: BaseException, home: Path | None) -> Cause:
    return Cause(
        "conflict",
        "another run wrote the same table at the same time, so this one stopped; wait until it "
        "has ended and run again",
        "另一个运行同时写入了同一张表，本次已停止；请等它结束后重新运行",
    )


def _files(error: BaseException, home: Path | None) -> Cause:
    return Cause(
        "open_files",
        "too many files are open at once; raise the limit (ulimit -n 4096) and run again",
        "同时打开的文件过多；请提高上限（ulimit -n 4096）后重新运行",
    )


def _disk_error(error: BaseException, home: Path | None) -> Cause:
    where = _file_named(error)
    return Cause(
        "disk_error",
        f"the disk fails to read or write{where}; check it and its connection before the next run",
        f"磁盘读写出错{where}；请先检查磁盘及其连接再运行",
    )


def _store_refused(error: BaseException, home: Path | None) -> Cause:
    """Find the cause of a SQLite error; it has the same text for a full disk, and no file name."""
    place = next((p for p in (home, *home.parents) if p.exists()), None) if home else None
    if place is not None and shutil.disk_usage(place).free < _FULL_BYTES:
        return _disk_full(error, home)
    return _disk_error(error, home) if "I/O" in str(error) else _rights(error, home)


def _store_busy(error: BaseException, home: Path | None) -> Cause:
    return Cause(
        "store_busy",
        "Dagster's store is held by another process; end it, or wait, and run again",
        "Dagster 的存储被其他进程占用；请结束该进程或稍候，然后重新运行",
    )


def _killed(error: BaseException, home: Path | None) -> Cause:
    number = -getattr(error, "returncode", 0)
    return Cause(
        "killed",
        f"a process of this run was killed (signal {number}), mostly by a machine short of memory; "
        "end other programs and run again",
        f"本次运行的一个进程被终止（信号 {number}），多因内存不足；请关闭其他程序后重新运行",
    )


def _is_killed(error: BaseException) -> bool:
    return isinstance(error, subprocess.CalledProcessError) and error.returncode < 0


def _is_out_of_memory(error: BaseException) -> bool:
    return isinstance(error, MemoryError) or _matches(
        "out of memory", "malloc of size", "bad_alloc", "cannot allocate memory",
        numbers=(errno.ENOMEM,),
    )(error)  # fmt: skip


_CauseBuilder = Callable[[BaseException, Path | None], Cause]
_MACHINE: tuple[tuple[Callable[[BaseException], bool], _CauseBuilder], ...] = (
    (_is_killed, _killed),
    (
        _matches(
            "no space left on device", "disk quota exceeded", "max_temp_directory_size",
            "disk is full",
            numbers=(errno.ENOSPC, errno.EDQUOT),
        ),
        _disk_full,
    ),
    (_matches("read-only file system", numbers=(errno.EROFS,)), _read_only),
    (
        _matches(
            "permission denied", "readonly database",
            numbers=(errno.EACCES, errno.EPERM),
        ),
        _rights,
    ),
    (_is_out_of_memory, _memory),
    (
        _matches(
            "concurrent transaction", "concurrent append", "commit conflict", "commit ?failed"
        ),
        _conflict,
    ),
    (_matches("too many open files", numbers=(errno.EMFILE, errno.ENFILE)), _files),
    (_matches("input/output error", numbers=(errno.EIO,)), _disk_error),
    (_matches("disk I/O error", "unable to open database file"), _store_refused),
    (_matches("database is locked"), _store_busy),
)  # fmt: skip
