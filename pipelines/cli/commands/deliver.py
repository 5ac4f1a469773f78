"""`linli deliver`: a published list with the platform's ids, names and phones, for those who send.

Everywhere else people are pseudonyms with masked names. This is the one door out of the vault: the
file is readable by its owner only, and the audit notes when it was written, not whom it names.
Consent is asked for again at this door: who refused since the list was made is left out, and so is
whose phone somebody else refused.
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
from pipelines.cli.home_lock import alone
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
        "they refused or were removed since the list was made",
        "清单生成后已拒绝或被删除",
    ),
    PHONE_REFUSED: (
        "their phone is that of somebody who refused under another id",
        "同一手机号已用其他编号拒绝",
    ),
}
SHOWN_USERS, SHOWN_FILES = 20, 5
USER = WAKE_UP.source.column("user_id").zh

# Column of the published list → what takes its place, and the vault's name of it.
REVEALED = {
    "user_id": (
        ListColumn(text("platform_user_id", "平台用户编号", "the platform's id"), 20),
        "platform_user_id",
    ),
    "masked_name": (ListColumn(text("name", "姓名", "name, unmasked"), 12), "name"),
    "masked_phone": (ListColumn(text("phone", "手机号", "phone, unmasked"), 15), "phone"),
}


@alone("linli deliver")
def deliver(
    as_of: str,
    target: Path,
    exports: Path | None,
    home: Path | None,
    platform: str | None = None,
) -> None:
    """Write the wake-up list of a day with raw ids; raises LinliError when there is none."""
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
    _refuse(path, settings)
    import pyarrow.parquet as pq

    from assets.ingest.consent.current_refusals import current_refusals
    from assets.ingest.consent.remembered_refusals import remember_files
    from assets.resources.outbox.spreadsheet import Sheet, csv_bytes, xlsx_bytes
    from assets.resources.vault.vault import Book

    lines = pq.read_table(version / WAKE_UP.file_name(day, "parquet"))
    linli = settings.linli_home()
    people = linli.vault.read(Book.PEOPLE)
    _refuse_strangers(lines, people, settings)
    refused = current_refusals(linli)
    remember_files(linli.vault, refused.files)
    kept, left_out = consenting(lines, people, refused, linli.pseudonym_key_of_lake())
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
    # before the file: whatever stops what follows, the audit knows that it may be there
    audit.note(settings.home, audit.DELIVERIES, state=STARTED, **facts)
    put_new(path, content)
    audit.note(settings.home, audit.DELIVERIES, state=DELIVERED, **facts)
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
    """Look after deliveries that were cut off: remove what is half written, and note what is there.

    Returns the files that are there, whole. The next delivery and the next removal of a person call
    it first.
    """
    there = set()
    last = {line["file"]: line for line in audit.noted(home, audit.DELIVERIES) if "file" in line}
    for name, line in last.items():
        if line.get("state") != STARTED:
            continue
        path = Path(name)
        with suppress(OSError):  # a folder that is gone has nothing left in it
            unfinished_path(path).unlink()
        facts = {key: value for key, value in line.items() if key not in ("at", "state")}
        state = DELIVERED if _digest(path) == line.get("sha256") else NOT_DELIVERED
        audit.note(home, audit.DELIVERIES, state=state, **facts)
        if state == DELIVERED:
            there.add(path)
    return there


def _say_delivered_before(path: Path) -> None:
    out.print(
        say(
            f"{path}: was delivered whole by a call that was cut off before it could say so; "
            "remove the file and call again for one that asks for consent now",
            f"{path}：已由上次中断的命令完整交付；如需按当前授权重新生成，请先删除该文件再运行",
        ),
        markup=False,
    )


def _digest(path: Path) -> str | None:
    """sha256 of the file; None where it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def _refuse_strangers(lines: pa.Table, people: pa.Table, settings: Settings) -> None:
    """Raise LinliError where the vault knows nobody of the list: it is another platform's."""
    import pyarrow.compute as pc

    users = lines.column(USER).combine_chunks()
    if len(users) and not pc.any(pc.is_in(users, people.column("user_id"))).as_py():
        raise LinliError(
            f"the vault of {settings.exports} knows nobody of the {len(users):,} people of this "
            "list; name the folder or the platform it was made of with --exports or --platform",
            f"保险库（{settings.exports}）不认识清单中的任何人（{len(users):,} 人）；"
            "请用 --exports 或 --platform 指明生成该清单的文件夹或平台",
        )


