"""Table engines as people choose them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from moose_dagster.declare.faults import Fault, did_you_mean
from moose_dagster.sql.quoting import name_in_expression
from moose_dagster.state.tables import Column, Engine
from moose_dagster.state.tokens import bracketed

# Measured on ClickHouse 26.9: everything else is refused with code 169.
_VERSIONS = ("UInt", "Int", "Float", "Date", "Bool")


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """The choice of a table engine."""


@dataclass(frozen=True, slots=True)
class MergeTreeEngine(EngineConfig):
    """Rows are kept as they are inserted."""


@dataclass(frozen=True, slots=True)
class ReplacingMergeTreeEngine(EngineConfig):
    """Of the rows with one sorting key, the last stays.

    Args:
        ver: The column whose greatest value is the last; without it, insertion order decides.
        is_deleted: The column that marks a deleted row with 1; needs `ver`.
    """

    ver: str | None = None
    is_deleted: str | None = None


class ClickHouseEngines(Enum):
    """Engines by name, for those that need no arguments."""

    MergeTree = "MergeTree"
    ReplacingMergeTree = "ReplacingMergeTree"


def engine_config(name: ClickHouseEngines) -> EngineConfig:
    """Return the engine called *name*, without arguments."""
    return MergeTreeEngine() if name is ClickHouseEngines.MergeTree else ReplacingMergeTreeEngine()


def engine_of(config: EngineConfig) -> Engine:
    """Return *config* as a value that can be compared with a live engine."""
    if isinstance(config, ReplacingMergeTreeEngine):
        names = (name for name in (config.ver, config.is_deleted) if name is not None)
        return Engine("ReplacingMergeTree", tuple(name_in_expression(name) for name in names))
    return Engine("MergeTree")


def engine_faults(config: EngineConfig, columns: Mapping[str, Column]) -> Iterator[Fault]:
    """Yield what is wrong with *config* for a table with *columns*."""
    if not isinstance(config, (MergeTreeEngine, ReplacingMergeTreeEngine)):
        yield Fault(
            f"{type(config).__name__} is no engine this library knows; use MergeTreeEngine or ReplacingMergeTreeEngine."
        )
    if isinstance(config, ReplacingMergeTreeEngine):
        yield from _replacing_faults(config, columns)


def _replacing_faults(config: ReplacingMergeTreeEngine, columns: Mapping[str, Column]) -> Iterator[Fault]:
    if config.is_deleted is not None and config.ver is None:
        yield Fault("is_deleted needs ver; ClickHouse must know which row is the last.")
    for role, name in (("ver", config.ver), ("is_deleted", config.is_deleted)):
        if name is None:
            continue
        if name not in columns:
            yield Fault(f"{role}={name!r} is no column{did_you_mean(name, columns)}")
        elif role == "ver" and not bracketed(columns[name].type)[0].startswith(_VERSIONS):
            yield Fault(f"ver={name!r} is {columns[name].type}; use an integer, a date or a time.")
        elif role == "is_deleted" and columns[name].type not in {"UInt8", "Bool"}:
            yield Fault(f"is_deleted={name!r} is {columns[name].type}; declare it as UInt8.")
