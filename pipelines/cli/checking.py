"""`linli check` and `linli map`: look at a file before it is loaded."""

from __future__ import annotations

from contextlib import closing
from math import ceil
from pathlib import Path

from rich.markup import escape as marked
from rich.table import Table as Grid
from typer import Exit

from assets.ingest.cleaning.looking import look_at_dates
from assets.ingest.counting_rows import QUANTITY
from assets.ingest.inspecting import Inspection, inspect_file
from assets.ingest.loading import REFUSED_FROM_ROWS
from assets.ingest.normalising.totals_rows import CODE as TOTALS
from assets.resources.atomic_file import write_atomically
from assets.resources.inbox.detecting import detect
from assets.resources.inbox.file_format import FormatOverride
from assets.resources.inbox.files import as_inbox_file
from assets.resources.inbox.opening import open_rows
from data_contracts.errors import ExportError, LinliError
from data_contracts.exports import BY_NAME
from data_contracts.mappings.dating import look
from data_contracts.mappings.fitting import Fit, fit
from data_contracts.mappings.presets import preset_facts, to_csv
from data_contracts.mappings.proposing import SURE_FROM, Proposal, propose
from data_contracts.mappings.transforms import Transform
from data_contracts.platform_file import FileFacts
from data_contracts.repairs import RepairKind
from pipelines.cli.check_json import as_json, facts_of_check, facts_of_refusal
from pipelines.cli.console import err, out
from pipelines.settings import Settings

SAMPLE_ROWS = 200


def check_file(
    file: Path,
    preset: str | None,
    export: str | None,
    encoding: str | None,
    delimiter: str | None,
    sheet: str | None,
    header_row: int | None,
    *,
    is_json: bool = False,
) -> None:
    """Print what a load would make of `file`; raises ExportError when it fits nothing, and ends
    with 1 when a load would refuse it."""
    settings = Settings.from_environment(exports=file.expanduser().resolve().parent)
    home = settings.resource()
    platform = home.platform()
    known = platform.facts_of(file.name)
    stated = FileFacts(
        file.name,
        export or known.export,
        preset or known.preset,
        encoding or known.encoding,
        _separator(delimiter) or known.delimiter,
        sheet or known.sheet,
        header_row or known.header_row,
        known.dates,
        known.repeats,
        known.decimal,
    )
    try:
        found = inspect_file(home, file.expanduser(), stated)
    except ExportError as error:
        if not is_json:
            raise
        print(as_json(facts_of_refusal(file.name, str(error))))
        raise Exit(1) from None
    refusal = _refusal(found, platform.max_bad_share)
    if is_json:
        print(as_json(facts_of_check(found, refusal)))
    else:
        _print_reading(found)
        _print_mapping(found)
        _print_first_rows(found)
        _print_rows(found)
        if refusal is not None:
            err.print(f"[red]would be refused[/red] {marked(refusal)}")
    if refusal is not None:
        raise Exit(1)


def _print_reading(found: Inspection) -> None:
    source = found.source
    facts = preset_facts().get(source.fit.mapping.preset)
    name = f"{source.preset} ({facts.zh})" if facts else f"{source.preset} (own mapping)"
    out.print(f"[bold]{marked(source.file.name)}[/bold]", highlight=False)
    out.print(f"format   {marked(source.format.describe())}")
    out.print(f"         {marked('; '.join(source.format.evidence))}", style="dim")
    out.print(f"export   {source.table.name} ({source.table.zh})")
    out.print(
        f"preset   {marked(name)}: {len(source.headers)} of "
        f"{len(source.headers) + len(source.fit.unused_headers)} headers read"
    )
    if source.equals:
        err.print(
            f"[yellow]as likely[/yellow] {marked(', '.join(source.equals))}; "
            "state the preset in platform.toml"
        )
    for note in found.staged.notes:
        err.print(f"[yellow]note[/yellow] {marked(note)}")


