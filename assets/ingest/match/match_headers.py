"""Match the headers of a file to mappings: columns found, required columns missing, headers unused.

The order of columns does not matter; a missing optional column stays empty. Headers are compared
without case, width, spaces and kind of brackets. Order lines without a line number get one derived
from the product (`_is_line_derived`).
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from data_contracts.exports import BY_NAME, ORDERS
from data_contracts.mappings.consent import Says
from data_contracts.mappings.consent_headers import (
    consent_of,
    consent_sources,
    excluded_headers,
    in_words,
)
from data_contracts.mappings.presets import (
    ANY_HEADER,
    AUXILIARY,
    GENERIC,
    PAPER,
    SENT_AT,
    STATES,
    CodeRule,
    HeaderMapping,
    Source,
    preset_facts,
    presets,
)
from data_contracts.mappings.spelling import normal
from data_contracts.mappings.status_columns import status_columns
from data_contracts.mappings.transforms import Transform
from data_contracts.table import Table, Type
from data_contracts.units import Unit


@dataclass(frozen=True)
class HeaderMatch:
    """A mapping applied to one file: only the columns the file has, with its headers as written.

    `share`: headers that are read ÷ headers of the file. `derived`: columns that no header gives.
    """

    mapping: HeaderMapping
    columns: dict[str, tuple[Source, ...]]
    codes: tuple[CodeRule, ...]
    missing: tuple[str, ...]
    unused_headers: tuple[str, ...]
    share: float
    derived: tuple[str, ...] = ()

    @property
    def has_status(self) -> bool:
        """Whether any header gives the status of an order in words."""
        named = ({"order_status", *STATES} - {SENT_AT, PAPER}) & self.columns.keys()
        return bool(named) or any(rule.column == "order_status" for rule in self.codes)


def match_headers(header: Sequence[str], mapping: HeaderMapping) -> HeaderMatch:
    """Apply `mapping` to `header`."""
    standing = {normal(name): name for name in reversed(header)}
    bracketed = _bracketed(header)
    table = BY_NAME[mapping.export]
    columns: dict[str, tuple[Source, ...]] = {}
    for column in (*table.column_names, *AUXILIARY):
        matched = []
        for source in mapping.sources.get(column, ()):
            names = [standing.get(normal(name)) for name in source.headers]
            if all(name is not None for name in names):
                matched.append(Source(tuple(str(name) for name in names), source.transform))
            elif len(names) == 1 and source.transform is Transform.AS_IS:
                matched += _with_unit(source.headers[0], column, table, bracketed)
        if matched:
            columns[column] = _without_halves(tuple(dict.fromkeys(matched)))
    for column, sources in consent_sources(header, mapping, table, columns).items():
        columns[column] = (*columns.get(column, ()), *sources)
    columns |= status_columns(mapping, standing)
    is_line_derived = _is_line_derived(columns, table)
    if is_line_derived:
        columns["line_id"] = columns["sku_id"]
    elif table is ORDERS and is_line_of_product(columns):
        # where the specification code is empty, the line falls back on the product's id
        columns["line_id"] = tuple(dict.fromkeys((*columns["line_id"], *columns.get("sku_id", ()))))
    codes = [
        CodeRule(
            rule.column, tuple(standing[normal(h)] for h in rule.headers), rule.value, rule.code
        )
        for rule in mapping.codes
        if all(normal(h) in standing for h in rule.headers)
    ]
    codes += _translations(columns, mapping, table)
    used = {name for sources in columns.values() for source in sources for name in source.headers}
    used |= {name for rule in codes for name in rule.headers}
    coded = {rule.column for rule in codes}
    missing = tuple(
        name for name in table.required_names if name not in columns and name not in coded
    )
    share = len(used) / max(len(header), 1)
    used |= in_words(header, table, columns, used)
    unused = tuple(name for name in header if name not in used)
    derived = ("line_id",) if is_line_derived else ()
    return HeaderMatch(mapping, columns, tuple(codes), missing, unused, share, derived)


def unclear_consent_headers(match: HeaderMatch) -> list[str]:
    """List unused headers that concern consent and cannot be understood.

    Headers that the mapping declares to be none of our columns are left out.
    """
    table = BY_NAME[match.mapping.export]
    excluded = excluded_headers(match.mapping)
    return [
        header
        for header in match.unused_headers
        if consent_of(header, table) is Says.UNCLEAR and normal(header) not in excluded
    ]


# Units in brackets after a header, and the transform they require. A header with any other word in
# brackets is a different header.
_COUNTED = ("件", "份", "个", "盒", "袋", "包", "瓶", "只", "pcs")
_QUANTITIES = dict.fromkeys(_COUNTED, Transform.AS_IS) | {
    "箱": Transform.BOX,
    "斤": Transform.JIN,
    "市斤": Transform.JIN,
    "克": Transform.GRAM,
    "g": Transform.GRAM,
    "千克": Transform.KILOGRAM,
    "公斤": Transform.KILOGRAM,
    "kg": Transform.KILOGRAM,
}
_AMOUNTS = dict.fromkeys(("元", "¥", "rmb", "cny", "yuan"), Transform.AS_IS) | {"分": Transform.FEN}
_PRICES = dict.fromkeys(
    (f"元/{unit}" for unit in ("公斤", "千克", "kg", *_COUNTED)), Transform.AS_IS
) | {
    "元/斤": Transform.PRICE_PER_JIN,
    "元/市斤": Transform.PRICE_PER_JIN,
    "元/箱": Transform.PRICE_PER_BOX,
}


def _bracketed(header: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """Index headers that end in brackets: header without them → (header as written, unit in
    brackets).
    """
    by_base: dict[str, list[tuple[str, str]]] = {}
    for name in header:
        base, bracket, unit = normal(name).rpartition("(")
        if bracket and unit.endswith(")"):
            by_base.setdefault(base, []).append((name, unit[:-1]))
    return by_base


def _with_unit(
    name: str, column: str, table: Table, bracketed: dict[str, list[tuple[str, str]]]
) -> list[Source]:
    """Find headers that are `name` followed by a unit of the column: 销量(千克)."""
    units: dict[str, Transform] = _AMOUNTS if column in AUXILIARY else {}
    if column in table.column_names:
        kind = table.column(column)
        if kind.unit is Unit.SALE_UNITS:
            units = _QUANTITIES
        elif kind.type is Type.MONEY:
            units = _AMOUNTS | _PRICES
    return [
        Source((header,), units[unit])
        for header, unit in bracketed.get(normal(name), ())
        if unit in units
    ]


# Columns that identify a line where the platform does not number lines.
LINE_PARTS = ("sku_id",)


def _is_line_derived(columns: dict[str, tuple[Source, ...]], table: Table) -> bool:
    """Decide whether line numbers are derived from the SKU: the file has none, but has the parts.

    A second line of a SKU gets a number of its own once orders are read whole. Quantity and price
    are no part of it: an edited order that is exported again would count twice. Order numbers are
    never derived, because nothing else shows which lines belong together.
    """
    return (
        table is ORDERS
        and "line_id" not in columns
        and {"order_id", "sku_id", "quantity_units"} <= set(columns)
    )


def is_line_of_product(columns: Mapping[str, tuple[Source, ...]]) -> bool:
    """Whether the line number is read from a header that names the product, such as 规格编码."""
    product = {
        header
        for name in ("sku_id", "sku_name")
        for source in columns.get(name, ())
        for header in source.headers
    }
    return any(h in product for one in columns.get("line_id", ()) for h in one.headers)


def _without_halves(sources: tuple[Source, ...]) -> tuple[Source, ...]:
    """Drop cells that are the date or the time of a timestamp joined from two cells."""
    halves = {
        header
        for source in sources
        if source.transform is Transform.DATE_AND_TIME
        for header in source.headers
    }
    return tuple(one for one in sources if len(one.headers) > 1 or not halves & set(one.headers))


def with_date_order(
    match: HeaderMatch, order: Transform, only: Collection[str] | None = None
) -> HeaderMatch:
    """Read the dates of `match` in `order`: all of them, or those named in `only`.

    Columns with another transform stay as they are.
    """
    table = BY_NAME[match.mapping.export]
    dated = {c.name for c in table.columns if c.type in (Type.DATE, Type.TIMESTAMP)}
    dated = dated if only is None else dated & set(only)
    free = (Transform.AS_IS, Transform.DATE_AND_TIME)
    columns = {
        name: tuple(
            Source(one.headers, order) if name in dated and one.transform in free else one
            for one in sources
        )
        for name, sources in match.columns.items()
    }
    return replace(match, columns=columns)


def _translations(
    columns: dict[str, tuple[Source, ...]], mapping: HeaderMapping, table: Table
) -> list[CodeRule]:
    """Collect translations that hold under any header: the mapping's own, and our Chinese labels.

    A platform's own mapping also gets the generic words, after its own.
    """
    translations = []
    rules = mapping.codes
    if mapping.preset not in preset_facts():
        generic = (m for m in presets() if m.preset == GENERIC and m.export == table.name)
        rules += tuple(rule for labels in generic for rule in labels.codes)
    for column in table.columns:
        if column.codes is None:
            continue
        words = [
            (rule.value, rule.code)
            for rule in rules
            if rule.column == column.name and rule.headers == (ANY_HEADER,)
        ]
        words += [(member.zh, member.value) for member in column.codes]
        headers = [
            source.headers[0] for source in columns.get(column.name, ()) if len(source.headers) == 1
        ]
        translations += [
            CodeRule(column.name, (header,), word, code)
            for header in headers
            for word, code in words
        ]
    return translations


def best_matches(
    header: Sequence[str],
    *,
    export: str | None = None,
    preset: str | None = None,
    extra: Sequence[HeaderMapping] = (),
) -> list[HeaderMatch]:
    """Match `header` to every mapping, and return the matches that read anything, best first.

    Order: nothing required missing, the platform's own mappings (`extra`), larger share of headers
    read, with a user id, named presets before the generic mapping. A preset may be the only mapping
    that can read a sheet of generic headers, because it identifies products by name; the generic
    headers are then read in addition.
    """
    own = {id(mapping) for mapping in extra}
    matches = [
        match_headers(header, mapping)
        for mapping in (*extra, *presets())
        if (export is None or mapping.export == export)
        and (preset is None or preset in (mapping.preset, mapping.label))
    ]
    matches = [match for match in matches if match.columns]
    matches = [_with_usual_headers(match, matches, len(header)) for match in matches]
    ranked = sorted(
        matches,
        key=lambda match: (
            bool(match.missing),
            id(match.mapping) not in own,
            -round(match.share, 6),
            "user_id" not in match.columns,
            match.mapping.preset == GENERIC,
            -len(match.columns),
            match.mapping.label,
            match.mapping.export,
        ),
    )
    return [_with_user(match, matches) for match in ranked]


def _with_user(match: HeaderMatch, matches: Sequence[HeaderMatch]) -> HeaderMatch:
    """Add a generic header of the user's id that the match leaves unused; `share` stays."""
    if "user_id" in match.columns or match.mapping.preset == GENERIC:
        return match
    free = set(match.unused_headers)
    user_sources = [
        source
        for one in matches
        if one.mapping.preset == GENERIC and one.mapping.export == match.mapping.export
        for source in one.columns.get("user_id", ())
        if set(source.headers) <= free
    ]
    if not user_sources:
        return match
    unused = tuple(name for name in match.unused_headers if name not in user_sources[0].headers)
    return replace(
        match,
        columns=match.columns | {"user_id": (user_sources[0],)},
        unused_headers=unused,
    )


