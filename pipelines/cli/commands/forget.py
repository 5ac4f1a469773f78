"""`linli forget`: a person out of every lake, list, quarantine file and vault, and the proof."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from assets.resources.home import LinliHome
from assets.resources.outbox import outbox
from data_contracts.errors import LinliError
from data_contracts.lists import WAKE_UP
from pipelines.cli.choose_platform import one_platform
from pipelines.cli.commands.deliver import settle_unfinished
from pipelines.cli.console import err, escape, out
from pipelines.cli.home_lock import with_home_lock
from pipelines.cli.language import say
from pipelines.web import audit

if TYPE_CHECKING:
    from assets.ingest.privacy.erase import ErasureReport
    from assets.resources.person_search.mentions import Person
    from assets.resources.person_search.people_lookup import ResolvedPerson


SHOWN_PLACES, SHOWN_HOLDERS = 5, 20


@with_home_lock("linli forget")
def forget(
    user: str,
    exports: Path | None,
    home: Path | None,
    platform: str | None = None,
    *,
    is_sure: bool,
) -> None:
    """Erase the user and verify that no file names them; raises LinliError if one still does."""
    raw = (sys.stdin.readline() if user == "-" else user).strip()
    if not raw:
        raise LinliError(
            "no user id was given; write it, or - to read it from standard input",
            "未给出用户编号；请写出编号，或用 - 从标准输入读取",
        )
    settings = one_platform(home=home, exports=exports, platform=platform)
    linli = settings.linli_home()
    if not (linli.root / "lake").is_dir():
        raise LinliError(
            f"{linli.root}: nothing was loaded here", f"{linli.root}：这里没有导入过任何数据"
        )
    from assets.ingest.privacy.erase import erase_person, finish_erasure
    from assets.ingest.privacy.erasure_plan import PLAN_FILE
    from assets.ingest.privacy.verify_erasure import find_in_vaults, find_mentions
    from assets.resources.person_search.people_lookup import load_person, resolve_person

    lakes = linli.lakes()
    vaults = [vault for _, vault in lakes]
    plans = [lake.place / PLAN_FILE for lake, _ in lakes]
    pseudonym = linli.pseudonym_key().pseudonym(raw)
    # an interrupted erasure may already have removed the id from the vault
    if not any(plan.is_file() for plan in plans):
        raw = _id_of(resolve_person(raw, pseudonym, vaults))
        pseudonym = linli.pseudonym_key().pseudonym(raw)
    if not is_sure:
        _ask()
    settle_unfinished(settings.home)
    person = load_person(raw, pseudonym, vaults)
    homes = [linli.of(platform) for platform in linli.platforms.all([linli.exports_dir])]
    homes = homes if len(homes) > 1 else [linli]
    days_of = [_days_naming(each, pseudonym) for each in homes]
    removed = erase_person(linli.root, lakes, person, lists=sum(map(len, days_of)))
    for each, named in zip(homes, days_of, strict=True):
        _publish_without(each, pseudonym, named)
        _publish_views(each)
    days = sorted({day for named in days_of for day in named})
    # the search needs the person's values in the vault, so they are erased last
    mentions = find_mentions(linli.root, person, [], linli.exports_dir, besides=plans)
    finish_erasure(lakes, pseudonym)
    left = find_in_vaults(linli.root, person, vaults)
    places = sorted({*mentions.places, *removed.foreign_files, *left})
    unread = sorted({*mentions.unreadable, *removed.unreadable})
    _say(removed, days)
    files = list(dict.fromkeys([*removed.files, *_named_by_name(linli.exports_dir, person)]))
    _say_what_is_not_ours(settings.home, files, days)
    _say_who_else(person, list(dict.fromkeys([*removed.with_name, *mentions.with_name])))
    audit.append_entry(
        settings.home,
        audit.REMOVALS,
        rows=sum(removed.rows.values()),
        handed_back=removed.rejected_lines,
        sealed=removed.vault_rows,
        lists=removed.lists,
        files_searched=mentions.files,
        places_left=len(places),
        not_searched=len(unread),
    )
    _say_proof(mentions.files, places, unread, is_nothing=removed.is_empty)


KINDS = {"phone": "手机号", "name": "姓名", "address": "地址"}


def _id_of(asked: ResolvedPerson) -> str:
    """Return the id to erase; raises LinliError for a phone, a name or an address, which several
    people may share."""
    if asked.raw_id is not None:
        return asked.raw_id
    many = len(asked.holders)
    shown = ", ".join(asked.holders[:SHOWN_HOLDERS]) + (" …" if many > SHOWN_HOLDERS else "")
    first = asked.holders[0]
    raise LinliError(
        f"that is a {asked.kind}, not a user id, and nothing is removed; the vault has it under "
        f"{many:,} id(s): {shown}. For each id of this person run: linli forget {first}",
        f"这是{KINDS[asked.kind]}，不是用户编号，未删除任何内容；保险库中有 {many:,} 个编号"
        f"使用它：{shown}。请对属于此人的编号逐个运行：linli forget {first}",
    )


def _ask() -> None:
    """Ask for confirmation; raises LinliError without a terminal."""
    question = say(
        "Remove this person for good? It cannot be undone", "确定彻底删除此人吗？无法恢复"
    )
    try:
        typer.confirm(question, abort=True)
    except typer.Abort:
        if sys.stdin.isatty():
            raise
        raise LinliError(
            "not confirmed and nothing is removed: no terminal; add --yes",
            "没有终端，无法确认，未删除任何内容；请加上 --yes",
        ) from None


def _names_them(pseudonym: str, version: Path) -> bool:
    return any(pseudonym.encode() in path.read_bytes() for path in version.glob("*.csv"))


def _days_naming(linli: LinliHome, pseudonym: str) -> list[date]:
    """List the days whose published list names the person."""
    folder = linli.lists_dir(WAKE_UP.name)
    return [
        day
        for day in outbox.published_days(folder)
        if (version := outbox.current(folder, day)) is not None and _names_them(pseudonym, version)
    ]


def _publish_without(linli: LinliHome, pseudonym: str, days: Sequence[date]) -> None:
    """Publish the lists of `days` again, and drop every version that names the person."""
    for day in days:
        _publish_again(linli, day)
    folder = linli.lists_dir(WAKE_UP.name)
    outbox.drop_versions(folder, lambda version: _names_them(pseudonym, version))


def _publish_again(linli: LinliHome, day: date) -> None:
    """Publish the list of `day` again from its current lines; if that fails, it is withdrawn."""
    import dagster as dg

    from assets.publish.lists.wake_up_list import wake_up_list

    done = dg.materialize(
        [wake_up_list],
        partition_key=day.isoformat(),
        resources={"linli": replace(linli, publishes_again=True)},
        instance=dg.DagsterInstance.ephemeral(),
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        raise_on_error=False,
    )
    if not done.success:
        err.print(
            say(
                f"[yellow]withdrawn[/yellow] {WAKE_UP.zh} {day}: it could not be published again; "
                f"run that day with: linli run --as-of {day}",
                f"[yellow]已撤下[/yellow] {WAKE_UP.zh} {day}：无法重新发布；"
                f"请重新运行当天：linli run --as-of {day}",
            )
        )


def _publish_views(linli: LinliHome) -> None:
    """Publish the database views again, so that they do not refer to removed files."""
    if linli.database.is_file() and linli.lakehouse.root.is_dir():
        from assets.publish.database.database_steps import people_views

        linli.lakehouse.publish(linli.database, people_views())


def _say(removed: ErasureReport, days: Sequence[date]) -> None:
    if removed.is_empty:
        err.print(
            say(
                "[yellow]not known[/yellow] no row names this user; later rows will be left out",
                "[yellow]查无此人[/yellow] 没有任何行涉及此人；以后出现的也不会导入",
            )
        )
    for table, rows in removed.rows.items():
        out.print(say(f"removed {rows:,} rows of {table}", f"已从 {table} 删除 {rows:,} 行"))
    if removed.rejected_lines:
        lines = removed.rejected_lines
        out.print(
            say(
                f"removed {lines:,} lines of the rejected-rows files",
                f"已从退回文件删除 {lines:,} 行",
            )
        )
    if removed.vault_rows:
        out.print(
            say(
                f"removed {removed.vault_rows:,} sealed entries of the vault",
                f"已从保险库删除 {removed.vault_rows:,} 条加密记录",
            )
        )
    for day in days:
        out.print(
            say(
                f"published again without them: {WAKE_UP.zh} {day}",
                f"已去除此人并重新发布：{WAKE_UP.zh} {day}",
            )
        )


def _named_by_name(exports: Path, person: Person) -> list[str]:
    """List export files whose file or folder name contains the person."""
    from assets.ingest.privacy.verify_erasure import path_names_person

    inside = sorted(path.relative_to(exports) for path in exports.rglob("*") if path.is_file())
    return [path.as_posix() for path in inside if path_names_person(person, path)]


def _say_what_is_not_ours(home: Path, files: Sequence[str], days: Sequence[date]) -> None:
    if files:
        shown = ", ".join(files[:10]) + (" …" if len(files) > 10 else "")
        err.print(
            say(
                f"[yellow]yours to change[/yellow] {len(files)} export file(s) still name them: "
                f"{shown}; loaded again, those rows are left out",
                f"[yellow]请自行处理[/yellow] {len(files)} 个导出文件仍涉及此人：{shown}；"
                "再次导入时这些行会被剔除",
            ),
            markup=True,
        )
    listed = {day.isoformat() for day in days}
    delivered = [
        line["file"]
        for line in audit.entries(home, audit.DELIVERIES)
        if line["day"] in listed and Path(line["file"]).exists()
    ]
    for name in dict.fromkeys(delivered):
        err.print(
            say(
                f"[yellow]yours to delete[/yellow] delivered earlier, may name them: {name}",
                f"[yellow]请自行删除[/yellow] 此前交付的文件，可能涉及此人：{name}",
            )
        )


def _say_who_else(person: Person, with_name: Sequence[str]) -> None:
    """Print what may be about them or about others; it is kept."""
    if person.shared:
        err.print(
            say(
                "[yellow]shared[/yellow] other ids have the same phone or address; their rows "
                "are kept. If they are the same person, run forget for those ids too",
                "[yellow]共用[/yellow] 其他编号使用相同的电话或地址，其数据保留；"
                "如为同一人，请对那些编号也运行 forget",
            )
        )
    for place in with_name[:SHOWN_PLACES]:
        err.print(
            say(
                f"[yellow]check yourself[/yellow] the same name is in {escape(place)}; "
                "it may be another person",
                f"[yellow]请自行查看[/yellow] {escape(place)} 中有相同的姓名，可能是别人",
            )
        )
    if len(with_name) > SHOWN_PLACES:
        more = len(with_name) - SHOWN_PLACES
        err.print(say(f"  and in {more} more files", f"  另有 {more} 个文件"))


def _say_proof(
    files: int, places: Sequence[str], unread: Sequence[str], *, is_nothing: bool
) -> None:
    for place in places:
        err.print(f"[red]{say('still named in', '仍涉及此人')}[/red] {escape(place)}")
    for place in unread:
        err.print(
            say(
                f"[red]not searched[/red] {escape(place)}: no permission to read it",
                f"[red]未检索[/red] {escape(place)}：没有读取权限",
            )
        )
    if places:
        raise LinliError(
            f"{len(places)} of {files:,} files still name this person: run again when no run is "
            "active; files still listed then are your own to remove",
            f"{files:,} 个文件中仍有 {len(places)} 个涉及此人：请在没有其他运行时再执行一次；"
            "之后仍列出的是您自己的文件，请自行删除",
        )
    if unread:
        raise LinliError(
            f"{len(unread)} of {files:,} files cannot be read, so they are not verified; "
            "grant yourself permission and run again. Everything else is removed",
            f"{files:,} 个文件中有 {len(unread)} 个无权读取，无法核验；请授予读取权"
            "限后再次运行。其余内容已全部删除",
        )
    if is_nothing:
        out.print(
            say(
                f"nothing was removed: {files:,} files searched, the given id is in none of "
                "them; check whether the id is right",
                f"未删除任何内容：已检索 {files:,} 个文件，均未出现所给编号；请核对编号是否正确",
            )
        )
        return
    out.print(
        say(
            f"proof: {files:,} files searched, nothing names this person",
            f"核验：已检索 {files:,} 个文件，均不再涉及此人",
        )
    )
