"""Fuzz our own parsers guided by their coverage; any error but the promised one is a find.

    python -m tests.bench.fuzz_coverage json --seconds 120 --folder /tmp/fuzz

Needs the group `fuzz` of pyproject. A find is kept in the folder and the search goes on.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["assets.resources.readers", "data_contracts"]):
    from assets.resources.readers import limits
    from assets.resources.readers.delimited.reader import CsvRows
    from assets.resources.readers.delimited.row_reader import numbered_rows
    from assets.resources.readers.delimited.stream import NeedsRowReaderError
    from assets.resources.readers.detect import detect
    from assets.resources.readers.file_format import Container, FileFormat
    from assets.resources.readers.headers import clean_header, find_header_row
    from assets.resources.readers.json_lines.records import BrokenListError, records_of
    from assets.resources.readers.open_rows import open_rows
    from data_contracts.errors import ExportError
    from data_contracts.mappings.presets import read_mapping
    from data_contracts.platform_file import Platform

SCRATCH = Path(
    tempfile.mkdtemp(prefix="fuzz-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
)


def _file(content: bytes, name: str = "orders.csv") -> Path:
    path = SCRATCH / name
    path.write_bytes(content)
    return path


def _one_line(error: Exception) -> None:
    assert "\n" not in str(error), f"message: {error!r}"


def json_records(content: bytes) -> None:
    """Values of a file, one after another."""
    try:
        for _ in records_of(io.BytesIO(content), "utf-8", lambda _: None):
            pass
    except (BrokenListError, UnicodeError) as error:
        _one_line(error)


def json_rows(content: bytes) -> None:
    """Rows of a file that was taken for JSON: numbers without a gap, malformed ones among them."""
    _rows(_file(content), FileFormat(Container.JSON_LINES, encoding="utf-8"))


def csv_rows(content: bytes) -> None:
    """The fast reader and the careful one give the same rows, and set the same aside."""
    if not content:
        return
    path = _file(content[1:])
    stated = FileFormat(
        Container.CSV,
        encoding=("utf-8", "gb18030", "utf-16-le")[content[0] % 3],
        delimiter=",\t;|"[content[0] // 3 % 4],
        header_row=1 + content[0] // 12 % 3,
        trailing=content[0] // 36 % 2,
    )
    fast, careful = _rows(path, stated), _rows(path, stated, is_careful=True)
    assert fast == careful, f"{fast} != {careful}"


def any_file(content: bytes) -> None:
    """Whatever it is: rows, or one line that says what is wrong."""
    path = _file(content)
    try:
        found = detect(path)
    except ExportError as error:
        _one_line(error)
        return
    _rows(path, found)


def header(content: bytes) -> None:
    """Header cells out of any text: as many as there were, no two alike."""
    rows = [line.split(",") for line in content.decode("utf-8", "replace").split("\n")]
    place = find_header_row(rows)
    assert 1 <= place <= max(len(rows), 1)
    try:
        names = clean_header(rows[place - 1], "orders.csv")
    except ExportError as error:
        _one_line(error)
        return
    assert len(names) == len(set(names)) == len(rows[place - 1]) and all(names)


def platform_toml(content: bytes) -> None:
    """`platform.toml`: read, or refused naming the key; written down it reads the same."""
    try:
        platform = Platform.from_toml(content.decode("utf-8", "replace"))
    except ValueError as error:
        _one_line(error)
        return
    assert Platform.from_toml(platform.to_toml()) == platform
    tomllib.loads(platform.to_toml())


def mapping_csv(content: bytes) -> None:
    """A platform's own mapping: read, or refused naming the row."""
    try:
        read_mapping(_file(content, "own_orders.csv"))
    except ValueError as error:
        _one_line(error)


def _rows(path: Path, stated: FileFormat, *, is_careful: bool = False) -> object:
    def unable(*_: object) -> object:
        raise NeedsRowReaderError

    try:
        rows = open_rows(path, stated, name=path.name)
        if is_careful and isinstance(rows, CsvRows):
            rows._block_batches = unable  # type: ignore[assignment,method-assign]
        found = rows.reader(rows.header).read_all().to_pylist()
    except ExportError as error:
        _one_line(error)
        assert str(error).startswith(f"{path.name}: ")
        return str(error)
    numbers = [row["row_number"] for row in found]
    aside = sorted((row.row_number, row.code) for row in rows.malformed)
    assert len({*numbers, *dict(aside)}) == len(numbers) + len(aside), "a number twice"
    assert numbers == sorted(numbers), "out of order"
    total = len(numbers) + len(aside) + rows.blank_rows
    assert max([0, *numbers, *dict(aside)]) <= total, "a row is missing"
    if stated.container is Container.CSV:
        assert total == sum(1 for _ in numbered_rows(path, stated)), "rows are lost"
    return rows.header, found, aside, rows.blank_rows


TARGETS: dict[str, tuple[Callable[[bytes], None], list[bytes]]] = {
    "records": (json_records, [b'[{"a":1},{"b":[1.5e3,null]}]', b'{"a":"\\u00e9"}\n{"b":true}\n']),
    "json": (json_rows, [b'{"a":1,"items":[{"g":1},{"g":2}]}\n{"a":{"b":"c"}}\n', b'[{"a":1}]']),
    "csv": (csv_rows, [b"\0a,b\n1,2\n\"x\n,y\",3\n", b"\x03a\tb\r\n1\t2\r\n"]),
    "file": (
        any_file,
        [b"a,b\n1,2\n", b'{"a":1}\n', b"\xff\xfea\0,\0b\0\n\0", "名,称\n1,2\n".encode()],
    ),
    "header": (header, ["标题\n编号,名称 ,\u200b数量\n1,2,3".encode(), b"a,a,,b"]),
    "platform": (
        platform_toml,
        [
            Platform(id="p", notes=("n",)).to_toml().encode(),
            b'[[files]]\nname = "a*"\nheader_row = 2\n[sku_renames]\na = "b"\n',
        ],
    ),
    "mapping": (
        mapping_csv,
        [
            b"version,column,header,transform,value,code,note\n1,order_id,no,,,,\n"
            b"1,paid_at,t,epoch_ms,,,\n1,sale_unit,u,,kg,kg,\n"
        ],
    ),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--folder", type=Path, required=True)
    chosen = parser.parse_args()
    # the limits as small as the inputs, so that they are reached
    limits.MAX_CELL_CHARACTERS, limits.MAX_RECORD_CHARACTERS = 64, 512
    target, seeds = TARGETS[chosen.target]
    corpus = chosen.folder / f"corpus-{chosen.target}"
    corpus.mkdir(parents=True, exist_ok=True)
    for place, seed in enumerate(seeds):
        (corpus / f"seed-{place}").write_bytes(seed)
    found: set[str] = set()

    def one(content: bytes) -> None:
        try:
            target(content)
        except Exception as error:
            place = error.__traceback__
            while place is not None and place.tb_next is not None:
                place = place.tb_next
            line = place.tb_lineno if place is not None else 0
            what = f"{type(error).__name__} line {line} {str(error)[:40]}"
            if what not in found and len(found) < 50:
                found.add(what)
                (chosen.folder / f"find-{chosen.target}-{len(found)}").write_bytes(content)
                print(f"FIND {what}", flush=True)

    atheris.Setup(
        [sys.argv[0], f"-max_total_time={chosen.seconds}", "-max_len=2048", "-verbosity=1",
         f"-artifact_prefix={chosen.folder}/", "-timeout=20", "-rss_limit_mb=3000", str(corpus)],
        one,
    )  # fmt: skip
    atheris.Fuzz()


if __name__ == "__main__":
    main()
