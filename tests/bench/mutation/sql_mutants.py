"""Small mutations of a step of SQL, found among the tokens of DuckDB's own reader.

Comments and texts are tokens of their own and are never changed; the rest of the file stays as it
is, placeholders too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from tests.bench.mutation.mutants import Mutant, mutant

_AGGREGATES = {
    "sum": "max", "min": "max", "max": "min", "least": "greatest", "greatest": "least",
    "bool_or": "bool_and", "bool_and": "bool_or",
}  # fmt: skip
_COMPARISONS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "=": "<>", "<>": "="}
_ARITHMETIC = {"+": "-", "-": "+", "*": "/", "/": "*"}
_CONDITIONS = {"where", "on", "having", "when"}
_ENDS = {
    "where", "group", "order", "having", "limit", "window", "qualify", "union", "join", "left",
    "inner", "full", "cross", "then", "end", "else", "select", "from", "intersect", "except",
}  # fmt: skip
_PARTS_OF_TYPES = {"decimal", "numeric", "varchar"}


@dataclass(frozen=True)
class _Token:
    start: int
    end: int
    kind: str
    text: str
    depth: int  # how many parentheses stand open before it

    @property
    def word(self) -> str:
        return self.text.lower()


def sql_mutants(path: str, content: bytes) -> list[Mutant]:
    """Every small mutation of the step, in the order of its text."""
    tokens = _tokens(content)
    found: set[Mutant] = set()
    for place in range(len(tokens)):
        for kind, first, last, text in _of_token(tokens, place, content):
            start, end = tokens[first].start, tokens[last].end
            found.add(mutant(path, kind, content, start, end, text))
    return sorted(found, key=lambda one: (one.start, one.end, one.text))


def _tokens(content: bytes) -> list[_Token]:
    found = [(start, kind.name) for start, kind in duckdb.tokenize(content.decode())]
    ends = [start for start, _ in found[1:]] + [len(content)]
    tokens, depth = [], 0
    for (start, kind), end in zip(found, ends, strict=True):
        if kind == "comment":
            continue
        text = content[start:end].split(b"--")[0].rstrip() if kind != "string_const" else (
            content[start:end].rstrip()
        )  # fmt: skip
        depth -= text == b")"
        tokens.append(_Token(start, start + len(text), kind, text.decode(), depth))
        depth += text == b"("
    return tokens


_Change = tuple[str, int, int, str]  # kind, first and last token, new text


def _of_token(tokens: list[_Token], at: int, content: bytes) -> Iterator[_Change]:
    token = tokens[at]
    before = tokens[at - 1] if at else None
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    if token.kind in ("identifier", "keyword") and after and after.text == "(":
        if token.word in _AGGREGATES and not _is_of_one_row(tokens, at + 1):
            yield "aggregate", at, at, _AGGREGATES[token.word]
        if token.word == "coalesce":
            yield from _swapped(tokens, at + 1, content)
    if token.kind == "operator" and token.text in _COMPARISONS:
        yield "comparison", at, at, _COMPARISONS[token.text]
    if token.text in _ARITHMETIC and before and after and _is_binary(before, after):
        yield "arithmetic", at, at, _ARITHMETIC[token.text]
    if token.kind == "numeric_const" and token.text[0].isdigit() and not _is_of_type(tokens, at):
        number = float(token.text) if set(token.text) & set(".eE") else int(token.text)
        yield "constant", at, at, repr(number + 1)
    if token.word in ("true", "false"):
        yield "constant", at, at, "false" if token.word == "true" else "true"
    if token.word == "left" and after and after.word == "join":
        yield "join", at, at, "inner"
    if token.word == "inner" and after and after.word == "join":
        yield "join", at, at, "left"
    if token.word in _CONDITIONS:
        yield from _conjuncts(tokens, at)


def _is_binary(before: _Token, after: _Token) -> bool:
    is_value = before.kind in ("identifier", "numeric_const") or before.word in (")", "end")
    return is_value and (
        after.kind in ("identifier", "numeric_const", "keyword") or after.text in ("(", "$")
    )


def _is_of_type(tokens: list[_Token], at: int) -> bool:
    """Whether the number is a type's precision or scale, or a column's place after `by`."""
    opened = next((n for n in range(at, -1, -1) if tokens[n].text == "("), 0)
    if opened and tokens[opened - 1].word in _PARTS_OF_TYPES and at - opened <= 3:
        return True
    return tokens[at - 1].word == "by"


def _swapped(tokens: list[_Token], opened: int, content: bytes) -> Iterator[_Change]:
    """`coalesce(a, b, …)` with its first two arguments the other way round."""
    inside = tokens[opened].depth + 1
    commas, closed = [], opened
    for at in range(opened + 1, len(tokens)):
        if tokens[at].text == ")" and tokens[at].depth == inside - 1:
            closed = at
            break
        if tokens[at].text == "," and tokens[at].depth == inside:
            commas.append(at)
    if not commas:
        return
    second_end = (commas[1] if len(commas) > 1 else closed) - 1
    first = content[tokens[opened + 1].start : tokens[commas[0] - 1].end].decode()
    second = content[tokens[commas[0] + 1].start : tokens[second_end].end].decode()
    if not _is_joined(first, second, content.decode()):
        yield "coalesce", opened + 1, second_end, f"{second}, {first}"


def _is_joined(first: str, second: str, sql: str) -> bool:
    """Whether two columns are equal by a join, so that either stands for the other."""
    return f"{first} = {second}" in sql or f"{second} = {first}" in sql


def _is_of_one_row(tokens: list[_Token], opened: int) -> bool:
    """Whether an aggregate only picks: `max(x) filter (where age = 3)` is of one row."""
    closed = next(
        n
        for n in range(opened + 1, len(tokens))
        if tokens[n].text == ")" and tokens[n].depth == tokens[opened].depth
    )
    words = [token.word for token in tokens[closed + 1 : closed + 7]]
    kinds = [token.kind for token in tokens[closed + 4 : closed + 7]]
    is_equal = words[:3] == ["filter", "(", "where"] and words[4:5] == ["="]
    return is_equal and kinds[2] in ("numeric_const", "string_const")


def _conjuncts(tokens: list[_Token], at: int) -> Iterator[_Change]:
    """The condition after `at` with one of the parts that `and` or `or` join taken out.

    A condition of one part goes whole after `where` and `having`.
    """
    depth, word = tokens[at].depth, tokens[at].word
    parts: list[list[int]] = [[]]
    joined: set[str] = set()
    is_between = False
    for n in range(at + 1, len(tokens)):
        token = tokens[n]
        if token.depth < depth or (
            token.depth == depth and (token.word in _ENDS or token.text in (",", ";"))
        ):
            break
        if token.depth == depth and token.word == "between":
            is_between = True
        elif token.depth == depth and token.word == "and" and is_between:
            is_between = False
        elif token.depth == depth and token.word in ("and", "or"):
            joined.add(token.word)
            parts.append([])
            continue
        parts[-1].append(n)
    if len(joined) > 1 or (len(parts) == 1 and word not in ("where", "having")):
        return
    neutral = "false" if joined == {"or"} else "true"
    for part in parts:
        if part and not (len(part) == 1 and tokens[part[0]].word in ("true", "false")):
            yield "conjunct", part[0], part[-1], neutral
