"""Parameters of supply: how long lead times are looked at, and what is assumed without any."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class SupplyParams:
    """Windows and defaults of supply options and lead times.

    - `seen_days`: a warehouse that sold or counted an SKU within so many days is supplied with it.
    - `pack_change_days`: a pack that changed size within so many days has a flag.
    - `history_days`: purchase orders of so many days are learnt from; suppliers change.
    - `longest_days`: an order awaited for longer counts as lost; twice the longest sum that is
      forecast.
    - `default_fresh_days`, `default_days`: lead time that no file says, of presale and instant
      SKUs and of others: data_contracts/domain.md#lead-time.
    """

    seen_days: int = 28
    pack_change_days: int = 28
    history_days: int = 365
    longest_days: int = 56
    default_fresh_days: int = 1
    default_days: int = 5

    def __post_init__(self) -> None:
        for name in ("seen_days", "pack_change_days", "history_days"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1")
        for name in ("default_fresh_days", "default_days"):
            if not 0 <= getattr(self, name) < self.longest_days:
                raise ValueError(f"{name} must be 0 or more, and below longest_days")


SUPPLY = SupplyParams()
