"""Mutate good files of every format for a while; whatever is no rows and no ExportError is a find.

    python -m tests.bench.fuzz_readers --seconds 300 --inputs 3000 --folder /tmp/fuzz

Each input is recognised, opened and made plain as a load would, under a watchdog, and every
`--staged-every`-th that is no refusal goes through the queries of a load as well; a find is kept in
the folder. An input counts as loaded when no row of it was set aside by what was done with it.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import random
import signal
import tempfile
import time
import zipfile
from collections import Counter
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from assets.ingest.load import staging_context
from assets.ingest.match.identify_file import identify
from assets.ingest.stage.normalise.normalise_stream import Normaliser
from assets.ingest.stage.stage_file import stage_file
from assets.resources.home import LinliHome
from assets.resources.readers.file_index import as_inbox_file, content_sha256
from assets.resources.readers.open_rows import open_rows
from assets.resources.vault.keys import PseudonymKey
from data_contracts.errors import ExportError
from data_contracts.platform_file import FileFacts

HANG_SECONDS = 20
BOOKS = ("xlsx", "split")


def seeds(folder: Path) -> dict[str, bytes]:
    """One good file of every format."""
    header = ["订单编号", "下单时间", "商品编码", "商品名称", "数量"]
    cells = [[f"A{n}", "2026-10-31 10:00:00", "S1", f"苹果,\n{n}", str(n)] for n in range(60)]
    text = ",".join(header) + "\r\n"
    text += "".join(",".join(f'"{cell}"' for cell in row) + "\r\n" for row in cells)
    book, split = folder / "seed.xlsx", folder / "split.xlsx"
    workbook = xlsxwriter.Workbook(str(book))
    sheet = workbook.add_worksheet("订单")
    for row, line in enumerate([header, *cells]):
        sheet.write_row(row, 0, line)
    workbook.close()
    workbook = xlsxwriter.Workbook(str(split))
    for name in ("9月", "10月"):
        sheet = workbook.add_worksheet(name)
        sheet.write_row(0, 0, header)
        for row, line in enumerate(cells[:20], start=1):
            sheet.write_row(row, 1 if row % 3 else 0, line[1 if row % 3 else 0 :])
        for row in range(1, 20, 3):
            sheet.merge_range(row, 0, row + 2, 0, f"{name}{row}")
        sheet.write_rich_string(4, 3, "红", workbook.add_format({"bold": True}), "苹果", "1\u2028")
        sheet.write_row(21, 0, ["合计", "", "", "", 3])
    workbook.close()
    parquet = folder / "seed.parquet"
    columns = dict(zip(header, map(list, zip(*cells, strict=True)), strict=True))
    columns |= {"数量": range(60)}
    pq.write_table(pa.table(columns), parquet)
    packed = folder / "packed.parquet"
    pq.write_table(
        pa.table(columns),
        packed,
        use_dictionary=False,
        column_encoding={
            **dict.fromkeys(header, "DELTA_BYTE_ARRAY"),
            "数量": "DELTA_BINARY_PACKED",
        },
        data_page_version="2.0",
    )
    lines = "".join(
        json.dumps(dict(zip(header, row, strict=True)), ensure_ascii=n % 2 == 0) + "\n"
        for n, row in enumerate(cells)
    )
    nested = "".join(
        json.dumps({"订单编号": row[0], "items": [dict(zip(header[1:], row[1:], strict=True))]})
        + "\n"
        for row in cells
    )
    return {
        "csv": text.encode(),
        "gb18030": text.encode("gb18030"),
        "utf-16": text.encode("utf-16"),
        "gz": gzip.compress(text.encode()),
        "xlsx": book.read_bytes(),
        "split": split.read_bytes(),
        "parquet": parquet.read_bytes(),
        "packed": packed.read_bytes(),
        "jsonl": lines.encode(),
        "nested": nested.encode(),
    }


def mutated(content: bytes, other: bytes, chance: random.Random) -> bytes:
    """A few bytes changed, cut, doubled, or taken from another file."""
    data = bytearray(content)
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(data) or 1)
        match chance.randrange(6):
            case 0:
                data[place : place + 1] = bytes([chance.randrange(256)])
            case 1:
                del data[place : place + chance.randint(1, 40)]
            case 2:
                data[place:place] = data[place : place + chance.randint(1, 200)]
            case 3:
                data[place:place] = chance.choice([b"\0", b'"', b"\r", b"\n", b",", b"\xff", b"{"])
            case 4:
                start = chance.randrange(len(other))
                data[place:place] = other[start : start + chance.randint(1, 80)]
            case 5:
                del data[place:]
    return bytes(data)


def within(workbook: bytes, other: bytes, chance: random.Random) -> bytes:
    """The workbook with one of its parts mutated: a changed zip is refused before it is read."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    named = [name for name in parts if name.startswith("xl/")]
    texts = [name for name in named if "sharedStrings" in name or "worksheets" in name]
    chosen = chance.choice(texts if chance.random() < 0.6 else named)
    parts[chosen] = mutated(parts[chosen], other, chance)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return packed.getvalue()


