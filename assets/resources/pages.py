"""Self-contained pages people open offline: every value escaped, a missing one an error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template


def template_beside(file: str, name: str, filters: Mapping[str, Callable[..., Any]]) -> Template:
    """The template `name` that stands beside the module `file`."""
    environment = Environment(
        loader=FileSystemLoader(Path(file).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= filters
    return environment.get_template(name)
