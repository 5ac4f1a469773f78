"""Files that break when much of them has been read: refused in one line like any other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.ingest.load import load
from assets.resources.lakehouse.lakehouse import Lakehouse, QueryError
from data_contracts.exports import BY_NAME, ORDERS
from tests.pipeline.hostile_files import HEADER, home_of, lines, put, refused, text

ROWS = 10_000


def test_one_long_text_on_every_row_of_a_small_parquet_file(tmp_path: Path) -> None:
    home, path = put(tmp_path, "orders.parquet", b"")
    names = pa.DictionaryArray.from_arrays(pa.array(np.zeros(ROWS, np.int32)), ["名" * 30_000])
    found = lines(ROWS)
    cells = {title: [row[place] for row in found] for place, title in enumerate(HEADER)}
    pq.write_table(pa.table(cells | {"sku_name": names}), path, compression="zstd")
    assert path.stat().st_size < 100_000
    assert "unpacks to more than 200 times its size" in refused(home, path)


def test_a_quote_left_open_far_down_refuses_the_file_and_no_other(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    (home.exports_dir / "orders.csv").write_text(text(), "utf-8")
    rows = "".join(f"s{n},apple {n}\n" for n in range(400_000))
    (home.exports_dir / "products.csv").write_text(
        "sku_id,sku_name\n" + rows + 's,"open\n' + rows[:100], "utf-8"
    )
    found = load(home, BY_NAME["products"], lambda _: None)
    assert found.new_files == 0
    assert [file.name for file in found.rejected] == ["products.csv"]
    assert "a quote opened in data row 400001 is never closed" in found.rejected[0].reason
    assert load(home, ORDERS, lambda _: None).new_files == 1


def test_a_stream_that_breaks_is_a_query_that_failed(tmp_path: Path) -> None:
    schema = pa.schema([pa.field("a", pa.int64())])

    def batches() -> Iterator[pa.RecordBatch]:
        for _ in range(40):
            yield pa.record_batch([pa.array(range(60_000))], schema=schema)
        raise OSError("the disk is gone")

    lake = Lakehouse(tmp_path / "lake", threads=1, memory_limit="1GB", scratch=tmp_path / "scratch")
    with lake.session(ORDERS) as session:
        session.register("breaking", pa.RecordBatchReader.from_batches(schema, batches()))
        reader = session.reader("select a + 1 as a from breaking")
        with pytest.raises(QueryError, match=r"the disk is gone[\s\S]*select a \+ 1"):
            sum(batch.num_rows for batch in reader)
