"""What a row counts in: its own unit, the one its header says, or that of its product.

SQL text out. Linli keeps kilograms: what is counted in 斤 is halved and its prices doubled.
"""

from __future__ import annotations

from collections.abc import Collection

from assets.ingest.stage.source_columns import SourceColumns
from assets.resources.lakehouse.rule_sql import words
from assets.resources.lakehouse.sql_text import literal
from data_contracts.mappings.transforms import WEIGHTS, Transform
from data_contracts.repairs import RepairKind
from data_contracts.table import Column, Table
from data_contracts.units import Unit

PRICES_PER_UNIT = ("unit_price_yuan", "list_price_yuan", "cost_yuan")
JIN_WORDS = ["jin", "斤", "市斤", "500g"]
BOX_WORDS = ["box", "箱"]
_TOLD_PRICES = (Transform.PRICE_PER_JIN, Transform.FEN_PER_JIN, Transform.PRICE_PER_BOX)
# Exports that often name no unit: they count as the product file says.
COUNTED_BY_PRODUCT = ("orders", "stock")


class SaleUnits:
    """Units of one file of `table`. `jin_skus`: SKUs of which a product file says 斤."""

    def __init__(self, table: Table, file: SourceColumns, jin_skus: Collection[str]) -> None:
        self._table, self._file = table, file
        self._jin_skus = sorted(jin_skus)
        self._has_unit = "sale_unit" in file.names and "sale_unit" not in file.ready

    @property
    def may_be_jin(self) -> bool:
        """Whether a row of the file may count in 斤."""
        return self._has_unit or self.is_product_s

    @property
    def is_product_s(self) -> bool:
        """Whether a row without a unit may have one from its product that is converted."""
        return bool(self._jin_skus) and self._may_be_product_s

    @property
    def _may_be_product_s(self) -> bool:
        """Whether a row without a unit has its product's; a header that says one is read."""
        return (
            self._table.name in COUNTED_BY_PRODUCT
            and "sku_id" in self._file.names
            and not self._file.is_weighed
            and not self._file.is_boxed
        )

    @property
    def product_s_columns(self) -> tuple[str, ...]:
        """Columns that count in the unit of the product where a row names none."""
        if not self._may_be_product_s:
            return ()
        return tuple(
            column.name
            for column in self._file.present
            if column.unit is Unit.SALE_UNITS or self.is_price(column)
        )

    @property
    def is_jin(self) -> str:
        """Condition of a row that counts in 斤."""
        told = f"coalesce(t_sale_unit in {words(JIN_WORDS)}, false)" if self._has_unit else "false"
        return f"({told} or {self.is_jin_by_product('t')})" if self.is_product_s else told

    def is_jin_by_product(self, prefix: str) -> str:
        """Condition of a row that names no unit, of a product counted in 斤. `prefix`: how the
        names of its values begin."""
        untold = f"{prefix}_sale_unit is null and " if "sale_unit" in self._file.names else ""
        return f"({untold}coalesce({prefix}_sku_id in {words(self._jin_skus)}, false))"

    def kind(self) -> str:
        """SQL of the repair of a row that `is_jin`, by who says that it counts in 斤."""
        own, of_product = (
            literal(f"sale_unit:{kind.value}")
            for kind in (RepairKind.UNIT_JIN, RepairKind.UNIT_OF_PRODUCT)
        )
        if not self.is_product_s:
            return own
        return f"case when {self.is_jin_by_product('t')} then {of_product} else {own} end"

    def is_price(self, column: Column) -> bool:
        """Whether the column is a price of what the row counts in; 单价(元/斤) says its own."""
        sources = self._file.match.columns.get(column.name, ())
        is_told = any(one.transform in _TOLD_PRICES for one in sources)
        return column.name in PRICES_PER_UNIT and not is_told

    def is_counted(self, column: Column) -> bool:
        """Whether the column counts in the unit of its row; 数量(斤) says its own."""
        sources = self._file.match.columns.get(column.name, ())
        is_told = any(one.transform in WEIGHTS for one in sources)
        return column.unit is Unit.SALE_UNITS and not is_told

    @property
    def is_made(self) -> bool:
        """Whether the unit of a row is known though the file has no column for it."""
        return (
            "sale_unit" in self._table.column_names
            and "sale_unit" not in self._file.names
            and (self._file.is_weighed or self.is_product_s)
        )

    def derived(self, *, is_fast: bool) -> list[str]:
        """`sale_unit` of a file that has no column for it, where it is known."""
        if not self.is_made:
            return []
        if self._file.is_weighed:
            return ["'kg' as sale_unit"]
        # a row that takes its product's unit is never plain
        return [
            "NULL as sale_unit"
            if is_fast
            else f"case when {self.is_jin} then 'kg' end as sale_unit"
        ]
