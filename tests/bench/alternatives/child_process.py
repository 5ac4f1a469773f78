"""Compare page counts of Parquet with a trial in a child process; measure the one of workbooks
(decision 22).

    python -m tests.bench.alternatives.child_process --folder /tmp/child

A trial reads the whole file once in a child with limits on address space and CPU seconds, so that a
file that does not fit is refused by the system and not by its counts. Workbooks are guarded by such
a trial; at commit 420f018 the same command measures the counts of cells and texts that it replaced.
Ordinary files: CPU seconds of the guard, of a trial (Parquet) and of reading. Hostile files: what a
read says, CPU seconds, and the peak of the larger process. Each measure is a process of its own.
"""

from __future__ import annotations

import argparse
import signal
import statistics
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from assets.resources.readers.detect import detect
from assets.resources.readers.open_rows import open_rows
from assets.resources.readers.parquet_file.size_guard import read_column_pages
from assets.resources.readers.workbook.size_guard import validate_workbook_size
from data_contracts.errors import ExportError
from tests.bench.alternatives.measured import measure

MODULE = "tests.bench.alternatives.child_process"
MEMORY_BYTES, CPU_SECONDS = 4 << 30, 60
_TRIAL = """
import resource, sys
import pyarrow.parquet as pq
path, memory, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
with pq.ParquetFile(path) as file:
    for batch in file.iter_batches(65536, use_threads=False):
        pass
"""


