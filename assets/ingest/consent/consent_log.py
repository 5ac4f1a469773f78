"""Keep the newest refusal and the newest consent of each user and contact in a log.

A user's row is replaced by a later one, or removed with a corrected file; its answer about consent
stays in the log until a later file states the opposite in words. A file without the column, an
empty cell, or a file without the user changes nothing. Later means later among rows of one key: by
file name, then by row. A corrected file replaces the answers of its name for users it answers for.
So the log depends on which files came and not on their order, and keeping the newest answer of each
kind is enough: only an answer under the same file name can remove one.

The same holds for each contact and the person contacted; an answer to one contact does not withdraw
a refusal to another. Answers to contacts are logged from the first refusal on; before it they are
read from their rows. A consent whose row was replaced by one without an answer is therefore
unknown, and the refusal is kept.

`users.marketing_opt_out` and `contacts.opted_out` are the current answers of this log; for persons
without a row any more, the log itself is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from assets.ingest.stage.stage_file import StagedFile
from assets.resources.lakehouse.lakehouse import Lakehouse, Session
from assets.resources.lakehouse.sql_text import literal
from assets.resources.readers.file_order import order_ranks
from data_contracts.exports import CONTACTS, USERS
from data_contracts.table import Table
from data_contracts.tables.bookkeeping import CONSENT_WORDS, CONTACT_ANSWERS

CURRENT_ANSWERS = "current_answers"  # the step: the key of each current answer, and `refused`
_LATEST = "file_rank desc, row_number desc, file_sha256 desc"


@dataclass(frozen=True)
class ConsentSource:
    """The consent `column` of an export and the table that logs its answers, one refusal and one
    consent per `key`.

    `starts_with_refusal`: keys without any refusal are not logged.
    """

    column: str
    log_table: Table
    key: tuple[str, ...]
    starts_with_refusal: bool = False

    @property
    def keys(self) -> str:
        return ", ".join(self.key)


CONSENT_SOURCES: Mapping[str, ConsentSource] = {
    USERS.name: ConsentSource("marketing_opt_out", CONSENT_WORDS, ("user_id",)),
    CONTACTS.name: ConsentSource("opted_out", CONTACT_ANSWERS, ("contact_id", "user_id"), True),
}


def update_consent_log(
    session: Session,
    lake: Lakehouse,
    table: Table,
    staged: Sequence[StagedFile],
    names: Mapping[str, str],
) -> pa.Table | None:
    """Return the log including the answers of `staged`; None for a table without consent.

    `names`: sha256 → file name of known contents. Creates the step CURRENT_ANSWERS.
    """
    consent = CONSENT_SOURCES.get(table.name)
    if consent is None:
        return None
    named = {**names, **{item.sha256: item.source.file.name for item in staged}}
    pairs = {"file_sha256": list(named), "file_name": list(named.values())}
    session.register("file_names", pa.table(pairs))
    files = [str(file.path) for item in staged for file in item.good]
    incoming = f"read_parquet({literal(files)}, hive_partitioning = false)" if files else table.name
    session.table("incoming_answers", _answers_in(consent, incoming, "true" if files else "false"))
    keys = consent.keys
    has_log = lake.snapshot(consent.log_table) is not None
    is_logged = (
        f"({keys}) in (select ({keys}) from {consent.log_table.name})" if has_log else "false"
    )
    # for keys that are not logged, and lakes of versions without a log: the answers in their rows
    logged = [_answers_in(consent, table.name, f"not ({is_logged})")]
    if has_log:
        stored = f"{keys}, refused, file_name, row_number, file_sha256"
        logged.append(f"select {stored} from {consent.log_table.name}")
    is_same = " and ".join(f"r.{name} = k.{name}" for name in consent.key)
    session.table("logged_answers", " union ".join(logged))
    all_file_names = (
        "select distinct file_name from logged_answers union select file_name from file_names"
    )
    rank = order_ranks(row[0] for row in session.rows(all_file_names))
    rank_of_file = {"file_name": list(rank), "file_rank": list(rank.values())}
    session.register("file_ranks", pa.table(rank_of_file))
    session.table(
        "latest_answers",
        f"""
with corrected_files as (
  select {keys}, file_name, file_sha256 as by from incoming_answers group by all
),
answers as (
  select {keys}, refused, file_name, row_number, file_sha256
  from logged_answers as k
  where not exists (
    select 1 from corrected_files as r
    where {is_same} and r.file_name = k.file_name and r.by <> k.file_sha256
  )
  union
  select {keys}, refused, file_name, row_number, file_sha256 from incoming_answers
),
ranked_answers as (
  select answers.*, file_rank,
    row_number() over (partition by {keys}, refused order by {_LATEST}) as rank
  from answers inner join file_ranks using (file_name)
)
select * exclude (rank), row_number() over (partition by {keys} order by {_LATEST}) = 1 as stands
from ranked_answers
where rank = 1
""",
    )
    refused_once = f"({keys}) in (select ({keys}) from latest_answers where refused) or {is_logged}"
    session.table(
        "kept_answers",
        "select * from latest_answers "
        f"where {refused_once if consent.starts_with_refusal else 'true'}",
    )
    session.table(CURRENT_ANSWERS, f"select {keys}, refused from kept_answers where stands")
    columns = ", ".join(consent.log_table.column_names)
    answers = session.arrow(f"select {columns} from kept_answers order by {keys}, refused")
    return answers.cast(consent.log_table.arrow_schema())


def _answers_in(consent: ConsentSource, source: str, where: str) -> str:
    return (
        f"select {consent.keys}, {consent.column} as refused, file_name, row_number, file_sha256 "
        f"from {source} join file_names using (file_sha256) "
        f"where {where} and {consent.column} is not null"
    )


def with_current_answers(table: Table, rows: str) -> str:
    """Return SQL of `rows` of `table` with the current answer of each; `rows` for a table without
    consent."""
    consent = CONSENT_SOURCES.get(table.name)
    if consent is None:
        return rows
    return (
        f"(select * replace (coalesce(refused, {consent.column}) as {consent.column}) "
        f"from ({rows}) left join {CURRENT_ANSWERS} using ({consent.keys}))"
    )


def has_outdated_answer(session: Session, table: Table, rows: str) -> bool:
    """Return whether one of the `rows` of `table` differs from the current answer."""
    consent = CONSENT_SOURCES.get(table.name)
    return consent is not None and bool(
        session.rows(
            f"select 1 from ({rows}) join {CURRENT_ANSWERS} using ({consent.keys}) "
            f"where {consent.column} is distinct from refused limit 1"
        )
    )


def copy_consent_log(before: Lakehouse, into: Lakehouse) -> None:
    """Copy the log into a lake that reloads every export: corrected files are no longer in the
    folder."""
    for consent in CONSENT_SOURCES.values():
        kept = consent.log_table
        if before.snapshot(kept) is None:
            continue
        with before.session(kept) as session:
            answers = session.arrow(f"select * from {kept.name}").cast(kept.arrow_schema())
        with into.exclusive():
            into.overwrite(kept, answers)
