"""What a box of a SKU holds, as only the product file may say: 箱规, in the unit it is sold in.

Orders and stock may count in boxes, by their header or by the unit of a row. Product files that are
not loaded yet are looked at too, as they are for what a SKU counts in. A SKU that is itself sold by
the box counts in boxes already.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import NamedTuple

import pyarrow as pa

from assets.ingest.loaded_contents import LoadedContents, loaded_in
from assets.ingest.product_units import product_files
from assets.ingest.recognising import Recognised
from assets.ingest.renaming import stated_renames
from assets.ingest.sale_units import BOX_WORDS, JIN_WORDS
from assets.ingest.staging_texts import FileTexts
from assets.resources.home import LinliHome
from assets.resources.inbox.opening import open_rows
from assets.resources.lakehouse import Session
from assets.resources.rule_sql import words
from assets.resources.sql_text import literal
from data_contracts.errors import ExportError
from data_contracts.exports import PRODUCTS
from data_contracts.repairs import RepairKind
from data_contracts.tables.bookkeeping import INGEST_LEDGER


class Pack(NamedTuple):
    """What a box holds, and the code of the unit it holds it in."""

    size: float
    unit: str


def packs_of(home: LinliHome) -> dict[str, Pack]:
    """SKU → its box, as the product files say, loaded or not."""
    lake = home.lakehouse
    sold_by_box = literal(f"sale_unit:{RepairKind.SOLD_BY_BOX.value}")
    found: dict[str, Pack] = {}
    with lake.session(PRODUCTS, INGEST_LEDGER) as session:
        loaded = loaded_in(session)
        if lake.root.exists():
            stored = session.rows(
                f"select sku_id, case when contains(coalesce(repairs, ''), {sold_by_box}) then 1 "
                "else pack_size_units end as size, coalesce(sale_unit, 'piece') from products "
                "where size > 0"
            )
            found = {sku: Pack(size, unit) for sku, size, unit in stored}
        found |= listed_packs(home, session, loaded)
    return found


def listed_packs(
    home: LinliHome, session: Session, loaded: LoadedContents | None = None
) -> dict[str, Pack]:
    """What the product files of the exports folder say, but for contents `loaded`."""
    found: dict[str, Pack] = {}
    for source in product_files(home, loaded):
        found |= _listed(session, source)
    return found


def renamed(packs: Mapping[str, Pack], home: LinliHome) -> dict[str, Pack]:
    """The same with the ids that SKUs go by now, and went by."""
    more: dict[str, Pack] = {}
    for old, new in stated_renames(home).items():
        one = packs.get(new) or packs.get(old)
        if one is not None:
            more |= {old: one, new: one}
    return {**packs, **more}


def _listed(session: Session, source: Recognised) -> dict[str, Pack]:
    rows = open_rows(source.file.path, source.format, name=source.file.name)
    names = [n for n in ("sku_id", "sale_unit", "pack_size_units") if n in source.fit.columns]
    headers = [h for name in names for one in source.fit.columns[name] for h in one.headers]
    with closing(rows):
        try:
            batches = list(rows.reader(list(dict.fromkeys(headers))))
        except ExportError:
            return {}
    if not batches:
        return {}
    session.register("product_cells", pa.Table.from_batches(batches))
    types = {str(row[0]): str(row[1]) for row in session.rows("describe from product_cells")}
    text = {
        name: f"trim(({FileTexts.text_of(PRODUCTS.column(name), source.fit, types, 0)})::varchar)"
        for name in names
    }
    unit, size = text.get("sale_unit", "NULL"), text.get("pack_size_units", "NULL")
    return {
        sku: Pack(held, "kg" if is_kg else "piece")
        for sku, held, is_kg in session.rows(
            f"select {text['sku_id']} as sku, case when {unit} in {words(BOX_WORDS)} then 1 "
            f"when {unit} in {words(JIN_WORDS)} then try_cast({size} as double) * 0.5 "
            f"else try_cast({size} as double) end as held, "
            f"coalesce({unit} in {words([*JIN_WORDS, 'kg'])}, false) "
            "from product_cells where sku is not null and held > 0"
        )
    }
