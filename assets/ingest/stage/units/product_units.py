"""Find the SKUs that are counted in 斤 according to the product files.

Order lines and stock often name no unit: they count in the unit the product is sold in. The unit in
a product file holds until a later one names another, because later exports may have no unit column.
A renamed SKU has the same unit under its old and new id, unless a product file says otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from assets.ingest.identify_inbox import InboxManifest
from assets.ingest.match.identify_file import IdentifiedFile
from assets.ingest.merge.sku_renames import stated_renames
from assets.ingest.stage.units.product_files import product_cells, stored_products
from assets.ingest.stage.units.sale_units import JIN_WORDS
from assets.resources.files.atomic_file import write_atomically
from assets.resources.home import LinliHome
from assets.resources.lakehouse.lakehouse import Lakehouse, Session
from assets.resources.lakehouse.rule_sql import text_list
from assets.resources.lakehouse.sql_text import literal
from data_contracts.exports import PRODUCTS
from data_contracts.repairs import RepairKind
from data_contracts.table import Table

MEMORY = "_product_units.json"


@dataclass(frozen=True)
class ProductUnits:
    """SKUs that product files count in 斤, and those they count in another unit."""

    jin: frozenset[str] = frozenset()
    other: frozenset[str] = frozenset()

    def then(self, later: ProductUnits) -> ProductUnits:
        """Return the units after `later` overrides these."""
        return ProductUnits(
            (self.jin - later.other) | later.jin, (self.other - later.jin) | later.other
        )

    def renamed(self, renames: Mapping[str, str]) -> ProductUnits:
        """Add every earlier and later id of the SKUs."""
        stated = self.jin | self.other
        same = {renames.get(sku, sku) for sku in self.jin}
        ids = {one for pair in renames.items() for one in pair}
        return ProductUnits(
            self.jin | {one for one in ids if renames.get(one, one) in same and one not in stated},
            self.other,
        )


def skus_in_jin(home: LinliHome, manifest: InboxManifest) -> frozenset[str]:
    """Return the SKUs that product files, loaded or not, count in 斤."""
    lake, renames = home.lakehouse, stated_renames(home)
    marker = literal(f"sale_unit:{RepairKind.UNIT_JIN.value}")
    values = f"sku_id, coalesce(contains(repairs, {marker}), false)"
    with stored_products(home, values, "sale_unit is not null") as (session, loaded, stored):
        units = ProductUnits(
            frozenset(sku for sku, is_jin in stored if is_jin),
            frozenset(sku for sku, is_jin in stored if not is_jin),
        )
        units = units.then(listed_units(session, manifest.sources_of(PRODUCTS, loaded)))
    other = {renames.get(sku, sku) for sku in units.other}
    before = {sku for skus in _read(lake).values() for sku in skus}
    kept = frozenset(sku for sku in before if renames.get(sku, sku) not in other)
    return ProductUnits(kept).then(units).renamed(renames).jin


def listed_units(session: Session, sources: Iterable[IdentifiedFile]) -> ProductUnits:
    """Read the units in product files."""
    units = ProductUnits()
    for source in sources:
        if "sale_unit" not in source.match.columns:
            continue
        units = units.then(_listed(session, source))
    return units


def applied_to(lake: Lakehouse, table: Table) -> frozenset[str]:
    """Return the SKUs whose stored rows of `table` were converted from 斤 without naming a unit."""
    return frozenset(_read(lake).get(table.name, ()))


def note_applied(lake: Lakehouse, table: Table, skus: Collection[str]) -> None:
    """Record that the stored rows of `table` were converted for `skus`."""
    noted = _read(lake) | {table.name: sorted(skus)}
    write_atomically(lake.root / MEMORY, json.dumps(noted, ensure_ascii=False).encode())


def _read(lake: Lakehouse) -> dict[str, list[str]]:
    path = lake.root / MEMORY
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}


def _listed(session: Session, source: IdentifiedFile) -> ProductUnits:
    cells = product_cells(session, source, ("sku_id", "sale_unit"))
    if cells is None:
        return ProductUnits()
    sku, unit = cells["sku_id"], cells["sale_unit"]
    counted = session.rows(
        f"select {sku}, bool_or({unit} in {text_list(JIN_WORDS)}) from product_cells "
        f"where {sku} is not null and nullif({unit}, '') is not null group by 1"
    )
    return ProductUnits(
        frozenset(name for name, is_jin in counted if is_jin),
        frozenset(name for name, is_jin in counted if not is_jin),
    )
