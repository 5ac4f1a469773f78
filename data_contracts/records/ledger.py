"""The ledger of files: what became of every row and every fen that was read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class LedgerRow:
    """One content that was read as an export; the fields are the columns of `ingest_ledger`.

    `superseded_by`: content of the corrected file of the same name. `product_unit_columns`: absent
    in rows of earlier versions.
    """

    export: str
    file_name: str
    file_sha256: str
    file_bytes: int | None
    file_format: str | None
    preset: str | None
    rows_read: int
    rows_loaded: int
    rows_quarantined: int
    rows_duplicate: int
    rows_superseded: int
    rows_forgotten: int
    rows_repaired: int
    money_read_yuan: Decimal
    money_kept_yuan: Decimal
    money_given_back_yuan: Decimal
    money_quarantined_yuan: Decimal
    money_duplicate_yuan: Decimal
    money_superseded_yuan: Decimal
    money_forgotten_yuan: Decimal
    rows_without_amount: int | None
    first_day: date | None
    last_day: date | None
    latest_event_at: datetime | None
    ignored_columns: str | None
    ignored_sheets: str | None
    superseded_by: str | None
    product_unit_columns: str | None

    @property
    def key(self) -> tuple[str, str]:
        return self.export, self.file_sha256

    @property
    def money_loaded_yuan(self) -> Decimal:
        """Return the amount of the stored rows, before cancellations and refunds."""
        return self.money_kept_yuan + self.money_given_back_yuan

    @property
    def rows_accounted(self) -> int:
        """Add up the rows of every outcome; equals `rows_read`."""
        return (
            self.rows_loaded
            + self.rows_quarantined
            + self.rows_duplicate
            + self.rows_superseded
            + self.rows_forgotten
        )

    @property
    def money_accounted_yuan(self) -> Decimal:
        """Add up the amounts of every outcome; equals `money_read_yuan`."""
        return (
            self.money_loaded_yuan
            + self.money_quarantined_yuan
            + self.money_duplicate_yuan
            + self.money_superseded_yuan
            + self.money_forgotten_yuan
        )
