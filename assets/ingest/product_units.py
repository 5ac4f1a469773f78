"""Which SKUs are counted in 斤, as only the product file may say.

Order lines and stock often name no unit: they count as the product is sold. The product file may
come in the same folder as they do, so its unread files are looked at too. What a product file said
once holds until one says another unit: a later export may have no unit column at all. A renamed SKU
counts in the same unit under its old and its new id, unless a product file says otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from contextlib import closing
from dataclasses import dataclass

import pyarrow as pa

from assets.ingest.loaded_contents import LoadedContents, loaded_in
from assets.ingest.recognising import Recognised, own_mappings, recognise
from assets.ingest.renaming import stated_renames
from assets.ingest.sale_units import JIN_WORDS
from assets.ingest.staging_texts import FileTexts
from assets.resources.atomic_file import write_atomically
from assets.resources.home import LinliHome
from assets.resources.inbox.files import KnownContents, list_files
from assets.resources.inbox.opening import open_rows
from assets.resources.lakehouse import Lakehouse, Session
from assets.resources.rule_sql import words
from assets.resources.sql_text import literal
from data_contracts.errors import ExportError
from data_contracts.exports import PRODUCTS
from data_contracts.repairs import RepairKind
from data_contracts.table import Table
from data_contracts.tables.bookkeeping import INGEST_LEDGER

MEMORY = "_product_units.json"


@dataclass(frozen=True)
class Units:
    """SKUs that product files count in 斤, and those they count in another unit."""

    jin: frozenset[str] = frozenset()
    other: frozenset[str] = frozenset()

    def then(self, later: Units) -> Units:
        """What holds when `later` comes after these."""
        return Units((self.jin - later.other) | later.jin, (self.other - later.jin) | later.other)

    def renamed(self, renames: Mapping[str, str]) -> Units:
        """The same with every id a SKU goes or went by."""
        told = self.jin | self.other
        same = {renames.get(sku, sku) for sku in self.jin}
        ids = {one for pair in renames.items() for one in pair}
        return Units(
            self.jin | {one for one in ids if renames.get(one, one) in same and one not in told},
            self.other,
        )


def skus_in_jin(home: LinliHome) -> frozenset[str]:
    """SKUs that the product files, loaded or not, count in 斤.

    What the ledger knows is not opened again: a day would cost more with every file before it.
    """
    lake, renames = home.lakehouse, stated_renames(home)
    told = Units()
    said = literal(f"sale_unit:{RepairKind.UNIT_JIN.value}")
    with lake.session(PRODUCTS, INGEST_LEDGER) as session:
        loaded = loaded_in(session)
        if lake.root.exists():
            stored = session.rows(
                f"select sku_id, coalesce(contains(repairs, {said}), false) from products "
                "where sale_unit is not null"
            )
            told = Units(
                frozenset(sku for sku, is_jin in stored if is_jin),
                frozenset(sku for sku, is_jin in stored if not is_jin),
            )
        told = told.then(listed_units(home, session, loaded))
    other = {renames.get(sku, sku) for sku in told.other}
    before = {sku for skus in _read(lake).values() for sku in skus}
    kept = frozenset(sku for sku in before if renames.get(sku, sku) not in other)
    return Units(kept).then(told).renamed(renames).jin


def listed_units(home: LinliHome, session: Session, loaded: LoadedContents | None = None) -> Units:
    """What the product files of the exports folder say, but for what is `loaded`."""
    found = Units()
    for source in product_files(home, loaded):
        if "sale_unit" not in source.fit.columns:
            continue
        found = found.then(_listed(session, source))
    return found


def applied_to(lake: Lakehouse, table: Table) -> frozenset[str]:
    """SKUs that rows of `table` without a unit are counted in 斤 for, as they are stored."""
    return frozenset(_read(lake).get(table.name, ()))


def note_applied(lake: Lakehouse, table: Table, skus: Collection[str]) -> None:
    """Remember that the rows of `table` are stored so."""
    noted = _read(lake) | {table.name: sorted(skus)}
    write_atomically(lake.root / MEMORY, json.dumps(noted, ensure_ascii=False).encode())


def _read(lake: Lakehouse) -> dict[str, list[str]]:
    path = lake.root / MEMORY
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}


def product_files(home: LinliHome, loaded: LoadedContents | None = None) -> list[Recognised]:
    """Product files of the exports folder that can be read; loading them says why others cannot."""
    if not home.exports_dir.is_dir():
        return []
    platform, own = home.platform(), own_mappings(home.exports_dir)
    contents = KnownContents(home.lakehouse.root / "_contents.json")
    files, _ = list_files(home.exports_dir)
    if loaded:
        contents.look_at(files, home.threads)
    found = []
    for file in files:
        try:
            if loaded and loaded.is_loaded(file.name, contents.sha256(file)):
                continue
            source = recognise(file, platform.facts_of(file.name), own)
        except ExportError:
            continue
        if source.table is PRODUCTS:
            found.append(source)
    return found


def _listed(session: Session, source: Recognised) -> Units:
    rows = open_rows(source.file.path, source.format, name=source.file.name)
    names = ("sku_id", "sale_unit")
    headers = [h for name in names for one in source.fit.columns[name] for h in one.headers]
    with closing(rows):
        try:
            batches = list(rows.reader(list(dict.fromkeys(headers))))
        except ExportError:
            return Units()
    if not batches:
        return Units()
    session.register("product_cells", pa.Table.from_batches(batches))
    types = {str(row[0]): str(row[1]) for row in session.rows("describe from product_cells")}
    sku, unit = (FileTexts.text_of(PRODUCTS.column(name), source.fit, types, 0) for name in names)
    told = session.rows(
        f"select trim({sku}), bool_or(trim({unit}) in {words(JIN_WORDS)}) from product_cells "
        f"where {sku} is not null and nullif(trim({unit}), '') is not null group by 1"
    )
    return Units(
        frozenset(name for name, is_jin in told if is_jin),
        frozenset(name for name, is_jin in told if not is_jin),
    )
