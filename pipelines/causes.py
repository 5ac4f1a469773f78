"""Why something failed, in both languages and with the mend.

Belongs here: what the machine refuses (disk, memory, rights, two writers). Does not: what is wrong
with a file, which `LinliError` says where it is found.
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

_FULL_BYTES = 4 << 20  # less is no room for a page of a store
_MIB = 1 << 20


@dataclass(frozen=True)
class Cause:
    """`code`: short name, for `latest.json`. The texts are never empty.

    `is_of_machine`: no file or command is wrong; both languages help whoever looks after it.
    """

    code: str
    en: str
    zh: str
    is_of_machine: bool = True
    step: str = ""  # it stopped a run there: whoever reads its log may read either language

    @property
    def is_of_step(self) -> bool:
        return bool(self.step)


def chain(error: BaseException) -> list[BaseException]:
    """The error and everything that caused it, outermost first; contexts may form a ring."""
    found: list[BaseException] = []
    seen: BaseException | None = error
    while seen is not None and not any(seen is item for item in found):
        found.append(seen)
        seen = seen.__cause__ or seen.__context__
    return found


def cause_of(error: BaseException, home: Path | None = None, *, shows_text: bool = True) -> Cause:
    """What stopped the work. `home`: whose disk is looked at. `shows_text`: whether an error that
    is not ours may be shown in its own words, which may hold a person's values."""
    errors = chain(error)
    step = next((key for item in errors if (key := getattr(item, "step_key", None))), None)
    found = _known(errors, home, shows_text) or _unexpected(errors, shows_text)
    if step is None:
        return found
    en, zh = f"step {step}: {found.en}", f"步骤 {step}：{found.zh}"
    return replace(found, en=en, zh=zh, step=step)


def _known(errors: list[BaseException], home: Path | None, shows_text: bool) -> Cause | None:
    for item in errors:
        if isinstance(item, LinliError) and str(item):
            return _said_itself(item, item.zh)
        if type(item).__name__ == "DagsterAssetCheckFailedError":
            return _checks_failed(item)
    for item in errors:
        if (found := _refused_by_the_machine(item, home)) is not None:
            return found
    first = errors[0]
    if shows_text and isinstance(first, ValueError | FileNotFoundError) and str(first).strip():
        return _said_itself(first, getattr(first, "zh", "") or _said_zh(first))
    return None


def _said_itself(error: BaseException, zh: str = "") -> Cause:
    text = str(error).strip()
    return Cause(_snake(type(error).__name__), text, zh or text, is_of_machine=False)


def _checks_failed(error: BaseException) -> Cause:
    """Blocking checks failed; Dagster's error has one line per table, `table: check,check`."""
    lines = [line.strip() for line in str(error).splitlines()[1:] if line.strip()]
    checks = "; ".join(lines)
    return Cause(
        "checks_failed",
        f"blocking checks failed: {checks}. Lists are not published; "
        "checks.html in the reports of the day shows the rows",
        f"质量检查未通过：{checks}。清单不发布；当日报告中的 checks.html 列出了有问题的行",
        is_of_machine=False,
    )


def _refused_by_the_machine(item: BaseException, home: Path | None) -> Cause | None:
    if isinstance(item, KeyboardInterrupt):
        return Cause("stopped", "the run was stopped", "运行被中止")
    for is_it, said in _MACHINE:
        if is_it(item):
            return said(item, home)
    return None


def _unexpected(errors: list[BaseException], shows_text: bool) -> Cause:
    """The innermost error that says something; an error may have no text of its own. That a step
    failed, as Dagster says around it, is no cause."""
    own = [item for item in errors if not hasattr(item, "step_key")] or errors
    last = next((item for item in reversed(own) if _first_line(item)), own[-1])
    name = type(last).__name__
    if not shows_text:
        return Cause(
            _snake(name),
            f"unexpected {name}, not shown in its own words, which may hold a person's values; "
            "--debug shows where",
            f"意外错误 {name}；其原文可能含有个人信息，不予显示；加 --debug 可查看位置",
            is_of_machine=False,
        )
    text = _first_line(last) or f"it says nothing of itself{_raised_in(last)}"
    text_zh = _said_zh(last) or f"没有说明{_raised_in(last)}"
    return Cause(
        _snake(name),
        f"unexpected {name}: {text}; --debug shows where",
        f"意外错误 {name}：{text_zh}；加 --debug 可查看位置",
        is_of_machine=False,
    )


def _raised_in(error: BaseException) -> str:
    """Where an error was raised, in brackets; "" where that is not known."""
    places = traceback.extract_tb(error.__traceback__)
    return f" ({Path(places[-1].filename).name}:{places[-1].lineno})" if places else ""


def _first_line(error: BaseException) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), "")


def _said_zh(error: BaseException) -> str:
    """What the system refused, in Chinese, with the file; of other errors their first line."""
    if isinstance(error, OSError) and error.errno is not None:
        return f"{said_of(error).zh}{_place(error)}"
    return _first_line(error)


def _snake(name: str) -> str:
    """
    >>> _snake("NoDataError"), _snake("KeyError")
    ('no_data', 'key')
    """
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name.removesuffix("Error")).lower() or "error"


# -- what the machine refuses --------------------------------------------------------------------


