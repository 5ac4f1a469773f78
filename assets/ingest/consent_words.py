"""What users said of being contacted: of each the newest refusal and the newest consent.

A row of a user is replaced by a later one, and a row of a corrected file goes with it; what it said
of consent stays here until a later file says the opposite in words. A file without the column, an
empty cell and a file the user is not in say nothing. Later is what is later among rows of one key:
by name of file, then by row. A corrected file takes the place of the words its name stood for, of
users it says something of. So the words depend on which files came, and not on their order, and
keeping the newest of each kind is enough: only a word under the same name can take one away.

`users.marketing_opt_out` is what stands here; whoever is in no row of users any more is asked for
in `consent_words` itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from assets.ingest.staging import Staged
from assets.resources.lakehouse import Lakehouse, Session
from assets.resources.sql_text import literal
from data_contracts.exports import USERS
from data_contracts.table import Table
from data_contracts.tables.bookkeeping import CONSENT_WORDS

STANDING = "words_standing"  # the step: user_id, refused; what holds of each user from now on
COLUMN = "marketing_opt_out"
_LATEST = "file_name desc, row_number desc, file_sha256 desc"


def hear_words(
    session: Session,
    lake: Lakehouse,
    table: Table,
    staged: Sequence[Staged],
    names: Mapping[str, str],
) -> pa.Table | None:
    """The words known with those of `staged`; None where the table has none.

    `names`: sha256 → file name of contents known. Makes the step STANDING.
    """
    if table is not USERS:
        return None
    named = {**names, **{item.sha256: item.source.file.name for item in staged}}
    pairs = {"file_sha256": list(named), "file_name": list(named.values())}
    session.register("word_files", pa.table(pairs))
    files = [str(file.path) for item in staged for file in item.good]
    incoming = f"read_parquet({literal(files)}, hive_partitioning = false)" if files else "users"
    session.table(
        "words_incoming",
        _said(incoming, "true" if files else "false"),
    )
    # a lake of an earlier version: what its users say
    is_kept = lake.snapshot(CONSENT_WORDS) is not None
    known = "from consent_words" if is_kept else _said("users", "true")
    session.table(
        "words_known",
        f"""
with known as ({known}),
replaced as (
  select user_id, file_name, file_sha256 as by from words_incoming group by all
),
said as (
  select user_id, refused, file_name, row_number, file_sha256
  from known as k
  where not exists (
    select 1 from replaced as r
    where r.user_id = k.user_id and r.file_name = k.file_name and r.by <> k.file_sha256
  )
  union
  select user_id, refused, file_name, row_number, file_sha256 from words_incoming
),
newest as (
  select *, row_number() over (partition by user_id, refused order by {_LATEST}) as place
  from said
)
select * exclude (place), row_number() over (partition by user_id order by {_LATEST}) = 1 as stands
from newest
where place = 1
""",
    )
    session.table(STANDING, "select user_id, refused from words_known where stands")
    columns = ", ".join(CONSENT_WORDS.column_names)
    words = session.arrow(f"select {columns} from words_known order by user_id, refused")
    return words.cast(CONSENT_WORDS.arrow_schema())


def _said(source: str, where: str) -> str:
    return (
        f"select user_id, {COLUMN} as refused, file_name, row_number, file_sha256 from {source} "
        f"join word_files using (file_sha256) where {where} and {COLUMN} is not null"
    )


def as_said(rows: str) -> str:
    """SQL of `rows` of users with the word that stands of each."""
    return (
        f"(select * replace (coalesce(refused, {COLUMN}) as {COLUMN}) "
        f"from ({rows}) left join {STANDING} using (user_id))"
    )


def unlike_said(session: Session, rows: str) -> bool:
    """Whether one of the `rows` of users says something else than what stands."""
    return bool(
        session.rows(
            f"select 1 from ({rows}) join {STANDING} using (user_id) "
            f"where {COLUMN} is distinct from refused limit 1"
        )
    )


def carry_words(before: Lakehouse, into: Lakehouse) -> None:
    """Copy what users said into a lake that reloads every export: a file that was corrected is no
    longer in the folder."""
    if before.snapshot(CONSENT_WORDS) is None:
        return
    with before.session(CONSENT_WORDS) as session:
        words = session.arrow("select * from consent_words").cast(CONSENT_WORDS.arrow_schema())
    with into.exclusive():
        into.overwrite(CONSENT_WORDS, words)
