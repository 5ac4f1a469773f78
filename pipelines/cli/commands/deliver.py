"""Write a published list with the platform's ids, names and phones, for sending: `linli deliver`.

Everywhere else people are pseudonyms with masked names; no other command reads the vault for
output. The file is readable by its owner only; the audit log has its time, not its people. Consent
is checked again: people who refused since the list was published are left out, and so are people
whose phone number was refused under another id.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from assets.resources.files.private_files import put_new, unfinished_path
from assets.resources.outbox import outbox
from data_contracts.columns import text
from data_contracts.errors import LinliError
from data_contracts.lists import WAKE_UP, ListColumn
from pipelines.cli.choose_platform import one_platform
from pipelines.cli.console import err, escape, out
from pipelines.cli.days import parse_date
from pipelines.cli.home_lock import with_home_lock
from pipelines.cli.language import say
from pipelines.settings import Settings
from pipelines.web import audit

if TYPE_CHECKING:
    import pyarrow as pa

    from assets.ingest.consent.current_refusals import CurrentRefusals
    from assets.resources.vault.keys import PseudonymKey


STARTED, DELIVERED, NOT_DELIVERED = "started", "delivered", "not delivered"  # states in the audit
REFUSED, PHONE_REFUSED = "refused", "phone_refused"
REASONS = {
    REFUSED: (
        "they refused or were erased since the list was published",
        "清单生成后已拒绝或被删除",
    ),
    PHONE_REFUSED: (
        "their phone number was refused under another id",
        "同一手机号已用其他编号拒绝",
    ),
}
SHOWN_USERS, SHOWN_FILES = 20, 5
USER = WAKE_UP.source.column("user_id").zh

# Column of the published list → its replacement, and the column of the vault.
REVEALED = {
    "user_id": (
        ListColumn(text("platform_user_id", "平台用户编号", "the platform's id"), 20),
        "platform_user_id",
    ),
    "masked_name": (ListColumn(text("name", "姓名", "name, unmasked"), 12), "name"),
    "masked_phone": (ListColumn(text("phone", "手机号", "phone, unmasked"), 15), "phone"),
}


@with_home_lock("linli deliver")
def deliver(
    as_of: str,
    target: Path,
    exports: Path | None,
    home: Path | None,
    platform: str | None = None,
) -> None:
    """Write the wake-up list of a day with raw ids; raises LinliError if none is published."""
    parse_date(as_of)
    settings = one_platform(home=home, exports=exports, platform=platform)
    folder = settings.linli_home().lists_dir(WAKE_UP.name)
    day = _day(as_of, folder)
    version = outbox.current(folder, day)
    if version is None:
        raise LinliError(
            f"{folder}: no list of {day} is published; see: linli lists",
            f"{folder}：没有发布 {day} 的清单；可运行 linli lists 查看",
        )
    path = target.expanduser().resolve()
    if path in settle_unfinished(settings.home):
        _say_delivered_before(path)
        return
    _require_writable(path, settings)
    import pyarrow.parquet as pq

    from assets.ingest.consent.current_refusals import current_refusals
    from assets.ingest.consent.remembered_refusals import remember_files
    from assets.resources.outbox.spreadsheet import csv_bytes
    from assets.resources.outbox.workbook import Sheet, xlsx_bytes
    from assets.resources.vault.vault import Book

    lines = pq.read_table(version / WAKE_UP.file_name(day, "parquet"))
    linli = settings.linli_home()
    people = linli.vault.read(Book.PEOPLE)
    _require_known_people(lines, people, settings)
    refused = current_refusals(linli)
    remember_files(linli.vault, refused.files)
    kept, left_out = remove_refusals(lines, people, refused, linli.pseudonym_key_of_lake())
    columns, revealed, unknown = reveal(kept, people)
    if path.suffix == ".xlsx":
        content = xlsx_bytes([Sheet(WAKE_UP.zh, columns, revealed, 4)], day)
    else:
        content = csv_bytes(columns, revealed)
    facts = {
        "list": WAKE_UP.name,
        "day": day,
        "rows": kept.num_rows,
        "left_out": {reason: len(users) for reason, users in left_out.items()},
        "file": str(path),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    # before the file: if anything fails from here on, the audit log has the possible file
    audit.append_entry(settings.home, audit.DELIVERIES, state=STARTED, **facts)
    put_new(path, content)
    audit.append_entry(settings.home, audit.DELIVERIES, state=DELIVERED, **facts)
    rows = kept.num_rows
    out.print(
        say(
            f"{WAKE_UP.zh} {day}: {rows:,} rows with ids, names and phones: {path}",
            f"{WAKE_UP.zh} {day}：{rows:,} 行，含编号、姓名和电话：{path}",
        ),
        markup=False,
    )
    out.print(say("readable by you alone; delete it when it is sent", "仅您可读取；发送后请删除"))
    _say_left_out(left_out, refused, linli.exports_dir)
    if unknown:
        err.print(
            say(
                f"[yellow]not in the vault[/yellow] {unknown:,} rows: their cells are empty",
                f"[yellow]保险库中没有[/yellow] {unknown:,} 行：相应单元格为空",
            )
        )


def settle_unfinished(home: Path) -> set[Path]:
    """Complete the log of interrupted deliveries: remove partial files, record complete ones.

    Returns the complete files. The next delivery and the next erasure of a person call it first.
    """
    there = set()
    last = {line["file"]: line for line in audit.entries(home, audit.DELIVERIES) if "file" in line}
    for name, line in last.items():
        if line.get("state") != STARTED:
            continue
        path = Path(name)
        with suppress(OSError):  # the folder no longer exists
            unfinished_path(path).unlink()
        facts = {key: value for key, value in line.items() if key not in ("at", "state")}
        state = DELIVERED if _digest(path) == line.get("sha256") else NOT_DELIVERED
        audit.append_entry(home, audit.DELIVERIES, state=state, **facts)
        if state == DELIVERED:
            there.add(path)
    return there


def _say_delivered_before(path: Path) -> None:
    out.print(
        say(
            f"{path}: was delivered completely by an earlier, interrupted call; "
            "to check consent again, remove the file and run the command again",
            f"{path}：已由上次中断的命令完整交付；如需按当前授权重新生成，请先删除该文件再运行",
        ),
        markup=False,
    )


def _digest(path: Path) -> str | None:
    """Compute the sha256 of the file; None if it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def _require_known_people(lines: pa.Table, people: pa.Table, settings: Settings) -> None:
    """Raise LinliError if no person of the list is in the vault: it is of another platform."""
    import pyarrow.compute as pc

    users = lines.column(USER).combine_chunks()
    if len(users) and not pc.any(pc.is_in(users, people.column("user_id"))).as_py():
        raise LinliError(
            f"the vault of {settings.exports} has none of the {len(users):,} people of this list; "
            "name the exports or the platform of the list with --exports or --platform",
            f"保险库（{settings.exports}）不认识清单中的任何人（{len(users):,} 人）；"
            "请用 --exports 或 --platform 指明生成该清单的文件夹或平台",
        )


