"""Declare rules on rows as a whole: schema, freshness, volume and shift of a day, table size.

Contains which export has which rule, and every policy number with its reason. Not here: the history
that turns a rule into bounds (`assets.checks.history`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import ceil

from data_contracts.exports import BY_NAME as EXPORTS
from data_contracts.table import Personal, Table

# Volume: the same weekday of these many weeks before, and how many of them must hold rows. Fewer
# say "no history": a median of one day is that day.
VOLUME_WEEKS = 4
VOLUME_MIN_DAYS = 2
# A day under 0.6 of the weekday's median, or over 1/0.6 of it, warns: half a day is always seen.
# Ordinary days outside: 0 of 62 (FreshRetailNet-50K), 3 % of a year of the sample (its festivals),
# 12 % (UCI Online Retail, wholesale).
VOLUME_MIN_RATIO = 0.6
# Counts of few rows scatter by √n (Poisson); within 3 √median nothing warns. Decides under 57 rows.
VOLUME_POISSON_SIGMAS = 3.0
# From this median on a day without any row warns: of 5 expected rows none comes by chance in 0.7 %.
VOLUME_NEVER_EMPTY_FROM = 5

# Shift: shares of the day against those of the days before.
SHIFT_DAYS = 28  # four whole weeks: every weekday counts alike
SHIFT_MIN_DAYS = 7  # fewer days with rows say "no history": not every weekday was seen
# Kullback-Leibler divergence in nats of the day from the days before. PSI is the sum of the two
# directions; its customary "significant" is 0.25 (Siddiqi, Credit Risk Scorecards, 2006), half of
# which is 0.125. Largest on ordinary days: 0.06 in the sample, 0.02 in FreshRetailNet-50K.
SHIFT_MAX_KL_NATS = 0.125
# 2 n KL is about χ² with (labels - 1) degrees; of 11 labels and 200 rows 99.9 % stay under 0.075.
SHIFT_MIN_ROWS = 200
SHIFT_BINS = 10  # numbers: deciles of the days before
# A label the days before never had counts as this share, so that it is rare and not impossible.
SHIFT_MIN_SHARE = 0.001

# Size of a reference table: rows compared with those before the last load that changed the number.
# Products, communities and users come and go by ones, and a load replaces the file of its name
# whole: a fifth gone at once is an export cut short or a filter left on. Policy, not measured: no
# data set here has two exports of one reference file.
SIZE_MIN_SHARE = 0.8
# Checked days a smaller table keeps warning; then it is taken as meant.
SIZE_DAYS = 7


class BatchKind(StrEnum):
    SCHEMA = "schema"  # stored columns and types are the contract's, none missing, none more
    FRESHNESS = "freshness"  # the latest event is not older than so many hours at the day's end
    VOLUME = "volume"  # as many rows as on the same weekday before
    SHIFT = "shift"  # shares of codes, or of deciles of a number, as in the days before
    SIZE = "size"  # a reference table has not lost a large part of its rows


@dataclass(frozen=True)
class BatchRule:
    """One rule on rows as a whole. `column`: None where it is about the rows themselves."""

    kind: BatchKind
    column: str | None = None
    max_age_hours: int | None = None

    @property
    def name(self) -> str:
        """Stable name, as checks carry it: `quantity_units.shift`."""
        return f"{self.column or 'table'}.{self.kind.value}"


@dataclass(frozen=True)
class Daily:
    """How an export that is delivered daily is monitored.

    `max_age_hours`: age of its latest event at the end of the business day; None: it has days, not
    times. `numbers`: columns whose deciles are monitored. `unmonitored`: codes that differ from day
    to day by nature, such as the progress of a row: the newest day always differs.
    """

    max_age_hours: int | None
    numbers: tuple[str, ...] = ()
    unmonitored: tuple[str, ...] = ()


# Exports that come by day. The others (files of products, people, places, promotions, calendars,
# campaigns) have no day whose volume or shares could be compared: see REFERENCES.
DAILY: Mapping[str, Daily] = {
    # 12 hours: the half of a day, as `assets.ingest.coverage` takes a day as covered
    "orders": Daily(
        12,
        ("quantity_units", "unit_price_yuan", "paid_amount_yuan"),
        unmonitored=("order_status",),
    ),
    "browse": Daily(12, ("dwell_seconds",)),
    # a whole day: what is said may be little, shipments leave in one wave, stock is counted once
    "chat": Daily(24, ("stars",)),
    "logistics": Daily(24, unmonitored=("shipment_status", "issue")),
    "stock": Daily(24, ("on_hand_units",)),
    "availability": Daily(None),
    # a week: every order calendar has a day in it
    "purchase_orders": Daily(7 * 24, ("ordered_units",), unmonitored=("po_status",)),
    "weather": Daily(None, unmonitored=("warning",)),
}

# Files of what there is, whose size is watched. Not those of promotions, calendars and contacts: an
# export may hold the running season only.
REFERENCES = ("products", "communities", "users")


def day_column(table: Table) -> str | None:
    """Return the column with the day of a row of a daily export; None for others.

    A timestamp belongs to the business day its cut-off closes.
    """
    if table.name not in DAILY:
        return None
    return table.partition or table.event_time or "day"


def monitored_codes(table: Table) -> tuple[str, ...]:
    """Return the code columns of a daily export whose shares are monitored.

    All but the `unmonitored` ones and those about a person.
    """
    daily = DAILY[table.name]
    return tuple(
        column.name
        for column in table.columns
        if column.codes is not None
        and column.personal is Personal.NO
        and column.name not in daily.unmonitored
    )


def batch_rules(table: Table) -> list[BatchRule]:
    """Return the rules on the rows of an export as a whole; empty for computed tables."""
    if table.name not in EXPORTS:
        return []
    rules = [BatchRule(BatchKind.SCHEMA)]
    if table.name in REFERENCES:
        rules.append(BatchRule(BatchKind.SIZE))
    daily = DAILY.get(table.name)
    if daily is None:
        return rules
    if daily.max_age_hours is not None:
        rules.append(BatchRule(BatchKind.FRESHNESS, table.event_time, daily.max_age_hours))
    rules.append(BatchRule(BatchKind.VOLUME))
    rules += [
        BatchRule(BatchKind.SHIFT, name) for name in (*daily.numbers, *monitored_codes(table))
    ]
    return rules


def volume_bounds(median_rows: float) -> tuple[int, int]:
    """Return the fewest and most rows of a normal day, both inclusive.

    >>> volume_bounds(1000)
    (600, 1666)
    >>> volume_bounds(16)
    (4, 28)
    >>> volume_bounds(5), volume_bounds(4)
    ((1, 11), (0, 10))
    """
    scatter = VOLUME_POISSON_SIGMAS * median_rows**0.5
    lowest = min(VOLUME_MIN_RATIO * median_rows, median_rows - scatter)
    highest = max(median_rows / VOLUME_MIN_RATIO, median_rows + scatter)
    fewest = 1 if median_rows >= VOLUME_NEVER_EMPTY_FROM else 0
    return max(fewest, ceil(lowest)), int(highest)


def fewest_rows(rows_before: int) -> int:
    """Return the fewest normal rows of a reference table that had `rows_before`, inclusive.

    >>> fewest_rows(1000), fewest_rows(4), fewest_rows(1)
    (800, 4, 1)
    """
    return ceil(SIZE_MIN_SHARE * rows_before)


def expected_shares(rows_by_label: Mapping[str, int]) -> dict[str, float]:
    """Return each label's share on earlier days, at least SHIFT_MIN_SHARE before scaling to 1.

    >>> expected_shares({"a": 3, "b": 1, "new": 0})["a"]
    0.7492507492507493
    """
    total = sum(rows_by_label.values())
    shares = {label: max(rows / total, SHIFT_MIN_SHARE) for label, rows in rows_by_label.items()}
    whole = sum(shares.values())
    return {label: share / whole for label, share in shares.items()}
