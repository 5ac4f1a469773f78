"""How much of a file is believed: the limits that keep a hostile or broken file from harm.

Each is far above what exports of a day hold; what passes one is set aside or refused, by name.
"""

from __future__ import annotations

MAX_CELL_CHARACTERS = 1 << 20  # a product text or an address is a few hundred
MAX_COLUMNS = 2_000  # the widest export known has fewer than a hundred
MAX_HEADER_CHARACTERS = 500

# Deflate reaches 1,032 to 1 on zeros; real CSV 5 to 20 to 1.
MAX_COMPRESSION_RATIO = 200
RATIO_COUNTS_FROM_BYTES = 256 << 20

# An XLSX sheet has at most 1,048,576 rows; beyond these sizes it is no sheet a person made.
MAX_XLSX_BYTES = 512 << 20
MAX_XLSX_UNPACKED_BYTES = 2 << 30
MAX_XLSX_ENTRIES = 10_000

MAX_JSON_DOCUMENT_BYTES = 256 << 20  # a single JSON document is held whole; JSON lines are not
JSON_HEADER_RECORDS = 1_000
