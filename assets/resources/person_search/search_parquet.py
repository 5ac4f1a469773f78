"""Search Parquet files for a person: find the files with a text cell that identifies them.

Text columns are read file by file and searched in batches of files: a home of one year has
ten thousand small files, and the engine takes longer to open one than to search it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from assets.resources.person_search.mentions import (
    BETWEEN,
    SHORTEST_MENTION,
    WIDE_DIGITS,
    Owner,
    Person,
    between_digits,
    mantissa,
)

_MOST_BYTES = 64 << 20  # of texts searched together
_BATCH_ROWS = 1 << 16
_FILE = "file of the row"  # a name no column of ours has


def search_parquet(paths: Iterable[Path], person: Person) -> tuple[set[Path], list[Path]]:
    """Return the files that identify the person in a text cell, and the files that were not
    searched.

    A cell identifies the person if it equals an id, contains a strong text, or contains a name
    together with a shared address. Files that are not readable as Parquet are not searched.
    """
    places: set[Path] = set()
    unsearched: list[Path] = []
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("set enable_progress_bar = false")
        for texts, files in _grouped_texts(paths, unsearched):
            try:
                places |= {files[n] for n in _named_in(connection, texts, person)}
            except duckdb.Error:
                unsearched += files
    return places, unsearched


def _grouped_texts(
    paths: Iterable[Path], unsearched: list[Path]
) -> Iterator[tuple[pa.Table, list[Path]]]:
    """Yield texts of files with the same columns, each row with its file number; and the files."""
    parts: list[pa.Table] = []
    files: list[Path] = []
    held = 0
    for path in paths:
        try:
            for part in _texts(path):
                is_other = bool(parts) and parts[-1].column_names != part.column_names
                if is_other or held > _MOST_BYTES:
                    yield _with_file(parts, files)
                    parts, files, held = [], [], 0
                parts.append(part)
                files.append(path)
                held += part.nbytes
        except (pa.ArrowException, OSError, ValueError):
            unsearched.append(path)
    if parts:
        yield _with_file(parts, files)


def _with_file(parts: list[pa.Table], files: list[Path]) -> tuple[pa.Table, list[Path]]:
    numbers = np.repeat(np.arange(len(parts), dtype=np.int32), [part.num_rows for part in parts])
    return pa.concat_tables(parts).append_column(_FILE, pa.array(numbers)), files


def _texts(path: Path) -> Iterator[pa.Table]:
    """Yield the text columns of a file, batch by batch."""
    with path.open("rb") as stream, pq.ParquetFile(stream) as opened:
        names = [one.name for one in opened.schema_arrow if _is_text(one.type)]
        if not names:
            return
        batches = opened.iter_batches(_BATCH_ROWS, columns=names, use_threads=False)
        for batch in batches:
            columns = [column.cast(pa.string()) for column in batch.columns]
            yield pa.table(columns, names=batch.schema.names)


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def _named_in(connection: duckdb.DuckDBPyConnection, texts: pa.Table, person: Person) -> set[int]:
    """Return the numbers of the files whose texts identify the person."""
    connection.register("texts", texts)
    columns = [f'"{name.replace(chr(34), chr(34) * 2)}"' for name in texts.column_names]
    columns.remove(f'"{_FILE}"')
    # texts of the person are parameters, so that no SQL and no error contains them
    strong = [one for column in columns for one in _conditions(column, person)]
    where = " or ".join(condition for condition, _ in strong)
    values = [value for _, asked in strong for value in asked]
    rows = connection.execute(f'select distinct "{_FILE}" from texts where {where}', values)
    places = {row[0] for row in rows.fetchall()}
    if not person.names or not person.weak_addresses:
        return places
    weak = [_weak_condition(column, person) for column in columns]
    rows = connection.execute(
        f'select "{_FILE}", {", ".join(columns)} from texts '
        f"where {' or '.join(condition for condition, _ in weak)}",
        [value for _, asked in weak for value in asked],
    )
    return places | {
        number
        for number, *cells in rows.fetchall()
        if any(person.names_text(cell, Owner.ANOTHER) for cell in cells if cell is not None)
    }


def _weak_condition(column: str, person: Person) -> tuple[str, list[object]]:
    """Return the condition, with parameters, of a cell that may contain a name and a shared
    address.
    """
    names, addresses = list(person.names), list(person.weak_addresses)
    named = " or ".join([f"contains({column}, ?)"] * len(names))
    placed = " or ".join([f"contains({_compact(column)}, ?)"] * len(addresses))
    return f"({named}) and ({placed})", [*names, *addresses]


def _compact(column: str) -> str:
    narrow = f"translate(nfc_normalize({column}), '{WIDE_DIGITS}', '0123456789')"
    return f"regexp_replace(lower({narrow}), '[^\\p{{L}}\\p{{N}}]', '', 'g')"


def _conditions(column: str, person: Person) -> Iterator[tuple[str, list[object]]]:
    """Yield conditions, with parameters, of a cell that identifies the person."""
    for one in person.ids:
        if len(one) < SHORTEST_MENTION:
            yield f"{column} = ?", [one]
        else:
            # the substring first: it costs a tenth of the pattern
            whole = f"(^|[^0-9A-Za-z_]){re.escape(one)}([^0-9A-Za-z_]|$)"
            yield f"(contains({column}, ?) and regexp_matches({column}, ?))", [one, whole]
    for number in person.strong_phones:
        narrow = f"translate({column}, '{WIDE_DIGITS}', '0123456789')"
        close = f"regexp_replace({narrow}, '[^0-9]', '', 'g')"
        whole = f"(^|[^0-9])(86{BETWEEN})?0?{between_digits(number)}([^0-9]|$)"
        yield (
            f"(length({column}) >= ? and contains({close}, ?) and regexp_matches({narrow}, ?))",
            [len(number), number, whole],
        )
        written_out = f"(^|[^0-9.]){re.escape(mantissa(number))}0*[eE][+]?0?{len(number) - 1}"
        yield (
            f"(contains({column}, ?) and regexp_matches({column}, ?))",
            [mantissa(number), f"{written_out}([^0-9]|$)"],
        )
    for address in person.strong_addresses:
        yield (
            f"(length({column}) >= ? and contains({_compact(column)}, ?))",
            [len(address), address],
        )
