"""SKU renames, old id → current id, as `platform.toml` or a file states them.

Contains their validation and the end of a chain of renames. Not here: how rows are renamed.
"""

from __future__ import annotations

from collections.abc import Mapping

from data_contracts.errors import StatedError
from data_contracts.table import Table

# In the folder `mappings/` of the exports; for lists too long for platform.toml.
RENAMES_FILE = "sku_renames.csv"
OLD, NEW = "old_sku_id", "new_sku_id"


def has_renames(table: Table) -> bool:
    """Whether rows of `table` are renamed. Products are not: each id there has its own row."""
    return "sku_id" in table.column_names and table.name != "products"


def resolved(stated: Mapping[str, str]) -> dict[str, str]:
    """Return old id → last id of its chain of renames; raises StatedError for a circle.

    >>> resolved({"A": "B", "B": "C"})
    {'A': 'C', 'B': 'C'}
    """
    ends: dict[str, str] = {}
    for old, new in stated.items():
        for name in (old, new):
            if not name or name != name.strip():
                raise StatedError(
                    f"sku_renames: {old!r} = {new!r}: an id is empty or has spaces around it; "
                    "write it as the exports do",
                    f"sku_renames：{old!r} = {new!r}：编码为空或前后有空格；请与导出文件中的"
                    "写法一致",
                )
        if old == new:
            raise StatedError(
                f'sku_renames: "{old}" is renamed to itself; remove that line',
                f"sku_renames：“{old}” 改名为自己；请删除这一行",
            )
        passed = {old: None}  # in order, and looked up at once: a chain may be long
        while new in stated:
            if new in passed:
                names = [*passed, new]
                circle = " → ".join(names[names.index(new) :])
                raise StatedError(
                    f"sku_renames: {circle} is a circle; remove one of these lines",
                    f"sku_renames：{circle} 形成循环；请删除其中一行",
                )
            passed[new] = None
            new = ends.get(new, stated[new])
        ends[old] = new
    return ends
