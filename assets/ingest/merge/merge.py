"""Settle keys: which of the incoming and the standing rows another row stands for.

Among rows of one key the latest version wins; ties go to the later file name, then the later row,
so that the outcome does not depend on the order in which files arrived. A file that comes again
under the same name with other content is a correction: rows of the old content within the new
one's span of time are taken back, whether or not the new content has their key. Of an order whose
lines nothing numbers, the latest export stands whole (`exported_again`). A hand-back file
takes back only rows whose key it has: it never stands for a whole export. Only days that hold a
losing row are written anew; every other staged file is committed as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa

from assets.ingest.consent.consent_log import as_said, unlike_said
from assets.ingest.merge.key_index import KeyIndex, Run
from assets.ingest.merge.reexported_orders import AGAIN, take_back
from assets.ingest.stage.orders import order_value
from assets.ingest.stage.queries import NO_DAY, PARTITION, stored_without_day
from assets.ingest.stage.stage_file import StagedFile
from assets.resources.lakehouse.delta_commit import StoredFile
from assets.resources.lakehouse.lakehouse import Session, engine_version
from assets.resources.lakehouse.sql_text import literal
from assets.resources.readers.file_order import places
from data_contracts.table import Table

MANY_FILES = 12  # a day in more files than this is written into one
_EPOCH = date(1970, 1, 1)
_NO_PAIR = "('', '', 0)"


@dataclass(frozen=True)
class Lost:
    """Rows of one content that no longer stand, and their amounts, by why."""

    rows: int
    amount: Decimal
    given_back: Decimal


@dataclass(frozen=True)
class Exchange:
    """What one commit adds and removes, and what each content loses by it."""

    added: tuple[StoredFile, ...]
    removed: tuple[StoredFile, ...]
    duplicates: dict[str, Lost]
    superseded: dict[str, Lost]
    keys: Run | None

    @property
    def days(self) -> list[date]:
        touched = {f.partition for f in (*self.added, *self.removed) if f.partition is not None}
        return sorted(touched)


def settle(
    session: Session,
    table: Table,
    staged: Sequence[StagedFile],
    standing: Sequence[StoredFile],
    index: KeyIndex,
    old_contents: dict[str, tuple[str, date, date]],
    names: dict[str, str],
    scratch: Path,
) -> Exchange:
    """Decide what to commit for `staged` beside the `standing` files of the table.

    `old_contents`: sha256 of a content → (sha256 of its correction, first and last day it holds).
    `names`: sha256 → file name, for all contents known. View `incoming` of the session then has the
    good rows of `staged`, until they are committed.
    """
    work = Settling(session, table, staged, standing, names, scratch)
    return work.exchange(index, old_contents)


class Settling:
    """One settlement of `table`: the `staged` files beside the `standing` ones."""

    def __init__(
        self,
        session: Session,
        table: Table,
        staged: Sequence[StagedFile],
        standing: Sequence[StoredFile],
        names: dict[str, str],
        scratch: Path,
    ) -> None:
        self.session = session
        self.table = table
        self.staged = staged
        self.standing = standing
        self.scratch = scratch
        self.key = ", ".join(table.key)
        self.columns = ", ".join(stored_without_day(table))
        self.incoming = [file for item in staged for file in item.good]
        names = names | {item.sha256: item.source.file.name for item in staged}
        place = places(names.values())
        pairs = ", ".join(
            f"({literal(sha)}, {literal(name)}, {place[name]})"
            for sha, name in sorted(names.items())
        )
        found = f"(values {pairs or _NO_PAIR}) as t(file_sha256, file_name, name_place)"
        # numbers in the order of the texts: a comparison of rows carries no texts
        session.table(
            "contents",
            "select *, (dense_rank() over (order by file_sha256))::integer as content "
            f"from {found} where file_sha256 <> ''",
        )

    def exchange(
        self, index: KeyIndex, old_contents: dict[str, tuple[str, date, date]]
    ) -> Exchange:
        session = self.session
        session.view("incoming", self.source(self.incoming))
        keys, contested, held_days = self._keys(index)
        self._superseded(old_contents)
        self.has_again = take_back(session, self.table, self.staged, self.standing, self.source)
        stays = self._stays(contested, held_days)
        losing = set(session.rows("select distinct is_standing, stored_day from lost"))
        removed = [file for file in self.standing if (True, self.day_of(file)) in losing]
        replaced = [file for file in self.incoming if (False, self.day_of(file)) in losing]
        crowded = self._crowded(removed, replaced) | self._unlike_said(removed, replaced)
        removed += [
            file for file in self.standing if self.day_of(file) in crowded and file not in removed
        ]
        replaced += [
            file for file in self.incoming if self.day_of(file) in crowded and file not in replaced
        ]
        kept = [file for file in self.incoming if file not in replaced]
        anew = self.written_anew([*removed, *replaced], self.scratch / "settled", stays=stays)
        return Exchange(
            (*kept, *anew),
            tuple(removed),
            self._lost("duplicate"),
            self._lost("superseded"),
            keys,
        )

    # -- keys ------------------------------------------------------------------------------------

    def _keys(self, index: KeyIndex) -> tuple[Run | None, np.ndarray, list[date]]:
        """Keys of the incoming rows; which of them come again or may stand already, and on which
        days they do."""
        nothing = np.empty(0, np.uint64)
        if self.table.partition is None:
            return None, nothing, []
        if not self.incoming:
            return Run(nothing, np.empty(0, np.int32)), nothing, []
        fetched = self.session.run(
            f"select hash({self.key}) as h, (stored_day - DATE '1970-01-01')::integer as d "
            "from incoming order by h"
        ).fetchnumpy()
        keys = Run(
            np.ascontiguousarray(fetched["h"], dtype=np.uint64),
            np.ascontiguousarray(fetched["d"], dtype=np.int32),
        )
        collided, days = index.find(keys.hashes) if self.standing else (nothing, [])
        again = keys.hashes[1:][keys.hashes[1:] == keys.hashes[:-1]]
        return keys, np.union1d(again, collided), days

    def _superseded(self, old_contents: dict[str, tuple[str, date, date]]) -> None:
        """Table `taken_back`: standing rows of an older content within its correction's span.

        A hand-back file holds single rows: it takes back those it has the key of, and no others.
        """
        parts = []
        by_sha = {item.sha256: item for item in self.staged}
        time = self.table.event_time
        for old, (new, first, last) in old_contents.items():
            days = set(by_sha[new].days)
            files = [
                file
                for file in self.standing
                if file.partition is None or (first <= file.partition <= last)
            ]
            if self.table.partition is not None:
                span = _span(days)
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
        self.session.table("taken_back", " union all by name ".join(parts) or empty)

    def _stays(self, contested_keys: np.ndarray, held_days: list[date]) -> str:
        """SQL behind rows: those that stand from now on. Table `lost`: how many do not, by content,
        day and why, with their amounts.

        Held are the rows that win a key, never those that lose one: a file may repeat one key on
        millions of rows.
        """
        session, key = self.session, self.key
        if self.table.partition is None:
            candidates = list(self.standing)
            contested = "true"
        else:
            held = set(held_days)
            candidates = [file for file in self.standing if file.partition in held]
            session.register("contested_keys", pa.table({"h": pa.array(contested_keys)}))
            contested = f"hash({key}) in (select h from contested_keys)"
            if not len(contested_keys):
                contested = "false"  # nothing is read then
        amounts = (
            f"coalesce({order_value.amount(self.table)}, 0) as amount, "
            f"coalesce({order_value.returned_amount(self.table)}, 0) as given_back"
        )
        own = dict.fromkeys(["file_sha256", "row_number", "stored_day", *self.table.key])
        named = f"{', '.join(own)}, {self.table.version or 'NULL'} as version"
        gone = f"anti join {AGAIN} using (file_sha256, row_number) " if self.has_again else ""
        session.view(
            "contenders",
            f"""