def consenting(
    lines: pa.Table, people: pa.Table, refused: CurrentRefusals, key: PseudonymKey
) -> tuple[pa.Table, dict[str, list[str]]]:
    """The lines that may be sent, and the pseudonyms left out by reason."""
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
    """Who was left out and why, by pseudonym; and what the list does not know yet."""
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
                f"[yellow]not loaded yet[/yellow] {names}: refusals in them are heeded",
                f"[yellow]尚未导入[/yellow] {names}：其中的拒绝已计入",
            )
        )
    if refused.rows_with_words:
        most = sorted(refused.rows_with_words.items(), key=lambda found: -found[1])
        more = " …" if len(most) > SHOWN_FILES else ""
        named = [(header, name, rows) for (header, name), rows in most[:SHOWN_FILES]]
        english = escape(", ".join(f"{header} of {name} {rows:,}" for header, name, rows in named))
        chinese = escape(
            "、".join(f"{name} 的“{header}” {rows:,} 行" for header, name, rows in named)
        )
        err.print(
            say(
                f"[yellow]in words[/yellow] {english}{more}: rows in which a word refuses (such as "
                "黑名单), though the header says nothing of consent; these people are left out",
                f"[yellow]按词语拒绝[/yellow] {chinese}{more}：表头与授权无关，但其中的词语（如"
                "黑名单）表示拒绝；这些人不会列入",
            )
        )
    if refused.from_missing_files:
        names = _files(list(refused.from_missing_files))
        many = sum(refused.from_missing_files.values())
        err.print(
            say(
                f"[yellow]still refused[/yellow] {many:,} by {names}, though the file is gone or "
                "says nothing of refusals any more; to take one back, put a file of that name "
                "with the others into the exports folder",
                f"[yellow]仍视为拒绝[/yellow] {many:,} 条，来自 {names}：文件已不在或不再含拒绝"
                "信息；如需撤回，请把去掉该人的同名文件放入导出文件夹",
            )
        )
    if refused.unloaded_files:
        names = _files(refused.unloaded_files)
        err.print(
            say(
                f"[yellow]not loaded yet[/yellow] {names}: the list does not know them; run "
                "linli run for one that does",
                f"[yellow]尚未导入[/yellow] {names}：清单未包含其内容；如需包含请运行 linli run",
            )
        )
    if rows := refused.unattributed_rows:
        err.print(
            say(
                f"[yellow]whose?[/yellow] {rows:,} refusals stand in rows set aside "
                "without a readable id; mend them and put them into the exports folder before you "
                "send",
                f"[yellow]归属不明[/yellow] 隔离的行中有 {rows:,} 条拒绝记录没有可读的"
                "用户编号；请改正后放入导出文件夹，再发送",
            )
        )
    if ids := refused.unknown_ids:
        err.print(
            say(
                f"[yellow]unknown[/yellow] {ids:,} refusals name an id that no file "
                "has; if they are written otherwise than in the exports, correct them before you "
                "send",
                f"[yellow]未知编号[/yellow] 有 {ids:,} 条拒绝记录的用户编号从未出现过；"
                "如写法与导出文件不同，请改正后再发送",
            )
        )
    if not exports.is_dir():
        err.print(
            say(
                f"[yellow]not looked at[/yellow] {escape(str(exports))} is not there: who refused "
                "since the last run is not known",
                f"[yellow]未查看[/yellow] {escape(str(exports))} 不存在：不知道上次运行后谁已拒绝",
            )
        )


def _files(names: list[str]) -> str:
    return escape(", ".join(names[:SHOWN_FILES])) + (" …" if len(names) > SHOWN_FILES else "")


def reveal(lines: pa.Table, people: pa.Table) -> tuple[tuple[ListColumn, ...], pa.Table, int]:
    """Columns and rows of the list with what the vault knows; and how many rows it does not.

    `lines`: the published Parquet, Chinese headers. `people`: book PEOPLE.
    """
    import pyarrow as pa

    by_user = {row["user_id"]: row for row in people.to_pylist()}
    users = lines.column(USER).to_pylist()
    known = [by_user.get(user, {}) for user in users]
    columns, arrays = [], []
    for column in WAKE_UP.columns:
        place = REVEALED.get(column.column.name)
        if place is None:
            columns.append(column)
            arrays.append(lines.column(column.header))
        else:
            columns.append(place[0])
            arrays.append(pa.array([row.get(place[1]) for row in known], pa.string()))
    shown = pa.table(arrays, names=[column.header for column in columns])
    return tuple(columns), shown, sum(1 for row in known if not row)


def _day(as_of: str, folder: Path) -> date:
    day = parse_date(as_of)
    if day is not None:
        return day
    days = outbox.published_days(folder)
    if not days:
        raise LinliError(f"{folder}: no list is published yet", f"{folder}：还没有发布过清单")
    return days[-1]


def _refuse(path: Path, settings: Settings) -> None:
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
            f"{path.parent}: there is no such folder; make it, or name another file with --out",
            f"{path.parent}：没有这个文件夹；请先建立，或用 --out 指定其他文件",
        )
    shared = [settings.home / "lists", settings.home / "reports", settings.exports]
    if any(path.is_relative_to(folder) for folder in shared):
        raise LinliError(
            f"{path}: others read this folder; write it where only you do",
            f"{path}：他人也会读取此文件夹；请写到只有您能读取的位置",
        )
