"""Find out which words are products according to the product files: a product may be called 小计.

Only asked for words that would make a row a totals row, so product files are opened rarely. They
may be in the same folder as the orders and not loaded yet.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from contextlib import closing

import pyarrow as pa

from assets.ingest.match.identify_file import IdentifiedFile
from assets.ingest.stage.normalise.normalise_stream import Normaliser
from assets.resources.home import LinliHome
from assets.resources.lakehouse.rule_sql import text_list
from assets.resources.readers.open_rows import open_rows
from data_contracts.errors import ExportError
from data_contracts.exports import PRODUCTS

_NAMED_BY = ("sku_id", "sku_name")


def products_among(
    home: LinliHome,
    product_files: Callable[[], Iterable[IdentifiedFile]],
    names: Collection[str],
) -> frozenset[str]:
    """Return those of `names` that product files, loaded or not, use as a product's id or name."""
    if not names:
        return frozenset()
    used: set[str] = set()
    if home.lakehouse.root.exists():
        listed = text_list(sorted(names))
        with home.lakehouse.session(PRODUCTS) as session:
            for name in _NAMED_BY:
                sql = f"select distinct {name} from products where {name} in {listed}"
                used |= {row[0] for row in session.rows(sql)}
    for source in product_files():
        used |= set(names) & _names_in(source)
    return frozenset(used)


def _names_in(source: IdentifiedFile) -> set[str]:
    """Collect ids and names of the products of one file, without its totals rows."""
    headers = {
        h for name in _NAMED_BY for one in source.match.columns.get(name, ()) for h in one.headers
    }
    rows = open_rows(source.file.path, source.format, name=source.file.name)
    product_names: set[str] = set()
    with closing(rows):
        try:
            normalising = Normaliser(source, rows, utc_offset_minutes=0)
            for batch in normalising.transform(rows.reader(normalising.headers)):
                for header in headers:
                    column = batch.column(header)
                    if pa.types.is_string(column.type):
                        product_names |= {text.strip() for text in column.drop_null().to_pylist()}
        except ExportError:
            return product_names  # loading reports why it cannot be read
    return product_names
