"""Engines outside the MergeTree family, and any other engine by its name."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from moose_dagster.declare.engines.config import (
    Argument,
    Clause,
    EngineConfig,
    Text,
    expression,
    missing,
    text,
    texts,
    unknown_column,
)
from moose_dagster.declare.faults import Fault
from moose_dagster.declare.secrets import Secret
from moose_dagster.sql.quoting import name_in_expression
from moose_dagster.state.counting import counted
from moose_dagster.state.redacted import REDACTED
from moose_dagster.state.tables import Column
from moose_dagster.state.tokens import bracketed, split_top_level

_ONLY_SETTINGS: frozenset[Clause] = frozenset({"SETTINGS"})
_STRICTNESS = ("ANY", "ALL", "SEMI", "ANTI")
_JOINS = ("INNER", "LEFT", "RIGHT", "FULL")


@dataclass(frozen=True)
class MemoryEngine(EngineConfig):
    """Rows in memory, lost when the server stops.

    `max_rows_to_keep` and the like go into the table's settings.
    """

    kind = "Memory"
    clauses: ClassVar[frozenset[Clause]] = _ONLY_SETTINGS


@dataclass(frozen=True)
class LogEngine(EngineConfig):
    """Rows in one file per column, with marks."""

    kind = "Log"
    clauses: ClassVar[frozenset[Clause]] = _ONLY_SETTINGS


@dataclass(frozen=True)
class TinyLogEngine(EngineConfig):
    """Rows in one file per column."""

    kind = "TinyLog"
    clauses: ClassVar[frozenset[Clause]] = _ONLY_SETTINGS


@dataclass(frozen=True)
class StripeLogEngine(EngineConfig):
    """Rows in one file."""

    kind = "StripeLog"
    clauses: ClassVar[frozenset[Clause]] = _ONLY_SETTINGS


@dataclass(frozen=True)
class NullEngine(EngineConfig):
    """Rows are forgotten; views still see them."""

    kind = "Null"


@dataclass(frozen=True)
class SetEngine(EngineConfig):
    """A set for the right side of an IN, in memory."""

    kind = "Set"
    clauses: ClassVar[frozenset[Clause]] = _ONLY_SETTINGS


@dataclass(frozen=True)
class JoinEngine(EngineConfig):
    """A table for the right side of a JOIN, in memory.

    Attributes:
        strictness: `ANY`, `ALL`, `SEMI` or `ANTI`.
        type: `INNER`, `LEFT`, `RIGHT` or `FULL`.
        keys: The columns of the USING, at least one.
    """

    kind = "Join"
    clauses: ClassVar[frozenset[Clause]] = _ONLY_SETTINGS
    strictness: str
    type: str
    keys: Sequence[str]

    def arguments(self) -> Iterator[Argument]:
        """Yield the two words and the keys, without quotes."""
        words = (
            self.strictness.upper(),
            self.type.upper(),
            *(name_in_expression(key) for key in self.keys),
        )
        return (Argument(word) for word in words)

    def faults(self, columns: Mapping[str, Column]) -> Iterator[Fault]:
        """Yield words that ClickHouse does not know and keys that are not columns."""
        for name, value, known in (
            ("strictness", self.strictness, _STRICTNESS),
            ("type", self.type, _JOINS),
        ):
            if value.upper() not in known:
                yield Fault(f"{name}={value!r} is not one of {', '.join(known)}; choose one.")
        if not self.keys:
            yield Fault("Join needs keys; name the columns of the USING.")
        for key in self.keys:
            yield from unknown_column("keys", key, columns)


@dataclass(frozen=True)
class BufferEngine(EngineConfig):
    """Rows wait in memory until they are written to another table.

    Attributes:
        target_database: The other table's database.
        target_table: The other table.
        num_layers: Buffers side by side, usually 16.
        min_time: Seconds; the buffer is written when all minima or one maximum is reached.
        max_time: Seconds.
        min_rows: Rows.
        max_rows: Rows.
        min_bytes: Bytes.
        max_bytes: Bytes.
        flush_time: Seconds after which the buffer is written in the background; None means never.
        flush_rows: Rows after which it is written; needs `flush_time`. None means never.
        flush_bytes: Bytes after which it is written; needs `flush_rows`. None means never.
    """

    kind = "Buffer"
    target_database: str
    target_table: str
    num_layers: int
    min_time: int
    max_time: int
    min_rows: int
    max_rows: int
    min_bytes: int
    max_bytes: int
    flush_time: int | None = None
    flush_rows: int | None = None
    flush_bytes: int | None = None

    def arguments(self) -> Iterator[Argument]:
        """Yield the table and the numbers."""
        limits = (
            self.min_time,
            self.max_time,
            self.min_rows,
            self.max_rows,
            self.min_bytes,
            self.max_bytes,
        )
        flush = (number for number in self._flush() if number is not None)
        yield from texts(self.target_database, self.target_table)
        for number in (self.num_layers, *limits, *flush):
            yield Argument(str(number))

    def faults(self, columns: Mapping[str, Column]) -> Iterator[Fault]:
        """Yield what is missing and a gap in the last three numbers."""
        yield from missing(self, "target_database", "target_table")
        given = [number is not None for number in self._flush()]
        if given != sorted(given, reverse=True):
            yield Fault(
                "flush_time, flush_rows and flush_bytes are given in this order; fill the gap."
            )

    def _flush(self) -> tuple[int | None, ...]:
        return (self.flush_time, self.flush_rows, self.flush_bytes)


@dataclass(frozen=True)
class DistributedEngine(EngineConfig):
    """One table over the servers of a cluster.

    Attributes:
        cluster: The cluster's name in the servers' configuration.
        target_database: The database of the table on each server.
        target_table: That table.
        sharding_key: The expression that says which server gets a row; None means that only reads
            are possible.
        policy_name: The storage policy of rows that wait to be sent; needs `sharding_key`. None
            means the default policy.
    """

    kind = "Distributed"
    clauses: ClassVar[frozenset[Clause]] = _ONLY_SETTINGS
    cluster: str
    target_database: str
    target_table: str
    sharding_key: str | None = None
    policy_name: str | None = None

    def arguments(self) -> Iterator[Argument]:
        """Yield the places as texts, the key as an expression."""
        yield text(self.cluster)
        yield expression(self.target_database)
        yield text(self.target_table)
        if self.sharding_key is not None:
            yield Argument(self.sharding_key)
        yield from texts(self.policy_name)

    def faults(self, columns: Mapping[str, Column]) -> Iterator[Fault]:
        """Yield what is missing."""
        yield from missing(self, "cluster", "target_database", "target_table")
        if self.policy_name is not None and self.sharding_key is None:
            yield Fault("policy_name needs sharding_key, the argument before it; give it as well.")


@dataclass(frozen=True)
class MergeEngine(EngineConfig):
    """The rows of every table whose name matches.

    Attributes:
        source_database: The database, or `REGEXP('...')` for several.
        tables_regexp: A regular expression that the names of the tables match.
    """

    kind = "Merge"
    source_database: str
    tables_regexp: str

    def arguments(self) -> Iterator[Argument]:
        """Yield both."""
        yield expression(self.source_database)
        yield text(self.tables_regexp)

    def faults(self, columns: Mapping[str, Column]) -> Iterator[Fault]:
        """Yield what is missing."""
        yield from missing(self, "source_database", "tables_regexp")


@dataclass(frozen=True)
class EmbeddedRocksDBEngine(EngineConfig):
    """Rows in RocksDB by their primary key: that of the config, else the `Key[T]` fields.

    Attributes:
        ttl: Seconds that a row stays; None means for ever.
        rocksdb_dir: The path of the directory; None means one that the server chooses.
        read_only: Whether the directory is only read; needs `rocksdb_dir`. None means no.
    """

    kind = "EmbeddedRocksDB"
    clauses: ClassVar[frozenset[Clause]] = frozenset({"PRIMARY KEY", "SETTINGS"})
    ttl: int | None = None
    rocksdb_dir: Text | None = None
    read_only: bool | None = None

    def arguments(self) -> Iterator[Argument]:
        """Yield the given values, and the defaults that must precede them."""
        if self.ttl is not None or self.rocksdb_dir is not None:
            yield Argument(str(self.ttl or 0))
        yield from texts(self.rocksdb_dir)
        if self.rocksdb_dir is not None and self.read_only is not None:
            yield Argument(str(int(self.read_only)))

    def faults(self, columns: Mapping[str, Column]) -> Iterator[Fault]:
        """Yield a fault if `read_only` is given without a directory."""
        if self.read_only is not None and self.rocksdb_dir is None:
            yield Fault("read_only needs rocksdb_dir, the argument before it; give it as well.")


@dataclass(frozen=True)
class OtherEngine(EngineConfig):
    """Any other engine as ClickHouse text.

    Such as `OtherEngine("Redis('host:6379', 0, '[HIDDEN]')", [Secret("REDIS")])`.

    Attributes:
        text: The name and the arguments, with `[HIDDEN]` for each secret.
        secrets: The secret for each `[HIDDEN]`, in order; empty by default.
    """

    clauses: ClassVar[frozenset[Clause]] = frozenset(
        {"ORDER BY", "PRIMARY KEY", "PARTITION BY", "SAMPLE BY", "TTL", "SETTINGS", "elements"}
    )
    text: str
    secrets: Sequence[Secret] = ()

    def engine_name(self) -> str:
        """Return the name in the text."""
        return bracketed(self.text)[0]

    def arguments(self) -> Iterator[Argument]:
        """Yield the arguments in the text, each with its secrets."""
        remaining = list(self.secrets)
        for argument in split_top_level(bracketed(self.text)[1]):
            count = argument.count(REDACTED)
            yield Argument(argument, tuple(remaining[:count]))
            remaining = remaining[count:]

    def faults(self, columns: Mapping[str, Column]) -> Iterator[Fault]:
        """Yield what keeps the text from being one engine, and secrets without a place."""
        name, _, rest = bracketed(self.text)
        if not name.isidentifier() or rest:
            yield Fault(
                f"OtherEngine({self.text!r}) is not an engine; write Name or Name(arguments)."
            )
        places = self.text.count(REDACTED)
        if places != len(self.secrets):
            yield Fault(
                f"{self.engine_name()} hides {counted(places, 'value')} and has "
                f"{counted(len(self.secrets), 'secret')}; give one each."
            )
