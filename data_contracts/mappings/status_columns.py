"""Find columns that give an order's status in addition to its own: 售后状态, 支付状态, …"""

from __future__ import annotations

from collections.abc import Mapping

from data_contracts.exports import ORDERS
from data_contracts.mappings.presets import GENERIC, STATES, HeaderMapping, Source, presets
from data_contracts.mappings.spelling import normal


def status_columns(
    mapping: HeaderMapping, standing: Mapping[str, str]
) -> dict[str, tuple[Source, ...]]:
    """Find such columns in a file, under headers of the mapping or generic ones.

    Headers that the mapping reads as something else, or declares to be none of our columns, are
    left out. `standing`: normalised header → header as written.
    """
    if mapping.export != ORDERS.name:
        return {}
    usual = next(m for m in presets() if m.preset == GENERIC and m.export == ORDERS.name)
    taken = {
        normal(header)
        for name, sources in mapping.sources.items()
        if name not in STATES
        for one in sources
        for header in one.headers
    }
    for rule in mapping.codes:
        taken |= set() if rule.column in STATES else {normal(header) for header in rule.headers}
    taken |= {normal(header) for header, _ in mapping.excluded_headers}
    columns: dict[str, tuple[Source, ...]] = {}
    for name in STATES:
        headers = [h for one in mapping.sources.get(name, ()) for h in one.headers]
        headers += [
            h for one in usual.sources.get(name, ()) for h in one.headers if normal(h) not in taken
        ]
        there = dict.fromkeys(standing[normal(h)] for h in headers if normal(h) in standing)
        taken |= {normal(h) for h in there}
        if there:
            columns[name] = tuple(Source((header,)) for header in there)
    return columns
