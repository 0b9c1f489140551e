"""A declared table as the value that is compared with the live one."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from moose_dagster.declare.engines import (
    ClickHouseEngines,
    EngineConfig,
    MergeTreeEngine,
    ReplacingMergeTreeEngine,
    engine_config,
    engine_faults,
    engine_of,
)
from moose_dagster.declare.expressions import expression_fault
from moose_dagster.declare.faults import Fault, did_you_mean
from moose_dagster.declare.keys import key_faults, keys_of
from moose_dagster.declare.models import ModelColumns
from moose_dagster.declare.names import name_faults
from moose_dagster.declare.source import Source
from moose_dagster.declare.tables import AnyTable, OlapConfig
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.state.canonical import canonical
from moose_dagster.state.resources import ResourceId
from moose_dagster.state.tables import State, Table, TableId

_SETTING = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


@dataclass(frozen=True, slots=True)
class Desired:
    """Everything the code asks for: the state, how far to go for it, and where it is written."""

    state: State
    life_cycles: Mapping[ResourceId, LifeCycle]
    sources: Mapping[ResourceId, Source]
    metadata: Mapping[ResourceId, Mapping[str, object]]


def table_id(table: AnyTable, database: str) -> TableId:
    """Return where *table* lives, in *database* unless its config names another."""
    config = table.config
    name = f"{table.name}_{config.version.replace('.', '_')}" if config.version else table.name
    return TableId(database if config.database is None else config.database, name)


def desired_table(id_: TableId, config: OlapConfig, model: ModelColumns) -> Table:
    """Return a table without faults in the one spelling that equal tables share."""
    keys = keys_of(config, model)
    table = Table(
        id=id_,
        columns=(),
        engine=engine_of(_engine(config)),
        order_by=keys.order_by,
        primary_key=keys.primary_key,
        partition_by=config.partition_by or "",
        sample_by=config.sample_by_expression or "",
        ttl=config.ttl or "",
        settings={name: _setting(value) for name, value in (config.settings or {}).items()},
        comment=config.comment or "",
    )
    # A model's columns are canonical already, and the same for every table that shares it.
    return replace(canonical(table), columns=model.columns)


def table_faults(id_: TableId, config: OlapConfig, model: ModelColumns) -> Iterator[Fault]:
    """Yield every fault of a declared table, its model's included."""
    yield from name_faults(id_.name, "table")
    yield from name_faults(id_.database, "database")
    yield from _config_faults(config)
    yield from model.faults
    if not model.faults:
        yield from engine_faults(_engine(config), model.by_name)
        yield from key_faults(config, model)
        yield from _collapse_faults(config, model)


def _config_faults(config: OlapConfig) -> Iterator[Fault]:
    for name in config.model_extra or {}:
        yield Fault(f"OlapConfig has no such field{did_you_mean(name, OlapConfig.model_fields)}", (name,))
    for name in config.settings or {}:
        if not _SETTING.match(name):
            yield Fault(f"{name!r} can't be the name of a setting.", ("settings",))
    for name in ("order_by_expression", "primary_key_expression", "partition_by", "sample_by_expression", "ttl"):
        problem = expression_fault(getattr(config, name) or "", several=name != "sample_by_expression")
        if problem:
            yield Fault(f"{getattr(config, name)!r} {problem}; write ClickHouse expressions.", (name,))
    if config.deduplicate and isinstance(_engine(config), MergeTreeEngine):
        yield Fault("deduplicate=True asks for ReplacingMergeTree and engine for MergeTree; keep one.")


def _collapse_faults(config: OlapConfig, model: ModelColumns) -> Iterator[Fault]:
    replacing = isinstance(_engine(config), ReplacingMergeTreeEngine)
    if replacing and not keys_of(config, model).order_by:
        yield Fault(
            "a ReplacingMergeTree without ORDER BY keeps one row of all; name what makes a row "
            "unique in order_by_fields, or mark them with Key."
        )


def _engine(config: OlapConfig) -> EngineConfig:
    if isinstance(config.engine, ClickHouseEngines):
        return engine_config(config.engine)
    if config.engine is not None:
        return config.engine
    return ReplacingMergeTreeEngine() if config.deduplicate else MergeTreeEngine()


def _setting(value: str | float) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)
