"""One form for queries whose UNIONs, EXCEPTs and INTERSECTs mean the same, whatever brackets and modes are written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from moose_dagster.state.tokens import tokens

SET_OPERATIONS = frozenset({"UNION", "EXCEPT", "INTERSECT"})
_QUERY = frozenset({"SELECT", "WITH"})


@dataclass(frozen=True, slots=True)
class _Combined:
    """Queries with one set operation between them, such as `UNION ALL`."""

    operation: str
    operands: tuple["_Query", ...]


_Query: TypeAlias = str | _Combined


def has_bare_set_operation(query: str) -> bool:
    """Tell whether *query* leaves open what one of its set operations keeps."""
    pieces = _significant(query)
    return any(_operation_at(pieces, position) == piece for position, piece in enumerate(pieces))


def with_plain_set_operations(query: str, modes: Mapping[str, str]) -> str:
    """Return *query*, as the server formats it, in the form of all those that combine the same queries alike.

    Args:
        query: A SELECT.
        modes: What stands behind each set operation that is written without: ALL or DISTINCT.
    """
    return _printed(_parsed(_significant(query), modes))


def _significant(query: str) -> list[str]:
    return [piece for piece in tokens(query) if piece.strip()]


def _operation_at(pieces: Sequence[str], position: int) -> str:
    """Return the set operation at *position*, such as `UNION ALL`; `* EXCEPT (a)` is none."""
    if pieces[position] not in SET_OPERATIONS:
        return ""
    mode = (
        pieces[position + 1]
        if pieces[position + 1 : position + 2] in (["ALL"], ["DISTINCT"])
        else ""
    )
    behind = (piece for piece in pieces[position + 1 + bool(mode) :] if piece != "(")
    return f"{pieces[position]} {mode}".strip() if next(behind, "") in _QUERY else ""


def _parsed(pieces: Sequence[str], modes: Mapping[str, str]) -> _Query:
    operations, operands, depth, position = list[str](), [list[str]()], 0, 0
    while position < len(pieces):
        piece = pieces[position]
        depth += (piece == "(") - (piece == ")")
        operation = _operation_at(pieces, position) if depth == 0 else ""
        if operation:
            operations.append(
                operation if " " in operation else f"{operation} {modes.get(operation, '')}".strip()
            )
            operands.append([])
            position += len(operation.split())
            continue
        operands[-1].append(piece)
        position += 1
    queries = [_operand(operand, modes) for operand in operands]
    # INTERSECT binds before the other two, which are read from left to right.
    for binding in (("INTERSECT",), ("UNION", "EXCEPT")):
        operations, queries = _folded(operations, queries, binding)
    return queries[0]


def _folded(
    operations: Sequence[str], queries: Sequence[_Query], binding: Sequence[str]
) -> tuple[list[str], list[_Query]]:
    left, combined = list[str](), [queries[0]]
    for operation, query in zip(operations, queries[1:], strict=True):
        if operation.split()[0] in binding:
            combined[-1] = _combine(operation, combined[-1], query)
        else:
            left.append(operation)
            combined.append(query)
    return left, combined


def _combine(operation: str, first: _Query, second: _Query) -> _Combined:
    # A UNION DISTINCT takes the copies away that a UNION in it keeps.
    inside = {"UNION ALL": {"UNION ALL"}, "UNION DISTINCT": {"UNION ALL", "UNION DISTINCT"}}.get(
        operation, set[str]()
    )
    operands = list[_Query]()
    for query in (first, second):
        flat = isinstance(query, _Combined) and query.operation in inside
        operands.extend(query.operands if flat and isinstance(query, _Combined) else (query,))
    return _Combined(operation, tuple(operands))


def _operand(pieces: Sequence[str], modes: Mapping[str, str]) -> _Query:
    """Return one SELECT with the queries inside of it in their form, or what stands in brackets."""
    printed, position = list[str](), 0
    while position < len(pieces):
        end = _end_of_brackets(pieces, position)
        inside = pieces[position + 1 : end]
        if end == position:
            printed.append(pieces[position])
        else:
            query = _parsed(inside, modes)
            if position == 0 and end == len(pieces) - 1:
                return query
            printed += ["(", _printed(query), ")"]
        position = end + 1
    return " ".join(printed)


def _end_of_brackets(pieces: Sequence[str], position: int) -> int:
    """Return where the bracket closes that opens at *position*; *position* where none does."""
    depth = 0
    for end in range(position, len(pieces)):
        depth += (pieces[end] == "(") - (pieces[end] == ")")
        if depth == 0:
            return end
    return position


def _printed(query: _Query) -> str:
    if isinstance(query, str):
        return query
    return f" {query.operation} ".join(f"({_printed(operand)})" for operand in query.operands)
