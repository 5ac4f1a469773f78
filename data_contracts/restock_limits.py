"""Parse the limits that a platform sets on its orders: `[restock]` of `platform.toml`.

    [restock]
    budget_yuan = 50000         # all orders of a day together
    service_level = 0.95        # cover this share of the cases instead of what earns most

    [restock.warehouses.W01]    # what one warehouse may order and take in on a day
    budget_yuan = 20000
    capacity_units = 3000       # pieces and kilograms together: vans, sorting, shelves

Every key is optional; an unknown key is an error.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from data_contracts.errors import StatedError


@dataclass(frozen=True)
class WarehouseLimits:
    """Most yuan and units that one warehouse may order on a day; None: no limit."""

    budget_yuan: float | None = None
    capacity_units: float | None = None


@dataclass(frozen=True)
class RestockLimits:
    """Limits of a day's orders; None: no limit.

    `service_level`: share of the cases that an order covers, instead of the most profitable one.
    """

    budget_yuan: float | None = None
    service_level: float | None = None
    warehouses: Mapping[str, WarehouseLimits] = field(default_factory=dict)

    @classmethod
    def from_table(cls, raw: Any) -> RestockLimits:
        """Read the table `restock`; raises StatedError naming the key that is wrong."""
        raw = dict(_table(raw, "[restock]"))
        warehouses = _table(raw.pop("warehouses", {}), "[restock.warehouses]")
        limits = {
            name: WarehouseLimits(
                **_numbers(WarehouseLimits, entry, f"[restock.warehouses.{name}]")
            )
            for name, entry in warehouses.items()
        }
        return cls(**_numbers(cls, raw, "[restock]"), warehouses=limits)

    def to_toml(self) -> list[str]:
        """Return the lines of the table; `from_table` of them gives the same limits."""
        lines = ["", "[restock]", *_lines(self)] if _lines(self) else []
        for name, limits in self.warehouses.items():
            quoted = json.dumps(name, ensure_ascii=False).replace("\x7f", "\\u007f")
            lines += ["", f"[restock.warehouses.{quoted}]", *_lines(limits)]
        return lines


def _lines(limits: RestockLimits | WarehouseLimits) -> list[str]:
    values = {item.name: getattr(limits, item.name) for item in fields(limits)}
    return [f"{name} = {value!r}" for name, value in values.items() if isinstance(value, float)]


def _table(raw: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(raw, dict):
        raise StatedError(
            f"platform.toml: {where} must be a table of its own",
            f"platform.toml：{where} 须写成单独的表",
        )
    return raw


def _numbers(kind: type, raw: Any, where: str) -> dict[str, float]:
    """Check keys and values of a table of numbers."""
    allowed = sorted({item.name for item in fields(kind)} - {"warehouses"})
    for key, value in _table(raw, where).items():
        if key not in allowed:
            raise StatedError(
                f"platform.toml: {where} has the unknown key {key!r}; known keys: "
                f"{', '.join(allowed)}",
                f"platform.toml：{where} 中有未知的键 {key!r}；可用：{', '.join(allowed)}",
            )
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        most = 1 if key == "service_level" else float("inf")
        if not is_number or not 0 < value < most:
            reach = "between 0 and 1, like 0.95" if key == "service_level" else "above 0"
            reach_zh = "大于0且小于1，如 0.95" if key == "service_level" else "大于0"
            raise StatedError(
                f"platform.toml: {where} {key} = {value!r} must be a number {reach}",
                f"platform.toml：{where} 的 {key} = {value!r} 应是{reach_zh}的数字",
            )
    return {key: float(value) for key, value in raw.items()}
