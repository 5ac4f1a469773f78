"""Build SQL text: literals of Python values, and parameters replaced by them. Nothing is executed
here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

# A parameter, or a token whose `$` is not a parameter: a text, a quoted name, a comment.
_PARAMETER = re.compile(r"""'[^']*'|"[^"]*"|--[^\n]*|\$([a-z_][a-z0-9_]*)""")


def literal(value: object) -> str:
    """Return the SQL literal of a Python value; raise TypeError for other types."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value.isoformat(sep=' ')}'"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    if isinstance(value, str | Path):
        return "'" + str(value).replace("'", "''") + "'"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    raise TypeError(f"no SQL literal for {type(value).__name__}")


def render(sql: str, params: Mapping[str, object]) -> str:
    """Replace `$name` by literals; raise KeyError for a name without a value.

    A `$` within quotes is not a parameter: a file or a header may be called `$as_of`.
    """

    def value(match: re.Match[str]) -> str:
        if match.group(1) is None:
            return match.group()
        if match.group(1) not in params:
            raise KeyError(f"SQL parameter ${match.group(1)} has no value")
        return literal(params[match.group(1)])

    return _PARAMETER.sub(value, sql)
