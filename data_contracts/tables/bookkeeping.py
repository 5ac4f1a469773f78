"""Bookkeeping tables: files of the exports folder, rows per file, quarantined rows and reasons,
consent answers, run steps."""

from data_contracts.codes.bookkeeping import FileStatus
from data_contracts.columns import code, date, flag, integer, money, real, text, timestamp, user_id
from data_contracts.table import Table
from data_contracts.units import Unit

INBOX_MANIFEST = Table(
    name="inbox_manifest",
    zh="收件箱清单",
    meaning="every file of the exports folder as the last run found it: its content, how it is "
    "read, and what the run does with it",
    key=("file_name",),
    columns=(
        text("file_name", "文件名", "name inside the exports folder", required=True),
        code("status", "状态", "what the run does with the file", FileStatus, required=True),
        text("file_sha256", "文件指纹", "sha256 of the content; empty: it was not read"),
        integer("file_bytes", "文件大小", "size in bytes", minimum=0),
        text("export", "数据表", "contract the file is read as; empty: none"),
        text("preset", "导出模板", "preset and version its headers are read by"),
        text("file_format", "文件格式", "container, encoding and separator it is read with"),
        text("sheets", "工作表", "sheets of a workbook that are read, joined by +"),
        text("reason", "原因(英文)", "why it is not loaded; mobile numbers are masked"),
        text("reason_zh", "原因", "the same in Chinese"),
        text(
            "file_mark",
            "文件标记",
            "size, times in nanoseconds and number on its disk: the same while it is unchanged",
        ),
        text(
            "header_match",
            "表头匹配",
            "how its headers are read, as JSON, so that an unchanged file is not opened again",
        ),
        text(
            "identified_by",
            "识别依据",
            "digest of code, mappings and platform.toml that it was identified by",
        ),
    ),
)

INGEST_LEDGER = Table(
    name="ingest_ledger",
    zh="导入台账",
    meaning="one row per content read: rows_read = rows_loaded + rows_quarantined + "
    "rows_duplicate + rows_superseded + rows_forgotten, and the same of the money",
    key=("export", "file_sha256"),
    columns=(
        text("export", "数据表", "contract the file was read as", required=True),
        text("file_name", "文件名", "name inside the exports folder", required=True),
        text("file_sha256", "文件指纹", "sha256 of the content", required=True),
        integer("file_bytes", "文件大小", "size in bytes", minimum=0),
        text("file_format", "文件格式", "container, encoding and separator it was read with"),
        text("preset", "导出模板", "preset and version its headers were read by"),
        integer("rows_read", "读取行数", "data rows in the file", Unit.ROWS, minimum=0),
        integer("rows_loaded", "导入行数", "rows stored in the table now", Unit.ROWS, minimum=0),
        integer("rows_quarantined", "隔离行数", "rows in the quarantine", Unit.ROWS, minimum=0),
        integer(
            "rows_duplicate",
            "重复行数",
            "rows replaced by another row of the same key",
            Unit.ROWS,
            minimum=0,
        ),
        integer(
            "rows_superseded",
            "被更正行数",
            "rows retracted because a corrected file of the same name came, and quarantined rows "
            "that a corrected or later row superseded",
            Unit.ROWS,
            minimum=0,
        ),
        integer(
            "rows_forgotten",
            "已删除个人行数",
            "rows of people who were erased at their request",
            Unit.ROWS,
            minimum=0,
        ),
        integer("rows_repaired", "修复行数", "rows with a repaired value", Unit.ROWS, minimum=0),
        money("money_read_yuan", "源文件金额", "amount of every row of the file", minimum=None),
        money(
            "money_kept_yuan",
            "导入净额",
            "amount loaded, less cancellations and refunds",
            minimum=None,
        ),
        money(
            "money_given_back_yuan",
            "取消与退款",
            "cancelled or refunded on rows loaded",
            minimum=None,
        ),
        money("money_quarantined_yuan", "隔离金额", "on quarantined rows", minimum=None),
        money("money_duplicate_yuan", "重复金额", "on duplicate rows", minimum=None),
        money("money_superseded_yuan", "被更正金额", "on superseded rows", minimum=None),
        money("money_forgotten_yuan", "已删除个人金额", "on rows of erased people", minimum=None),
        integer(
            "rows_without_amount",
            "金额不可读行数",
            "rows whose amount is missing or unreadable; they count as 0 yuan",
            Unit.ROWS,
            minimum=0,
        ),
        date("first_day", "最早日期", "first day in the file's good rows"),
        date("last_day", "最晚日期", "last day in the file's good rows"),
        timestamp("latest_event_at", "最新事件时间", "freshness: latest event in the file"),
        text("ignored_columns", "忽略的列", "columns of the file that were not read"),
        text("ignored_sheets", "忽略的工作表", "sheets of the workbook that were not read"),
        text("superseded_by", "更正文件指纹", "sha256 of the corrected file of the same name"),
        text(
            "product_unit_columns",
            "按商品单位计的列",
            "columns that count in the unit of the product where a row names no unit; absent in "
            "rows of earlier versions",
        ),
    ),
)

