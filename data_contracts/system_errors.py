"""Translate errors of the operating system into both languages."""

from __future__ import annotations

import errno
import re

from data_contracts.messages import Bilingual

_ZH = {
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "超出磁盘配额",
    errno.EACCES: "没有权限",
    errno.EPERM: "不允许此操作",
    errno.EROFS: "磁盘为只读",
    errno.ENOENT: "没有这个文件或文件夹",
    errno.EISDIR: "是文件夹，不是文件",
    errno.ENOTDIR: "路径中有一段不是文件夹",
    errno.EEXIST: "已存在",
    errno.ENOTEMPTY: "文件夹不为空",
    errno.ENAMETOOLONG: "名称过长",
    errno.ELOOP: "符号链接循环",
    errno.EXDEV: "不在同一磁盘",
    errno.EFBIG: "文件过大",
    errno.EIO: "磁盘读写出错",
    errno.ENODEV: "没有此设备",
    errno.ENXIO: "没有此设备",
    errno.ESTALE: "网络磁盘已断开",
    errno.ENOTCONN: "网络磁盘已断开",
    errno.EBUSY: "正被占用",
    errno.ETXTBSY: "正被占用",
    errno.EAGAIN: "暂时不可用",
    errno.EMFILE: "打开的文件过多",
    errno.ENFILE: "打开的文件过多",
    errno.ENOMEM: "内存不足",
    errno.EINVAL: "系统不接受此操作",
    errno.ENOTSUP: "系统不支持此操作",
    errno.ETIMEDOUT: "超时",
    errno.ECONNREFUSED: "连接被拒绝",
    errno.EADDRINUSE: "端口已被占用",
    errno.EPIPE: "管道已断开",
}
# As engines in other languages pass errors on, and as Python writes them.
_NUMBERED = re.compile(r"\(os error (\d+)\)|\[Errno (\d+)\]|errno: (\d+)")
_LONGEST = 160


def said_of(error: BaseException) -> Bilingual:
    """Return the system's message in `error`, else its first line, else its type.

    >>> said_of(OSError(28, "No space left on device")).zh
    '磁盘已满'
    >>> said_of(ValueError("I/O error: Permission denied (os error 13)")).zh
    '没有权限'
    >>> said_of(ValueError("not a zip")).zh, str(said_of(EOFError()))
    ('not a zip', 'EOFError')
    """
    first = (str(error).splitlines() or [""])[0][:_LONGEST] or type(error).__name__
    if isinstance(error, OSError) and error.errno is not None:
        return _numbered(error.errno, error.strerror or first)
    numbered = _NUMBERED.search(first)
    if numbered:
        return _numbered(int(next(filter(None, numbered.groups()))), first)
    return Bilingual(first, first)


def _numbered(number: int, english: str) -> Bilingual:
    return Bilingual(english, _ZH.get(number, f"系统错误 {number}"))