def remove_refusals(
    lines: pa.Table, people: pa.Table, refused: CurrentRefusals, key: PseudonymKey
) -> tuple[pa.Table, dict[str, list[str]]]:
    """Return the lines that may be sent, and the pseudonyms left out per reason."""
    import pyarrow as pa

    phones = dict(zip(*(people.column(c).to_pylist() for c in ("user_id", "phone")), strict=True))
    left_out: dict[str, list[str]] = {}
    keep = []
    for user in lines.column(USER).to_pylist():
        reason = None
        if user in refused.users:
            reason = REFUSED
        elif refused.has_phone(phones.get(user) or "", key):
            reason = PHONE_REFUSED
        if reason is not None:
            left_out.setdefault(reason, []).append(user)
        keep.append(reason is None)
    return lines.filter(pa.array(keep, pa.bool_())), left_out


def _say_left_out(left_out: dict[str, list[str]], refused: CurrentRefusals, exports: Path) -> None:
    """Print who was left out and why, by pseudonym, and which files are not loaded yet."""
    for reason, users in left_out.items():
        shown = ", ".join(users[:SHOWN_USERS]) + (" …" if len(users) > SHOWN_USERS else "")
        why, why_zh = REASONS[reason]
        err.print(
            say(
                f"[yellow]left out[/yellow] {len(users):,}: {why}: {shown}",
                f"[yellow]未列入[/yellow] {len(users):,} 人，{why_zh}：{shown}",
            )
        )
    if refused.read_files:
        names = _files(refused.read_files)
        err.print(
            say(
                f"[yellow]not loaded yet[/yellow] {names}: refusals in them are applied",
                f"[yellow]尚未导入[/yellow] {names}：其中的拒绝已计入",
            )
        )
    if refused.rows_with_words:
        most = sorted(refused.rows_with_words.items(), key=lambda file_and_rows: -file_and_rows[1])
        more = " …" if len(most) > SHOWN_FILES else ""
        named = [(header, name, rows) for (header, name), rows in most[:SHOWN_FILES]]
        english = escape(", ".join(f"{header} of {name} {rows:,}" for header, name, rows in named))
        chinese = escape(
            "、".join(f"{name} 的“{header}” {rows:,} 行" for header, name, rows in named)
        )
        err.print(
            say(
                f"[yellow]in words[/yellow] {english}{more}: rows with a word of refusal (such as "
                "黑名单) under a header not about consent; these people are left out",
                f"[yellow]按词语拒绝[/yellow] {chinese}{more}：表头与授权无关，但其中的词语（如"
                "黑名单）表示拒绝；这些人不会列入",
            )
        )
    if refused.from_missing_files:
        names = _files(list(refused.from_missing_files))
        many = sum(refused.from_missing_files.values())
        err.print(
            say(
                f"[yellow]still refused[/yellow] {many:,} by {names}: the file is gone or "
                "no longer has refusals; to retract one, put a file of that name with the "
                "others into the exports folder",
                f"[yellow]仍视为拒绝[/yellow] {many:,} 条，来自 {names}：文件已不在或不再含拒绝"
                "信息；如需撤回，请把去掉该人的同名文件放入导出文件夹",
            )
        )
    if refused.unloaded_files:
        names = _files(refused.unloaded_files)
        err.print(
            say(
                f"[yellow]not loaded yet[/yellow] {names}: the list does not include them; to "
                "include them, run linli run",
                f"[yellow]尚未导入[/yellow] {names}：清单未包含其内容；如需包含请运行 linli run",
            )
        )
    if rows := refused.unattributed_rows:
        err.print(
            say(
                f"[yellow]whose?[/yellow] {rows:,} refusals are in quarantined rows "
                "without a readable id; correct them and put them into the exports folder before "
                "you send",
                f"[yellow]归属不明[/yellow] 隔离的行中有 {rows:,} 条拒绝记录没有可读的"
                "用户编号；请改正后放入导出文件夹，再发送",
            )
        )
    if ids := refused.unknown_ids:
        err.print(
            say(
                f"[yellow]unknown[/yellow] {ids:,} refusals have an id that no file "
                "has; if their format differs from the exports, correct them before you send",
                f"[yellow]未知编号[/yellow] 有 {ids:,} 条拒绝记录的用户编号从未出现过；"
                "如写法与导出文件不同，请改正后再发送",
            )
        )
    if not exports.is_dir():
        err.print(
            say(
                f"[yellow]not checked[/yellow] {escape(str(exports))} does not exist: refusals "
                "since the last run are unknown",
                f"[yellow]未查看[/yellow] {escape(str(exports))} 不存在："
                "不知道上次运行后又有谁拒绝",
            )
        )


