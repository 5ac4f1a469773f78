"""Merge staged rows into the table: keep the latest version of each key and record every row it
replaces.

Among rows of one key the latest version wins; ties go to the later file name, then to the later
row, so the result does not depend on the order in which files arrive. A file that comes again under
the same name with other content is a correction: rows of the old content within the time span of
the new one are retracted, even where the new content does not have their key. Where nothing numbers
the lines of an order, the latest export replaces the whole order (`reexported_orders`). A returned
file retracts only rows whose key it has: it never replaces a whole export.

Only days that lose a row are rewritten; every other staged file is committed unchanged.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from assets.ingest.consent.consent_log import has_outdated_answer, with_current_answers
from assets.ingest.merge.key_index import KeyIndex, KeyRun
from assets.ingest.merge.reexported_orders import REPLACED_EXPORTS, find_replaced_exports
from assets.ingest.merge.table_commit import ReplacedRows, TableCommit
from assets.ingest.stage.orders import row_value
from assets.ingest.stage.stage_file import StagedFile
from assets.ingest.stage.staging_queries import NO_DAY, PARTITION, stored_without_day
from assets.resources.lakehouse.delta_commit import StoredFile
from assets.resources.lakehouse.lakehouse import Session
from assets.resources.lakehouse.sql_text import literal
from assets.resources.readers.file_order import order_ranks
from data_contracts.table import Table

MAX_FILES_PER_DAY = 12  # a day in more files than this is compacted into one
_EPOCH = date(1970, 1, 1)
_NO_PAIR = "('', '', 0)"


def merge_staged(
    session: Session,
    table: Table,
    staged: Sequence[StagedFile],
    stored: Sequence[StoredFile],
    index: KeyIndex,
    old_contents: dict[str, tuple[str, date, date]],
    names: dict[str, str],
    scratch: Path,
) -> TableCommit:
    """Decide which files to commit so that each key of `table` is stored once.

    `stored`: files of the table now. `old_contents`: sha256 of a content → (sha256 of its
    correction, first and last day it holds). `names`: sha256 → file name of every known content.
    Afterwards the view `incoming` of the session has the good rows of `staged`, until they are
    committed.
    """
    work = TableMerge(session, table, staged, stored, names, scratch)
    return work.table_commit(index, old_contents)


class TableMerge:
    """Merge the `staged` files of `table` with the `stored` ones."""

    def __init__(
        self,
        session: Session,
        table: Table,
        staged: Sequence[StagedFile],
        stored: Sequence[StoredFile],
        names: dict[str, str],
        scratch: Path,
    ) -> None:
        self.session = session
        self.table = table
        self.staged = staged
        self.stored = stored
        self.scratch = scratch
        self.key = ", ".join(table.key)
        self.columns = ", ".join(stored_without_day(table))
        self.incoming = [file for item in staged for file in item.good]
        names = names | {item.sha256: item.source.file.name for item in staged}
        rank = order_ranks(names.values())
        pairs = ", ".join(
            f"({literal(sha)}, {literal(name)}, {rank[name]})"
            for sha, name in sorted(names.items())
        )
        file_pairs = f"(values {pairs or _NO_PAIR}) as t(file_sha256, file_name, file_rank)"
        # numbers in the order of the texts: a comparison of rows carries no texts
        session.table(
            "contents",
            "select *, (dense_rank() over (order by file_sha256))::integer as content "
            f"from {file_pairs} where file_sha256 <> ''",
        )

    def table_commit(
        self, index: KeyIndex, old_contents: dict[str, tuple[str, date, date]]
    ) -> TableCommit:
        """Return the files to add and to remove, and the rows each content loses."""
        session = self.session
        session.view("incoming", self.source(self.incoming))
        keys, contested, days_with_keys = self._keys(index)
        self._find_retracted_rows(old_contents)
        self.has_replaced_exports = find_replaced_exports(
            session, self.table, self.staged, self.stored, self.source
        )
        kept_rows = self._winners(contested, days_with_keys)
        losing = set(session.rows("select distinct is_stored, stored_day from replaced_rows"))
        removed = [file for file in self.stored if (True, self.day_of(file)) in losing]
        replaced = [file for file in self.incoming if (False, self.day_of(file)) in losing]
        rewritten_days = self._days_in_too_many_files(
            removed, replaced
        ) | self._day_with_outdated_answer(removed, replaced)
        removed += [
            file
            for file in self.stored
            if self.day_of(file) in rewritten_days and file not in removed
        ]
        replaced += [
            file
            for file in self.incoming
            if self.day_of(file) in rewritten_days and file not in replaced
        ]
        kept = [file for file in self.incoming if file not in replaced]
        rewritten = self.rewrite_files(
            [*removed, *replaced], self.scratch / "merged", kept_rows=kept_rows
        )
        return TableCommit(
            (*kept, *rewritten),
            tuple(removed),
            self._replaced_rows("duplicate"),
            self._replaced_rows("superseded"),
            keys,
        )

    # -- keys ------------------------------------------------------------------------------------

    def _keys(self, index: KeyIndex) -> tuple[KeyRun | None, np.ndarray, list[date]]:
        """Return the keys of the incoming rows, those that repeat or may be stored already, and the
        days on which they may be stored."""
        nothing = np.empty(0, np.uint64)
        if self.table.partition is None:
            return None, nothing, []
        if not self.incoming:
            return KeyRun(nothing, np.empty(0, np.int32)), nothing, []
        fetched = self.session.run(
            f"select hash({self.key}) as h, (stored_day - DATE '1970-01-01')::integer as d "
            "from incoming order by h"
        ).fetchnumpy()
        keys = KeyRun(
            np.ascontiguousarray(fetched["h"], dtype=np.uint64),
            np.ascontiguousarray(fetched["d"], dtype=np.int32),
        )
        collided, days = index.find(keys.hashes) if self.stored else (nothing, [])
        again = keys.hashes[1:][keys.hashes[1:] == keys.hashes[:-1]]
        return keys, np.union1d(again, collided), days

    def _find_retracted_rows(self, old_contents: dict[str, tuple[str, date, date]]) -> None:
        """Create the table `retracted_rows`: stored rows of an older content within its
        correction's time span.

        A returned file holds single rows: it retracts rows whose key it has, and no others.
        """
        parts = []
        by_sha = {item.sha256: item for item in self.staged}
        time = self.table.event_time
        for old, (new, first, last) in old_contents.items():
            days = set(by_sha[new].days)
            files = [
                file
                for file in self.stored
                if file.partition is None or (first <= file.partition <= last)
            ]
            if self.table.partition is not None:
                span = _days_between(days)
                files = [file for file in files if file.partition in span]
            if not files:
                continue
            within = ""
            fresh = self.source(list(by_sha[new].good))
            if by_sha[new].corrections:
                within = f"and hash({self.key}) in (select hash({self.key}) from ({fresh}))"
            elif time is not None and by_sha[new].good:
                low, high = self.session.rows(f"select min({time}), max({time}) from ({fresh})")[0]
                within = f"and {time} between {literal(low)} and {literal(high)}"
            parts.append(
                f"select file_sha256, row_number, stored_day from ({self.source(files)}) "
                f"where file_sha256 = {literal(old)} {within}"
            )
        empty = "select '' as file_sha256, 0 as row_number, NULL::date as stored_day where false"
        self.session.table("retracted_rows", " union all by name ".join(parts) or empty)

    def _winners(self, contested_keys: np.ndarray, days_with_keys: list[date]) -> str:
        """Return the SQL that keeps the rows that win their key; it follows a list of rows.

        Creates the table `replaced_rows`: how many rows do not win, by content, day and reason,
        with their amounts. Only winning rows are held in memory, because a file may repeat one key
        on millions of rows.
        """
        session, key = self.session, self.key
        if self.table.partition is None:
            candidates = list(self.stored)
            contested = "true"
        else:
            held = set(days_with_keys)
            candidates = [file for file in self.stored if file.partition in held]
            session.register("contested_keys", pa.table({"h": pa.array(contested_keys)}))
            contested = f"hash({key}) in (select h from contested_keys)"
            if not len(contested_keys):
                contested = "false"  # nothing is read then
        amounts = (
            f"coalesce({row_value.amount(self.table)}, 0) as amount, "
            f"coalesce({row_value.returned_amount(self.table)}, 0) as given_back"
        )
        own = dict.fromkeys(["file_sha256", "row_number", "stored_day", *self.table.key])
        named = f"{', '.join(own)}, {self.table.version or 'NULL'} as version"
        without_replaced_exports = (
            f"anti join {REPLACED_EXPORTS} using (file_sha256, row_number) "
            if self.has_replaced_exports
            else ""
        )
        session.view(
            "contenders",
            f"""
