"""Plan the erasure of a person: list what is deleted from which table before anything changes.

An interrupted erasure continues with the stored plan, so that ledger and audit get the figures of
the whole erasure. A quarantined row belongs to the person by its user id, by the text stored with
it, or by its line in a rejected-rows file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from assets.ingest.merge.ledger import whole_ledger
from assets.ingest.privacy.texts_about_person import find_texts_about
from assets.ingest.quarantine.rejected_files import QuarantineFile, RowReference
from assets.ingest.stage.orders import row_value
from assets.ingest.stage.returned_rows import short_fingerprint
from assets.resources.files.private_files import private_writer
from assets.resources.lakehouse.lakehouse import Lakehouse, Session, stored_columns
from assets.resources.lakehouse.rule_sql import text_list
from assets.resources.lakehouse.sql_text import literal
from assets.resources.person_search.mentions import Owner, Person
from assets.resources.vault.vault import Vault
from data_contracts.errors import LinliError
from data_contracts.exports import BY_NAME, EXPORTS, LOGISTICS
from data_contracts.stored_tables import STORED_TABLES
from data_contracts.table import Table
from data_contracts.tables.bookkeeping import QUARANTINE
from data_contracts.tables.labels import LABEL_EVIDENCE

ErasurePlan = dict[str, Any]
PLAN_FILE = "_forgetting.json"
MOVED_COLUMNS = (
    "rows_loaded",
    "rows_quarantined",
    "rows_forgotten",
    "money_kept_yuan",
    "money_given_back_yuan",
    "money_quarantined_yuan",
    "money_forgotten_yuan",
)


def tables_with_users() -> list[Table]:
    """Return the tables of the lake whose rows name a user."""
    return [table for table in STORED_TABLES if "user_id" in stored_columns(table)]


def require_no_unfinished_erasure(lake: Lakehouse) -> None:
    """Raise LinliError while an erasure in `lake` is unfinished."""
    if (lake.root / PLAN_FILE).is_file():
        raise LinliError(
            "the removal of a person was interrupted and must be finished first: "
            "run linli forget for the same user again",
            "上次删除个人数据被中断，须先完成：请对同一用户再次运行 linli forget",
        )


def plan_erasure(
    lake: Lakehouse, vault: Vault, person: Person, laid: Sequence[QuarantineFile]
) -> ErasurePlan:
    """Return the changes to `lake` in absolute figures; the stored plan of an interrupted erasure
    wins."""
    path = lake.root / PLAN_FILE
    if path.is_file():
        return json.loads(path.read_text("utf-8"))
    with lake.session() as session:
        return _plan(session, person, laid) | {"sealed": vault.sealed_rows(person.ids[-1])}


def store_plan(lake: Lakehouse, plan: ErasurePlan) -> None:
    """Store the plan before any of it is carried out."""
    if not (lake.root / PLAN_FILE).is_file():
        with private_writer(lake.root / PLAN_FILE) as stream:
            stream.write(json.dumps(plan, ensure_ascii=False).encode())


def _plan(session: Session, person: Person, laid: Sequence[QuarantineFile]) -> ErasurePlan:
    user_id = person.ids[-1]
    key = literal(user_id)
    orders = [
        row[0]
        for row in session.rows(f"select distinct order_id from orders where user_id = {key}")
    ]
    texts = find_texts_about(session, person)
    losses: dict[tuple[str, str], list[Any]] = {}
    counts = {}
    for table, condition in erasure_conditions(user_id, orders, texts.rows):
        counts[table.name] = session.scalar(f"select count(*) from {table.name} where {condition}")
        if table not in EXPORTS:
            continue
        for sha, count, amount, back in session.rows(
            f"select file_sha256, count(*)::bigint, "
            f"coalesce(sum({row_value.amount(table)}), 0)::decimal(18, 4), "
            f"coalesce(sum({row_value.returned_amount(table)}), 0)::decimal(18, 4) "
            f"from {table.name} where {condition} group by 1"
        ):
            losses[(table.name, sha)] = [count, amount, back, 0, Decimal(0)]
    aside = _quarantined_rows(session, person, laid)
    for row in aside:
        loss = losses.setdefault(
            (row["export"], row["file_sha256"]), [0, Decimal(0), Decimal(0), 0, Decimal(0)]
        )
        loss[3] += 1
        loss[4] += row["amount_yuan"] or 0
    ledger, files = [], []
    for entry in whole_ledger(session):
        if entry.key not in losses:
            continue
        count, amount, back, bad, bad_amount = losses[entry.key]
        after = replace(
            entry,
            rows_loaded=entry.rows_loaded - count,
            rows_quarantined=entry.rows_quarantined - bad,
            rows_forgotten=entry.rows_forgotten + count + bad,
            money_kept_yuan=entry.money_kept_yuan - (amount - back),
            money_given_back_yuan=entry.money_given_back_yuan - back,
            money_quarantined_yuan=entry.money_quarantined_yuan - bad_amount,
            money_forgotten_yuan=entry.money_forgotten_yuan + amount + bad_amount,
        )
        files.append(entry.file_name)
        figures = {name: str(getattr(after, name)) for name in MOVED_COLUMNS}
        ledger.append({"export": entry.export, "file_sha256": entry.file_sha256} | figures)
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


def _quarantined_rows(
    session: Session, person: Person, laid: Sequence[QuarantineFile]
) -> list[dict[str, Any]]:
    """Return the quarantined rows about the person, by their own text or by rejected-rows files."""
    rows = session.arrow(
        "select export, file_sha256, file_name, row_number, user_id, amount_yuan, raw_value, "
        "raw_text from quarantine order by export, file_sha256, row_number"
    ).to_pylist()
    by_line: dict[RowReference, list[int]] = {}
    theirs = set()
    for place, row in enumerate(rows):
        name, number = row["file_name"], row["row_number"]
        for content in ("", short_fingerprint(row["file_sha256"])):
            by_line.setdefault((name, content, number), []).append(place)
        said = [row["raw_value"] or "", *(row["raw_text"] or "").split(" | ")]
        if person.names_row(said, _owner(row["user_id"], person)):
            theirs.add(place)
    for file in laid:
        for line in file.lines() if file.is_rejected_rows else ():
            for place in by_line.get(line.key, ()) if line.key is not None else ():
                owner = _owner(rows[place]["user_id"], person)
                if place not in theirs and person.names_row(line.cells, owner):
                    theirs.add(place)
    return [rows[place] for place in sorted(theirs)]


def _owner(user_id: str | None, person: Person) -> Owner:
    if user_id is None:
        return Owner.NOBODY
    return Owner.THEIRS if user_id == person.ids[-1] else Owner.ANOTHER


def require_same_person(lake: Lakehouse, user_id: str) -> None:
    """Raise LinliError when the unfinished erasure in `lake` is of another person."""
    path = lake.root / PLAN_FILE
    if path.is_file() and json.loads(path.read_text("utf-8"))["user_id"] != user_id:
        require_no_unfinished_erasure(lake)


def erasure_conditions(
    user_id: str, orders: Sequence[str], texts: Mapping[str, Sequence[str]]
) -> list[tuple[Table, str]]:
    """Return each table with the SQL condition of its rows about the person.

    `texts`: table → keys of its rows whose text names the person. Rows derived from such a row, and
    that refer to it, are erased with it.
    """
    tables = []
    for table in tables_with_users():
        if table is QUARANTINE:
            continue
        parts = [f"user_id = {literal(user_id)}"]
        for name, keys in texts.items():
            (key,) = BY_NAME[name].key
            if keys and key in stored_columns(table):
                parts.append(f"{key} in {text_list(list(keys))}")
            elif keys and table is LABEL_EVIDENCE:
                parts.append(
                    f"(source_table = {literal(name)} and row_key in {text_list(list(keys))})"
                )
        tables.append((table, " or ".join(parts)))
    if orders:
        tables.append((LOGISTICS, f"order_id in {text_list(list(orders))}"))
    return tables


def row_references(sha256: str, name: str, number: int) -> tuple[RowReference, RowReference]:
    """Return how a line may refer to a row: with the content's fingerprint or, in older files,
    without."""
    return (name, short_fingerprint(sha256), number), (name, "", number)
