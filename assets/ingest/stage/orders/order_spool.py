"""Keep the rows of one file in a file of their own while their orders are read whole.

They hold what people are called and where they live: nobody else may read them, and they go with
the scratch folder.
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
    """The rows in a file of `folder`."""
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
    """The spooled rows with other cells under some headers, and with columns made of them.

    `owed`: SQL of what a line comes to, less what is taken off of it alone.
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
    file = pq.ParquetFile(path)
    return pa.RecordBatchReader.from_batches(
        file.schema_arrow, file.iter_batches(batch_size=_BATCH_ROWS)
    )