select {named}, false as is_standing, {amounts}
from incoming {gone}where {contested}
union all by name
select {named}, true as is_standing, {amounts}
from ({self.source(candidates)}) anti join taken_back using (file_sha256, row_number) {gone}
where {contested}
""",
        )
        # the largest, field by field, is the first by `newest_first`
        session.table(
            "winners",
            f"""
select first.content as content, first.row_number as row_number
from (
  select max({{
    'has_version': version is not null, 'version': version,
    'name_place': coalesce(name_place, 0), 'row_number': row_number,
    'content': coalesce(content, 0)
  }}) as first
  from contenders left join contents using (file_sha256)
  group by {key}
)
""",
        )
        session.table(
            "lost",
            f"""
with duplicates as (
  select * from contenders left join contents using (file_sha256)
  where (coalesce(content, 0), row_number) not in (from winners)
),
taken as (
  select file_sha256, stored_day, {amounts} from ({self.source(self._files_of("taken_back"))})
  semi join taken_back using (file_sha256, row_number)
)
select file_sha256, stored_day, is_standing, 'duplicate' as why, count(*)::bigint as rows,
  sum(amount) as amount, sum(given_back) as given_back
from duplicates group by all
union all by name
select file_sha256, stored_day, true as is_standing, 'superseded' as why, count(*)::bigint as rows,
  sum(amount) as amount, sum(given_back) as given_back