def _says(*texts: str, numbers: tuple[int, ...] = ()) -> Callable[[BaseException], bool]:
    """Whether an error bears one of the numbers, or says one of the texts: engines written in other
    languages keep only the text."""
    pattern = re.compile("|".join(texts), re.IGNORECASE)

    def is_it(error: BaseException) -> bool:
        if isinstance(error, OSError) and error.errno is not None:
            return error.errno in numbers
        return not isinstance(error, LinliError) and bool(pattern.search(str(error)))

    return is_it


def _disk_full(error: BaseException, home: Path | None) -> Cause:
    en, zh = _free(home)
    return Cause(
        "disk_full",
        f"the disk is full{en}; free some space and run again. Nothing half-written counts: what "
        "was not finished is done again",
        f"磁盘已满{zh}；请清理空间后重新运行。未完成的部分会重做，不会留下半成品",
    )


def _free(home: Path | None) -> tuple[str, str]:
    place = next((p for p in (home, *home.parents) if p.exists()), None) if home else None
    if place is None:
        return "", ""
    left = shutil.disk_usage(place).free // _MIB
    return f" ({left:,} MiB left where {home} lies)", f"（{home} 所在磁盘剩余 {left:,} MiB）"


def _place(error: BaseException) -> str:
    """The file an error names, in brackets; "" where it names none."""
    name = getattr(error, "filename", None)
    return f" ({os.fsdecode(name)})" if isinstance(name, str | bytes) else ""


def _rights(error: BaseException, home: Path | None) -> Cause:
    where = _place(error) or (f" ({home})" if home else "")
    return Cause(
        "permission",
        f"this user may not read or write there{where}; give it the right (chown, chmod), or run "
        "as the user the folder belongs to",
        f"没有读写权限{where}；请授予权限（chown、chmod），或用该文件夹所属的用户运行",
    )


def _read_only(error: BaseException, home: Path | None) -> Cause:
    where = _place(error)
    return Cause(
        "read_only",
        f"the disk can only be read{where}; mount it for writing, or choose another --home, "
        "and run again",
        f"磁盘为只读{where}；请以可写方式挂载，或换一个 --home，然后重新运行",
    )


def _memory(error: BaseException, home: Path | None) -> Cause:
    return Cause(
        "memory",
        "memory does not do; end other programs, or set LINLI_MEMORY_LIMIT lower than what is free "
        "(then more goes to disk), and run again",
        "内存不足；请关闭其他程序，或把 LINLI_MEMORY_LIMIT 设得低于可用内存"
        "（会更多使用磁盘），然后重新运行",
    )


def _conflict(error: BaseException, home: Path | None) -> Cause:
    return Cause(
        "conflict",
        "another run wrote the same table at the same time, and this one gave way; wait until it "
        "has ended and run again",
        "另一个运行同时写入了同一张表，本次已让步；请等它结束后重新运行",
    )


def _files(error: BaseException, home: Path | None) -> Cause:
    return Cause(
        "open_files",
        "too many files are open at once; raise the limit (ulimit -n 4096) and run again",
        "同时打开的文件过多；请提高上限（ulimit -n 4096）后重新运行",
    )


def _disk_error(error: BaseException, home: Path | None) -> Cause:
    where = _place(error)
    return Cause(
        "disk_error",
        f"the disk fails to read or write{where}; check it and its connection before the next run",
        f"磁盘读写出错{where}；请先检查磁盘及其连接再运行",
    )


def _store_refused(error: BaseException, home: Path | None) -> Cause:
    """SQLite says so of a disk without room too, and names no file."""
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
        f"本次运行的一个进程被终止（信号 {number}），多半是内存不足；请关闭其他程序后重新运行",
    )


def _is_killed(error: BaseException) -> bool:
    return isinstance(error, subprocess.CalledProcessError) and error.returncode < 0


def _is_memory(error: BaseException) -> bool:
    return isinstance(error, MemoryError) or _says(
        "out of memory", "malloc of size", "bad_alloc", "cannot allocate memory",
        numbers=(errno.ENOMEM,),
    )(error)  # fmt: skip


_Said = Callable[[BaseException, Path | None], Cause]
_MACHINE: tuple[tuple[Callable[[BaseException], bool], _Said], ...] = (
    (_is_killed, _killed),
    (
        _says(
            "no space left on device", "disk quota exceeded", "max_temp_directory_size",
            "disk is full",
            numbers=(errno.ENOSPC, errno.EDQUOT),
        ),
        _disk_full,
    ),
    (_says("read-only file system", numbers=(errno.EROFS,)), _read_only),
    (
        _says(
            "permission denied", "readonly database",
            numbers=(errno.EACCES, errno.EPERM),
        ),
        _rights,
    ),
    (_is_memory, _memory),
    (
        _says("concurrent transaction", "concurrent append", "commit conflict", "commit ?failed"),
        _conflict,
    ),
    (_says("too many open files", numbers=(errno.EMFILE, errno.ENFILE)), _files),
    (_says("input/output error", numbers=(errno.EIO,)), _disk_error),
    (_says("disk I/O error", "unable to open database file"), _store_refused),
    (_says("database is locked"), _store_busy),
)  # fmt: skip
