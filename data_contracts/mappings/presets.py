"""Read the mappings of foreign headers to our columns: `<preset>_<export>.csv` in this folder.

One row per (version, column, header). Rows of one column are alternatives, tried in file order like
SQL's coalesce; `商品名称+规格` joins two cells. A row with `value` and `code` translates a cell;
the first match wins, under whichever header. A row of column `?` is a header known to be none of
our columns, with the reason as its note. `presets.toml` names the presets and the source of their
headers. A platform's own mapping (`mappings/*.csv` next to its exports, written by `linli map`) has
the same columns.
"""

from __future__ import annotations

import csv
import io
import itertools
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from data_contracts.errors import StatedError
from data_contracts.exports import BY_NAME, EXPORTS
from data_contracts.mappings.transforms import Transform
from data_contracts.system_errors import said_of
from data_contracts.table import Table

FIELDS = ("version", "column", "header", "transform", "value", "code", "note")
FOLDER = Path(__file__).parent
GENERIC = "generic"
ANY_HEADER = "*"  # in a translation: any header the column is read from

# Ids shared by all exports: a header known in one export is known in all.
SHARED = {"sku_id", "sku_name", "community_id", "user_id", "warehouse_id"}
# Amounts that are not a line's own: those of the whole order, repeated on each line, and the amount
# paid for a line including its share of the order's freight.
TOTAL, FREIGHT, DISCOUNT = "order_total_yuan", "order_freight_yuan", "order_discount_yuan"
ORDER_REFUND = "order_refund_yuan"
LINE_WITH_FREIGHT = "line_with_freight_yuan"
AUXILIARY = (TOTAL, FREIGHT, DISCOUNT, ORDER_REFUND, LINE_WITH_FREIGHT)

# Columns that describe an order in addition to its own status: returns, payment, cancellation,
# dispatch and its time, whether the row is a sale and valid, and the state of its item, under a
# header that may also say whether the product is on offer. All such headers are read; a word may be
# translated into a code of order_status, or into NOTHING.
AFTER_SALES, PAYMENT = "after_sales_state", "payment_state"
CALLING_OFF, SENDING = "calling_off_state", "sending_state"
SENT_AT, PAPER = "sending_moment", "paper_state"
VALIDITY, ITEM = "validity_state", "item_state"
STATES = (AFTER_SALES, PAYMENT, CALLING_OFF, SENDING, SENT_AT, PAPER, VALIDITY, ITEM)
NOTHING = "nothing"


@dataclass(frozen=True)
class Source:
    """One way to fill a column: one header, or several joined, and the transform of the value."""

    headers: tuple[str, ...]
    transform: Transform = Transform.AS_IS


@dataclass(frozen=True)
class CodeRule:
    """`column` has `code` where the cell under the header is `value`.

    For several `headers` the value is that of their cells, joined by ` / `.
    """

    column: str
    headers: tuple[str, ...]
    value: str
    code: str


@dataclass(frozen=True)
class HeaderMapping:
    """The mapping of one version of one preset for one export."""

    preset: str
    version: str
    export: str
    sources: dict[str, tuple[Source, ...]]
    codes: tuple[CodeRule, ...] = ()
    origin: str = ""
    excluded_headers: tuple[tuple[str, str], ...] = ()  # (header, why it is no column of ours)

    @property
    def label(self) -> str:
        """Preset and version as people see them: `shiziyu 2`."""
        return f"{self.preset} {self.version}".strip()


@dataclass(frozen=True)
class Preset:
    """The entry of a preset in `presets.toml`."""

    name: str
    zh: str
    source: str
    traps: tuple[str, ...]
    first_line_only: bool = False  # values of the order are on its first line only


@cache
def preset_facts() -> dict[str, Preset]:
    """Return the presets by name."""
    raw = tomllib.loads((FOLDER / "presets.toml").read_text("utf-8"))
    return {
        name: Preset(name, **(facts | {"traps": tuple(facts["traps"])}))
        for name, facts in raw.items()
    }


