"""A small platform with habits, for the churn and wake-up tests: written straight into a lake.

Users order at their own rhythm; some leave for good. Belongs here: making rows. Does not: a test.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import dagster as dg
import numpy as np
import pandas as pd
import pyarrow as pa

from assets.resources.home import LinliHome
from assets.resources.vault.vault import Book
from data_contracts.exports import BY_NAME
from data_contracts.table import Table
from tests.events import materialize
from tests.lake import asking

FIRST = date(2026, 1, 1)
LAST = date(2026, 9, 30)
AS_OF = date(2026, 8, 31)
_SKUS = [f"S{number}" for number in range(12)]


def home_at(folder: Path) -> LinliHome:
    (folder / "inbox").mkdir(parents=True, exist_ok=True)
    return LinliHome(home=str(folder), exports=str(folder / "inbox"), threads=1, memory_limit="1GB")


def put(home: LinliHome, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Overwrite an export with `rows`; columns not given are empty."""
    stored: list[dict[str, Any]] = [dict(row) for row in rows]
    fields = [pa.field(column.name, column.type.arrow) for column in table.lake_columns]
    if table.name == "users":
        home.vault.put(Book.EXCLUSIONS, pa.Table.from_pylist(stored, schema=Book.EXCLUSIONS.schema))
    if table.partition == "business_date":
        fields.append(pa.field("business_date", pa.date32()))
        for row in stored:
            row["business_date"] = row[str(table.event_time)].date()
    fields += [pa.field("file_sha256", pa.string()), pa.field("row_number", pa.int64())]
    fields.append(pa.field("repairs", pa.string()))
    home.lakehouse.overwrite(table, pa.Table.from_pylist(stored, schema=pa.schema(fields)))


def order_line(
    order_id: str, user_id: str | None, at: datetime, sku_id: str = "S0", **more: Any
) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "line_id": f"1-{sku_id}",
        "user_id": user_id,
        "ordered_at": at,
        "updated_at": at,
        "community_id": "C1",
        "sku_id": sku_id,
        "sku_name": f"name of {sku_id}",
        "category": f"category {int(sku_id[1:]) % 3}",
        "quantity_units": 2.0,
        "unit_price_yuan": Decimal(10),
        "paid_amount_yuan": Decimal(20),
    } | more


def orders(users: int = 400, seed: int = 7, *, first: date = FIRST) -> list[dict[str, Any]]:
    """Order lines of `users` people from `first` to LAST; a tenth of them is cancelled later."""
    random = np.random.default_rng(seed)
    rows = []
    for user in range(users):
        rhythm = random.choice([3.0, 8.0, 20.0])
        leaves = first + timedelta(days=int(random.exponential(200)))
        day = first + timedelta(days=int(random.uniform(0, 150)))
        while day <= min(LAST, leaves):
            at = datetime.combine(day, datetime.min.time()) + timedelta(
                hours=int(random.integers(7, 22))
            )
            line = order_line(
                f"o{user}-{day}",
                f"u{user}",
                at,
                sku_id=str(random.choice(_SKUS)),
                community_id=f"C{user % 4}",
                paid_amount_yuan=Decimal(int(random.integers(500, 6000))) / 100,
            )
            if random.uniform() < 0.1:
                gone = at + timedelta(days=int(random.integers(0, 20)))
                line |= {"cancelled_units": 2.0, "cancelled_at": gone, "updated_at": gone}
            elif random.uniform() < 0.1:
                back = at + timedelta(days=int(random.integers(1, 20)))
                line |= {"refund_yuan": Decimal(3), "refunded_at": back, "updated_at": back}
            rows.append(line)
            day += timedelta(days=max(1, round(random.exponential(rhythm))))
    return rows


def surroundings(lines: list[dict[str, Any]], seed: int = 8) -> dict[str, list[dict[str, Any]]]:
    """Browse, chat, logistics and contacts that go with order `lines`."""
    random = np.random.default_rng(seed)
    found: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("browse", "chat", "logistics", "contacts")
    }
    for place, line in enumerate(lines):
        at, user = line["ordered_at"], line["user_id"]
        found["browse"].append(
            {"event_id": f"b{place}", "user_id": user, "occurred_at": at, "action": "add_cart"}
        )
        late = bool(random.uniform() < 0.15)
        promised = at + timedelta(days=1)
        arrived = promised + timedelta(hours=5 if late else -2)
        found["logistics"].append(
            {
                "shipment_id": f"s{place}",
                "order_id": line["order_id"],
                "dispatched_at": at + timedelta(hours=6),
                "promised_at": promised,
                "arrived_at": arrived,
                "updated_at": arrived + timedelta(hours=3),
                "issue": "damaged" if random.uniform() < 0.05 else "none",
            }
        )
        if random.uniform() < 0.2:
            found["chat"].append(
                {
                    "message_id": f"m{place}",
                    "sent_at": arrived + timedelta(hours=4),
                    "channel": "review",
                    "sender_role": "user",
                    "user_id": user,
                    "community_id": line["community_id"],
                    "stars": 1 if late else 5,
                }
            )
        if random.uniform() < 0.1:
            found["contacts"].append(
                {
                    "contact_id": f"k{place}",
                    "user_id": user,
                    "sent_at": at + timedelta(days=9),
                    "channel": "wechat",
                    "opened": True,
                }
            )
    return found


def fill(home: LinliHome, tables: Mapping[str, list[dict[str, Any]]]) -> None:
    for name, rows in tables.items():
        put(home, BY_NAME[name], rows)


def run(
    home: LinliHome, *assets: dg.AssetsDefinition, day: date = AS_OF
) -> dg.ExecuteInProcessResult:
    return materialize(list(assets), partition_key=day.isoformat(), resources={"linli": home})


def read(home: LinliHome, sql: str, **params: object) -> pd.DataFrame:
    with asking(home, sql) as session:
        return session.frame(sql, **params)
