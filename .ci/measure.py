"""Print how dense the code of the package is, so that a change for the worse is noticed."""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

Tokens: TypeAlias = list[tokenize.TokenInfo]

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "moose_dagster"
_NO_CODE = frozenset(
    {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENCODING,
        tokenize.ENDMARKER,
    }
)
# Python 3.12 splits an f-string into several tokens; 0 stands for none on an older Python.
_FSTRING_START = getattr(tokenize, "FSTRING_START", 0)
_FSTRING_END = getattr(tokenize, "FSTRING_END", 0)
_SUPPRESSION = re.compile(r"#\s*(noqa|type: ignore|pyright: ignore)\b")
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True)
class Function:
    """One function: its length in lines and where it starts."""

    lines: int
    place: str


@dataclass(frozen=True)
class Module:
    """What was counted in one file."""

    path: Path
    lines: int
    tokens: int
    code_lines: int
    comments: int
    suppressions: int
    functions: tuple[Function, ...]
    packed: tuple[str, ...]


def main() -> int:
    """Print one line for each number and return the exit code."""
    modules = [read(path) for path in sorted(PACKAGE.rglob("*.py"))]
    code_lines = sum(module.code_lines for module in modules)
    tokens = sum(module.tokens for module in modules)
    comments = sum(module.comments for module in modules)
    functions = [function for module in modules for function in module.functions]
    function = max(functions, key=lambda one: one.lines)
    longest = max(modules, key=lambda module: module.lines)
    packed = [place for module in modules for place in module.packed]
    print(f"files                          {len(modules)}")
    print(f"code lines                     {code_lines}")
    print(f"tokens per code line           {tokens / code_lines:.2f}")
    print(f"comments per 100 code lines    {100 * comments / code_lines:.2f}")
    print(f"longest function               {function.lines} lines, {function.place}")
    print(f"longest file                   {longest.lines} lines, {shown(longest.path)}")
    print(f"suppressions                   {sum(module.suppressions for module in modules)}")
    print(f"statements with more than one comprehension: {len(packed)}")
    for place in packed:
        print(f"    {place}")
    return 0


def read(path: Path) -> Module:
    """Return what is counted in the file at *path*."""
    text = path.read_text()
    tree = ast.parse(text)
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    code = code_tokens(tokens, docstring_positions(tree))
    comments = [token.string for token in tokens if token.type == tokenize.COMMENT]
    suppressions = [comment for comment in comments if _SUPPRESSION.search(comment)]
    return Module(
        path,
        lines=len(text.splitlines()),
        tokens=len(code),
        code_lines=len(lines_of(code)),
        comments=len(comments) - len(suppressions),
        suppressions=len(suppressions),
        functions=tuple(functions_of(tree, path)),
        packed=tuple(packed_statements(tree, path)),
    )


def code_tokens(tokens: Tokens, docstrings: set[tuple[int, int]]) -> Tokens:
    """Return the tokens that are code; an f-string counts as one token on every Python."""
    code = list[tokenize.TokenInfo]()
    depth = 0
    for token in tokens:
        if depth == 0 and token.type not in _NO_CODE and token.start not in docstrings:
            code.append(token)
        if token.type == _FSTRING_START:
            depth += 1
        elif token.type == _FSTRING_END:
            depth -= 1
            if depth == 0:
                code[-1] = code[-1]._replace(end=token.end)
    return code


def lines_of(code: Tokens) -> set[int]:
    """Return the numbers of the lines that hold a token of *code*."""
    lines = set[int]()
    for token in code:
        lines.update(range(token.start[0], token.end[0] + 1))
    return lines


def docstring_positions(tree: ast.Module) -> set[tuple[int, int]]:
    """Return where each text that stands as a statement begins."""
    return {
        (node.lineno, node.col_offset)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if isinstance(node.value.value, str)
    }


def functions_of(tree: ast.Module, path: Path) -> Iterator[Function]:
    """Yield every function with its length, decorators not counted."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            yield Function(lines, f"{shown(path)}:{node.lineno} {node.name}")


def packed_statements(tree: ast.Module, path: Path) -> Iterator[str]:
    """Yield the place of each statement that holds more than one comprehension."""
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and comprehensions_in(node) > 1:
            yield f"{shown(path)}:{node.lineno}"


def comprehensions_in(node: ast.AST) -> int:
    """Return how many comprehensions *node* holds, without those of the statements inside it."""
    found = 0
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
            found += isinstance(child, _COMPREHENSIONS) + comprehensions_in(child)
    return found


def shown(path: Path) -> str:
    """Return *path* as seen from the repository."""
    return str(path.relative_to(ROOT))


if __name__ == "__main__":
    sys.exit(main())
