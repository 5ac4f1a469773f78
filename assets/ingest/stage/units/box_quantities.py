"""Convert boxes to the unit the product is sold in, by pack size: all exports that count units.

Returns SQL. Boxes are named by a header, 数量(箱) and 单价(元/箱), or by the unit of the row. A box
without a pack size in any product file counts as one unit, which is reported.
"""

from __future__ import annotations

from collections.abc import Mapping

from assets.ingest.stage.source_columns import SourceColumns, text_map
from assets.ingest.stage.units.sale_units import BOX_WORDS, PRICES_PER_UNIT
from assets.resources.lakehouse.rule_sql import text_list
from assets.resources.lakehouse.sql_text import literal
from data_contracts.mappings.transforms import Transform
from data_contracts.repairs import RepairKind
from data_contracts.table import Column, Table
from data_contracts.units import Unit

_ORDERED = ("quantity_units", "ordered_units")  # quantities that a price next to them is for


class BoxQuantities:
    """The boxes of one file of `table`. `packs`: SKU → pack size and its unit."""

    def __init__(
        self, table: Table, file: SourceColumns, packs: Mapping[str, tuple[float, str]]
    ) -> None:
        self._table, self._file, self._packs = table, file, packs
        self._has_unit = "sale_unit" in file.names and "sale_unit" not in file.ready
        self._is_products = table.name == "products"
        self._counted = {c.name for c in file.present if self._says(c, Transform.BOX)}
        self._priced = {c.name for c in file.present if self._says(c, Transform.PRICE_PER_BOX)}
        self.are_in_header = file.is_boxed

    def _says(self, column: Column, transform: Transform) -> bool:
        sources = self._file.match.columns.get(column.name, ())
        return any(one.transform is transform for one in sources)

    @property
    def may_be(self) -> bool:
        """Whether a row of the file may count in boxes."""
        return self._has_unit or self.are_in_header

    @property
    def is_any(self) -> str:
        """Condition of a row that counts in boxes."""
        return "true" if self.are_in_header else self._is_box_row

    @property
    def _is_box_row(self) -> str:
        """Condition of a row whose own unit is the box."""
        if not self._has_unit:
            return "false"
        return f"coalesce(t_sale_unit in {text_list(BOX_WORDS)}, false)"

    @property
    def _size(self) -> str:
        """Pack size of the row's product; NULL where unknown."""
        own = "t_pack_size_units" if "pack_size_units" in self._file.names else None
        if self._is_products and own:
            return own
        return f"coalesce({own}, {self._size_of_product})" if own else self._size_of_product

    @property
    def _size_of_product(self) -> str:
        if not self._packs or "sku_id" not in self._file.names:
            return "NULL::double"
        skus = ", ".join(literal(sku) for sku in self._packs)
        sizes = ", ".join(f"{size}::double" for size, _ in self._packs.values())
        return f"map_extract_value(map([{skus}], [{sizes}]), t_sku_id)"

    @property
    def _unit(self) -> str:
        units = {sku: unit for sku, (_, unit) in self._packs.items()}
        if not units or "sku_id" not in self._file.names:
            return "NULL::varchar"
        return f"map_extract_value({text_map(units)}, t_sku_id)"

    def converted(self, column: Column, value: str) -> str:
        """Write the value in the unit its product is sold in, where it counts boxes."""
        if not self.may_be:
            return value
        if column.name == "sale_unit":
            unit = "NULL" if self._is_products else self._unit
            return f"case when {self._is_box_row} then coalesce({unit}, 'piece') else {value} end"
        if self._is_products and column.name == "pack_size_units" and self._has_unit:
            # 箱规 24 of a product sold by the box is the size of the box itself: its pack is 1
            return f"case when {self._is_box_row} then 1.0 else {value} end"
        is_box = self._is_box(column)
        if is_box is None:
            return value
        if column.unit is Unit.SALE_UNITS:
            return f"case when {is_box} then {value} * coalesce({self._size}, 1) else {value} end"
        each = f"({value} / coalesce({self._size}, 1))::{column.type.duckdb}"
        return f"case when {is_box} then {each} else {value} end"

    def _is_box(self, column: Column) -> str | None:
        """Write the condition of a row whose value of the column is in boxes, or None."""
        if column.name in self._counted | self._priced:
            return None if self._is_products and column.name in self._counted else "true"
        sources = self._file.match.columns.get(column.name, ())
        is_plain = all(one.transform in (Transform.AS_IS, Transform.FEN) for one in sources)
        if self._is_products or not is_plain:
            return None
        if column.name in PRICES_PER_UNIT:
            # a price is per unit of the quantity, unless its header says otherwise
            is_open = not any("/" in h for one in sources for h in one.headers)
            if not is_open:
                return None
            return "true" if self._counted & set(_ORDERED) else self._is_box_row
        if column.unit is not Unit.SALE_UNITS or column.name == "pack_size_units":
            return None  # a pack is counted in what it holds
        # 数量 next to 单价(元/箱) counts boxes, unless the row names its unit
        is_as_priced = column.name == "quantity_units" and "unit_price_yuan" in self._priced
        if is_as_priced and not self._has_unit:
            is_open = not any("(" in h or "（" in h for one in sources for h in one.headers)
            return "true" if is_open else None
        return self._is_box_row if self._has_unit else None

    def kind(self) -> str:
        """Write the repair kind of a row that counts in boxes."""
        known_size, unknown, sold = (
            literal(f"sale_unit:{kind.value}")
            for kind in (RepairKind.UNIT_BOX, RepairKind.BOX_UNKNOWN, RepairKind.SOLD_BY_BOX)
        )
        by_size = f"case when {self._size} is not null then {known_size} else {unknown} end"
        if self._is_products:
            price = f"when {'true' if self._priced else 'false'} then {by_size}"
            return f"case when {self._is_box_row} then {sold} {price} end"
        return f"case when {self.is_any} then {by_size} end"

    @property
    def is_derived(self) -> bool:
        """Whether the unit of a row is known although the file has no column for it."""
        return (
            bool(self._counted and self._packs)
            and "sale_unit" in self._table.column_names
            and "sale_unit" not in self._file.names
            and not self._file.is_weighed
            and not self._is_products
        )

    def derived(self) -> list[str]:
        """Write `sale_unit` for a file that has no column for it."""
        return [f"{self._unit} as sale_unit"] if self.is_derived else []
