"""Find the pack size of a SKU in the product files: 箱规, in the unit the product is sold in.

Orders and stock may count in boxes, by a header or by the unit of a row. Product files that are not
loaded yet are read too. A SKU that is itself sold by the box has pack size 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from assets.ingest.identify_inbox import InboxManifest
from assets.ingest.match.identify_file import IdentifiedFile
from assets.ingest.merge.sku_renames import stated_renames
from assets.ingest.stage.units.product_files import product_cells, stored_products
from assets.ingest.stage.units.sale_units import BOX_WORDS, JIN_WORDS
from assets.resources.home import LinliHome
from assets.resources.lakehouse.lakehouse import Session
from assets.resources.lakehouse.rule_sql import text_list
from assets.resources.lakehouse.sql_text import literal
from data_contracts.exports import PRODUCTS
from data_contracts.repairs import RepairKind


class Pack(NamedTuple):
    """A pack size, and the code of its unit."""

    size: float
    unit: str


def packs_of(home: LinliHome, manifest: InboxManifest) -> dict[str, Pack]:
    """Return SKU → pack, from product files loaded or not."""
    sold_by_box = literal(f"sale_unit:{RepairKind.SOLD_BY_BOX.value}")
    values = (
        f"sku_id, case when contains(coalesce(repairs, ''), {sold_by_box}) then 1 "
        "else pack_size_units end as size, coalesce(sale_unit, 'piece')"
    )
    with stored_products(home, values, "size > 0") as (session, loaded, stored):
        loaded_packs = {sku: Pack(size, unit) for sku, size, unit in stored}
        return loaded_packs | listed_packs(session, manifest.sources_of(PRODUCTS, loaded))


def listed_packs(session: Session, sources: Iterable[IdentifiedFile]) -> dict[str, Pack]:
    """Read the packs in product files."""
    packs: dict[str, Pack] = {}
    for source in sources:
        packs |= _listed(session, source)
    return packs


def with_renamed_skus(packs: Mapping[str, Pack], home: LinliHome) -> dict[str, Pack]:
    """Add the packs under earlier and later ids of renamed SKUs."""
    more: dict[str, Pack] = {}
    for old, new in stated_renames(home).items():
        one = packs.get(new) or packs.get(old)
        if one is not None:
            more |= {old: one, new: one}
    return {**packs, **more}


def _listed(session: Session, source: IdentifiedFile) -> dict[str, Pack]:
    text = product_cells(session, source, ("sku_id", "sale_unit", "pack_size_units"))
    if text is None:
        return {}
    unit, size = text.get("sale_unit", "NULL"), text.get("pack_size_units", "NULL")
    return {
        sku: Pack(held, "kg" if is_kg else "piece")
        for sku, held, is_kg in session.rows(
            f"select {text['sku_id']} as sku, case when {unit} in {text_list(BOX_WORDS)} then 1 "
            f"when {unit} in {text_list(JIN_WORDS)} then try_cast({size} as double) * 0.5 "
            f"else try_cast({size} as double) end as held, "
            f"coalesce({unit} in {text_list([*JIN_WORDS, 'kg'])}, false) "
            "from product_cells where sku is not null and held > 0"
        )
    }