from taken group by all
""",
        )
        if self.has_again:
            session.run(
                "insert into lost by name select file_sha256, stored_day, is_standing, why, "
                "count(*)::bigint as rows, sum(amount) as amount, sum(given_back) as given_back "
                f"from {AGAIN} group by all"
            )
        return (
            f"anti join taken_back using (file_sha256, row_number) {gone}"
            "left join contents using (file_sha256) "
            f"where not ({contested}) or (coalesce(content, 0), row_number) in (from winners)"
        )

    @property
    def newest_first(self) -> str:
        """The order among rows of one key; the first stands. Needs `contents` beside the rows."""
        version = f"{self.table.version} desc nulls last, " if self.table.version else ""
        return f"{version}name_place desc, row_number desc, file_sha256 desc"

    def _files_of(self, name: str) -> list[StoredFile]:
        days = {row[0] for row in self.session.rows(f"select distinct stored_day from {name}")}
        return [file for file in self.standing if self.day_of(file) in days]

    def _lost(self, why: str) -> dict[str, Lost]:
        return {
            sha: Lost(rows, amount, back)
            for sha, rows, amount, back in self.session.rows(
                "select file_sha256, sum(rows)::bigint, sum(amount)::decimal(18, 4), "
                "sum(given_back)::decimal(18, 4) from lost where why = $why group by 1",
                why=why,
            )
        }

    # -- files -----------------------------------------------------------------------------------

    def source(self, files: Sequence[StoredFile]) -> str:
        """Rows of `files` with their `stored_day`, a name no contract has, beside its own of it."""
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

    def _crowded(self, removed: Sequence[StoredFile], replaced: Sequence[StoredFile]) -> set[date]:
        """Days that would stand in too many small files."""
        gone = set(removed) | set(replaced)
        count: dict[date, int] = {}
        for file in (*self.standing, *self.incoming):
            if file not in gone:
                count[self.day_of(file)] = count.get(self.day_of(file), 0) + 1
        touched = {self.day_of(file) for file in self.incoming}
        return {day for day, files in count.items() if files > MANY_FILES and day in touched}

    def _unlike_said(
        self, removed: Sequence[StoredFile], replaced: Sequence[StoredFile]
    ) -> set[date]:
        """The day of the table where a row would stand with another word than the newest said."""
        kept = [f for f in (*self.standing, *self.incoming) if f not in {*removed, *replaced}]
        is_unlike = unlike_said(self.session, self.table, self.source(kept))
        return {_EPOCH} if is_unlike else set()

    def written_anew(
        self,
        files: Sequence[StoredFile],
        folder: Path,
        changed: str | None = None,
        *,
        stays: str = "anti join losers using (file_sha256, row_number)",
    ) -> list[StoredFile]:
        """The rows of `files` that still stand, in new files; `changed`: a view of them; `stays`:
        SQL behind them."""
        if not files:
            return []
        rows = changed or f"({self.source(files)})"
        if changed is None:
            rows = as_said(self.table, rows)
        written = self.session.rows(
            f"copy (select {self.columns}, stored_day as {PARTITION} from {rows} {stays}) "
            f"to {literal(folder)} (format parquet, partition_by ({PARTITION}), return_stats)"
        )
        by_day = [
            (Path(name), count, date.fromisoformat(str(parts[PARTITION])))
            for name, count, *_, parts, _ in written
        ]
        has_days = self.table.partition is not None
        return [StoredFile(path, rows, day if has_days else None) for path, rows, day in by_day]


def stamp(version: int) -> str:
    """What a key index of the table's `version` is stamped with."""
    # the engine's hash may change with its version
    return f"{version} {engine_version()}"


def _span(days: set[date]) -> set[date]:
    if not days:
        return set()
    first, last = min(days), max(days)
    return {first + timedelta(n) for n in range((last - first).days + 1)}
