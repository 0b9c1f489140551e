"""Indexes, projections and constraints as people write them."""

from collections.abc import Iterable, Iterator, Mapping

from pydantic.dataclasses import dataclass

from moose_dagster.declare.expressions import unknown_columns
from moose_dagster.declare.faults import Fault, did_you_mean
from moose_dagster.declare.names import name_faults
from moose_dagster.state.tables import Column, Constraint, ConstraintKind, Index, Projection
from moose_dagster.state.tokens import bracketed, unwrapped

# ClickHouse 26.9 stores these two with GRANULARITY 100000000 where none is written.
_WHOLE_PART = 100_000_000
_WHOLE_PART_TYPES = frozenset({"text", "vector_similarity"})
# The index types of ClickHouse 26.9; any other is refused with code 80.
_INDEX_TYPES = frozenset(
    {
        "minmax",
        "set",
        "bloom_filter",
        "ngrambf_v1",
        "tokenbf_v1",
        "sparse_grams",
        "text",
        "vector_similarity",
    }
)
# Tables created on ClickHouse 25.8 and earlier may have them; later servers refuse them.
_FORMER_INDEX_TYPES = frozenset({"annoy", "full_text", "gin", "hypothesis", "inverted", "usearch"})


@dataclass(frozen=True)
class TableIndex:
    """A data-skipping index.

    Attributes:
        name: Its name.
        expression: The column or expression that it covers.
        type: `minmax`, `set`, `bloom_filter`, ...; with its arguments where `arguments` is empty.
        arguments: The arguments of the type as ClickHouse texts, such as `["100"]` for a `set`;
            empty by default.
        granularity: Granules that a block of the index covers, 1 or more; None means ClickHouse's
            own choice.
    """

    name: str
    expression: str
    type: str
    arguments: tuple[str, ...] | list[str] = ()
    granularity: int | None = None


@dataclass(frozen=True)
class TableProjection:
    """A projection: `TableProjection("by_user", "SELECT user, count() GROUP BY user")`.

    Attributes:
        name: Its name.
        body: The text in its brackets, `(SELECT ...) WITH SETTINGS (...)`, or `INDEX ... TYPE
            basic`.
    """

    name: str
    body: str


@dataclass(frozen=True)
class TableConstraint:
    """A condition that inserted rows must meet, or that the optimizer may assume.

    Attributes:
        name: Its name.
        expression: A ClickHouse expression of type UInt8.
        kind: `CHECK`, the default, refuses rows; `ASSUME` informs the optimizer.
    """

    name: str
    expression: str
    kind: ConstraintKind = "CHECK"


def index_of(index: TableIndex) -> Index:
    """Return *index* as a value that can be compared with a live one."""
    type_ = (
        f"{index.type.strip()}({', '.join(index.arguments)})"
        if index.arguments
        else index.type.strip()
    )
    usual = _WHOLE_PART if bracketed(type_)[0] in _WHOLE_PART_TYPES else 1
    return Index(index.name, index.expression.strip(), type_, index.granularity or usual)


def projection_of(projection: TableProjection) -> Projection:
    """Return *projection* as a value that can be compared with a live one."""
    return Projection(projection.name, unwrapped(projection.body))


def constraint_of(constraint: TableConstraint) -> Constraint:
    """Return *constraint* as a value that can be compared with a live one."""
    return Constraint(constraint.name, constraint.kind, constraint.expression.strip())


def index_faults(indexes: Iterable[TableIndex], columns: Mapping[str, Column]) -> Iterator[Fault]:
    """Yield what is wrong with *indexes* of a table with *columns*."""
    yield from _faults(
        "index", [(index.name, _single_index_faults(index, columns)) for index in indexes]
    )


def projection_faults(projections: Iterable[TableProjection]) -> Iterator[Fault]:
    """Yield what is wrong with *projections*."""
    yield from _faults(
        "projection", [(projection.name, _body_faults(projection)) for projection in projections]
    )


def constraint_faults(
    constraints: Iterable[TableConstraint], columns: Mapping[str, Column]
) -> Iterator[Fault]:
    """Yield what is wrong with *constraints* of a table with *columns*."""
    yield from _faults(
        "constraint",
        [(constraint.name, _expression_faults(constraint, columns)) for constraint in constraints],
    )


def _faults(kind: str, named: Iterable[tuple[str, Iterator[Fault]]]) -> Iterator[Fault]:
    seen = set[str]()
    for name, faults in named:
        if name in seen:
            yield Fault(f"a second {kind} is called {name}; rename one of the two.")
        seen.add(name)
        for fault in (*name_faults(name, kind), *faults):
            yield Fault(fault.message, (f"{kind} {name}".strip(),))


def _single_index_faults(index: TableIndex, columns: Mapping[str, Column]) -> Iterator[Fault]:
    yield from _expression_faults(index, columns)
    written, inside, rest = bracketed(index.type)
    name = written.lower()
    if name not in _INDEX_TYPES | _FORMER_INDEX_TYPES or rest:
        known = ", ".join(sorted(_INDEX_TYPES))
        yield Fault(
            f"{index.type!r} is not an index type{did_you_mean(name, _INDEX_TYPES)} "
            f"The types are {known}."
        )
    if inside and index.arguments:
        yield Fault(f"the arguments of {name} are in type and in arguments; keep one.")
    if name == "set" and not inside and len(index.arguments) != 1:
        yield Fault(
            "a set index needs the number of values that it may hold; "
            'write arguments=["100"], or "0" for no limit.'
        )
    if index.granularity is not None and index.granularity < 1:
        yield Fault(f"granularity={index.granularity} is too small; write 1 or more.")


def _body_faults(projection: TableProjection) -> Iterator[Fault]:
    # With settings of its own, the body keeps its brackets: `(SELECT ...) WITH SETTINGS (...)`.
    first = unwrapped(projection.body).lstrip("( ").split(maxsplit=1)[:1]
    if not first or first[0].upper() not in {"SELECT", "WITH", "INDEX"}:
        yield Fault(
            f"the body {projection.body!r} is not a projection; "
            "write SELECT ... or INDEX ... TYPE basic."
        )


def _expression_faults(
    element: TableIndex | TableConstraint, columns: Mapping[str, Column]
) -> Iterator[Fault]:
    if not element.expression.strip():
        yield Fault("the expression is empty; write one.")
    for name in unknown_columns(element.expression, columns):
        yield Fault(f"{name} is not a column{did_you_mean(name, columns)}")
