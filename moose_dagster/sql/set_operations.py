"""Give queries with equal UNIONs, EXCEPTs and INTERSECTs equal texts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from moose_dagster.state.tokens import tokens

SET_OPERATIONS = frozenset({"UNION", "EXCEPT", "INTERSECT"})
_QUERY = frozenset({"SELECT", "WITH"})


@dataclass(frozen=True, slots=True)
class _Combined:
    """Queries with one set operation between them.

    Attributes:
        operation: Such as `UNION ALL`.
        operands: The queries, in their order.
    """

    operation: str
    operands: tuple["_Query", ...]


_Query: TypeAlias = str | _Combined


def has_bare_set_operation(query: str) -> bool:
    """Tell whether *query* leaves open what one of its set operations keeps."""
    pieces = _significant(query)
    return any(_operation_at(pieces, position) == piece for position, piece in enumerate(pieces))


def with_plain_set_operations(query: str, modes: Mapping[str, str]) -> str:
    """Return *query* in the form that all queries share which combine the same ones alike.

    Args:
        query: A SELECT as the server formats it.
        modes: The mode of each set operation that is written without one: ALL or DISTINCT.
    """
    return _printed(_parsed(_significant(query), modes))


def _significant(query: str) -> list[str]:
    return [piece for piece in tokens(query) if piece.strip()]


def _operation_at(pieces: Sequence[str], position: int) -> str:
    """Return the set operation at *position*, such as `UNION ALL`; "" for `* EXCEPT (a)`."""
    if pieces[position] not in SET_OPERATIONS:
        return ""
    following = next(iter(pieces[position + 1 : position + 2]), "")
    mode = following if following in {"ALL", "DISTINCT"} else ""
    after = (piece for piece in pieces[position + 1 + bool(mode) :] if piece != "(")
    return f"{pieces[position]} {mode}".strip() if next(after, "") in _QUERY else ""


def _parsed(pieces: Sequence[str], modes: Mapping[str, str]) -> _Query:
    operations = list[str]()
    operands = [list[str]()]
    depth = position = 0
    while position < len(pieces):
        piece = pieces[position]
        depth += (piece == "(") - (piece == ")")
        operation = _operation_at(pieces, position) if depth == 0 else ""
        if operation:
            has_mode = " " in operation
            mode = "" if has_mode else modes.get(operation, "")
            operations.append(f"{operation} {mode}".strip())
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
    remaining = list[str]()
    combined = [queries[0]]
    for operation, query in zip(operations, queries[1:], strict=True):
        if operation.split()[0] in binding:
            combined[-1] = _combine(operation, combined[-1], query)
        else:
            remaining.append(operation)
            combined.append(query)
    return remaining, combined


def _combine(operation: str, first: _Query, second: _Query) -> _Combined:
    # A UNION DISTINCT removes the copies that a UNION inside of it keeps.
    inside = {"UNION ALL": {"UNION ALL"}, "UNION DISTINCT": {"UNION ALL", "UNION DISTINCT"}}.get(
        operation, set[str]()
    )
    operands = list[_Query]()
    for query in (first, second):
        flat = isinstance(query, _Combined) and query.operation in inside
        operands.extend(query.operands if flat and isinstance(query, _Combined) else (query,))
    return _Combined(operation, tuple(operands))


def _operand(pieces: Sequence[str], modes: Mapping[str, str]) -> _Query:
    """Return one SELECT with the queries inside of it in their form, or the query in brackets."""
    printed = list[str]()
    position = 0
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
