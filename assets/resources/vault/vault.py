"""Store the vault: encrypted identities behind the pseudonyms, separate from data analysts can
open.

    vault/pseudonym.key  vault/vault.key      created once, mode 600, unless set in the environment
    vault/<lake>/people-000001.sealed         platform id, name, phone, address by pseudonym
    vault/<lake>/exclusions-000001.sealed     allergens, children: used only to exclude products
    vault/<lake>/forgotten-000001.sealed      pseudonyms whose rows are never loaded again
    vault/<lake>/refusals-000001.sealed       who refused, for when the file or phone is gone

A book is a list of segments, each a Parquet file encrypted as a whole with AES-256-GCM under its
own key per book; its name is authenticated with it. A load appends one segment, so that the cost of
a day depends only on that day; segments are merged when there are many. Later ones win, column by
column.
"""

from __future__ import annotations

import fcntl
import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from assets.resources.vault.keys import derive_key
from data_contracts.errors import LinliError

MERGED_FROM = 16  # segments of a book
_NONCE_BYTES = 12
_TEXT = pa.string()


class Book(Enum):
    """A part of the vault: its name and columns. `rank` orders sources: the larger wins."""

    PEOPLE = (
        "people",
        pa.schema(
            [
                ("user_id", _TEXT),
                ("platform_user_id", _TEXT),
                ("name", _TEXT),
                ("phone", _TEXT),
                ("address", _TEXT),
                ("rank", pa.int64()),
                ("seen_at", pa.timestamp("us")),
            ]
        ),
    )
    EXCLUSIONS = (
        "exclusions",
        pa.schema(
            [
                ("user_id", _TEXT),
                ("allergens", _TEXT),
                ("youngest_child_years", pa.int64()),
                ("rank", pa.int64()),
                ("seen_at", pa.timestamp("us")),
            ]
        ),
    )
    FORGOTTEN = ("forgotten", pa.schema([("user_id", _TEXT)]))
    REFUSALS = (
        "refusals",
        pa.schema(
            [
                ("user_id", _TEXT),
                ("phone_mark", _TEXT),
                ("file_name", _TEXT),
                ("file_sha256", _TEXT),
                ("told", pa.int64()),
            ]
        ),
    )

    @property
    def title(self) -> str:
        return self.value[0]

    @property
    def schema(self) -> pa.Schema:
        return self.value[1]


