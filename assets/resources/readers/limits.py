"""Limits that protect against malicious or broken files.

Each is far above what the exports of a day contain. What exceeds one is quarantined or rejected,
with its name.
"""

from __future__ import annotations

MAX_CELL_CHARACTERS = 1 << 20  # a product text or an address is a few hundred
MAX_RECORD_CHARACTERS = 1 << 25  # a longer line or cell is not even kept for quarantine
MAX_COLUMNS = 2_000  # the widest export known has fewer than a hundred
MAX_HEADER_CHARACTERS = 500

# Rows that cannot be parsed are recorded one by one; a file with more is not a table.
MAX_MALFORMED_ROWS = 200_000
# A batch is emitted at this many characters: one long text may repeat on every row.
BATCH_CHARACTERS = 32 << 20

# Deflate reaches 1,032 to 1 on zeros; real CSV 5 to 20 to 1.
MAX_COMPRESSION_RATIO = 200
RATIO_COUNTS_FROM_BYTES = 256 << 20

# Parquet: a page is about 1 MB or 20,000 rows; reading a row group holds a few pages per column.
MAX_PAGES = 1_000_000
MAX_OPEN_PAGES_BYTES = 2 << 30
# Rows per read are limited so that their longest possible texts take at most this many bytes.
READ_TOGETHER_BYTES = 128 << 20

# An XLSX sheet has at most 1,048,576 rows; larger files are not workbooks that people create.
MAX_XLSX_BYTES = 512 << 20
MAX_XLSX_UNPACKED_BYTES = 2 << 30
MAX_XLSX_ENTRIES = 10_000
# Memory and time to open a workbook; a million rows of 15 columns take 2.3 GiB and 10 seconds.
MAX_WORKBOOK_BYTES = 4 << 30
MAX_WORKBOOK_CPU_SECONDS = 60

JSON_HEADER_RECORDS = 1_000
