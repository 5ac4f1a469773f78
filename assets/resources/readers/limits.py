"""How much of a file is believed: the limits that keep a hostile or broken file from harm.

Each is far above what exports of a day hold; what passes one is set aside or refused, by name.
"""

from __future__ import annotations

MAX_CELL_CHARACTERS = 1 << 20  # a product text or an address is a few hundred
MAX_RECORD_CHARACTERS = 1 << 25  # a longer line or cell is not even held to be set aside
MAX_COLUMNS = 2_000  # the widest export known has fewer than a hundred
MAX_HEADER_CHARACTERS = 500

# Rows that cannot be taken apart are remembered one by one; so many are no table.
MAX_MALFORMED_ROWS = 200_000
# Rows are handed on when they are this many characters: a text may repeat on every row.
BATCH_CHARACTERS = 32 << 20

# Deflate reaches 1,032 to 1 on zeros; real CSV 5 to 20 to 1.
MAX_COMPRESSION_RATIO = 200
RATIO_COUNTS_FROM_BYTES = 256 << 20

# Parquet: a page is about a megabyte, or 20,000 rows; a row group has a few of each column open.
MAX_PAGES = 1_000_000
MAX_OPEN_PAGES_BYTES = 2 << 30
# Rows are read together when their longest possible texts, written out, are this many bytes.
READ_TOGETHER_BYTES = 128 << 20

# An XLSX sheet has at most 1,048,576 rows; beyond these sizes it is no sheet a person made.
MAX_XLSX_BYTES = 512 << 20
MAX_XLSX_UNPACKED_BYTES = 2 << 30
MAX_XLSX_ENTRIES = 10_000
# A sheet is held as a rectangle around all its cells, its repeated texts written out.
MAX_SHEET_CELLS = 60_000_000
SPARSE_COUNTS_FROM_CELLS = 10_000_000
MAX_EMPTY_SHARE_INVERSE = 8  # a rectangle with fewer than one cell in eight filled is no table
MAX_SHEET_TEXT_BYTES = 1 << 30

JSON_HEADER_RECORDS = 1_000
