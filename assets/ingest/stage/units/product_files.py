"""Read what product files say about a SKU, whether they are loaded or not.

Orders and stock count in the unit the product is sold in, and the product file may be in the same
folder, so product files that are not loaded yet are read too. Of files that the ledger knows, the
rows of the lake are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import pyarrow as pa

from assets.ingest.loaded_contents import LoadedContents, loaded_contents_in
from assets.ingest.match.identify_file import IdentifiedFile
from assets.ingest.stage.source_columns import SourceColumns
from assets.resources.home import LinliHome
from assets.resources.lakehouse.lakehouse import Session
from assets.resources.readers.open_rows import open_rows
from data_contracts.errors import ExportError
from data_contracts.exports import PRODUCTS
from data_contracts.tables.bookkeeping import INGEST_LEDGER


@contextmanager
def stored_products(
    home: LinliHome, values: str, condition: str
) -> Iterator[tuple[Session, LoadedContents, list[tuple[Any, ...]]]]:
    """Open a session over products; yield it, the loaded contents, and the stored rows.

    `values`: SQL of the columns of the rows for which `condition` holds.
    """
    lake = home.lakehouse
    with lake.session(PRODUCTS, INGEST_LEDGER) as session:
        loaded = loaded_contents_in(session)
        stored = []
        if lake.root.exists():
            stored = session.rows(f"select {values} from products where {condition}")
        yield session, loaded, stored


def product_cells(
    session: Session, source: IdentifiedFile, names: Sequence[str]
) -> dict[str, str] | None:
    """Register the rows of a product file as `product_cells`, and return SQL of its texts by
    column.

    Only those of `names` that the file has; None if the file cannot be read.
    """
    there = [name for name in names if name in source.match.columns]
    headers = [h for name in there for one in source.match.columns[name] for h in one.headers]
    with closing(open_rows(source.file.path, source.format, name=source.file.name)) as rows:
        try:
            batches = list(rows.reader(list(dict.fromkeys(headers))))
        except ExportError:
            return None
    if not batches:
        return None
    session.register("product_cells", pa.Table.from_batches(batches))
    types = {str(row[0]): str(row[1]) for row in session.rows("describe from product_cells")}
    texts = {
        name: SourceColumns.text_of(PRODUCTS.column(name), source.match, types, 0) for name in there
    }
    return {name: f"trim(({text})::varchar)" for name, text in texts.items()}
