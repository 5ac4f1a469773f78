"""Which file of the exports folder is which export, in which format, read by which preset.

What `platform.toml` states of a file comes first, then its name (`orders_2026-10.csv`, a folder
`orders/`, 订单…), then its headers. A file nothing fits is named with the reason, never passed
over.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assets.resources.inbox.detecting import detect
from assets.resources.inbox.file_format import FileFormat, FormatOverride
from assets.resources.inbox.files import InboxFile
from assets.resources.inbox.opening import open_rows
from data_contracts.errors import ExportError
from data_contracts.exports import BY_NAME, EXPORTS
from data_contracts.mappings.fitting import Fit, best_fits, hint
from data_contracts.mappings.presets import Mapping, read_mapping
from data_contracts.platform_file import FileFacts
from data_contracts.sku_renames import RENAMES_FILE
from data_contracts.table import Table

MAPPINGS_FOLDER = "mappings"  # the platform's own mappings, beside its exports

# What operators call these files; the export's Chinese name counts as well.
_NAMES_ZH = {
    "orders": ("订单", "销售明细"),
    "browse": ("浏览",),
    "chat": ("社群", "评价", "聊天"),
    "logistics": ("物流", "配送"),
    "products": ("商品",),
    "communities": ("小区", "自提点"),
    "users": ("用户", "会员"),
    "stock": ("库存",),
    "promotions": ("促销", "活动"),
    "weather": ("天气",),
    "holidays": ("节假日",),
    "contacts": ("触达",),
}


@dataclass(frozen=True)
class Recognised:
    """A file, what it is, and how it is read. `equals`: presets that fit just as well."""

    file: InboxFile
    table: Table
    format: FileFormat
    fit: Fit
    equals: tuple[str, ...] = ()

    @property
    def headers(self) -> list[str]:
        """Headers anything is read from, each once, as they stand in the file."""
        named = [
            header
            for sources in self.fit.columns.values()
            for source in sources
            for header in source.headers
        ]
        return list(dict.fromkeys([*named, *(rule.header for rule in self.fit.codes)]))

    @property
    def preset(self) -> str:
        return self.fit.mapping.label


def export_of_name(name: str) -> Table | None:
    """The export a path in the folder names, by its folder or by how its file begins."""
    parts = name.lower().split("/")
    for folder in parts[:-1]:
        if folder in BY_NAME:
            return BY_NAME[folder]
    stem = parts[-1]
    for table in EXPORTS:
        if re.match(rf"{table.name}([-_.\s(（]|$)", stem):
            return table
    for table in EXPORTS:
        if stem.startswith((table.zh, *_NAMES_ZH.get(table.name, ()))):
            return table
    return None


def own_mappings(exports: Path) -> tuple[Mapping, ...]:
    """The platform's own mappings (`mappings/*.csv`); raises ExportError naming what is wrong."""
    folder = exports / MAPPINGS_FOLDER
    found = []
    for path in sorted(folder.glob("*.csv")) if folder.is_dir() else []:
        if path.name == RENAMES_FILE:
            continue
        try:
            found.append(read_mapping(path))
        except ValueError as error:
            raise ExportError(str(error)) from error
    return tuple(found)


def recognise(
    file: InboxFile, facts: FileFacts, own: Sequence[Mapping] = (), *, export: Table | None = None
) -> Recognised:
    """Say what `file` is; raises ExportError when it is no export, naming what comes nearest.

    `facts` (of `platform.toml`) and `export` win over what name and headers say.
    """
    key = (file, facts, repr(own), export.name if export else None)
    if key not in _RECOGNISED:
        _RECOGNISED[key] = _recognise(file, facts, own, export.name if export else None)
    return _RECOGNISED[key]


# Every export's step looks through the same folder: a file is opened for it once per process.
_RECOGNISED: dict[tuple, Recognised] = {}


def _recognise(
    file: InboxFile, facts: FileFacts, own: Sequence[Mapping], export: str | None
) -> Recognised:
    named = export or facts.export
    if named is not None and named not in BY_NAME:
        raise ExportError(
            f"{file.name}: no export is called {named!r}; known: {', '.join(sorted(BY_NAME))}"
        )
    table = BY_NAME[named] if named else export_of_name(file.name)
    override = FormatOverride(
        encoding=facts.encoding,
        delimiter=facts.delimiter,
        sheet=facts.sheet,
        header_row=facts.header_row,
    )
    format_ = detect(file.path, override)
    header = open_rows(file.path, format_, name=file.name).header
    fits = best_fits(header, export=table.name if table else None, preset=facts.preset, extra=own)
    if not fits:
        raise ExportError(
            f"{file.name}: no preset is called {facts.preset!r} for this export"
            if facts.preset
            else f"{file.name}: no preset has any of its headers; write one with: linli map FILE"
        )
    best = fits[0]
    if best.missing or (table is None and not _is_certain(best)):
        raise ExportError(_misfit(file, table, best, header))
    equals = tuple(
        other.mapping.label
        for other in fits[1:]
        if not other.missing and other.share == best.share and other.columns != best.columns
    )
    return Recognised(file, BY_NAME[best.mapping.export], format_, best, equals)


def _is_certain(fit: Fit) -> bool:
    """Whether headers alone may say what a file is: every required column and most headers."""
    required = BY_NAME[fit.mapping.export].required_names
    return not fit.missing and len(fit.columns) >= max(3, len(required)) and fit.share >= 0.5


def _misfit(file: InboxFile, table: Table | None, best: Fit, header: Sequence[str]) -> str:
    if table is None:
        return (
            f"{file.name}: neither its name nor its headers say which export it is; "
            f"name it like {EXPORTS[0].name}_….csv, or state it in platform.toml [[files]]"
        )
    column = table.column(best.missing[0])
    near = hint(column.name, header, best.mapping)
    return (
        f"{file.name}: the required column {column.name} ({column.zh}) is missing; "
        f"the header has {', '.join(list(header)[:12])}"
        + (f"; nearest: {near}" if near else "")
        + ". Add it, rename its header, or map it with: linli map FILE"
    )