REPAIRS = Table(
    name="repairs",
    zh="清洗修复",
    meaning="number of values of a file that were repaired or derived, by column and kind",
    key=("export", "file_sha256", "column_name", "kind"),
    columns=(
        text("export", "数据表", "contract the file was read as", required=True),
        text("file_name", "文件名", "name inside the exports folder", required=True),
        text("file_sha256", "文件指纹", "sha256 of the content", required=True),
        text("column_name", "列名", "column whose value was repaired", required=True),
        text("kind", "修复类型", "kind of repair", required=True),
        integer("rows", "行数", "rows with this repair", Unit.ROWS, minimum=0),
    ),
)

QUARANTINE = Table(
    name="quarantine",
    zh="隔离行",
    meaning="rows that could not be loaded and that no later row supersedes: position and reason",
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
        text("reason", "原因(英文)", "what is wrong and how to correct it", required=True),
        text("reason_zh", "原因", "the same in Chinese", required=True),
        text(
            "raw_value",
            "原值",
            "the value in the file; *** in personal columns, mobile numbers masked everywhere",
        ),
        text("raw_text", "原始行", "the row in the file, header=value; masked the same way"),
        user_id(),
        money("amount_yuan", "金额", "amount of the row; empty: not readable", minimum=None),
        text(
            "row_key",
            "主键指纹",
            "keyed fingerprint of the row's natural key; empty: the key is not readable",
        ),
        timestamp("row_updated_at", "行更新时间", "version of the row; empty: not readable"),
        text(
            "mends_sha256",
            "所更正文件指纹",
            "content this row of a returned file corrects; empty: not from a returned file",
        ),
        integer(
            "mends_row_number",
            "所更正行号",
            "row of that content that it corrects",
            Unit.ROWS,
            minimum=1,
        ),
    ),
)

# An answer about being contacted, and where it was read.
_ANSWER = (
    flag("refused", "是否拒绝", "true: a refusal, false: a consent", required=True),
    text("file_name", "文件名", "name of the file with the answer", required=True),
    integer("row_number", "行号", "data row of the answer", Unit.ROWS, required=True, minimum=1),
    text("file_sha256", "文件指纹", "sha256 of the file", required=True),
    flag("stands", "是否现行", "no later answer says the opposite", required=True),
)

CONSENT_WORDS = Table(
    name="consent_words",
    zh="营销意愿记录",
    meaning="newest refusal and newest consent of each user, as a users file states them in words",
    key=("user_id", "refused"),
    columns=(
        user_id(required=True),
        *_ANSWER,
    ),
)

CONTACT_ANSWERS = Table(
    name="contact_answers",
    zh="触达答复记录",
    meaning="newest refusal and newest consent of each contact that was ever refused, as a "
    "contacts file states them in words",
    key=("contact_id", "user_id", "refused"),
    columns=(
        text("contact_id", "触达编号", "id of the contact", required=True),
        user_id(required=True),
        *_ANSWER,
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
    meaning="missing inputs of a step and the fallback used, in words, for run card and manifests",
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

# what a published list says of where it comes from
PROVENANCE_TABLES = (INGEST_LEDGER, FALLBACKS, RUN_STEPS)