def read(path: Path) -> int:
    """Read every row, plain; returns rows set aside, raises ExportError for no export."""
    source = identify(as_inbox_file(path), FileFacts(path.name))
    with closing(open_rows(path, source.format, name=path.name)) as rows:
        normalising = Normaliser(source, rows, utc_offset_minutes=480)
        normalising.transform(rows.reader(normalising.headers)).read_all()
        return len(rows.malformed) + len(normalising.totals)


def load(path: Path) -> int:
    """Stage the file as a load does; returns rows set aside, raises ExportError for no export."""
    home = LinliHome(home=str(path.parent / "home"), exports=str(path.parent), threads=1)
    file = as_inbox_file(path)
    source = identify(file, FileFacts(path.name))
    with (
        tempfile.TemporaryDirectory() as scratch,
        home.lakehouse.session(source.table) as session,
    ):
        facts = staging_context(home, PseudonymKey(b"k" * 32), tuple)
        made = stage_file(session, source, content_sha256(file), Path(scratch), facts)
        assert made.good_totals.rows + made.rows_bad == made.rows_read
        return made.rows_bad


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--staged-every", type=int, default=10)
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(chosen.seed)
    found: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    staged: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as scratch:
        good = seeds(Path(scratch))
        (Path(scratch) / "in").mkdir()
        path = Path(scratch) / "in" / "orders.csv"

        def hang(*_: object) -> None:
            raise TimeoutError("hangs")

        signal.signal(signal.SIGALRM, hang)
        stop = time.monotonic() + chosen.seconds
        while time.monotonic() < stop and outcomes.total() + found.total() < chosen.inputs:
            kind = chance.choice(list(good))
            change = within if kind in BOOKS and chance.random() < 0.8 else mutated
            path.write_bytes(change(good[kind], good[chance.choice(list(good))], chance))
            signal.alarm(HANG_SECONDS)
            try:
                aside = read(path)
                if outcomes.total() % chosen.staged_every == 0:
                    aside = load(path)
                    staged[kind] += 1
                outcomes[f"{kind} {'some rows set aside' if aside else 'loaded'}"] += 1
            except ExportError:
                outcomes[f"{kind} refused"] += 1
            except BaseException as error:
                if isinstance(error, KeyboardInterrupt):
                    raise
                name = f"{kind} {type(error).__name__} {str(error)[:80]}"
                if name not in found:
                    (chosen.folder / f"find-{len(found):03}").write_bytes(path.read_bytes())
                found[name] += 1
            finally:
                signal.alarm(0)
    print(f"{sum(outcomes.values()) + sum(found.values()):,} inputs")
    for name, count in sorted(outcomes.items()):
        print(f"  {name}: {count:,}")
    print(f"staged as a load does: {dict(sorted(staged.items()))}")
    print(f"{len(found)} finds")
    for name, count in found.most_common():
        print(f"  {count} × {name}")


if __name__ == "__main__":
    main()
