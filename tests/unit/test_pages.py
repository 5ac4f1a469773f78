"""Cells carry the header of their column, so that a narrow screen can show rows as lists."""

from __future__ import annotations

from assets.resources.outbox.html_page import add_cell_labels


def test_every_cell_has_the_header_of_its_column() -> None:
    table = (
        '<p>a</p><table><tr><th>仓</th><th class="n">行 <span>rows</span></th></tr>\n'
        '<tr class="model"><td>W1</td>\n<td class="n">3</td></tr></table>'
    )
    found = add_cell_labels(table)
    assert '<td data-label="仓">W1</td>' in found
    assert '<td data-label="行 rows" class="n">3</td>' in found


def test_a_table_without_headers_stays_as_it_is() -> None:
    table = '<table><tr><td>a</td><td colspan="2">b</td></tr></table>'
    assert add_cell_labels(table) == table
