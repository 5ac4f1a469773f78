"""Compare the CSV row reader with DuckDB's reject tables (decision 24): CPU, memory, rows lost.

    python -m tests.bench.alternatives.malformed_csv --rows 300000 --bodies 2000 --folder /tmp/csv

The row reader reads what the fast reader (Arrow) cannot. First both read one large file with a NUL
in its first row, in a process each, three times in turn. Then both read the same random small
bodies of quotes, separators, line ends and NUL: how often they keep the same cells and reject as
many rows, and how often DuckDB fails, or neither returns nor rejects a row that the row reader
returns.
"""

from __future__ import annotations

import argparse
import collections
import random
import statistics
from pathlib import Path

import duckdb

from assets.resources.readers.delimited.reader import CsvRows
from assets.resources.readers.delimited.stream import NeedsRowReaderError
from assets.resources.readers.file_format import Container, FileFormat
from data_contracts.errors import ExportError
from tests.bench.alternatives.measured import measure

MODULE = "tests.bench.alternatives.malformed_csv"
PIECES = ("a", "b", "1", " ", ",", ",", "\n", "\n", "\r\n", "\r", '"', '"', '""', 'x"y', "\0", "苹")
Outcome = tuple[list[tuple[str | None, ...]], int]


def row_reader(path: Path, header: list[str]) -> Outcome:
    """Return the rows of the row reader and the number of rows it set aside."""
    rows = CsvRows(path, FileFormat(Container.CSV, encoding="utf-8", delimiter=","), "a", None)

    def unable(*_: object) -> None:
        raise NeedsRowReaderError

    rows._block_batches = unable  # type: ignore[method-assign, assignment]
    found = rows.reader(header).read_all().select(header)
    return list(zip(*(column.to_pylist() for column in found), strict=True)), len(rows.malformed)


def reject_tables(path: Path, header: list[str], is_strict: bool = True) -> Outcome:
    """Return the rows of DuckDB and the number of rows in its reject table."""
    with duckdb.connect(config={"threads": 1}) as connection:
        columns = ", ".join(f"'{name}': 'varchar'" for name in header)
        kept = connection.execute(
            f"select * from read_csv('{path}', auto_detect = false, header = true, delim = ',', "
            f"quote = '\"', escape = '\"', columns = {{{columns}}}, store_rejects = true, "
            f"max_line_size = 33554432, strict_mode = {is_strict})"
        ).fetchall()
        lines = connection.execute(
            "select count(distinct line_byte_position) from reject_errors"
        ).fetchall()[0][0]
    return [row for row in kept if any(row)], lines


READERS = {"row reader": row_reader, "DuckDB": reject_tables}


def count(reader: str, path: str) -> list[int]:
    with Path(path).open(encoding="utf-8") as text:
        header = text.readline().strip().split(",")
    kept, rejected = READERS[reader](Path(path), header)
    return [len(kept), rejected]


def write(path: Path, rows: int) -> None:
    """Write order lines; the first holds a NUL, every thousandth has too many cells."""
    with path.open("w", encoding="utf-8", newline="") as out:
        out.write("order_id,line_id,ordered_at,sku_id,name,quantity\r\n")
        for n in range(rows):
            name = "\0" if n == 0 else f'"苹果,{n}"'
            more = ",x" if n % 1_000 == 999 else ""
            out.write(f"A{n},1,2026-10-31 10:00:00,S{n % 97},{name},{n % 9}{more}\r\n")


def compare(bodies: int, folder: Path, seed: int, is_strict: bool) -> collections.Counter[str]:
    """Count how the outcomes of random bodies differ."""
    chance, found = random.Random(seed), collections.Counter[str]()
    path = folder / "body.csv"
    for _ in range(bodies):
        body = "".join(chance.choices(PIECES, k=chance.randint(1, 16)))
        path.write_text(f"h,k\n{body}", "utf-8", newline="")
        try:
            kept, aside = row_reader(path, ["h", "k"])
        except ExportError:
            kept, aside = None, 0
        try:
            others, rejected = reject_tables(path, ["h", "k"], is_strict)
        except duckdb.Error:
            found["DuckDB fails, the row reader " + ("refuses" if kept is None else "reads")] += 1
            continue
        if kept is None:
            found["the row reader refuses (an open quote), DuckDB returns what is left"] += 1
        elif (kept, aside) == (others, rejected):
            found["the same"] += 1
        elif len(kept) + aside > len(others) + rejected:
            found["DuckDB loses a row without rejecting it"] += 1
        else:
            found["other cells, or other rows rejected"] += 1
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--bodies", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, required=True)
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    path = chosen.folder / "orders.csv"
    write(path, chosen.rows)
    runs: dict[str, list] = {name: [] for name in READERS}
    for _ in range(3):
        for name in READERS:
            runs[name].append(measure(MODULE, "count", name, path))
    print(f"{chosen.rows:,} rows, {path.stat().st_size >> 20} MiB")
    for name, measured in runs.items():
        cpu = statistics.median(run.cpu_seconds for run in measured)
        peak = max(run.peak_mib for run in measured)
        kept, rejected = measured[0].answer
        print(f"{name:10} CPU {cpu:6.2f} s  peak {peak:6.0f} MiB  {kept:,} kept, {rejected:,} not")
    for is_strict in (True, False):
        print(f"{chosen.bodies:,} random bodies, strict_mode = {is_strict}")
        found = compare(chosen.bodies, chosen.folder, chosen.seed, is_strict)
        for what, times in found.most_common():
            print(f"{times:6,}  {what}")


if __name__ == "__main__":
    main()
