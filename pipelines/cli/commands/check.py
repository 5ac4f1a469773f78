"""Check a file before it is loaded, or draft its mapping: `linli check`, `linli map`."""

from __future__ import annotations

from contextlib import closing
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape as marked
from rich.table import Table as Grid
from typer import Exit

from assets.resources.files.atomic_file import write_atomically
from assets.resources.readers.file_format import FormatOverride
from assets.resources.readers.file_index import as_inbox_file
from data_contracts.errors import ExportError, LinliError
from data_contracts.exports import BY_NAME
from data_contracts.mappings.presets import to_csv
from data_contracts.mappings.transforms import Transform
from data_contracts.platform_file import FileFacts
from models.monitoring.nothing_loaded import nothing_loaded
from pipelines.cli.commands.check_json import (
    NOTHING_LOADED,
    REJECTED,
    Rejection,
    as_json,
    file_check,
    unchecked_file,
    unfit_file,
)
from pipelines.cli.commands.check_text import derivation_note, print_check
from pipelines.cli.console import err, out
from pipelines.cli.language import say
from pipelines.cli.program import preset_names
from pipelines.failure_causes import cause_of
from pipelines.settings import Settings

if TYPE_CHECKING:
    from assets.ingest.dry_run import DryRun
    from assets.ingest.match.suggest_mapping import ColumnGuess, SuggestedMapping


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
    """Print how a load would read `file`; exits with 1 if it would reject the file or load no row.

    Raises ExportError for a file that fits no export.
    """
    try:
        checked, limit = _dry_run(file, preset, export, encoding, delimiter, sheet, header_row)
    except Exception as error:
        if not is_json:
            raise
        if isinstance(error, ExportError):
            print(as_json(unfit_file(file.name, str(error))))
            raise Exit(1) from None
        print(as_json(unchecked_file(file.name, cause_of(error).en)))
        raise
    rejection = _rejection(checked, limit)
    if is_json:
        print(as_json(file_check(checked, rejection)))
    else:
        print_check(checked, rejection)
    if rejection is not None:
        raise Exit(1)


def _dry_run(
    file: Path,
    preset: str | None,
    export: str | None,
    encoding: str | None,
    delimiter: str | None,
    sheet: str | None,
    header_row: int | None,
) -> tuple[DryRun, float]:
    """Dry-run the file; return the result and the share of bad rows above which it is rejected."""
    as_inbox_file(file.expanduser())  # wrong names and presets fail before heavy imports
    if preset is not None:
        _require_preset(preset, file)
    settings = Settings.from_environment(exports=file.expanduser().resolve().parent)
    home = settings.linli_home()
    platform = home.platform()
    noted = platform.facts_of(file.name)
    stated = FileFacts(
        file.name,
        export or noted.export,
        preset or noted.preset,
        encoding or noted.encoding,
        _separator(delimiter) or noted.delimiter,
        sheet or noted.sheet,
        header_row or noted.header_row,
        noted.dates,
        noted.repeats,
        noted.decimal,
    )
    from assets.ingest.dry_run import dry_run_file

    return dry_run_file(home, file.expanduser(), stated), platform.max_bad_share


def _require_preset(preset: str, file: Path) -> None:
    """Raise ExportError for a preset that neither ships nor is next to the file."""
    names = preset_names()
    has_own = (file.expanduser().resolve().parent / "mappings").is_dir()
    if not has_own and not any(preset == name or preset.startswith(f"{name} ") for name in names):
        raise ExportError(
            f"{file.name}: no preset is called {preset!r}; presets: {', '.join(names)}",
            f"{file.name}：没有名为 {preset!r} 的导出模板；可用：{'、'.join(names)}",
        )


def _rejection(checked: DryRun, limit: float) -> Rejection | None:
    """Return why a load would reject the file or load no row of it, with remedies; else None."""
    from assets.ingest.file_verdict import has_no_good_row, is_rejected
    from assets.ingest.stage.normalise.totals_rows import CODE as TOTALS

    faults = [one for one in checked.reasons if one.reason_code != TOTALS]
    if has_no_good_row(checked.staged) and not is_rejected(checked.staged, limit):
        worst, rows = faults[0], checked.staged.rows_faulty
        said = nothing_loaded(rows, worst.rows, worst.reason_code, worst.reason_zh)
        return Rejection(NOTHING_LOADED, said[0] + _REMEDY[0], said[1] + _REMEDY[1])
    if not is_rejected(checked.staged, limit):
        return None
    worst, rows_bad = faults[0], checked.staged.rows_faulty
    enough = min(1.0, ceil(checked.bad_share * 100) / 100)
    return Rejection(
        REJECTED,
        f"{checked.bad_share:.1%} of the rows are bad, more than max_bad_share = {limit:g}; "
        f"{worst.rows:,} of {rows_bad:,} for {worst.reason_code}. Correct that in the export or in "
        "its mapping; or, if the rows may stay quarantined, write in platform.toml: "
        f"max_bad_share = {enough:g}",
        f"{checked.bad_share:.1%} 的行有问题，超过 max_bad_share = {limit:g}；{rows_bad:,} 行中有 "
        f"{worst.rows:,} 行是因为：{worst.reason_zh}。请在导出或映射中改正；若这些行可以隔离，"
        f"请在文件旁的 platform.toml 中写：max_bad_share = {enough:g}",
    )