def _print_mapping(found: Inspection) -> None:
    fit = found.source.fit
    grid = Grid(box=None, pad_edge=False, header_style="dim")
    for title in ("header", "column", "中文", "done to it"):
        grid.add_column(title, overflow="fold")
    table = found.source.table
    zh = {column.name: column.zh for column in table.columns}
    coded = {rule.column for rule in fit.codes}
    for column, sources in fit.columns.items():
        for place, source in enumerate(sources):
            done = [] if source.transform is Transform.AS_IS else [source.transform.value]
            if place:
                done.append("where those above are empty")
            if column in coded:
                done.append("words translated")
            if column in fit.made:
                done.append("made of these")
            label = zh.get(column, "整单金额 of the whole order")
            grid.add_row(marked(" + ".join(source.headers)), column, label, ", ".join(done))
    for column in sorted(coded - set(fit.columns)):
        headers = list(
            dict.fromkeys(" + ".join(rule.headers) for rule in fit.codes if rule.column == column)
        )
        grid.add_row(marked(", ".join(headers)), column, zh[column], "words translated")
    out.print(grid)
    for column in fit.made:
        out.print(_made(column, zh[column], fit))
    absent = [column.name for column in table.columns if column.name not in {*fit.columns, *coded}]
    if absent:
        out.print(f"absent   {', '.join(absent)}", style="dim")
    if fit.unused_headers:
        filled = [header for header, has in found.values_unread.items() if has]
        empty = [header for header in fit.unused_headers if header not in filled]
        if filled:
            out.print(f"not read {marked(', '.join(filled))}", style="yellow")
        if empty:
            out.print(f"not read, and empty {marked(', '.join(empty))}", style="dim")
    if table.name == "orders" and "user_id" not in fit.columns:
        err.print(
            "[red]no user[/red] no column says who ordered (用户编号), so there is no CRM list and "
            "no profile; a nickname or a phone is no id "
            "(没有用户编号列，无法生成唤醒名单与用户画像；昵称和电话不能代替用户编号)"
        )


def _print_rows(found: Inspection) -> None:
    staged = found.staged
    out.print(
        f"rows     {staged.rows_read:,} read, {staged.good_sums.rows:,} good, "
        f"{staged.rows_repaired:,} of them repaired, {staged.rows_bad:,} would be set aside"
    )
    if staged.whole.amount:
        out.print(
            f"money    {staged.whole.amount:,.2f} yuan, "
            f"{staged.bad_sums.amount:,.2f} of it on rows set aside"
        )
    if found.repeated:
        key = " + ".join(found.source.table.key)
        version = found.source.table.version
        wins = f"the one with the latest {version}, else the last" if version else "the last"
        err.print(
            f"[yellow]repeated[/yellow] {found.repeated:,} rows have the key ({key}) of another "
            f"row; of rows of one key {wins} row stands (编号重复，以最后一行为准)"
        )
    for column, kind, rows in found.repairs:
        label = RepairKind.zh_of(kind)
        out.print(f"repaired {rows:,} × {column}: {label} ({kind})")
    for reason in found.findings:
        shown = ", ".join(str(number) for number in reason.first_rows)
        more = " …" if reason.rows > len(reason.first_rows) else ""
        out.print(
            f"[red]set aside[/red] {reason.rows:,} × {marked(reason.reason_zh)} "
            f"({marked(reason.reason)}); rows {shown}{more}"
        )
        if (explained := _EXPLAINED.get(reason.reason_code)) is not None:
            out.print(f"         {explained}", style="dim")


# What a reason often means, and what may be done about it, beyond the mend of the single row.
_EXPLAINED = {
    "quantity_units.range": (
        "a quantity below 0 is mostly a return or a cancellation (UCI's invoices C…): such rows "
        "stay aside and nothing is taken off; to have it taken off, export what came back as "
        "cancelled_units (取消数量) on the line it was ordered with"
    ),
    "order_status.codes": (
        "words of the platform's own: give each its code in a mapping, with rows like "
        ",order_status,<header>,,<word>,completed,"
    ),
}


def _print_first_rows(found: Inspection) -> None:
    """Print the first rows as they would be stored, people masked."""
    for row in found.first_rows:
        number = row.get("row_number")
        cells = " | ".join(
            f"{name}={value}"
            for name, value in row.items()
            if name not in ("row_number", "repairs")
        )
        out.print(f"row {number}    {marked(cells)}", highlight=False)


def _refusal(found: Inspection, limit: float) -> str | None:
    """Why a load would refuse the file whole, and the two ways out; None where it would not."""
    rows_bad = found.staged.rows_faulty
    if found.bad_share <= limit or rows_bad < REFUSED_FROM_ROWS:
        return None
    worst = next(one for one in found.findings if one.reason_code != TOTALS)
    enough = min(1.0, ceil(found.bad_share * 100) / 100)
    return (
        f"{found.bad_share:.1%} of the rows are bad, more than max_bad_share = {limit:g}; "
        f"{worst.rows:,} of {rows_bad:,} for {worst.reason_code}. Mend that in the export or in "
        "its mapping; or, where the rows may stay aside, write in platform.toml beside the file: "
        f"max_bad_share = {enough:g}"
    )


