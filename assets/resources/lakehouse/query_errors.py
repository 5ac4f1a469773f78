"""Define the errors of a failing query; the message contains the SQL."""


class QueryError(RuntimeError):
    """A query failed; the message contains the SQL."""


class QueryMemoryError(QueryError):
    """A query exceeded its memory limit."""