def trial(path: str) -> str:
    """Read the Parquet file in a child under limits; return how the child ended."""
    done = subprocess.run(
        [sys.executable, "-c", _TRIAL, path, str(MEMORY_BYTES), str(CPU_SECONDS)],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode < 0:
        return f"ended by {signal.Signals(-done.returncode).name}"
    return done.stderr.strip().splitlines()[-1][:100] if done.returncode else "fits"


def guard(path: str) -> str:
    """Guard against the file as every read does."""
    try:
        if path.endswith("xlsx"):
            validate_workbook_size(Path(path))
        else:
            read_column_pages(Path(path))
    except ExportError as error:
        return str(error)
    return "fits"


def read(path: str) -> str:
    """Detect, open and read the file with all guards, as a load does."""
    try:
        found = detect(Path(path))
        with closing(open_rows(Path(path), found, name=Path(path).name)) as rows:
            return f"{sum(batch.num_rows for batch in rows.reader(rows.header)):,} rows"
    except ExportError as error:
        return str(error)


def orders_workbook(path: str, rows: str) -> None:
    """Write a workbook of orders with 15 columns."""
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("订单")
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    sheet.write_row(0, 0, [f"列{n}" for n in range(15)])
    for row in range(1, int(rows) + 1):
        sheet.write_row(row, 0, [f"A{row}", *["苹果 5斤装", "已完成", "张三"] * 3])
        sheet.write_row(row, 10, [row, row / 10, row % 7, "备注"])
        sheet.write_datetime(row, 14, datetime(2026, 10, 31, 10, 0), moment)
    book.close()


def orders_parquet(path: str, rows: str) -> None:
    """Write a Parquet file of orders with 15 columns."""
    numbers = np.arange(int(rows))
    columns = {
        f"t{n}": pa.array(np.char.add("A", (numbers % 10 ** (n + 1)).astype(str))) for n in range(7)
    }
    columns |= {f"n{n}": pa.array(numbers % (n + 2)) for n in range(8)}
    pq.write_table(pa.table(columns), path)


def sheet_workbook(path: Path, sheet: Callable[[], bytes], shared: bytes = b"") -> None:
    """Write a workbook whose only sheet, and whose shared texts, are these bytes."""
    seed = path.with_name("seed.xlsx")
    orders_workbook(str(seed), "2")
    with zipfile.ZipFile(seed) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = (
                    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
                    b"<sheetData>" + sheet() + b"</sheetData></worksheet>"
                )
            if name == "xl/sharedStrings.xml" and shared:
                content = (
                    b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
                    + shared
                    + b"</sst>"
                )
            book.writestr(name, content)


def _cells(rows: int, cell: bytes) -> bytes:
    return b"".join(b'<row r="%d">%s</row>' % (n, cell % n) for n in range(1, rows + 1))


CORNERS = (
    b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
)
TEXT_CELL = b'<c r="A%d" t="s"><v>0</v></c>'


def write_hostile_files(folder: str) -> list[str]:
    """Write small files that decode to gigabytes, or that no reader should open."""
    made = {
        "two corners.xlsx": lambda p: sheet_workbook(p, lambda: CORNERS),
        "a long text on every row.xlsx": lambda p: sheet_workbook(
            p, lambda: _cells(200_000, TEXT_CELL), b"<si><t>" + b"x" * 30_000 + b"</t></si>"
        ),
        "a wide and a long row.xlsx": lambda p: sheet_workbook(
            p,
            lambda: (
                b'<row r="1"><c r="XFD1"><v>1</v></c></row>'
                + _cells(5_000, b'<c r="A%d"><v>1</v></c>').removeprefix(
                    b'<row r="1"><c r="A1"><v>1</v></c></row>'
                )
            ),
        ),
        "millions of empty shared texts.xlsx": lambda p: sheet_workbook(
            p, lambda: _cells(10, TEXT_CELL), b"<si/>" * 50_000_000
        ),
        "gigabytes of zeros.xlsx": lambda p: sheet_workbook(p, lambda: b"0" * (1 << 30)),
        "equal rows.parquet": lambda p: pq.write_table(
            pa.table({"a": pa.array(np.zeros(40_000_000, np.int64))}),
            p,
            compression="zstd",
            row_group_size=1 << 26,
        ),
        "billions of equal rows.parquet": lambda p: _many_groups(p, 50),
        "a long text on every row.parquet": lambda p: pq.write_table(
            pa.table(
                {
                    "a": pa.DictionaryArray.from_arrays(
                        pa.array(np.zeros(20_000, np.int32)), ["x" * 1_000_000]
                    )
                }
            ),
            p,
            compression="zstd",
        ),
    }
    for name, make in made.items():
        make(Path(folder, name))
    return list(made)


def _many_groups(path: Path, groups: int) -> None:
    table = pa.table({"a": pa.array(np.zeros(40_000_000, np.int64))})
    with pq.ParquetWriter(path, table.schema, compression="zstd") as writer:
        for _ in range(groups):
            writer.write_table(table, row_group_size=1 << 26)


def _measures(path: Path) -> tuple[str, ...]:
    return ("guard", "read") if path.suffix == ".xlsx" else ("guard", "read", "trial")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--times", type=int, default=3)
    chosen = parser.parse_args()
    folder = chosen.folder
    folder.mkdir(parents=True, exist_ok=True)
    print(f"limits of the child: {MEMORY_BYTES >> 20:,} MiB, {CPU_SECONDS} CPU s")
    for suffix, sizes, writer in (
        ("xlsx", (100, 10_000, 100_000), "orders_workbook"),
        ("parquet", (100, 1_000_000), "orders_parquet"),
    ):
        for rows in sizes:
            path = folder / f"orders_{rows}.{suffix}"
            measure(MODULE, writer, path, rows)
            said = []
            for name in _measures(path):
                runs = [measure(MODULE, name, path) for _ in range(chosen.times)]
                cpu = statistics.median(run.cpu_seconds for run in runs)
                said.append(f"{name} {cpu:.3f} s, {max(run.peak_mib for run in runs):.0f} MiB")
            print(
                f"{path.name:22} {path.stat().st_size:>11,} bytes  " + "; ".join(said), flush=True
            )
    for file in measure(MODULE, "write_hostile_files", folder).answer:
        path = folder / file
        print(f"{path.name} ({path.stat().st_size:,} bytes)")
        for name in _measures(path)[1:]:
            run = measure(MODULE, name, path)
            used = f"CPU {run.cpu_seconds:6.2f} s  peak {run.peak_mib:6.0f} MiB"
            print(f"  {name:5} {used}  {run.answer}", flush=True)


if __name__ == "__main__":
    main()
