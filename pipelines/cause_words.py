"""Why a run failed, in a few words that others may read: its kind, never a value of a row."""

from __future__ import annotations

from data_contracts.messages import Said

STOPPED = "stopped"
_WORDS = {
    "disk_full": Said("the disk was full", "磁盘已满"),
    "disk_error": Said("the disk failed", "磁盘读写出错"),
    "read_only": Said("the disk could only be read", "磁盘为只读"),
    "permission": Said("a right to read or write was missing", "没有读写权限"),
    "memory": Said("memory did not do", "内存不足"),
    "query_memory": Said("memory did not do", "内存不足"),
    "killed": Said("a process was killed", "进程被系统终止"),
    "open_files": Said("too many files were open", "打开的文件过多"),
    "conflict": Said("another run wrote at the same time", "与另一个运行同时写入"),
    "store_busy": Said("Dagster's store was busy", "Dagster 的存储被占用"),
    "export": Said("an export could not be read or was refused", "有导出文件无法读取或被拒收"),
    "no_data": Said("there is no data of that day", "没有当天的数据"),
    "empty_list": Said("the list would have been empty", "清单为空"),
    "stranger": Said("it is not known which platform it is of", "不知道属于哪个平台"),
    "linli": Said("a setting or a file is to be mended", "有设置或文件需要改正"),
    "stated": Said("platform.toml or a mapping is to be mended", "platform.toml 或映射需要改正"),
    "given": Said("what was given is not what is taken", "给出的内容不符合要求"),
    "unbalanced": Said("rows do not add up", "行数对不上"),
    STOPPED: Said("", ""),  # what failed says it already
}
_UNEXPECTED = Said("an unexpected error", "意外错误")


def in_few_words(code: str) -> Said:
    """Say what a cause's code means.

    >>> in_few_words("disk_full").zh, in_few_words("key").zh
    ('磁盘已满', '意外错误')
    """
    return _WORDS.get(code, _UNEXPECTED)