select {named}, false as is_stored, {amounts}
from incoming {without_replaced_exports}where {contested}
union all by name
select {named}, true as is_stored, {amounts}
from ({self.source(candidates)}) anti join retracted_rows using (file_sha256, row_number)
{without_replaced_exports}where {contested}
""",
        )
        # the maximum, field by field, is the first row by `newest_first`
        session.table(
            "winners",
            f"""
select first.content as content, first.row_number as row_number
from (
  select max({{
    'has_version': version is not null, 'version': version,
    'file_rank': coalesce(file_rank, 0), 'row_number': row_number,
    'content': coalesce(content, 0)
  }}) as first
  from contenders left join contents using (file_sha256)
  group by {key}
)
""",
        )
        session.table(
            "replaced_rows",
            f"""
with duplicates as (
  select * from contenders left join contents using (file_sha256)
  where (coalesce(content, 0), row_number) not in (from winners)
),
taken as (
  select file_sha256, stored_day, {amounts} from ({self.source(self._files_of("retracted_rows"))})
  semi join retracted_rows using (file_sha256, row_number)
)
select file_sha256, stored_day, is_stored, 'duplicate' as why, count(*)::bigint as rows,
  sum(amount) as amount, sum(given_back) as given_back
from duplicates group by all
union all by name
select file_sha256, stored_day, true as is_stored, 'superseded' as why, count(*)::bigint as rows,
  sum(amount) as amount, sum(given_back) as given_back