# Amounts of the order; in addition to one of them a discount could count twice.
_ORDER_AMOUNTS = {"order_total_yuan", "order_discount_yuan"}


def _with_usual_headers(
    match: HeaderMatch, matches: Sequence[HeaderMatch], headers: int
) -> HeaderMatch:
    """Add what the generic mapping reads of headers that the preset does not know.

    Only where the generic mapping reads more of the file and lacks at most the product's id.
    `headers`: how many headers the file has.
    """
    if match.missing or match.mapping.preset not in set(preset_facts()) - {GENERIC}:
        return match
    usual = next(
        (
            one
            for one in matches
            if one.mapping.preset == GENERIC
            and one.mapping.export == match.mapping.export
            and one.share > match.share
            and {"sku_id"} <= set(one.missing) <= {"sku_id", "line_id"}
        ),
        None,
    )
    if usual is None:
        return match
    table, free = BY_NAME[match.mapping.export], set(match.unused_headers)
    taken = {
        name: sources
        for name, sources in usual.columns.items()
        if name not in match.columns
        and all(header in free for source in sources for header in source.headers)
        and not (_ORDER_AMOUNTS & set(match.columns) and _is_amount(name, table))
    }
    used = {header for sources in taken.values() for one in sources for header in one.headers}
    unused = tuple(header for header in match.unused_headers if header not in used)
    return replace(
        match,
        columns=match.columns | taken,
        codes=(*match.codes, *(rule for rule in usual.codes if rule.column in taken)),
        unused_headers=unused,
        share=1 - len(unused) / headers,
    )


def _is_amount(name: str, table: Table) -> bool:
    if name in STATES:
        return False
    return name in AUXILIARY or table.column(name).type is Type.MONEY


def closest_header(column: str, header: Sequence[str], mapping: HeaderMapping) -> str | None:
    """Return the header of the file most similar to one of `column`, or None."""
    names = [name for source in mapping.sources.get(column, ()) for name in source.headers]
    spelled = {normal(name): name for name in header}
    for name in names:
        near = difflib.get_close_matches(normal(name), spelled, n=1, cutoff=0.6)
        if near:
            return spelled[near[0]]
    return None
