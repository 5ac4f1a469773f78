"""When an account is marked for ordering to several addresses.

No source states a number, so both are ours. Home and work, or home and the parents', are two
addresses within a week for many households; a third one in the same week is rare for a household
and usual for accounts that are shared or order for others. A mark is something to look at, never a
reason to drop a row or to treat somebody differently
(data_contracts/domain.md#equal-terms).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class AccountMarkParams:
    """`addresses_from`: distinct addresses that mark an account, within `window_days` consecutive
    business days."""

    addresses_from: int = 3
    window_days: int = 7

    def __post_init__(self) -> None:
        if self.addresses_from < 2:
            raise ValueError(f"addresses_from must be 2 or more, got {self.addresses_from}")
        if self.window_days < 1:
            raise ValueError(f"window_days must be 1 or more, got {self.window_days}")