_REMEDY = (". Correct that in the export or in its mapping", "。请在导出或映射中改正")


def propose_mapping(
    file: Path,
    export: str,
    target: Path | None,
    encoding: str | None,
    delimiter: str | None,
    sheet: str | None,
    header_row: int | None,
) -> None:
    """Write a draft mapping next to the file; raises LinliError if one exists already."""
    if export not in BY_NAME:
        raise LinliError(
            f"no export is called {export!r}; exports: {', '.join(BY_NAME)}",
            f"没有名为 {export!r} 的数据；可用：{', '.join(BY_NAME)}",
        )
    table = BY_NAME[export]
    path = file.expanduser().resolve()
    inbox_file = as_inbox_file(path)
    from assets.ingest.match.date_order import date_evidence
    from assets.ingest.match.suggest_mapping import SURE_FROM, suggest_mapping
    from assets.ingest.stage.casting.sniff_dates import sample_dates
    from assets.resources.readers.detect import detect
    from assets.resources.readers.open_rows import open_rows

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
    dated = [name for name, values in samples.items() if date_evidence(values).year_last]
    looks = sample_dates(inbox_file, format_, dated) if dated else {}
    proposal = suggest_mapping(table, rows.header, samples, "own", looks)
    written = target or path.parent / "mappings" / f"own_{export}.csv"
    if written.exists():
        raise LinliError(
            f"{written}: exists already; remove it, or name another with --out",
            f"{written}：已存在；请删除它，或用 --out 指定其他文件",
        )
    open_ones = [guess.header for guess in proposal.guesses if guess.confidence < SURE_FROM]
    notes = {guess.header: _note(guess) for guess in proposal.guesses}
    write_atomically(written, to_csv(proposal.mapping, notes, open_ones).encode("utf-8-sig"))
    _print_proposal(proposal, notes)
    out.print(
        say(
            f"written: {written}; check it, replace each ? by a column where one fits, then: "
            f"linli check {file}",
            f"已写入：{written}；请查看，把能对应的 ? 改为本系统的字段名，然后运行："
            f"linli check {file}",
        ),
        markup=False,
        highlight=False,
    )


def _note(guess: ColumnGuess) -> str:
    """Describe the confidence of a guess and its reason, in the language in use."""
    from assets.ingest.match.suggest_mapping import SURE_FROM

    if guess.column is None:
        return say(guess.why, guess.why.zh)
    sure, sure_zh = f"{guess.confidence:.0%} sure: ", f"{guess.confidence:.0%} 把握："
    if guess.confidence >= SURE_FROM:
        return say(sure + guess.why, sure_zh + guess.why.zh)
    return say(
        f"{sure}{guess.why}; perhaps {guess.column}",
        f"{sure_zh}{guess.why.zh}；可能是 {guess.column}",
    )


def _print_proposal(proposal: SuggestedMapping, notes: dict[str, str]) -> None:
    from assets.ingest.match.match_headers import match_headers
    from assets.ingest.match.suggest_mapping import SURE_FROM

    grid = Grid(box=None, pad_edge=False, header_style="dim")
    titles = [say("header", "表头"), say("column", "字段"), say("transform", "处理")]
    for title in [*titles, say("why", "依据")]:
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
    for column in proposal.derived:
        match = match_headers([one.header for one in proposal.guesses], proposal.mapping)
        out.print(derivation_note(column, proposal.table.column(column).zh, match))
    for name in proposal.missing:
        wanted = proposal.table.column(name)
        english, chinese = _MISSING.get(name, _ELSE)
        err.print(
            say(
                f"[yellow]still missing[/yellow] {name} ({wanted.zh}): {wanted.meaning}; {english}",
                f"[yellow]仍缺少[/yellow] {wanted.zh}（{name}）：{chinese}",
            )
        )


# How to supply a required column without a header; no value is invented.
_MISSING = {
    "order_id": (
        "only an order id shows which lines belong together. If all lines of a user and day are "
        "one order, write: column order_id, header <day>+<user>",
        "只有订单号能说明哪些行属于同一订单。若每个用户一天的购买即为一单，可以写明："
        "column 填 order_id，header 填 <日期>+<用户>",
    ),
    "line_id": (
        "derived automatically once order_id, sku_id and quantity_units are mapped",
        "有了 order_id、sku_id 和 quantity_units 后自动生成",
    ),
    "quantity_units": (
        "if every row is one piece, write: column quantity_units, any header that is never "
        "empty, transform one",
        "若每行即为一件，请写：column 填 quantity_units，header 填任一从不为空的表头，"
        "transform 填 one",
    ),
}


_ELSE = ("write its header next to it in the file", "请在文件中把对应的表头填在它旁边")


def _separator(delimiter: str | None) -> str | None:
    """Read a separator as typed: `tab` and `\\t` mean the character."""
    words = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";"}
    separator = words.get(delimiter, delimiter) if delimiter else None
    if separator is not None and len(separator) != 1:
        raise ExportError(
            f"{delimiter!r} is not a separator; give one character, or: tab",
            f"{delimiter!r} 不是分隔符；请写一个字符，或写 tab",
        )
    return separator
