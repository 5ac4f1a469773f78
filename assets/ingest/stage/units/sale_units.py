"""Find the unit a row counts in: its own, the one in the header, or that of its product.

Returns SQL. Weights are stored in kilograms: quantities in 斤 are halved and their prices doubled.
"""

from __future__ import annotations

from collections.abc import Collection

from assets.ingest.stage.source_columns import SourceColumns
from assets.resources.lakehouse.rule_sql import text_list
from assets.resources.lakehouse.sql_text import literal
from data_contracts.mappings.transforms import WEIGHTS, Transform
from data_contracts.repairs import RepairKind
from data_contracts.table import Column, Table
from data_contracts.units import Unit

PRICES_PER_UNIT = ("unit_price_yuan", "list_price_yuan", "cost_yuan", "emergency_cost_yuan")
JIN_WORDS = ["jin", "斤", "市斤", "500g"]
BOX_WORDS = ["box", "箱"]
_TOLD_PRICES = (Transform.PRICE_PER_JIN, Transform.FEN_PER_JIN, Transform.PRICE_PER_BOX)
# Exports that often name no unit and use the product file's.
COUNTED_BY_PRODUCT = ("orders", "stock", "supply_terms", "purchase_orders")


class SaleUnits:
    """The units of one file of `table`. `jin_skus`: SKUs that a product file counts in 斤."""

    def __init__(self, table: Table, file: SourceColumns, jin_skus: Collection[str]) -> None:
        self._table, self._file = table, file
        self._jin_skus = sorted(jin_skus)
        self._has_unit = "sale_unit" in file.names and "sale_unit" not in file.ready

    @property
    def may_be_jin(self) -> bool:
        """Whether a row of the file may count in 斤."""
        return self._has_unit or self.uses_product_unit

    @property
    def uses_product_unit(self) -> bool:
        """Whether a row without a unit may take one from its product that needs conversion."""
        return bool(self._jin_skus) and self._may_use_product_unit

    @property
    def _may_use_product_unit(self) -> bool:
        """Whether a row without a unit takes its product's; a unit in a header comes first."""
        return (
            self._table.name in COUNTED_BY_PRODUCT
            and "sku_id" in self._file.names
            and not self._file.is_weighed
            and not self._file.is_boxed
        )

    @property
    def product_unit_columns(self) -> tuple[str, ...]:
        """Columns in the unit of the product where a row names none."""
        if not self._may_use_product_unit:
            return ()
        return tuple(
            column.name
            for column in self._file.present
            if column.unit is Unit.SALE_UNITS or self.is_price(column)
        )

    @property
    def is_jin(self) -> str:
        """Condition of a row that counts in 斤."""
        own = (
            f"coalesce(t_sale_unit in {text_list(JIN_WORDS)}, false)" if self._has_unit else "false"
        )
        return f"({own} or {self.is_jin_by_product('t')})" if self.uses_product_unit else own

    def is_jin_by_product(self, prefix: str) -> str:
        """Write the condition of a row without a unit whose product counts in 斤.

        `prefix`: begins the names of its values.
        """
        untold = f"{prefix}_sale_unit is null and " if "sale_unit" in self._file.names else ""
        return f"({untold}coalesce({prefix}_sku_id in {text_list(self._jin_skus)}, false))"

    def kind(self) -> str:
        """Write the repair of a row in 斤: by its own unit or by its product's."""
        own, of_product = (
            literal(f"sale_unit:{kind.value}")
            for kind in (RepairKind.UNIT_JIN, RepairKind.UNIT_OF_PRODUCT)
        )
        if not self.uses_product_unit:
            return own
        return f"case when {self.is_jin_by_product('t')} then {of_product} else {own} end"

    def is_price(self, column: Column) -> bool:
        """Whether the column is a price per unit of the row; 单价(元/斤) has its own unit."""
        sources = self._file.match.columns.get(column.name, ())
        is_told = any(one.transform in _TOLD_PRICES for one in sources)
        return column.name in PRICES_PER_UNIT and not is_told

    def is_counted(self, column: Column) -> bool:
        """Whether the column counts in the unit of its row; 数量(斤) has its own unit."""
        sources = self._file.match.columns.get(column.name, ())
        is_told = any(one.transform in WEIGHTS for one in sources)
        return column.unit is Unit.SALE_UNITS and not is_told

    @property
    def is_derived(self) -> bool:
        """Whether the unit of a row is known although the file has no column for it."""
        return (
            "sale_unit" in self._table.column_names
            and "sale_unit" not in self._file.names
            and (self._file.is_weighed or self.uses_product_unit)
        )

    def derived(self, *, is_fast: bool) -> list[str]:
        """Write `sale_unit` for a file that has no column for it."""
        if not self.is_derived:
            return []
        if self._file.is_weighed:
            return ["'kg' as sale_unit"]
        # rows that take their product's unit never take the fast path
        return [
            "NULL as sale_unit"
            if is_fast
            else f"case when {self.is_jin} then 'kg' end as sale_unit"
        ]
