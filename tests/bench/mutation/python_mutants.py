"""Small mutations of a Python file: found in its syntax tree, made in its text.

Left out is what no test could notice or what is no rule: docstrings, annotations, decorators,
`__all__`, arguments such as `strict=` or a seed, statements that only log.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.bench.mutation.mutants import Mutant, mutant

_COMPARISONS: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Is: ("is", "is not"),
    ast.IsNot: (r"is\s+not", "is"),
    ast.In: ("in", "not in"),
    ast.NotIn: (r"not\s+in", "in"),
}
_ARITHMETIC: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "/"),
    ast.Mod: ("%", "+"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: ("|", "&"),
}
# arguments whose value no result of a rule depends on
_IRRELEVANT = {
    "strict", "frozen", "slots", "kw_only", "observed", "copy", "random_state", "seed", "n_jobs",
    "num_threads", "verbose", "verbosity", "maxsize", "stacklevel", "dropna", "check",
    "ignore_index", "validate_features",
}  # fmt: skip
_LOGGING = re.compile(r"\b(log|logger|logging|_log|_logger|LOGGER|warnings)\b[.(]|^print\(")
_DROPPED = (ast.Expr, ast.AugAssign, ast.Raise, ast.Continue, ast.Break, ast.Delete)


def python_mutants(path: str, content: bytes) -> list[Mutant]:
    """Every small mutation of the file, in the order of its text."""
    found = _Finder(path, content)
    return sorted(set(found.walk(ast.parse(content))), key=lambda one: (one.start, one.text))


class _Finder:
    def __init__(self, path: str, content: bytes) -> None:
        self.path, self.content = path, content
        self._lines = [0]
        for line in content.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))

    def walk(self, node: ast.AST) -> Iterator[Mutant]:
        """Mutations of `node` and below it."""
        yield from self._here(node)
        for child in self._children(node):
            yield from self.walk(child)

    def _children(self, node: ast.AST) -> Iterator[ast.AST]:
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list", "type_params", "bases"):
                continue
            for child in value if isinstance(value, list) else [value]:
                is_known = isinstance(child, ast.AST) and not _is_left_out(child)
                if is_known and not (isinstance(child, ast.stmt) and self._is_said_only(child)):
                    yield child

    def _here(self, node: ast.AST) -> Iterator[Mutant]:
        match node:
            case ast.Compare():
                yield from self._comparisons(node)
            case ast.BinOp():
                yield from self._arithmetic(node)
            case ast.Constant():
                yield from self._constants(node)
            case ast.BoolOp():
                for place in range(len(node.values)):
                    yield self._without(node, place)
            case ast.UnaryOp(op=ast.Not()):
                yield self._edit("condition", node, self._text(node.operand))
            case ast.comprehension():
                for test in node.ifs:
                    yield self._edit("condition", test, "True")
            case ast.If(orelse=[]) if not _is_for_types(node):
                yield self._edit("statement", node, "pass")
            case ast.Assign(targets=[ast.Subscript() | ast.Attribute()]):
                yield self._edit("statement", node, "pass")
            case ast.stmt() if isinstance(node, _DROPPED) and not self._is_said_only(node):
                yield self._edit("statement", node, "pass")

    def _comparisons(self, node: ast.Compare) -> Iterator[Mutant]:
        left: ast.expr = node.left
        for operator, right in zip(node.ops, node.comparators, strict=True):
            pattern, new = _COMPARISONS[type(operator)]
            span = self._between(left, right, pattern)
            if span:
                yield mutant(self.path, "comparison", self.content, *span, new)
            left = right

    def _arithmetic(self, node: ast.BinOp) -> Iterator[Mutant]:
        sides = (node.left, node.right)
        known = _ARITHMETIC.get(type(node.op))
        if known is None or any(_is_text_or_collection(side) for side in sides):
            return
        old, new = known
        if span := self._between(*sides, re.escape(old)):
            kind = "condition" if old in "&|" else "arithmetic"
            yield mutant(self.path, kind, self.content, *span, new)

    def _constants(self, node: ast.Constant) -> Iterator[Mutant]:
        value = node.value
        if isinstance(value, bool):
            yield self._edit("constant", node, str(not value))
        elif isinstance(value, int | float):
            yield self._edit("constant", node, repr(value + 1))

    def _without(self, node: ast.BoolOp, place: int) -> Mutant:
        word = " and " if isinstance(node.op, ast.And) else " or "
        kept = [f"({self._text(one)})" for at, one in enumerate(node.values) if at != place]
        return self._edit("condition", node, f"({word.join(kept)})")

    def _is_said_only(self, node: ast.stmt) -> bool:
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant | ast.Yield)
        return is_text or (
            isinstance(node, ast.Expr) and bool(_LOGGING.search(self._text(node).split("(")[0]))
        )

    def _edit(self, kind: str, node: ast.expr | ast.stmt, text: str) -> Mutant:
        return mutant(self.path, kind, self.content, *self._span(node), text)

    def _span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None and node.end_col_offset is not None
        return (
            self._lines[node.lineno - 1] + node.col_offset,
            self._lines[node.end_lineno - 1] + node.end_col_offset,
        )

    def _text(self, node: ast.expr | ast.stmt) -> str:
        start, end = self._span(node)
        return self.content[start:end].decode()

    def _between(self, left: ast.expr, right: ast.expr, pattern: str) -> tuple[int, int] | None:
        """Return the position of the operator; None if a comment is next to it."""
        start, end = self._span(left)[1], self._span(right)[0]
        gap = self.content[start:end].decode()
        found = re.fullmatch(rf"([\s)]*)({pattern})[\s(]*", gap)
        return (start + found.start(2), start + found.end(2)) if found else None


def _is_left_out(node: ast.AST) -> bool:
    match node:
        case ast.keyword(arg=name):
            return name in _IRRELEVANT
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
        case ast.Assign(value=ast.BinOp(op=ast.BitOr(), left=ast.Name())):
            return True  # an alias of types
        case ast.If():
            return _is_for_types(node)
    return False


def _is_for_types(node: ast.If) -> bool:
    return "TYPE_CHECKING" in ast.unparse(node.test) or "__name__" in ast.unparse(node.test)


def _is_text_or_collection(node: ast.expr) -> bool:
    kinds = (ast.JoinedStr, ast.List, ast.Tuple, ast.Dict, ast.Set, ast.ListComp, ast.DictComp)
    return isinstance(node, kinds) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