def _files(names: list[str]) -> str:
    return escape(", ".join(names[:SHOWN_FILES])) + (" …" if len(names) > SHOWN_FILES else "")


def reveal(lines: pa.Table, people: pa.Table) -> tuple[tuple[ListColumn, ...], pa.Table, int]:
    """Return the list's columns and rows with values of the vault, and the number of rows without.

    `lines`: the published Parquet, Chinese headers. `people`: book PEOPLE.
    """
    import pyarrow as pa

    by_user = {row["user_id"]: row for row in people.to_pylist()}
    users = lines.column(USER).to_pylist()
    people_of_rows = [by_user.get(user, {}) for user in users]
    columns, arrays = [], []
    for column in WAKE_UP.columns:
        revealed = REVEALED.get(column.column.name)
        if revealed is None:
            columns.append(column)
            arrays.append(lines.column(column.header))
        else:
            columns.append(revealed[0])
            arrays.append(pa.array([row.get(revealed[1]) for row in people_of_rows], pa.string()))
    shown = pa.table(arrays, names=[column.header for column in columns])
    return tuple(columns), shown, sum(1 for row in people_of_rows if not row)


def _day(as_of: str, folder: Path) -> date:
    day = parse_date(as_of)
    if day is not None:
        return day
    days = outbox.published_days(folder)
    if not days:
        raise LinliError(f"{folder}: no list is published yet", f"{folder}：还没有发布过清单")
    return days[-1]


def _require_writable(path: Path, settings: Settings) -> None:
    if path.suffix not in (".csv", ".xlsx"):
        raise LinliError(
            f"{path.name}: call it .csv or .xlsx", f"{path.name}：文件名须以 .csv 或 .xlsx 结尾"
        )
    if path.exists():
        raise LinliError(
            f"{path}: exists already; name another with --out",
            f"{path}：已存在；请用 --out 指定其他文件",
        )
    if not path.parent.is_dir():
        raise LinliError(
            f"{path.parent}: no such folder; create it, or name another file with --out",
            f"{path.parent}：没有这个文件夹；请先建立，或用 --out 指定其他文件",
        )
    shared = [settings.home / "lists", settings.home / "reports", settings.exports]
    if any(path.is_relative_to(folder) for folder in shared):
        raise LinliError(
            f"{path}: other people read this folder; choose one that only you can read",
            f"{path}：他人也会读取此文件夹；请写到只有您能读取的位置",
        )
