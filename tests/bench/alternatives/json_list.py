"""Compare the reader of JSON records with `ijson` (decision 23): CPU, memory, what is lost.

    python -m tests.bench.alternatives.json_list --records 200000 --folder /tmp/json

Needs `ijson` (group `bench` of pyproject). All read the same list of order records in a process
each, three times in turn: `own` is the reader, `ijson` its `items`, `events` a builder on its
events that sees a key twice. Then all read small files, each with one trap.
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from assets.resources.readers.json_lines.records import BrokenListError, records_of
from tests.bench.alternatives.measured import measure

TRAPS = {
    "decimals keep their digits": "[1.10, 1e3, -0]",
    "a key twice is no record": '[{"a": 1, "a": 2}, {"a": 3}]',
    "a lone surrogate is no record": '[{"a": "\\ud800"}, {"a": 3}]',
    "NaN of a Python export": '[{"a": NaN}, {"a": 3}]',
    "a byte order mark": '\ufeff[{"a": 1}]',
    "a cut list": '[{"a": 1}, {"a": ',
    "a second list": '[{"a": 1}] [{"a": 2}]',
    "a bad line among good ones": '{"a": 1}\n{cut off\n{"a": 3}\n',
}


def write(path: Path, records: int) -> None:
    """Write a list of orders with two lines each."""
    with path.open("w", encoding="utf-8") as out:
        for n in range(records):
            lines = [
                {"goods_id": n % 97 + k, "num": k + 1, "price": f"{n % 50}.90"} for k in (0, 1)
            ]
            order = {"order_sn": f"A{n}", "pay": {"fee": 1.1, "at": "2026-10-31 10:00:00"}}
            text = json.dumps({**order, "buyer": "张三" * 3, "items": lines}, ensure_ascii=False)
            out.write(f"{',' if n else '['}\n{text}")
        out.write("\n]")


def own(binary: io.BufferedIOBase) -> Iterator[Any]:
    return (value for value, _ in records_of(binary, "utf-8", lambda _: None))  # type: ignore[arg-type]


def library(binary: io.BufferedIOBase) -> Iterator[Any]:
    import ijson

    first = binary.read(1)
    binary.seek(0)
    if first == b"{":
        return ijson.items(binary, "", multiple_values=True)
    return ijson.items(binary, "item")


def events(binary: io.BufferedIOBase) -> Iterator[Any]:
    """Build the elements of a list from the events of `ijson`; None for one with a key twice."""
    import ijson

    held: list[Any] = []
    keys: list[str] = []
    has_twice = False
    for kind, value in ijson.basic_parse(binary):
        if kind == "map_key":
            has_twice |= value in held[-1]
            keys.append(value)
            continue
        if kind in ("start_map", "start_array"):
            held.append({} if kind == "start_map" else [])
            continue
        item = value
        if kind in ("end_map", "end_array"):
            item = held.pop()
        if not held:
            return
        if isinstance(held[-1], dict):
            held[-1][keys.pop()] = item
        elif len(held) > 1:
            held[-1].append(item)
        else:
            yield None if has_twice else item
            has_twice = False


def count(reader: str, path: str) -> int:
    with Path(path).open("rb") as binary:
        return sum(1 for _ in READERS[reader](binary))


READERS: dict[str, Callable[[Any], Iterator[Any]]] = {
    "own": own,
    "ijson": library,
    "events": events,
}


def outcome(reader: str, text: str) -> str:
    """Return the values that the reader returns, and the error that ends them."""
    found: list[str] = []
    try:
        found.extend(str(value) for value in READERS[reader](io.BytesIO(text.encode())))
    except BrokenListError:
        found.append("(refused)")
    except Exception as error:  # every library has its own
        found.append(f"({type(error).__name__})")
    return " | ".join(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=200_000)
    parser.add_argument("--folder", type=Path, required=True)
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    path = chosen.folder / "orders.json"
    write(path, chosen.records)
    print(f"{chosen.records:,} records, {path.stat().st_size >> 20} MiB")
    runs: dict[str, list] = {name: [] for name in READERS}
    for _ in range(3):
        for name in READERS:
            runs[name].append(measure(MODULE, "count", name, path))
    for name, measured in runs.items():
        assert {run.answer for run in measured} == {chosen.records}
        cpu = statistics.median(run.cpu_seconds for run in measured)
        print(f"{name:6} CPU {cpu:6.2f} s  peak {max(run.peak_mib for run in measured):6.0f} MiB")
    for trap, text in TRAPS.items():
        print(f"{trap}\n" + "\n".join(f"  {name:6} {outcome(name, text)}" for name in READERS))


MODULE = "tests.bench.alternatives.json_list"

if __name__ == "__main__":
    main()