@cache
def presets() -> tuple[HeaderMapping, ...]:
    """Return every mapping that ships: presets by file name and version, then the generic ones."""
    mappings: list[HeaderMapping] = []
    aliases: dict[str, HeaderMapping] = {}
    for path in sorted(FOLDER.glob("*_*.csv")):
        preset, _, export = path.stem.partition("_")
        read = _read(path.read_text("utf-8"), path.name, preset, export)
        if preset == GENERIC:
            aliases[export] = read[0]
        else:
            mappings += read
    return (*mappings, *(_generic(table, aliases) for table in EXPORTS))


def _generic(table: Table, alias_mappings: Mapping[str, HeaderMapping]) -> HeaderMapping:
    """Build the generic mapping of `table`.

    Our column names and Chinese labels come first, then the aliases of `generic_<export>.csv`, then
    those of other exports for the same id.
    """
    aliases = alias_mappings.get(table.name)
    sources = {}
    for column in table.columns:
        own = [Source((column.name,)), Source((column.zh,))]
        more = aliases.sources.get(column.name, ()) if aliases else ()
        sources[column.name] = (*own, *more)
    for name in SHARED & sources.keys():
        sources[name] += _of_other_exports(name, table, sources, alias_mappings)
    for name in (*AUXILIARY, *STATES):
        if aliases and name in aliases.sources:
            sources[name] = aliases.sources[name]
    return HeaderMapping(
        GENERIC,
        "",
        table.name,
        sources,
        aliases.codes if aliases else (),
        f"{table.name} contract",
        aliases.excluded_headers if aliases else (),
    )


def _of_other_exports(
    name: str,
    table: Table,
    sources: Mapping[str, tuple[Source, ...]],
    alias_mappings: Mapping[str, HeaderMapping],
) -> tuple[Source, ...]:
    """Collect aliases of an id from other exports, except headers with another meaning here."""
    aliases = alias_mappings.get(table.name)
    taken = {
        h.casefold() for of_column in sources.values() for one in of_column for h in one.headers
    }
    taken |= {header.casefold() for header, _ in (aliases.excluded_headers if aliases else ())}
    return tuple(
        dict.fromkeys(
            source
            for mapping in alias_mappings.values()
            for source in mapping.sources.get(name, ())
            if not any(header.casefold() in taken for header in source.headers)
        )
    )


def read_mapping(path: Path) -> HeaderMapping:
    """Read a platform's own mapping, called `<name>_<export>.csv`.

    Raises StatedError, a ValueError, with file, row, column and the correction.
    """
    name, _, export = path.stem.rpartition("_")
    if export not in BY_NAME:
        raise StatedError(
            f"{path.name}: call it <name>_<export>.csv, like ours_orders.csv; "
            f"exports: {', '.join(sorted(BY_NAME))}",
            f"{path.name}：文件名须为 <名称>_<数据>.csv，如 ours_orders.csv；数据可"
            f"为：{', '.join(sorted(BY_NAME))}",
        )
    try:
        content = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise StatedError(
            f"{path.name}: cannot be read ({said_of(error)}); save it as CSV UTF-8",
            f"{path.name}：无法读取（{said_of(error).zh}）；请另存为 CSV UTF-8",
        ) from error
    try:
        mappings = _read(content, path.name, name, export)
    except csv.Error as error:
        raise StatedError(
            f"{path.name}: cannot be read as CSV ({error}); save it again",
            f"{path.name}：无法按 CSV 读取（{error}）；请重新保存",
        ) from error
    if len(mappings) != 1:
        raise StatedError(
            f"{path.name}: one version per file; it has {len(mappings)}",
            f"{path.name}：每个文件只能有一个版本，现有 {len(mappings)} 个",
        )
    return mappings[0]


