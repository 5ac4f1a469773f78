"""Which words are products, as only the product file may say: a product may be called 小计.

Asked only for words by which a row would be taken for a row of totals, so product files are opened
where there is one. They may come in the same folder as the orders and be unread yet.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import closing

import pyarrow as pa

from assets.ingest.match.identify_file import IdentifiedFile
from assets.ingest.stage.normalise.normalise_stream import Normaliser
from assets.ingest.stage.units.product_files import product_files
from assets.resources.home import LinliHome
from assets.resources.lakehouse.rule_sql import words
from assets.resources.readers.open_rows import open_rows
from data_contracts.errors import ExportError
from data_contracts.exports import PRODUCTS

_NAMED_BY = ("sku_id", "sku_name")


def products_among(home: LinliHome, names: Collection[str]) -> frozenset[str]:
    """Those of `names` that product files, loaded or not, have as the id or name of a product."""
    if not names:
        return frozenset()
    found: set[str] = set()
    if home.lakehouse.root.exists():
        listed = words(sorted(names))
        with home.lakehouse.session(PRODUCTS) as session:
            for name in _NAMED_BY:
                sql = f"select distinct {name} from products where {name} in {listed}"
                found |= {row[0] for row in session.rows(sql)}
    for source in product_files(home):
        found |= set(names) & _names_in(source)
    return frozenset(found)


def _names_in(source: IdentifiedFile) -> set[str]:
    """Ids and names of the products of one file; its own totals are none."""
    headers = {
        h for name in _NAMED_BY for one in source.match.columns.get(name, ()) for h in one.headers
    }
    rows = open_rows(source.file.path, source.format, name=source.file.name)
    found: set[str] = set()
    with closing(rows):
        try:
            normalising = Normaliser(source, rows, utc_offset_minutes=0)
            for batch in normalising.transform(rows.reader(normalising.headers)):
                for header in headers:
                    column = batch.column(header)
                    if pa.types.is_string(column.type):
                        found |= {text.strip() for text in column.drop_null().to_pylist()}
        except ExportError:
            return found  # loading says why it cannot be read
    return found
