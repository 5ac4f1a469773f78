"""What product files say of a SKU, loaded or not: the one way to ask them.

Orders and stock count as the product is sold, and the product file may come in the same folder as
they do, so its unread files are looked at too. What the ledger knows is not opened again: a day
would cost more with every file before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import pyarrow as pa

from assets.ingest.loaded_contents import LoadedContents, loaded_in
from assets.ingest.match.identify_file import IdentifiedFile, identify, own_mappings
from assets.ingest.stage.source_columns import SourceColumns
from assets.resources.home import LinliHome
from assets.resources.lakehouse.lakehouse import Session
from assets.resources.readers.file_index import KnownContents, list_files
from assets.resources.readers.open_rows import open_rows
from data_contracts.errors import ExportError
from data_contracts.exports import PRODUCTS
from data_contracts.tables.bookkeeping import INGEST_LEDGER


@contextmanager
def stored_products(
    home: LinliHome, values: str, condition: str
) -> Iterator[tuple[Session, LoadedContents, list[tuple[Any, ...]]]]:
    """A session over products; contents of files that the ledger knows; and `values` (SQL) of the
    stored rows of which `condition` holds."""
    lake = home.lakehouse
    with lake.session(PRODUCTS, INGEST_LEDGER) as session:
        loaded = loaded_in(session)
        stored = []
        if lake.root.exists():
            stored = session.rows(f"select {values} from products where {condition}")
        yield session, loaded, stored


def product_files(home: LinliHome, loaded: LoadedContents | None = None) -> list[IdentifiedFile]:
    """Product files of the exports folder that can be read; loading them says why others cannot."""
    if not home.exports_dir.is_dir():
        return []
    platform, own = home.platform(), own_mappings(home.exports_dir)
    contents = KnownContents(home.lakehouse.root / "_contents.json")
    files, _ = list_files(home.exports_dir)
    if loaded:
        contents.look_at(files, home.threads)
    found = []
    for file in files:
        try:
            if loaded and loaded.is_loaded(file.name, contents.sha256(file)):
                continue
            source = identify(file, platform.facts_of(file.name), own)
        except ExportError:
            continue
        if source.table is PRODUCTS:
            found.append(source)
    return found


def product_cells(
    session: Session, source: IdentifiedFile, names: Sequence[str]
) -> dict[str, str] | None:
    """SQL of the texts of columns `names` of a product file, as far as it has them, over its rows
    in `product_cells`; None where nothing can be read."""
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
