"""Summarise why a run failed, for readers of the lists: the kind of error, never a row's value."""

from __future__ import annotations

from data_contracts.messages import Bilingual

STOPPED = "stopped"
_SUMMARIES = {
    "disk_full": Bilingual("the disk was full", "磁盘已满"),
    "disk_error": Bilingual("the disk failed", "磁盘读写出错"),
    "read_only": Bilingual("the disk could only be read", "磁盘为只读"),
    "permission": Bilingual("permission to read or write was missing", "没有读写权限"),
    "memory": Bilingual("memory ran out", "内存不足"),
    "query_memory": Bilingual("memory ran out", "内存不足"),
    "killed": Bilingual("a process was killed", "进程被系统终止"),
    "open_files": Bilingual("too many files were open", "打开的文件过多"),
    "conflict": Bilingual("another run wrote at the same time", "与另一个运行同时写入"),
    "store_busy": Bilingual("Dagster's store was busy", "Dagster 的存储被占用"),
    "export": Bilingual(
        "an export could not be read or was refused", "有导出文件无法读取或未被导入"
    ),
    "no_data": Bilingual("that day has no data", "没有当天的数据"),
    "empty_list": Bilingual("the list would have been empty", "清单为空"),
    "stranger": Bilingual("the platform of the exports is unknown", "不知道属于哪个平台"),
    "linli": Bilingual("a setting or a file needs correction", "有设置或文件需要改正"),
    "stated": Bilingual(
        "platform.toml or a mapping needs correction", "platform.toml 或映射需要改正"
    ),
    "given": Bilingual("an argument or input is not valid", "给出的内容不符合要求"),
    "checks_failed": Bilingual("a quality check failed", "质量检查未通过"),
    "unbalanced": Bilingual("rows do not add up", "行数对不上"),
    STOPPED: Bilingual("", ""),  # `failed_at` says it already
}
_UNEXPECTED = Bilingual("an unexpected error", "意外错误")


def summary_of_code(code: str) -> Bilingual:
    """Return the summary of a cause's code, in both languages.

    >>> summary_of_code("disk_full").zh, summary_of_code("key").zh
    ('磁盘已满', '意外错误')
    """
    return _SUMMARIES.get(code, _UNEXPECTED)
