"""Which SKUs are counted in 斤, as only the product file may say.

Order lines and stock often name no unit: they count as the product is sold. The product file may
come in the same folder as they do, so its unread files are looked at too.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import closing

import pyarrow as pa

from assets.ingest.recognising import Recognised, own_mappings, recognise
from assets.ingest.sale_units import JIN_WORDS
from assets.ingest.staging_texts import FileTexts
from assets.resources.home import LinliHome
from assets.resources.inbox.files import KnownContents, list_files
from assets.resources.inbox.opening import open_rows
from assets.resources.lakehouse import Session
from assets.resources.rule_sql import words
from assets.resources.sql_text import literal
from data_contracts.errors import ExportError
from data_contracts.exports import PRODUCTS
from data_contracts.repairs import RepairKind
from data_contracts.tables.bookkeeping import INGEST_LEDGER


def skus_in_jin(home: LinliHome) -> frozenset[str]:
    """SKUs that the product files, loaded or not, count in 斤.

    What the ledger knows is not opened again: a day would cost more with every file before it.
    """
    lake = home.lakehouse
    said = literal(f"sale_unit:{RepairKind.UNIT_JIN.value}")
    with lake.session(PRODUCTS, INGEST_LEDGER) as session:
        loaded = {row[0] for row in session.rows("select distinct file_sha256 from ingest_ledger")}
        found = listed_in_jin(home, session, loaded)
        if lake.root.exists():
            stored = session.rows(f"select sku_id from products where contains(repairs, {said})")
            found |= {row[0] for row in stored}
    return frozenset(found)


def listed_in_jin(
    home: LinliHome, session: Session, loaded: Collection[str] = frozenset()
) -> set[str]:
    """SKUs that the product files of the exports folder count in 斤, but for contents `loaded`."""
    return {sku for source in _product_files(home, loaded) for sku in _listed(session, source)}


def _product_files(home: LinliHome, loaded: Collection[str]) -> list[Recognised]:
    """Product files of the exports folder that can be read; loading them says why others cannot."""
    if not home.exports_dir.is_dir():
        return []
    platform, own = home.platform(), own_mappings(home.exports_dir)
    contents = KnownContents(home.lakehouse.root / "_contents.json")
    found = []
    for file in list_files(home.exports_dir)[0]:
        try:
            if loaded and contents.sha256(file) in loaded:
                continue
            source = recognise(file, platform.facts_of(file.name), own)
        except ExportError:
            continue
        if source.table is PRODUCTS and "sale_unit" in source.fit.columns:
            found.append(source)
    return found


def _listed(session: Session, source: Recognised) -> set[str]:
    rows = open_rows(source.file.path, source.format, name=source.file.name)
    names = ("sku_id", "sale_unit")
    headers = [h for name in names for one in source.fit.columns[name] for h in one.headers]
    with closing(rows):
        try:
            batches = list(rows.reader(list(dict.fromkeys(headers))))
        except ExportError:
            return set()
    if not batches:
        return set()
    session.register("product_cells", pa.Table.from_batches(batches))
    types = {str(row[0]): str(row[1]) for row in session.rows("describe from product_cells")}
    sku, unit = (FileTexts.text_of(PRODUCTS.column(name), source.fit, types, 0) for name in names)
    return {
        row[0]
        for row in session.rows(
            f"select distinct trim({sku}) from product_cells "
            f"where trim({unit}) in {words(JIN_WORDS)} and {sku} is not null"
        )
    }
