"""Keep the rows of one file in a Parquet file while their orders are read whole.

They hold names and addresses: only the owner may read the file, and it is deleted with the scratch
folder.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from assets.ingest.stage import sql_expressions as ex
from assets.ingest.stage.orders.order_probe import SpooledOrders
from assets.resources.lakehouse.sql_text import literal
from assets.resources.readers.rows import ROW_NUMBER

_BATCH_ROWS = 32_768
_SO_FAR = f"""summed as (
  select *, sum(case when copy_no = 1 then gross end) over so_far as so_far,
    sum(case when copy_no = 1 then owed end) over so_far as owed_so_far
  from (select *, {{owed}} as owed from lines)
  window so_far as (
    partition by order_key order by {ROW_NUMBER} rows between unbounded preceding and current row
  )
)"""


def spool_rows(batches: Iterable[pa.RecordBatch], schema: pa.Schema, folder: Path) -> Path:
    """Write the rows to a file in `folder`."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "rows.parquet"
    path.touch(mode=0o600)
    with pq.ParquetWriter(path, schema, compression="lz4") as writer:
        for batch in batches:
            writer.write_batch(batch)
    return path


def write_reshaped(
    orders: SpooledOrders,
    path: Path,
    cells: dict[str, str],
    made: dict[str, str],
    owed: str = "gross",
) -> Path:
    """Write the spooled rows with other cells under some headers and with derived columns.

    `owed`: SQL of what a line comes to less the line's own deductions.
    """
    target = path.with_name("reshaped.parquet")
    target.touch(mode=0o600)
    kept = [
        f"{cells.get(name, ex.quoted(name))} as {ex.quoted(name)}"
        for name in orders.types
        if name != ROW_NUMBER
    ]
    more = [f"{sql} as {ex.quoted(name)}" for name, sql in made.items()]
    orders.session.run(
        f"copy (with {orders.lines()}, {_SO_FAR.format(owed=owed)} "
        f"select {', '.join([*kept, *more, ROW_NUMBER])} from summed "
        f"order by {ROW_NUMBER}) to {literal(str(target))} (format parquet, compression lz4)"
    )
    return target


def spool_reader(path: Path) -> pa.RecordBatchReader:
    """Read the spooled rows at `path` in batches."""
    file = pq.ParquetFile(path)
    return pa.RecordBatchReader.from_batches(
        file.schema_arrow, file.iter_batches(batch_size=_BATCH_ROWS)
    )