class Vault:
    """The encrypted books of one lake in `folder`, opened with `secret`."""

    def __init__(self, folder: Path, secret: bytes) -> None:
        self.folder = folder
        self._secret = secret

    def put(self, book: Book, rows: pa.Table) -> None:
        """Append `rows` (columns of the book) as one segment."""
        if rows.num_rows == 0:
            return
        with self._only_writer():
            segments = self._segments(book)
            if len(segments) + 1 >= MERGED_FROM:
                self._replace(book, pa.concat_tables([self._all(book), rows.cast(book.schema)]))
                return
            number = int(segments[-1].stem.rpartition("-")[2]) + 1 if segments else 1
            self._seal(book, number, rows.cast(book.schema))

    def read(self, book: Book) -> pa.Table:
        """Return one row per person: the last non-empty value of each column.

        For FORGOTTEN the distinct rows; for REFUSALS the latest rows of each file. Raises
        LinliError when a segment was encrypted with another key or was changed.
        """
        return _latest(book, self._all(book))

    def remove(self, user_id: str) -> None:
        """Remove a person from every book."""
        with self._only_writer():
            for book in (Book.PEOPLE, Book.EXCLUSIONS, Book.REFUSALS):
                rows = self._all(book)
                keep = pc.fill_null(pc.not_equal(rows.column("user_id"), user_id), True)
                kept = rows.filter(keep)
                if kept.num_rows < rows.num_rows:
                    self._replace(book, kept)

    def sealed_rows(self, user_id: str) -> int:
        """Count the encrypted rows about the person."""
        books = (self._all(book).column("user_id") for book in (Book.PEOPLE, Book.EXCLUSIONS))
        return sum(pc.sum(pc.equal(column, user_id)).as_py() or 0 for column in books)

    def names(self, book: Book, names: Sequence[str]) -> bool:
        """Return whether any row of `book` contains one of the texts `names`."""
        rows = self._all(book)
        texts = [name for name in book.schema.names if book.schema.field(name).type == _TEXT]
        wanted = pa.array(list(names), _TEXT)
        return any(pc.any(pc.is_in(rows.column(name), wanted)).as_py() for name in texts)

    def knows(self, book: Book, ids: Sequence[str]) -> bool:
        """Return whether a row of `book` is about one of `ids`, platform ids or pseudonyms.

        Only id columns are compared: a phone that looks like an id does not identify a person.
        """
        rows, wanted = self._all(book), pa.array(list(ids), _TEXT)
        columns = [name for name in book.schema.names if name.endswith("user_id")]
        return any(pc.any(pc.is_in(rows.column(name), wanted)).as_py() for name in columns)

    def entries(self, book: Book) -> pa.Table:
        """Return every row, older values of a person included."""
        return self._all(book)

    def person(self, user_id: str) -> dict[str, str | None] | None:
        """Return platform id, name, phone and address of a pseudonym; None when unknown."""
        rows = self.read(Book.PEOPLE)
        people = rows.filter(pc.equal(rows.column("user_id"), user_id)).to_pylist()
        return people[0] if people else None

    def forgotten(self) -> tuple[str, ...]:
        """Return the pseudonyms of erased people."""
        return tuple(sorted(set(self._all(Book.FORGOTTEN).column("user_id").to_pylist())))

    def forget(self, user_id: str) -> None:
        """Record that rows of this pseudonym must never be loaded again."""
        if user_id not in self.forgotten():
            self.put(Book.FORGOTTEN, pa.table({"user_id": [user_id]}))

    # -- segments --------------------------------------------------------------------------------

    @contextmanager
    def _only_writer(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _segments(self, book: Book) -> list[Path]:
        return sorted(self.folder.glob(f"{book.title}-*.sealed"))

    def _all(self, book: Book) -> pa.Table:
        parts = [self._open(book, path) for path in self._segments(book)]
        return pa.concat_tables(parts) if parts else book.schema.empty_table()

    def _replace(self, book: Book, rows: pa.Table) -> None:
        """Replace all segments by one; a concurrent reader may see rows twice, but never misses
        any.
        """
        old = self._segments(book)
        number = int(old[-1].stem.rpartition("-")[2]) + 1 if old else 1
        self._seal(book, number, _latest(book, rows))
        for path in old:
            path.unlink()

    def _seal(self, book: Book, number: int, rows: pa.Table) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        name = f"{book.title}-{number:06d}.sealed"
        plain = io.BytesIO()
        pq.write_table(rows, plain, compression="zstd")
        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(derive_key(self._secret, book.title)).encrypt(
            nonce, plain.getvalue(), name.encode()
        )
        building = self.folder / f".{name}.tmp"
        opened = os.open(building, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(opened, "wb") as stream:
            stream.write(nonce + sealed)
            stream.flush()
            os.fsync(stream.fileno())
        building.replace(self.folder / name)

    def _open(self, book: Book, path: Path) -> pa.Table:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        sealed = path.read_bytes()
        nonce, body = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            plain = AESGCM(derive_key(self._secret, book.title)).decrypt(
                nonce, body, path.name.encode()
            )
        except (InvalidTag, ValueError) as error:
            raise LinliError(
                f"{path.name}: cannot be opened: it was sealed with another key (LINLI_VAULT_KEY, "
                "or vault.key in the vault folder) or was changed since",
                f"{path.name}：无法打开：它由另一把密钥（LINLI_VAULT_KEY，或保险库文件夹"
                "中的 vault.key）加密，或加密后被改动过",
            ) from error
        return pq.read_table(io.BytesIO(plain)).cast(book.schema)


def _latest(book: Book, rows: pa.Table) -> pa.Table:
    """Return one row per person: for each column the value of the highest rank and latest time.

    DuckDB may not spill here: raw values must not reach a temporary file.
    """
    if book is Book.FORGOTTEN:
        return rows.group_by("user_id").aggregate([])
    if book is Book.REFUSALS:
        names = book.schema.names
        last = rows.group_by("file_name").aggregate([("told", "max")])
        beside = rows.join(last, "file_name", use_threads=False)
        is_last = pc.equal(beside.column("told"), beside.column("told_max"))
        distinct = beside.filter(is_last).group_by(names).aggregate([]).select(names)
        return distinct.sort_by([(name, "ascending") for name in names])
    values = [name for name in book.schema.names if name not in ("user_id", "rank", "seen_at")]
    order = "(rank, coalesce(seen_at, TIMESTAMP '1970-01-01'), place)"
    picked = ", ".join(
        f"arg_max({name}, {order}) filter ({name} is not null) as {name}" for name in values
    )
    placed = rows.append_column("place", pa.array(np.arange(rows.num_rows)))
    with duckdb.connect(config={"threads": 1, "temp_directory": ""}) as connection:
        connection.register("placed", placed)
        latest = connection.sql(
            f"select user_id, {picked}, max(rank) as rank, max(seen_at) as seen_at "
            "from placed group by user_id order by user_id"
        ).to_arrow_table()
    return latest.select(book.schema.names).cast(book.schema)
