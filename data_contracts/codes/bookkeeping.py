"""Codes of the bookkeeping tables: what becomes of a file of the exports folder."""

from __future__ import annotations

from data_contracts.codes.code_list import Code


class FileStatus(Code):
    """What a run does with a file of the exports folder."""

    NEW = "new", "待导入"
    LOADED = "loaded", "已导入"  # its content is in the ledger, so it is skipped
    UNKNOWN = "unknown", "无法识别"  # no export fits, so it is rejected
    UNREADABLE = "unreadable", "无法读取"  # it cannot be opened
    IGNORED = "ignored", "不读取"  # no file of an export