def to_csv(
    mapping: HeaderMapping, notes: dict[str, str] | None = None, rest: Iterable[str] = ()
) -> str:
    """Write the mapping as CSV; `rest` are headers without a column, marked `?` to be filled in."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(FIELDS)
    for column, sources in mapping.sources.items():
        for source in sources:
            header = "+".join(source.headers)
            note = (notes or {}).get(header, "")
            writer.writerow([mapping.version, column, header, source.transform, "", "", note])
    for rule in mapping.codes:
        header = "+".join(rule.headers)
        writer.writerow([mapping.version, rule.column, header, "", rule.value, rule.code, ""])
    for header in rest:
        writer.writerow([mapping.version, "?", header, "", "", "", (notes or {}).get(header, "")])
    return out.getvalue()


def _read(content: str, name: str, preset: str, export: str) -> list[HeaderMapping]:
    reader = csv.DictReader(io.StringIO(content))
    if tuple(reader.fieldnames or ()) != FIELDS:
        raise StatedError(
            f"{name}: the header must be {','.join(FIELDS)}",
            f"{name}：表头必须是 {','.join(FIELDS)}",
        )
    table = BY_NAME[export]
    sources: dict[str, dict[str, list[Source]]] = {}
    codes: dict[str, list[CodeRule]] = {}
    excluded: list[tuple[str, str]] = []
    for number, row in enumerate(reader, start=2):
        place = f"{name}, row {number}"
        row = {key: row[key] or "" for key in FIELDS}  # trailing cells may be left out
        version, column, header = (row[key].strip() for key in ("version", "column", "header"))
        if column in ("", "?"):
            excluded.append((header, row["note"].strip()))
            continue
        if column not in table.column_names and column not in (*AUXILIARY, *STATES):
            raise StatedError(
                f"{place}: {export} has no column {column!r}; "
                f"columns: {', '.join(table.column_names)}",
                f"{place}：{export} 没有 {column!r} 列；可用：{', '.join(table.column_names)}",
            )
        if not header:
            raise StatedError(f"{place}: header is empty", f"{place}：header 为空")
        if row["code"] or row["value"]:
            if column in AUXILIARY:
                raise StatedError(
                    f"{place}: {column} is an amount, without words to translate; leave value and "
                    "code empty",
                    f"{place}：{column} 是金额，没有词语需要转换；请将 value 和 code 留空",
                )
            listed = table.column("order_status" if column in STATES else column).codes
            # 斤 and 箱 are no codes: they are converted to the unit of sale
            more = [NOTHING] if column in STATES else ["jin", "box"]
            if listed is not None and row["code"] not in [*listed.values(), *more]:
                raise StatedError(
                    f"{place}: {row['code']!r} is no code of {column}; "
                    f"codes: {', '.join(listed.values())}",
                    f"{place}：{row['code']!r} 不是 {column} 的代码；可用："
                    f"{', '.join(listed.values())}",
                )
            codes.setdefault(version, []).extend(
                CodeRule(column, _parts(header), value, row["code"].strip())
                for value in _values(row["value"].strip(), _parts(header))
            )
            sources.setdefault(version, {})
            continue
        try:
            transform = Transform(row["transform"].strip() or "as_is")
        except ValueError as error:
            raise StatedError(
                f"{place}: no transform is called {row['transform']!r}; "
                f"transforms: {', '.join(Transform)}",
                f"{place}：没有名为 {row['transform']!r} 的转换；可用：{', '.join(Transform)}",
            ) from error
        source = Source(_parts(header), transform)
        sources.setdefault(version, {}).setdefault(column, []).append(source)
    return [
        HeaderMapping(
            preset,
            version,
            export,
            {column: tuple(column_sources) for column, column_sources in by_column.items()},
            tuple(codes.get(version, ())),
            name,
            tuple(excluded),
        )
        for version, by_column in sources.items()
    ]


def _parts(header: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in header.split("+"))


def _values(value: str, headers: tuple[str, ...]) -> list[str]:
    """List every value that `a|b / c|d` means under several headers: `a / c`, `a / d`, …

    Under one header a value is taken unchanged, including any bar.
    """
    if len(headers) == 1:
        return [value]
    words = [cell.split("|") for cell in value.split(" / ")]
    return [" / ".join(each) for each in itertools.product(*words)]
