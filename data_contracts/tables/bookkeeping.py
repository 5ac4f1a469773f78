"""Bookkeeping: which file brought which rows, which stand aside and why, what a step took."""

from data_contracts.columns import date, flag, integer, money, real, text, timestamp, user_id
from data_contracts.table import Table
from data_contracts.units import Unit

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
        integer("rows_loaded", "入库行数", "rows now standing in the table", Unit.ROWS, minimum=0),
        integer("rows_quarantined", "隔离行数", "rows set aside", Unit.ROWS, minimum=0),
        integer("rows_duplicate", "重复行数", "rows another row stands for", Unit.ROWS, minimum=0),
        integer(
            "rows_superseded",
            "被更正行数",
            "rows taken back because a corrected file of the same name came, and rows set aside "
            "of which a mended or later one came",
            Unit.ROWS,
            minimum=0,
        ),
        integer(
            "rows_forgotten",
            "已删除个人行数",
            "rows of people who asked to be forgotten",
            Unit.ROWS,
            minimum=0,
        ),
        integer("rows_repaired", "修复行数", "rows with a repaired value", Unit.ROWS, minimum=0),
        money("money_read_yuan", "源文件金额", "amount of every row of the file", minimum=None),
        money("money_kept_yuan", "入库净额", "loaded, less what was given back", minimum=None),
        money(
            "money_given_back_yuan",
            "取消与退款",
            "cancelled or refunded on rows loaded",
            minimum=None,
        ),
        money("money_quarantined_yuan", "隔离金额", "on rows set aside", minimum=None),
        money("money_duplicate_yuan", "重复金额", "on duplicate rows", minimum=None),
        money("money_superseded_yuan", "被更正金额", "on rows taken back", minimum=None),
        money("money_forgotten_yuan", "已删除个人金额", "on rows forgotten", minimum=None),
        integer(
            "rows_without_amount",
            "金额不可读行数",
            "rows whose amount is absent or not readable; they count as 0 yuan",
            Unit.ROWS,
            minimum=0,
        ),
        date("first_day", "最早日期", "first day in the file's good rows"),
        date("last_day", "最晚日期", "last day in the file's good rows"),
        timestamp("latest_event_at", "最新事件时间", "freshness: latest event in the file"),
        text("ignored_columns", "忽略的列", "columns of the file nothing was read from"),
        text("ignored_sheets", "忽略的工作表", "sheets of the workbook nothing was read from"),
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
    meaning="how many values of a file were repaired, or made of others, by column and kind",
    key=("export", "file_sha256", "column_name", "kind"),
    columns=(
        text("export", "数据表", "contract the file was read as", required=True),
        text("file_name", "文件名", "name inside the exports folder", required=True),
        text("file_sha256", "文件指纹", "sha256 of the content", required=True),
        text("column_name", "列名", "column whose value was repaired", required=True),
        text("kind", "修复类型", "kind of repair", required=True),
        integer("rows", "行数", "rows repaired so", Unit.ROWS, minimum=0),
    ),
)

QUARANTINE = Table(
    name="quarantine",
    zh="隔离行",
    meaning="rows that could not be loaded and that no later row stands for: where, and why",
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
        text(
            "raw_value",
            "原值",
            "the value as it stood; *** in personal columns, mobile numbers masked everywhere",
        ),
        text("raw_text", "原始行", "the row as it stood, header=value; masked the same way"),
        user_id(),
        money("amount_yuan", "金额", "amount of the row; empty: not readable", minimum=None),
        text(
            "row_key",
            "主键指纹",
            "keyed fingerprint of the row's natural key; empty: the key is not readable",
        ),
        timestamp("row_updated_at", "行更新时间", "version of the row, where it reads"),
        text(
            "mends_sha256",
            "所更正文件指纹",
            "content this row was handed back from; empty: the row was not handed back",
        ),
        integer(
            "mends_row_number",
            "所更正行号",
            "row of that content it was meant to mend",
            Unit.ROWS,
            minimum=1,
        ),
    ),
)

# What a file said of being contacted, and where.
_ANSWER = (
    flag("refused", "是否拒绝", "true: a refusal, false: a consent", required=True),
    text("file_name", "文件名", "name of the file that said it", required=True),
    integer("row_number", "行号", "data row of it", Unit.ROWS, required=True, minimum=1),
    text("file_sha256", "文件指纹", "sha256 of the file", required=True),
    flag("stands", "是否现行", "nothing later says the opposite", required=True),
)

CONSENT_WORDS = Table(
    name="consent_words",
    zh="营销意愿记录",
    meaning="of each user the newest refusal and the newest consent a users file said in words",
    key=("user_id", "refused"),
    columns=(
        user_id(required=True),
        *_ANSWER,
    ),
)

CONTACT_ANSWERS = Table(
    name="contact_answers",
    zh="触达答复记录",
    meaning="of each contact that was refused once, the newest refusal and the newest consent a "
    "contacts file said in words",
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
