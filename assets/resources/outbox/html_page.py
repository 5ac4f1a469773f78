"""Build self-contained pages for offline use: values are escaped, a missing value is an error."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from jinja2 import Template


# In pages of our own templates, whose values are escaped: a `<` is a tag's.
_TABLE: Final = re.compile(r"<table\b.*?</table>", re.DOTALL)
_ROW: Final = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
_HEADER: Final = re.compile(r"<th\b[^>]*>(.*?)</th>", re.DOTALL)
_CELL: Final = re.compile(r"<td\b")
_TAG: Final = re.compile(r"<[^>]*>")


def load_template(file: str, name: str, filters: Mapping[str, Callable[..., Any]]) -> Template:
    """Load the template `name` from the folder of the module `file`."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(file).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= filters
    return environment.get_template(name)


def add_cell_labels(page: str) -> str:
    """Add the header of its column to every cell as `data-label`.

    On a narrow screen rows then become lists of labelled values, and no column is cut off. Tables
    without headers are not changed.
    """
    return _TABLE.sub(lambda table: _labelled(table.group()), page)


def _labelled(table: str) -> str:
    headers = [_TAG.sub("", header).strip() for header in _HEADER.findall(table)]
    if not headers:
        return table
    return _ROW.sub(lambda row: _with_labels(row.group(), headers), table)


def _with_labels(row: str, headers: list[str]) -> str:
    labels = iter(headers)
    return _CELL.sub(lambda _: f'<td data-label="{next(labels, "")}"', row)
