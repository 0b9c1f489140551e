"""The MergeTree family."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from moose_dagster.declare.engines.config import (
    Argument,
    Clause,
    EngineConfig,
    missing,
    text,
    unknown_column,
)
from moose_dagster.declare.faults import Fault
from moose_dagster.sql.quoting import name_in_expression
from moose_dagster.state.tables import Column
from moose_dagster.state.tokens import bracketed

# Measured on ClickHouse 26.9: everything else is refused with code 169.
_VERSIONS = ("UInt", "Int", "Float", "Date", "Bool")


@dataclass(frozen=True)
class MergeTreeFamily(EngineConfig):
    """An engine that sorts rows into parts and merges them."""

    clauses: ClassVar[frozenset[Clause]] = frozenset(
        {"ORDER BY", "PRIMARY KEY", "PARTITION BY", "SAMPLE BY", "TTL", "SETTINGS", "elements"}
    )

    def arguments(self) -> Iterator[Argument]:
        """Yield where replicas meet, then what a merge goes by."""
        yield from self.replica()
        yield from self.merging()

    def replica(self) -> Iterator[Argument]:
        """Yield the Keeper path and the replica's name, where they are given."""
        yield from ()

    def merging(self) -> Iterator[Argument]:
        """Yield the columns that a merge goes by."""
        yield from ()


@dataclass(frozen=True)
class MergeTreeEngine(MergeTreeFamily):
    """Rows stay as they are inserted."""

    kind = "MergeTree"


@dataclass(frozen=True)
class ReplacingMergeTreeEngine(MergeTreeFamily):
    """Of the rows with one sorting key, the last stays.

    Attributes:
        ver: The column whose greatest value is the last; None means that insertion order decides.
        is_deleted: The UInt8 column that marks a deleted row with 1; needs `ver`. None means none.
    """

    kind = "ReplacingMergeTree"
    ver: str | None = None
    is_deleted: str | None = None

    def merging(self) -> Iterator[Argument]:
        """Yield the version and the mark of deletion."""
        names = (name for name in (self.ver, self.is_deleted) if name is not None)
        return (_column(name) for name in names)

    def faults(self, columns: Mapping[str, Column]) -> Iterator[Fault]:
        """Yield what is wrong with the two columns."""
        if self.is_deleted is not None and self.ver is None:
            yield Fault("is_deleted needs ver; ClickHouse must know which row is the last.")
        if self.ver is not None:
            yield from _version_faults(self.ver, columns)
        if self.is_deleted is not None:
            yield from _type_faults("is_deleted", self.is_deleted, columns, ("UInt8", "Bool"))


@dataclass(frozen=True)
class AggregatingMergeTreeEngine(MergeTreeFamily):
    """Rows with one sorting key become one, their aggregate functions' states combined."""

    kind = "AggregatingMergeTree"


@dataclass(frozen=True)
class SummingMergeTreeEngine(MergeTreeFamily):
    """Rows with one sorting key become one, their numbers summed.

    Attributes:
        columns: The columns to sum; None means every number outside the key.
    """

    kind = "SummingMergeTree"
    columns: Sequence[str] | None = None

    def merging(self) -> Iterator[Argument]:
        """Yield the columns as one argument."""
        names = [name_in_expression(name) for name in self.columns or ()]
        if names:
            yield Argument(names[0] if len(names) == 1 else f"({', '.join(names)})")

    def faults(self, columns: Mapping[str, Column]) -> Iterator[Fault]:
        """Yield the names that are not columns."""
        for name in self.columns or ():
            yield from unknown_column("columns", name, columns)


@dataclass(frozen=True)
class CoalescingMergeTreeEngine(SummingMergeTreeEngine):
    """Rows with one sorting key become one, each column with its last value that is not NULL.

    Attributes:
        columns: The columns to combine so; None means every column outside the key.
    """

    kind = "CoalescingMergeTree"


@dataclass(frozen=True)
class CollapsingMergeTreeEngine(MergeTreeFamily):
    """Rows that cancel each other out vanish.

    Attributes:
        sign: The Int8 column that is 1 for a state and -1 for its cancellation.
    """

    kind = "CollapsingMergeTree"
    sign: str = ""

    def merging(self) -> Iterator[Argument]:
        """Yield the sign."""
        yield _column(self.sign)

    def faults(self, columns: Mapping[str, Column]) -> Iterator[Fault]:
        """Yield what is wrong with the sign."""
        yield from missing(self, "sign")
        if self.sign:
            yield from _type_faults("sign", self.sign, columns, ("Int8",))


@dataclass(frozen=True)
class VersionedCollapsingMergeTreeEngine(CollapsingMergeTreeEngine):
    """Rows that cancel each other out vanish, in whatever order they come.

    Attributes:
        sign: The Int8 column that is 1 for a state and -1 for its cancellation.
        ver: The column that numbers the states: an integer, a date or a time.
    """

    kind = "VersionedCollapsingMergeTree"
    ver: str = ""

    def merging(self) -> Iterator[Argument]:
        """Yield the sign and the version."""
        yield _column(self.sign)
        yield _column(self.ver)

    def faults(self, columns: Mapping[str, Column]) -> Iterator[Fault]:
        """Yield what is wrong with the two columns."""
        yield from super().faults(columns)
        yield from missing(self, "ver")
        if self.ver:
            yield from _version_faults(self.ver, columns)


@dataclass(frozen=True)
class GraphiteMergeTreeEngine(MergeTreeFamily):
    """Rows of Graphite are thinned out.

    Attributes:
        config_section: The section of the server's configuration that says how;
            `graphite_rollup` by default.
    """

    kind = "GraphiteMergeTree"
    config_section: str = "graphite_rollup"

    def merging(self) -> Iterator[Argument]:
        """Yield the section."""
        yield text(self.config_section)

    def faults(self, columns: Mapping[str, Column]) -> Iterator[Fault]:
        """Yield a fault when the section has no name."""
        yield from missing(self, "config_section")


def _column(name: str) -> Argument:
    return Argument(name_in_expression(name))


def _version_faults(name: str, columns: Mapping[str, Column]) -> Iterator[Fault]:
    yield from unknown_column("ver", name, columns)
    if name in columns and not bracketed(columns[name].type)[0].startswith(_VERSIONS):
        yield Fault(f"ver={name!r} is {columns[name].type}; use an integer, a date or a time.")


def _type_faults(
    role: str, name: str, columns: Mapping[str, Column], types: tuple[str, ...]
) -> Iterator[Fault]:
    yield from unknown_column(role, name, columns)
    if name in columns and columns[name].type not in types:
        yield Fault(f"{role}={name!r} is {columns[name].type}; declare it as {types[0]}.")