def propose_mapping(
    file: Path,
    export: str,
    target: Path | None,
    encoding: str | None,
    delimiter: str | None,
    sheet: str | None,
    header_row: int | None,
) -> None:
    """Write a draft mapping beside the file; raises LinliError when one stands there already."""
    if export not in BY_NAME:
        raise LinliError(
            f"no export is called {export!r}; exports: {', '.join(BY_NAME)}",
            f"没有名为 {export!r} 的数据；可用：{', '.join(BY_NAME)}",
        )
    table = BY_NAME[export]
    path = file.expanduser().resolve()
    inbox_file = as_inbox_file(path)
    override = FormatOverride(
        encoding=encoding, delimiter=_separator(delimiter), sheet=sheet, header_row=header_row
    )
    format_ = detect(path, override)
    with closing(open_rows(path, format_, name=path.name)) as rows:
        batch = next(iter(rows.reader(rows.header)), None)
    samples = {
        name: [
            str(value)
            for value in (batch.column(name).slice(0, SAMPLE_ROWS).to_pylist() if batch else [])
            if value is not None
        ]
        for name in rows.header
    }
    dated = [name for name, values in samples.items() if look(values).year_last]
    looks = look_at_dates(inbox_file, format_, dated) if dated else {}
    proposal = propose(table, rows.header, samples, "own", looks)
    written = target or path.parent / "mappings" / f"own_{export}.csv"
    if written.exists():
        raise LinliError(
            f"{written}: stands already; remove it, or name another with --out",
            f"{written}：已存在；请删除它，或用 --out 指定其他文件",
        )
    open_ones = [guess.header for guess in proposal.guesses if guess.confidence < SURE_FROM]
    notes = {
        guess.header: (f"{guess.confidence:.0%} sure: " if guess.column else "")
        + guess.why
        + (f"; perhaps {guess.column}" if guess.column and guess.confidence < SURE_FROM else "")
        for guess in proposal.guesses
    }
    write_atomically(written, to_csv(proposal.mapping, notes, open_ones).encode("utf-8-sig"))
    _print_proposal(proposal, notes)
    out.print(
        f"written: {written}; read it, put a column for each ? that is one of ours, then: "
        f"linli check {file}",
        markup=False,
        highlight=False,
    )


def _print_proposal(proposal: Proposal, notes: dict[str, str]) -> None:
    grid = Grid(box=None, pad_edge=False, header_style="dim")
    for title in ("header", "column", "done to it", "why"):
        grid.add_column(title, overflow="fold")
    for guess in proposal.guesses:
        is_sure = guess.column is not None and guess.confidence >= SURE_FROM
        done = "" if guess.transform is Transform.AS_IS or not is_sure else guess.transform.value
        grid.add_row(
            marked(guess.header),
            str(guess.column) if is_sure else "?",
            done,
            marked(notes[guess.header]),
        )
    out.print(grid)
    for column in proposal.made:
        found = fit([one.header for one in proposal.guesses], proposal.mapping)
        out.print(_made(column, proposal.table.column(column).zh, found))
    for name in proposal.missing:
        wanted = proposal.table.column(name)
        err.print(
            f"[yellow]still missing[/yellow] {name} ({wanted.zh}): {wanted.meaning}"
            + f"; {_MISSING.get(name, 'put its header beside it in the file')}"
        )


def _made(column: str, zh: str, found: Fit) -> str:
    """That a column is not the file's own, of what it was made, and what follows."""
    if column == QUANTITY:
        return (
            f"made     the file has no {column} ({zh}): every row counts as one piece "
            "(没有数量列，一行计一件)"
        )
    headers = " or ".join(" + ".join(source.headers) for source in found.columns[column])
    return (
        f"made     the file has no {column} ({zh}): {column} is made of {marked(headers)}; "
        "further lines of a SKU in an order are numbered"
    )


# What may stand for a required column that no header gives; nothing is made up.
_MISSING = {
    "order_id": (
        "only it says which lines belong together. Where all a user bought on a day is one order, "
        "you may say so: column order_id, header <day>+<user>"
    ),
    "line_id": "made by itself once order_id, sku_id and quantity_units are there",
    "quantity_units": (
        "where every row is one piece, write: column quantity_units, any header that is never "
        "empty, transform one"
    ),
}


def _separator(delimiter: str | None) -> str | None:
    """A separator as people type it: `tab` and `\\t` mean the character."""
    words = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";"}
    found = words.get(delimiter, delimiter) if delimiter else None
    if found is not None and len(found) != 1:
        raise ExportError(
            f"{delimiter!r} is no separator; give one character, or: tab",
            f"{delimiter!r} 不是分隔符；请写一个字符，或写 tab",
        )
    return found
