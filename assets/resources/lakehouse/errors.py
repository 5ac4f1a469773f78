"""What a failing query raises: the message carries the SQL that failed.

Belongs here: names of errors. Does not: who raises them (`lakehouse.py`).
"""


class QueryError(RuntimeError):
    """A query failed; the message carries the SQL that failed."""


class QueryMemoryError(QueryError):
    """A query needs more memory than it may have."""
