"""Bookkeeping: which file brought which rows, which stand aside and why, what a step took."""

from data_contracts.columns import date, integer, real, text, timestamp
from data_contracts.table import Table
from data_contracts.units import Unit

INGEST_LEDGER = Table(
    name="ingest_ledger",
    zh="导入台账",
    meaning="one row per file read: rows_read = rows_loaded + rows_quarantined + rows_duplicate",
    key=("export", "file_sha256"),
    columns=(
        text("export", "数据表", "contract the file was read as", required=True),
        text("file_name", "文件名", "name inside the exports folder", required=True),
        text("file_sha256", "文件指纹", "sha256 of the content", required=True),
        integer("file_bytes", "文件大小", "size in bytes", minimum=0),
        integer("rows_read", "读取行数", "data rows in the file", Unit.ROWS, minimum=0),
        integer("rows_loaded", "入库行数", "rows now standing in the table", Unit.ROWS, minimum=0),
        integer("rows_quarantined", "隔离行数", "rows set aside", Unit.ROWS, minimum=0),
        integer("rows_duplicate", "重复行数", "rows another row stands for", Unit.ROWS, minimum=0),
        date("first_day", "最早日期", "first business date in the file"),
        date("last_day", "最晚日期", "last business date in the file"),
        timestamp("latest_event_at", "最新事件时间", "freshness: latest event in the file"),
        text("ignored_columns", "忽略的列", "columns of the file the contract does not know"),
    ),
)

QUARANTINE = Table(
    name="quarantine",
    zh="隔离行",
    meaning="rows that could not be loaded: where they stand, and why",
    key=("export", "file_sha256", "row_number"),
    columns=(
        text("export", "数据表", "contract the file was read as", required=True),
        text("file_name", "文件名", "name inside the exports folder", required=True),
        text("file_sha256", "文件指纹", "sha256 of the file", required=True),
        integer(
            "row_number", "行号", "data row, 1 = first row after the header", Unit.ROWS, minimum=1
        ),
        text("column_name", "列名", "the first column that is wrong; empty: the row as a whole"),
        text("reason_code", "原因代码", "name of the broken rule", required=True),
        text("reason", "原因(英文)", "what is wrong and how to mend it", required=True),
        text("reason_zh", "原因", "the same in Chinese", required=True),
        text("raw_value", "原值", "the value as it stood; *** in personal columns"),
    ),
)

RUN_STEPS = Table(
    name="run_steps",
    zh="运行步骤",
    meaning="seconds, peak memory and rows of each step of a run",
    key=("as_of", "step"),
    partition="as_of",
    columns=(
        date("as_of", "截至日", "last fully known business day", required=True),
        text("step", "步骤", "asset or check", required=True),
        real("seconds", "耗时", "wall clock", Unit.SECONDS, minimum=0),
        real("peak_memory_mib", "内存峰值", "of the process", Unit.MEBIBYTES, minimum=0),
        integer("rows", "行数", "rows written", Unit.ROWS, minimum=0),
    ),
)

FALLBACKS = Table(
    name="fallbacks",
    zh="降级说明",
    meaning="what a step had to do without, in words: shown in the run card and the manifests",
    key=("as_of", "step", "code"),
    partition="as_of",
    columns=(
        date("as_of", "截至日", "last fully known business day", required=True),
        text("step", "步骤", "asset", required=True),
        text("code", "代码", "short name of the fallback", required=True),
        text("message", "说明(英文)", "what is missing and what was done instead", required=True),
        text("message_zh", "说明", "the same in Chinese", required=True),
    ),
)
