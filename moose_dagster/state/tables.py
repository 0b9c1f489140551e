"""ClickHouse tables as values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from moose_dagster.state.names import TableId

DefaultKind: TypeAlias = Literal["DEFAULT", "MATERIALIZED", "ALIAS", "EPHEMERAL"]
ConstraintKind: TypeAlias = Literal["CHECK", "ASSUME"]


@dataclass(frozen=True, slots=True)
class Default:
    """What fills a column nobody wrote to.

    Attributes:
        kind: The keyword before the expression.
        expression: A ClickHouse expression; "" for a bare EPHEMERAL.
    """

    kind: DefaultKind
    expression: str

    def __str__(self) -> str:
        return f"{self.kind} {self.expression}".strip()


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        name: Its name, without quotes.
        type: Its ClickHouse type, nullability included.
        default: What fills it where nobody writes it; None for the type's own default value.
        codec: The list inside `CODEC(...)`; "" for the server's default.
        comment: The comment; "" for none.
        ttl: The expression of its TTL; "" for none.
        statistics: The list inside `STATISTICS(...)`; "" for none.
        settings: Its own settings, values as texts.
    """

    name: str
    type: str
    default: Default | None = None
    codec: str = ""
    comment: str = ""
    ttl: str = ""
    statistics: str = ""
    settings: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)

    @property
    def is_stored(self) -> bool:
        """Whether values of the column are on disk; an ALIAS or EPHEMERAL one has none."""
        return self.default is None or self.default.kind not in {"ALIAS", "EPHEMERAL"}


@dataclass(frozen=True, slots=True)
class Index:
    """A data-skipping index.

    Attributes:
        name: Its name, unique among the table's indexes.
        expression: What is indexed.
        type: The kind with its arguments, such as `set(100)`.
        granularity: How many granules of the table one of the index covers.
    """

    name: str
    expression: str
    type: str
    granularity: int = 1


@dataclass(frozen=True, slots=True)
class Projection:
    """A projection.

    Attributes:
        name: Its name, unique among the table's projections.
        body: The SELECT inside its brackets, or `INDEX ... TYPE ...`.
    """

    name: str
    body: str


@dataclass(frozen=True, slots=True)
class Constraint:
    """What every inserted row must fulfill (CHECK), or what the optimizer may assume (ASSUME).

    Attributes:
        name: Its name, unique among the table's constraints.
        kind: CHECK or ASSUME.
        expression: The condition.
    """

    name: str
    kind: ConstraintKind
    expression: str


TableElement: TypeAlias = Index | Projection | Constraint


@dataclass(frozen=True, slots=True)
class Engine:
    """A table engine.

    Attributes:
        name: Such as `ReplacingMergeTree`.
        arguments: Its positional arguments as ClickHouse texts.
    """

    name: str
    arguments: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name}({', '.join(self.arguments)})" if self.arguments else self.name

    @property
    def is_merge_tree(self) -> bool:
        """Whether the engine is of the MergeTree family, Replicated and Shared ones included."""
        return self.name.endswith("MergeTree")

    @property
    def is_replicated(self) -> bool:
        """Whether the hosts of a shard hold the same rows."""
        return self.name.startswith(("Replicated", "Shared"))

    @property
    def keeper_path(self) -> str:
        """The path in Keeper that a Replicated or Shared engine names, unquoted; "" for none."""
        first = self.arguments[0] if self.is_replicated and self.arguments else ""
        return first[1:-1] if first.startswith("'") else ""

    @property
    def plain_name(self) -> str:
        """The name without `Replicated` or `Shared` in front of it."""
        return self.name.removeprefix("Replicated").removeprefix("Shared")

    @property
    def merges_rows(self) -> bool:
        """Whether a merge makes one row of several, as each MergeTree but the plain one does."""
        return self.is_merge_tree and self.plain_name != "MergeTree"

    @property
    def own_arguments(self) -> tuple[str, ...]:
        """The arguments without the path and the replica name of a Replicated or Shared engine."""
        has_paths = self.is_replicated and bool(self.arguments)
        return (
            self.arguments[2:]
            if has_paths and self.arguments[0].startswith("'")
            else self.arguments
        )


@dataclass(frozen=True, slots=True)
class Unread:
    """What could not be read of a live table; it is compared with nothing and never written over.

    Attributes:
        definition: Whether nothing but the columns and the comment was read.
        columns: Whether not even those were read.
    """

    definition: bool = False
    columns: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table, facet by facet.

    Attributes:
        id: Where it lives.
        columns: Its columns in their order.
        engine: Its engine.
        order_by: One text per element of the sorting key.
        primary_key: One text per element; None means "the same as ORDER BY", which ClickHouse
            stores where none is written.
        partition_by: The partition key; "" for none.
        sample_by: The sampling key; "" for none.
        ttl: The TTL of its rows; "" for none.
        settings: The table's own settings, values as texts.
        comment: The comment; "" for none.
        indexes: Its data-skipping indexes.
        projections: Its projections.
        constraints: Its constraints.
        unread: What could not be read of it.
    """

    id: TableId
    columns: tuple[Column, ...]
    engine: Engine = Engine("MergeTree")
    order_by: tuple[str, ...] = ()
    primary_key: tuple[str, ...] | None = None
    partition_by: str = ""
    sample_by: str = ""
    ttl: str = ""
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    comment: str = ""
    indexes: tuple[Index, ...] = ()
    projections: tuple[Projection, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    unread: Unread = field(default=Unread(), repr=False)

    @property
    def elements(self) -> tuple[TableElement, ...]:
        """The indexes, constraints and projections, in the order ClickHouse prints them."""
        return (*self.indexes, *self.constraints, *self.projections)

    def column(self, name: str) -> Column | None:
        """Return the column called *name*, or None."""
        return next((column for column in self.columns if column.name == name), None)


def with_elements(table: Table, elements: Iterable[TableElement]) -> Table:
    """Return *table* with *elements* in place of its indexes, constraints and projections."""
    every = tuple(elements)
    indexes = tuple(element for element in every if isinstance(element, Index))
    projections = tuple(element for element in every if isinstance(element, Projection))
    constraints = tuple(element for element in every if isinstance(element, Constraint))
    return replace(table, indexes=indexes, projections=projections, constraints=constraints)


def primary_key_of(table: Table) -> tuple[str, ...]:
    """Return the primary key of *table*, written or implied by ORDER BY."""
    if table.primary_key is not None:
        return table.primary_key
    return tuple(map(without_direction, table.order_by))


def is_descending(element: str) -> bool:
    """Tell whether *element* of a sorting key sorts in descending order."""
    return without_direction(element) != element and element.upper().endswith("DESC")


def without_direction(element: str) -> str:
    """Return *element* of a sorting key without the DESC or ASC after it."""
    words = element.rsplit(maxsplit=1)
    is_directed = len(words) > 1 and words[-1].upper() in {"DESC", "ASC"}
    return words[0] if is_directed else element
