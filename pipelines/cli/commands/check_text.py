"""Print the result of `linli check` for people. Not here: its JSON (`check_json`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape as marked
from rich.table import Table as Grid

from data_contracts.mappings.presets import STATES, preset_facts
from data_contracts.mappings.transforms import Transform
from data_contracts.messages import in_chinese
from data_contracts.repairs import RepairKind
from pipelines.cli.commands.check_json import REJECTED, Rejection
from pipelines.cli.console import err, out
from pipelines.cli.language import language, say

if TYPE_CHECKING:
    from assets.ingest.dry_run import DryRun
    from assets.ingest.match.match_headers import HeaderMatch


_TITLE_WIDTH = 9  # columns of a terminal; a Chinese character takes two


def print_check(checked: DryRun, rejection: Rejection | None) -> None:
    """Print how a file is read, its mapping, its first rows, and what is wrong with it."""
    _print_reading(checked)
    _print_mapping(checked)
    _print_first_rows(checked)
    _print_rows(checked)
    if rejection is not None:
        refused = say("would be refused", "将不予导入")
        title = refused if rejection.verdict == REJECTED else say("nothing loaded", "无法导入")
        why = marked(say(rejection.reason, rejection.reason_zh))
        err.print(f"[red]{title}[/red] {why}")


def _titled(en: str, zh: str) -> str:
    """Pad a title to the common width."""
    said = say(en, zh)
    return said + " " * max(1, _TITLE_WIDTH - sum(1 + (sign > "\u2e7f") for sign in said))


def _print_reading(checked: DryRun) -> None:
    source = checked.source
    facts = preset_facts().get(source.match.mapping.preset)
    name = f"{source.preset} ({facts.zh if facts else say('own mapping', '自有映射')})"
    read = len(source.headers)
    headers = read + len(source.match.unused_headers)
    out.print(f"[bold]{marked(source.file.name)}[/bold]", highlight=False)
    read_as = source.format.describe()
    out.print(_titled("format", "格式") + marked(say(read_as, read_as.zh)))
    evidence = say(
        "; ".join(source.format.evidence), "；".join(map(in_chinese, source.format.evidence))
    )
    out.print(" " * _TITLE_WIDTH + marked(evidence), style="dim")
    out.print(_titled("export", "数据") + f"{source.table.name} ({source.table.zh})")
    out.print(
        _titled("preset", "模板")
        + marked(name)
        + say(f": {read} of {headers} headers read", f"：{headers} 个表头中读取 {read} 个")
    )
    if source.equals:
        equals = marked(", ".join(source.equals))
        err.print(
            say(
                f"[yellow]as likely[/yellow] {equals}; state the preset in platform.toml",
                f"[yellow]同样可能[/yellow] {equals}；请在 platform.toml 中指明导出模板",
            )
        )
    for note in checked.staged.notes:
        err.print(f"[yellow]{say('note', '说明')}[/yellow] {marked(say(note, in_chinese(note)))}")


def _print_mapping(checked: DryRun) -> None:
    fit = checked.source.match
    grid = Grid(box=None, pad_edge=False, header_style="dim")
    titles = [say("header", "表头"), say("column", "字段"), "中文", say("transform", "处理")]
    for title in titles:
        grid.add_column(title, overflow="fold")
    table = checked.source.table
    zh = {column.name: column.zh for column in table.columns}
    asked = {column.name for column in table.columns if column.doubt is not None}
    coded = {rule.column for rule in fit.codes}
    whole = "整单金额"
    part = "订单状态的一部分"
    for column, sources in fit.columns.items():
        for place, source in enumerate(sources):
            done = [] if source.transform is Transform.AS_IS else [source.transform.value]
            if place:
                done.append(
                    say("any refusal counts", "任一列拒绝即为拒绝")
                    if column in asked
                    else say("where those above are empty", "上面为空时取用")
                )
            if column in coded:
                done.append(say("words translated", "词语转换"))
            if column in fit.derived:
                done.append(say("derived from these", "由此生成"))
            label = part if column in STATES else zh.get(column, whole)
            grid.add_row(marked(" + ".join(source.headers)), column, label, ", ".join(done))
    for column in sorted(coded - set(fit.columns)):
        headers = list(
            dict.fromkeys(" + ".join(rule.headers) for rule in fit.codes if rule.column == column)
        )
        done_to_it = say("words translated", "词语转换")
        grid.add_row(marked(", ".join(headers)), column, zh[column], done_to_it)
    out.print(grid)
    for column in fit.derived:
        out.print(derivation_note(column, zh[column], fit))
    filled = {*fit.columns, *coded} | ({"order_status"} if fit.has_status else set())
    absent = [column for column in table.columns if column.name not in filled]
    if absent:
        named = ", ".join(say(column.name, column.zh) for column in absent)
        out.print(_titled("absent", "缺少") + named, style="dim")
    _print_unread(checked)
    if table.name == "orders" and "user_id" not in fit.columns:
        err.print(
            say(
                "[red]no user[/red] no column has user ids (用户编号), so no CRM list and no "
                "profile can be computed; a nickname or a phone is not an id",
                "[red]无用户[/red] 没有用户编号列，无法生成唤醒清单与用户画像；"
                "昵称和电话不能代替用户编号",
            )
        )


def _print_unread(checked: DryRun) -> None:
    """Print the headers that no column uses: those with values first."""
    from assets.ingest.match.risky_headers import may_change_sales

    if unclear := checked.unclear_consents:
        named = marked(", ".join(unclear))
        err.print(
            say(
                f"[red]consent[/red] {named}: is about consent, but it is unclear whether it "
                "agrees or refuses; nothing is delivered while this file is in the folder. Rename "
                "it to 营销授权 or 拒绝营销, or map it in mappings/*.csv",
                f"[red]营销授权[/red] {named}：与营销授权有关，但无法判断是同意还是拒绝；该文件"
                "在文件夹中时不会交付。请把表头改为“营销授权”或“拒绝营销”，"
                "或在 mappings/*.csv 中说明",
            )
        )
    filled = [header for header, has in checked.values_unread.items() if has]
    risky = [header for header in filled if may_change_sales(header, checked.source.table)]
    if risky:
        named = marked(", ".join(risky))
        err.print(
            say(
                f"[yellow]not read[/yellow] {named}: may mark rows that were not sold; if so, map "
                "it with linli map, else ignore it",
                f"[yellow]未读取[/yellow] {named}：可能说明某些行并未售出；"
                "如是请用 linli map 建立映射，否则可不理会",
            )
        )
    filled = [header for header in filled if header not in risky]
    empty = [header for header, has in checked.values_unread.items() if not has]
    if filled:
        out.print(f"{say('not read', '未读取')} {marked(', '.join(filled))}", style="yellow")
    if empty:
        title = say("not read, and empty", "未读取，且为空")
        out.print(f"{title} {marked(', '.join(empty))}", style="dim")


def _print_rows(checked: DryRun) -> None:
    staged = checked.staged
    read, good = staged.rows_read, staged.good_totals.rows
    repaired, bad = staged.rows_repaired, staged.rows_bad
    out.print(
        _titled("rows", "行数")
        + say(
            f"{read:,} read, {good:,} good, {repaired:,} of them repaired, {bad:,} would be "
            "quarantined",
            f"读取 {read:,}，合格 {good:,}（其中修复 {repaired:,}），将隔离 {bad:,}",
        )
    )
    if staged.all_totals.amount:
        whole, aside = staged.all_totals.amount, staged.bad_totals.amount
        out.print(
            _titled("money", "金额")
            + say(
                f"{whole:,.2f} yuan, {aside:,.2f} of it on quarantined rows",
                f"{whole:,.2f} 元，其中隔离行 {aside:,.2f} 元",
            )
        )
    if checked.repeated_keys:
        _print_repeated(checked)
    for header, rows in checked.refusals_in_words.items():
        named = marked(header)
        err.print(
            say(
                f"[yellow]refusals[/yellow] {named}: {rows:,} rows contain words of refusal; "
                "these people are not contacted",
                f"[yellow]拒绝[/yellow] {named}：{rows:,} 行中有表示拒绝联系的词语；不会联系这些人",
            )
        )
    for column, kind, rows in checked.repairs:
        if kind == RepairKind.REFUSAL_WORD.value:
            continue
        label = RepairKind.zh_of(kind)
        out.print(
            say(
                f"repaired {rows:,} × {column}: {kind}",
                f"已修复 {rows:,} 处 {column}：{label}",
            )
        )
    for reason in checked.reasons:
        shown = ", ".join(str(number) for number in reason.first_rows)
        more = " …" if reason.rows > len(reason.first_rows) else ""
        why, why_zh = marked(reason.reason), marked(reason.reason_zh)
        out.print(
            say(
                f"[red]quarantined[/red] {reason.rows:,} × {why}; data rows {shown}{more}",
                f"[red]将隔离[/red] {reason.rows:,} 行：{why_zh}；第 {shown}{more} 行数据",
            )
        )
        if (explained := _EXPLAINED.get(reason.reason_code)) is not None:
            out.print(" " * _TITLE_WIDTH + say(*explained), style="dim")


def _print_repeated(checked: DryRun) -> None:
    rows, version = checked.repeated_keys, checked.source.table.version
    key = " + ".join(checked.source.table.key)
    wins = f"the latest {version}, else the last" if version else "the last"
    wins_zh = f"{version} 最新的一行（没有则最后一行）" if version else "最后一行"
    err.print(
        say(
            f"[yellow]repeated[/yellow] {rows:,} rows have the key ({key}) of another row; of rows "
            f"with one key, {wins} row is kept",
            f"[yellow]编号重复[/yellow] {rows:,} 行的主键（{key}）与其他行相同；以{wins_zh}为准",
        )
    )


# Frequent causes of a reason and their remedies, beyond the correction of single rows.
_EXPLAINED = {
    "quantity_units.range": (
        "a quantity below 0 is usually a return or a cancellation (UCI's invoices C…): such rows "
        "are quarantined and reduce no sales; to reduce sales, export returned quantities as "
        "cancelled_units (取消数量) on the original order line",
        "数量为负多半是退货或取消：这些行会被隔离，不会冲减销量；如需冲减，"
        "请在原下单行上以“取消数量”（cancelled_units）导出退回的数量",
    ),
    "order_status.codes": (
        "status words of the platform: map each to a code, with rows like "
        ",order_status,<header>,,<word>,completed,. A row of a return (单据类型：退货) is not a "
        "sale and is quarantined: export returns as cancelled_units (取消数量) or refund_yuan on "
        "the original order line",
        "平台自己的状态用语：请在映射中逐个对应代码，每个词写一行，如 "
        ",order_status,<表头>,,<词>,completed, 。退货单据的行（如 单据类型：退货）不是销售，"
        "会被隔离；请在原下单行上以“取消数量”或“退款金额”导出",
    ),
}


def _print_first_rows(checked: DryRun) -> None:
    """Print the first rows as they would be stored, people masked.

    Data row 1 is the first below the header, as in rejected-rows files and the quarantine.
    """
    zh = {column.name: column.zh for column in checked.source.table.lake_columns}
    names = zh if language() == "zh" else {}
    for row in checked.first_rows:
        number = row.get("row_number")
        cells = " | ".join(
            f"{names.get(name, name)}={value}"
            for name, value in row.items()
            if name not in ("row_number", "repairs")
        )
        title = say(f"data row {number}", f"第 {number} 行数据")
        out.print(f"{title}    {marked(cells)}", highlight=False)


def derivation_note(column: str, zh: str, match: HeaderMatch) -> str:
    """Describe a derived column: its sources and the consequence."""
    from assets.ingest.stage.orders.row_quantities import QUANTITY

    if column == QUANTITY:
        return _titled("derived", "生成") + say(
            f"the file has no {column} ({zh}): every row counts as one piece",
            f"文件没有{zh}列（{column}），一行计一件",
        )
    parts = [marked(" + ".join(source.headers)) for source in match.columns[column]]
    return _titled("derived", "生成") + say(
        f"the file has no {column} ({zh}): {column} is derived from {' or '.join(parts)}; "
        "further lines of a SKU in an order are numbered",
        f"文件没有{zh}列（{column}），由 {' 或 '.join(parts)} 生成；"
        "同一订单内同一商品的其余行依次编号",
    )