from taken group by all
""",
        )
        if self.has_replaced_exports:
            session.run(
                "insert into replaced_rows by name select file_sha256, stored_day, is_stored, why, "
                "count(*)::bigint as rows, sum(amount) as amount, sum(given_back) as given_back "
                f"from {REPLACED_EXPORTS} group by all"
            )
        return (
            f"anti join retracted_rows using (file_sha256, row_number) {without_replaced_exports}"
            "left join contents using (file_sha256) "
            f"where not ({contested}) or (coalesce(content, 0), row_number) in (from winners)"
        )

    @property
    def newest_first(self) -> str:
        """SQL order among rows of one key; the first row wins. Needs a join with `contents`."""
        version = f"{self.table.version} desc nulls last, " if self.table.version else ""
        return f"{version}file_rank desc, row_number desc, file_sha256 desc"

    def _files_of(self, name: str) -> list[StoredFile]:
        days = {row[0] for row in self.session.rows(f"select distinct stored_day from {name}")}
        return [file for file in self.stored if self.day_of(file) in days]

    def _replaced_rows(self, why: str) -> dict[str, ReplacedRows]:
        return {
            sha: ReplacedRows(rows, amount, back)
            for sha, rows, amount, back in self.session.rows(
                "select file_sha256, sum(rows)::bigint, sum(amount)::decimal(18, 4), "
                "sum(given_back)::decimal(18, 4) from replaced_rows where why = $why group by 1",
                why=why,
            )
        }

    # -- files -----------------------------------------------------------------------------------

    def source(self, files: Sequence[StoredFile]) -> str:
        """Return SQL for the rows of `files` with their `stored_day`, a column name that no
        contract uses."""
        if not files:
            typed = ", ".join(
                f"NULL::{kind} as {name}" for name, kind in stored_without_day(self.table).items()
            )
            own = f", NULL::date as {self.table.partition}" if self.table.partition else ""
            return f"select {typed}, NULL::date as stored_day{own} where false"
        listed = literal([str(file.path) for file in files])
        if self.table.partition is None:
            return (
                f"select {self.columns}, DATE '{NO_DAY}' as stored_day "
                f"from read_parquet({listed}, hive_partitioning = false)"
            )
        days = (
            f"regexp_extract(filename, '(?:{PARTITION}|{self.table.partition})="
            "(\\d{4}-\\d{2}-\\d{2})', 1)::date"
        )
        own = f", {days} as {self.table.partition}"
        return (
            f"select {self.columns}, {days} as stored_day{own} "
            f"from read_parquet({listed}, hive_partitioning = false, filename = true)"
        )

    def day_of(self, file: StoredFile) -> date:
        return file.partition if file.partition is not None else _EPOCH

    def _days_in_too_many_files(
        self, removed: Sequence[StoredFile], replaced: Sequence[StoredFile]
    ) -> set[date]:
        """Find the days that would be stored in more than MAX_FILES_PER_DAY files."""
        without_replaced_exports = set(removed) | set(replaced)
        count: dict[date, int] = {}
        for file in (*self.stored, *self.incoming):
            if file not in without_replaced_exports:
                count[self.day_of(file)] = count.get(self.day_of(file), 0) + 1
        touched = {self.day_of(file) for file in self.incoming}
        return {day for day, files in count.items() if files > MAX_FILES_PER_DAY and day in touched}

    def _day_with_outdated_answer(
        self, removed: Sequence[StoredFile], replaced: Sequence[StoredFile]
    ) -> set[date]:
        """Return the day of the table if a stored row would keep a consent answer that is not the
        newest."""
        kept = [f for f in (*self.stored, *self.incoming) if f not in {*removed, *replaced}]
        is_unlike = has_outdated_answer(self.session, self.table, self.source(kept))
        return {_EPOCH} if is_unlike else set()

    def rewrite_files(
        self,
        files: Sequence[StoredFile],
        folder: Path,
        changed: str | None = None,
        *,
        kept_rows: str = "anti join losing_rows using (file_sha256, row_number)",
    ) -> list[StoredFile]:
        """Write the rows of `files` that are kept into new files.

        `changed`: a view of these rows with other values. `kept_rows`: SQL after the rows that
        drops those not kept.
        """
        if not files:
            return []
        rows = changed or f"({self.source(files)})"
        if changed is None:
            rows = with_current_answers(self.table, rows)
        written = self.session.rows(
            f"copy (select {self.columns}, stored_day as {PARTITION} from {rows} {kept_rows}) "
            f"to {literal(folder)} (format parquet, partition_by ({PARTITION}), return_stats)"
        )
        by_day = [
            (Path(name), count, date.fromisoformat(str(parts[PARTITION])))
            for name, count, *_, parts, _ in written
        ]
        has_days = self.table.partition is not None
        return [StoredFile(path, rows, day if has_days else None) for path, rows, day in by_day]


def _days_between(days: set[date]) -> set[date]:
    if not days:
        return set()
    first, last = min(days), max(days)
    return {first + timedelta(n) for n in range((last - first).days + 1)}
