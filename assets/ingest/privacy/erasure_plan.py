"""Plan the removal of a person: what leaves which table, written down before anything changes.

A removal that was cut off goes on by the stored plan, so that ledger and audit get the figures of
the whole removal however often it was interrupted. A row set aside is theirs by its id, by what the
table keeps of it, or by its line in a hand-back file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from assets.ingest.privacy.texts_about_person import texts_naming
from assets.ingest.quarantine.rejected_files import Key, LaidFile
from assets.ingest.stage.orders import order_value
from assets.ingest.stage.returned_rows import short_fingerprint
from assets.resources.lakehouse.lakehouse import Lakehouse, Session, stored_columns
from assets.resources.lakehouse.rule_sql import words
from assets.resources.lakehouse.sql_text import literal
from assets.resources.mentions import Owner, Person
from assets.resources.private_files import written
from assets.resources.vault.vault import Vault
from data_contracts.errors import LinliError
from data_contracts.exports import BY_NAME, EXPORTS, LOGISTICS
from data_contracts.table import Table
from data_contracts.tables import TABLES
from data_contracts.tables.bookkeeping import INGEST_LEDGER, QUARANTINE
from data_contracts.tables.labels import LABEL_EVIDENCE

Plan = dict[str, Any]
PLAN = "_forgetting.json"
MOVED = (
    "rows_loaded",
    "rows_quarantined",
    "rows_forgotten",
    "money_kept_yuan",
    "money_given_back_yuan",
    "money_quarantined_yuan",
    "money_forgotten_yuan",
)


def people_tables() -> list[Table]:
    """Tables of the lake whose rows name a user."""
    return [table for table in (*EXPORTS, *TABLES) if "user_id" in stored_columns(table)]


def refuse_unfinished(lake: Lakehouse) -> None:
    """Raise LinliError while a removal stands half done in `lake`."""
    if (lake.root / PLAN).is_file():
        raise LinliError(
            "the removal of a person was interrupted and must be finished first: "
            "run linli forget for the same user again",
            "上次删除个人数据被中断，须先完成：请对同一用户再次运行 linli forget",
        )


def plan_removal(lake: Lakehouse, vault: Vault, person: Person, laid: Sequence[LaidFile]) -> Plan:
    """What a removal does to `lake`, in absolute figures; the stored plan where one was begun."""
    path = lake.root / PLAN
    if path.is_file():
        return json.loads(path.read_text("utf-8"))
    with lake.session() as session:
        return _planned(session, person, laid) | {"sealed": vault.sealed_rows(person.ids[-1])}


def store_plan(lake: Lakehouse, plan: Plan) -> None:
    """Write the plan down before anything of it is done."""
    if not (lake.root / PLAN).is_file():
        with written(lake.root / PLAN) as stream:
            stream.write(json.dumps(plan, ensure_ascii=False).encode())


def _planned(session: Session, person: Person, laid: Sequence[LaidFile]) -> Plan:
    user_id = person.ids[-1]
    key = literal(user_id)
    orders = [
        row[0]
        for row in session.rows(f"select distinct order_id from orders where user_id = {key}")
    ]
    texts = texts_naming(session, person)
    losses: dict[tuple[str, str], list[Any]] = {}
    counts = {}
    for table, condition in conditions(user_id, orders, texts.rows):
        counts[table.name] = session.scalar(f"select count(*) from {table.name} where {condition}")
        if table not in EXPORTS:
            continue
        for sha, count, amount, back in session.rows(
            f"select file_sha256, count(*)::bigint, "
            f"coalesce(sum({order_value.amount(table)}), 0)::decimal(18, 4), "
            f"coalesce(sum({order_value.returned_amount(table)}), 0)::decimal(18, 4) "
            f"from {table.name} where {condition} group by 1"
        ):
            losses[(table.name, sha)] = [count, amount, back, 0, Decimal(0)]
    aside = _set_aside(session, person, laid)
    for row in aside:
        loss = losses.setdefault(
            (row["export"], row["file_sha256"]), [0, Decimal(0), Decimal(0), 0, Decimal(0)]
        )
        loss[3] += 1
        loss[4] += row["amount_yuan"] or 0
    ledger, files = [], []
    for row in ledger_rows(session):
        key_of_row = (row["export"], row["file_sha256"])
        if key_of_row not in losses:
            continue
        count, amount, back, bad, bad_amount = losses[key_of_row]
        after = dict(row)
        after["rows_loaded"] -= count
        after["rows_quarantined"] -= bad
        after["rows_forgotten"] += count + bad
        after["money_kept_yuan"] -= amount - back
        after["money_given_back_yuan"] -= back
        after["money_quarantined_yuan"] -= bad_amount
        after["money_forgotten_yuan"] += amount + bad_amount
        files.append(row["file_name"])
        figures = {name: str(after[name]) for name in MOVED}
        ledger.append({"export": row["export"], "file_sha256": row["file_sha256"]} | figures)
    return {
        "user_id": user_id,
        "rows": {name: count for name, count in counts.items() if count}
        | ({"quarantine": len(aside)} if aside else {}),
        "orders": orders,
        "texts": texts.rows,
        "with_name": texts.with_name,
        "ledger": ledger,
        "files": sorted(set(files)),
        "quarantined": [
            [row["export"], row["file_sha256"], row["file_name"], row["row_number"]]
            for row in aside
        ],
    }


def _set_aside(session: Session, person: Person, laid: Sequence[LaidFile]) -> list[dict[str, Any]]:
    """Rows of the quarantine about the person, by the table or by the lines handed back."""
    rows = session.arrow(
        "select export, file_sha256, file_name, row_number, user_id, amount_yuan, raw_value, "
        "raw_text from quarantine order by export, file_sha256, row_number"
    ).to_pylist()
    by_line: dict[Key, list[int]] = {}
    found = set()
    for place, row in enumerate(rows):
        name, number = row["file_name"], row["row_number"]
        for content in ("", short_fingerprint(row["file_sha256"])):
            by_line.setdefault((name, content, number), []).append(place)
        said = [row["raw_value"] or "", *(row["raw_text"] or "").split(" | ")]
        if person.names_row(said, _owner(row["user_id"], person)):
            found.add(place)
    for file in laid:
        for line in file.lines() if file.is_ours else ():
            for place in by_line.get(line.key, ()) if line.key is not None else ():
                owner = _owner(rows[place]["user_id"], person)
                if place not in found and person.names_row(line.cells, owner):
                    found.add(place)
    return [rows[place] for place in sorted(found)]


def _owner(user_id: str | None, person: Person) -> Owner:
    if user_id is None:
        return Owner.NOBODY
    return Owner.THEIRS if user_id == person.ids[-1] else Owner.ANOTHER


def refuse_other(lake: Lakehouse, user_id: str) -> None:
    """Only the person whose removal was interrupted may be asked for while it is unfinished."""
    path = lake.root / PLAN
    if path.is_file() and json.loads(path.read_text("utf-8"))["user_id"] != user_id:
        refuse_unfinished(lake)


def conditions(
    user_id: str, orders: Sequence[str], texts: Mapping[str, Sequence[str]]
) -> list[tuple[Table, str]]:
    """Table and the SQL condition of its rows about the person.

    `texts`: table → keys of its rows whose text names them. What was made of such a row, and says
    so, leaves with it.
    """
    found = []
    for table in people_tables():
        if table is QUARANTINE:
            continue
        parts = [f"user_id = {literal(user_id)}"]
        for name, keys in texts.items():
            (key,) = BY_NAME[name].key
            if keys and key in stored_columns(table):
                parts.append(f"{key} in {words(list(keys))}")
            elif keys and table is LABEL_EVIDENCE:
                parts.append(f"(source_table = {literal(name)} and row_key in {words(list(keys))})")
        found.append((table, " or ".join(parts)))
    if orders:
        found.append((LOGISTICS, f"order_id in {words(list(orders))}"))
    return found


def ledger_rows(session: Session) -> list[dict[str, Any]]:
    rows = session.arrow("select * from ingest_ledger order by export, file_name, file_sha256")
    return rows.cast(INGEST_LEDGER.arrow_schema()).to_pylist()


def line_keys(sha256: str, name: str, number: int) -> tuple[Key, Key]:
    """How a line may name a row: with the content's fingerprint, or, in older files, without."""
    return (name, short_fingerprint(sha256), number), (name, "", number)
