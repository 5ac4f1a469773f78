"""Add up how large each part of a home is, and each table of its lake."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path


def sizes_by_part(home: Path) -> str:
    """Bytes and files of every part; of the lake, of files that tables hold and of others."""
    sizes: Counter[str] = Counter()
    files: Counter[str] = Counter()
    for folder, _, names in os.walk(home):
        for name in names:
            path = Path(folder, name)
            if path.is_symlink():
                continue
            part = path.relative_to(home).parts[0]
            if part == "lake":
                part = "lake " + _kind(path)
            sizes[part] += path.lstat().st_size
            files[part] += 1
    parts = [f"{name} {sizes[name] / 1e6:.1f} MB in {files[name]}" for name in sorted(sizes)]
    whole = f"whole {sizes.total() / 1e6:.1f} MB in {files.total()} files"
    return ", ".join([whole, *parts])


def _kind(path: Path) -> str:
    if "_delta_log" in path.parts:
        return "logs"
    return "rows" if path.suffix == ".parquet" else "notes"


def sizes_by_table(home: Path) -> str:
    """Bytes and files per table: rows that stand, rows of old versions, logs."""
    from deltalake import DeltaTable

    lines = []
    for log in sorted((home / "lake").glob("*/*/_delta_log")):
        table = log.parent
        stands = {path.rsplit("/", 1)[-1] for path in DeltaTable(str(table)).file_uris()}
        size, count = Counter[str](), Counter[str]()
        for path in filter(Path.is_file, table.rglob("*")):
            kind = "stands" if path.name in stands else "old"
            kind = "logs" if "_delta_log" in path.parts else kind
            size[kind] += path.stat().st_size
            count[kind] += 1
        told = ", ".join(f"{kind} {size[kind] / 1e3:.0f} kB in {count[kind]}" for kind in size)
        lines.append(f"{table.name:<24} {told}")
    return "\n".join(lines)
